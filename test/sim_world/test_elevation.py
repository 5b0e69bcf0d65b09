"""Real elevation models: their files, their missing heights, and what is added below them."""

import struct
from pathlib import Path

import numpy as np
import pytest

from ai4mars_nav.sim.errors import SimError
from ai4mars_nav.sim.world import recipe
from ai4mars_nav.sim.world.elevation import real_ground, roughness
from ai4mars_nav.sim.world.geotiff import ElevationModel, read_elevation
from ai4mars_nav.sim.world.library import load_world

DEM = Path(__file__).parents[3] / "shared" / "data" / "dem"
GEO = (1, 1, 0, 1, 1024, 0, 1, 1)


def geotiff(path, heights, pixel=10.0, nodata="-9999", geo=GEO, big=False, order="<"):
    """Write heights (rows, columns) as a TIFF of one strip, classic or BigTIFF."""
    pixels = np.asarray(heights, order + "f4").tobytes()
    rows, columns = heights.shape
    tags = [(256, "I", (columns,)), (257, "I", (rows,)), (258, "H", (32,)), (259, "H", (1,))]
    tags += [(262, "H", (1,)), (273, "I", (0,)), (277, "H", (1,)), (278, "I", (rows,))]
    tags += [(279, "I", (len(pixels),)), (339, "H", (3,))]
    if pixel is not None:
        tags += [(33550, "d", (pixel, pixel, 0.0))]
    tags += [(34735, "H", geo), (42113, "s", (nodata.encode() + b"\0",))]
    count, offset, room = ("Q", "Q", 8) if big else ("H", "I", 4)
    entry = 20 if big else 12
    start = 16 if big else 8
    here = start + struct.calcsize("=" + count) + entry * len(tags) + room
    entries, blob = b"", b""
    for tag, code, values in tags:
        number = len(values[0]) if code == "s" else len(values)
        form = f"{order}{number}s" if code == "s" else f"{order}{number}{code}"
        body = struct.pack(form, *values)
        if tag == 273:
            body = struct.pack(order + "I", 0xFFFFFFFF)
        if len(body) > room:
            blob_at, blob = here + len(blob), blob + body
            body = struct.pack(order + offset, blob_at)
        kind = {"I": 4, "H": 3, "d": 12, "s": 2}[code]
        entries += struct.pack(order + "HH" + offset, tag, kind, number) + body.ljust(room, b"\0")
    entries = entries.replace(b"\xff\xff\xff\xff", struct.pack(order + "I", here + len(blob)))
    mark = {"<": b"II", ">": b"MM"}[order]
    head = struct.pack(order + "HHHQ", 43, 8, 0, 16) if big else struct.pack(order + "HI", 42, 8)
    directory = struct.pack(order + count, len(tags)) + entries + b"\0" * room
    path.write_bytes(mark + head + directory + blob + pixels)
    return path


def hills(rows=30, columns=24):
    y, x = np.mgrid[:rows, :columns]
    return 100.0 + 0.3 * np.sin(x / 5.0) + 0.2 * np.cos(y / 4.0)


@pytest.mark.parametrize(("big", "order"), [(False, "<"), (True, "<"), (False, ">"), (True, ">")])
def test_heights_and_pixels_are_read(tmp_path, big, order):
    heights = hills()
    heights[3, 4] = -9999.0
    model = read_elevation(geotiff(tmp_path / "a.tif", heights, 12.5, big=big, order=order))
    assert model.pixel == 12.5 and model.heights.shape == (30, 24)
    assert np.isnan(model.heights[3, 4]) and np.isnan(model.heights).sum() == 1
    known = np.isfinite(model.heights)
    assert np.abs(model.heights - heights)[known].max() < 1e-4


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"pixel": None}, "no ModelPixelScale tag"),
        ({"geo": (1, 1, 0, 1, 1024, 0, 1, 2)}, "its pixels are degrees"),
        ({"nodata": "none"}, "GDAL_NODATA tag is b'none"),
        ({"pixel": -1.0}, "they must be square"),
    ],
)
def test_files_that_will_not_do_are_named(tmp_path, options, message):
    file = geotiff(tmp_path / "a.tif", hills(), **options)
    with pytest.raises(SimError, match=rf"a.tif: .*{message}"):
        read_elevation(file)


