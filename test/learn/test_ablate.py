"""The ablation: its variants, the crowd's labels, going on after a kill, table and picture."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from ai4mars_nav.dataset.chosen import frames_of_split  # noqa: E402
from ai4mars_nav.learn import ablate_run  # noqa: E402
from ai4mars_nav.learn.ablate import main  # noqa: E402
from ai4mars_nav.learn.ablate_crowd import crowd_frames  # noqa: E402
from ai4mars_nav.learn.ablate_report import (  # noqa: E402
    markdown,
    noise_of,
    read_results,
    write_docs,
)
from ai4mars_nav.learn.ablate_run import RESULT, Material, judged, run  # noqa: E402
from ai4mars_nav.learn.ablate_variants import VARIANTS, Variant  # noqa: E402
from ai4mars_nav.learn.data import Frames, load_frames  # noqa: E402
from ai4mars_nav.learn.errors import DataError, LearnError  # noqa: E402
from ai4mars_nav.learn.losses import LOSSES  # noqa: E402
from ai4mars_nav.learn.networks.registry import NETWORKS  # noqa: E402
from ai4mars_nav.learn.train import CHECKPOINT, LOG  # noqa: E402

SMALL = Variant("small", "base", "almost nothing", {"batch": 2})


def silent(_: str) -> None:
    """Reports go nowhere."""


@pytest.fixture(scope="module")
def material(tmp_path_factory, write_data, write_backbone) -> Material:
    """Made-up frames of 64 pixels, and two steps of training."""
    folder = tmp_path_factory.mktemp("ablate")
    root = write_data(folder / "tiny")
    sets = (load_frames(frames_of_split(root, split), 64) for split in ("train", "val"))
    return Material(*sets, write_backbone(folder / "backbone.npz"), 2)


def result(name: str, family: str, miou: float, **changes) -> dict:
    scores = {"miou": miou, "accuracy": 0.9, "images": 6, "iou": {"big rock": 0.3}}
    settings = {"steps": 2, "batch": 2, **changes}
    return {
        "name": name,
        "family": family,
        "what": f"what {name} is",
        "settings": settings,
        "side": 64,
        "parameters": 2_000_000,
        "cpu_seconds": 90.0,
        "validation": scores,
    }


def keep(folder: Path, *results: dict) -> Path:
    for one in results:
        (folder / one["name"]).mkdir(parents=True)
        (folder / one["name"] / RESULT).write_text(json.dumps(one))
    return folder


def test_variants_have_names_of_their_own_and_things_that_exist():
    names = [variant.name for variant in VARIANTS]
    assert len(set(names)) == len(names)
    for variant in VARIANTS:
        settings = variant.settings(7)
        assert settings.steps == 7
        assert settings.loss in LOSSES and settings.network in NETWORKS
        assert variant.warm == (not variant.name.startswith("scratch"))


def test_each_variant_differs_from_the_base_and_from_all_others():
    def made(variant: Variant) -> tuple:
        return (repr(variant.settings(7)), variant.warm, variant.labels, variant.data)

    assert len({made(variant) for variant in VARIANTS}) == len(VARIANTS)


def blocks(count: int) -> Frames:
    rng = np.random.default_rng(0)
    labels = np.kron(rng.integers(0, 4, (count, 4, 4)), np.ones((1, 16, 16))).astype(np.uint8)
    labels[:, :8] = 255
    return Frames(tuple(map(str, range(count))), labels, labels)


@pytest.mark.parametrize("way", ["random", "majority"])
def test_crowd_says_nothing_where_nothing_is_known_and_mostly_the_truth(way):
    truth = blocks(40)
    found, soft = crowd_frames(truth, way, 0)
    assert soft is None
    assert np.all(found.labels[truth.labels == 255] == 255)
    said = found.labels != 255
    assert 0.2 < said[:, 8:].mean() < 0.95
    right = (found.labels == truth.labels)[said].mean()
    assert 0.6 < right < 0.99
    again = crowd_frames(truth, way, 0)[0].labels
    np.testing.assert_array_equal(found.labels, again)
    assert np.any(crowd_frames(truth, way, 1)[0].labels != again)


def test_majority_is_more_often_right_than_one_labeller():
    truth = blocks(40)
    shares = {}
    for way in ("random", "majority"):
        found = crowd_frames(truth, way, 0)[0].labels
        shares[way] = (found == truth.labels)[found != 255].mean()
    assert shares["majority"] > shares["random"] + 0.02


def test_votes_are_the_shares_of_the_same_crowd():
    truth = blocks(12)
    found, soft = crowd_frames(truth, "votes", 0)
    known = found.labels != 255
    assert soft is not None and not soft.own.any()
    sums = soft.shares.astype(int).sum(axis=1)
    assert np.all(np.abs(sums[known] - 255) <= 2) and not sums[~known].any()
    majority = crowd_frames(truth, "majority", 0)[0].labels
    believed = majority != 255
    assert np.all(found.labels[believed] == majority[believed])
    assert believed.sum() < known.sum()


def test_variant_that_needs_a_teacher_says_so(material, tmp_path):
    taught = Variant("teacher", "labels", "half a teacher", labels="teacher")
    with pytest.raises(LearnError, match="needs --shares"):
        run(taught, material, tmp_path, silent)


def test_rendered_frames_are_added_or_taken_alone(material, tmp_path):
    mine = Variant("mine", "frames", "rendered alone", {"batch": 2}, data="rendered")
    both = replace(mine, name="both", data="both")
    with pytest.raises(LearnError, match="needs --rendered"):
        run(mine, material, tmp_path, silent)
    train = material.train
    few = Frames(train.names[:3], train.images[:3], train.labels[:3])
    more = replace(material, rendered=few)
    assert run(mine, more, tmp_path / "mine", silent)["frames"] == 3
    assert run(both, more, tmp_path / "both", silent)["frames"] == len(train.names) + 3


def test_network_is_judged_at_the_size_of_the_labels(material):
    class Says(torch.nn.Module):
        """One class left of the middle, another right of it."""

        def forward(self, image):
            logits = torch.zeros(len(image), 4, 16, 16)
            logits[:, 1, :, :8] = 1.0
            logits[:, 2, :, 8:] = 1.0
            return logits

    frames = material.validation
    found = judged(Says(), frames)
    said = np.full((64, 64), 1, np.uint8)
    said[:, 32:] = 2
    for label, matrix in zip(frames.labels, found, strict=True):
        known = label != 255
        for kind in range(4):
            for answer in (1, 2):
                here = (label == kind) & (said == answer) & known
                assert matrix[kind, answer] == here.sum()
        assert matrix.sum() == known.sum()


def test_killed_variant_goes_on_and_a_finished_one_is_kept(material, tmp_path, monkeypatch):
    monkeypatch.setattr(ablate_run, "INTERVAL", 1)

    class Killed(Exception):
        """As if the process had ended here."""

    def die(_: str) -> None:
        raise Killed

    with pytest.raises(Killed):
        run(SMALL, material, tmp_path / "a", die)
    assert (tmp_path / "a" / CHECKPOINT).exists()
    told: list[str] = []
    found = run(SMALL, material, tmp_path / "a", told.append)
    assert [line.split("  ")[0] for line in told] == ["small: step 2/2"]
    whole = run(SMALL, material, tmp_path / "b", silent)
    assert found["validation"] == whole["validation"]
    assert not (tmp_path / "a" / CHECKPOINT).exists()
    lines = [json.loads(line) for line in (tmp_path / "a" / LOG).read_text().splitlines()]
    assert len(lines) == 2 and found["cpu_seconds"] > sum(line["cpu_s"] for line in lines) - 0.05
    assert run(SMALL, material, tmp_path / "a", die) == found
    with pytest.raises(LearnError, match="other settings"):
        run(SMALL, replace(material, steps=3), tmp_path / "a", silent)


def test_noise_is_that_of_the_seeds_of_the_base():
    seeds = [result(f"base-{n}", "base", miou) for n, miou in enumerate((0.70, 0.72, 0.71))]
    noise = noise_of([*seeds, result("zoom", "augmentation", 0.5)])
    assert noise.mean == pytest.approx(0.71) and noise.deviation == pytest.approx(0.01)
    assert np.isnan(noise_of(seeds[:1]).deviation)
    with pytest.raises(DataError, match="no seed of the base"):
        noise_of([result("zoom", "augmentation", 0.5)])


def test_table_and_picture_show_every_variant_beside_the_noise(tmp_path):
    folder = keep(
        tmp_path / "runs",
        result("zoom", "augmentation", 0.69),
        result("base-0", "base", 0.70),
        result("base-1", "base", 0.72),
    )
    results = read_results(folder)
    assert [one["name"] for one in results] == ["base-0", "base-1", "zoom"]
    text = markdown(results)
    assert "standard deviation 0.014" in text
    assert "| augmentation | what zoom is | 0.690 | -0.020 | 0.300 |" in text
    table_path, picture_path = write_docs(folder, tmp_path / "docs")
    assert table_path.read_text() == text
    assert picture_path.stat().st_size > 1000


def test_variants_of_two_lengths_are_not_set_side_by_side(tmp_path):
    folder = keep(tmp_path, result("base-0", "base", 0.7), result("zoom", "a", 0.7, steps=3))
    with pytest.raises(DataError, match="several sides and lengths"):
        read_results(folder)
    with pytest.raises(DataError, match="no finished variant"):
        read_results(tmp_path / "nothing")


def test_unknown_variant_is_named(monkeypatch):
    command = ["ablate", "--data", "x", "--backbone", "x", "--out", "x"]
    monkeypatch.setattr(sys, "argv", [*command, "--only", "base-0", "nonsense"])
    with pytest.raises(SystemExit, match="no variant 'nonsense'"):
        main()
