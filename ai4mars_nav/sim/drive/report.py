"""report.html: a drive on one page that needs no other file and no network."""

from __future__ import annotations

import base64
import html
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ai4mars_nav.sim.drive.plots import curves
from ai4mars_nav.sim.drive.seen import Seen
from ai4mars_nav.sim.drive.trip import Outcome

STYLE = """
body { font: 15px/1.5 sans-serif; color: #262422; background: #faf9f6; max-width: 1180px;
       margin: 2em auto; padding: 0 1em }
h1 { font-size: 1.5em; margin-bottom: 0 } h2 { font-size: 1.1em; margin: 2em 0 .5em }
.verdict { font-size: 1.1em; padding: .5em .8em; border-left: 6px solid }
.good { border-color: #3d8f5f; background: #e7f2ea }
.bad { border-color: #c83c30; background: #f8e6e3 }
img { max-width: 100% } table { border-collapse: collapse }
td { padding: .15em .9em .15em 0; vertical-align: top } td:first-child { color: #78746e }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(440px, 1fr)); gap: 1em }
.plots svg { background: white; border: 1px solid #e3e0d9 }
pre { background: #f1efe9; padding: .8em; overflow-x: auto; font-size: 12px }
"""
SHOWN: Mapping[str, tuple[str, float, str]] = {
    "distance_m": ("driven", 1.0, "m"),
    "distance_to_goal_m": ("from the goal in the end, by the truth", 1.0, "m"),
    "odometry_error_m": ("error of the odometry in the end", 1.0, "m"),
    "time_s": ("time of the drive", 1.0, "s"),
    "real_time_factor": ("pace", 1.0, "times real time"),
    "energy_j": ("energy", 1e-3, "kJ"),
    "slip_mean": ("mean slip", 100.0, "%"),
    "slip_max": ("highest slip", 100.0, "%"),
    "sinkage_max_m": ("deepest wheel", 100.0, "cm"),
    "tilt_max_deg": ("steepest tilt", 1.0, "deg"),
    "lowest_clearance_m": ("nearest that the body came to a rock over 0.30 m", 1.0, "m"),
    "rock_strikes": ("rocks over 0.30 m struck", 1.0, ""),
    "standing_s": ("stood", 1.0, "s"),
    "frames": ("frames", 1.0, ""),
    "frames_dropped": ("frames without a map", 1.0, ""),
}


def report(
    outcome: Outcome, found: Mapping[str, Any], seen: Seen, pictures: Mapping[str, Path]
) -> str:
    """The page; `pictures` are headings with the files to put under them."""
    trip, good = outcome.trip, outcome.end.reached
    title = f"{outcome.ground.rover.name} across {outcome.ground.world.name}, seed {trip.seed}"
    parts = [
        f"<h1>{html.escape(title)}</h1>",
        f"<p>{html.escape(_command(outcome))}</p>",
        f'<p class="verdict {"good" if good else "bad"}">{html.escape(outcome.end.reason)}</p>',
        f"<table>{_rows(found)}</table>",
    ]
    for heading, path in pictures.items():
        parts.append(f"<h2>{html.escape(heading)}</h2>")
        parts.append(f'<img alt="{html.escape(heading)}" src="{_embedded(path)}">')
    if outcome.truths:
        parts.append("<h2>Over time</h2>")
        parts.append(f'<div class="plots">{"".join(_plots(outcome))}</div>')
    parts.append("<h2>What the driver said</h2>")
    parts.append(f"<pre>{html.escape(_sayings(outcome, seen))}</pre>")
    parts.append("<h2>Counts</h2>")
    counts = "\n".join(f"{name}: {count}" for name, count in sorted(found["counts"].items()))
    parts.append(f"<pre>{html.escape(counts or 'none')}</pre>")
    body = "\n".join(parts)
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{html.escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def _command(outcome: Outcome) -> str:
    trip = outcome.trip
    words = f"ai4mars drive --world {trip.world} --seed {trip.seed} --rover {trip.rover}"
    if trip.goal is not None:
        words += " --goal {:g} {:g}".format(*trip.goal)
    return words + "".join(f" --fault {name}={value:g}" for name, value in trip.faults.items())


def _rows(found: Mapping[str, Any]) -> str:
    rows = []
    for key, (name, factor, unit) in SHOWN.items():
        value = found.get(key)
        if value is not None:
            rows.append(f"<tr><td>{name}</td><td>{factor * value:.4g} {unit}</td></tr>")
    return "".join(rows)


def _plots(outcome: Outcome) -> list[str]:
    truths = outcome.truths
    time = [truth.time for truth in truths]
    goal = outcome.ground.rules.goal
    return [
        curves("Way left", time, {"": [math.dist(t.place[:2], goal) for t in truths]}, "m"),
        curves(
            "Speed",
            time,
            {"true": [t.speed for t in truths], "ordered": [t.ordered[0] for t in truths]},
            "m/s",
        ),
        curves("Slip", time, {"": [100.0 * t.slip for t in truths]}, "%"),
        curves("Energy", time, {"": [t.energy_j / 1e3 for t in truths]}, "kJ"),
        curves("Tilt", time, {"": [math.degrees(t.tilt) for t in truths]}, "deg"),
        curves(
            "Error of the odometry",
            time,
            {"": [math.dist(t.place[:2], t.believed[:2]) for t in truths]},
            "m",
        ),
    ]


def _sayings(outcome: Outcome, seen: Seen) -> str:
    """When the driver began to say what; once for what it says on and on."""
    if not outcome.truths:
        return "nothing"
    begun = outcome.truths[0].stamp
    lines, before = [], ""
    for stamp, words in seen.said:
        kind = words.split(";")[0]
        if kind != before and stamp >= begun:
            lines.append(f"{(stamp - begun) / 1e9:7.1f} s  {words}")
        before = kind
    return "\n".join(lines) or "nothing"


def _embedded(path: Path) -> str:
    kind = {"png": "image/png", "gif": "image/gif", "jpg": "image/jpeg"}[path.suffix[1:]]
    return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"
