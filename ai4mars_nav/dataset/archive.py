"""One task over every image of an archive: in several processes, going on after a kill."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from ai4mars_nav.dataset.agreement import agreement_scores
from ai4mars_nav.dataset.dawid_skene import Patterns, find_patterns
from ai4mars_nav.dataset.errors import DatasetError, Findings, Problem
from ai4mars_nav.dataset.images import files_in, write_label
from ai4mars_nav.dataset.journal import Journal, stamp
from ai4mars_nav.dataset.merge import U8, count_votes
from ai4mars_nav.dataset.parallel import each
from ai4mars_nav.dataset.raw import RawImage, Stack, read_stack
from ai4mars_nav.dataset.votes import write_votes
from ai4mars_nav.terrain import UNKNOWN

Record = dict[str, Any]
"""What the journal keeps of an image: plain JSON values."""


class Task(Protocol):
    """What is done with each image; it travels to other processes."""

    @property
    def skip(self) -> bool:
        """Whether bad input is left out rather than refused."""

    def __call__(self, image: RawImage) -> Record:
        """Do it; what the journal keeps."""

    def finished(self, product: str, record: Record) -> bool:
        """Whether what the journal tells of is still there."""


@dataclass(frozen=True)
class Score:
    """Finds the agreement score of each label of an image; the journal keeps them."""

    skip: bool

    def __call__(self, image: RawImage) -> Record:
        findings = Findings(self.skip)
        stack = read_stack(image, findings)
        with _of(image):
            scores = agreement_scores(stack.labels).tolist() if stack.labellers else []
        named = dict(zip(stack.labellers, scores, strict=True))
        return {"scores": named, **_account(stack, findings)}

    def finished(self, product: str, record: Record) -> bool:  # noqa: ARG002
        """The journal has all there is."""
        return "scores" in record


@dataclass(frozen=True)
class Combine:
    """Makes one label of an image's labels and writes it; the votes too, where asked for."""

    rule: Callable[[Stack], U8]
    out: Path
    suffix: str
    """Between product and .png: nothing for training labels, _merged for gold."""
    votes: Path | None
    skip: bool

    def __call__(self, image: RawImage) -> Record:
        findings = Findings(self.skip)
        stack = read_stack(image, findings)
        record = _account(stack, findings)
        if not stack.labellers:
            for path in self._files(image.product):
                path.unlink(missing_ok=True)
            return {**record, "labelled": None}
        with _of(image):
            label = self.rule(stack)
        written, *votes = self._files(image.product)
        for path in votes:
            write_votes(path, count_votes(stack.labels))
        write_label(written, label)
        return {**record, "labelled": float((label != UNKNOWN).mean())}

    def finished(self, product: str, record: Record) -> bool:
        """Its files are there, unless no label could be used."""
        return record["labelled"] is None or all(path.exists() for path in self._files(product))

    def others(self, products: Collection[str]) -> list[Path]:
        """Labels in the output folder that are not of these products: of an earlier RAW."""
        ours = {path.name for product in products for path in self._files(product)[:1]}
        return [path for path in files_in(self.out, (".png",)) if path.name not in ours]

    def _files(self, product: str) -> list[Path]:
        label = self.out / f"{product}{self.suffix}.png"
        return [label] if self.votes is None else [label, self.votes / f"{product}.png"]


def remaining(task: Task, images: Sequence[RawImage], journal: Journal) -> list[RawImage]:
    """The images that are still to be done, or again.

    Again, if their label files, image or masks are new or changed, what was made of them is gone,
    or problems were skipped that are to be refused now.
    """
    return [
        image
        for image in images
        if (record := journal.done.get(image.product)) is None
        or record["input"] != fingerprint(image)
        or (record["problems"] and not task.skip)
        or not task.finished(image.product, record)
    ]


def run(
    task: Task, images: Sequence[RawImage], journal: Journal, jobs: int, cluster: str = ""
) -> Iterator[str]:
    """Do the task for the images as `each` does; yields each product when it is done."""
    for image, record in each(task, images, min(jobs, max(1, len(images))), cluster):
        journal.add(image.product, {"input": fingerprint(image), **record})
        yield image.product


def fingerprint(image: RawImage) -> str:
    """A digest of the names, sizes and times of an image's label files, its own and its masks."""
    named = list(image.labels)
    if (picture := image.picture) is not None:
        files = (picture.image, picture.rover_mask, picture.range_mask)
        named += [("", path) for path in files if path is not None]
    return stamp(named)


def problems_of(records: Sequence[Record]) -> list[Problem]:
    """The problems that journal records tell of."""
    return [Problem(*parts) for record in records for parts in record["problems"]]


def patterns_of(image: RawImage, stride: int, skip: bool) -> Patterns | None:
    """What Dawid-Skene learns from an image: the patterns of every `stride`-th pixel each way."""
    stack = read_stack(image, Findings(skip))
    if not stack.labellers:
        return None
    with _of(image):
        return find_patterns(stack.labellers, stack.labels[:, ::stride, ::stride])[0]


@contextmanager
def _of(image: RawImage) -> Iterator[None]:
    """Errors name the image."""
    try:
        yield
    except DatasetError as error:
        raise DatasetError(f"{image.product}: {error}") from error


def _account(stack: Stack, findings: Findings) -> Record:
    return {
        "labels": len(stack.labellers),
        "empty": list(stack.empty),
        "problems": [[p.kind, p.where, p.text] for p in findings.problems],
    }
