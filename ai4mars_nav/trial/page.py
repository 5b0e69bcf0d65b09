"""report.html: the whole benchmark on one page; pictures inside it, films beside it."""

from __future__ import annotations

import base64
import html
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ai4mars_nav.sim.drive.report import STYLE
from ai4mars_nav.trial.charts import strips
from ai4mars_nav.trial.modes import FUSED, MODES, ORACLE
from ai4mars_nav.trial.pictures import film_of, map_of
from ai4mars_nav.trial.plan import Plan
from ai4mars_nav.trial.summary import worst
from ai4mars_nav.trial.summary_tables import SHOWN, Summary, of_modes, of_pairs, of_rocks
from ai4mars_nav.trial.tables import Table, scaled
from ai4mars_nav.trial.variants import VARIANTS, split_way
from ai4mars_nav.trial.variants_table import variants_table

MOST_MAPS = 10
WIDE = """
body { max-width: 1260px } td, th { padding: .2em .8em .2em 0; text-align: left }
th { color: #78746e; font-weight: normal; border-bottom: 1px solid #d8d4cb }
td small { color: #78746e } figure { margin: 1.5em 0 } figcaption { color: #4a4743 }
"""
PLOTTED = (
    "energy_per_m",
    "time_per_m",
    "wheel_wear_per_km",
    "high_slip_share",
    "path_m",
    "stops",
)


def page(plan: Plan, found: Summary) -> str:
    """The page of a summary."""
    title = f"Does seeing terrain pay? {found['sites_counted']} sites, seeds from {plan.seed}"
    parts = [
        f"<p><code>{html.escape(command(plan))}</code></p>",
        f"<p>{html.escape(account(found))}</p>",
        "<h2>The modes</h2>",
        "<p>The way, its energy and its time are those of the drives that reached the goal, which "
        "are not of the same sites in each column: compare them in the next table.</p>",
        of_modes(found).html(),
        "<h2>Against each other</h2>",
        "<p>Site by site. The way, its energy and its time are compared where both reached the "
        "goal; all else on every site. Bold: the interval leaves out zero.</p>",
        of_pairs(found).html(),
        *_variants(found),
        f"<h2>Rocks over 0.30 m, one by one, in the frames of {FUSED}</h2>",
        "<p>Recall of those in view and precision of those told of, frame by frame; or nearly: "
        "precision where rocks over 0.25 m count as right. Errors are means.</p>",
        of_rocks(found["rocks_one_by_one"]).html(),
        f'<h2>Site by site</h2><div class="plots">{"".join(_plots(found))}</div>',
        f"<h2>The worst drives of {FUSED}</h2>",
        *_maps(plan, found),
        "<h2>Where the goal was not reached</h2>",
        _failures(plan, found),
        "<h2>The sites</h2>",
        _sites(found),
    ]
    if "through_the_graph" in found:
        parts += ["<h2>Again through the real nodes</h2>", _graph(found["through_the_graph"])]
    return document(title, parts)


def document(title: str, parts: Sequence[str]) -> str:
    """A whole page of a title and what stands below it."""
    body = "\n".join([f"<h1>{html.escape(title)}</h1>", *parts])
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{html.escape(title)}</title>\n<style>{STYLE}{WIDE}</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def command(plan: Plan) -> str:
    """What makes these drives again."""
    named = [variant for _, variant in map(split_way, plan.ways) if variant]
    if named == list(VARIANTS):
        named = ["all"]
    words = command_of_drives(plan, f"--sites {plan.sites}")
    return words + "".join(f" --variant {variant}" for variant in named)


def command_of_drives(plan: Plan, how_far: str) -> str:
    """The same for so many sites or metres, but for its variants."""
    words = f"ai4mars bench drive {how_far} --seed {plan.seed}"
    words += f" --metres {plan.metres:g} --rover {plan.rover} --size {plan.size}"
    words += f" --model {plan.model}" + (f" --params {plan.params}" if plan.params else "")
    return words + "".join(f" --fault {name}={value:g}" for name, value in plan.faults.items())


def account(found: Summary) -> str:
    """How many sites there are, and which count in nothing."""
    words = f"{found['sites_driven']} sites were driven in {len(MODES)} modes."
    if found["not_solved_by_the_oracle"]:
        seeds = ", ".join(map(str, found["not_solved_by_the_oracle"]))
        words += f" The oracle did not solve {seeds}, which count in nothing below."
    if found["unfinished_sites"]:
        words += f" Unfinished: {', '.join(map(str, found['unfinished_sites']))}."
    if found["no_site"]:
        words += f" No site could be made of seed {', '.join(map(str, found['no_site']))}."
    if found["crashed"]:
        words += f" Crashed: {', '.join(found['crashed'])}."
    if found["states_of_the_code"] > 1:
        words += f" Driven by {found['states_of_the_code']} states of the code."
    return words


