"""A lost accelerator: the frame on which it fails is answered, as are all after it."""

import numpy as np
import pytest

from ai4mars_nav.perception.engines import standby as sb
from ai4mars_nav.perception.engines.choose import opened
from ai4mars_nav.perception.errors import DeviceLost, ModelError


class Failing:
    """A real engine on a device that fails at its n-th frame."""

    def __init__(self, engine, at, closing=None):
        self.model = engine.model
        self.input_shape, self.output_shape = engine.input_shape, engine.output_shape
        self.name = "GPU"
        self.frames = self.closed = 0
        self._engine, self._at, self._closing = engine, at, closing

    def infer(self, batch):
        self.frames += 1
        if self.frames == self._at:
            raise DeviceLost("an illegal memory access was encountered")
        return self._engine.infer(batch)

    def close(self):
        self.closed += 1
        if self._closing:
            raise self._closing


@pytest.fixture
def batches(model):
    rng = np.random.default_rng(0)
    shape = model.sidecar.input_shape
    return [rng.uniform(-1.0, 1.0, shape).astype(np.float32) for _ in range(4)]


def test_no_frame_is_lost_and_the_loss_is_told(probe, model, batches):
    gpu = Failing(opened(probe, 1).exact, at=2)
    engine = sb.StandBy(gpu, model.exact)
    assert (engine.name, engine.lost) == ("GPU", "")
    for batch in batches:
        np.testing.assert_array_equal(engine.infer(batch), model.exact.infer(batch))
    assert gpu.frames == 2, "a device that is lost is not asked again"
    assert gpu.closed == 1
    assert engine.name == model.exact.name
    assert engine.lost.startswith(
        "GPU was lost (an illegal memory access was encountered); ONNX Runtime"
    )


def test_a_device_that_does_not_take_its_memory_back_stops_nothing(model, batches):
    gpu = Failing(model.exact, at=1, closing=DeviceLost("cudaFree failed"))
    engine = sb.StandBy(gpu, model.exact)
    assert engine.infer(batches[0]).shape == engine.output_shape
    assert "closing it failed: cudaFree failed" in engine.lost


def test_a_refused_frame_is_no_loss(model):
    engine = sb.StandBy(Failing(model.exact, at=9), model.exact)
    with pytest.raises(ModelError, match="input is float64"):
        engine.infer(np.zeros(engine.input_shape))
    assert not engine.lost


def test_both_are_closed(probe, model, batches):
    gpu = Failing(opened(probe, 1).exact, at=9)
    engine = sb.StandBy(gpu, model.exact)
    engine.close()
    assert gpu.closed == 1
    with pytest.raises(ModelError, match="closed"):
        model.exact.infer(batches[0])


def test_a_stand_by_of_another_model_is_refused(model):
    other = Failing(model.exact, at=9)
    other.model = "another"
    with pytest.raises(ModelError, match="must have the same model"):
        sb.StandBy(other, model.exact)


def test_it_is_open_from_the_start(probe, model, batches):
    """Nothing is read when the device is gone: the model may be, too."""
    engine = sb.StandBy(Failing(model.exact, at=1), model.exact)
    probe.unlink()
    assert engine.infer(batches[0]).shape == engine.output_shape
