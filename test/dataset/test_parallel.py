"""Many items in few processes: all of them once, few at a time, errors as they are."""

from __future__ import annotations

import math
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ai4mars_nav.dataset.errors import UNREADABLE, BadInput, Problem
from ai4mars_nav.dataset.parallel import each

from ..processes import wait_until_gone

WORK = """
import itertools, time
from ai4mars_nav.dataset.parallel import each
for _ in each(time.sleep, itertools.repeat(0.01), 2):
    print("at work", flush=True)
    time.sleep(1000.0)
"""


@pytest.mark.parametrize("jobs", [1, 2])
def test_every_item_once_and_few_ahead(jobs):
    taken = 0

    def items():
        nonlocal taken
        for item in range(100):
            taken += 1
            yield item

    results, ahead = {}, []
    for item, result in each(math.factorial, items(), jobs):
        results[item] = result
        ahead.append(taken - len(results))
    assert results == {item: math.factorial(item) for item in range(100)}
    assert max(ahead) <= 8 * jobs


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_error_of_a_task_ends_it(jobs):
    with pytest.raises(ValueError, match="factorial"):
        list(each(math.factorial, [3, -1, 4], jobs))


def test_a_problem_survives_the_way_from_another_process():
    import pickle

    problem = BadInput(Problem(UNREADABLE, "a.png", "truncated"))
    back = pickle.loads(pickle.dumps(problem))
    assert str(back) == str(problem) == "a.png: unreadable file: truncated"
    assert back.problem == problem.problem


def test_no_process_is_left_of_work_that_was_killed():
    with subprocess.Popen([sys.executable, "-c", WORK], stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"at work\n"
        of_it = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        process.send_signal(signal.SIGKILL)
    assert len(of_it) >= 2
    for pid in of_it:
        wait_until_gone(int(pid))
