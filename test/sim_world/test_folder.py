"""A world as a folder: written, read back the same, and refused where it is broken."""

import json
import shutil
import subprocess
import tempfile

import cv2
import numpy as np
import pytest

from ai4mars_nav.cli import main
from ai4mars_nav.sim.errors import SimError
from ai4mars_nav.sim.world.folder import read_world, write_world
from ai4mars_nav.sim.world.library import load_world
from ai4mars_nav.sim.world.mission import Mission, check_mission
from ai4mars_nav.terrain import Hidden, Terrain


def checker():
    """The command that checks SDF, if one is here that takes the smallest world there is."""
    smallest = '<sdf version="1.9"><world name="w"/></sdf>'
    for name in filter(None, map(shutil.which, ("ign", "gz"))):
        with tempfile.NamedTemporaryFile("w", suffix=".sdf") as file:
            file.write(smallest)
            file.flush()
            if check(name, file.name).returncode == 0:
                return name
    return None


def check(command, file):
    words = [command, "sdf", "--check", str(file)]
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=200)


@pytest.fixture(scope="module")
def written(made, tmp_path_factory):
    """The folder of the small world."""
    folder = tmp_path_factory.mktemp("world")
    write_world(folder, *made)
    return folder


@pytest.fixture
def copy(written, tmp_path):
    """A copy to break."""
    folder = tmp_path / "world"
    shutil.copytree(written, folder)
    return folder


def test_what_is_written_is_read_back(made, written):
    world, mission = load_world(str(written / "world.sdf"), 0)
    for layer in ("ground", "surface", "classes", "rock_of"):
        assert np.array_equal(getattr(world, layer), getattr(made[0], layer)), layer
    for key in ("x", "y", "length", "width", "height", "yaw", "seed"):
        assert np.array_equal(getattr(world.rocks, key), getattr(made[0].rocks, key)), key
    assert (world.name, world.resolution, world.origin) == ("small", 0.05, (-10.0, -10.0))
    assert mission == made[1]


def test_hidden_ground_is_read_back_and_only_written_where_there_is_some(
    written, trapped, tmp_path
):
    world, mission = trapped
    path = write_world(tmp_path, world, mission)
    again = read_world(path)[0]
    assert np.array_equal(again.hidden, world.hidden)
    assert np.array_equal(again.surface, world.surface)
    assert not (written / "hidden.png").exists()
    raster = cv2.imread(str(tmp_path / "hidden.png"), cv2.IMREAD_UNCHANGED)
    cv2.imwrite(str(tmp_path / "hidden.png"), np.full_like(raster, 9))
    with pytest.raises(SimError, match=r"hidden.png: has label values \[9\]; there are"):
        read_world(path)
    cv2.imwrite(str(tmp_path / "hidden.png"), np.full_like(raster, Hidden.LOOSE_SAND))
    with pytest.raises(SimError, match="hidden has ground that does not look like its class"):
        read_world(path)
    (tmp_path / "hidden.png").unlink()
    with pytest.raises(SimError, match=r"ai4mars:hidden: .*there is no such file"):
        read_world(path)


def test_all_that_sdf_names_is_there(written):
    text = (written / "world.sdf").read_text()
    named = {part.split("<")[0] for part in text.split("<uri>")[1:]}
    assert "meshes/ground.obj" in named and any("rock_" in name for name in named)
    assert all((written / name).is_file() for name in named)
    assert (written / "meshes" / "ground.png").is_file()
    used = {path.name for path in (written / "meshes").glob("rock_*.obj")}
    assert used == {name.split("/")[1] for name in named} - {"ground.obj"}


def test_the_mesh_of_the_ground_is_the_ground(made, written):
    """Its vertices lie on the surface wherever no rock is near that is a mesh of its own."""
    world = made[0]
    lines = (written / "meshes" / "ground.obj").read_text().splitlines()
    points = np.array([line.split()[1:] for line in lines if line.startswith("v ")], float)
    assert points[:, :2].min() == -10.0 and points[:, :2].max() == 10.0
    x, y = points[:, 0], points[:, 1]
    bare = np.abs(world.height(x, y) - world.height(x, y, "ground")) < 1e-6
    assert bare.mean() > 0.8
    off = np.abs(points[bare, 2] - world.height(x[bare], y[bare], "ground"))
    assert np.quantile(off, 0.99) < 1e-3


def test_the_sdf_is_valid(written):
    command = checker()
    if command is None:
        pytest.skip("neither `ign sdf` nor `gz sdf` is installed")
    checked = check(command, written / "world.sdf")
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_rock_that_is_moved_in_the_list_moves(copy, made):
    """The list is the truth: the class raster knows nothing of big rocks."""
    file = copy / "rocks.json"
    told = json.loads(file.read_text())
    start, goal = np.array(made[1].start[:2]), np.array(made[1].goal)
    x, y = start + 0.5 * (goal - start)
    told["rocks"] = [
        {"x": x, "y": y, "length": 1.0, "width": 0.9, "height": 0.6, "yaw": 0.0, "seed": 7}
    ]
    file.write_text(json.dumps(told))
    world, _ = read_world(copy / "world.sdf")
    assert world.class_at(np.array(x), np.array(y)) == Terrain.BIG_ROCK
    big = world.classes == Terrain.BIG_ROCK
    assert 0.3 < big.sum() * 0.05**2 < 0.9


