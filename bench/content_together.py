"""What it is worth to tell pictures of one sol or source image together (content/together.py).

    python bench/content_together.py mslnet --data deepmars-msl
    python bench/content_together.py hirisenet --data deepmars-hirise

On the validation list of a shipped classifier, each picture alone beside all of its group together:
not calibrated, calibrated on halves of the sols or source images drawn at random for the other
half, and on earlier sols for later ones. Then the same for other settings: how many pictures a
group is given beforehand, without classes apart, and with few pictures of a group left.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.content import calibrate, scores
from ai4mars_nav.content.calibration import calibrated
from ai4mars_nav.content.judge import see
from ai4mars_nav.content.learn.settings import RECIPES
from ai4mars_nav.content.listed import read_list
from ai4mars_nav.content.scores import Judged
from ai4mars_nav.content.sidecar import load_content_model
from ai4mars_nav.content.together import BEFOREHAND, Roles, companies, roles, told_together
from ai4mars_nav.dataset.errors import Findings
from ai4mars_nav.share import content_model_file

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Chosen = NDArray[np.bool_]

_HALVINGS = 20
_DATES = (0.3, 0.4, 0.5, 0.6, 0.7)
"""Shares of the pictures that are earlier than those judged."""
_RESAMPLES = 2000
_BEFOREHAND = (1.0, 2.0, BEFOREHAND, 8.0, 16.0, 64.0)
_LEFT = (1, 2, 4, 8, 16)
"""Pictures of a group that are left to tell each other."""


@dataclass(frozen=True)
class _Pictures:
    """Of a validation list: logits (n, classes), classes, groups, instruments and sols (n,)."""

    logits: F64
    kinds: I64
    groups: NDArray[np.str_]
    instruments: NDArray[np.str_]
    sols: NDArray[np.float64]
    support: tuple[int, ...]
    roles: Roles

    def together(self, beforehand: float = BEFOREHAND) -> _Pictures:
        """The same, told together, which are calibrated once for all instruments."""
        company = companies(self.groups.tolist(), self.instruments.tolist())
        told = told_together(self.logits, company, self.roles, beforehand)
        return replace(self, logits=told, instruments=np.full_like(self.instruments, "any"))

    def only(self, chosen: Chosen) -> _Pictures:
        """Those chosen (n,)."""
        each = {name: getattr(self, name)[chosen] for name in _OF_EACH}
        return replace(self, **each)


_OF_EACH = ("logits", "kinds", "groups", "instruments", "sols")


def main() -> int:
    """Print the tables in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=tuple(RECIPES))
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--jobs", type=int, default=1)
    args = parser.parse_args()
    alone = _read(args.name, args.data, args.jobs)
    together = alone.together()
    print(f"| {' | '.join(['', *_COLUMNS])} |\n{'|---' * (1 + len(_COLUMNS))}|")
    for way, pictures in (("alone", alone), ("together", together)):
        _plainly(way, pictures)
        _rows(f"{way}, calibrated", pictures)
    if len(np.unique(alone.instruments)) > 1:
        mixed = replace(alone, instruments=np.full_like(alone.instruments, "any")).together()
        _plainly("together, whatever the instrument", mixed)
        _rows("together, whatever the instrument, calibrated", mixed)
        by_instrument = replace(together, instruments=alone.instruments)
        _rows("together, calibrated by instrument", by_instrument)
    _difference(alone, together)
    for beforehand in _BEFOREHAND:
        _rows(f"together, {beforehand:g} beforehand, calibrated", alone.together(beforehand))
    if RECIPES[args.name].apart:
        every = replace(alone, roles=Roles(alone.roles.known, alone.roles.known)).together()
        _plainly("together, no class apart", every)
        _rows("together, no class apart, calibrated", every)
    for most in _LEFT:
        few = _thinned(alone, most).together()
        _plainly(f"together, {most} of a group at most", few)
    return 0


def _read(name: str, data: Path, jobs: int) -> _Pictures:
    model = content_model_file(name)
    sidecar, _ = load_content_model(model)
    findings = Findings(skip=False)
    listed = read_list(data / RECIPES[name].validation, data, len(sidecar.classes), findings)
    seen = see(model, listed, findings, jobs, lambda _: None)
    support = tuple(sidecar.training["support"])
    origins = [one.origin for one in seen.listed]
    return _Pictures(
        seen.logits,
        np.asarray([one.kind for one in seen.listed], np.int64),
        np.asarray([one.group for one in origins]),
        np.asarray([one.instrument for one in origins]),
        np.asarray([np.nan if one.sol is None else one.sol for one in origins]),
        support,
        roles(sidecar.classes, RECIPES[name].apart, support),
    )


_COLUMNS = (
    "accuracy",
    "ECE",
    "NLL",
    "abstained for 98 %",
    "abstained at 0.9",
    "right at 0.9",
)


