"""The verdict as tables in Markdown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ai4mars_nav.trial.outside.summary import SIDES

ROWS = (
    ("goal reached", "reached", "{:.0f}"),
    ("rocks over 0.30 m struck", "rock_strikes", "{:.0f}"),
    ("belly struck", "belly_strikes", "{:.0f}"),
    ("metres at slip over 40 %", "high_slip_m", "{:.2f}"),
    ("stops", "stops", "{:.0f}"),
    ("J a metre made good", "energy_per_m", "{:.0f}"),
    ("s a metre made good", "time_per_m", "{:.2f}"),
    ("way, m", "path_m", "{:.1f}"),
)


def table(found: Mapping[str, Any]) -> str:
    """Both physics side by side: the drives of each mode, then the same commands again."""
    modes = found["modes"]
    heads = [f"{mode}, {side}" for mode in modes for side in SIDES]
    lines = ["| | " + " | ".join(heads) + " |", "|---" * (len(heads) + 1) + "|"]
    for words, key, form in ROWS:
        cells = [_cell(modes[mode][side][key], form) for mode in modes for side in SIDES]
        lines.append(f"| {words} | " + " | ".join(cells) + " |")
    sites = ", ".join(f"{mode} {modes[mode]['sites']}" for mode in modes)
    both = ", ".join(f"{mode} {modes[mode]['both_reached']}" for mode in modes)
    lines += [
        "",
        f"Sites: {sites}; the last three rows are of those on which both arrived: {both}.",
        *_other_code(found["driven_by_other_code"]),
        "",
        *_pairs(found["fused against geometry"]),
        *_windows(found["windows"]),
    ]
    return "\n".join(lines) + "\n"


def _other_code(drives: int) -> list[str]:
    if not drives:
        return []
    return ["", f"{drives} of our drives are of another state of the code than the judge's."]


def _pairs(pairs: Mapping[str, Any]) -> list[str]:
    if not any(pairs.values()):
        return []
    lines = ["| fused against geometry | " + " | ".join(SIDES) + " |", "|---|---|---|"]
    for words, key in (
        ("metres at slip over 40 %", "high_slip_m"),
        ("J a metre made good", "energy_per_m"),
        ("s a metre made good", "time_per_m"),
    ):
        lines.append(f"| {words} | " + " | ".join(_change(pairs[s][key]) for s in SIDES) + " |")
    return [*lines, ""]


def _windows(windows: Mapping[str, Any] | None) -> list[str]:
    if windows is None:
        return ["No drive had a window in which it moved."]
    lines = [
        f"| the same commands for 5 s, {windows['windows']} windows | p10 | median | p90 |",
        "|---|---|---|---|",
    ]
    for words, key, scale, unit in (
        ("way, the judge's over ours", "way_share", 100.0, " %"),
        ("apart after it, over the way", "apart_share", 100.0, " %"),
        ("apart in heading", "heading_deg", 1.0, "°"),
        ("apart in tilt, on the mean", "tilt_deg", 1.0, "°"),
    ):
        spread = windows[key]
        cells = [f"{scale * spread[each]:.1f}{unit}" for each in ("p10", "p50", "p90")]
        lines.append(f"| {words} | " + " | ".join(cells) + " |")
    return [
        *lines,
        "",
        f"Mean slip in them: {windows['slip']:.3f} ours, {windows['judge_slip']:.3f} the judge's; "
        f"energy, the judge's over ours: {windows['energy_share']:.2f}.",
    ]


def _cell(value: float | None, form: str) -> str:
    return "-" if value is None else form.format(value)


def _change(change: Mapping[str, Any] | None) -> str:
    if change is None:
        return "-"
    value, low, high = (100.0 * change[key] for key in ("value", "low", "high"))
    return f"{value:+.0f} % ({low:+.0f} to {high:+.0f})"
