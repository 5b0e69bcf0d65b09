"""The model of simulated drives, made from the shipped one with frames of the simulator.

    python -m ai4mars_nav.learn.simulated --data ROOT --begin DIR/mean \\
        --rendered ROOT ... --held ROOT --out DIR

follows SIMULATED of recipe.py: goes on from the weights in DIR/mean, which `learn.reproduce` left,
half on real frames and half on rendered ones; exports, calibrates and scores on validation and on
the held-out worlds. Killed at any time, the same command goes on. DIR/models is what is shipped.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from ai4mars_nav.dataset.chosen import frames_of_split
from ai4mars_nav.learn import release
from ai4mars_nav.learn.data import Frames, load_frames, load_rendered
from ai4mars_nav.learn.errors import DataError
from ai4mars_nav.learn.processes import ALONE
from ai4mars_nav.learn.recipe import SIMULATED, SimulatedRecipe
from ai4mars_nav.learn.reproduce import INTERVAL, begin_from
from ai4mars_nav.learn.run_record import Sources, write_record
from ai4mars_nav.learn.train import RUN, Progress, train

Report = Callable[[str], None]


@dataclass(frozen=True)
class Places:
    """Real and rendered data, the run whose weights come first, and where everything goes."""

    data: Path
    begin: Path
    rendered: tuple[Path, ...]
    held: Path
    out: Path


def simulated(recipe: SimulatedRecipe, places: Places, report: Report) -> tuple[Path, ...]:
    """Do whatever of the recipe is not done yet; the files that are shipped."""
    real = load_frames(frames_of_split(places.data, recipe.split)[:: recipe.every], recipe.side)
    rendered = load_rendered(places.rendered, recipe.side)
    report(f"{len(real.names)} real and {len(rendered.names)} rendered training frames")
    run, settings = places.out / "run", recipe.training

    def tell(progress: Progress) -> None:
        report(
            f"step {progress.step}/{progress.steps}  loss {progress.loss:.4f}"
            f"  {progress.eta_s / 60:.0f} min to go"
        )

    begin_from(places.begin, settings, run)
    sources = Sources(places.data, recipe.split, recipe.side, None)
    for warning in write_record(run, sources, settings, ALONE):
        report(warning)
    train(settings, half_and_half(real, rendered), run, None, INTERVAL, tell)
    _tell_origin(run, recipe, places, len(real.names), len(rendered.names))
    request = release.Request(
        run,
        places.data,
        places.out / "models",
        recipe.name,
        recipe.side,
        recipe.risk,
        release.Rendered(places.rendered, places.held),
    )
    return release.release(request, report)


def half_and_half(real: Frames, rendered: Frames) -> Frames:
    """All real frames, and the rendered ones as often as it takes to be about as many."""
    if real.images.shape[1:] != rendered.images.shape[1:]:
        raise DataError(f"real frames are {real.images.shape[1:]}, rendered ones not")
    times = max(1, round(len(real.names) / len(rendered.names)))
    return Frames(
        real.names + times * rendered.names,
        np.concatenate([real.images, *times * [rendered.images]]),
        np.concatenate([real.labels, *times * [rendered.labels]]),
    )


def _tell_origin(
    run: Path, recipe: SimulatedRecipe, places: Places, real: int, rendered: int
) -> None:
    """Write into the run's record what it went on from, and from which frames; names, no places."""
    path = run / RUN
    record = json.loads(path.read_text(encoding="utf-8"))
    before = json.loads((places.begin / RUN).read_text(encoding="utf-8"))
    record["data"] = (
        f"{real} frames of {places.data.resolve().name}, splits/{recipe.split}.txt, and "
        f"{rendered} of `ai4mars sim render`, each half of what was learned from"
    )
    record["rendered"] = [_command(root) for root in (*places.rendered, places.held)]
    names = " ".join(root.name for root in places.rendered)
    record["command"] = (
        f"python -m ai4mars_nav.learn.simulated --data {places.data.resolve().name} "
        f"--begin {places.begin.name} --rendered {names} --held {places.held.name}"
    )
    record["start"] = f"the weights of `{before['command']}`, {before['steps']} steps"
    path.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def _command(root: Path) -> str:
    """The command that made a folder of rendered frames, by its journal."""
    with (root / "render.jsonl").open(encoding="utf-8") as journal:
        made = json.loads(journal.readline())
    count = sum(1 for _ in (root / "msl/labels/train").iterdir())
    worlds = "".join(f" --world {Path(world).name}" for world in made["worlds"])
    return (
        f"ai4mars sim render -n {count} -o {root.name} --size {made['size']} "
        f"--seed {made['seed']}{worlds}"
    )


def main() -> int:
    """Make the model of simulated drives."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="AI4Mars in its official layout")
    parser.add_argument("--begin", type=Path, required=True, help="`mean` of learn.reproduce")
    parser.add_argument(
        "--rendered", type=Path, nargs="+", required=True, help="frames of `ai4mars sim render`"
    )
    parser.add_argument("--held", type=Path, required=True, help="frames of other worlds, to judge")
    parser.add_argument("--out", type=Path, required=True, help="folder for all that is made")
    parser.add_argument("--threads", type=int, default=2, help="CPU threads")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    places = Places(args.data, args.begin, tuple(args.rendered), args.held, args.out)
    for path in simulated(SIMULATED, places, lambda s: print(s, file=sys.stderr, flush=True)):
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
