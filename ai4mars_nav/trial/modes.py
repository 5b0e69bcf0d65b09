"""The four ways to drive a site, as parameters that the nodes take, too."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml

from ai4mars_nav.perception.rocks import CLASS, HEIGHT
from ai4mars_nav.ros.graph import DRIVER, MAP, TERRAIN
from ai4mars_nav.settings import read_yaml
from ai4mars_nav.trial.variants import Override, split_way, variant_of

GEOMETRY, SEMANTICS, FUSED, ORACLE = "geometry", "semantics", "fused", "oracle"
MODES = (GEOMETRY, SEMANTICS, FUSED, ORACLE)
"""Slope and step alone; classes alone; as shipped; as shipped, but told the truth."""

OVER: Mapping[str, tuple[Override, ...]] = {
    GEOMETRY: (
        (TERRAIN, "rocks", "evidence", HEIGHT),
        (MAP, "cost", "by_class", False),
    ),
    SEMANTICS: (
        (TERRAIN, "rocks", "evidence", CLASS),
        (MAP, "cost", "by_height", False),
        # nothing else bars here, so the network is believed as it is calibrated
        (MAP, "cost", "rock_probability", 0.5),
        (DRIVER, "clearance", "by_height", False),
    ),
    FUSED: (),
    ORACLE: (),
}
"""Node, group, key and value of what a mode changes in the parameters of a drive."""


def write_parameters(mode: str, base: Path, out: Path) -> Path:
    """The parameter file of a mode: that of the drive with what mode and variant change."""
    document = read_yaml(base)
    for node, group, key, value in (*OVER[split_way(mode)[0]], *variant_of(mode).over):
        section = document.setdefault(node.section, {}).setdefault("ros__parameters", {})
        section.setdefault(group, {})[key] = value
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(
        f"# {mode}: {base.name} with what this mode of the drive benchmark changes\n"
        + yaml.safe_dump(document, sort_keys=False),
        encoding="utf-8",
    )
    return out
