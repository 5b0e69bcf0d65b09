"""Where plans are kept: a folder with a plan, its record and a lock for each model and runtime.

A plan lies under a name that holds its own sha256, and counts from the moment that a record names
it: renaming the record into its place is the one step that exchanges an engine. Who is killed
before that step leaves the engine that was there; what he left half written goes with the next
build, which holds the lock and so knows that nobody is writing.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ai4mars_nav.perception.engines.builder import Say
from ai4mars_nav.perception.engines.identity import EngineIdentity
from ai4mars_nav.perception.engines.record import (
    Built,
    EngineRecord,
    Parity,
    PlanFile,
    from_text,
    to_text,
)
from ai4mars_nav.perception.errors import ModelError
from ai4mars_nav.perception.sidecar import Sidecar

SUFFIX = ".engine.json"
PLAN = r"[0-9a-f]{16}\.plan"


class Unusable(ModelError):
    """What is kept cannot be used: nothing is, it was spoilt, or it was built of something else."""


class CannotKeep(ModelError):
    """The folder does not take a plan: no permission, or no room."""


def default_folder() -> Path:
    """Where engines are kept unless a caller says otherwise."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "ai4mars_nav" / "engines"


class Slot:
    """The place of one model's plan for one runtime in a cache folder."""

    def __init__(self, folder: Path, sidecar: Sidecar, kind: str) -> None:
        """Nothing is made or read yet."""
        self._name = f"{Path(sidecar.model.file).stem}.{kind}"
        self.folder = folder
        self.record = folder / f"{self._name}{SUFFIX}"
        self.lock = folder / f"{self._name}.lock"
        self.timing_cache = folder / f"{self._name}.timing"

    def load(self) -> tuple[EngineRecord, bytes]:
        """The record and the plan that it names, proved to be that one; `Unusable` says why not."""
        return load_engine(self.record)

    @contextmanager
    def held(self, say: Say) -> Iterator[None]:
        """Nobody else builds this plan; who has to wait says so. A process that dies lets go."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = self.lock.open("ab")
        except OSError as error:
            raise CannotKeep(f"{self.lock}: cannot be written: {error.strerror}") from error
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say(f"another process is building {self._name}: waiting for it")
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def store(
        self, identity: EngineIdentity, plan: bytes, built: Built, parity: Parity
    ) -> EngineRecord:
        """Keep a plan in place of the one before, wholly or not at all; only while `held`."""
        sha256 = hashlib.sha256(plan).hexdigest()
        named = PlanFile(f"{self._name}.{sha256[:16]}.plan", sha256, len(plan))
        record = EngineRecord(identity, named, built, parity)
        try:
            self._remove(r"\d+-[0-9a-f]+\.part")
            self._remove(PLAN, but=self._plan_in_use())
            self._write(self.folder / named.file, plan)
            self._write(self.record, to_text(record).encode())
            self._remove(PLAN, but=named.file)
        except OSError as error:
            raise CannotKeep(
                f"{self.folder}: the engine cannot be kept: {error.strerror}"
            ) from error
        return record

    def _plan_in_use(self) -> str:
        """The plan that the record names; none where there is no record to be believed."""
        try:
            return read_record(self.record).plan.file
        except Unusable:
            return ""

    def _write(self, path: Path, content: bytes) -> None:
        """The content under its name once all of it is on the disk."""
        part = self.folder / f"{self._name}.{os.getpid()}-{secrets.token_hex(4)}.part"
        try:
            with part.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _remove(self, ending: str, but: str = "") -> None:
        """Files of this slot alone: a model's name may begin with another's."""
        ours = re.compile(rf"{re.escape(self._name)}\.{ending}")
        for path in self.folder.iterdir():
            if ours.fullmatch(path.name) and path.name != but:
                path.unlink(missing_ok=True)


def load_engine(path: Path) -> tuple[EngineRecord, bytes]:
    """What a record's file says, and the plan beside it; `Unusable` says why it is not believed."""
    record = read_record(path)
    plan_path = path.parent / record.plan.file
    try:
        plan = plan_path.read_bytes()
    except OSError as error:
        raise Unusable(f"{plan_path}: cannot be read: {error.strerror}") from error
    if len(plan) != record.plan.bytes:
        raise Unusable(
            f"{plan_path}: has {len(plan)} bytes, {path.name} says {record.plan.bytes} "
            "(plan.bytes); the plan was cut short or exchanged"
        )
    if hashlib.sha256(plan).hexdigest() != record.plan.sha256:
        raise Unusable(
            f"{plan_path}: is not the plan that {path.name} names (plan.sha256); it was spoilt "
            "or exchanged"
        )
    return record, plan


def read_record(path: Path) -> EngineRecord:
    """The record in a file; `Unusable` says why there is none."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise Unusable(f"{path}: no engine is cached") from error
    except OSError as error:
        raise Unusable(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise Unusable(f"{path}: is not text: {error}") from error
    try:
        return from_text(text, str(path))
    except ModelError as error:
        raise Unusable(str(error)) from error


def records_in(folder: Path) -> list[Path]:
    """The record files of a cache folder, by name."""
    return sorted(folder.glob(f"*{SUFFIX}"))
