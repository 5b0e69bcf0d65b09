"""Training: killed and resumed, it is the run it would have been."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from ai4mars_nav.dataset.chosen import frames_of_split  # noqa: E402
from ai4mars_nav.learn import checkpoint  # noqa: E402
from ai4mars_nav.learn.augment import Augmentation, Brightness, pool_of  # noqa: E402
from ai4mars_nav.learn.data import load_frames  # noqa: E402
from ai4mars_nav.learn.errors import LearnError, ModelFileError  # noqa: E402
from ai4mars_nav.learn.networks.mobilenet_v2 import Encoder, warm_start  # noqa: E402
from ai4mars_nav.learn.networks.network import Network  # noqa: E402
from ai4mars_nav.learn.networks.registry import NETWORKS  # noqa: E402
from ai4mars_nav.learn.preprocess import as_input  # noqa: E402
from ai4mars_nav.learn.processes import Place  # noqa: E402
from ai4mars_nav.learn.run_log import read  # noqa: E402
from ai4mars_nav.learn.soft import Soft  # noqa: E402
from ai4mars_nav.learn.state import average_weights, follow, save_state, start  # noqa: E402
from ai4mars_nav.learn.train import (  # noqa: E402
    CHECKPOINT,
    LOG,
    RUN,
    class_weights,
    loss_of,
    one_cycle,
    silent,
    train,
    train_step,
)
from ai4mars_nav.learn.train_settings import TrainSettings, differing, plain  # noqa: E402
from ai4mars_nav.learn.validate import Check, confusion_of, scores_of  # noqa: E402

STEPS = 6
REPOSITORY = Path(__file__).parents[2]
# Where a process kills itself, as kill -9 does: places in `ai4mars train` that are hard to hit.
KILLED = (
    """
from ai4mars_nav.learn import train
whole = train.follow
train.follow = lambda average, model, step, decay: (
    kill("in the middle of a step") if step == 3 else whole(average, model, step, decay))
""",
    """
from ai4mars_nav.learn import checkpoint
whole = checkpoint.save
checkpoint.save = lambda path, content: (
    kill("between log and checkpoint") if content["step"] == 4 else whole(path, content))
""",
    """
import pathlib
whole = pathlib.Path.replace
def replace(self, target):
    if self.name == "checkpoint.pt.part" and pathlib.Path(target).exists():
        kill("before the new checkpoint replaces the old")
    return whole(self, target)
