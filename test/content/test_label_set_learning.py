"""Learning a label set: whole views, what is drawn, a chain's loss, a new file trained."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")

from ai4mars_nav import cli  # noqa: E402
from ai4mars_nav.content.chain import no_platt, sigmoid, through_chain  # noqa: E402
from ai4mars_nav.content.errors import ContentError  # noqa: E402
from ai4mars_nav.content.kinds import open_any  # noqa: E402
from ai4mars_nav.content.learn import multi_label_train as training  # noqa: E402
from ai4mars_nav.content.learn.chain_network import (  # noqa: E402
    ChainNet,
    chain_loss,
    label_loss,
)
from ai4mars_nav.content.learn.kept import CHECKPOINT, PROBE  # noqa: E402
from ai4mars_nav.content.learn.multi_label_lesson import (  # noqa: E402
    MultiLabelLesson,
    chances,
    split_off,
)
from ai4mars_nav.content.learn.multi_label_probe import fit_heads  # noqa: E402
from ai4mars_nav.content.learn.multi_label_settings import MultiLabelTraining  # noqa: E402
from ai4mars_nav.content.learn.multi_label_variants import deep_features, variant  # noqa: E402
from ai4mars_nav.content.learn.multi_label_views import (  # noqa: E402
    view_from_picture,
    whole_view,
)
from ai4mars_nav.content.learn.network import FEATURES  # noqa: E402
from ai4mars_nav.content.learn.resnet50 import ResNet50  # noqa: E402
from ai4mars_nav.content.learn.rover_rivals import resnet  # noqa: E402
from ai4mars_nav.content.multi_label_list import Shown  # noqa: E402
from ai4mars_nav.content.network_input import network_input  # noqa: E402
from ai4mars_nav.content.origin import Origin  # noqa: E402
from ai4mars_nav.content.pictures import read_picture  # noqa: E402
from ai4mars_nav.learn.networks.mobilenet_v2 import encoder_convolutions  # noqa: E402

_spec = importlib.util.spec_from_file_location(
    "content_several", Path(__file__).with_name("conftest.py")
)
_painted = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_painted)

NAMES = ("red", "green", "both")
SMALL = MultiLabelTraining(side=64, steps=3, batch=4)
SET = """format: ai4mars-label-set/1
name: own-colours
about: which colours a picture shows
attribution: painted here
licence: CC0
answer_from: 0.5
classes:
  - {name: red, what: much red}
  - {name: green, what: much green}
  - {name: both, what: red and green}
