"""The node `terrain` with a builder that takes as long as it is told: building_node.py HOW FILE.

HOW is `telling`, which says each step, or `deaf`, which says nothing and hears nothing, as
TensorRT 8.6; both build until FILE is there.
"""

from __future__ import annotations

import importlib.util
import itertools
import sys
import threading
from pathlib import Path
from typing import Any

from ai4mars_nav.perception.engine import CPU
from ai4mars_nav.perception.engines import back_ends
from ai4mars_nav.ros import terrain_node

BUILDER = Path(__file__).parents[1] / "perception" / "engines" / "optimised_builder.py"
A_STEP = 0.05


def main() -> None:
    """Run the node."""
    how, go_on, *arguments = sys.argv[1:]
    spec = importlib.util.spec_from_file_location("optimised_builder", BUILDER)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    builder: Any = module.OptimisedBuilder()
    builder.build = slowly(builder.build, how == "telling", Path(go_on))
    back_ends.AUTO_ORDER = (builder.kind, CPU)
    back_ends.BUILT[builder.kind] = lambda: builder
    terrain_node.main([sys.argv[0], *arguments])


def slowly(build: Any, telling: bool, go_on: Path) -> Any:
    """The same, but at its own pace."""

    def built(sidecar: Any, content: bytes, timing_cache: Path | None, say: Any) -> bytes:
        working = threading.Event()
        say("building begins")
        for step in itertools.count(1):
            if go_on.exists():
                break
            working.wait(A_STEP)
            if telling:
                say(f"step {step}")
        done: bytes = build(sidecar, content, timing_cache, say)
        return done

    return built


if __name__ == "__main__":
    main()
