"""What the tests of whole scenes share: a model that reads grey levels, and the judge."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def judge() -> ModuleType:
    """The module judge.py beside this file."""
    return _module(Path(__file__).with_name("judge.py"))


@pytest.fixture(scope="session")
def probe_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Path of a real model that tells the coded look's classes by their grey level."""
    probe = _module(Path(__file__).parents[1] / "probe_model.py")
    path: Path = probe.write_probe_model(tmp_path_factory.mktemp("model"), size=1024)
    return path


def _module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
