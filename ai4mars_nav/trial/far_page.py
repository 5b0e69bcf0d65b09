"""report.html of a long run: how far, what befell, and where the goal was not reached."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

from ai4mars_nav.trial.modes import FUSED
from ai4mars_nav.trial.page import command_of_drives, document, links
from ai4mars_nav.trial.plan import Plan
from ai4mars_nav.trial.tables import Table

NAMES = {
    "rock_strikes": "rocks over 0.30 m struck",
    "belly_strikes": "belly on the ground",
    "embedded": "embedded",
    "tipped": "tipped over",
}


def far_page(plan: Plan, found: Mapping[str, Any]) -> str:
    """The page of a summary of `far.py`."""
    title = f"{found['metres'] / 1e3:.2f} km of {FUSED}: what befell?"
    first, last = found["seeds"]
    words = f"{found['drives']} drives, seeds {first} to {last}. "
    words += ", ".join(f"{word} {number}" for word, number in found["ends"].items()) + ". "
    words += f"Longest without a rock struck: {found['longest_without_a_rock_struck_m']:.0f} m."
    for key, told in (("no_site", "No site could be made of seed"), ("crashed", "Crashed: site")):
        if found[key]:
            words += f" {told} {', '.join(map(str, found[key]))}."
    if found["states_of_the_code"] > 1:
        words += f" Driven by {found['states_of_the_code']} states of the code."
    befell = [
        [name, str(told["events"]), f"{told['at_most_per_km']:.3g} a km"]
        for key, name in NAMES.items()
        if (told := found["befell"].get(key)) is not None
    ]
    failed = [
        [str(each["seed"]), each["kind"], html.escape(each["why"]), f"{each['left_m']:.1f} m",
         links(plan, each["seed"], FUSED)]
        for each in found["not_reached"]
    ]  # fmt: skip
    command = command_of_drives(plan, f"--metres-in-all {found['metres_asked']:g}")
    body = [
        f"<p><code>{html.escape(command)}</code></p>",
        f"<p>{html.escape(words)}</p>",
        "<h2>What befell</h2>",
        "<p>Beside each the most that there may truly be, with a chance of 95 %.</p>",
        Table(["", "times", "at most"], befell).html(),
        "<h2>Where the goal was not reached</h2>",
        Table(["site", "kind", "why", "left", ""], failed).html() if failed else "<p>Nowhere.</p>",
    ]
    return document(title, body)
