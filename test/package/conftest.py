"""A model that is there whether or not one was trained."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def probe_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Path of a real model that tells classes by their grey level."""
    pytest.importorskip("onnx")
    path = Path(__file__).parents[1] / "probe_model.py"
    spec = importlib.util.spec_from_file_location("probe_model", path)
    assert spec is not None and spec.loader is not None
    probe_model = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(probe_model)
    model: Path = probe_model.write_probe_model(tmp_path_factory.mktemp("model"), size=256)
    return model
