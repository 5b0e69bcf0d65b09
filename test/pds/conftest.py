"""Where the real products are, and the module that writes small ones."""

from __future__ import annotations

import os
from pathlib import Path
from types import ModuleType

import pytest

from . import products as small_products

REAL = Path(os.environ.get("AI4MARS_DATA", Path(__file__).parents[3] / "shared" / "data"))


@pytest.fixture(scope="session")
def real() -> Path:
    """The folder of real products; skips where it is not."""
    if not (REAL / "pds").is_dir():
        pytest.skip("needs real products (AI4MARS_DATA)")
    return REAL / "pds"


@pytest.fixture(scope="session")
def products() -> ModuleType:
    """The module products.py beside this file, which writes small products."""
    return small_products
