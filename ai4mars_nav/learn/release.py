"""From a finished training run to what is shipped: ONNX files, sidecars, card, stored tensors."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ai4mars_nav.dataset.chosen import frames_of_split
from ai4mars_nav.learn import evaluate, recalibrate
from ai4mars_nav.learn.agreement import agreement
from ai4mars_nav.learn.card import card
from ai4mars_nav.learn.data import U8, Frames, load_frames, load_rendered
from ai4mars_nav.learn.errors import ModelFileError
from ai4mars_nav.learn.evaluate import F32
from ai4mars_nav.learn.export import to_onnx
from ai4mars_nav.learn.half import to_fp16
from ai4mars_nav.learn.onnx_file import INPUT, OUTPUT
from ai4mars_nav.learn.preprocess import OFFSET, SCALE
from ai4mars_nav.learn.quantise import to_int8
from ai4mars_nav.learn.state import average_weights
from ai4mars_nav.learn.train import CHECKPOINT, RUN
from ai4mars_nav.perception import sidecar
from ai4mars_nav.perception.engine import Engine
from ai4mars_nav.perception.engines.onnx_runtime import OnnxEngine
from ai4mars_nav.perception.sidecar import EXACT, PRECISIONS, Sidecar
from ai4mars_nav.terrain import CLASSES

ATTRIBUTION = "AI4Mars, Swan et al. 2021, NASA/JPL-Caltech"
LICENCE = "CC BY 4.0"
RANGE_IMAGES = 64  # training images from which the int8 ranges are taken
EXPOSURES = (25.0, 140.0)  # mean grey levels at which validation is scored besides its own

REAL_STEP = 4  # of the validation frames one is scored where a model is not meant for them
RENDERED = "rendered"
"""The set of rendered frames of held-out worlds."""

Report = Callable[[str], None]


@dataclass(frozen=True)
class Rendered:
    """Roots of rendered frames: those that were learned from, and one of other worlds."""

    learned: tuple[Path, ...]
    held: Path


@dataclass(frozen=True)
class Request:
    """What to release: the run's folder, the data it is scored on, where to and as what.

    A model that learned from rendered frames is calibrated and scored on other ones besides.
    """

    run: Path
    data: Path
    out: Path
    name: str
    side: int
    risk: float
    rendered: Rendered | None = None


def release(request: Request, report: Report) -> tuple[Path, ...]:
    """Write everything that is shipped under request.out; the paths written."""
    report("exporting")
    files = model_files(request.out, request.name)
    training = _training(request.run)
    request.out.mkdir(parents=True, exist_ok=True)
    model = average_weights(request.run / CHECKPOINT)
    to_onnx(model, files[EXACT], request.name, request.side)
    write_rounded(files, _range_images(request))
    sets = _load_sets(request)
    sidecars: dict[str, Sidecar] = {}
    for precision, path in files.items():
        report(f"calibrating and scoring {path.name}")
        sidecars[precision] = _describe(path, precision, sets, training, model.stride, request)
    sidecars = _compared(sidecars, files, sets[evaluate.VALIDATION])
    written = [sidecar.write_sidecar(made, files[kind]) for kind, made in sidecars.items()]
    card_path = request.out / f"{request.name}.md"
    card_path.write_text(card(sidecars), encoding="utf-8")
    tensors = store_tensors(request.out / f"{request.name}.npz", files, request.side)
    return (*files.values(), *written, card_path, tensors)


def model_files(folder: Path, name: str) -> dict[str, Path]:
    """The file of a model in each precision."""
    ends = {precision: "" if precision == EXACT else f"-{precision}" for precision in PRECISIONS}
    return {precision: folder / f"{name}{end}.onnx" for precision, end in ends.items()}


def write_rounded(files: Mapping[str, Path], range_images: U8) -> None:
    """Write the files of all other precisions from that of fp32.

    The ranges of whole numbers come from range_images (n, side, side).
    """
    exact, half = files[EXACT], files["fp16"]
    to_fp16(exact, half, half.stem)
    for precision, signed in (("int8", True), ("uint8", False)):
        path = files[precision]
        to_int8(exact, path, path.stem, range_images, signed)


def _compared(
    sidecars: Mapping[str, Sidecar], files: Mapping[str, Path], frames: Frames
) -> dict[str, Sidecar]:
    """The sidecars, those of rounded files with how often they agree with the exact one."""
    exact = _engine(sidecars[EXACT], files[EXACT])
    made = {EXACT: sidecars[EXACT]}
    for precision, own in sidecars.items():
        if precision != EXACT:
            found = agreement(exact, _engine(own, files[precision]), own, frames)
            made[precision] = replace(own, scores={**own.scores, "agreement": asdict(found)})
    return made


def _engine(made: Sidecar, path: Path) -> OnnxEngine:
    return OnnxEngine(made, path.read_bytes(), threads=1)


def _training(run: Path) -> dict[str, Any]:
    """What the run's own record says of its data, command, seed and steps."""
    path = run / RUN
    if not path.is_file():
        raise ModelFileError(f"{path}: the record of the training run is missing")
    record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    missing = {"data", "command", "start", "seed", "steps"} - record.keys()
    if missing:
        raise ModelFileError(f"{path}: {', '.join(sorted(missing))} missing")
    return {**record, "attribution": ATTRIBUTION, "licence": LICENCE}


