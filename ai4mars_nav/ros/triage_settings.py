"""What the node `triage` is told besides what scientists want; no ROS in it."""

from __future__ import annotations

from dataclasses import dataclass

from ai4mars_nav.settings import setting


@dataclass(frozen=True)
class TriageSettings:
    """What is wanted, who looks, and how much of the machine that may take."""

    wants: str = setting("outcrops", "what scientists want: a name in config/triage/, or a file")
    model: str = setting("mslnet", "classifier: a name in models/content/, or an .onnx file")
    known: str = setting("", "what is not new any more: an .npz of `ai4mars content novel`")
    threads: int = setting(1, "of the classifier", lo=1, hi=64)
    period: float = setting(
        1.0, "least time between two images that are looked at", unit="s", lo=0.0, hi=3600.0
    )
    most: int = setting(400, "images that are remembered", lo=1, hi=5000)
    nice: int = setting(10, "priority of the work: 19 gives way to all else", lo=0, hi=19)
    mono16_bits: int = setting(16, "used bits of mono16 images", lo=8, hi=16)
