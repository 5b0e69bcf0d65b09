"""What the labelling page and the server say to each other, as JSON."""

from __future__ import annotations

import unicodedata
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Path
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from ai4mars_nav.archive.labelling.classes import MOST as MOST_CLASSES
from ai4mars_nav.archive.labelling.drawn import MOST_POINTS, WIDEST
from ai4mars_nav.archive.labelling.projects import Progress

Number = Annotated[int, Path(ge=1, le=2**53)]
"""Of a project, task or answer."""
LONGEST_EDGE = 65_535


def _sound(text: str) -> str:
    if any(unicodedata.category(one) in ("Cs", "Cc") and one not in "\n\t" for one in text):
        raise ValueError("holds control characters or half a character")
    return text


class ImageAnswer(BaseModel):
    """What an image shows."""

    model_config = ConfigDict(extra="forbid")
    kind: Literal["image"]
    classes: Annotated[
        list[Annotated[int, Field(ge=0, lt=MOST_CLASSES)]],
        Field(min_length=1, max_length=MOST_CLASSES),
    ]
    note: Annotated[str, Field(max_length=2000), AfterValidator(_sound)] = ""
    guess_used: bool = False
    seconds: Annotated[float, Field(ge=0.0, le=1e6, allow_inf_nan=False)] = 0.0
    client_id: UUID


Coordinate = Annotated[float, Field(allow_inf_nan=False)]


class ShapeDrawn(BaseModel):
    """One area: an outline, or the way of a brush. Class 255 takes away what lies below."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    value: Annotated[int, Field(alias="class", ge=0, le=255)]
    type: Literal["polygon", "brush"]
    points: Annotated[
        list[tuple[Coordinate, Coordinate]], Field(min_length=1, max_length=MOST_POINTS)
    ]
    width: Annotated[float, Field(ge=0.0, le=WIDEST, allow_inf_nan=False)] = 0.0


class PixelAnswer(BaseModel):
    """What the ground of an image is; pixels of no shape are not labelled."""

    model_config = ConfigDict(extra="forbid")
    kind: Literal["pixels"]
    shapes: Annotated[list[ShapeDrawn], Field(min_length=1, max_length=10_000)]
    height: Annotated[int, Field(ge=1, le=LONGEST_EDGE)]
    width: Annotated[int, Field(ge=1, le=LONGEST_EDGE)]
    guess_used: bool = False
    seconds: Annotated[float, Field(ge=0.0, le=1e6, allow_inf_nan=False)] = 0.0
    client_id: UUID


AnyAnswer = Annotated[ImageAnswer | PixelAnswer, Field(discriminator="kind")]


class Draft(BaseModel):
    """Unfinished work, as the page has it; the server keeps it and looks into none of it."""

    model_config = ConfigDict(extra="allow")
    shapes: list[Any] = []


class ProgressTold(BaseModel):
    """How far a project is: `done` of `images` have their labels, `mine` are the asker's."""

    mine: int
    done: int
    images: int
    labels: int
    labels_needed: int

    @staticmethod
    def of(progress: Progress) -> ProgressTold:
        """As JSON."""
        return ProgressTold(
            mine=progress.mine, done=progress.done, images=progress.images,
            labels=progress.labels, labels_needed=progress.labels_needed,
        )  # fmt: skip


class ScaleBar(BaseModel):
    """A bar on the ground, `metres` long; its corners are pixels of the image."""

    pixels: float
    metres: float
    corners: list[list[int]]


class TaskTold(BaseModel):
    """One image to label."""

    task: int
    image: str
    width: int
    height: int
    product: str
    guess: dict[str, float] | str | None
    """Probabilities by class value, or where the label is that a model gives; None without one."""
    range: str | None
    """Where a mask is, 255 beyond 30 m."""
    scale_bar: ScaleBar | None
    progress: ProgressTold
    last_answer: int | None
    """The asker's last answer in the project, which may be taken back."""


class Saved(BaseModel):
    """The answer as the store knows it."""

    answer: int
