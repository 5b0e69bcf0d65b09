"""Training: what is drawn, how it looks, that a killed run is the same run, what is shipped."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import onnx  # noqa: E402

from ai4mars_nav.content.classifier import open_classifier  # noqa: E402
from ai4mars_nav.content.errors import ContentError  # noqa: E402
from ai4mars_nav.content.features import pooled  # noqa: E402
from ai4mars_nav.content.learn import draw, probe, recalibrate, release, settings  # noqa: E402
from ai4mars_nav.content.learn import train as training  # noqa: E402
from ai4mars_nav.content.learn.lesson import read_lesson  # noqa: E402
from ai4mars_nav.content.learn.network import FEATURES, ContentNet  # noqa: E402
from ai4mars_nav.content.learn.views import view  # noqa: E402
from ai4mars_nav.dataset.errors import Findings  # noqa: E402
from ai4mars_nav.learn.networks.mobilenet_v2 import encoder_convolutions  # noqa: E402

from .conftest import paint  # noqa: E402

NAMES = ("red", "green", "blue")
SMALL = settings.Training(side=64, steps=3, batch=4)


@pytest.fixture(scope="module")
def backbone(tmp_path_factory):
    """Weights of the published form and shapes, drawn at random."""
    torch.manual_seed(0)
    network = ContentNet(2)
    stored = {}
    convolutions = [*encoder_convolutions(network.encoder), network.wide[0]]
    for index, conv in enumerate(convolutions):
        stored[f"conv{index:02d}.weight"] = conv.weight.detach().numpy()
        stored[f"conv{index:02d}.bias"] = conv.bias.detach().numpy()
    names = ", ".join(f'{{"name": "conv{index:02d}"}}' for index in range(len(convolutions)))
    path = tmp_path_factory.mktemp("backbone") / "weights.npz"
    np.savez(path, layer_order_json=f"[{names}]", **stored)
    return path


@pytest.fixture
def data(tmp_path):
    """Twelve pictures of three colours; blue is rare."""
    lines = []
    for number in range(12):
        colour = 2 if number == 11 else number % 2
        name = f"{number:04d}ML000000.png"
        paint(tmp_path / name, colour, side=70, seed=number)
        lines.append(f"{name} {colour}")
    (tmp_path / "list.txt").write_text("\n".join(lines))
    return tmp_path


def lesson_of(data):
    return read_lesson(data / "list.txt", data, NAMES, SMALL.side, Findings(skip=False))


def test_rare_classes_are_drawn_more_often_and_empty_ones_never():
    support = (900, 100, 0)
    np.testing.assert_allclose(draw.shares(support, 0.0), [0.9, 0.1, 0.0])
    np.testing.assert_allclose(draw.shares(support, 1.0), [0.5, 0.5, 0.0])
    np.testing.assert_allclose(draw.shares(support, 0.5), [0.75, 0.25, 0.0])
    kinds = np.repeat([0, 1], [900, 100])
    chance = draw.chances(kinds, support, 0.5)
    assert chance.sum() == pytest.approx(1.0)
    assert chance[kinds == 1].sum() == pytest.approx(0.25)
    assert draw.log_shares(support, 0.5)[2] < -20


def test_a_step_draws_the_same_again_and_another_step_others(data):
    lesson = lesson_of(data)
    chance = draw.chances(lesson.kinds, lesson.support, 0.5)
    first, again, other = (
        draw.batch(lesson.pictures, lesson.kinds, chance, SMALL, step)[0] for step in (5, 5, 6)
    )
    assert torch.equal(first, again) and not torch.equal(first, other)
    assert first.shape == (4, 3, 64, 64) and first.min() >= -1 and first.max() <= 1


def test_views_keep_what_a_picture_is_of():
    picture = np.zeros((50, 90, 3), np.uint8)
    picture[..., 1] = 200
    for seed in range(20):
        seen = view(picture, replace(SMALL, turn_deg=180.0, upright=False), _rng(seed))
        assert seen.shape == (64, 64, 3)
        # past the edge a picture is reflected, never black
        assert seen[..., 1].min() > 50
        assert np.ptp(seen.reshape(-1, 3), axis=0).max() <= 1


def test_without_chance_a_view_is_the_picture_or_its_mirror_image():
    ramp = np.add.outer(np.arange(64), 2 * np.arange(64)) + 20
    picture = np.repeat(ramp[..., None], 3, axis=2).astype(np.uint8)
    still = replace(SMALL, smallest=1.0, turn_deg=0.0, coloured=False)

    class Still:
        """Draws the middle of every interval."""

        def __init__(self, mirror):
            self.mirror = mirror

        def uniform(self, low, high):
            return (low + high) / 2

        def choice(self, _):
            return self.mirror

    for mirror, wanted in ((1.0, picture), (-1.0, picture[:, ::-1])):
        seen = view(picture, still, Still(mirror))
        inner = (slice(2, -2), slice(2, -2))
        # to a pixel of the ramp
        assert np.abs(seen[inner].astype(int) - wanted[inner]).max() <= 3


def _rng(seed):
    return np.random.default_rng(seed)


def test_the_stored_weights_are_all_used(backbone):
    torch.manual_seed(1)
    network = ContentNet(3)
    network.warm_start(backbone)
    with np.load(backbone) as stored:
        assert np.array_equal(network.wide[0].weight.detach(), stored["conv51.weight"])
        # three bands, not summed
        assert np.array_equal(network.encoder.stem[0].weight.detach(), stored["conv00.weight"])


def test_the_probe_finds_what_can_be_told_by_a_line():
    rng = _rng(0)
    seen = rng.normal(0.0, 1.0, (300, FEATURES)).astype(np.float32)
    kinds = (seen[:, 0] > 0).astype(np.int64) + 2 * (seen[:, 1] > 0)
    seen[:, :2] *= 5.0
    network = ContentNet(4)
    probe.fit_head(network, seen, kinds, torch.zeros(4), torch.ones(300))
    found = network.head(torch.from_numpy(seen)[..., None, None])[..., 0, 0].argmax(1)
    assert (found.numpy() == kinds).mean() > 0.97


def test_a_killed_run_is_the_same_run(tmp_path, data, backbone, monkeypatch):
    lesson = lesson_of(data)
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
    whole, _ = training.finished_network(tmp_path / "whole" / training.CHECKPOINT)
    killed, content = training.finished_network(tmp_path / "killed" / training.CHECKPOINT)
    assert content["step"] == 3
    for one, other in zip(whole.parameters(), killed.parameters(), strict=True):
        assert torch.equal(one, other)


def test_weights_between_probe_and_end(tmp_path, data, backbone):
    training.train(lesson_of(data), SMALL, backbone, tmp_path, lambda _: None, stop=2)
    path = tmp_path / training.CHECKPOINT
    (start, _), (end, content) = (
        training.finished_network(tmp_path / name) for name in (training.PROBE, path.name)
    )
    half, _ = training.finished_network(path, 0.5)
    assert content["step"] == 2
    first, middle, last = (one.head.weight.numpy() for one in (start, half, end))
    assert not np.array_equal(first, last)
    np.testing.assert_allclose(middle, (first + last) / 2, atol=1e-6)


def test_a_run_of_other_settings_or_pictures_is_not_gone_on_with(tmp_path, data, backbone):
    lesson = lesson_of(data)
    training.begin(lesson, SMALL, backbone, tmp_path / "run", lambda _: None)
    with pytest.raises(ContentError, match="began with another seed"):
        training.begin(lesson, replace(SMALL, seed=1), backbone, tmp_path / "run", lambda _: None)
    fewer = replace(lesson, kinds=lesson.kinds[:-1])
    with pytest.raises(ContentError, match="another classes or pictures"):
        training.begin(fewer, SMALL, backbone, tmp_path / "run", lambda _: None)


def test_the_exported_file_says_what_the_network_says(tmp_path, data, backbone, monkeypatch):
    lesson = lesson_of(data)
    training.begin(lesson, SMALL, backbone, tmp_path / "run", lambda _: None)
    (data / "map.txt").write_text("0 red\n1 green\n2 blue\n")
    recipe = replace(
        settings.RECIPES["mslnet"],
        train="list.txt",
        validation="list.txt",
        classes="map.txt",
        training=SMALL,
        mirrored=False,
    )
    monkeypatch.setitem(settings.RECIPES, "mslnet", recipe)
    weights = tmp_path / "run" / training.PROBE
    request = release.Request("mslnet", weights, data, backbone, tmp_path / "out")
    model, _, card = release.release(request)
    classifier = open_classifier(model)
    network, _ = training.finished_network(weights)
    picture = lesson.pictures[0]
    tensor = torch.from_numpy(export_input(picture))
    exact = network(tensor)[0, :, 0, 0].numpy()
    np.testing.assert_allclose(classifier.logits(picture), exact, atol=0.02 * np.ptp(exact) + 1e-3)
    look = classifier.look(picture)
    np.testing.assert_array_equal(look.logits, classifier.logits(picture))
    assert look.seen.shape == (1280, 2, 2)
    features = network.features(tensor)[0, :, 0, 0].numpy()
    np.testing.assert_allclose(pooled(look.seen), features, atol=0.02 * features.max())
    assert classifier.sidecar.training["support"] == [6, 5, 1]
    assert classifier.sidecar.scores["validation"]["halves"]["pictures"] == 12
    assert model.stat().st_size < 5_000_000
    told = card.read_text()
    assert "| blue | 1 | 1 |" in told and "Wagstaff" in told
    assert onnx.load(model).opset_import[0].version == 20
    # calibrated again, the same file has the same scores and card
    monkeypatch.setattr(recalibrate, "content_model_file", lambda _: model)
    again = tmp_path / "again"
    words = ["recalibrate", "mslnet", "--data", str(data), "--out", str(again)]
    monkeypatch.setattr("sys.argv", words)
    assert recalibrate.main() == 0
    for name in ("mslnet.onnx", "mslnet.json", "mslnet.md"):
        assert (again / name).read_bytes() == (tmp_path / "out" / name).read_bytes()


def export_input(picture):
    from ai4mars_nav.content.network_input import network_input

    return network_input(picture, SMALL.side)
