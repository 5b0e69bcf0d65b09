"""The film of a replay: pages of one size that fit a screen, whatever shape the images have."""

from __future__ import annotations

import numpy as np
import pytest

from ai4mars_nav.replay.film import HEIGHT, WIDEST, film
from ai4mars_nav.replay.glimpses import Glimpse, Glimpses
from ai4mars_nav.sim.cost_colours import LETHAL, RAMP, UNSEEN, paint_cost


def glimpses(height: int, width: int) -> Glimpses:
    grey = np.full((height, width), 90, np.uint8)
    return Glimpses([Glimpse(stamp, grey, grey % 4, grey, []) for stamp in (5, 10**9)])


@pytest.mark.parametrize("shape", [(256, 256), (553, 640), (600, 20), (1, 1)])
def test_images_stand_beside_the_map(shape: tuple[int, int]) -> None:
    for page in film(glimpses(*shape)):
        assert page.shape[0] < HEIGHT + 60
        assert page.shape[1] < 3 * WIDEST + HEIGHT + 60


@pytest.mark.parametrize("shape", [(336, 1280), (10, 2000), (100, 500)])
def test_wide_images_stand_over_one_another(shape: tuple[int, int]) -> None:
    """A tile of Perseverance's NAVCAM is four times as wide as high: its page had 3759 columns."""
    first, second = film(glimpses(*shape))
    assert first.shape == second.shape
    assert first.shape[1] < WIDEST + HEIGHT + 60
    assert first.shape[0] > HEIGHT


def test_costs_have_the_colours_of_the_bar() -> None:
    picture = np.empty((1, 5, 3), np.uint8)
    picture[:] = UNSEEN
    paint_cost(picture, np.array([[-1, 1, 50, 99, 100]], np.int8))
    wanted = [UNSEEN, tuple(RAMP[0]), tuple(RAMP[49]), tuple(RAMP[98]), LETHAL]
    assert [tuple(colour) for colour in picture[0]] == wanted
    assert np.all(np.diff(RAMP.astype(int).sum(axis=1)[::14]) < 0), "cheap is light, dear is dark"
