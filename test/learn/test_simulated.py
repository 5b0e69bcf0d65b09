"""The model of simulated drives: half real frames, half rendered ones, told in its card."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from ai4mars_nav.learn import checkpoint  # noqa: E402
from ai4mars_nav.learn.augment import Augmentation  # noqa: E402
from ai4mars_nav.learn.data import Frames  # noqa: E402
from ai4mars_nav.learn.errors import DataError  # noqa: E402
from ai4mars_nav.learn.processes import ALONE  # noqa: E402
from ai4mars_nav.learn.recipe import SIMULATED, SimulatedRecipe  # noqa: E402
from ai4mars_nav.learn.run_record import Sources, write_record  # noqa: E402
from ai4mars_nav.learn.simulated import Places, half_and_half, simulated  # noqa: E402
from ai4mars_nav.learn.state import save_state, start  # noqa: E402
from ai4mars_nav.learn.train import CHECKPOINT  # noqa: E402
from ai4mars_nav.learn.train_settings import TrainSettings  # noqa: E402
from ai4mars_nav.perception.sidecar import load_model  # noqa: E402
from ai4mars_nav.sim.march.frames import product_of  # noqa: E402

pytestmark = pytest.mark.timeout(900)

SMALL = SimulatedRecipe(
    TrainSettings(steps=4, batch=4, seed=2, augmentation=Augmentation(turned=5.0)),
    name="terrain-64-sim",
    every=2,
    side=64,
    risk=0.9,
)


def rendered(write_frame, root: Path, count: int, first_world: int) -> Path:
    """Made-up frames of two worlds as `ai4mars sim render` leaves them."""
    for index in range(count):
        name = product_of(8 * (first_world + index % 2) + index // 2)
        write_frame(root, name, 1000 + 10 * first_world + index)
    made = {"seed": first_world, "size": 64, "worlds": ["crossing", "/some/place/trial.yaml"]}
    (root / "render.jsonl").write_text(json.dumps(made) + "\n")
    return root


def trained(folder: Path, data: Path) -> Path:
    """A run that ended, as `learn.reproduce` leaves one."""
    folder.mkdir(parents=True)
    settings = TrainSettings(steps=7)
    save_state(folder / CHECKPOINT, start(settings, None), settings)
    write_record(folder, Sources(data, "train", 64, None), settings, ALONE)
    return folder


@pytest.fixture(scope="module")
def made(tmp_path_factory, write_data, write_frame):
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("simulated")
    data = write_data(folder / "tiny")
    ours, sites, held = (
        rendered(write_frame, folder / name, count, world)
        for name, count, world in (("ours", 2, 0), ("sites", 2, 5), ("held", 4, 20))
    )
    places = Places(data, trained(folder / "mean", data), (ours, sites), held, folder / "out")
    told: list[str] = []
    simulated(SMALL, places, told.append)
    return places, told


def test_it_goes_on_from_the_weights_that_it_is_given(made):
    places, told = made
    assert told[0] == "6 real and 4 rendered training frames"
    before = checkpoint.load(places.begin / CHECKPOINT)["average"]
    after = checkpoint.load(places.out / "run" / CHECKPOINT)["average"]
    moved = [float((after[name] - before[name]).abs().max()) for name in before]
    assert 0.0 < max(moved) < 0.1


def test_sidecar_and_card_say_that_it_is_for_simulated_drives(made):
    places, _ = made
    sidecar, _ = load_model(places.out / "models" / "terrain-64-sim.onnx")
    training = sidecar.training
    assert training["data"].startswith("6 frames of tiny, splits/train.txt, and 4 of")
    assert training["rendered"][1] == (
        "ai4mars sim render -n 2 -o sites --size 64 --seed 5 --world crossing --world trial.yaml"
    )
    assert training["command"] == (
        "python -m ai4mars_nav.learn.simulated --data tiny --begin mean --rendered ours sites "
        "--held held"
    )
    assert sidecar.scores["rendered"]["images"] == 4
    assert all("ece" in sidecar.scores[name] for name in ("rendered", "validation"))
    assert "2 frames of tiny, splits/val.txt, and 4 rendered" in sidecar.calibration.fitted_on
    card = (places.out / "models" / "terrain-64-sim.md").read_text()
    assert "For simulated drives alone" in card and "no claim on Mars" in card
    assert training["rendered"][2] in card
    for path in (places.out / "models").iterdir():
        assert b"/some/place" not in path.read_bytes(), path.name


def some(count: int, side: int, level: int) -> Frames:
    images = np.full((count, side, side), level, np.uint8)
    return Frames(tuple(f"{level}-{n}" for n in range(count)), images, images)


def test_few_rendered_frames_come_as_often_as_many_real_ones():
    mixed = half_and_half(some(7, 32, 1), some(2, 32, 3))
    assert (mixed.images[:, 0, 0] == 1).sum() == 7 and (mixed.images[:, 0, 0] == 3).sum() == 8
    assert len(mixed.names) == len(mixed.labels) == 15


def test_frames_of_two_sizes_are_refused():
    with pytest.raises(DataError, match="64"):
        half_and_half(some(2, 64, 1), some(2, 32, 1))


def test_recipe_is_that_of_the_shipped_model():
    path = Path(__file__).parents[2] / "models" / f"{SIMULATED.name}.onnx"
    sidecar, _ = load_model(path)
    assert sidecar.input.height == SIMULATED.side
    assert sidecar.training["steps"] == SIMULATED.training.steps
    assert sidecar.calibration.risk == SIMULATED.risk
