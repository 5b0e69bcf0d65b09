"""What each engine is good for here and now: nothing is built, and what runs is proved again."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from ai4mars_nav.perception.engine import AUTO, CPU, KINDS
from ai4mars_nav.perception.engines import back_ends, parity
from ai4mars_nav.perception.engines.builder import Unavailable
from ai4mars_nav.perception.engines.cache import Unusable
from ai4mars_nav.perception.engines.choose import Model, Wish, order, proved, wanted
from ai4mars_nav.perception.engines.obtain import REBUILD, accepted
from ai4mars_nav.perception.engines.record import Parity
from ai4mars_nav.perception.errors import ModelError


class State(Enum):
    """What became of an engine that was looked at."""

    READY = "ready"
    TO_BUILD = "to build"
    REFUSED = "refused"
    UNAVAILABLE = "cannot run"


@dataclass(frozen=True)
class Standing:
    """One kind of engine: its state, what there is to tell, how it was proved just now."""

    kind: str
    state: State
    told: str
    parity: Parity | None = None


def survey(model: Model, wish: Wish) -> list[Standing]:
    """All kinds but `auto`, the fastest first; `wish.kind` plays no part."""
    return [_standing(kind, model, wish) for kind in KINDS if kind != AUTO]


def would_choose(standings: list[Standing], wish: Wish) -> Standing | None:
    """What `choose` would take, if it builds what is to be built; none if it would refuse."""
    by_kind = {standing.kind: standing for standing in standings}
    for kind in order(wish):
        if by_kind[kind].state in (State.READY, State.TO_BUILD):
            return by_kind[kind]
    return None


def _standing(kind: str, model: Model, wish: Wish) -> Standing:
    if kind == CPU:
        return Standing(kind, State.READY, model.exact.name)
    try:
        return _built(kind, model, wish) if kind in back_ends.BUILT else _opened(kind, model, wish)
    except Unavailable as error:
        return Standing(kind, State.UNAVAILABLE, str(error))
    except Unusable as error:
        state = State.TO_BUILD if wish.on_mismatch == REBUILD else State.REFUSED
        return Standing(kind, state, str(error))
    except ModelError as error:
        return Standing(kind, State.REFUSED, str(error))


def _built(kind: str, model: Model, wish: Wish) -> Standing:
    ask = wanted(kind, model, wish)
    _, plan = accepted(ask)
    engine = ask.builder.open(model.sidecar, plan)
    try:
        verdict = parity.compare(engine, model.exact, model.sidecar, parity.stored_frames())
        parity.passed(verdict, model.sidecar.precision, engine.name)
    finally:
        engine.close()
    return Standing(kind, State.READY, engine.name, verdict)


def _opened(kind: str, model: Model, wish: Wish) -> Standing:
    got = proved(kind, model, wish)
    got.engine.close()
    return Standing(kind, State.READY, got.engine.name, got.parity)
