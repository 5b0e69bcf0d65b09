"""The review page in a real browser: keys, clicks, reloading, and the file that is saved."""

from __future__ import annotations

import numpy as np
import pytest

from ai4mars_nav.dataset import review, review_page, tables
from ai4mars_nav.dataset.images import write_image

from ..browser import LEFT, RIGHT, running_browser, wait_for

ODD = 'a"b, c'


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """A browser; skips where there is none that starts and opens a file."""
    with running_browser(tmp_path_factory.mktemp("browser")) as one:
        yield one


def ratings(browser) -> list[str]:
    return browser.run("return cards.map(chosen)")


def state(browser) -> str:
    return browser.run("return document.getElementById('state').textContent")


def make(folder, rated, names=("ann", ODD, "bob")):
    """A page of labels of one image."""
    cards = []
    for n, name in enumerate(names):
        label = np.full((60, 80), 255, np.uint8)
        label[10:50, 10 * n + 10 :] = n
        picture = f"pictures/{n}.png"
        write_image(folder / picture, review.overlay(np.full((60, 80, 3), 90, np.uint8), label))
        cards.append(review_page.Card(("P", name), n / 10, picture))
    folder.mkdir(exist_ok=True)
    (folder / "index.html").write_text(review_page.page(cards, rated), encoding="utf-8")
    return folder / "index.html"


def saved(browser):
    """What the page saves as ratings.csv, read as the commands read it."""
    path = browser.home / "ratings.csv"
    path.unlink(missing_ok=True)
    browser.click("#save")
    wait_for(lambda: path.stat().st_size)
    return tables.read_ratings(path)


def test_keys_rate_and_a_reload_forgets_nothing(browser, tmp_path):
    index = make(tmp_path / "review", {("P", ODD): 4, ("Q", "gone"): 1, ("Q", "</script>"): None})
    browser.open(index)
    assert ratings(browser) == ["", "4", ""]
    assert state(browser) == "1 of 3 rated"
    browser.press("11")  # the first, and the second that had 4
    assert ratings(browser) == ["1", "1", ""]
    browser.press("5" + LEFT + "0")
    assert ratings(browser) == ["1", "", "5"]
    browser.press(RIGHT + "3")
    assert state(browser) == "2 of 3 rated, not saved yet"
    browser.open(index)
    assert ratings(browser) == ["1", "", "3"]
    browser.click("figure:nth-child(2) label:nth-of-type(2) b")
    assert ratings(browser) == ["1", "2", "3"]
    browser.press("4")  # the keys follow the mouse
    assert ratings(browser) == ["1", "4", "3"]
    assert saved(browser) == {
        ("Q", "gone"): 1, ("Q", "</script>"): None,
        ("P", "ann"): 1, ("P", ODD): 4, ("P", "bob"): 3,
    }  # fmt: skip
    assert state(browser) == "3 of 3 rated"
    browser.open(index)
    assert state(browser) == "3 of 3 rated"


def test_a_page_made_again_keeps_what_was_not_saved(browser, tmp_path):
    index = make(tmp_path / "review", {})
    browser.open(index)
    browser.press("23")
    make(tmp_path / "review", {("P", "ann"): 5})
    browser.open(index)
    assert ratings(browser) == ["5", "3", ""]  # the file is newer where it changed


def test_pages_in_other_folders_are_other_reviews(browser, tmp_path):
    browser.open(make(tmp_path / "one", {}))
    browser.press("222")
    browser.open(make(tmp_path / "two", {}))
    assert ratings(browser) == ["", "", ""]


def test_every_picture_is_shown(browser, tmp_path):
    browser.open(make(tmp_path / "review", {}))
    wait_for(lambda: browser.run(
        "return [...document.images].every(i => i.complete && i.naturalWidth === 160)"
    ))  # fmt: skip
    assert browser.picture().startswith(b"\x89PNG")
    overflow = "return document.documentElement.scrollWidth > innerWidth"
    assert browser.run(overflow) is False
