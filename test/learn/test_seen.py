"""A frame seen twice is inferred once, and each half is what a segmenter of its own would say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from ai4mars_nav.learn.seen import Seer
from ai4mars_nav.perception.engine import open_engine
from ai4mars_nav.perception.segmenter import Segmenter, SegmenterSettings
from ai4mars_nav.perception.sidecar import load_model

MODEL = Path(__file__).parents[2] / "models" / "terrain-256.onnx"


def test_both_halves_are_a_segmenters_own(monkeypatch):
    sidecar, _ = load_model(MODEL)
    engine = open_engine("onnx", MODEL, 1)
    whole, batches = type(engine).infer, []
    monkeypatch.setattr(
        type(engine), "infer", lambda self, batch: (batches.append(1), whole(self, batch))[1]
    )
    rng = np.random.default_rng(0)
    seer = Seer(engine, sidecar)
    plain = replace(sidecar.calibration, scale=(1.0,) * 4, bias=(0.0,) * 4)
    for size in ((64, 64), (48, 80), (64, 64)):
        image = rng.integers(0, 255, size).astype(np.uint8)
        batches.clear()
        seen = seer.see(image, (32, 40))
        assert len(batches) == 1
        for half, made in zip(seen, (sidecar, replace(sidecar, calibration=plain)), strict=True):
            settings = SegmenterSettings(abstain_below=0.0)
            own = Segmenter(engine, made, settings, size, (32, 40)).segment(image)
            np.testing.assert_array_equal(half.classes, own.classes)
            np.testing.assert_array_equal(half.confidence, own.confidence)
    assert not np.array_equal(seen[0].confidence, seen[1].confidence)
