"""Where the real products are, and the module that writes small ones."""

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


@pytest.fixture(scope="session")
def products() -> ModuleType:
    """The module products.py beside this file."""
    name = "pds_test_products"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name("products.py"))
        assert spec is not None and spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]
