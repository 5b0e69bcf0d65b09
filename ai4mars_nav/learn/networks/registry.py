"""The networks by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ai4mars_nav.learn.errors import LearnError
from ai4mars_nav.learn.networks.ddrnet import DDRNet
from ai4mars_nav.learn.networks.deeplab import DeepLab
from ai4mars_nav.learn.networks.mobilenet_v4 import MobileNetV4
from ai4mars_nav.learn.networks.network import Network
from ai4mars_nav.learn.networks.rep_unet import RepUNet
from ai4mars_nav.learn.networks.terrain_net import TerrainNet

DEFAULT = TerrainNet.name
NETWORKS: Mapping[str, Callable[[], Network]] = {
    kind.name: kind for kind in (TerrainNet, DeepLab, DDRNet, RepUNet, MobileNetV4)
}


def make_network(name: str) -> Network:
    """A network with random weights."""
    if name not in NETWORKS:
        raise LearnError(f"network {name!r}: one of {', '.join(NETWORKS)} is meant")
    return NETWORKS[name]()
