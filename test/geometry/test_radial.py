"""The lens polynomial: its turning point and its inverse, against brute force."""

import numpy as np
import pytest

from ai4mars_nav.geometry.radial import distort, limit, undistort

LENSES = [
    (1.36e-05, 0.00183, -0.00576),  # turns back at 67 degrees
    (0.001, -0.0022, 0.0185),  # dips but always grows
    (3e-06, -0.012, -0.0075),
    (0.0, 0.0, 0.0),
    (0.1, -0.3, 0.0),
    (0.0, -1.2, 0.5),  # turns back, then grows again
    (-0.2, 0.5, 3.0),
]


@pytest.mark.parametrize("lens", LENSES)
def test_limit_is_where_the_polynomial_turns_back(lens):
    r = np.array(lens)
    x = np.linspace(0.0, 5.0, 500_001)
    falls = np.flatnonzero(np.diff(distort(r, x)) < 0.0)
    turning = x[falls[0]] if falls.size else np.inf
    assert limit(r) == pytest.approx(turning, abs=2e-5) or (limit(r) > 5.0 and np.isinf(turning))


@pytest.mark.parametrize("lens", LENSES)
def test_undistort_is_the_inverse_up_to_the_limit(lens):
    r = np.array(lens)
    end = min(limit(r), 20.0)
    x = np.concatenate([[0.0, 1e-12], np.linspace(0.0, 0.999 * end, 4001)])
    back = undistort(r, distort(r, x))
    assert np.abs(distort(r, back) - distort(r, x)).max() < 1e-13 * (1.0 + distort(r, x).max())
    assert np.abs(back - x).max() < 1e-9


@pytest.mark.parametrize("lens", [lens for lens in LENSES if np.isfinite(limit(np.array(lens)))])
def test_values_that_no_point_gives_are_nan(lens):
    r = np.array(lens)
    highest = distort(r, np.array([limit(r)]))[0]
    back = undistort(r, np.array([0.5 * highest, 1.001 * highest, 10.0 * highest, np.nan]))
    assert np.isfinite(back).tolist() == [True, False, False, False]
