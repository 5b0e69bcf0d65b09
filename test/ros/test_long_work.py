"""Work in another thread: what becomes of its result, its error, and of work nobody waits for."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from ai4mars_nav.ros.long_work import LongWork, Stopped

PATIENCE = 20.0


class Case:
    """A preparation whose work waits for leave to go on."""

    def __init__(self, work: Callable[[Any], str]) -> None:
        self.begun, self.go_on, self.left = (threading.Event() for _ in range(3))
        self.said: list[str] = []
        self.over = threading.Semaphore(0)
        self.discarded: list[str] = []
        self.raised: list[BaseException] = []

        def held(say: Any) -> str:
            say("step 1")
            self.begun.set()
            assert self.go_on.wait(PATIENCE)
            try:
                return work(say)
            except BaseException as error:
                self.raised.append(error)
                raise
            finally:
                self.left.set()

        self.preparation = LongWork(
            held, self.said.append, self.over.release, self.discarded.append
        )
        assert self.begun.wait(PATIENCE)

    def finish(self) -> None:
        """Let the work come to its end."""
        self.go_on.set()
        assert self.left.wait(PATIENCE)

    def is_over(self) -> bool:
        """Whether `over` is called within patience."""
        return self.over.acquire(timeout=PATIENCE)


def saying(say: Any) -> str:
    """Work that tells of a step."""
    say("step 2")
    return "made"


def test_it_tells_how_long_and_the_last_step() -> None:
    case = Case(saying)
    assert case.preparation.told() == "getting ready for 0 s: step 1"
    case.finish()
    assert case.is_over()
    assert case.preparation.result() == "made"
    assert case.said == ["step 1", "step 2"] and not case.preparation.stopped


def test_what_it_raises_is_raised_by_who_asks() -> None:
    def failing(_: Any) -> str:
        raise ValueError("no such file")

    case = Case(failing)
    case.finish()
    assert case.is_over()
    with pytest.raises(ValueError, match="no such file"):
        case.preparation.result()


def test_work_that_is_stopped_hears_of_it_when_it_says_something() -> None:
    case = Case(saying)
    case.preparation.stop()
    assert case.is_over() and case.preparation.stopped
    case.finish()
    assert isinstance(case.raised[0], Stopped) and case.said == ["step 1"]
    assert not case.discarded


def until(done: Callable[[], Any]) -> None:
    """Wait for another thread."""
    waiting = threading.Event()
    for _ in range(int(PATIENCE / 0.01)):
        if done():
            return
        waiting.wait(0.01)
    raise AssertionError("it never came true")


def test_what_deaf_work_makes_in_the_end_is_thrown_away() -> None:
    case = Case(lambda _: "made")
    case.preparation.stop()
    assert case.is_over()
    case.finish()
    until(lambda: case.discarded == ["made"])
    assert not case.over.acquire(blocking=False), "over is told once"


def test_what_was_made_and_not_asked_for_is_thrown_away_when_it_is_stopped() -> None:
    case = Case(lambda _: "made")
    case.finish()
    assert case.is_over()
    case.preparation.stop()
    case.preparation.stop()
    assert case.discarded == ["made"] and case.preparation.stopped
    assert not case.over.acquire(blocking=False), "over is told once"
