"""The folder BAG.part of a conversion under way: its plan, its parts, and what failed in them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ai4mars_nav.dataset.journal import stamp
from ai4mars_nav.pds import bag
from ai4mars_nav.pds.errors import PdsError
from ai4mars_nav.pds.find import LeftOut

REPORT = "report.json"
_PLAN = "plan.json"


@dataclass(frozen=True)
class Work:
    """A conversion that may have been killed before, and goes on where it was."""

    folder: Path
    name: str

    @classmethod
    def begin(cls, out: Path, files: Sequence[Path], settings: dict[str, Any]) -> Work:
        """Begin or go on; with other files or settings, refuse."""
        work = cls(out.with_name(f"{out.name}.part"), out.name)
        plan = {"files": stamp((str(path), path) for path in files), **settings}
        path = work.folder / _PLAN
        if path.is_file() and json.loads(path.read_text(encoding="utf-8")) != plan:
            text = "begun with other products or settings: delete it, or choose another bag"
            raise PdsError(work.folder, _PLAN, text)
        if not path.is_file():
            try:
                work.folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise PdsError(out, "BAG", f"cannot be made: {error.strerror}") from error
            _write(path, json.dumps(plan))
        return work

    def part(self, number: int) -> Path:
        """The folder of a part, which is a bag of its own."""
        return self.folder / f"{self.name}_{number}"

    def note(self, number: int, failed: Sequence[LeftOut]) -> None:
        """A part is finished; what failed in it is kept for the report."""
        told = [[str(each.path), each.reason] for each in failed]
        _write(self._notes(number), json.dumps(told))

    def failed(self, number: int) -> list[LeftOut] | None:
        """What failed in a part; None where the part is not finished."""
        notes = self._notes(number)
        if not notes.is_file():
            return None
        told = json.loads(notes.read_text(encoding="utf-8"))
        return [LeftOut(Path(path), reason) for path, reason in told]

    def finish(self, parts: int, out: Path, custom: dict[str, str], report: str) -> None:
        """The parts become the bag, which appears whole or not at all."""
        whole = self.folder / "bag"
        if whole.exists():  # killed while joining
            for moved in (path for path in whole.iterdir() if path.suffix in bag.SUFFIXES):
                moved.rename(self.part(int(moved.stem.rsplit("_", 1)[-1])) / moved.name)
            shutil.rmtree(whole)
        bag.join_parts([self.part(number) for number in range(parts)], whole, custom)
        (whole / REPORT).write_text(report, encoding="utf-8")
        whole.rename(out)
        self.drop()

    def drop(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder)

    def _notes(self, number: int) -> Path:
        return self.folder / f"{self.name}_{number}.json"


def _write(path: Path, text: str) -> None:
    unfinished = path.with_suffix(".tmp")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)
