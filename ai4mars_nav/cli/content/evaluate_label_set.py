"""`ai4mars content evaluate` of a multi-label classifier: its list, its scores, its predictions."""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ai4mars_nav.cli.content.images import tell
from ai4mars_nav.cli.labels.over_archive import Progress

if TYPE_CHECKING:
    from ai4mars_nav.content.multi_label_list import Shown
    from ai4mars_nav.content.multi_label_scores import Claims
    from ai4mars_nav.content.multi_label_sidecar import MultiLabelSidecar


def evaluate_label_set(args: argparse.Namespace, model: Path, sidecar: MultiLabelSidecar) -> int:
    """Write the scores and the predictions, print the summary."""
    from ai4mars_nav.content.judge import see
    from ai4mars_nav.content.label_lists import shown_in
    from ai4mars_nav.content.label_set import read_label_set
    from ai4mars_nav.content.listed import strangers
    from ai4mars_nav.content.multi_label_list import labels_matrix
    from ai4mars_nav.content.multi_label_report import claims_of, document, summary
    from ai4mars_nav.content.network_sidecar import check_classes
    from ai4mars_nav.dataset.errors import Findings
    from ai4mars_nav.dataset.images import write_text
    from ai4mars_nav.share import label_set_file

    file = label_set_file(sidecar.name) if args.classes is None else args.classes
    label_set = read_label_set(file)
    check_classes(sidecar, label_set.names, str(file))
    findings = Findings(args.on_bad == "skip")
    shown = shown_in(args.listed, args.images, label_set, findings)
    progress = Progress("evaluate", len(shown), "pictures")
    seen = see(model, shown, findings, args.jobs, progress.show)
    progress.end()
    groups = [one.origin.group for one in seen.listed]
    before, after = claims_of(seen.logits, labels_matrix(seen.listed), groups, sidecar)
    problems = [*findings.problems, *strangers({one.name: one.origin for one in seen.listed})]
    found = document(before, after, sidecar, problems)
    write_text(args.json, json.dumps(found, indent=1, allow_nan=False) + "\n")
    if args.predictions is not None:
        _write_predictions(args.predictions, seen.listed, after, sidecar)
    tell(problems)
    print(summary(found), end="")
    return 0


def _write_predictions(
    path: Path, listed: Sequence[Shown], claims: Claims, sidecar: MultiLabelSidecar
) -> None:
    """A row a picture: what it shows (`a;b`), what is answered, every probability."""
    from ai4mars_nav.dataset.images import write_atomically

    names = sidecar.classes
    answered = sidecar.answered(claims.probabilities)

    def listing(chosen: Sequence[bool]) -> str:
        return ";".join(name for name, is_there in zip(names, chosen, strict=True) if is_there)

    def write(part: Path) -> None:
        with part.open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerow(["path", "truth", "answers", *names])
            for at, one in enumerate(listed):
                cells = [f"{value:.6f}" for value in claims.probabilities[at]]
                said = listing((one.labels == 1).tolist()), listing(answered[at].tolist())
                rows.writerow([one.name, *said, *cells])

    write_atomically(path, write)
