"""Where the real products are, and the modules that the tests share: `pds_test_NAME`."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

import pytest

REAL = Path(os.environ.get("AI4MARS_DATA", Path(__file__).parents[3] / "shared" / "data"))


@pytest.fixture(scope="session")
def real() -> Path:
    """The folder of real products; skips where it is not."""
    if not (REAL / "pds").is_dir():
        pytest.skip("needs real products (AI4MARS_DATA)")
    return REAL / "pds"


def _load(name: str) -> ModuleType:
    known = f"pds_test_{name}"
    if known not in sys.modules:
        spec = importlib.util.spec_from_file_location(known, Path(__file__).with_name(f"{name}.py"))
        assert spec is not None and spec.loader is not None
        sys.modules[known] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[known])
    return sys.modules[known]


MODULES = {name: _load(name) for name in ("writers", "xml_writer", "products", "heard")}
"""What the tests share; later ones stand on earlier ones."""


@pytest.fixture(scope="session")
def products() -> ModuleType:
    """The module products.py beside this file, which writes small products."""
    return MODULES["products"]
