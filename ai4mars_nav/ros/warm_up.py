"""What is done before the first frame, so that it need not wait for anything (no ROS in it)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ai4mars_nav.perception.engine import Engine
from ai4mars_nav.perception.sidecar import Sidecar
from ai4mars_nav.ros.perceive import Cameras, Clock, Perception, PerceptionSettings, Shot


def warm_up(settings: PerceptionSettings, engine: Engine, sidecar: Sidecar, clock: Clock) -> None:
    """Run a blank image through everything that makes classes of it."""
    size = 64 * settings.output.stride
    bare = replace(settings, output=replace(settings.output, rover_mask=""))
    blank = np.full((size, size), 100, np.uint8)
    Perception(bare, engine, sidecar, (size, size), Cameras()).look(Shot(blank), None, clock)
