"""Fixtures of the perception tests: helpers beside the tests, loaded by path."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

HERE = Path(__file__).parent


def _load(path: Path) -> ModuleType:
    name = f"perception_test_{path.stem}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None and spec.loader is not None
        # dataclasses look their module up by name
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


@pytest.fixture(scope="session")
def probe_maker() -> ModuleType:
    """The module that writes probe models."""
    return _load(HERE.parent / "probe_model.py")


@pytest.fixture
def probe(tmp_path: Path, probe_maker: ModuleType) -> Path:
    """A fresh probe model that a test may spoil."""
    path: Path = probe_maker.write_probe_model(tmp_path / "models")
    return path


@pytest.fixture(scope="session")
def scene() -> ModuleType:
    """The module that makes organised points of things on known ground."""
    return _load(HERE / "point_scene.py")
