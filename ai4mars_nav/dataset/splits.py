"""Splitting a data set by place or time, so that neighbouring frames are never on both sides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from ai4mars_nav.dataset.errors import DatasetError
from ai4mars_nav.dataset.product import Product, parse_product

KEYS = ("site", "drive", "sol")


def group_of(name: str, by: str) -> str:
    """What a product shares with its neighbours: rover and site, also drive, or sol."""
    product = parse_product(name)
    if by == "sol":
        return f"{product.rover} sol {product.sol}"
    if by not in KEYS:
        raise DatasetError(f"split by {by!r}: must be one of {', '.join(KEYS)}")
    return _place(product, by)


def _place(product: Product, by: str) -> str:
    if not product.site:
        text = f"its id tells no {by}; split by sol"
        raise DatasetError(f"{product.name}: {text}")
    site = f"{product.rover} site {product.site}"
    return site if by == "site" else f"{site} drive {product.drive}"


def split(
    names: Sequence[str], by: str, shares: Mapping[str, float], seed: int
) -> dict[str, tuple[str, ...]]:
    """Products divided into parts of about these shares, whole groups at a time.

    Groups are taken in random order, large ones first, each to the part that lacks most of its
    share. The same names, shares and seed give the same parts.
    """
    if len(set(names)) != len(names):
        twice = Counter(names).most_common(1)[0][0]
        raise DatasetError(f"{twice}: listed twice among what is to be split")
    total = sum(shares.values())
    if not shares or min(shares.values()) <= 0.0 or abs(total - 1.0) > 1e-6:
        raise DatasetError(f"shares are {dict(shares)}, must each be above 0 and sum to 1")
    groups = _groups(names, by)
    if len(groups) < len(shares):
        raise DatasetError(f"{len(groups)} groups by {by} cannot fill {len(shares)} parts")
    order = np.random.default_rng(seed).permutation(len(groups))
    keys = sorted(groups)
    shuffled = sorted((keys[i] for i in order), key=lambda key: -len(groups[key]))
    parts: dict[str, list[str]] = {part: [] for part in shares}
    for left, key in zip(range(len(shuffled), 0, -1), shuffled, strict=True):
        empty = [part for part in parts if not parts[part]]
        # the last groups are kept for parts that have none yet
        open_parts = empty if left <= len(empty) else list(parts)
        lacking = {part: shares[part] * len(names) - len(parts[part]) for part in open_parts}
        parts[max(open_parts, key=lacking.__getitem__)] += groups[key]
    return {part: tuple(sorted(members)) for part, members in parts.items()}


def choose_test(
    orbital: Mapping[str, str], by: str, per_class: int, seed: int
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """A test set with about `per_class` products of each orbital terrain class, and the rest of it.

    `orbital` gives each product the class of the ground it was taken on. Groups are drawn at
    random, class by class, and give their images in turn, so that one place cannot fill a class.
    The second result is all that shares a group with the test set and must not be trained on.
    """
    rng = np.random.default_rng(seed)
    groups = _groups(sorted(orbital), by)
    chosen: list[str] = []
    for terrain in sorted(set(orbital.values())):
        members = [
            [name for name in groups[key] if orbital[name] == terrain] for key in sorted(groups)
        ]
        piles = [[pile[i] for i in rng.permutation(len(pile))] for pile in members if pile]
        needed = _fewest(piles, per_class, rng)
        dealt = [name for turn in _turns(needed) for name in turn]
        chosen += dealt[:per_class]
    used = {group_of(name, by) for name in chosen}
    near = [name for key in sorted(groups) if key in used for name in groups[key]]
    return tuple(sorted(chosen)), tuple(sorted(set(near) - set(chosen)))


def _fewest(piles: list[list[str]], wanted: int, rng: np.random.Generator) -> list[list[str]]:
    """Piles in random order until they hold what is wanted: the fewer, the more is left to learn.

    At least three piles where there are so many, so that no class rests on one place.
    """
    taken: list[list[str]] = []
    for i in rng.permutation(len(piles)):
        if len(taken) >= 3 and sum(map(len, taken)) >= wanted:
            break
        taken.append(piles[i])
    return taken


def _turns(piles: list[list[str]]) -> list[list[str]]:
    """One of each pile, then the next of each: [[a1, b1], [a2], ...]."""
    longest = max((len(pile) for pile in piles), default=0)
    return [[pile[turn] for pile in piles if turn < len(pile)] for turn in range(longest)]


def _groups(names: Sequence[str], by: str) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for name in sorted(names):
        groups.setdefault(group_of(name, by), []).append(name)
    return groups
