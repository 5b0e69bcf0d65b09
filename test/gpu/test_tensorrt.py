"""The real TensorRT on a real GPU; where either is missing, skipped with the reason."""

import dataclasses
import re

import numpy as np
import pytest

from ai4mars_nav.perception.engine import open_engine
from ai4mars_nav.perception.engines import parity
from ai4mars_nav.perception.engines.builder import Unavailable
from ai4mars_nav.perception.engines.tensorrt import TensorRtBuilder
from ai4mars_nav.perception.errors import ModelError
from ai4mars_nav.perception.sidecar import load_model
from ai4mars_nav.share import model_file


def missing():
    """Why there is no TensorRT here, or nothing."""
    try:
        TensorRtBuilder().machine()
    except Unavailable as error:
        return str(error)
    return ""


REASON = missing()
pytestmark = [
    pytest.mark.skipif(bool(REASON), reason=REASON),
    # embedded GPUs try kernels for minutes
    pytest.mark.timeout(1800),
]
MODELS = ["terrain-256", "terrain-256-fp16", "terrain-256-int8"]


@pytest.fixture(scope="module")
def times(tmp_path_factory):
    """The file that all builds keep their timings in."""
    return tmp_path_factory.mktemp("timing") / "times"


@pytest.fixture(scope="module", params=MODELS)
def built(request, times):
    """A model's path, sidecar, plan, and what was said while it was built."""
    path, said = model_file(request.param), []
    sidecar, content = load_model(path)
    return path, sidecar, TensorRtBuilder().build(sidecar, content, times, said.append), said


def test_agrees_with_the_cpu(built):
    path, sidecar, plan, _ = built
    engine, exact = TensorRtBuilder().open(sidecar, plan), open_engine("onnx", path, threads=2)
    found = parity.compare(engine, exact, sidecar, parity.stored_frames())
    engine.close()
    assert found.agreement >= parity.GATE


def test_says_what_it_is(built):
    _, sidecar, plan, said = built
    machine = TensorRtBuilder().machine()
    engine = TensorRtBuilder().open(sidecar, plan)
    assert engine.name.startswith(f"TensorRT {machine['tensorrt']}, {machine['gpu']}, ")
    assert engine.device_bytes > len(plan)
    engine.close()
    assert re.fullmatch(r"\d+\.\d+", machine["compute_capability"])
    assert len(said) > 1


def test_same_answer_each_time(built):
    """And in memory of its own."""
    _, sidecar, plan, _ = built
    engine = TensorRtBuilder().open(sidecar, plan)
    batch = parity.network_input(parity.stored_frames()[0], sidecar)
    first = engine.infer(batch)
    kept = first.copy()
    for _ in range(20):
        np.testing.assert_array_equal(engine.infer(batch), kept)
    engine.infer(batch * np.float32(0))
    engine.close()
    np.testing.assert_array_equal(first, kept)


def test_opened_again_and_again(built):
    """What is not given back at close shows here, on a small device at least."""
    _, sidecar, plan, _ = built
    for _ in range(20):
        TensorRtBuilder().open(sidecar, plan).close()


def test_plan_cut_short(built):
    _, sidecar, plan, _ = built
    with pytest.raises(ModelError, match=r"cannot load the plan of \d+ bytes"):
        TensorRtBuilder().open(sidecar, plan[: len(plan) // 2])


def test_plan_of_another_network(built):
    _, sidecar, plan, _ = built
    other = dataclasses.replace(sidecar.input, name="picture")
    with pytest.raises(ModelError, match=r"input\.name is 'picture'"):
        TensorRtBuilder().open(dataclasses.replace(sidecar, input=other), plan)


def test_not_an_onnx_file():
    sidecar, _ = load_model(model_file(MODELS[0]))
    with pytest.raises(ModelError, match="cannot read it"):
        TensorRtBuilder().build(sidecar, b"this is no network", None, lambda _: None)


@pytest.mark.usefixtures("built")
def test_timings_are_kept(times):
    assert times.stat().st_size > 0
