"""What the tests of whole scenes share: a model that reads grey levels, and the judge."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from . import judge as the_judge


@pytest.fixture(scope="session")
def judge() -> ModuleType:
    """The module judge.py beside this file."""
    return the_judge


@pytest.fixture(scope="session")
def probe_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Path of a real model that tells the coded look's classes by their grey level."""
    from ..probe_model import write_probe_model

    return write_probe_model(tmp_path_factory.mktemp("model"), size=1024)
