"""Several labellers at a real server that is killed in the middle: nothing is lost or doubled.

The long form is `bench/archive_labelling.py`; this is the same code for some seconds.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "bench"


@pytest.fixture
def bench(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCH))
    yield importlib.import_module("archive_labelling")
    for name in ("archive_labelling", "archive_labeller"):
        sys.modules.pop(name, None)


def test_a_kill_loses_nothing_that_was_acknowledged(bench, address, tmp_path):
    found = bench.measure(address, tmp_path / "images", 6, 10.0, kill=True, hurry=30.0)
    assert found.faults == []
    assert found.acknowledged >= 6
    assert found.cut_off > 0