pathlib.Path.replace = replace
""",
)
COMMAND = """
import os, signal, sys
def kill(where):
    print(where, file=sys.stderr, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
from ai4mars_nav.cli import main
{killed}
sys.exit(main(sys.argv[1:]))
"""


def losses(folder: Path) -> list[float]:
    return [loss for line in read(folder / LOG) for loss in line["losses"]]


def in_a_process(data: Path, out: Path, killed: str = "") -> subprocess.CompletedProcess[str]:
    """`ai4mars train` to its end, or to where it kills itself."""
    options = f"--steps {STEPS} --batch 2 --side 64 --interval 2 --threads 1 --device cpu".split()
    paths = ("--data", str(data), "--out", str(out))
    return subprocess.run(
        [sys.executable, "-c", COMMAND.format(killed=killed), "train", *paths, *options],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=240,
    )


@pytest.mark.timeout(600)
def test_a_run_killed_again_and_again_has_the_same_curve_and_weights(data, tmp_path):
    run, whole = tmp_path / "run", tmp_path / "whole"
    for killed in KILLED:
        ended = in_a_process(data, run, killed)
        assert ended.returncode == -signal.SIGKILL, ended.stderr
        assert checkpoint.load(run / CHECKPOINT)["step"] == 2
    ended = in_a_process(data, run)
    assert ended.returncode == 0, ended.stderr
    frames = load_frames(frames_of_split(data, "train"), 64)
    train(TrainSettings(steps=STEPS, batch=2), frames, whole, None, 2, silent)
    assert losses(run) == losses(whole)
    assert len(losses(whole)) == STEPS
    found = average_weights(run / CHECKPOINT).state_dict()
    for name, weight in average_weights(whole / CHECKPOINT).state_dict().items():
        assert torch.equal(weight, found[name]), name
    record = json.loads((run / RUN).read_text())
    assert [session["step"] for session in record["sessions"]] == [0, 2, 2, 2]
    assert str(tmp_path) not in json.dumps(record)


def test_resuming_with_other_settings_is_refused(data, tmp_path):
    frames = load_frames(frames_of_split(data, "train"), 64)
    train(TrainSettings(steps=1, batch=2), frames, tmp_path, None, 1, silent)
    with pytest.raises(ModelFileError, match=r"checkpoint\.pt.*batch"):
        train(TrainSettings(steps=1, batch=3), frames, tmp_path, None, 1, silent)


def test_going_on_with_other_soft_targets_is_refused(data, tmp_path):
    frames = load_frames(frames_of_split(data, "train"), 64)
    shares = np.full((len(frames.names), 4, 16, 16), 64, np.uint8)
    soft = Soft(shares, np.full(len(frames.names), 0.5, np.float32))
    settings = TrainSettings(steps=2, batch=2)
    train(settings, frames, tmp_path, None, 1, silent, soft=soft)
    assert train(settings, frames, tmp_path, None, 1, silent, soft=soft).step == 2
    for other in (None, replace(soft, own=soft.own / 2.0)):
        with pytest.raises(ModelFileError, match=r"checkpoint\.pt.*targets"):
            train(settings, frames, tmp_path, None, 1, silent, soft=other)


def test_a_setting_that_a_run_did_not_know_it_had_at_its_default():
    settings = TrainSettings(steps=5, augmentation=Augmentation(zoom=1.5))
    stored = plain(settings)
    del stored["loss"], stored["augmentation"]["brightness"]["mild_share"]
    assert differing(stored, settings) == []
    assert differing(stored, replace(settings, loss="focal")) == ["loss"]
    milder = Augmentation(zoom=1.5, brightness=Brightness(mild_share=0.1))
    assert differing(stored, replace(settings, augmentation=milder)) == ["augmentation"]
    assert differing({**stored, "colour": "red"}, settings) == ["colour"]


def test_checkpoint_cut_short_is_named(tmp_path):
    path = tmp_path / "checkpoint.pt"
    checkpoint.save(path, {"step": 3, "weights": torch.zeros(1000)})
    assert checkpoint.load(path)["step"] == 3
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(ModelFileError, match=r"checkpoint\.pt"):
        checkpoint.load(path)


def test_training_learns_what_grey_levels_mean(data, tmp_path, write_backbone):
    frames = load_frames(frames_of_split(data, "train"), 64)
    backbone = write_backbone(tmp_path / "backbone.npz")
    mild = Augmentation(brightness=Brightness(mild_share=1.0))
    settings = TrainSettings(steps=50, batch=4, augmentation=mild)
    train(settings, frames, tmp_path, backbone, 50, silent)
    curve = losses(tmp_path)
    assert np.mean(curve[-10:]) < 0.7 * np.mean(curve[:10])


@pytest.mark.parametrize("network", [name for name in NETWORKS if name != "deeplab-r101"])
def test_every_network_trains_resumes_and_comes_back_by_name(data, tmp_path, network):
    frames = load_frames(frames_of_split(data, "train"), 64)
    settings = TrainSettings(steps=3, batch=2, network=network, loss="dice", smoothing=0.05)
    state = start(settings, None)
    pool, weights = pool_of(frames), class_weights(frames)
    curve = [train_step(state, pool, weights, settings) for _ in range(2)]
    save_state(tmp_path / CHECKPOINT, state, settings)
    curve.append(train_step(state, pool, weights, settings))
    train(settings, frames, tmp_path, None, 3, silent)
    assert losses(tmp_path) == curve[2:]
    found = average_weights(tmp_path / CHECKPOINT)
    assert found.name == network
    image = as_input(frames.images[:2])
    with torch.no_grad():
        wanted = state.average(image)
        torch.testing.assert_close(found(image), wanted, rtol=1e-3, atol=1e-3)


def test_half_precision_learns_the_same(data):
    frames = load_frames(frames_of_split(data, "train"), 64)
    settings = TrainSettings(steps=8, batch=4, network="rep-unet", head_rate=2e-4)
    pool, weights = pool_of(frames), class_weights(frames)
    curves = []
    for precision in (None, torch.bfloat16, torch.float16):
        place = Place(torch.device("cpu"), precision=precision)
        state = start(settings, None, place)
        assert state.scaler.is_enabled() == (precision is torch.float16)
        curves.append([train_step(state, pool, weights, settings, place) for _ in range(8)])
        assert {p.dtype for p in state.model.parameters()} == {torch.float32}
    for half in curves[1:]:
        assert half != curves[0]
        np.testing.assert_allclose(half, curves[0], rtol=0.01)


def test_the_average_follows_weights_and_batch_statistics():
    average, model = torch.nn.BatchNorm2d(2), torch.nn.BatchNorm2d(2)
    with torch.no_grad():
        model.weight.fill_(3.0)
    model.running_var.fill_(5.0)
    model.num_batches_tracked += 7
    follow(average, model, 10_000, 0.75)
    torch.testing.assert_close(average.weight.detach(), torch.full((2,), 1.5))
    torch.testing.assert_close(average.running_var, torch.full((2,), 2.0))
    assert int(average.num_batches_tracked) == 7


class Grey(Network):
    """Says the class that the grey level tells, at stride 1."""

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        centres = (torch.tensor([35.0, 75.0, 115.0, 155.0]) * 2.0 / 255.0 - 1.0)[:, None, None]
        return -((image - centres) ** 2)


def test_validation_counts_every_labelled_pixel(data):
    frames = load_frames(frames_of_split(data, "val"), 64)
    matrix = confusion_of(Grey(), frames)
    assert matrix.sum() == (frames.labels != 255).sum()
    assert scores_of(matrix)["miou"] > 0.95  # but for what JPEG blurs
    for index in range(4):
        assert matrix[index].sum() == (frames.labels == index).sum()


def test_validation_is_in_the_log_when_it_is_due(data, tmp_path):
    frames, held = (load_frames(frames_of_split(data, name), 64) for name in ("train", "val"))
    settings = TrainSettings(steps=5, batch=2)
    told, watched = [], []
    train(
        settings,
        frames,
        tmp_path,
        None,
        4,
        told.append,
        check=Check(held, 2),
        watch=watched.append,
    )
    lines = read(tmp_path / LOG)
    assert [line["step"] for line in lines] == [2, 4, 5]
    assert all(0.0 <= line["validation"]["miou"] <= 1.0 for line in lines)
    assert [progress.validation for progress in told] == [line["validation"] for line in lines]
    assert [progress.step for progress in watched] == [1, 2, 3, 4, 5]
    plain_run = train(settings, frames, tmp_path / "plain", None, 5, silent)
    assert plain_run.step == 5
    assert losses(tmp_path / "plain") == losses(tmp_path)


def test_unlabelled_pixels_do_not_count():
    logits = torch.randn(1, 4, 16, 16)
    labels = torch.full((1, 64, 64), 255)
    labels[:, :32] = 1
    other = logits.clone()
    other[:, :, 10:] = 9.0
    weights = torch.ones(4)
    assert torch.equal(loss_of(logits, labels, weights), loss_of(other, labels, weights))


def test_what_there_is_not_is_refused_by_name():
    with pytest.raises(LearnError, match=r"'hinge': one of cross-entropy, "):
        loss_of(torch.zeros(1, 4, 8, 8), torch.zeros(1, 8, 8).long(), torch.ones(4), "hinge")
    with pytest.raises(LearnError, match=r"'alexnet': one of terrain-net, "):
        start(TrainSettings(steps=1, network="alexnet"), None)


def test_learning_rate_rises_then_falls():
    shares = [one_cycle(step, 100, 0.1) for step in range(101)]
    assert np.argmax(shares) == 10 and shares[10] == 1.0
    assert shares[0] < 0.05 and shares[100] < 1e-9


def test_grey_first_kernel_is_the_colour_one_on_replicated_grey(tmp_path, write_backbone):
    backbone = write_backbone(tmp_path / "backbone.npz")
    encoder = Encoder()
    warm_start(encoder, backbone)
    grey = as_input(np.random.default_rng(1).integers(0, 255, (1, 32, 32)).astype(np.uint8))
    with np.load(backbone) as stored:
        weight = torch.from_numpy(stored["conv00.weight"])
        bias = torch.from_numpy(stored["conv00.bias"])
    replicated = grey.expand(-1, 3, -1, -1)
    wanted = torch.nn.functional.conv2d(replicated, weight, bias, stride=2, padding=1)
    torch.testing.assert_close(encoder.stem[0](grey), wanted, rtol=1e-4, atol=1e-5)


def test_backbone_that_does_not_fit_is_named(tmp_path, write_backbone):
    backbone = write_backbone(tmp_path / "backbone.npz")
    with np.load(backbone) as stored:
        arrays = dict(stored)
    arrays["conv07.weight"] = arrays["conv07.weight"][:-1]
    np.savez(backbone, **arrays)
    with pytest.raises(ModelFileError, match=r"backbone\.npz: conv07\.weight"):
        warm_start(Encoder(), backbone)
