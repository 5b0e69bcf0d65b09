"""The search page in a real browser, over a real server and store."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ..browser import ENTER, RIGHT, free_port, running_browser, wait_for
from .accessible import faint_texts, nameless, small_targets, tab_path
from .made_sources import write_table
from .served import Served, stopping

COUNT = 36
NAMES = [f"0077MR{n:06d}0C00_DRCL" for n in range(COUNT)]
CLASSES = ("wheel", "drill", "ground")


def sure(number):
    """Probabilities of the classes of an image: one is likely, the others are out of question."""
    return tuple(np.roll([0.5 + 0.45 * number / COUNT, 0.001, 0.001], number % 3))


def wheels(percent):
    """Images that are called a wheel with so much confidence."""
    return [n for n in range(0, COUNT, 3) if 100 * sure(n)[0] >= percent]


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A running server over a catalogue that `ingest` made."""
    home = tmp_path_factory.mktemp("search")
    pictures = home / "pictures"
    pictures.mkdir()
    rng = np.random.default_rng(0)
    for name in NAMES:
        cv2.imwrite(str(pictures / f"{name}.png"), rng.integers(0, 255, (48, 64), np.uint8))
    shares = {f"{name}.png": sure(n) for n, name in enumerate(NAMES)}
    write_table(home / "table", [shares])
    one = Served(home / "archive.db", pictures, free_port())
    one.command("ingest", str(home / "table"), "--images", str(pictures))
    with stopping(one):
        one.start()
        yield one


@pytest.fixture
def page(browser, served):
    """The search page, all that is in the catalogue."""
    browser.desk()
    browser.colours("light")
    browser.open(served.address)
    browser.complaints()
    assert found(browser) == COUNT
    yield browser
    browser.desk()
    browser.colours("light")


def found(browser):
    """How many images the page says it found."""
    return int(browser.text("#found").split()[0].replace(",", ""))


def shown(browser):
    """What the gallery shows, in order."""
    return browser.run(
        "return [...document.querySelectorAll('#gallery .name')].map((one) => one.textContent)"
    )


def test_facet_slider_and_text_and_the_address_says_it_all(page, tmp_path):
    assert int(page.text("label:has(#class-wheel) .count")) == len(wheels(0))
    page.click("#class-wheel")
    wait_for(lambda: found(page) == len(wheels(0)))
    page.run("document.getElementById('confidence').focus()")
    page.press([RIGHT] * 80)
    few = wheels(80)
    assert 0 < len(few) < len(wheels(0))
    wait_for(lambda: found(page) == len(few))
    assert sorted(shown(page)) == [NAMES[n] for n in few]
    page.type("#q", NAMES[few[0]])
    wait_for(lambda: shown(page) == [NAMES[few[0]]])

    with running_browser(tmp_path) as other:
        other.open(page.url)
        assert shown(other) == [NAMES[few[0]]]
        assert other.run("return document.getElementById('class-wheel').checked")
        assert other.run("return document.getElementById('confidence').value") == "80"
        assert other.complaints() == []

    page.run("history.back()")
    wait_for(lambda: found(page) == len(few))
    assert page.complaints() == []


def test_words_find_classes(page):
    page.press("/")
    page.press("drill")
    wait_for(lambda: found(page) == COUNT // 3)
    assert set(shown(page)) == {NAMES[n] for n in range(COUNT) if n % 3 == 1}
    assert page.complaints() == []


def test_with_keys_alone_to_an_image_and_back(page):
    page.click("#class-wheel")
    wait_for(lambda: found(page) == len(wheels(0)))
    names = shown(page)
    page.run("document.querySelector('#gallery a').focus()")
    page.press([RIGHT, RIGHT, ENTER])
    wait_for(lambda: page.text("h1") == names[2])
    wait_for(lambda: page.run("return document.querySelector('main img').naturalWidth > 0"))
    page.click("#after")
    wait_for(lambda: page.text("h1") == names[3])
    page.click("#back")
    wait_for(lambda: shown(page) == names)
    assert page.complaints() == []


def test_every_thumbnail_comes(page):
    page.run("document.querySelectorAll('#gallery img').forEach((one) => (one.loading = 'eager'))")
    wait_for(lambda: page.run(
        "return [...document.querySelectorAll('#gallery img')].every((one) => one.naturalWidth)"
    ))  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_read_and_reach_it(page, served, scheme):
    page.colours(scheme)
    page.click("#class-wheel")
    wait_for(lambda: found(page) == len(wheels(0)))
    path = tab_path(page)
    wanted = ["q", "confidence", "class-wheel", "sort"]
    assert [name for name in path if name in wanted] == wanted
    image = page.run("return document.querySelector('#gallery a').href")
    for address in (page.url, image, f"{served.address}/map", f"{served.address}/usage"):
        page.open(address)
        assert faint_texts(page) == [], address
        assert nameless(page) == [], address
        assert page.complaints() == [], address


def test_on_a_phone(page, served):
    image = page.run("return document.querySelector('#gallery a').href")
    page.phone()
    for address in (served.address, image, f"{served.address}/usage"):
        page.open(address)
        assert page.run("return document.documentElement.scrollWidth <= innerWidth"), address
        assert small_targets(page, 40) == [], address
        assert page.complaints() == [], address