"""


@pytest.fixture(scope="module")
def backbone(tmp_path_factory):
    """Weights of the published form and shapes, drawn at random."""
    torch.manual_seed(0)
    network = ChainNet(2).content
    stored = {}
    convolutions = [*encoder_convolutions(network.encoder), network.wide[0]]
    for index, conv in enumerate(convolutions):
        stored[f"conv{index:02d}.weight"] = conv.weight.detach().numpy()
        stored[f"conv{index:02d}.bias"] = conv.bias.detach().numpy()
    names = ", ".join(f'{{"name": "conv{index:02d}"}}' for index in range(len(convolutions)))
    path = tmp_path_factory.mktemp("backbone") / "weights.npz"
    np.savez(path, layer_order_json=f"[{names}]", **stored)
    return path


def lesson_of(count=12):
    rng = np.random.default_rng(0)
    labels = np.array([(n % 2, n // 2 % 2, n % 2 * (n // 2 % 2)) for n in range(count)], np.int8)
    pictures = []
    for red, green, _ in labels:
        picture = rng.integers(0, 60, (70, 70, 3), dtype=np.uint8)
        picture[..., 0] += np.uint8(150 if red else 0)
        picture[..., 1] += np.uint8(150 if green else 0)
        pictures.append(picture)
    groups = tuple(f"sol {n // 4}" for n in range(count))
    return MultiLabelLesson(pictures, labels, NAMES, groups)


def test_no_view_cuts_a_corner_off():
    strong = replace(SMALL, turn_deg=40.0, shear=0.5, skew=0.4, upright=False)
    for seed in range(50):
        matrix = view_from_picture(90, 50, strong, np.random.default_rng(seed))
        ends = np.array([[[0, 0], [49, 0], [49, 89], [0, 89]]], np.float32)
        seen = cv2.perspectiveTransform(ends, matrix)[0]
        assert seen.min() > -0.01 and seen.max() < 63.01
        # and the picture fills one way of the view
        assert np.ptp(seen, axis=0).max() == pytest.approx(63.0, abs=0.05)


def test_what_is_at_an_edge_is_in_the_view():
    picture = np.full((64, 64, 3), 20, np.uint8)
    picture[-6:, -6:] = 250
    for seed in range(20):
        view = whole_view(picture, SMALL, np.random.default_rng(seed))
        assert view.shape == (64, 64, 3) and view.max() > 100


def test_views_of_no_change_are_the_picture():
    picture = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    still = replace(SMALL, turn_deg=0.0, shear=0.0, skew=0.0)

    class Still:
        """Draws the middle of every interval, and no mirror."""

        def uniform(self, low, high, size=None):
            middle = (low + high) / 2
            return middle if size is None else np.full(size, middle)

        def choice(self, _):
            return 1.0

    assert np.abs(whole_view(picture, still, Still()).astype(int) - picture).max() <= 1


def test_pictures_of_rare_classes_are_drawn_more_often():
    labels = np.zeros((100, 2), np.int8)
    labels[:, 0] = 1
    labels[:4, 1] = 1
    for evenness, wanted in ((0.0, 1.0), (0.5, 5.0), (1.0, 25.0)):
        chance = chances(labels, evenness)
        assert chance.sum() == pytest.approx(1.0)
        assert chance[0] / chance[-1] == pytest.approx(wanted)


def shown(group, number):
    return Shown(f"{group}{number}", Path("x"), np.zeros(2, np.int8), Origin("navcam", group))


def test_whole_sites_are_held_back():
    images = [shown(f"site {at // 10}", at) for at in range(100)]
    learned, held = split_off(images, 0.25, 0)
    names = [[one.name for one in part] for part in (learned, held)]
    assert len(held) == 20 and sorted(names[0] + names[1]) == sorted(one.name for one in images)
    assert not {one.origin.group for one in learned} & {one.origin.group for one in held}
    assert [one.name for one in split_off(images, 0.25, 0)[1]] == names[1]
    assert [one.name for one in split_off(images, 0.25, 1)[1]] != names[1]
    # never all, never none
    assert [len(part) for part in split_off(images[:20], 0.01, 0)] == [10, 10]
    with pytest.raises(ContentError, match="of one site or sol"):
        split_off(images[:10], 0.2, 0)


def test_the_loss_of_a_chain_is_told_the_truth():
    rng = np.random.default_rng(1)
    own, links = rng.normal(size=(6, 3)), np.tril(rng.normal(size=(3, 3)), -1)
    labels = rng.integers(-1, 2, (6, 3))
    weights = rng.random(6)
    told = sigmoid(own + np.maximum(labels, 0) @ links.T)
    right = np.where(labels == 1, told, 1 - told)
    counted = (labels >= 0) * weights[:, None]
    wanted = -(np.log(right) * counted).sum() / counted.sum()
    tensors = [torch.from_numpy(np.asarray(a, np.float64)) for a in (own, links, labels, weights)]
    assert float(chain_loss(*tensors)) == pytest.approx(wanted)
    assert float(label_loss(tensors[0], tensors[2], tensors[3] * 0)) == 0.0


def test_the_probe_finds_a_class_that_follows_from_others():
    rng = np.random.default_rng(2)
    seen = rng.normal(0.0, 1.0, (400, FEATURES)).astype(np.float32)
    labels = np.zeros((400, 3), np.int8)
    labels[:, 0], labels[:, 1] = seen[:, 0] > 0, seen[:, 1] > 0
    labels[:, 2] = labels[:, 0] ^ 1
    seen[:, :2] *= 5.0
    network = ChainNet(3)
    fit_heads(network, seen, torch.from_numpy(labels).float(), torch.ones(400), 0.01)
    links = network.linked().detach().numpy()
    assert np.triu(links).max() == 0.0 and links[2, 0] < -0.2
    features = torch.from_numpy(seen)[..., None, None]
    for chain in (True, False):
        head, linked = network.one_head(chain)
        own = head.head(features)[..., 0, 0].numpy().astype(np.float64)
        found = through_chain(own, linked.numpy().astype(np.float64), no_platt(3)) > 0.5
        assert (found == labels).mean() > 0.97
        assert chain or not linked.any()


def test_fixed_and_deep_stages_are_the_whole_network(tmp_path, backbone):
    torch.manual_seed(3)
    network = ChainNet(3).eval()
    network.warm_start(backbone)
    lesson = lesson_of(4)
    stored = [
        variant(network, lesson.pictures, SMALL, number, tmp_path, lambda _: None)
        for number in range(2)
    ]
    inputs = torch.from_numpy(np.concatenate([network_input(p, 64) for p in lesson.pictures]))
    with torch.inference_mode():
        exact = network.content.features(inputs)[..., 0, 0].numpy()
    np.testing.assert_allclose(deep_features(network, stored[0]), exact, atol=0.02)
    assert not np.array_equal(stored[0], stored[1])
    # kept, and not computed again
    said = []
    again = variant(network, lesson.pictures, SMALL, 1, tmp_path, said.append)
    assert said == [] and np.array_equal(again, stored[1])


def test_a_killed_run_is_the_same_run(tmp_path, backbone, monkeypatch):
    lesson = lesson_of()
    monkeypatch.setattr(training, "_INTERVAL", 1)
    training.train(lesson, SMALL, backbone, tmp_path / "whole", lambda _: None)

    class Killed(Exception):
        pass

    def kill(text):
        if text.startswith("step 2"):
            raise Killed

    with pytest.raises(Killed):
        training.train(lesson, SMALL, backbone, tmp_path / "killed", kill)
    training.train(lesson, SMALL, backbone, tmp_path / "killed", lambda _: None)
    whole, _ = training.finished_network(tmp_path / "whole" / CHECKPOINT)
    killed, content = training.finished_network(tmp_path / "killed" / CHECKPOINT)
    assert content["step"] == 3
    for one, other in zip(whole.parameters(), killed.parameters(), strict=True):
        assert torch.equal(one, other)
    start, _ = training.finished_network(tmp_path / "whole" / PROBE)
    # the fixed stages are those that were stored
    assert torch.equal(start.content.encoder.stem[0].weight, whole.content.encoder.stem[0].weight)
    with pytest.raises(ContentError, match="another seed"):
        training.train(lesson, replace(SMALL, seed=1), backbone, tmp_path / "whole", print)


def test_a_new_file_trains_and_answers(tmp_path, backbone, capsys):
    lesson = lesson_of(16)
    lines = ["image,red,green,both"]
    for number, (picture, labels) in enumerate(zip(lesson.pictures, lesson.labels, strict=True)):
        name = f"{number // 4:04d}ML{number:07d}.png"
        assert cv2.imwrite(str(tmp_path / name), picture[..., ::-1])
        lines.append(",".join([name, *map(str, labels.tolist())]))
    (tmp_path / "list.csv").write_text("\n".join(lines))
    (tmp_path / "own.yaml").write_text(SET)
    words = ["content", "train", str(tmp_path / "own.yaml"), "--images", str(tmp_path)]
    words += ["--list", str(tmp_path / "list.csv"), "--judge", str(tmp_path / "list.csv")]
    words += ["--backbone", str(backbone), "--out", str(tmp_path / "out"), "--steps", "1"]
    assert cli.main(words) == 0
    model = tmp_path / "out" / "models" / "own-colours.onnx"
    classifier = open_any(model)
    sidecar = classifier.sidecar
    assert sidecar.classes == NAMES and sidecar.answer_from == (0.5,) * 3
    assert "held back" in sidecar.platt.fitted_on and sidecar.scores["judged"]["pictures"] == 16
    assert set(sidecar.scores["chain_less_independent"]) == {
        "mean_average_precision", "all_right", "nll", "mean_ece"
    }  # fmt: skip
    network, _ = training.finished_network(tmp_path / "out" / "run" / CHECKPOINT)
    picture = read_picture(tmp_path / "0000ML0000000.png")
    with torch.inference_mode():
        own, _ = network(torch.from_numpy(network_input(picture, sidecar.input.height)))
    np.testing.assert_allclose(
        classifier.logits(picture), own[0].numpy(), atol=0.02 * np.ptp(own.numpy()) + 2e-3
    )
    assert classifier.probabilities(picture, "unknown").shape == (3,)
    told = model.with_suffix(".md").read_text()
    assert "| both | red and green |" in told and "painted here" in told
    assert json.loads(model.with_suffix(".json").read_text())["training"]["pictures"] == 12
    # the probe alone: no picture is held back
    words[words.index("--out") + 1] = str(tmp_path / "probe")
    words[-1] = "0"
    assert cli.main(words) == 2
    assert "of 4 sites or sols: 5 are needed" in capsys.readouterr().err
    for number in range(4):
        name = f"0009ML{number:07d}.png"
        assert cv2.imwrite(str(tmp_path / name), lesson.pictures[number][..., ::-1])
        lines.append(",".join([name, *map(str, lesson.labels[number].tolist())]))
    (tmp_path / "list.csv").write_text("\n".join(lines))
    words[words.index("--out") + 1] = str(tmp_path / "five sols")
    assert cli.main(words) == 0
    by_probe = open_any(tmp_path / "five sols" / "models" / "own-colours.onnx").sidecar
    assert by_probe.training["pictures"] == by_probe.scores["judged"]["pictures"] == 20
    assert by_probe.platt.fitted_on.startswith("20 pictures of 5 sites or sols, all that were")
    assert by_probe.platt.temperature != sidecar.platt.temperature
    capsys.readouterr()
    assert cli.main(["content", "train", "mslnet", *words[3:]]) == 2
    assert "--classes is missing" in capsys.readouterr().err


def test_the_baseline_has_the_published_size_and_learns(tmp_path):
    # 25,557,032 in the paper's, of which 2,049,000 are its thousand classes
    assert sum(p.numel() for p in ResNet50(2).parameters()) == 25_557_032 - 2_049_000 + 4098
    lesson = lesson_of(8)
    kinds = lesson.labels[:, 0].astype(np.int64)
    said = []
    shares, took = resnet(lesson.pictures, kinds, lesson.pictures, 32, 0.1, tmp_path, said.append)
    assert shares.shape == (8, 2) and np.allclose(shares.sum(axis=1), 1.0)
    assert took["steps"] >= 1 and took["seconds"] >= 0.1 and len(said) == 1
    # the budget is spent: called again it only answers
    again, same = resnet(lesson.pictures, kinds, lesson.pictures, 32, 0.1, tmp_path, said.append)
    assert np.array_equal(again, shares) and same == took and len(said) == 1
