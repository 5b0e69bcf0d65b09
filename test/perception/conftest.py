"""Fixtures of the perception tests: probe models, and points of things on known ground."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from . import point_scene


@pytest.fixture(scope="session")
def probe_maker() -> ModuleType:
    """The module that writes probe models."""
    from .. import probe_model

    return probe_model


@pytest.fixture
def probe(tmp_path: Path, probe_maker: ModuleType) -> Path:
    """A fresh probe model that a test may spoil."""
    path: Path = probe_maker.write_probe_model(tmp_path / "models")
    return path


@pytest.fixture(scope="session")
def scene() -> ModuleType:
    """The module that makes organised points of things on known ground."""
    return point_scene
