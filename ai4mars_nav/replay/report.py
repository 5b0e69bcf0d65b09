"""The report of a replay: what went in, what was answered, what was dropped and why, and how long
each stage of each node took. JSON for machines, Markdown for people."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from ai4mars_nav.replay.account import FrameFate, Outcome
from ai4mars_nav.ros.told import Told

_STAGE = re.compile(r"(?P<stage>.+) (?P<which>p50|p95) \[ms\]")
MOST_FRAMES = 200
"""Rows of the table of frames in the Markdown; the JSON has all."""


def figures(outcome: Outcome) -> dict[str, Any]:
    """Everything that is known, as plain values."""
    frames = outcome.frames
    asked = outcome.asked
    return {
        "bag": str(asked.bag),
        "mode": "lockstep" if asked.rate is None else f"rate {asked.rate:g}",
        "loops": asked.loops,
        "remap": asked.remap.name,
        "rover": asked.rover,
        "ended": outcome.end or "with the bag",
        "frames_in": len(frames),
        "frames_answered": sum(not fate.missing for fate in frames),
        "frames_dropped": sum(not fate.answered for fate in frames),
        "why_not_answered": dict(Counter(fate.why for fate in frames if fate.missing)),
        "less_expected": dict(Counter(fate.lacking for fate in frames if fate.lacking)),
        "messages_in": dict(sorted(outcome.fed.items())),
        "messages_refused": dict(outcome.refused),
        "messages_out": dict(sorted(outcome.recorded.items())),
        "topics_left_out": outcome.left_out,
        "wall_s": {key: round(value, 3) for key, value in outcome.wall.items()},
        "nodes": {name: _node(told) for name, told in outcome.nodes.items()},
        "frames": [_frame(fate) for fate in frames],
    }


def page(found: dict[str, Any]) -> str:
    """The figures as Markdown."""
    lines = [
        f"# Replay of {found['bag']}",
        "",
        f"{found['mode']}, rover {found['rover']}; ended {found['ended']}. "
        f"Frames: {found['frames_in']} in, {found['frames_answered']} answered in full, "
        f"{found['frames_dropped']} not at all. "
        f"{found['wall_s'].get('replay', 0.0):.1f} s for the replay, "
        f"{found['wall_s'].get('start', 0.0):.1f} s until the graph was up.",
        "",
        "## Stages",
        "| node | stage | p50 [ms] | p95 [ms] |",
        "| --- | --- | --- | --- |",
    ]
    for name, node in found["nodes"].items():
        lines += [
            f"| {name} | {stage} | {times.get('p50', '')} | {times.get('p95', '')} |"
            for stage, times in node["stages_ms"].items()
        ]
    for title, key in (
        ("Why frames were not answered in full", "why_not_answered"),
        ("Why less was to be expected of frames", "less_expected"),
        ("Messages that could not be converted", "messages_refused"),
        ("Topics of the bag that were not fed", "topics_left_out"),
        ("Messages in", "messages_in"),
        ("Messages out", "messages_out"),
    ):
        if found[key]:
            lines += ["", f"## {title}", *(f"- {what}: {n}" for what, n in found[key].items())]
    lines += ["", "## What the nodes said last, and counted"]
    for name, node in found["nodes"].items():
        counts = ", ".join(f"{what} {number}" for what, number in node["counts"].items())
        lines.append(f"- **{name}**: {node['says']} ({counts or 'nothing counted'})")
    return "\n".join([*lines, "", *_frame_table(found["frames"]), ""])


def _frame_table(frames: list[dict[str, Any]]) -> list[str]:
    lines = [
        "## Frames",
        "| loop | stamp [s] | answered | seconds | missing | why |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for each in frames[:MOST_FRAMES]:
        stamp, why = each["stamp"] / 1e9, each["why"] or each["lacking"]
        lines.append(
            f"| {each['loop']} | {stamp:.3f} | {len(each['answered'])} | {each['seconds']:.2f} "
            f"| {', '.join(each['missing'])} | {why} |"
        )
    if len(frames) > MOST_FRAMES:
        lines.append(f"\n{len(frames) - MOST_FRAMES} more are in report.json.")
    return lines


def _frame(fate: FrameFate) -> dict[str, Any]:
    return {
        "loop": fate.loop,
        "stamp": fate.stamp,
        "answered": list(fate.answered),
        "missing": list(fate.missing),
        "why": fate.why,
        "lacking": fate.lacking,
        "seconds": round(fate.seconds, 4),
    }


def _node(told: Told) -> dict[str, Any]:
    stages: dict[str, dict[str, float]] = {}
    for key, value in told.values.items():
        match = _STAGE.fullmatch(key)
        if match:
            stages.setdefault(match["stage"], {})[match["which"]] = float(value)
    return {"says": told.line, "stages_ms": stages, "counts": dict(sorted(told.counts().items()))}
