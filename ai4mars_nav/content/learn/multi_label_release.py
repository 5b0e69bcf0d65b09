"""A trained multi-label run as it is shipped: ONNX, Platt's scaling, scores, sidecar and card."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ai4mars_nav.content import multi_label_scores as scores
from ai4mars_nav.content.chain import no_platt
from ai4mars_nav.content.judge import Seen, see
from ai4mars_nav.content.label_set import LabelSet
from ai4mars_nav.content.learn.chain_network import ChainNet
from ai4mars_nav.content.learn.export import SEEN, to_onnx
from ai4mars_nav.content.learn.multi_label_card import card
from ai4mars_nav.content.learn.multi_label_train import finished_network
from ai4mars_nav.content.learn.network import STRIDE, WIDE
from ai4mars_nav.content.multi_label_list import Shown, labels_matrix, support
from ai4mars_nav.content.multi_label_platt import fit_platt
from ai4mars_nav.content.multi_label_report import claims_of, figures
from ai4mars_nav.content.multi_label_scores import MEASURES, Claims
from ai4mars_nav.content.multi_label_sidecar import MultiLabelSidecar, write_multi_label_sidecar
from ai4mars_nav.content.sidecar import Answer, FeatureMap
from ai4mars_nav.dataset.errors import Findings
from ai4mars_nav.dataset.images import write_text
from ai4mars_nav.learn.onnx_file import INPUT, OUTPUT
from ai4mars_nav.perception.sidecar import Input, describe_file

Report = Callable[[str], None]


@dataclass(frozen=True)
class Request:
    """Which checkpoint is made a model of, with which pictures, and where the files go."""

    label_set: LabelSet
    weights: Path
    held: tuple[Shown, ...]
    """Of sites that training never saw: Platt's scaling is fitted on them."""
    judged: tuple[Shown, ...]
    """Of sites that neither of them saw; there may be none."""
    about: dict[str, Any]
    """Of the sidecar's training: data, lists, backbone, command."""
    out: Path
    jobs: int = 1


def release(request: Request, report: Report) -> tuple[Path, ...]:
    """Write NAME.onnx, NAME.json and NAME.md; the paths written.

    The independent heads are made the same way, into the folder `independent`, to compare with.
    """
    network, content = finished_network(request.weights)
    claims: list[tuple[Claims, Claims]] = []
    made: list[tuple[MultiLabelSidecar, Path]] = []
    for chain, folder in ((True, request.out), (False, request.out / "independent")):
        report(f"{'chain' if chain else 'independent heads'}: {folder}")
        path = folder / f"{request.label_set.name}.onnx"
        blank = _blank(request, network, content, chain, path)
        write_multi_label_sidecar(blank, path)
        sidecar = _calibrated(blank, path, request)
        write_multi_label_sidecar(sidecar, path)
        if request.judged:
            claims.append(_claims(sidecar, _see(path, request.judged, request.jobs)))
        made.append((sidecar, path))
    sidecar, path = made[0]
    if claims:
        (before, after), (_, alone) = claims
        found = {
            "judged": figures(before, after, sidecar.classes),
            "chain_less_independent": compared(after, alone),
        }
        sidecar = replace(sidecar, scores=found)
    about = path.with_suffix(".md")
    write_text(about, card(sidecar, request.label_set))
    return path, write_multi_label_sidecar(sidecar, path), about


def compared(chain: Claims, alone: Claims) -> dict[str, Any]:
    """Of each measure its values for chain and independent heads, and their difference."""
    return {
        name: {
            "chain": measure(chain),
            "independent": measure(alone),
            "difference_interval95": list(scores.interval(measure, chain, alone)),
        }
        for name, measure in MEASURES.items()
    }


def _blank(
    request: Request, network: ChainNet, content: dict[str, Any], chain: bool, path: Path
) -> MultiLabelSidecar:
    """One head as a file, and its sidecar without calibration."""
    names, side = tuple(content["names"]), int(content["settings"]["side"])
    alone, links = network.one_head(chain)
    path.parent.mkdir(parents=True, exist_ok=True)
    to_onnx(alone, path, request.label_set.name, side)
    return MultiLabelSidecar(
        request.label_set.name,
        describe_file(path),
        Input(INPUT, side, side),
        Answer(OUTPUT, FeatureMap(SEEN, WIDE, side // STRIDE, side // STRIDE)),
        names,
        False,
        tuple(tuple(links[at, :at].tolist()) for at in range(len(names))),
        no_platt(len(names)),
        (request.label_set.answer_from,) * len(names),
        "fp16",
        training={
            **request.about,
            "what": {one.name: one.what for one in request.label_set.classes},
            "support": list(content["support"]),
            "settings": content["settings"],
            "steps_done": content["step"],
            "calibrated_on": len(request.held),
        },
    )


def _calibrated(blank: MultiLabelSidecar, path: Path, request: Request) -> MultiLabelSidecar:
    seen = _see(path, request.held, request.jobs)
    labels = labels_matrix(seen.listed)
    groups = {one.origin.group for one in seen.listed}
    fitted_on = f"{len(seen.listed)} pictures of {len(groups)} sites or sols that were held back"
    platt = fit_platt(seen.logits, blank.links_matrix(), labels, fitted_on)
    held = {"calibration_support": list(support(labels))}
    return replace(blank, platt=platt, training={**blank.training, **held})


def _claims(sidecar: MultiLabelSidecar, seen: Seen[Shown]) -> tuple[Claims, Claims]:
    groups = [one.origin.group for one in seen.listed]
    return claims_of(seen.logits, labels_matrix(seen.listed), groups, sidecar)


def _see(path: Path, shown: Sequence[Shown], jobs: int) -> Seen[Shown]:
    return see(path, shown, Findings(skip=False), jobs, lambda _: None)


def backbone_in_words(backbone: Path) -> dict[str, str]:
    """Of the sidecar's training: what it started from."""
    digest = hashlib.sha256(backbone.read_bytes()).hexdigest()
    return {"start": backbone.name, "start_sha256": digest}
