"""`ai4mars content train LABEL_SET`: a multi-label classifier, from lists to a model with card."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ai4mars_nav.cli.content.images import tell


def train_label_set(args: argparse.Namespace, file: Path) -> int:
    """Train what is not trained yet, fit Platt's scaling, judge, and write RUN/models."""
    from ai4mars_nav.content.label_lists import shown_in
    from ai4mars_nav.content.label_set import read_label_set
    from ai4mars_nav.content.learn.kept import CHECKPOINT, PROBE
    from ai4mars_nav.content.learn.multi_label_lesson import read_pictures, readable, split_off
    from ai4mars_nav.content.learn.multi_label_release import Request, backbone_in_words, release
    from ai4mars_nav.content.learn.multi_label_settings import MultiLabelTraining
    from ai4mars_nav.content.learn.multi_label_train import train
    from ai4mars_nav.dataset.errors import Findings

    label_set = read_label_set(file)
    settings = MultiLabelTraining(steps=args.steps)
    findings = Findings(args.on_bad == "skip")
    shown = shown_in(args.listed, args.images, label_set, findings)
    learned, held = split_off(shown, settings.held_sites, settings.seed)
    held = readable(held, findings)
    judged = shown_in(args.judge, args.images, label_set, findings) if args.judge else ()
    judged = readable(judged, findings)
    lesson = read_pictures(learned, label_set.names, settings.side, findings)
    tell(findings.problems)
    run = args.out / "run"
    train(lesson, settings, args.backbone, run, _say)
    judging = f" --judge {args.judge.name}" if args.judge else ""
    about = {
        "data": f"{args.images.name}, {args.listed.name}",
        "pictures": len(lesson.pictures),
        "attribution": label_set.attribution,
        "licence": label_set.licence,
        "command": f"ai4mars content train {label_set.name} --images {args.images.name} --list "
        f"{args.listed.name}{judging} --steps {args.steps} --backbone NPZ --out RUN",
        **backbone_in_words(args.backbone),
    }
    weights = run / (CHECKPOINT if args.steps else PROBE)
    request = Request(label_set, weights, held, judged, about, args.out / "models", args.jobs)
    for path in release(request, _say):
        _say(str(path))
    return 0


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