def _range_images(request: Request) -> U8:
    """About RANGE_IMAGES training images of a kind (n, side, side), evenly from what there is."""
    frames = frames_of_split(request.data, "train")
    images = load_frames(frames[:: _step(len(frames))], request.side).images
    if request.rendered is None:
        return images
    rendered = load_rendered(request.rendered.learned, request.side).images
    return np.concatenate([images, rendered[:: _step(len(rendered))]])


def _step(count: int) -> int:
    """Every how manieth of `count` images to take for about RANGE_IMAGES."""
    return max(1, count // RANGE_IMAGES)


def _load_sets(request: Request) -> dict[str, Frames]:
    """The sets to score: of a model for real images all there are, and validation re-exposed."""
    if request.rendered is not None:
        every = evaluate.load_set(request.data, evaluate.VALIDATION, request.side)
        held = load_rendered([request.rendered.held], request.side)
        return {evaluate.VALIDATION: _thinned(every, REAL_STEP), RENDERED: held}
    sets = {
        name: evaluate.load_set(request.data, name, request.side)
        for name in evaluate.available_sets(request.data)
    }
    own = sets[evaluate.VALIDATION]
    for mean in EXPOSURES:
        sets[f"{evaluate.VALIDATION} at mean {mean:.0f}"] = evaluate.at_mean(own, mean)
    return sets


def _thinned(frames: Frames, step: int) -> Frames:
    """Every step-th frame."""
    return Frames(frames.names[::step], frames.images[::step], frames.labels[::step])


def _describe(
    path: Path,
    precision: str,
    sets: Mapping[str, Frames],
    training: Mapping[str, Any],
    stride: int,
    request: Request,
) -> Sidecar:
    """Fit the calibration, score every set, put all of it into a sidecar."""
    blank = _uncalibrated(path, precision, training, stride, request.side)
    engine = _engine(blank, path)
    frames, source = _fitted_on(sets, request)
    calibrated, reliability = recalibrate.calibrated(engine, blank, frames, request.risk, source)
    scores = {name: evaluate.score_set(engine, calibrated, frames) for name, frames in sets.items()}
    scores[evaluate.VALIDATION]["reliability"] = reliability
    scores["latency"] = {"median_cpu_ms": latency_ms(engine), "threads": 1}
    return replace(calibrated, scores=scores)


def _fitted_on(sets: Mapping[str, Frames], request: Request) -> tuple[Frames, str]:
    """The frames that the calibration is fitted on, and what they are: validation, or as many of
    it as there are rendered ones, and those."""
    real, source = sets[evaluate.VALIDATION], f"{request.data.resolve().name}, splits/val.txt"
    if request.rendered is None:
        return real, source
    rendered = sets[RENDERED]
    some = _thinned(real, max(1, len(real.names) // len(rendered.names)))
    mix = Frames(
        some.names + rendered.names,
        np.concatenate([some.images, rendered.images]),
        np.concatenate([some.labels, rendered.labels]),
    )
    return mix, f"{len(some.names)} frames of {source}, and {len(rendered.names)} rendered ones"


def _uncalibrated(
    path: Path, precision: str, training: Mapping[str, Any], stride: int, side: int
) -> Sidecar:
    """The sidecar of a fresh file before anything was fitted or scored."""
    count = len(CLASSES)
    return Sidecar(
        name=path.stem,
        model=sidecar.describe_file(path),
        input=sidecar.Input(INPUT, side, side),
        output=sidecar.Output(OUTPUT, stride),
        preprocessing=sidecar.Preprocessing(SCALE, OFFSET),
        calibration=sidecar.Calibration((1.0,) * count, (0.0,) * count, 0.0, 1.0, "nothing"),
        precision=precision,
        training=training,
    )


def latency_ms(engine: Engine, runs: int = 50) -> float:
    """Median CPU milliseconds of one image."""
    batch = np.zeros(engine.input_shape, np.float32)
    engine.infer(batch)
    times = []
    for _ in range(runs):
        began = time.process_time()
        engine.infer(batch)
        times.append(time.process_time() - began)
    return round(1e3 * float(np.median(times)), 2)


def pictures(side: int) -> U8:
    """Two made-up grey pictures (2, side, side) uint8, one dark and one bright, for run-time tests.

    A ground that darkens towards the horizon, ripples across it, and a few bright discs.
    """
    down, across = np.mgrid[0:side, 0:side] / side
    ripples = np.sin(40.0 * across + 12.0 * down * down) * down
    discs = sum(
        np.hypot(across - x, down - y) < radius
        for x, y, radius in ((0.3, 0.6, 0.07), (0.7, 0.8, 0.12), (0.55, 0.4, 0.03))
    )
    dark = 35.0 + 30.0 * down + 8.0 * ripples + 25.0 * discs
    pictures: U8 = np.rint(np.stack([dark, 2.0 * dark])).astype(np.uint8)
    return pictures


def store_tensors(path: Path, models: Mapping[str, Path], side: int) -> Path:
    """Write `grey` (2, side, side) uint8 and each model's `logits_<precision>` (2, 4, h, w) f32."""
    grey = pictures(side)
    logits: dict[str, F32] = {}
    for precision, model in models.items():
        made, content = sidecar.load_model(model)
        engine = OnnxEngine(made, content, threads=1)
        outputs = [engine.infer(evaluate.network_input(picture, made)) for picture in grey]
        logits[f"logits_{precision}"] = np.concatenate(outputs)
    np.savez_compressed(path, grey=grey, **logits)  # type: ignore[arg-type]
    return path
