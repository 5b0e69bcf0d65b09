"""Training: killed and resumed, it is the run it would have been."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from ai4mars_nav.dataset.chosen import frames_of_split  # noqa: E402
from ai4mars_nav.learn import checkpoint  # noqa: E402
from ai4mars_nav.learn.augment import Augmentation, Brightness  # noqa: E402
from ai4mars_nav.learn.data import load_frames  # noqa: E402
from ai4mars_nav.learn.errors import ModelFileError  # noqa: E402
from ai4mars_nav.learn.models import (  # noqa: E402
    TerrainNet,
    as_input,
    warm_start,
)
from ai4mars_nav.learn.train import (  # noqa: E402
    CHECKPOINT,
    LOG,
    RUN,
    TrainSettings,
    loss_of,
    one_cycle,
    train,
)

STEPS = 24
REPOSITORY = Path(__file__).parents[2]
COMMAND = (
    "import argparse; from ai4mars_nav.cli import train as cli;"
    "parser = argparse.ArgumentParser(); cli.add_arguments(parser); cli.run(parser.parse_args())"
)


def silent(_: object) -> None:
    """Reports go nowhere."""


def losses(folder: Path) -> list[float]:
    lines = (folder / LOG).read_text().splitlines()
    return [loss for line in lines for loss in json.loads(line)["losses"]]


def start_process(data: Path, out: Path) -> subprocess.Popen[bytes]:
    options = f"--steps {STEPS} --batch 2 --side 64 --interval 2 --threads 1".split()
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, "--data", str(data), "--out", str(out), *options],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        stderr=subprocess.PIPE,
    )


def kill_after_first_interval(process: subprocess.Popen[bytes], out: Path) -> None:
    deadline = time.monotonic() + 60
    while not (out / CHECKPOINT).exists():
        assert process.poll() is None, process.communicate()[1].decode()
        assert time.monotonic() < deadline, "no checkpoint within a minute"
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL


def test_killed_run_resumes_to_the_same_curve_and_weights(data, tmp_path):
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    kill_after_first_interval(start_process(data, killed), killed)
    assert checkpoint.load(killed / CHECKPOINT)["step"] < STEPS
    frames = load_frames(frames_of_split(data, "train"), 64)
    settings = TrainSettings(steps=STEPS, batch=2)
    states = [train(settings, frames, folder, None, 2, silent) for folder in (killed, whole)]
    assert losses(killed) == losses(whole)
    assert len(losses(whole)) == STEPS
    for name, weight in states[0].average.state_dict().items():
        assert torch.equal(weight, states[1].average.state_dict()[name]), name
    record = json.loads((killed / RUN).read_text())
    assert str(tmp_path) not in json.dumps(record)


def test_resuming_with_other_settings_is_refused(data, tmp_path):
    frames = load_frames(frames_of_split(data, "train"), 64)
    train(TrainSettings(steps=1, batch=2), frames, tmp_path, None, 1, silent)
    with pytest.raises(ModelFileError, match=r"checkpoint\.pt.*batch"):
        train(TrainSettings(steps=1, batch=3), frames, tmp_path, None, 1, silent)


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
    settings = TrainSettings(
        steps=50, batch=4, augmentation=Augmentation(Brightness(mild_share=1.0))
    )
    train(settings, frames, tmp_path, backbone, 50, silent)
    curve = losses(tmp_path)
    assert np.mean(curve[-10:]) < 0.7 * np.mean(curve[:10])


def test_unlabelled_pixels_do_not_count():
    logits = torch.randn(1, 4, 16, 16)
    labels = torch.full((1, 64, 64), 255)
    labels[:, :32] = 1
    other = logits.clone()
    other[:, :, 10:] = 9.0
    weights = torch.ones(4)
    assert torch.equal(loss_of(logits, labels, weights), loss_of(other, labels, weights))


def test_learning_rate_rises_then_falls():
    shares = [one_cycle(step, 100, 0.1) for step in range(101)]
    assert np.argmax(shares) == 10 and shares[10] == 1.0
    assert shares[0] < 0.05 and shares[100] < 1e-9


def test_grey_first_kernel_is_the_colour_one_on_replicated_grey(tmp_path, write_backbone):
    backbone = write_backbone(tmp_path / "backbone.npz")
    model = TerrainNet()
    warm_start(model.encoder, backbone)
    grey = as_input(np.random.default_rng(1).integers(0, 255, (1, 32, 32)).astype(np.uint8))
    with np.load(backbone) as stored:
        weight = torch.from_numpy(stored["conv00.weight"])
        bias = torch.from_numpy(stored["conv00.bias"])
    replicated = grey.expand(-1, 3, -1, -1)
    wanted = torch.nn.functional.conv2d(replicated, weight, bias, stride=2, padding=1)
    torch.testing.assert_close(model.encoder.stem[0](grey), wanted, rtol=1e-4, atol=1e-5)


def test_backbone_that_does_not_fit_is_named(tmp_path, write_backbone):
    backbone = write_backbone(tmp_path / "backbone.npz")
    with np.load(backbone) as stored:
        arrays = dict(stored)
    arrays["conv07.weight"] = arrays["conv07.weight"][:-1]
    np.savez(backbone, **arrays)
    with pytest.raises(ModelFileError, match=r"backbone\.npz: conv07\.weight"):
        warm_start(TerrainNet().encoder, backbone)
