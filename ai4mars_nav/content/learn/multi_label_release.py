"""A trained multi-label run as it is shipped: ONNX, Platt's scaling, scores, sidecar and card."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.content import multi_label_scores as scores
from ai4mars_nav.content.chain import no_platt, through_chain
from ai4mars_nav.content.features import pooled
from ai4mars_nav.content.label_set import LabelSet
from ai4mars_nav.content.learn.chain_network import ChainNet
from ai4mars_nav.content.learn.export import SEEN, to_onnx
from ai4mars_nav.content.learn.multi_label_card import card
from ai4mars_nav.content.learn.multi_label_crossed import Known, Own
from ai4mars_nav.content.learn.multi_label_train import finished_network
from ai4mars_nav.content.learn.network import STRIDE, WIDE
from ai4mars_nav.content.multi_label import MultiLabelClassifier, open_multi_label
from ai4mars_nav.content.multi_label_list import Shown, labels_matrix, support
from ai4mars_nav.content.multi_label_platt import fit_platt
from ai4mars_nav.content.multi_label_report import claims_of, figures
from ai4mars_nav.content.multi_label_scores import MEASURES, Claims
from ai4mars_nav.content.multi_label_sidecar import MultiLabelSidecar, write_multi_label_sidecar
from ai4mars_nav.content.network_sidecar import Answer, FeatureMap
from ai4mars_nav.content.pictures import read_picture
from ai4mars_nav.dataset.images import write_text
from ai4mars_nav.dataset.parallel import each
from ai4mars_nav.learn.onnx_file import INPUT, OUTPUT
from ai4mars_nav.perception.sidecar import Input, describe_file

F64 = NDArray[np.float64]

Report = Callable[[str], None]


@dataclass(frozen=True)
class Request:
    """Which checkpoint is made a model of, with which pictures, and where the files go."""

    label_set: LabelSet
    weights: Path
    known: tuple[Shown, ...] | Known
    """Platt's scaling is fitted on it: pictures of sites that training never saw, or what was said
    of those that were learned from, each by heads that never saw its site."""
    judged: tuple[Shown, ...]
    """Of sites that nothing of this saw; there may be none."""
    about: dict[str, Any]
    """Of the sidecar's training: data, lists, backbone, command."""
    out: Path
    jobs: int = 1


def release(request: Request, report: Report) -> tuple[Path, ...]:
    """Write NAME.onnx, NAME.json and NAME.md; the paths written.

    What is exported is the chain. The independent heads are scaled and judged the same way, on
    what the exported network saw, to compare with.
    """
    network, content = finished_network(request.weights)
    path = request.out / f"{request.label_set.name}.onnx"
    blank = _blank(request, network, content, path)
    write_multi_label_sidecar(blank, path)
    known = request.known
    if not isinstance(known, Known):
        report(f"what {path} sees of {len(known)} pictures that were held back")
        known = _held_back(known, _looks(path, known, network, request.jobs), blank)
    sidecar = _calibrated(blank, known)
    if request.judged:
        report(f"what {path} sees of {len(request.judged)} pictures to judge it by")
        judged = _looks(path, request.judged, network, request.jobs)
        labels = labels_matrix(request.judged)
        groups = tuple(one.origin.group for one in request.judged)
        before, after = claims_of(judged.own, labels, groups, sidecar)
        platt = fit_platt(known.alone.logits, known.alone.links, known.labels, "the same")
        no_links = np.zeros_like(sidecar.links_matrix())
        alone = Claims(through_chain(judged.alone, no_links, platt), labels, groups)
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
    request: Request, network: ChainNet, content: dict[str, Any], path: Path
) -> MultiLabelSidecar:
    """The chain as a file, and its sidecar without calibration."""
    names, side = tuple(content["names"]), int(content["settings"]["side"])
    head, links = network.one_head(chain=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    to_onnx(head, path, request.label_set.name, side)
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
        },
    )


def _held_back(held: Sequence[Shown], looks: Looks, blank: MultiLabelSidecar) -> Known:
    groups = {one.origin.group for one in held}
    in_words = f"{len(held)} pictures of {len(groups)} sites or sols that were held back"
    links = blank.links_matrix()
    chain, alone = Own(looks.own, links), Own(looks.alone, np.zeros_like(links))
    return Known(chain, alone, labels_matrix(held), in_words)


def _calibrated(blank: MultiLabelSidecar, known: Known) -> MultiLabelSidecar:
    platt = fit_platt(known.chain.logits, known.chain.links, known.labels, known.in_words)
    support_there = {"calibration_support": list(support(known.labels))}
    return replace(blank, platt=platt, training={**blank.training, **support_there})


@dataclass(frozen=True)
class Looks:
    """Logits (n, classes) of pictures: the chain's own, and those of the independent heads."""

    own: F64
    alone: F64


@dataclass(frozen=True)
class _LookAt:
    """Own logits (classes,) and features (2560,) of a file; it travels to other processes."""

    model: Path

    def __call__(self, path: Path) -> tuple[F64, F64]:
        look = _kept_open(self.model).look(read_picture(path))
        return look.logits, pooled(look.seen)


@lru_cache(maxsize=1)
def _kept_open(model: Path) -> MultiLabelClassifier:
    return open_multi_label(model)


def _looks(path: Path, shown: Sequence[Shown], network: ChainNet, jobs: int) -> Looks:
    answers = dict(each(_LookAt(path), [one.path for one in shown], jobs))
    own, features = (np.stack([answers[one.path][at] for one in shown]) for at in (0, 1))
    head = network.one_head(chain=False)[0].head
    assert head.bias is not None
    weight, bias = (tensor.numpy().astype(np.float64) for tensor in (head.weight, head.bias))
    return Looks(own, features @ weight[..., 0, 0].T + bias)


def backbone_in_words(backbone: Path) -> dict[str, str]:
    """Of the sidecar's training: what it started from."""
    digest = hashlib.sha256(backbone.read_bytes()).hexdigest()
    return {"start": backbone.name, "start_sha256": digest}
