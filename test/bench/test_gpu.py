"""The GPU bench on a CPU: it times the shipped network and path, over the right floor."""

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from ai4mars_nav.learn.release import pictures
from ai4mars_nav.perception.engine import CPU, open_engine
from ai4mars_nav.perception.segmenter import Segmenter, SegmenterSettings
from ai4mars_nav.perception.sidecar import load_model
from ai4mars_nav.share import model_file

BENCH = Path(__file__).parents[2] / "bench"
HERE = torch.device("cpu")
# fp16 on a CPU takes torch minutes: bfloat16 stands for the half precisions here
MODEL = model_file("terrain-256")


@pytest.fixture(autouse=True)
def on_path(monkeypatch):
    """The benches import each other by name, as when one is run."""
    monkeypatch.syspath_prepend(str(BENCH))
    yield
    for name in ("gpu", "gpu_clock", "gpu_floor", "gpu_path", "measure", "run"):
        sys.modules.pop(name, None)


@pytest.fixture
def path():
    return importlib.import_module("gpu_path")


@pytest.fixture
def floor():
    return importlib.import_module("gpu_floor")


@pytest.mark.parametrize(("dtype", "least"), [(torch.float32, 0.9999), (torch.bfloat16, 0.97)])
def test_the_path_says_what_the_segmenter_says(path, dtype, least):
    sidecar, _ = load_model(MODEL)
    engine = open_engine(CPU, MODEL, threads=1)
    segmenter = Segmenter(engine, sidecar, SegmenterSettings(), (1024, 1024), (1024, 1024))
    perception = path.Perception(path.shipped_network(MODEL), sidecar, 256, dtype)
    for grey in pictures(1024):
        wanted = segmenter.segment(grey)
        with torch.inference_mode():
            classes, confidence = perception(torch.from_numpy(grey))
        assert (classes.numpy() == wanted.classes).mean() >= least
        assert np.abs(confidence.numpy() - wanted.confidence).mean() < 2e-2
        assert len(np.unique(wanted.classes)) > 1


def test_work_of_a_convolution(floor):
    """3x3, 2 channels to 4 in two groups, 8 x 6 pixels: 9 taps of one channel each."""
    conv = nn.Conv2d(2, 4, 3, padding=1, groups=2)
    (work,) = floor.work_of(nn.Sequential(conv, nn.ReLU()), torch.zeros(1, 2, 8, 6))
    assert work.numbers == 2 * 48 + 4 * 9 + 4 * 48
    assert work.operations == 2 * 9 * 4 * 48


def test_the_floor_is_the_slower_of_bytes_and_operations(floor):
    ceilings = floor.Ceilings(bandwidth=1e6, operations=1e9)
    heavy, wide = floor.Work(1000, 10**8), floor.Work(10**6, 1000)
    assert floor.floor_ms([heavy, wide], ceilings, 2) == pytest.approx(100.0 + 2000.0)
    assert floor.around_ms(1000, 500, ceilings) == pytest.approx(8.0)


def test_the_shipped_network_is_counted_whole(path, floor):
    """60 convolutions; operations grow with the pixels, which is why 1024² is dear."""
    network = path.shipped_network(MODEL)
    small, large = (floor.work_of(network, torch.zeros(1, 1, side, side)) for side in (64, 128))
    assert len(small) == 60
    assert sum(w.operations for w in large) == 4 * sum(w.operations for w in small)


def test_the_table():
    bench = importlib.import_module("gpu")
    machine = bench.Machine(HERE, repeats=2, product=32, copy=1024)
    kinds = {"fp32": torch.float32, "bf16": torch.bfloat16}
    text = bench.table(machine, kinds, (64,), 128)
    assert text.startswith(f"Machine: CPU, torch {torch.__version__}\nfp32: a copy ")
    for precision in kinds:
        assert f"| network, {precision} | 64² |" in text
        assert f"| path, {precision} | 128² to 128², network 64² |" in text
        assert f"| end to end, {precision} | " in text


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_without_a_gpu_it_says_so(monkeypatch, capsys):
    bench = importlib.import_module("gpu")
    monkeypatch.setattr(sys, "argv", ["gpu.py"])
    assert bench.main() == 0
    assert capsys.readouterr().out.startswith("no CUDA device (torch ")
