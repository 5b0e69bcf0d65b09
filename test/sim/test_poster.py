"""The page: text, bars and panels land where they should and nowhere else."""

from __future__ import annotations

import numpy as np

from ai4mars_nav.sim import poster
from ai4mars_nav.sim.poster import INK, PAPER, Panel


def blank(height: int = 120, width: int = 300) -> np.ndarray:
    return np.full((height, width, 3), 200, np.uint8)


def inked(picture: np.ndarray) -> tuple[int, int, int, int]:
    """First and last row and column (exclusive) of what is darker than the blank."""
    rows, columns = np.nonzero(picture[..., 0] < 150)
    return rows.min(), rows.max() + 1, columns.min(), columns.max() + 1


def test_words_stand_on_their_baseline_at_their_height() -> None:
    picture = blank()
    poster.write(picture, "HIH", 40, 80, 20, INK)
    top, bottom, left, right = inked(picture)
    assert abs(bottom - 80) <= 2 and abs((bottom - top) - 20) <= 3
    assert abs(left - 40) <= 4 and right < 120


def test_centred_words_are_centred() -> None:
    picture = blank()
    poster.write(picture, "HIH", 150, 80, 20, INK, centred=True)
    _, _, left, right = inked(picture)
    assert abs((left + right) / 2 - 150) <= 3


def test_words_over_the_border_are_cut_off() -> None:
    for x, y in ((-20, 10), (290, 119), (150, -40), (150, 300), (400, 50)):
        picture = blank()
        poster.write(picture, "over the border", x, y, 12, INK, edge=PAPER)
        assert picture.shape == (120, 300, 3)


def test_a_scale_bar_is_as_long_as_its_metres() -> None:
    picture = blank(200, 300)
    poster.scale_bar(picture, pixels_per_metre=24.0, metres=5.0)
    bar = np.all(picture[200 - 19] == INK, axis=1)
    assert abs(int(bar.sum()) - 120) <= 1


def test_a_colour_bar_runs_from_left_to_right() -> None:
    picture = blank(100, 300)
    ramp = np.linspace([0, 0, 0], [255, 255, 255], 256).astype(np.uint8)
    poster.colour_bar(picture, ramp, [(0.0, "0"), (1.0, "1")], "bar")
    row = picture[34, 300 - 172 : 300 - 22, 0].astype(int)
    assert row[0] < 10 and row[-1] > 245 and np.all(np.diff(row) >= 0)


def test_a_page_holds_all_panels_unchanged() -> None:
    random = np.random.default_rng(0)
    pictures = [random.integers(0, 255, (90, 110, 3)).astype(np.uint8) for _ in range(5)]
    sheet = poster.page(
        "Title", "subtitle", [Panel(f"panel {i}", "note", p) for i, p in enumerate(pictures)], 3
    )
    for picture in pictures:
        corners = np.argwhere(np.all(sheet[:-90, :-110] == picture[0, 0], axis=2))
        assert any(np.array_equal(sheet[r : r + 90, c : c + 110], picture) for r, c in corners)
    assert tuple(sheet[-1, -1]) == PAPER


def test_few_greys_stay_near_the_picture() -> None:
    picture = np.arange(256, dtype=np.uint8).reshape(16, 16)
    reduced = poster.few_greys(picture, 64)
    assert len(np.unique(reduced)) == 64
    assert np.abs(reduced.astype(int) - picture.astype(int)).max() <= 2
