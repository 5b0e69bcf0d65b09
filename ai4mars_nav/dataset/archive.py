"""One task over every image of an archive: in several processes, going on after a kill."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from ai4mars_nav.dataset.agreement import agreement_scores
from ai4mars_nav.dataset.dawid_skene import Patterns, find_patterns
from ai4mars_nav.dataset.errors import Findings, Problem
from ai4mars_nav.dataset.images import write_label
from ai4mars_nav.dataset.journal import Journal
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
            self._file(image.product).unlink(missing_ok=True)
            return {**record, "labelled": None}
        label = self.rule(stack)
        if self.votes is not None:
            write_votes(self.votes / f"{image.product}.png", count_votes(stack.labels))
        write_label(self._file(image.product), label)
        return {**record, "labelled": float((label != UNKNOWN).mean())}

    def finished(self, product: str, record: Record) -> bool:
        """Its files are there, unless no label could be used."""
        if record["labelled"] is None:
            return True
        written = self._file(product).exists()
        return written and (self.votes is None or (self.votes / f"{product}.png").exists())

    def _file(self, product: str) -> Path:
        return self.out / f"{product}{self.suffix}.png"


def remaining(task: Task, images: Sequence[RawImage], journal: Journal) -> list[RawImage]:
    """The images that are still to be done, or again.

    Again, if their label files are new or changed, what was made of them is gone, or problems were
    skipped that are to be refused now.
    """
    return [
        image
        for image in images
        if (record := journal.done.get(image.product)) is None
        or record["input"] != fingerprint(image)
        or (record["problems"] and not task.skip)
        or not task.finished(image.product, record)
    ]


def run(task: Task, images: Sequence[RawImage], journal: Journal, jobs: int) -> Iterator[str]:
    """Do the task for the images in `jobs` processes; yields each product when it is done."""
    for image, record in each(task, images, min(jobs, max(1, len(images)))):
        journal.add(image.product, {"input": fingerprint(image), **record})
        yield image.product


def fingerprint(image: RawImage) -> str:
    """A digest of the names, sizes and times of an image's label files."""
    parts = []
    for labeller, path in image.labels:
        stat = path.stat()
        parts.append(f"{labeller} {stat.st_size} {stat.st_mtime_ns}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def problems_of(records: Sequence[Record]) -> list[Problem]:
    """The problems that journal records tell of."""
    return [Problem(*parts) for record in records for parts in record["problems"]]


def patterns_of(image: RawImage, stride: int, skip: bool) -> Patterns | None:
    """What Dawid-Skene learns from an image: the patterns of every `stride`-th pixel each way."""
    stack = read_stack(image, Findings(skip))
    if not stack.labellers:
        return None
    return find_patterns(stack.labellers, stack.labels[:, ::stride, ::stride])[0]


def _account(stack: Stack, findings: Findings) -> Record:
    return {
        "labels": len(stack.labellers),
        "empty": list(stack.empty),
        "problems": [[p.kind, p.where, p.text] for p in findings.problems],
    }