def _variants(found: Summary) -> list[str]:
    if not found["variants"]:
        return []
    words = (
        f"<p>The drives of {FUSED} again with one thing changed, site by site against those as "
        "they are: differences, and for energy and time changes where both reached the goal. "
        "Bold: the interval leaves out zero.</p>"
    )
    return [f"<h2>{FUSED}, made harder</h2>", words, variants_table(found["variants"]).html()]


def _plots(found: Summary) -> list[str]:
    counted = _counted(found)
    drawn = []
    for key in PLOTTED:
        name, factor, _, unit = SHOWN[key]
        values = {
            mode: [factor * s["drives"][mode][key] for s in counted if _tells(s, mode, key)]
            for mode in MODES
        }
        means = {mode: scaled(found["modes"][mode][key], factor) for mode in MODES}
        drawn.append(strips(name, unit, values, means))
    return drawn


def _tells(site: Mapping[str, Any], mode: str, key: str) -> bool:
    """Whether a drive has a score that its mode's mean is made of."""
    scores = site["drives"][mode]
    return bool(scores["reached"]) or key in ("high_slip_share", "stops")


def _maps(plan: Plan, found: Summary) -> list[str]:
    parts = []
    for seed in worst(found, FUSED)[:MOST_MAPS]:
        site = found["sites"][str(seed)]
        scores, best = site["drives"][FUSED], site["drives"][ORACLE]
        words = f"Site {seed} ({site['kind']}): {scores['why_ended']}; "
        words += f"{scores['path_m']:.1f} m, {scores['energy_j'] / 1e3:.1f} kJ; "
        words += f"the oracle {best['path_m']:.1f} m, {best['energy_j'] / 1e3:.1f} kJ"
        picture = map_of(plan.record(seed, FUSED))
        parts.append(
            f'<figure><img alt="{html.escape(words)}" src="{_embedded(picture)}">'
            f"<figcaption>{html.escape(words)}</figcaption></figure>"
        )
    return parts


def _failures(plan: Plan, found: Summary) -> str:
    rows = []
    for seed, site in found["sites"].items():
        for mode in MODES:
            scores = site["drives"].get(mode)
            if scores is None or scores["reached"]:
                continue
            why = html.escape(scores["why_ended"])
            left = f"{scores['left_m']:.1f} m"
            rows.append([seed, site["kind"], mode, why, left, links(plan, int(seed), mode)])
    head = ["site", "kind", "mode", "why", "left", ""]
    return Table(head, rows).html() if rows else "<p>None.</p>"


def links(plan: Plan, seed: int, mode: str) -> str:
    """To the film and the map of a drive, as far as there are any."""
    record = plan.record(seed, mode)
    return " ".join(
        f'<a href="{path.relative_to(plan.out)}">{word}</a>'
        for word, path in (("film", film_of(record)), ("map", map_of(record)))
        if path.exists()
    )


def _sites(found: Summary) -> str:
    head = ["site", "kind", "side", "start to goal", "rocks over 0.30 m", "soft sand on the "
            "shortest way", "rocks on the straight line", *MODES]  # fmt: skip
    rows = []
    for seed, site in found["sites"].items():
        drives = [site["drives"].get(mode) for mode in MODES]
        rows.append(
            [
                seed,
                site["kind"],
                f"{site['side_m']:.1f} m",
                f"{site['straight_m']:.1f} m",
                str(site["rocks_over_0.30_m"]),
                f"{site['soft_m']:.1f} m",
                str(site["rocks_met"]),
                *(_drive_in_short(scores) for scores in drives),
            ]
        )
    return Table(head, rows).html()


def _drive_in_short(scores: Mapping[str, Any] | None) -> str:
    if scores is None:
        return "-"
    if not scores["reached"]:
        return html.escape(scores["why_ended"].split(":")[0])
    return f"{scores['energy_j'] / 1e3:.1f} kJ, {scores['time_s']:.0f} s"


def _graph(repeats: Sequence[Mapping[str, Any]]) -> str:
    keys = ("path_m", "time_s", "end_m", "apart_m", "energy_share")
    rows = [
        [
            str(each["seed"]),
            each["mode"],
            "yes" if each["same"] else "no: " + ", ".join(each["beyond"]),
            *(f"{each[key]:g}" if key in each else "-" for key in keys),
        ]
        for each in repeats
    ]
    return Table(["site", "mode", "the same", *keys], rows).html()


def _counted(found: Summary) -> list[Mapping[str, Any]]:
    unsolved = set(found["not_solved_by_the_oracle"]) | set(found["unfinished_sites"])
    return [site for seed, site in found["sites"].items() if int(seed) not in unsolved]


def _embedded(path: Path) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(path.read_bytes()).decode()}"
