"""Which engine runs a model here: the one that was asked for, or the best that there is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ai4mars_nav.perception.engine import AUTO, CPU, KINDS, Engine
from ai4mars_nav.perception.engines import back_ends, parity
from ai4mars_nav.perception.engines.builder import Say
from ai4mars_nav.perception.engines.cache import Slot, default_folder
from ai4mars_nav.perception.engines.obtain import (
    ON_MISMATCH,
    REBUILD,
    Obtained,
    Wanted,
    obtain,
)
from ai4mars_nav.perception.engines.record import Parity
from ai4mars_nav.perception.engines.standby import StandBy
from ai4mars_nav.perception.errors import ModelError
from ai4mars_nav.perception.sidecar import Sidecar, load_model


@dataclass(frozen=True)
class Wish:
    """What a user may choose about engines."""

    kind: str = AUTO
    threads: int = 1
    """Of engines on the CPU."""
    cache: Path = field(default_factory=default_folder)
    on_mismatch: str = REBUILD

    def __post_init__(self) -> None:
        for what, chosen, choices in (
            ("kind", self.kind, KINDS),
            ("on_mismatch", self.on_mismatch, ON_MISMATCH),
        ):
            if chosen not in choices:
                raise ModelError(
                    f"engine {what} is {chosen!r}, must be one of {', '.join(choices)}"
                )


@dataclass(frozen=True)
class Model:
    """A model as it is given to runtimes, and the CPU engine that all others must agree with."""

    sidecar: Sidecar
    content: bytes
    exact: Engine


@dataclass(frozen=True)
class Choice:
    """The engine, how it came to be chosen, and how it was proved (the CPU engine is the proof)."""

    engine: Engine
    kind: str
    sidecar: Sidecar
    passed_over: Mapping[str, str]
    """Why each better kind is not used."""
    parity: Parity | None = None
    note: str = ""

    @property
    def why(self) -> str:
        """All of it in one line."""
        told = [f"{self.kind}{f', {self.note}' if self.note else ''}"]
        if self.parity is not None:
            told.append(f"agrees with the CPU engine in {parity.in_words(self.parity)}")
        told += [f"not {kind}: {reason}" for kind, reason in self.passed_over.items()]
        return "; ".join(told)


def choose(path: Path, wish: Wish, say: Say) -> Choice:
    """The engine for an .onnx file; `auto` falls back in words, a kind asked for by name does not.

    Building may take minutes; `say` hears how it goes.
    """
    model = opened(path, wish.threads)
    passed_over: dict[str, str] = {}
    for kind in order(wish):
        if kind == CPU:
            return Choice(model.exact, CPU, model.sidecar, passed_over)
        try:
            return _chosen(kind, model, wish, say, passed_over)
        except ModelError as error:
            if wish.kind != AUTO:
                model.exact.close()
                raise ModelError(f"engine {kind}: {error}") from error
            passed_over[kind] = str(error)
            say(f"not {kind}: {error}")
    raise AssertionError("the last kind of every order is chosen or raises")


def opened(path: Path, threads: int) -> Model:
    """The model of an .onnx file, checked, in the CPU engine."""
    sidecar, content = load_model(path)
    return Model(sidecar, content, back_ends.open_onnx(sidecar, content, threads))


def order(wish: Wish) -> tuple[str, ...]:
    """The kinds that a wish allows, the best first."""
    return back_ends.AUTO_ORDER if wish.kind == AUTO else (wish.kind,)


def wanted(kind: str, model: Model, wish: Wish) -> Wanted:
    """A model in a runtime that builds plans, with its place in the cache."""
    slot = Slot(wish.cache, model.sidecar, kind)
    builder = back_ends.BUILT[kind]()
    return Wanted(builder, model.sidecar, model.content, slot, model.exact)


def proved(kind: str, model: Model, wish: Wish) -> Obtained:
    """An engine of a runtime that needs no plan, compared with the CPU engine at each start."""
    engine = back_ends.OPENED[kind](model.sidecar, model.content, wish.threads)
    try:
        verdict = parity.compare(engine, model.exact, model.sidecar, parity.stored_frames())
        parity.passed(verdict, model.sidecar.precision, engine.name)
    except BaseException:
        engine.close()
        raise
    return Obtained(engine, verdict)


def _chosen(
    kind: str, model: Model, wish: Wish, say: Say, passed_over: Mapping[str, str]
) -> Choice:
    if kind in back_ends.BUILT:
        got = obtain(wanted(kind, model, wish), wish.on_mismatch, say)
    else:
        got = proved(kind, model, wish)
    engine = got.engine
    if kind in back_ends.ACCELERATORS:
        engine = StandBy(engine, model.exact)
    else:
        model.exact.close()
    return Choice(engine, kind, model.sidecar, passed_over, got.parity, got.note)
