"""What is wrong with a data set: named problems, refused or counted as the user chose."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

SIZES_DIFFER = "sizes differ"
UNKNOWN_VALUE = "unknown label value"
UNREADABLE = "unreadable file"
NO_LABEL = "image without label"
NO_IMAGE = "label without image"
NO_MASK = "missing rover or range mask"
DUPLICATE_PRODUCT = "duplicate product id"
LABELLED_TWICE = "labelled twice by one labeller"
OPEN_POLYGON = "unclosed polygon"
UNKNOWN_CLASS = "unknown class name"
UNKNOWN_PRODUCT = "unknown product id"
UNKNOWN_LABEL = "rating of a label that is not there"
STRANGE_NAME = "strange name"


class DatasetError(ValueError):
    """A data set, or a way of using it, that cannot work; the message says what and where."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with the input: its kind, the file or record, and the details."""

    kind: str
    where: str
    text: str

    def __str__(self) -> str:
        return f"{self.where}: {self.kind}: {self.text}"


class BadInput(DatasetError):
    """A problem that was refused."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return str(self.problem)


class Findings:
    """The problems met so far: each one is refused at once, or kept and what it spoils left out."""

    def __init__(self, skip: bool) -> None:
        self.skip = skip
        self.problems: list[Problem] = []

    def note(self, problem: Problem) -> None:
        """Keep a problem, or raise it where the user wants bad input refused."""
        if not self.skip:
            raise BadInput(problem)
        self.problems.append(problem)

    def counts(self) -> dict[str, int]:
        """How many problems of each kind there are."""
        return dict(Counter(problem.kind for problem in self.problems))
