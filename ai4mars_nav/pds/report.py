"""What became a bag, and what did not and why."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from ai4mars_nav.pds.find import LeftOut
from ai4mars_nav.pds.sequence import Arranged, Shot


@dataclass(frozen=True)
class Report:
    """Of one conversion: counts, images without their other eye, files that are not in."""

    rover: str
    camera: str
    shots: int
    pairs: int
    depths: int
    pixel_bytes: int
    """Bytes of the pixels that went in."""
    alone: tuple[LeftOut, ...]
    left_out: tuple[LeftOut, ...]

    @classmethod
    def of(cls, arranged: Arranged, shots: Sequence[Shot], left_out: Sequence[LeftOut]) -> Report:
        """The report of the shots that are in."""
        used = {shot.left.path for shot in shots}
        return cls(
            arranged.rover,
            arranged.camera,
            len(shots),
            sum(shot.right is not None for shot in shots),
            sum(shot.depth is not None for shot in shots),
            sum(product.raster.nbytes for shot in shots for product in shot.products),
            tuple(each for each in arranged.alone if each.path in used),
            tuple(sorted(left_out, key=lambda each: (each.path.name, each.reason))),
        )

    def to_json(self) -> str:
        """As text; files by their names, wherever they were."""
        told = {
            "rover": self.rover,
            "camera": self.camera,
            "shots": self.shots,
            "pairs": self.pairs,
            "depths": self.depths,
            "pixel_bytes": self.pixel_bytes,
            "alone": _named(self.alone),
            "left_out": _named(self.left_out),
        }
        return json.dumps(told, indent=1) + "\n"

    def lines(self) -> list[str]:
        """For people: the counts, then a line for each file that is alone or left out."""
        first = (
            f"{self.shots} image{'s'[: self.shots != 1]} of the {self.camera} of {self.rover}: "
            f"{self.pairs} with their right image, {self.depths} with depth"
        )
        told = [f"  {each.path.name}: {each.reason}" for each in self.alone]
        told += [f"  left out: {each.path.name}: {each.reason}" for each in self.left_out]
        return [first, *told]


def _named(several: Sequence[LeftOut]) -> list[dict[str, str]]:
    return [{"file": each.path.name, "reason": each.reason} for each in several]
