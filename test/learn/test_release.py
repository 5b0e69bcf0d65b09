"""What is shipped: the same network in every form, each with the sidecar that belongs to it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")

from ai4mars_nav.dataset.chosen import frames_of_split  # noqa: E402
from ai4mars_nav.learn import checkpoint  # noqa: E402
from ai4mars_nav.learn.augment import Augmentation  # noqa: E402
from ai4mars_nav.learn.data import load_frames  # noqa: E402
from ai4mars_nav.learn.errors import ModelFileError  # noqa: E402
from ai4mars_nav.learn.evaluate import network_input  # noqa: E402
from ai4mars_nav.learn.export import to_onnx  # noqa: E402
from ai4mars_nav.learn.networks.terrain_net import TerrainNet  # noqa: E402
from ai4mars_nav.learn.preprocess import as_input  # noqa: E402
from ai4mars_nav.learn.recipe import RECIPE, Recipe  # noqa: E402
from ai4mars_nav.learn.release import Request, model_files, release  # noqa: E402
from ai4mars_nav.learn.reproduce import Places, reproduce  # noqa: E402
from ai4mars_nav.learn.state import average_weights  # noqa: E402
from ai4mars_nav.learn.train import CHECKPOINT  # noqa: E402
from ai4mars_nav.learn.train_settings import TrainSettings  # noqa: E402
from ai4mars_nav.perception.engine import open_engine  # noqa: E402
from ai4mars_nav.perception.errors import ModelError  # noqa: E402
from ai4mars_nav.perception.sidecar import METADATA_KEY, load_model  # noqa: E402

# one fixture does all: 15 s on an idle core, minutes on a busy one
pytestmark = pytest.mark.timeout(900)

SMALL = Recipe(
    TrainSettings(steps=16, batch=4),
    finish=TrainSettings(steps=4, batch=4, augmentation=Augmentation(turned=5.0, mixed=0.5)),
    kept=0.75,
    name="terrain-64",
    side=64,
    risk=0.9,
)


class Killed(Exception):
    """As if the process had ended here."""


@dataclass(frozen=True)
class Shipped:
    """A small model that was killed on its way, and made by going on."""

    places: Places
    written: tuple[Path, ...]
    told: tuple[str, ...]
    untouched: bool  # both runs, by what came after the kill

    @property
    def run(self) -> Path:
        """What is released."""
        return self.places.out / "mean"

    @property
    def out(self) -> Path:
        return self.places.out / "models"

    @property
    def data(self) -> Path:
        return self.places.data


@pytest.fixture(scope="module")
def shipped(tmp_path_factory, write_data, write_backbone) -> Shipped:
    """The recipe in small, from made-up data."""
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("release")
    backbone = write_backbone(folder / "weights.npz")
    places = Places(write_data(folder / "tiny"), backbone, folder / "out")

    def die(line: str) -> None:
        if line == "exporting":
            raise Killed

    with pytest.raises(Killed):
        reproduce(SMALL, places, die)
    trained = [places.out / run / CHECKPOINT for run in ("run", "finish")]
    before = [path.stat().st_mtime_ns for path in trained]
    told: list[str] = []
    written = reproduce(SMALL, places, told.append)
    assert all(path.stat().st_size for path in written)
    untouched = [path.stat().st_mtime_ns for path in trained] == before
    return Shipped(places, written, tuple(told), untouched)


def test_kill_after_the_training_costs_nothing(shipped):
    assert shipped.untouched
    assert not [line for line in shipped.told if line.startswith("step")]
    again: list[str] = []
    assert set(reproduce(SMALL, shipped.places, again.append)) == set(shipped.written)
    assert not [line for line in again if "step" in line or "exporting" in line]


def test_what_is_shipped_says_how_it_was_trained(shipped):
    training = load_model(shipped.out / "terrain-64.onnx")[0].training
    assert training["command"] == (
        "python -m ai4mars_nav.learn.reproduce --data tiny --backbone weights.npz --seed 0"
    )
    assert training["start"] == (
        "encoder from weights.npz; 0.75 of the weights after 16 steps on frames as they are, the "
        "rest after 4 more on frames turned, grainy and mixed"
    )
    assert training["steps"] == 20


def test_what_is_shipped_is_the_mean_of_both_runs(shipped):
    before, after, mean = (
        checkpoint.load(shipped.places.out / run / CHECKPOINT)["average"]
        for run in ("run", "finish", "mean")
    )
    moved = 0.0
    for name, weights in mean.items():
        torch.testing.assert_close(weights, 0.75 * before[name] + 0.25 * after[name])
        moved += float((after[name] - before[name]).abs().sum())
    assert moved > 0.0


def test_scores_are_written_as_evaluate_writes_them(shipped):
    scores = json.loads((shipped.places.out / "validation.json").read_text())
    assert scores["images"] == 6
    sidecar, _ = load_model(shipped.out / "terrain-64.onnx")
    assert scores["miou"] == pytest.approx(sidecar.scores["validation"]["miou"])


def test_sidecars_name_their_weights(shipped):
    for precision, path in model_files(shipped.out, "terrain-64").items():
        name = path.stem
        sidecar, content = load_model(path)
        assert (sidecar.name, sidecar.precision) == (name, precision)
        metadata = {entry.key: entry.value for entry in onnx.load(path).metadata_props}
        assert metadata == {METADATA_KEY: name}
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        with pytest.raises(ModelError, match="sha256"):
            load_model(path)
        path.write_bytes(content)


def test_onnx_equals_torch(shipped):
    model = average_weights(shipped.run / CHECKPOINT)
    engine = open_engine("onnx", shipped.out / "terrain-64.onnx", 1)
    images = load_frames(frames_of_split(shipped.data, "val"), 64).images
    wanted = model(as_input(images)).numpy()
    sidecar, _ = load_model(shipped.out / "terrain-64.onnx")
    found = np.concatenate([engine.infer(network_input(image, sidecar)) for image in images])
    np.testing.assert_allclose(found, wanted, atol=1e-3)


@pytest.mark.parametrize(
    # int8 is for TensorRT, which rounds the weights itself: its file holds them as floats
    ("precision", "size", "agreed"),
    [("fp16", 0.6, 0.97), ("int8", 1.1, 0.9), ("uint8", 0.4, 0.9)],
)
def test_rounded_files_are_no_larger_than_they_must_be_and_agree(shipped, precision, size, agreed):
    path = shipped.out / f"terrain-64-{precision}.onnx"
    assert path.stat().st_size < size * (shipped.out / "terrain-64.onnx").stat().st_size
    sidecar, _ = load_model(path)
    engines = [open_engine("onnx", file, 1) for file in (shipped.out / "terrain-64.onnx", path)]
    images = load_frames(frames_of_split(shipped.data, "val"), 64).images
    exact, rounded = (
        np.concatenate([engine.infer(network_input(image, sidecar)) for image in images])
        for engine in engines
    )
    assert np.corrcoef(exact.ravel(), rounded.ravel())[0, 1] > 0.98
    same = (exact.argmax(axis=1) == rounded.argmax(axis=1)).mean()
    assert same > agreed
    assert sidecar.scores["agreement"]["every"] == pytest.approx(same)


def test_scores_cover_every_set_there_is(shipped):
    sidecar, _ = load_model(shipped.out / "terrain-64.onnx")
    names = {"validation", "gold-min3", "validation at mean 25", "validation at mean 140"}
    assert names | {"latency"} == set(sidecar.scores)
    assert sidecar.scores["validation"]["images"] == 6
    assert sidecar.training["attribution"].startswith("AI4Mars, Swan et al. 2021")
    assert "2 sites" in sidecar.calibration.fitted_on


def test_card_credits_the_data_and_names_no_machine(shipped):
    text = (shipped.out / "terrain-64.md").read_text()
    for needed in ("NASA/JPL-Caltech", "CC BY 4.0", "gold-min3", "reproduce --data tiny"):
        assert needed in text
    for path in shipped.out.iterdir():
        assert str(shipped.places.out).encode() not in path.read_bytes(), path.name


def test_stored_tensors_come_out_of_the_engine_again(shipped):
    check_stored_tensors(shipped.out, "terrain-64")


def test_missing_record_of_the_run_is_named(shipped, tmp_path):
    (tmp_path / CHECKPOINT).write_bytes((shipped.run / CHECKPOINT).read_bytes())
    request = Request(tmp_path, shipped.data, tmp_path / "out", "terrain-64", 64, 0.9)
    with pytest.raises(ModelFileError, match=r"run\.json"):
        release(request, lambda _: None)


def test_side_the_network_cannot_take_is_refused(tmp_path):
    with pytest.raises(ModelFileError, match="100"):
        to_onnx(TerrainNet(), tmp_path / "bad.onnx", "bad", 100)


def check_stored_tensors(folder: Path, name: str) -> None:
    with np.load(folder / f"{name}.npz") as stored:
        for precision, path in model_files(folder, name).items():
            sidecar, _ = load_model(path)
            engine = open_engine("onnx", path, 1)
            for grey, wanted in zip(stored["grey"], stored[f"logits_{precision}"], strict=True):
                found = engine.infer(network_input(grey, sidecar))[0]
                np.testing.assert_allclose(found, wanted, atol=1e-3 if precision == "fp32" else 0.5)


def test_recipe_is_that_of_the_shipped_model():
    path = Path(__file__).parents[2] / "models" / f"{RECIPE.name}.onnx"
    sidecar, _ = load_model(path)
    assert sidecar.input.height == sidecar.input.width == RECIPE.side
    assert sidecar.calibration.risk == RECIPE.risk
    assert sidecar.training["steps"] == RECIPE.training.steps + RECIPE.finish.steps
    assert sidecar.training["seed"] == RECIPE.training.seed
