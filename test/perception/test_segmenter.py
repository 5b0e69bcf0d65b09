"""The segmenter against its slow twin and against images whose answer was painted."""

import dataclasses

import cv2
import numpy as np
import pytest

from ai4mars_nav import terrain
from ai4mars_nav.perception import sidecar as sc
from ai4mars_nav.perception import slow
from ai4mars_nav.perception.engine import open_engine
from ai4mars_nav.perception.errors import ModelError, PerceptionError
from ai4mars_nav.perception.segmenter import Segmenter, SegmenterSettings

GREYS = {0: 85, 1: 135, 2: 195, 3: 35}


class FixedEngine:
    """An engine whose answer a test has chosen, for logits that no grey image would give."""

    name = "fixed"

    def __init__(self, sidecar, logits):
        self.model, self.input_shape = sidecar.name, sidecar.input_shape
        self.output_shape = sidecar.output_shape
        self.logits = logits

    def infer(self, batch):
        self.seen = batch.copy()
        return self.logits

    def close(self):
        pass


def make(probe, image=(512, 512), output=(512, 512), settings=None):
    engine = open_engine("onnx", probe, threads=1)
    sidecar = sc.load_sidecar(sc.sidecar_path(probe))
    return Segmenter(engine, sidecar, settings or SegmenterSettings(), image, output)


def random_logits(sidecar, seed):
    rng = np.random.default_rng(seed)
    coarse = rng.normal(0.0, 3.0, (4, 16, 16)).astype(np.float32)
    rows, columns = sidecar.output_shape[2:]
    smooth = np.stack([cv2.resize(plane, (columns, rows)) for plane in coarse])
    return (smooth + rng.normal(0.0, 0.5, smooth.shape)).astype(np.float32)[None]


def calibrated(probe):
    """The probe's sidecar with a calibration that changes something."""
    sidecar = sc.load_sidecar(sc.sidecar_path(probe))
    vector = dataclasses.replace(
        sidecar.calibration, scale=(0.7, 0.9, 1.1, 0.5), bias=(0.2, -0.3, 0.0, 0.4)
    )
    return dataclasses.replace(sidecar, calibration=vector)


@pytest.mark.parametrize("output", [(512, 512), (256, 256), (300, 417), (64, 64)])
@pytest.mark.parametrize("seed", [1, 2])
def test_equals_its_slow_twin(probe, output, seed):
    sidecar = calibrated(probe)
    engine = FixedEngine(sidecar, random_logits(sidecar, seed))
    fast = Segmenter(engine, sidecar, SegmenterSettings(), (256, 256), output)
    found = fast.segment(np.zeros((256, 256), np.uint8))
    vector = sidecar.calibration
    classes, confidence, p_big_rock = slow.segment(
        engine.logits[0], vector.scale, vector.bias, vector.abstain_below, output
    )
    np.testing.assert_allclose(found.confidence, confidence, atol=2e-4)
    np.testing.assert_allclose(found.p_big_rock, p_big_rock, atol=2e-4)
    # where two classes or the threshold are a rounding apart, either answer is right
    differ = found.classes != classes
    assert differ.mean() < 1e-3
    assert 0.01 < (classes == terrain.UNKNOWN).mean() < 0.9
    sure = np.abs(confidence - vector.abstain_below) > 1e-3
    full = np.sort(
        slow.enlarge(
            slow.softmax(
                engine.logits[0] * np.float64(vector.scale)[:, None, None]
                + np.float64(vector.bias)[:, None, None]
            ),
            output,
        ),
        axis=0,
    )
    assert not differ[sure & (full[3] - full[2] > 1e-3)].any()


def test_agrees_with_full_size_softmax_of_the_logits(probe):
    """Enlarging probabilities instead of logits moves class borders by little."""
    sidecar = calibrated(probe)
    engine = FixedEngine(sidecar, random_logits(sidecar, 3))
    fast = Segmenter(engine, sidecar, SegmenterSettings(0.0), (256, 256), (512, 512))
    found = fast.segment(np.zeros((256, 256), np.uint8))
    vector = sidecar.calibration
    full = slow.enlarge(
        engine.logits[0] * np.float64(vector.scale)[:, None, None]
        + np.float64(vector.bias)[:, None, None],
        (512, 512),
    )
    assert (found.classes == full.argmax(axis=0)).mean() > 0.97