def test_missing_files_are_named(copy):
    (copy / "ground.tif").unlink()
    with pytest.raises(SimError, match=r"world.sdf: ai4mars:ground: .*ground.tif: there is no"):
        read_world(copy / "world.sdf")
    with pytest.raises(SimError, match=r"nosuch.sdf: cannot be read"):
        read_world(copy / "nosuch.sdf")


def test_a_height_that_is_not_a_number_is_named(copy):
    file = str(copy / "ground.tif")
    ground = cv2.imread(file, cv2.IMREAD_UNCHANGED)
    ground[12, 34] = np.nan
    cv2.imwrite(file, ground)
    with pytest.raises(SimError, match=r"ground.tif: 1 cells .* row 12, column 34"):
        read_world(copy / "world.sdf")


def test_rasters_of_the_wrong_kind_are_named(copy):
    cv2.imwrite(str(copy / "classes.png"), np.zeros((3, 4), np.uint8))
    with pytest.raises(SimError, match=r"classes.png: is \(3, 4\), the heights are \(400, 400\)"):
        read_world(copy / "world.sdf")
    cv2.imwrite(str(copy / "classes.png"), np.full((400, 400), 9, np.uint8))
    with pytest.raises(SimError, match=r"classes.png: has label values \[9\]"):
        read_world(copy / "world.sdf")
    (copy / "ground.tif").write_bytes(b"nothing")
    with pytest.raises(SimError, match=r"ground.tif: is not a picture"):
        read_world(copy / "world.sdf")


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("x", 10.5, r"1 rocks lie off the map, rock 4 at \(10.5, .*the map is x -10 to 10 m"),
        ("height", -0.2, "rock 4: height is -0.2"),
        ("width", "wide", "rock 4: width must be a number, is 'wide'"),
        ("yaw", float("nan"), "rock 4: yaw is nan"),
        ("seed", 1.5, "rock 4: seed must be a whole number"),
        ("length", None, "rock 4: length must be a number, is None"),
    ],
)
def test_a_rock_that_cannot_be_is_named(copy, key, value, message):
    file = copy / "rocks.json"
    told = json.loads(file.read_text())
    told["rocks"][4][key] = value
    file.write_text(json.dumps(told))
    with pytest.raises(SimError, match=rf"rocks.json: {message}"):
        read_world(copy / "world.sdf")


@pytest.mark.parametrize(
    ("find", "put", "message"),
    [
        ('format="1"', 'format="7"', "has format '7', not '1'"),
        ("<ai4mars:resolution>0.05", "<ai4mars:resolution>fine", "ai4mars:resolution must be 1"),
        ("<ai4mars:resolution>0.05", "<ai4mars:resolution>-1", "ai4mars:resolution is -1 m"),
        ("<ai4mars:goal>", "<ai4mars:goal>90 90 ", "ai4mars:goal must be 2 finite numbers"),
        ("ai4mars:world", "ai4mars:other", "has no element ai4mars:world"),
        ("</sdf>", "", "is not XML"),
        ("ai4mars:sun>", "ai4mars:moon>", "ai4mars:world has no ai4mars:sun"),
    ],
)
def test_an_sdf_that_is_not_ours_is_refused(copy, find, put, message):
    file = copy / "world.sdf"
    text = file.read_text()
    assert find in text
    file.write_text(text.replace(find, put))
    with pytest.raises(SimError, match=message) as error:
        read_world(file)
    assert str(file) in str(error.value)


SUN = 0.5, 0.6


def test_a_start_or_goal_that_cannot_be_is_named(flat):
    world = flat((3.0, 0.0, 1.0, 1.0, 0.5), (0.0, 3.0, 0.4, 0.4, 0.1))
    check_mission(world, Mission((-3.0, 0.0, 0.0), (0.0, 3.0), *SUN), "w")
    for start, goal, message in (
        ((3.2, 0.0, 0.0), (-3.0, 0.0), r"w: start \(3.2, 0\) lies in or beside rock 0, .*0.50 m"),
        ((-3.0, 0.0, 0.0), (3.0, 1.0), r"w: goal \(3, 1\) lies in or beside rock 0"),
        ((-3.0, 0.0, 0.0), (5.1, 0.0), r"w: goal \(5.1, 0\) lies off the map, which is x -5 to 5"),
        ((float("nan"), 0.0, 0.0), (3.0, 0.0), r"w: start \(nan, 0\): must be finite"),
    ):
        with pytest.raises(SimError, match=message):
            check_mission(world, Mission(start, goal, *SUN), "w")


def test_a_start_on_a_slope_is_refused(flat):
    world = flat(slope=np.tan(np.radians(15.0)))
    with pytest.raises(SimError, match=r"w: start \(0, 0\) lies on a slope of 15.0 degrees"):
        check_mission(world, Mission((0.0, 0.0, 0.0), (3.0, 0.0), *SUN), "w")


def test_the_command_writes_and_draws(small, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    out = tmp_path / "out"
    assert main(["sim", "world", "--world", str(small), "--seed", "3", "--out", str(out)]) == 0
    assert capsys.readouterr().out.split() == [str(out / "world.sdf"), str(out / "world.png")]
    picture = cv2.imread(str(out / "world.png"))
    assert picture.shape[1] > 2000 and picture.std() > 30.0
    assert list((tmp_path / "cache" / "ai4mars_nav" / "worlds").glob("*.npz"))
    assert main(["sim", "world", "--world", "ctx", "--out", str(out)]) == 2
    assert "ctx.yaml: elevation: file: this world needs a GeoTIFF" in capsys.readouterr().err
