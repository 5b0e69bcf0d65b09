"""The gate: what the frames are, what agreement is, and where it is drawn."""

import dataclasses

import numpy as np
import onnxruntime
import pytest

from ai4mars_nav.perception.engines import parity, record
from ai4mars_nav.perception.engines.choose import opened
from ai4mars_nav.perception.segmenter import Segmenter, SegmenterSettings
from ai4mars_nav.share import model_file
from ai4mars_nav.terrain import UNKNOWN


class Spoilt:
    """An engine whose first `cells` cells of each frame are no numbers."""

    name = "spoilt"

    def __init__(self, engine, cells, value):
        self._engine, self._cells, self._value = engine, cells, value

    def infer(self, batch):
        logits = self._engine.infer(batch).copy()
        flat = logits.reshape(1, 4, -1)
        flat[:, :, : self._cells] = (
            -flat[:, :, : self._cells] if self._value is None else self._value
        )
        return logits


class Looking:
    """An engine that remembers what it was shown."""

    def __init__(self, engine):
        self._engine = engine
        self.model, self.output_shape = engine.model, engine.output_shape

    def infer(self, batch):
        self.seen = batch.copy()
        return self._engine.infer(batch)


def compare(engine, model):
    return parity.compare(engine, model.exact, model.sidecar, parity.stored_frames())


def test_the_frames_have_every_class_and_no_frame_is_of_one_alone():
    model = opened(model_file("terrain-256"), 1)
    seen = [
        model.exact.infer(parity.network_input(frame, model.sidecar))[0].argmax(axis=0)
        for frame in parity.stored_frames()
    ]
    assert len(seen) == 4
    assert {int(kind) for each in seen for kind in np.unique(each)} == {0, 1, 2, 3}
    assert all(len(np.unique(each)) >= 3 for each in seen)


def test_an_engine_agrees_with_itself(model):
    verdict = compare(model.exact, model)
    assert verdict.every == verdict.decided == 1.0
    assert verdict.against == model.exact.name
    assert verdict.frames == parity.digest(parity.stored_frames())
    parity.passed(verdict, "fp32", "it")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_agrees_with_nothing(model, value):
    cells = 64 * 64
    assert compare(Spoilt(model.exact, 41, value), model).every == pytest.approx(1 - 41 / cells)


def test_the_gate_is_where_it_is_said_to_be(model):
    """20 of 4096 cells is 0.49 %, 21 is 0.51 %."""
    parity.passed(compare(Spoilt(model.exact, 20, np.nan), model), "fp32", "it")
    with pytest.raises(
        parity.Disagrees, match=r"it: agrees with .* in 99\.48 % .* 99\.5 % of all cells are"
    ):
        parity.passed(compare(Spoilt(model.exact, 21, np.nan), model), "fp32", "it")


def test_what_is_not_all_is_not_called_all():
    told = parity.in_words(record.Parity(0.999999, 1.0, "it", "0"))
    assert told == "99.99 % of all cells and 100.00 % of those that have a class"


class Shaken:
    """An engine whose logits are off by up to `size`, as those of another order of adding are."""

    def __init__(self, engine, size):
        self.name, self._engine, self._size = "shaken", engine, size
        self._random = np.random.default_rng(0)

    def infer(self, batch):
        logits = self._engine.infer(batch)
        off = self._random.uniform(-self._size, self._size, logits.shape)
        return (logits + off).astype(np.float32)


def test_of_a_rounded_network_the_cells_count_that_have_a_class():
    model = opened(model_file("terrain-256-int8"), 1)
    verdict = compare(Shaken(model.exact, 0.12), model)
    assert parity.GATE_OF_ROUNDED < verdict.every < parity.GATE < verdict.decided
    parity.passed(verdict, "int8", "it")
    with pytest.raises(parity.Disagrees, match=r"99\.5 % of all cells are asked for of fp32"):
        parity.passed(verdict, "fp32", "it")
    with pytest.raises(parity.Disagrees, match=r"99\.0 % of all cells are asked for of int8"):
        parity.passed(compare(Shaken(model.exact, 0.25), model), "int8", "it")
    with pytest.raises(parity.Disagrees, match=r"99\.5 % of those that have a class are asked for"):
        parity.passed(dataclasses.replace(verdict, decided=0.994), "int8", "it")


class AtLevel:
    """ONNX Runtime that optimises the graph so far, with so many threads."""

    name = "at a level"

    def __init__(self, content, sidecar, level, threads):
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = level
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            content, options, providers=["CPUExecutionProvider"]
        )
        self._input = sidecar.input.name

    def infer(self, batch):
        return self._session.run(None, {self._input: batch})[0]


@pytest.mark.parametrize("level", ["ENABLE_ALL", "ENABLE_EXTENDED", "ENABLE_BASIC", "DISABLE_ALL"])
@pytest.mark.parametrize("precision", ["int8", "uint8"])
def test_one_runtime_agrees_with_itself_however_it_computes(precision, level):
    """In float where it is told not to fuse what is rounded: other sums, the same network."""
    model = opened(model_file(f"terrain-256-{precision}"), 1)
    kind = getattr(onnxruntime.GraphOptimizationLevel, f"ORT_{level}")
    verdict = compare(AtLevel(model.content, model.sidecar, kind, 2), model)
    assert verdict.every >= parity.GATE and verdict.decided == 1.0
    assert (verdict.every == 1.0) == (level == "ENABLE_ALL")


def test_a_cell_has_a_class_where_the_segmenter_gives_it_one():
    model = opened(model_file("terrain-256"), 1)
    frame, (_, _, rows, columns) = parity.stored_frames()[0], model.sidecar.output_shape
    seen = Segmenter(
        model.exact, model.sidecar, SegmenterSettings(), frame.shape, (rows, columns)
    ).segment(frame)
    logits = model.exact.infer(parity.network_input(frame, model.sidecar))[0]
    sure = parity._confidence(logits, model.sidecar) >= model.sidecar.calibration.abstain_below
    assert (sure == (seen.classes != UNKNOWN)).mean() > 0.999


def test_where_nothing_has_a_class_every_cell_counts(model):
    unsure = dataclasses.replace(model.sidecar.calibration, abstain_below=1.0, scale=(0.1,) * 4)
    sidecar = dataclasses.replace(model.sidecar, calibration=unsure)
    verdict = parity.compare(
        Spoilt(model.exact, 41, np.nan), model.exact, sidecar, parity.stored_frames()
    )
    assert verdict.decided == verdict.every < 1.0


@pytest.mark.parametrize("precision", ["int8", "uint8", "fp16"])
def test_the_gate_is_not_blind_to_rounding(precision):
    exact = opened(model_file("terrain-256"), 1)
    rounded = opened(model_file(f"terrain-256-{precision}"), 1)
    assert 0.98 < compare(rounded.exact, exact).every < 1.0


def test_the_network_sees_what_the_segmenter_shows_it(model):
    looking = Looking(model.exact)
    frame = parity.stored_frames()[0]
    Segmenter(looking, model.sidecar, SegmenterSettings(), frame.shape, frame.shape).segment(frame)
    np.testing.assert_array_equal(looking.seen, parity.network_input(frame, model.sidecar))
