"""The gate: what the frames are, what agreement is, and where it is drawn."""

import numpy as np
import pytest

from ai4mars_nav.perception.engines import parity
from ai4mars_nav.perception.engines.choose import opened
from ai4mars_nav.perception.segmenter import Segmenter, SegmenterSettings
from ai4mars_nav.share import model_file


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
    assert verdict.agreement == 1.0
    assert verdict.against == model.exact.name
    assert verdict.frames == parity.digest(parity.stored_frames())
    parity.passed(verdict, "it")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_agrees_with_nothing(model, value):
    cells = 64 * 64
    assert compare(Spoilt(model.exact, 41, value), model).agreement == pytest.approx(1 - 41 / cells)


def test_the_gate_is_where_it_is_said_to_be(model):
    """20 of 4096 cells is 0.49 %, 21 is 0.51 %."""
    parity.passed(compare(Spoilt(model.exact, 20, np.nan), model), "it")
    with pytest.raises(parity.Disagrees, match=r"it: agrees with .* in 99\.48 % .* 99\.5 % are"):
        parity.passed(compare(Spoilt(model.exact, 21, np.nan), model), "it")


def test_what_is_not_all_is_not_called_all():
    assert parity.in_words(1.0) == "100.00 %"
    assert parity.in_words(0.999999) == "99.99 %"


@pytest.mark.parametrize("precision", ["int8", "uint8", "fp16"])
def test_shipped_models_rounded_are_near_the_exact_one(precision):
    """The gate is for one file in two runtimes; this says that it is not blind to rounding."""
    exact = opened(model_file("terrain-256"), 1)
    rounded = opened(model_file(f"terrain-256-{precision}"), 1)
    assert 0.98 < compare(rounded.exact, exact).agreement < 1.0


def test_the_network_sees_what_the_segmenter_shows_it(model):
    looking = Looking(model.exact)
    frame = parity.stored_frames()[0]
    Segmenter(looking, model.sidecar, SegmenterSettings(), frame.shape, frame.shape).segment(frame)
    np.testing.assert_array_equal(looking.seen, parity.network_input(frame, model.sidecar))
