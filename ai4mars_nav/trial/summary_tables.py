"""The tables that a summary comes down to, for the page and for documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ai4mars_nav.trial.modes import MODES
from ai4mars_nav.trial.rocks_one_by_one import SOURCES
from ai4mars_nav.trial.summary import PAIRS
from ai4mars_nav.trial.tables import Table, interval, latency, metres

Summary = Mapping[str, Any]

SHOWN: Mapping[str, tuple[str, float, int, str]] = {
    "reached": ("goal reached", 100.0, 0, "%"),
    "rock_strikes": ("rocks over 0.30 m struck, a drive", 1.0, 2, ""),
    "belly_strikes": ("belly on the ground, a drive", 1.0, 2, ""),
    "embedded": ("embedded", 100.0, 0, "%"),
    "high_slip_m": ("metres at slip over 40 %", 1.0, 2, "m"),
    "high_slip_share": ("share of the way at it", 100.0, 2, "%"),
    "energy_per_m": ("energy a metre made good", 1.0, 0, "J"),
    "time_per_m": ("time a metre made good", 1.0, 2, "s"),
    "path_m": ("way to the goal", 1.0, 1, "m"),
    "wheel_wear_per_km": ("life of a wheel, a km made good", 100.0, 2, "%"),
    "stops": ("stops", 1.0, 1, ""),
    "standing_s": ("stood", 1.0, 1, "s"),
}
"""Score: name, factor, decimals and unit of what is shown."""
LATENCIES = {"planning_ms": "planning, processor time", "perception_ms": "frame to cost map, same"}
AS_CHANGE = ("high_slip_m",)
"""Scores of every drive that are compared by how much there is of them, as those of the way."""


def of_modes(found: Summary) -> Table:
    """Each score in each mode; below, on how many sites of each kind the goal was reached."""
    rows = [
        [name, *(interval(found["modes"][mode][key], factor, digits, unit) for mode in MODES)]
        for key, (name, factor, digits, unit) in SHOWN.items()
    ]
    for key, name in LATENCIES.items():
        told = [found["modes"][mode][key] for mode in MODES]
        rows.append([name, *(latency(each) for each in told)])
    for kind, told in found["kinds"].items():
        reached = [f"{told['reached'][mode]} of {told['sites']}" for mode in MODES]
        rows.append([f"goal reached, sites of kind {kind}", *reached])
    return Table(["", *MODES], rows)


def of_pairs(found: Summary) -> Table:
    """Each score of one mode against another's."""
    rows = []
    for key, (name, factor, digits, unit) in SHOWN.items():
        cells = []
        for ours, theirs in PAIRS:
            told = found["pairs"][f"{ours} against {theirs}"][key]
            as_change = "difference" not in told or key in AS_CHANGE
            cell = interval(told["change"], 100.0, 0, "%", True) if as_change else interval(
                told["difference"], factor, digits, unit, True
            )  # fmt: skip
            cells.append(cell)
        rows.append([name, *cells])
    return Table(["", *(f"{ours} against {theirs}" for ours, theirs in PAIRS)], rows)


def of_rocks(bands: Summary) -> Table:
    """Rocks one by one, in bands of distance and by what was told of them."""
    rows = []
    for band, told in bands.items():
        for source in SOURCES:
            each = told[source]
            rows.append(
                [
                    band,
                    source,
                    str(each["in_view"]),
                    interval(each["recall"], 100.0, 0, "%"),
                    str(each["told"]),
                    interval(each["precision"], 100.0, 0, "%"),
                    interval(each["precision_nearly"], 100.0, 0, "%"),
                    str(each["in_view_both_ways"]),
                    interval(each["recall_both_ways"], 100.0, 0, "%"),
                    interval(each["precision_both_ways"], 100.0, 0, "%"),
                    str(each["in_view_high"]),
                    interval(each["recall_high"], 100.0, 0, "%"),
                    interval(each["precision_high"], 100.0, 0, "%"),
                    metres(each["height_error_m"], ".2f"),
                    metres(each["height_bias_m"], "+.2f"),
                    metres(each["width_error_m"], ".2f"),
                ]
            )
    head = ["distance", "by", "in view", "recall", "told", "precision", "or nearly",
            "wide both ways", "their recall", "precision by them", "over 0.30 m, any width",
            "their recall", "precision by them", "height off", "its bias", "width off"]  # fmt: skip
    return Table(head, rows)
