"""The real products, against numbers read off their labels by hand."""

from dataclasses import dataclass

import numpy as np
import pytest

from ai4mars_nav.geometry.cahv_pixels import intrinsics
from ai4mars_nav.geometry.frames import azimuth_elevation, local_from_body
from ai4mars_nav.pds import names, pixels
from ai4mars_nav.pds.product import read_product
from ai4mars_nav.pds.view import camera_on_rover, rectified


@dataclass
class Golden:
    """What the label says, and the pixels' minimum, maximum and mean."""

    file: str
    first_byte: int
    size: tuple
    values: tuple
    model: str
    inner: tuple
    """fx, fy, cx, cy: from H, V and A by hand."""
    where: tuple
    """Rover, camera, eye, sol, site, drive, sclk."""
    position: tuple
    counter: tuple
    sun: tuple
    start: str


GOLDENS = [
    Golden(
        "msl/NRB_701383954RAS_F0933408NCAM00200M1.IMG", 49152, (1024, 1024), (35, 793, 142.1605),
        "CAHVOR", (1220.315, 1219.932, 509.344, 517.318),
        ("curiosity", "navcam", "right", 3423, 93, 3408, 701383954.419),
        (151.271, -156.017, 22.3253), (93, 3408, 55, 340, 0, 0, 1450, 96, 12, 0),
        (263.701, 6.32786), "2022-03-24T09:42:32.180",
    ),
    Golden(
        "m2020/NLG_0900_0746838848_005FDR_N0440898NCAM00500_0A02I4J01.IMG", 46080, (1280, 336),
        (283, 4095, 1795.9003), "CAHVORE", (739.627, 739.460, 648.325, 221.288),
        ("perseverance", "navcam", "left", 900, 44, 898, 746838848.005),
        (108.243, -92.1617, -5.62717), (44, 898, 10, 0, 0, 0, 84, 92, 0, 0),
        (287.792, 72.2627), "2023-09-01T11:26:08.010",
    ),
    Golden(
        "mer/1N491020834ILFCNY9P0706L0M1.IMG", 43008, (1024, 1024), (356, 4002, 1137.88),
        "CAHVOR", (1223.280, 1223.699, 500.749, 502.777),
        ("opportunity", "navcam", "left", 4087, 195, 973, 491020834.996),
        (73.9193, 65.9703, 6.56288), (195, 973, 5, 28, 59),
        (281.32, 39.9652), "2015-07-24T14:35:41.942",
    ),
    Golden(
        "mer/1N491020376ILFCNY9P0706L0M1.IMG", 43008, (1024, 1024), (517, 4029, 1421.71),
        "CAHVOR", (1223.285, 1223.697, 500.749, 502.777),
        ("opportunity", "navcam", "left", 4087, 195, 973, 491020376.621),
        (73.9193, 65.9703, 6.56288), (195, 973, 5, 25, 59),
        (281.703, 41.7863), "2015-07-24T14:28:03.539",
    ),
    Golden(
        "mer/1N491020519ILFCNY9P0706L0M1.IMG", 43008, (1024, 1024), (446, 4052, 1424.3966),
        "CAHVOR", (1223.286, 1223.696, 500.750, 502.778),
        ("opportunity", "navcam", "left", 4087, 195, 973, 491020519.871),
        (73.9193, 65.9703, 6.56288), (195, 973, 5, 26, 59),
        (281.58, 41.2175), "2015-07-24T14:30:26.798",
    ),
    Golden(
        "mer/1F483288473EFFCMUFP1214L0M1.IMG", 40960, (1024, 1024), (5, 4046, 840.053),
        "CAHVORE", (454.772, 454.805, 496.069, 510.415),
        ("opportunity", "front_hazcam", "left", 4000, 194, 835, 483288473.496),
        (-84.1293, -26.1436, 3.59172), (194, 835, 1, 0, 0),
        (213.273, 78.5822), "2015-04-26T02:37:16.685",
    ),
    Golden(
        "mer/1F483644096EFFCMX8P1214L0M1.IMG", 40960, (1024, 1024), (33, 4018, 963.1606),
        "CAHVORE", (454.772, 454.805, 496.069, 510.415),
        ("opportunity", "front_hazcam", "left", 4004, 194, 936, 483644096.371),
        (-81.4978, -15.0825, 2.2503), (194, 936, 1, 0, 0),
        (224.338, 77.8345), "2015-04-30T05:24:41.105",
    ),
]  # fmt: skip


@pytest.fixture(params=GOLDENS, ids=lambda golden: golden.file.split("/")[-1][:14])
def golden(request):
    return request.param


@pytest.fixture
def product(real, golden):
    return read_product(real / golden.file)


