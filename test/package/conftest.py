"""A model that is there whether or not one was trained."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def probe_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Path of a real model that tells classes by their grey level."""
    pytest.importorskip("onnx")
    from ..probe_model import write_probe_model

    return write_probe_model(tmp_path_factory.mktemp("model"), size=256)
