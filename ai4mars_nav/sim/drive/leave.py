"""What a drive leaves in its folder."""

from __future__ import annotations

import json
from collections.abc import Iterator

from ai4mars_nav.sim.drive.metrics import metrics
from ai4mars_nav.sim.drive.progress import Progress
from ai4mars_nav.sim.drive.trip import Outcome


def leave(outcome: Outcome, progress: Progress) -> Iterator[str]:
    """Write everything; what was written, line by line."""
    out = outcome.trip.out
    found = metrics(outcome)
    (out / "metrics.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    yield f"{out / 'metrics.json'}"
