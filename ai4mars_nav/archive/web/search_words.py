"""What the search pages say: numbers, places and times in words."""

from __future__ import annotations

from datetime import datetime, timezone

from ai4mars_nav.archive.catalogue.query import Query, Range
from ai4mars_nav.archive.catalogue.records import Record

FACETS = {
    "mission": "Mission", "instrument": "Instrument", "target": "Target", "class": "Class",
    "landmark": "Landmarks", "site": "Site",
}  # fmt: skip
RANGES = {
    "sol": ("Sol", ""), "drive": ("Drive", ""), "north": ("North", "m"), "east": ("East", "m"),
    "sun": ("Sun above the horizon", "°"), "soil": ("Soil", "%"), "bedrock": ("Bedrock", "%"),
    "sand": ("Sand", "%"), "big_rock": ("Big rock", "%"), "rocks": ("Big rocks", ""),
    "novelty": ("Novelty", ""),
}  # fmt: skip
"""Name and unit of each range."""
MISSIONS = {
    "msl": "MSL Curiosity", "m2020": "Mars 2020 Perseverance", "mer": "MER Spirit, Opportunity",
    "mro": "MRO",
}  # fmt: skip


def shown(facet: str, name: str) -> str:
    """A value of a facet as people call it."""
    if facet in ("class", "landmark"):
        return name.replace("_", " ")
    return MISSIONS.get(name, name) if facet == "mission" else name


def compact(number: float) -> str:
    """A number without digits that say nothing."""
    return f"{number:,.0f}" if abs(number) >= 100 or number == int(number) else f"{number:.3g}"


def share(part: float | None) -> str:
    """A share (0..1) in percent."""
    return "not known" if part is None else f"{100.0 * part:.0f} %"


def between(name: str, ends: Range) -> str:
    """A range in words: Sol 100 to 200, Sand from 30 %."""
    title, unit = RANGES[name]
    low, high = ends
    unit = f" {unit}" if unit in ("m", "%") else unit
    if low is None:
        return f"{title} up to {compact(high or 0.0)}{unit}"
    if high is None:
        return f"{title} from {compact(low)}{unit}"
    return f"{title} {compact(low)} to {compact(high)}{unit}"


def when(time: int | None) -> str:
    """A time in UTC to the minute."""
    if time is None:
        return "not known"
    return datetime.fromtimestamp(time / 1e9, timezone.utc).strftime("%Y-%m-%d %H:%M UTC")


def where(record: Record) -> str:
    """Where the rover stood."""
    parts = [record.site] if record.site else []
    parts += [f"drive {record.drive}"] if record.drive is not None else []
    if record.north is not None and record.east is not None:
        parts.append(
            f"{abs(record.north):.1f} m {'north' if record.north >= 0 else 'south'}, "
            f"{abs(record.east):.1f} m {'east' if record.east >= 0 else 'west'} of its origin"
        )
    return ", ".join(parts) or "not known"


def line(record: Record) -> str:
    """Instrument and day of an image in a few words."""
    parts = [record.instrument] if record.instrument else []
    parts += [f"sol {record.sol}"] if record.sol is not None else []
    parts += [record.site] if record.site and record.sol is None else []
    return ", ".join(parts) or "nothing known of its origin"


def described(record: Record) -> str:
    """The text that stands for the picture where it cannot be seen."""
    classes = ", ".join(f"{seen.kind} {100 * seen.confidence:.0f} %" for seen in record.classes[:2])
    return f"{line(record)}{': ' + classes if classes else ''}"


def title(query: Query, total: int) -> str:
    """What was found, in a line."""
    what = [*sorted(query.chosen.get("class", ())), *sorted(query.chosen.get("landmark", ()))]
    images = f"{total:,} image{'' if total == 1 else 's'}"
    return f"{images} of {', '.join(what).replace('_', ' ')}" if what else images
