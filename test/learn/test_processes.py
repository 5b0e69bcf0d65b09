"""Several real processes that share a batch learn what one process learns from the whole of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")

from ai4mars_nav.cli import REFUSED, main  # noqa: E402
from ai4mars_nav.dataset.chosen import frames_of_split  # noqa: E402
from ai4mars_nav.learn.augment import pool_of  # noqa: E402
from ai4mars_nav.learn.data import load_frames  # noqa: E402
from ai4mars_nav.learn.errors import LearnError  # noqa: E402
from ai4mars_nav.learn.processes import ALONE, Place, joined  # noqa: E402
from ai4mars_nav.learn.run_log import read  # noqa: E402
from ai4mars_nav.learn.state import average_weights, start  # noqa: E402
from ai4mars_nav.learn.train import (  # noqa: E402
    CHECKPOINT,
    LOG,
    RUN,
    class_weights,
    loss_of_step,
)
from ai4mars_nav.learn.train_settings import TrainSettings  # noqa: E402

# five starts of torch on a machine that may have other things to do
pytestmark = pytest.mark.timeout(600)

REPOSITORY = Path(__file__).parents[2]
CASES = (
    ("terrain-net", "cross-entropy"),
    ("terrain-net", "lovasz"),
    ("rep-unet", "dice"),
    ("rep-unet", "focal"),
)
OPTIONS = "--steps 4 --batch 4 --side 64 --interval 2 --threads 1 --device cpu --validate-every 4"
# What each of two processes does: the gradients of one step, then `ai4mars train`.
SCRIPT = """
import faulthandler, sys
faulthandler.dump_traceback_later(500, exit=True)  # who waits for the other says where
from pathlib import Path
import torch
torch.set_num_threads(1)
sys.path.insert(0, sys.argv[1])
from test_processes import CASES, OPTIONS, gradients, loaded
from ai4mars_nav.cli import main
from ai4mars_nav.learn.processes import joined
data, out = Path(sys.argv[2]), Path(sys.argv[3])
with joined("cpu") as place:
    assert place.world == 2
    found = [gradients(loaded(data), *case, place) for case in CASES]
    if place.first:
        torch.save(found, out / "gradients.pt")
    sys.exit(main(["train", "--data", str(data), "--out", str(out / "run"), *OPTIONS.split()]))
"""


def loaded(data: Path):
    return load_frames(frames_of_split(data, "train"), 64)


def gradients(frames, network: str, loss: str, place: Place) -> dict[str, torch.Tensor]:
    """The loss of the first step and its gradients, by parameter."""
    settings = TrainSettings(steps=1, batch=4, network=network, loss=loss)
    state = start(settings, None, place)
    value = loss_of_step(state, pool_of(frames), class_weights(frames), settings, place)
    value.backward()
    found = {name: parameter.grad for name, parameter in state.model.named_parameters()}
    statistics = {name: buffer for name, buffer in state.model.named_buffers() if "running" in name}
    return {"loss": value.detach(), **found, **statistics}


@pytest.fixture(scope="module")
def data_and_out(tmp_path_factory, write_data) -> tuple[Path, Path]:
    """Data whose frames have very different shares of labelled pixels, and what two processes made.

    A process that divided by its own weight of labels, not by that of the whole batch, would show.
    """
    folder = tmp_path_factory.mktemp("two")
    data, out = write_data(folder / "tiny"), folder / "out"
    out.mkdir()
    for index, path in enumerate(sorted((data / "msl/labels/train").iterdir())):
        label = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        label[: (index % 4) * 20] = 255
        assert cv2.imwrite(str(path), label)
    script = folder / "script.py"
    script.write_text(SCRIPT)
    launch = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--standalone",
        "--nproc-per-node",
        "2",
    ]
    ended = subprocess.run(
        [*launch, str(script), str(Path(__file__).parent), str(data), str(out)],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "GLOO_SOCKET_IFNAME": "lo"},
        capture_output=True,
        text=True,
        timeout=540,
    )
    assert ended.returncode == 0, ended.stderr
    return data, out


@pytest.mark.parametrize("case", range(len(CASES)), ids=["+".join(case) for case in CASES])
def test_gradients_of_two_processes_are_those_of_one(data_and_out, case):
    data, out = data_and_out
    found = torch.load(out / "gradients.pt", weights_only=True)[case]
    wanted = gradients(loaded(data), *CASES[case], ALONE)
    assert list(found) == list(wanted)
    largest = max(float(value.abs().max()) for name, value in wanted.items() if name != "loss")
    torch.testing.assert_close(found.pop("loss"), wanted.pop("loss"), rtol=1e-5, atol=0.0)
    for name, value in wanted.items():
        torch.testing.assert_close(found[name], value, rtol=1e-3, atol=1e-4 * largest, msg=name)


def test_the_curve_of_two_processes_is_that_of_one(data_and_out, tmp_path, capsys):
    data, out = data_and_out
    arguments = ["train", "--data", str(data), "--out", str(tmp_path), *OPTIONS.split()]
    assert main(arguments) == 0
    assert "validation mIoU" in capsys.readouterr().err
    one, two = read(tmp_path / LOG), read(out / "run" / LOG)
    curves = [[loss for line in lines for loss in line["losses"]] for lines in (one, two)]
    assert len(curves[0]) == 4
    np.testing.assert_allclose(curves[1], curves[0], rtol=1e-4)
    scores = [lines[-1]["validation"]["accuracy"] for lines in (one, two)]
    assert scores[1] == pytest.approx(scores[0], abs=0.01)
    weights = average_weights(tmp_path / CHECKPOINT).state_dict()
    shared = average_weights(out / "run" / CHECKPOINT).state_dict()
    for name, value in weights.items():
        torch.testing.assert_close(shared[name], value, rtol=1e-3, atol=1e-4, msg=name)
    sessions = json.loads((out / "run" / RUN).read_text())["sessions"]
    assert [session["processes"] for session in sessions] == [2]


def test_a_batch_that_cannot_be_shared_is_refused():
    place = Place(torch.device("cpu"), rank=1, world=2)
    assert place.share(6) == slice(3, 6)
    with pytest.raises(LearnError, match=r"batch of 5 .* 2 processes"):
        place.share(5)


@pytest.mark.skipif(torch.cuda.is_available(), reason="is about a machine without CUDA")
def test_a_device_that_is_not_there_is_refused(data, tmp_path, capsys):
    arguments = ["train", "--data", str(data), "--out", str(tmp_path), "--device"]
    assert main([*arguments, "cuda"]) == REFUSED
    assert "--device cpu" in capsys.readouterr().err
    assert main([*arguments, "tpu"]) == REFUSED
    assert "'tpu'" in capsys.readouterr().err
    with joined("auto") as place:
        assert place == ALONE
