"""Newest wins: what happens to jobs that arrive while one is in work."""

import threading

from ai4mars_nav.ros.worker import Worker


def test_the_newest_waiting_job_replaces_the_older() -> None:
    begun, go_on, done = threading.Event(), threading.Event(), []

    def work(job: int) -> None:
        begun.set()
        assert go_on.wait(10)
        done.append(job)

    worker = Worker("test", work, lambda error: done.append(error))
    assert worker.submit(1) is False
    assert begun.wait(10)
    assert worker.submit(2) is False
    assert worker.submit(3) is True, "2 had not begun"
    go_on.set()
    while len(done) < 2:
        begun.wait(0.01)
    assert worker.end() and done == [1, 3]


def test_a_failure_is_told_and_the_next_job_done() -> None:
    told: list[Exception] = []
    finished = threading.Event()

    def work(job: int) -> None:
        if job == 0:
            raise ZeroDivisionError("job 0")
        finished.set()

    worker = Worker("test", work, told.append)
    worker.submit(0)
    while not told:
        finished.wait(0.01)
    worker.submit(1)
    assert finished.wait(10)
    assert isinstance(told[0], ZeroDivisionError)
    assert worker.end()


def test_ending_drops_what_waits() -> None:
    begun, go_on, done = threading.Event(), threading.Event(), []

    def work(job: int) -> None:
        begun.set()
        assert go_on.wait(10)
        done.append(job)

    worker = Worker("test", work, lambda error: done.append(error))
    worker.submit(1)
    assert begun.wait(10)
    worker.submit(2)
    threading.Timer(0.05, go_on.set).start()
    assert worker.end() and done == [1]
