"""Times of labels: UTC and spacecraft clock to nanoseconds since 1970."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

from ai4mars_nav.pds.label import Section

_UTC = re.compile(r"(\d{4})-(?:(\d{2})-(\d{2})|(\d{3}))T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?Z?")
_SCLK = re.compile(r"(?:\d+/)?(\d{1,12})(?:[.:-](\d{1,9}))?")
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_EARLIEST, _LATEST = 631_152_000, 2_114_380_800
"""Seconds since 1970 of 1990 and 2037: ROS counts them in 32 bits."""
CLOCK_EPOCH = 946_727_935_816_000_000
"""UTC of second 0 of the clocks of these rovers, near J2000; they drift by minutes over years."""


def utc(section: Section, keyword: str) -> int:
    """Nanoseconds since 1970 of a time such as 2022-03-24T09:42:32.180 or 2022-083T09:42:32."""
    text = section.text(keyword)
    match = _UTC.fullmatch(text)
    if match is None:
        raise section.error(keyword, f"{text[:40]!r} is not a time like 2022-03-24T09:42:32.180")
    year, month, day, day_of_year, hour, minute, second, fraction = match.groups()
    try:
        start = datetime(int(year), int(month or 1), int(day or 1), tzinfo=timezone.utc)
        start += timedelta(days=int(day_of_year) - 1 if day_of_year else 0)
    except (ValueError, OverflowError) as error:
        raise section.error(keyword, f"{text!r}: {error}") from error
    seconds = int(hour) * 3600 + int(minute) * 60 + int(second)
    whole = int((start - _EPOCH).total_seconds()) + seconds
    if not _EARLIEST <= whole < _LATEST:
        raise section.error(keyword, f"{text!r} is not a time of a rover on Mars")
    return whole * 1_000_000_000 + int((fraction or "0").ljust(9, "0"))


def spacecraft_clock(section: Section, keyword: str) -> float:
    """Seconds of the rover's clock, from 701383954.419 or 1/701383954.419."""
    text = section.text(keyword)
    match = _SCLK.fullmatch(text)
    if match is None:
        raise section.error(keyword, f"{text[:40]!r} is not a clock count like 701383954.419")
    seconds = float(f"{match.group(1)}.{match.group(2) or 0}")
    if seconds >= _LATEST - CLOCK_EPOCH / 1e9:
        raise section.error(keyword, f"{text!r} is later than any rover's clock")
    return seconds


def stamp_of_clock(seconds: float) -> int:
    """Nanoseconds since 1970 of a clock count, to within minutes: labels without UTC."""
    return CLOCK_EPOCH + round(seconds * 1e3) * 1_000_000
