"""What each variant comes to against the same drives as they are."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

from ai4mars_nav.trial.tables import Table, interval

DIFFERENCES: Mapping[str, tuple[str, float, int, str]] = {
    "reached": ("goal reached", 100.0, 0, "%"),
    "rock_strikes": ("rocks struck", 1.0, 2, ""),
    "embedded": ("embedded", 100.0, 0, "%"),
    "high_slip_share": ("way at slip over 40 %", 100.0, 2, "%"),
    "stops": ("stops", 1.0, 1, ""),
}
"""Of every drive: name, factor, decimals and unit."""
CHANGES = {
    "energy_per_m": "energy a metre",
    "time_per_m": "time a metre",
    "wheel_wear_per_km": "wear of wheels",
}
"""Of the drives that arrived both ways."""


def variants_table(variants: Mapping[str, Mapping[str, Any]]) -> Table:
    """A row a variant: in how many drives the goal was reached, and the paired differences."""
    head = ["variant", "", "arrived", *(name for name, *_ in DIFFERENCES.values()),
            *CHANGES.values()]  # fmt: skip
    rows = []
    for name, told in variants.items():
        pair = told["against"]
        rows.append(
            [
                name,
                html.escape(told["words"]),
                f"{told['reached']} of {told['sites']}, {told['base_reached']} as it is",
                *(
                    interval(pair[key]["difference"], factor, digits, unit, True)
                    for key, (_, factor, digits, unit) in DIFFERENCES.items()
                ),
                *(interval(pair[key]["change"], 100.0, 0, "%", True) for key in CHANGES),
            ]
        )
    return Table(head, rows)
