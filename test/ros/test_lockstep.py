"""Waiting for the graph: until it answers, until patience ends, or until the drive does."""

import time

from ai4mars_nav.ros.lockstep import IMPATIENT, PATIENT_MISSES, Lockstep


def test_it_waits_for_an_answer_and_counts_it() -> None:
    heard: list[float] = []
    lockstep = Lockstep(60.0, heard.append)
    assert lockstep.wait("frame", lambda: len(heard) == 3, lambda: True)
    assert lockstep.counts == {"frame answered": 1}


def test_what_never_answers_is_waited_for_less_and_less() -> None:
    lockstep = Lockstep(0.2, time.sleep)
    took = []
    for _ in range(PATIENT_MISSES + 1):
        begun = time.monotonic()
        assert not lockstep.wait("frame", lambda: False, lambda: True)
        took.append(time.monotonic() - begun)
    assert min(took[:PATIENT_MISSES]) >= 0.2
    assert took[-1] >= IMPATIENT * 0.2
    assert lockstep.counts == {"frame unanswered": PATIENT_MISSES + 1}


def test_an_answer_brings_the_patience_back() -> None:
    lockstep = Lockstep(0.1, time.sleep)
    for _ in range(PATIENT_MISSES):
        lockstep.wait("frame", lambda: False, lambda: True)
    lockstep.wait("frame", lambda: True, lambda: True)
    begun = time.monotonic()
    lockstep.wait("frame", lambda: False, lambda: True)
    assert time.monotonic() - begun >= 0.1


def test_what_will_not_come_is_not_waited_for_and_costs_no_patience() -> None:
    lockstep = Lockstep(3600.0, time.sleep)
    for _ in range(PATIENT_MISSES + 1):
        assert not lockstep.wait("frame", lambda: False, lambda: True, lambda: True)
    assert lockstep.wait("frame", lambda: True, lambda: True, lambda: True)
    assert lockstep.counts == {"frame unanswered": PATIENT_MISSES + 1, "frame answered": 1}


def test_an_answer_that_waits_beside_the_word_that_it_does_not_come_is_heard() -> None:
    """The last word of a node is taken before what it sent first, now and then."""
    heard: list[float] = []
    lockstep = Lockstep(3600.0, heard.append)
    assert lockstep.wait("frame", lambda: bool(heard), lambda: True, lambda: not heard)
    assert lockstep.counts == {"frame answered": 1}


def test_it_stops_waiting_when_the_drive_ends() -> None:
    lockstep = Lockstep(3600.0, time.sleep)
    assert not lockstep.wait("frame", lambda: False, lambda: False)
    assert not lockstep.counts, "nobody failed to answer"
