"""`ai4mars content evaluate` of a classifier that sums another's classes (rover or surface)."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from ai4mars_nav.cli.content.images import tell
from ai4mars_nav.cli.content.predictions import write_predictions
from ai4mars_nav.cli.labels.over_archive import Progress

if TYPE_CHECKING:
    from ai4mars_nav.content.summed import Summed


def evaluate_summed(args: argparse.Namespace, model: Path, sidecar: Summed) -> int:
    """Write the scores and the predictions, print the summary.

    The list has the class numbers of the classifier that is summed; a picture of a class that is
    in no group is left out.
    """
    import numpy as np

    from ai4mars_nav.content.class_map import read_class_map
    from ai4mars_nav.content.judge import see
    from ai4mars_nav.content.listed import read_list, strangers
    from ai4mars_nav.content.network_sidecar import check_classes
    from ai4mars_nav.content.scores import Judged
    from ai4mars_nav.content.summed import LEFT_OUT
    from ai4mars_nav.content.summed_report import document, summary
    from ai4mars_nav.dataset.errors import Findings
    from ai4mars_nav.dataset.images import write_text

    if args.classes is not None:
        check_classes(sidecar.of, read_class_map(args.classes), str(args.classes))
    findings = Findings(args.on_bad == "skip")
    listed = read_list(args.listed, args.images, len(sidecar.of.classes), findings)
    listed = tuple(one for one in listed if sidecar.group_of[one.kind] != LEFT_OUT)
    progress = Progress("evaluate", len(listed), "pictures")
    seen = see(model, listed, findings, args.jobs, progress.show)
    progress.end()
    instruments = [one.origin.instrument for one in seen.listed]
    sols = tuple(one.origin.group for one in seen.listed)
    shares = sidecar.sums_in_company(seen.logits, sols, instruments)
    kinds = np.asarray([sidecar.group_of[one.kind] for one in seen.listed], np.int64)
    judged = Judged(shares, kinds, sols)
    problems = [*findings.problems, *strangers({one.name: one.origin for one in seen.listed})]
    found = document(judged, instruments, sidecar, problems)
    write_text(args.json, json.dumps(found, indent=1, allow_nan=False) + "\n")
    if args.predictions is not None:
        names = [one.name for one in seen.listed]
        write_predictions(args.predictions, names, kinds, shares, sidecar)
    tell(problems)
    print(summary(found), end="")
    return 0
