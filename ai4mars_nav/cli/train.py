"""`ai4mars train`: train the terrain model, or go on with a run that was interrupted."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ai4mars_nav.learn.train import Progress

HELP = "train the terrain model on AI4Mars pairs (resumes after an interruption)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ai4mars train`."""
    parser.add_argument("--data", type=Path, required=True, help="AI4Mars in its official layout")
    parser.add_argument("--out", type=Path, required=True, help="folder of checkpoint and log")
    parser.add_argument("--backbone", type=Path, help="MobileNetV2 npz to start the encoder from")
    parser.add_argument("--split", default="train", help="splits/<name>.txt to train on")
    parser.add_argument("--steps", type=int, default=4000, help="steps of the whole run")
    parser.add_argument("--batch", type=int, default=8, help="frames a step")
    parser.add_argument("--side", type=int, default=256, help="frames are resized to this, pixels")
    parser.add_argument("--seed", type=int, default=0, help="seed of the whole run")
    parser.add_argument("--interval", type=int, default=50, help="steps between checkpoints")
    parser.add_argument("--threads", type=int, default=2, help="CPU threads")


def run(args: argparse.Namespace) -> int:
    """Train until --steps; progress on standard error."""
    import torch

    from ai4mars_nav.dataset.chosen import frames_of_split
    from ai4mars_nav.learn.data import load_frames
    from ai4mars_nav.learn.train import RUN, TrainSettings, train

    torch.set_num_threads(args.threads)
    frames = load_frames(frames_of_split(args.data, args.split), args.side)
    print(f"{len(frames.names)} frames of {args.side} x {args.side}", file=sys.stderr)
    settings = TrainSettings(steps=args.steps, batch=args.batch, seed=args.seed)
    args.out.mkdir(parents=True, exist_ok=True)
    record = json.dumps(describe(args), indent=2) + "\n"
    (args.out / RUN).write_text(record, encoding="utf-8")
    train(settings, frames, args.out, args.backbone, args.interval, _report)
    return 0


def describe(args: argparse.Namespace) -> dict[str, Any]:
    """The record of a run that its sidecar will carry; files by their names, never their places."""
    options = [f"--data {args.data.resolve().name}", f"--split {args.split}"]
    if args.backbone is not None:
        options.append(f"--backbone {args.backbone.name}")
    options += [f"--{key} {getattr(args, key)}" for key in ("steps", "batch", "side", "seed")]
    return {
        "data": f"{args.data.resolve().name}, splits/{args.split}.txt",
        "command": " ".join(["ai4mars train", *options]),
        "start": "random weights"
        if args.backbone is None
        else f"encoder from {args.backbone.name}",
        "seed": args.seed,
        "steps": args.steps,
    }


def _report(progress: Progress) -> None:
    minutes = progress.eta_s / 60.0
    print(
        f"step {progress.step}/{progress.steps}  loss {progress.loss:.4f}"
        f"  {progress.step_s:.2f} s a step  {minutes:.0f} min to go",
        file=sys.stderr,
        flush=True,
    )