def _figures(shares: F64, pictures: _Pictures) -> F64:
    """(6,) as in the columns."""
    judged = Judged(shares, pictures.kinds, tuple(pictures.groups.tolist()))
    sure = calibrate.threshold_for(judged.confidence, judged.right, 0.98)
    at = scores.curve(judged, [sure, 0.9])
    right = np.nan if at[1].accuracy is None else at[1].accuracy
    error, nll = scores.calibration_error(judged), scores.surprise(judged)
    found = (scores.accuracy(judged), error, nll, at[0].abstained, at[1].abstained, right)
    return np.asarray(found, np.float64)


def _plain(pictures: _Pictures) -> F64:
    plain = calibrate.plain(pictures.support)
    return calibrated(pictures.logits, plain, pictures.instruments.tolist())


def _by(known: _Pictures, asked: _Pictures) -> F64:
    """Probabilities of the pictures asked, calibrated on those known."""
    by = known.instruments.tolist()
    fitted = calibrate.fit(known.logits, known.kinds, by, known.support, "those known")
    return calibrated(asked.logits, fitted, asked.instruments.tolist())


def _halvings(pictures: _Pictures) -> list[F64]:
    """Probabilities (n, classes), each half calibrated on the other, for halves at random."""
    found, names = [], np.unique(pictures.groups)
    for seed in range(_HALVINGS):
        drawn = np.random.default_rng(seed).permutation(names)[::2]
        first = np.isin(pictures.groups, drawn)
        shares = np.empty_like(pictures.logits)
        for half in (first, ~first):
            shares[half] = _by(pictures.only(~half), pictures.only(half))
        found.append(shares)
    return found


def _rows(name: str, pictures: _Pictures) -> None:
    """A row of means over halvings, and one over dates where there are sols."""
    halves = [_figures(shares, pictures) for shares in _halvings(pictures)]
    _print(f"{name} by halves", np.mean(halves, axis=0))
    if dates := _later(pictures):
        later = [_figures(_by(known, asked), asked) for known, asked in dates]
        _print(f"{name}, later sols by earlier", np.mean(later, axis=0))


def _later(pictures: _Pictures) -> list[tuple[_Pictures, _Pictures]]:
    """Those of earlier sols and those of later ones, at each date; none where there are no sols."""
    if np.isnan(pictures.sols).any():
        return []
    late = [pictures.sols > np.quantile(pictures.sols, share) for share in _DATES]
    return [(pictures.only(~each), pictures.only(each)) for each in late]


def _plainly(name: str, pictures: _Pictures) -> None:
    """A row for all pictures, and one over dates where there are sols; nothing is calibrated."""
    _print(f"{name}, not calibrated", _figures(_plain(pictures), pictures))
    if dates := _later(pictures):
        later = [_figures(_plain(asked), asked) for _, asked in dates]
        _print(f"{name}, later sols, not calibrated", np.mean(later, axis=0))


def _print(name: str, figures: F64) -> None:
    print(f"| {name} | {' | '.join(f'{value:.3f}' for value in figures)} |", flush=True)


def _difference(alone: _Pictures, together: _Pictures) -> None:
    """Together less alone by halves, with 95 % bootstraps over groups."""
    at = np.arange(len(alone.kinds))
    right, nll = [], []
    for pictures in (alone, together):
        every = _halvings(pictures)
        right.append(np.mean([each.argmax(1) == pictures.kinds for each in every], axis=0))
        chosen = [np.log(np.maximum(each[at, pictures.kinds], 1e-300)) for each in every]
        nll.append(-np.mean(chosen, axis=0))
    _, index = np.unique(alone.groups, return_inverse=True)
    count = np.bincount(index)
    drawn = np.random.default_rng(0).integers(0, len(count), (_RESAMPLES, len(count)))
    for name, both in (("accuracy", right), ("NLL", nll)):
        gain = np.bincount(index, both[1] - both[0])
        low, high = np.quantile(gain[drawn].sum(axis=1) / count[drawn].sum(axis=1), (0.025, 0.975))
        print(
            f"| together less alone, {name}: {gain.sum() / count.sum():+.3f} ({low:+.3f} to "
            f"{high:+.3f}) | {' | '.join([''] * len(_COLUMNS))} |"
        )


def _thinned(pictures: _Pictures, most: int) -> _Pictures:
    """All pictures, in groups of `most` of their group, dealt at random."""
    order = np.random.default_rng(0).permutation(len(pictures.kinds))
    seen: dict[str, int] = {}
    groups = pictures.groups.astype(object)
    for at in order.tolist():
        name = str(pictures.groups[at])
        seen[name] = seen.get(name, 0) + 1
        groups[at] = f"{name}, {(seen[name] - 1) // most}"
    return replace(pictures, groups=groups.astype(str))


if __name__ == "__main__":
    sys.exit(main())
