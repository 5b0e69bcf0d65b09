"""What a source says of an image. Nothing is a guess: what it does not say is empty or None."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace


@dataclass(frozen=True)
class Answer:
    """A class that a model sees in an image, and how sure it is (0..1, calibrated)."""

    kind: str
    confidence: float


@dataclass(frozen=True)
class Landmark:
    """Something that a model found in an image."""

    name: str
    """Of the piece that was cut out: one of its name in an image."""
    kind: str
    confidence: float
    box: tuple[float, float, float, float] | None = None
    """Left, top, width and height in pixels of the image, where they are known."""
    file: str | None = None


@dataclass(frozen=True)
class Entry:
    """An image, or what one more source says of it: entries of one name are put together."""

    name: str
    """The product id, or the path of an image that has none."""
    mission: str = ""
    instrument: str = ""
    target: str = ""
    site: str = ""
    """Rover and site: curiosity 31."""
    drive: int | None = None
    sol: int | None = None
    time: int | None = None
    """Nanoseconds since 1970 UTC."""
    north: float | None = None
    """Metres from the origin of the site; the frame of a bag where there is no site."""
    east: float | None = None
    heading: float | None = None
    """Degrees clockwise from north."""
    sun_azimuth: float | None = None
    """Degrees clockwise from north."""
    sun: float | None = None
    """Degrees of the sun above the horizon."""
    soil: float | None = None
    """Share of the image's labelled ground, 0..1; so the next three."""
    bedrock: float | None = None
    sand: float | None = None
    big_rock: float | None = None
    rocks: int | None = None
    """Big rocks that were seen."""
    novelty: float | None = None
    width: int | None = None
    height: int | None = None
    file: str | None = None
    """The picture, the product or the bag."""
    part: str | None = None
    """Topic and nanoseconds of a frame in a bag."""
    label: str | None = None
    """The label image, or topic and nanoseconds of the classes in the bag."""
    model: str = ""
    """What gave the answers."""
    answers: tuple[Answer, ...] | None = None
    landmarks: tuple[Landmark, ...] = ()
    all_landmarks: bool = False
    """Whether these are all of the image, and others of it are to go."""
    by_name: bool = False
    """Whether facets, sol and time were read off the name: then they fill gaps, and no more."""


def together(first: Entry, second: Entry) -> Entry:
    """Both sources' word; where they differ, that of the second."""
    said = {
        field.name: value
        for field in fields(Entry)
        if (value := getattr(second, field.name)) not in (None, "", ())
    }
    said["landmarks"] = (*first.landmarks, *second.landmarks)
    return replace(first, **said)
