"""The error model against its closed form and against noise sent through a real triangulation."""

import numpy as np
import pytest

from ai4mars_nav.geometry.errors import GeometryError
from ai4mars_nav.geometry.range_error import RangeError

FOCAL, BASELINE, CAMERA_HEIGHT = 1220.0, 0.424, 1.9
NAVCAM = RangeError(FOCAL * BASELINE, 0.25)


def test_known_values_of_the_navcam():
    assert NAVCAM.range_sigma(np.array([10.0, 20.0, 30.0])) == pytest.approx(
        [0.048, 0.193, 0.435], abs=1e-3
    )


@pytest.mark.parametrize("depth", [5.0, 12.0, 25.0])
def test_noise_through_a_triangulation_spreads_as_predicted(depth):
    rng = np.random.default_rng(7)
    disparity = FOCAL * BASELINE / depth + rng.normal(0.0, 0.25, 200_000)
    row = FOCAL * CAMERA_HEIGHT / depth + rng.normal(0.0, 0.25, 200_000)
    z = FOCAL * BASELINE / disparity
    assert z.std() == pytest.approx(NAVCAM.range_sigma(np.float64(depth)), rel=0.02)
    # a point on level ground, seen by a level camera: its height below the camera is row * z / f
    height = row * z / FOCAL
    assert height.std() == pytest.approx(
        NAVCAM.height_sigma(np.float64(depth), np.float64(-CAMERA_HEIGHT), 1 / FOCAL), rel=0.02
    )


def test_height_is_known_far_better_than_range_from_a_mast():
    depth = np.array([10.0, 20.0, 30.0])
    assert (NAVCAM.height_sigma(depth, np.full(3, CAMERA_HEIGHT)) < 0.03).all()


@pytest.mark.parametrize("bad", [0.0, -1.0, np.nan, np.inf])
def test_impossible_parameters_are_refused(bad):
    with pytest.raises(GeometryError, match="focal_baseline"):
        RangeError(bad, 0.25)
    with pytest.raises(GeometryError, match="disparity_sigma"):
        RangeError(500.0, bad)