def test_ties_go_to_the_lower_class(probe):
    sidecar = sc.load_sidecar(sc.sidecar_path(probe))
    engine = FixedEngine(sidecar, np.zeros(sidecar.output_shape, np.float32))
    fast = Segmenter(engine, sidecar, SegmenterSettings(0.1), (256, 256), (64, 64))
    found = fast.segment(np.zeros((256, 256), np.uint8))
    assert (found.classes == terrain.Terrain.SOIL).all()
    np.testing.assert_allclose(found.confidence, 0.25)


def test_paints_back_what_was_painted(probe):
    grey = np.empty((1024, 1024), np.uint8)
    wanted = np.empty((512, 512), np.uint8)
    for kind, level in GREYS.items():
        rows = slice(256 * kind, 256 * kind + 256)
        grey[rows] = level
        wanted[128 * kind : 128 * kind + 128] = kind
    found = make(probe, (1024, 1024), (512, 512)).segment(grey)
    inside = np.abs(np.arange(512) % 128 - 63.5) < 55.0
    assert (found.classes[inside] == wanted[inside]).all()
    assert (found.confidence[inside] > 0.99).all()
    np.testing.assert_array_equal((found.p_big_rock > 0.5)[inside], wanted[inside] == 3)


def test_abstains_where_the_network_hesitates(probe):
    grey = np.full((512, 512), 110, np.uint8)
    grey[:, 256:] = 85
    found = make(probe).segment(grey)
    assert (found.classes[:, :250] == terrain.UNKNOWN).all()
    assert (found.confidence[:, :250] < 0.6).all()
    assert (found.classes[:, 262:] == terrain.Terrain.SOIL).all()


def test_threshold_of_the_settings_overrides_the_sidecar(probe):
    grey = np.full((512, 512), 110, np.uint8)
    found = make(probe, settings=SegmenterSettings(abstain_below=0.5)).segment(grey)
    assert (found.classes == terrain.Terrain.SOIL).all()


def test_preprocessing_is_the_sidecars(probe):
    sidecar = sc.load_sidecar(sc.sidecar_path(probe))
    engine = FixedEngine(sidecar, np.zeros(sidecar.output_shape, np.float32))
    grey = np.random.default_rng(5).integers(0, 256, (512, 512)).astype(np.uint8)
    Segmenter(engine, sidecar, SegmenterSettings(), (512, 512), (64, 64)).segment(grey)
    area = grey.reshape(256, 2, 256, 2).mean(axis=(1, 3))
    wanted = area * sidecar.preprocessing.scale + sidecar.preprocessing.offset
    # the training images were stored in whole grey levels too
    assert np.abs(engine.seen[0, 0] - wanted).max() <= 0.51 * sidecar.preprocessing.scale


def test_frames_follow_each_other_without_a_trace(probe):
    segmenter = make(probe)
    first = np.full((512, 512), 85, np.uint8)
    once = segmenter.segment(first).classes.copy()
    segmenter.segment(np.full((512, 512), 35, np.uint8))
    again = segmenter.segment(first)
    np.testing.assert_array_equal(again.classes, once)


def test_buffers_are_reused(probe):
    segmenter = make(probe)
    grey = np.full((512, 512), 85, np.uint8)
    first, second = segmenter.segment(grey), segmenter.segment(grey)
    assert np.shares_memory(first.classes, second.classes)
    assert np.shares_memory(first.confidence, second.confidence)


def test_frame_of_another_size_names_both(probe):
    with pytest.raises(PerceptionError, match=r"256 x 128 .* configured for 512 x 512"):
        make(probe).segment(np.zeros((256, 128), np.uint8))


@pytest.mark.parametrize("frame", [np.zeros((512, 512, 3), np.uint8), np.zeros((512, 512), "<u2")])
def test_only_mono8(probe, frame):
    with pytest.raises(PerceptionError, match="must be mono8"):
        make(probe).segment(frame)


def test_engine_of_another_model(probe, tmp_path, probe_maker):
    other = probe_maker.write_probe_model(tmp_path / "other", name="other")
    engine = open_engine("onnx", other, threads=1)
    sidecar = sc.load_sidecar(sc.sidecar_path(probe))
    with pytest.raises(ModelError, match="runs 'other'"):
        Segmenter(engine, sidecar, SegmenterSettings(), (512, 512), (512, 512))


def test_rows_of_a_larger_array_are_accepted(probe):
    """A message may carry padding at the end of each row."""
    padded = np.full((512, 600), 35, np.uint8)
    padded[:, :512] = 85
    found = make(probe).segment(padded[:, :512])
    assert (found.classes == terrain.Terrain.SOIL).all()