def test_what_is_no_tiff_is_named(tmp_path):
    file = tmp_path / "a.tif"
    with pytest.raises(SimError, match=r"a.tif: there is no such file"):
        read_elevation(file)
    file.write_bytes(b"P5 nothing")
    with pytest.raises(SimError, match=r"a.tif: is not a TIFF"):
        read_elevation(file)
    file.write_bytes(b"II*\0\x08\0\0\0\x05")
    with pytest.raises(SimError, match=r"a.tif: is not a TIFF"):
        read_elevation(file)


def test_the_ground_goes_through_the_model(tmp_path):
    """Without roughness a slope of the model is that slope, uphill where it was (north is y)."""
    rows, columns = np.mgrid[:40, :40]
    file = geotiff(tmp_path / "a.tif", 500.0 + 0.4 * columns - 0.9 * rows, 10.0)
    settings = recipe.Elevation(file=str(file))
    smooth = recipe.Relief(rough=(0.0, 0.0))
    ground = real_ground(np.random.default_rng(1), settings, smooth, 200, 0.5)
    gy, gx = np.gradient(ground, 0.5)
    assert np.abs(gx - 0.04).max() < 1e-3 and np.abs(gy - 0.09).max() < 1e-3
    assert abs(ground.mean()) < 1e-3


def test_detail_is_added_within_the_recipes_limits(tmp_path):
    file = geotiff(tmp_path / "a.tif", hills(40, 40), 10.0)
    settings, relief = recipe.Elevation(file=str(file)), recipe.Relief(rough=(0.03, 0.03))
    ground = real_ground(np.random.default_rng(1), settings, relief, 400, 0.1)
    bend = ground[:, 20:] - 2 * ground[:, 10:-10] + ground[:, :-20]
    assert 0.01 < bend.std() < 0.06


def test_roughness_sees_bends_and_not_slopes():
    random = np.random.default_rng(5)
    slope = np.add.outer(np.arange(60.0), np.zeros(60))
    assert roughness(ElevationModel(slope, 20.0), 0.8) == pytest.approx(0.0, abs=1e-9)
    one = roughness(ElevationModel(slope + random.normal(0, 0.1, (60, 60)), 20.0), 0.8)
    two = roughness(ElevationModel(slope + random.normal(0, 0.2, (60, 60)), 20.0), 0.8)
    assert two == pytest.approx(2 * one, rel=0.1)


def test_spots_that_will_not_do_are_refused(tmp_path):
    random, relief = np.random.default_rng(1), recipe.Relief()
    small = recipe.Elevation(file=str(geotiff(tmp_path / "a.tif", hills(8, 8))))
    with pytest.raises(SimError, match=r"8 x 8 pixels of 10 m are too few for a map of 60 m"):
        real_ground(random, small, relief, 60, 1.0)
    steep = recipe.Elevation(file=str(geotiff(tmp_path / "b.tif", 9.0 * np.mgrid[:30, :30][0])))
    with pytest.raises(SimError, match=r"0 have holes, the flattest .* 42.0 degrees, over"):
        real_ground(random, steep, relief, 60, 1.0)
    empty = recipe.Elevation(
        file=str(geotiff(tmp_path / "c.tif", np.full((30, 30), -9999.0, np.float32)))
    )
    with pytest.raises(SimError, match="400 have holes"):
        real_ground(random, empty, relief, 60, 1.0)


def test_a_world_stands_on_a_model(tmp_path):
    file = tmp_path / "small.yaml"
    file.write_text("world: {size: 20.0, resolution: 0.1, drive: 8.0}\ncraters: {count: 0}\n")
    dem = geotiff(tmp_path / "a.tif", hills(20, 20), 5.0)
    invented, _ = load_world(str(file), 2, tmp_path)
    world, _ = load_world(str(file), 2, tmp_path, dem)
    assert not np.array_equal(world.ground, invented.ground)
    again, _ = load_world(str(file), 2, tmp_path, dem)
    assert np.array_equal(world.ground, again.ground)
    # another file under the same name is another world
    geotiff(dem, hills(21, 21) + 0.02 * np.mgrid[:21, :21][0], 5.0)
    other, _ = load_world(str(file), 2, tmp_path, dem)
    assert not np.array_equal(world.ground, other.ground)


@pytest.mark.skipif(not DEM.is_dir(), reason="needs ../shared/data/dem")
def test_the_shared_elevation_model():
    (file,) = DEM.glob("*.tif")
    model = read_elevation(file)
    assert model.pixel == 20.0 and model.heights.shape == (1119, 707)
    assert 0.75 < np.isfinite(model.heights).mean() < 0.85
    assert 8700 < np.nanmin(model.heights) < np.nanmax(model.heights) < 9700
