"""What a metre costs the search, for whoever reads settings and searches nothing."""

from __future__ import annotations

from dataclasses import dataclass

from ai4mars_nav.settings import setting

ESCAPE_PRICE = 2000.0
"""Of a metre out of cells that may not be entered: the shortest way out is taken."""


@dataclass(frozen=True)
class SearchSettings:
    """What a metre costs the search, and what it may do with ground it has not seen."""

    neutral: float = setting(
        9.89,
        "price per metre of ground of cost 0; 9.89 prices the map's costs as the physics they mean",
        lo=1.0,
        hi=1000.0,
    )
    weight: float = setting(1.0, "price per metre and unit of cost (0..99)", lo=0.0, hi=100.0)
    unknown_passable: bool = setting(True, "whether unseen ground may be planned through")
    unknown_cost: float = setting(
        14.0, "cost assumed of unseen ground and beyond the map, on the scale of 0..99",
        lo=0.0, hi=1e4,
    )  # fmt: skip
    least_leg: float = setting(
        1.0, "a plan toward a goal off the map leads at least this far", unit="m", lo=0.0
    )
    escape: float = setting(
        2.0, "how far a rover may drive out of cells it may not enter", unit="m", lo=0.0, hi=50.0
    )
    doubt: float = setting(
        2.0,
        "a goal that looks lethal from farther away is driven toward, to see it better",
        unit="m",
        lo=0.0,
        hi=100.0,
    )
    keep: float = setting(
        2.0,
        "metres of level bedrock by which another way must be cheaper than the one begun; 0: none",
        unit="m",
        lo=0.0,
        hi=100.0,
    )
    longest_leg: float = setting(6.4, "longest straight leg tried", unit="m", lo=0.1, hi=1000.0)


def unseen_price(settings: SearchSettings) -> float:
    """Of a metre of unseen ground."""
    return settings.neutral + settings.weight * settings.unknown_cost
