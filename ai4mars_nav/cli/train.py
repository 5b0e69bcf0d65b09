"""`ai4mars train`: train the terrain model, or go on with a run that was interrupted."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ai4mars_nav.cli.labels.over_archive import positive

if TYPE_CHECKING:
    from ai4mars_nav.learn.data import Frames
    from ai4mars_nav.learn.processes import Place
    from ai4mars_nav.learn.run_record import Sources
    from ai4mars_nav.learn.train import Progress
    from ai4mars_nav.learn.train_settings import TrainSettings
    from ai4mars_nav.learn.validate import Check

HELP = "train the terrain model on AI4Mars pairs (resumes after an interruption)"
DESCRIPTION = f"""{HELP}.

Several processes share each batch when torchrun starts them:
`torchrun --standalone --nproc-per-node 2 -m ai4mars_nav.cli train ...`."""
STEPS = 4000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ai4mars train`."""
    parser.add_argument("--data", type=Path, required=True, help="AI4Mars in its official layout")
    parser.add_argument("--out", type=Path, required=True, help="folder of the run")
    parser.add_argument("--backbone", type=Path, help="MobileNetV2 npz to start the encoder from")
    parser.add_argument("--split", default="train", help="splits/<name>.txt to train on")
    parser.add_argument(
        "--network",
        default="terrain-net",
        help="terrain-net, deeplab-r101 (the paper's), ddrnet-23-slim, rep-unet, "
        "mobilenetv4-s-fpn (default %(default)s)",
    )
    parser.add_argument(
        "--loss",
        default="cross-entropy",
        help="cross-entropy, focal, dice, lovasz (default %(default)s)",
    )
    parser.add_argument(
        "--smoothing",
        type=_between(0.0, 1.0),
        default=0.0,
        help="share of each label given to all classes",
    )
    parser.add_argument(
        "--zoom", type=_between(1.0, 8.0), default=1.0, help="largest magnification of a crop"
    )
    parser.add_argument(
        "--pasted",
        type=_between(0.0, 1.0),
        default=0.0,
        help="share of frames that get a big rock of another",
    )
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--steps", type=positive, help=f"steps of the whole run (default {STEPS})")
    length.add_argument(
        "--budget",
        type=_between(0.0, 1e9),
        help="CPU seconds of the whole run: as many steps as they pay for",
    )
    parser.add_argument("--batch", type=positive, default=8, help="frames a step, of all processes")
    parser.add_argument(
        "--side", type=positive, default=256, help="frames are resized to this, pixels"
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of the whole run")
    parser.add_argument("--interval", type=positive, default=50, help="steps between checkpoints")
    parser.add_argument(
        "--validate-every",
        type=positive,
        help="steps between scores on splits/val.txt (default: none)",
    )
    parser.add_argument(
        "--threads",
        type=positive,
        default=2,
        help="CPU threads of each process; another count gives another rounding, so that a run is "
        "repeated bit by bit only with its own",
    )
    parser.add_argument(
        "--device", default="auto", help="auto, cpu, cuda (auto: cuda where torch sees one)"
    )


def _between(low: float, high: float) -> Callable[[str], float]:
    """Reads a number from low to high."""

    def number(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{text!r} is not a number from {low:g} to {high:g}")
        return value

    return number


def run(args: argparse.Namespace) -> int:
    """Train until --steps; progress on standard error."""
    import torch

    from ai4mars_nav.learn.processes import joined

    torch.set_num_threads(args.threads)
    with joined(args.device) as place:
        _train(args, place)
    return 0


def _train(args: argparse.Namespace, place: Place) -> None:
    from ai4mars_nav.dataset.chosen import frames_of_split
    from ai4mars_nav.learn.data import load_frames
    from ai4mars_nav.learn.train import silent, train

    frames = load_frames(frames_of_split(args.data, args.split), args.side)
    settings = _settings(args, frames, place)
    report, watch = _shown(args, frames, settings, place) if place.first else (silent, silent)
    train(
        settings,
        frames,
        args.out,
        args.backbone,
        args.interval,
        report,
        place=place,
        check=_check(args),
        watch=watch,
    )


def _shown(
    args: argparse.Namespace, frames: Frames, settings: TrainSettings, place: Place
) -> tuple[Callable[[Progress], None], Callable[[Progress], None]]:
    """Write the run's record; who is told of its intervals and of its steps."""
    from ai4mars_nav.cli.train_progress import Line
    from ai4mars_nav.learn.run_record import write_record
    from ai4mars_nav.learn.show import drawing

    print(f"{len(frames.names)} frames of {args.side} x {args.side}", file=sys.stderr)
    for warning in write_record(args.out, _sources(args), settings, place):
        print(f"ai4mars train: {warning}", file=sys.stderr)
    line = Line(sys.stderr)
    return drawing(line.report, args.out, frames), line.watch


def _sources(args: argparse.Namespace) -> Sources:
    from ai4mars_nav.learn.run_record import Sources

    return Sources(args.data, args.split, args.side, args.backbone)


def _settings(args: argparse.Namespace, frames: Frames, place: Place) -> TrainSettings:
    """The settings that the options ask for; a budget becomes a number of steps."""
    from ai4mars_nav.learn.augment import Augmentation
    from ai4mars_nav.learn.train_settings import TrainSettings

    settings = TrainSettings(
        steps=args.steps or STEPS,
        batch=args.batch,
        seed=args.seed,
        network=args.network,
        loss=args.loss,
        smoothing=args.smoothing,
        augmentation=Augmentation(zoom=args.zoom, pasted=args.pasted),
    )
    if args.budget is None:
        return settings
    return replace(settings, steps=_affordable(args, settings, frames, place))


def _affordable(
    args: argparse.Namespace, settings: TrainSettings, frames: Frames, place: Place
) -> int:
    """The steps that --budget pays for; a run that goes on keeps those it was begun for."""
    from ai4mars_nav.learn.budget import step_seconds, steps_within
    from ai4mars_nav.learn.run_record import begun_steps

    begun = begun_steps(args.out)
    if begun is not None:
        return begun
    each = step_seconds(settings, frames, args.backbone, place)
    steps = steps_within(args.budget, each)
    if place.first:
        print(f"{each:.2f} CPU s a step: {steps} steps", file=sys.stderr)
    return steps


def _check(args: argparse.Namespace) -> Check | None:
    from ai4mars_nav.dataset.chosen import frames_of_split
    from ai4mars_nav.learn.data import load_frames
    from ai4mars_nav.learn.validate import Check

    if args.validate_every is None:
        return None
    return Check(load_frames(frames_of_split(args.data, "val"), args.side), args.validate_every)
