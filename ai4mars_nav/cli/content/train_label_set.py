"""`ai4mars content train LABEL_SET`: a multi-label classifier, from lists to a model with card."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ai4mars_nav.cli.content.images import tell

if TYPE_CHECKING:
    from ai4mars_nav.content.learn.multi_label_crossed import Known
    from ai4mars_nav.content.learn.multi_label_lesson import MultiLabelLesson
    from ai4mars_nav.content.learn.multi_label_settings import MultiLabelTraining


def train_label_set(args: argparse.Namespace, file: Path) -> int:
    """Train what is not trained yet, fit Platt's scaling, judge, and write RUN/models.

    Heads alone are fitted in seconds, so that all pictures teach and, crossed, calibrate; what is
    trained for longer is calibrated on sites that are held back.
    """
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
    off = split_off(shown, settings.held_sites, settings.seed) if settings.steps else (shown, ())
    learned, held = off[0], readable(off[1], findings)
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
    weights = run / (CHECKPOINT if settings.steps else PROBE)
    known = held if settings.steps else _crossed(lesson, weights, settings)
    request = Request(label_set, weights, known, judged, about, args.out / "models", args.jobs)
    for path in release(request, _say):
        _say(str(path))
    return 0


def _crossed(lesson: MultiLabelLesson, probe: Path, settings: MultiLabelTraining) -> Known:
    """What heads of other sites say of the pictures that a probe's heads learned from."""
    from ai4mars_nav.content.learn.multi_label_crossed import PARTS, crossed
    from ai4mars_nav.content.learn.multi_label_train import finished_network, what_it_sees

    network, _ = finished_network(probe)
    seen = what_it_sees(network, lesson, settings, probe.parent, _say)
    _say(f"heads for each of {PARTS} parts of the sites, to calibrate by")
    return crossed(lesson, seen, settings)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
