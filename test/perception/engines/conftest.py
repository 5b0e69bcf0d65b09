"""Fixtures of the engine tests: a builder that runs here, and one model wanted of it."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ai4mars_nav.cli.engine import check
from ai4mars_nav.perception.engine import AUTO, CPU, KINDS
from ai4mars_nav.perception.engines import back_ends, choose, survey
from ai4mars_nav.perception.engines.cache import Slot
from ai4mars_nav.perception.engines.choose import Model, opened
from ai4mars_nav.perception.engines.obtain import Wanted

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def optimised() -> ModuleType:
    """The module with the builder of the tests."""
    name = "engine_test_optimised_builder"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, HERE / "optimised_builder.py")
        assert spec is not None and spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


@pytest.fixture
def model(probe: Path) -> Model:
    """The probe model in the CPU engine."""
    return opened(probe, 1)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A cache folder that is not there yet."""
    return tmp_path / "cache" / "engines"


class Watched:
    """A builder that counts what is asked of it, and passes it on."""

    def __init__(self, builder: Any) -> None:
        self._builder = builder
        self.kind = builder.kind
        self.changed: dict[str, str] = {}
        self.built = 0
        self.plans: list[bytes] = []

    def machine(self) -> dict[str, str]:
        """The machine's, with what a test changed."""
        return {**self._builder.machine(), **self.changed}

    def build(self, *args: Any) -> bytes:
        """A plan."""
        self.built += 1
        return bytes(self._builder.build(*args))

    def open(self, sidecar: Any, plan: bytes) -> Any:
        """The engine of a plan, which is remembered."""
        self.plans.append(plan)
        return self._builder.open(sidecar, plan)


@pytest.fixture
def builder(optimised: ModuleType) -> Watched:
    """The builder of the tests, watched."""
    return Watched(optimised.OptimisedBuilder())


@pytest.fixture
def with_builder(monkeypatch: pytest.MonkeyPatch, builder: Watched) -> Watched:
    """The builder of the tests as the best engine there is, on a device that may be lost."""
    kind = builder.kind
    for module in (choose, check):
        monkeypatch.setattr(module, "KINDS", (*KINDS, kind))
    monkeypatch.setattr(survey, "KINDS", (AUTO, kind, CPU))
    monkeypatch.setattr(back_ends, "AUTO_ORDER", (kind, CPU))
    monkeypatch.setattr(back_ends, "ACCELERATORS", (kind,))
    monkeypatch.setitem(back_ends.BUILT, kind, lambda: builder)
    return builder


@pytest.fixture
def wanted(model: Model, cache: Path, builder: Watched) -> Wanted:
    """The probe model as a plan in the cache."""
    slot = Slot(cache, model.sidecar, builder.kind)
    return Wanted(builder, model.sidecar, model.content, slot, model.exact)


@pytest.fixture
def said() -> list[str]:
    """What was said; give its `append` as `say`."""
    return []


@pytest.fixture
def say(said: list[str]) -> Callable[[str], None]:
    """Collects what is said."""
    return said.append