def test_every_real_product_has_a_golden(real):
    there = {path.relative_to(real).as_posix() for path in real.rglob("*.IMG")}
    assert there == {golden.file for golden in GOLDENS}


def test_pixels(product, golden):
    assert product.raster.offset == golden.first_byte
    counts = pixels.counts(product)
    assert counts.shape == (1, golden.size[1], golden.size[0])
    assert (counts.min(), counts.max()) == golden.values[:2]
    assert abs(counts.mean() - golden.values[2]) < 0.005
    assert product.bits == 12
    assert pixels.valid(product, counts).mean() > 0.999
    grey = pixels.grey(counts, product.bits, pixels.white_level(product, counts))
    assert 20 < grey.mean() < 150


def test_camera(product, golden):
    assert product.model.name == golden.model
    inner = intrinsics(product.model.model)
    assert np.allclose((inner.hs, inner.vs, inner.hc, inner.vc), golden.inner, atol=6e-4)


def test_small_numbers_of_the_lens_survive(real):
    """Exponents such as 1.35787e-05 have been dropped by other readers."""
    curiosity = read_product(real / GOLDENS[0].file).model.model
    assert curiosity.r.tolist() == [1.35787e-05, 0.00183074, -0.0057552]
    perseverance = read_product(real / GOLDENS[1].file).model.model
    assert perseverance.e.tolist() == [-8.0e-09, 1.0e-08, -2.9e-08]
    assert perseverance.linearity == 0.0
    hazcam = read_product(real / GOLDENS[5].file).model.model
    assert hazcam.r.tolist() == [3e-06, -0.012015, -0.007525]
    assert hazcam.linearity == 0.37


def test_where_and_when(product, golden):
    rover, camera, eye, sol, site, drive, sclk = golden.where
    assert (product.rover, product.camera, product.eye) == (rover, camera, eye)
    assert (product.sol, product.site, product.drive, product.sclk) == (sol, site, drive, sclk)
    assert product.rover_pose.pose.translation.tolist() == list(golden.position)
    assert product.rover_pose.reference_index == (site,)
    assert product.counter == golden.counter
    assert (product.sun.azimuth, product.sun.elevation) == golden.sun
    assert product.start == np.datetime64(golden.start, "ns").astype(int)


def test_the_name_says_the_same_as_the_label(product):
    named = names.product_of(product.path.stem)
    assert names.site_and_drive(named) == (product.site, product.drive)
    assert (named.rover, named.sol) == (product.rover, product.sol)


def test_pointing_agrees_with_the_label(real):
    """INSTRUMENT_AZIMUTH and _ELEVATION of the labels are those of the middle of the image."""
    for golden, azimuth, elevation in (
        (GOLDENS[0], 345.786, -50.0848), (GOLDENS[1], 192.619, -1.14887)
    ):  # fmt: skip
        product = read_product(real / golden.file)
        camera = camera_on_rover(product)
        middle = [[(length - 1) / 2 for length in golden.size]]
        if golden is GOLDENS[1]:  # the label means the middle of the detector
            middle = [[1280 / 2 - 0.5, (1920 - 1056) / 4 - 0.5]]
        _, ray = camera.unproject(np.array(middle))
        ours = azimuth_elevation(ray[0])
        assert np.allclose(ours, (azimuth, elevation), atol=0.002)


def test_rover_stands_in_odom(real):
    """x east, y north, z up: Curiosity 151.271 m north and 156.017 m west of its site."""
    product = read_product(real / GOLDENS[0].file)
    pose = local_from_body(product.rover_pose.pose)
    assert np.allclose(pose.translation, (-156.017, 151.271, -22.3253))


def test_skyline_of_perseverance(real):
    """The image is brighter above the horizon that camera and pose put into it than below."""
    product = read_product(real / GOLDENS[1].file)
    counts = pixels.counts(product)[0].astype(float)
    view = rectified(product, None)
    site_from_left = product.rover_pose.pose @ view.rover_from_left
    azimuth = np.deg2rad(np.arange(35.0, 100.0))
    level = np.stack([np.cos(azimuth), np.sin(azimuth), 0 * azimuth], axis=1)
    rays = level @ site_from_left.rotation
    raw, seen = product.model.model.project(
        product.model.model.c + 1e5 * (level @ product.rover_pose.pose.rotation)
    )
    u, v = np.rint(raw[seen]).astype(int).T
    inside = (u >= 0) & (u < 1280) & (v > 20) & (v < 310)
    assert inside.sum() > 40
    above = counts[v[inside] - 15, u[inside]]
    below = counts[v[inside] + 25, u[inside]]
    assert (above > below + 100).mean() > 0.9
    assert np.isfinite(view.left.project(rays)[0][view.left.project(rays)[1]]).all()
