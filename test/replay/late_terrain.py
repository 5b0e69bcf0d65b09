"""A node `terrain` that a busy machine keeps from telling: of a frame it tells with the next."""

from __future__ import annotations

from typing import Any

from ai4mars_nav.ros import spin
from ai4mars_nav.ros.terrain_node import CLASSES, LEFT, TerrainNode


class LateTerrainNode(TerrainNode):
    """Once it has published, its diagnostics are held back until it hears of another image."""

    def tell(self) -> None:
        """Only before the first frame, as long as it makes itself known."""
        if f"{CLASSES} published" not in self.health.counts():
            super().tell()

    def _taker(self, topic: str) -> Any:
        take = super()._taker(topic)

        def tell_and_take(message: Any) -> None:
            if topic == LEFT:
                TerrainNode.tell(self)
            take(message)

        return tell_and_take


def main() -> None:
    """Run the node."""
    spin.run(LateTerrainNode, None)
