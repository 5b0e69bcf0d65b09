"""A process that obtains an engine, for tests in which several do, or in which one is killed.

    python one_process.py MODEL CACHE [--again] [--hold FILE] [--die-at N] ...

Each line that the engine room says comes out at once; at last `used` or `refused`.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import resource
import signal
import sys
import time
from pathlib import Path
from types import ModuleType

from ai4mars_nav.perception.engines.cache import Slot
from ai4mars_nav.perception.engines.choose import opened
from ai4mars_nav.perception.engines.obtain import REBUILD, Wanted, build_again, obtain
from ai4mars_nav.perception.engines.parity import stored_frames
from ai4mars_nav.perception.errors import ModelError

NOBODY = 65534


def builder_module() -> ModuleType:
    """The module beside this one."""
    path = Path(__file__).with_name("optimised_builder.py")
    spec = importlib.util.spec_from_file_location("optimised_builder", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def say(line: str) -> None:
    """A line for the test that reads along."""
    print(line, flush=True)


def held(builder: object, file: Path) -> None:
    """Let the build take as long as there is no such file: minutes, on an embedded GPU."""
    build = builder.build  # type: ignore[attr-defined]

    def slowly(*args: object) -> bytes:
        say("build begun")
        while not file.exists():
            time.sleep(0.01)
        return bytes(build(*args))

    builder.build = slowly  # type: ignore[attr-defined]


def die_at(step: int) -> None:
    """Be killed in place of giving the n-th file its name, counted from 0."""
    done = [0]
    replace = Path.replace

    def replace_or_die(part: Path, target: Path) -> Path:
        if done[0] == step:
            os.kill(os.getpid(), signal.SIGKILL)
        done[0] += 1
        return replace(part, target)

    Path.replace = replace_or_die  # type: ignore[method-assign, assignment]


def main() -> int:
    """Obtain, infer once, tell."""
    parser = argparse.ArgumentParser()
    parser.add_argument("model", type=Path)
    parser.add_argument("cache", type=Path)
    parser.add_argument("--again", action="store_true", help="build, whatever is there")
    parser.add_argument("--hold", type=Path, help="build until this file is there")
    parser.add_argument("--die-at", type=int, default=-1, help="be killed at this step of storing")
    parser.add_argument("--largest", type=int, help="bytes that a file may have")
    parser.add_argument("--as-nobody", action="store_true", help="as another user, if root")
    args = parser.parse_args()
    builder = builder_module().OptimisedBuilder()
    model = opened(args.model, 1)
    stored_frames()
    if args.hold:
        held(builder, args.hold)
    if args.largest is not None:
        # the plan is made in a temporary file of its own, which may be larger
        plan = builder.build(model.sidecar, model.content, None, say)
        builder.build = lambda *_: plan
        resource.setrlimit(resource.RLIMIT_FSIZE, (args.largest, args.largest))
    if args.as_nobody and os.geteuid() == 0:
        os.setuid(NOBODY)
    die_at(args.die_at)
    slot = Slot(args.cache, model.sidecar, builder.kind)
    wanted = Wanted(builder, model.sidecar, model.content, slot, model.exact)
    try:
        got = build_again(wanted, say) if args.again else obtain(wanted, REBUILD, say)
    except ModelError as error:
        say(f"refused: {error}")
        return 1
    say(f"used {got.engine.name}: {got.note}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
