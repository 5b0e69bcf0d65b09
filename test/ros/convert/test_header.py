"""Stamps as nanoseconds and back."""

import pytest

from ai4mars_nav.ros.convert.header import nanoseconds, to_time

STAMP = 1_700_000_000_123_456_789


@pytest.mark.parametrize("stamp", [0, 1, 999_999_999, 10**9, STAMP])
def test_stamps_round_trip(stamp: int) -> None:
    assert nanoseconds(to_time(stamp)) == stamp
