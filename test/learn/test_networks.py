"""The networks: what the literature says of their size, and what training and export ask."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402

from ai4mars_nav.learn.errors import ModelFileError  # noqa: E402
from ai4mars_nav.learn.networks.ddrnet import DDRNet  # noqa: E402
from ai4mars_nav.learn.networks.deeplab import DeepLab  # noqa: E402
from ai4mars_nav.learn.networks.mobilenet_v4 import MobileNetV4  # noqa: E402
from ai4mars_nav.learn.networks.rep_unet import RepUNet  # noqa: E402

NETWORKS = (DeepLab, DDRNet, RepUNet, MobileNetV4)


def size(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def lived_in(network: nn.Module) -> nn.Module:
    """The network with statistics and gains as if it had been trained."""
    generator = torch.Generator().manual_seed(1)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(0.0, 0.5, generator=generator)
            module.running_var.uniform_(0.5, 2.0, generator=generator)
            nn.init.uniform_(module.weight, 0.5, 1.5, generator=generator)
            nn.init.uniform_(module.bias, -0.5, 0.5, generator=generator)
    return network.eval()


@pytest.mark.parametrize("make", NETWORKS)
def test_every_weight_learns_and_logits_come_at_the_stride(make):
    torch.manual_seed(0)
    network = make()
    logits = network(torch.rand(2, 1, 64, 96) * 2.0 - 1.0)
    assert tuple(logits.shape) == (2, 4, 64 // network.stride, 96 // network.stride)
    (logits * torch.randn_like(logits)).sum().backward()
    idle = [name for name, p in network.named_parameters() if p.grad is None or not p.grad.any()]
    assert not idle


def test_deeplab_has_the_size_of_the_published_one():
    # 59.34 M with the usual three input channels and 21 classes
    colour, classes = 2 * 64 * 7 * 7, (21 - 4) * 257
    assert size(DeepLab()) + colour + classes == pytest.approx(59.34e6, rel=1e-3)


def test_deeplab_sees_at_stride_16():
    low, high = DeepLab().eval().encoder(torch.zeros(1, 1, 64, 64))
    assert low.shape[2:] == (16, 16) and high.shape[2:] == (4, 4)


def test_ddrnet_has_the_size_of_the_published_one():
    # 5.7 M for 19 classes
    colour, classes = 2 * 32 * 3 * 3, (19 - 4) * 65
    assert (size(DDRNet()) + colour + classes) / 1e6 == pytest.approx(5.7, abs=0.05)


def test_mobilenet_has_the_size_of_the_published_one():
    # 3.77 M, of which 2.64 M in the classifier and the two layers before it
    assert size(MobileNetV4().encoder) / 1e6 == pytest.approx(3.77 - 2.64, abs=0.01)


def test_fused_blocks_are_the_function_that_was_trained():
    torch.manual_seed(0)
    network = lived_in(RepUNet())
    fused = network.deployed()
    assert not [m for m in fused.modules() if isinstance(m, nn.BatchNorm2d)]
    assert size(fused) < size(network)
    image = torch.rand(2, 1, 64, 96) * 2.0 - 1.0
    with torch.no_grad():
        wanted, found = network(image), fused(image)
    assert wanted.std() > 0.01
    torch.testing.assert_close(found, wanted, rtol=1e-3, atol=1e-3 * float(wanted.abs().max()))


def test_fusing_leaves_the_trained_network_alone():
    network = lived_in(RepUNet())
    before = {name: value.clone() for name, value in network.state_dict().items()}
    network.deployed()
    for name, value in network.state_dict().items():
        assert torch.equal(value, before[name]), name


def test_stored_weights_for_a_network_without_a_place_for_them_are_refused():
    with pytest.raises(ModelFileError, match=r"backbone\.npz.*ddrnet-23-slim"):
        DDRNet().warm_start(Path("backbone.npz"))
