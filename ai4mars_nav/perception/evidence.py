"""From measured height, width and the network's opinion to one probability of a big rock."""

from __future__ import annotations

import math

from ai4mars_nav.terrain import BIG_ROCK_HEIGHT, BIG_ROCK_WIDTH

_SUREST = 6.0
"""Log-odds (0.9975) beyond which no single source is believed."""
_BY_EXTENT, _BY_HEIGHT, _AT_LEAST = 0.83, 0.46, 0.03
"""The longer side of a rock by what one side shows, least squares: extent, height, metres.

Over rocks of 0.27 to 0.60 m of Golombek and Rapp's sizes, up to 1.9 times as long as wide, seen
from anywhere (`test/perception/test_longer_side.py` draws them)."""
_BY_CHANCE = 0.09
"""Metres (one sigma) by which longer sides differ from that."""


def p_over(value: float, sigma: float, limit: float) -> float:
    """Probability that a quantity measured as `value` with a normal error is over `limit`."""
    return 0.5 * math.erfc((limit - value) / (sigma * math.sqrt(2.0)))


def p_big(height: float, height_sigma: float, p_wide: float) -> float:
    """Probability that a thing is over 0.30 m high and wide enough, independently."""
    return p_over(height, height_sigma, BIG_ROCK_HEIGHT) * p_wide


def p_wide(extent: float, extent_sigma: float, height: float) -> float:
    """Probability that the longer side of a thing is at least 0.5 m, by its extent as seen.

    A camera sees one side, which is seldom the longer; how high a thing is tells of that, as long
    as it is no higher than wide: posts are no rocks.
    """
    longer = _BY_EXTENT * extent + _BY_HEIGHT * min(height, extent) + _AT_LEAST
    return p_over(longer, math.hypot(_BY_EXTENT * extent_sigma, _BY_CHANCE), BIG_ROCK_WIDTH)


def fuse(p_height: float, p_class: float, yes_weight: float, no_weight: float) -> float:
    """One probability from two, either nan where it has no opinion.

    The measurement counts in full, the network as an opinion: it can tip a rock that stereo
    leaves open, but neither raise a flat patch nor flatten a clear rock. Its no weighs less than
    its yes, as it passes over most rocks that are there. Without a measured height the network is
    all there is, and is believed as calibrated.
    """
    if math.isnan(p_height):
        return p_class
    if math.isnan(p_class):
        return p_height
    opinion = log_odds(p_class)
    odds = log_odds(p_height) + (yes_weight if opinion > 0.0 else no_weight) * opinion
    return 1.0 / (1.0 + math.exp(-odds))


def log_odds(probability: float) -> float:
    """Log-odds of a probability, kept within what one source may claim."""
    if probability <= 0.0 or probability >= 1.0:
        return math.copysign(_SUREST, probability - 0.5)
    return min(max(math.log(probability / (1.0 - probability)), -_SUREST), _SUREST)
