"""A planned engine for a model: the one that is kept where each of its fields fits, else a new one.

A kept plan is opened after its identity was compared with what is wanted here and now, and nowhere
else; a new one is used after it passed the gate.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timezone

from ai4mars_nav.perception.engine import Engine
from ai4mars_nav.perception.engines import parity
from ai4mars_nav.perception.engines.builder import Builder, Say, Unavailable
from ai4mars_nav.perception.engines.cache import CannotKeep, Slot, Unusable
from ai4mars_nav.perception.engines.identity import EngineIdentity, identity_of
from ai4mars_nav.perception.engines.record import Built, EngineRecord, Parity
from ai4mars_nav.perception.errors import DeviceLost, ModelError
from ai4mars_nav.perception.sidecar import Sidecar

REBUILD, REFUSE = "rebuild", "refuse"
ON_MISMATCH = (REBUILD, REFUSE)
"""What may be done where the engine that is kept is not the one that is wanted, or none is."""


@dataclass(frozen=True)
class Wanted:
    """A model (its sidecar, and the bytes of its .onnx file) in a runtime that builds plans."""

    builder: Builder
    sidecar: Sidecar
    content: bytes
    slot: Slot
    exact: Engine
    """The CPU engine of the same model."""


@dataclass(frozen=True)
class Obtained:
    """An engine that may be used, what is known of it, and what there is to tell."""

    engine: Engine
    parity: Parity
    note: str = ""


def obtain(wanted: Wanted, on_mismatch: str, say: Say) -> Obtained:
    """The engine that is kept, or one built in its place; `Unusable` where that is not allowed.

    A process that builds the same is waited for, and what it built is used.
    """
    identity = identity_of(wanted.builder, wanted.sidecar)
    try:
        return _kept(wanted, identity)
    except Unusable as error:
        if on_mismatch == REFUSE:
            raise Unusable(f"{error}; `ai4mars engine build` makes one that fits") from error
    with wanted.slot.held(say):
        try:
            return _kept(wanted, identity)
        except Unusable as error:
            say(f"{error}: building")
            return _new(wanted, identity, say, str(error))


def build_again(wanted: Wanted, say: Say) -> Obtained:
    """An engine built anew, whatever is kept."""
    identity = identity_of(wanted.builder, wanted.sidecar)
    with wanted.slot.held(say):
        return _new(wanted, identity, say, "")


def accepted(wanted: Wanted) -> tuple[EngineRecord, bytes]:
    """Record and plan that are kept, if they may be used here and now; else why not."""
    return _accepted(wanted, identity_of(wanted.builder, wanted.sidecar))


def _accepted(wanted: Wanted, identity: EngineIdentity) -> tuple[EngineRecord, bytes]:
    record, plan = wanted.slot.load()
    source = wanted.slot.record
    differences = record.identity.differences(identity)
    if differences:
        raise Unusable(f"{source}: {'; '.join(map(str, differences))}")
    if record.parity.frames != parity.digest(parity.stored_frames()):
        raise Unusable(f"{source}: parity.frames are others than those of models/parity")
    parity.passed(record.parity, identity.precision, str(source))
    return record, plan


def _kept(wanted: Wanted, identity: EngineIdentity) -> Obtained:
    record, plan = _accepted(wanted, identity)
    try:
        engine = wanted.builder.open(wanted.sidecar, plan)
    except (Unavailable, DeviceLost):
        raise
    except ModelError as error:
        raise Unusable(f"{wanted.slot.record}: {error}") from error
    return Obtained(engine, record.parity)


def _new(wanted: Wanted, identity: EngineIdentity, say: Say, reason: str) -> Obtained:
    """Build, prove and keep; `reason` is why what was there would not do."""
    begun = time.monotonic()
    timing = wanted.slot.timing_cache
    plan = wanted.builder.build(wanted.sidecar, wanted.content, timing, say)
    seconds = round(time.monotonic() - begun, 3)
    built = Built(datetime.now(timezone.utc).isoformat(timespec="seconds"), seconds)
    engine = wanted.builder.open(wanted.sidecar, plan)
    note = f"built anew in {seconds:.1f} s" + f" ({reason})" * bool(reason)
    try:
        frames = parity.stored_frames()
        verdict = parity.compare(engine, wanted.exact, wanted.sidecar, frames)
        say(f"agrees with the CPU engine in {parity.in_words(verdict)}")
        try:
            wanted.slot.store(identity, plan, built, verdict)
        except CannotKeep as error:
            # it is proved and at hand: this run uses it, and the next one builds again
            note = f"{note}; {error}"
            say(str(error))
        parity.passed(verdict, identity.precision, engine.name)
    except BaseException:
        engine.close()
        raise
    return Obtained(engine, verdict, note)
