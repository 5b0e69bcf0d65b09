"""`ai4mars train`: its options, its budget, what it shows and what it writes down."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from ai4mars_nav.cli import REFUSED, main  # noqa: E402
from ai4mars_nav.cli.train_progress import Line, duration  # noqa: E402
from ai4mars_nav.learn import checkpoint  # noqa: E402
from ai4mars_nav.learn.budget import steps_within  # noqa: E402
from ai4mars_nav.learn.errors import LearnError  # noqa: E402
from ai4mars_nav.learn.run_log import read  # noqa: E402
from ai4mars_nav.learn.train import CHECKPOINT, LOG, RUN, Progress  # noqa: E402


def train(data: Path, out: Path, *options: str) -> int:
    paths = ("--data", str(data), "--out", str(out))
    small = ("--batch", "2", "--side", "64", "--threads", "1", "--device", "cpu")
    return main(["train", *paths, *small, *options])


def test_the_record_holds_the_command_that_makes_the_run_again(data, tmp_path):
    options = "--steps 2 --network rep-unet --loss focal --smoothing 0.1 --zoom 1.5 --pasted 0.5"
    assert train(data, tmp_path, *options.split()) == 0
    record = json.loads((tmp_path / RUN).read_text())
    assert record["command"] == (
        "ai4mars train --data ai4mars-tiny --split train --steps 2 --batch 2 --side 64 --seed 0 "
        "--network rep-unet --loss focal --smoothing 0.1 --zoom 1.5 --pasted 0.5"
    )
    stored = checkpoint.load(tmp_path / CHECKPOINT)["settings"]
    assert stored["network"] == "rep-unet" and stored["augmentation"]["zoom"] == 1.5
    for picture in ("curves.png", "examples.png"):
        assert (tmp_path / picture).stat().st_size > 10_000


def test_going_on_with_other_threads_is_said(data, tmp_path, capsys):
    assert train(data, tmp_path, "--steps", "3", "--interval", "1") == 0
    assert "bit by bit" not in capsys.readouterr().err
    record = tmp_path / RUN
    content = json.loads(record.read_text())
    content["sessions"][0]["threads"] = 7
    record.write_text(json.dumps(content))
    assert train(data, tmp_path, "--steps", "3", "--interval", "1") == 0
    assert "from step 3 on with threads 1, before with 7" in capsys.readouterr().err
    sessions = json.loads(record.read_text())["sessions"]
    assert [session["threads"] for session in sessions] == [7, 1]


def test_a_budget_becomes_steps_and_a_run_that_goes_on_keeps_them(data, tmp_path, capsys):
    assert train(data, tmp_path, "--budget", "0.5", "--network", "rep-unet") == 0
    said = capsys.readouterr().err
    steps = json.loads((tmp_path / RUN).read_text())["steps"]
    assert f"CPU s a step: {steps} steps" in said
    assert read(tmp_path / LOG)[-1]["step"] == steps
    # half of it again would be another number of steps, but the run is begun
    assert train(data, tmp_path, "--budget", "0.25", "--network", "rep-unet") == 0
    assert json.loads((tmp_path / RUN).read_text())["steps"] == steps


def test_a_budget_buys_whole_steps_or_is_refused():
    assert steps_within(100.0, 0.3) == 333
    with pytest.raises(LearnError, match=r"budget of 1 s: one step takes 2 s"):
        steps_within(1.0, 2.0)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--network", "alexnet"), "terrain-net, deeplab-r101"),
        (("--loss", "hinge"), "cross-entropy, focal"),
        (("--network", "rep-unet", "--backbone", "weights.npz"), "rep-unet has no part"),
    ],
)
def test_what_cannot_be_is_refused_by_name(data, tmp_path, capsys, options, said):
    assert train(data, tmp_path, "--steps", "1", *options) == REFUSED
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--steps", "0"),
        ("--batch", "-1"),
        ("--validate-every", "0"),
        ("--smoothing", "nan"),
        ("--zoom", "0.5"),
        ("--pasted", "2"),
    ],
)
def test_a_number_that_cannot_be_is_refused_before_anything_is_read(
    tmp_path, capsys, option, value
):
    with pytest.raises(SystemExit):
        train(tmp_path / "nowhere", tmp_path, option, value)
    said = capsys.readouterr().err
    assert option in said and f"'{value}' is not a" in said


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def progress(step: int, validation: dict | None = None) -> Progress:
    return Progress(step, 100, 0.1 * step, 0.5, 1e-3, 0.25, 0.3, 0.25 * (100 - step), validation)


def test_a_terminal_has_a_bar_and_a_file_plain_lines():
    file, terminal = io.StringIO(), Terminal()
    for out in (file, terminal):
        line = Line(out)
        line.watch(progress(25))
        line.report(progress(50))
        line.report(progress(75, {"miou": 0.61, "accuracy": 0.9}))
        line.report(progress(100))
    assert file.getvalue().splitlines() == [
        "step 50/100  loss 0.5000  0.25 s a step  12 s to go",
        "step 75/100  loss 0.5000  0.25 s a step  6 s to go"
        "  validation mIoU 0.6100 accuracy 0.9000",
        "step 100/100  loss 0.5000  0.25 s a step  0 s to go",
    ]
    shown = terminal.getvalue()
    assert shown.startswith("\r\x1b[K[######..................] step 25/100")
    assert "step 50" not in shown
    assert shown.count("\n") == 2


def test_durations_read_well():
    assert [duration(s) for s in (4.4, 59.6, 90.0, 3599.0, 4000.0)] == [
        "4 s",
        "60 s",
        "2 min",
        "1 h 00 min",
        "1 h 07 min",
    ]
