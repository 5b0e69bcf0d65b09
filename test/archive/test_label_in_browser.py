"""The labelling page in a real browser, over a real server: mouse, keys, fingers, kills."""

from __future__ import annotations

import numpy as np
import pytest

from ai4mars_nav.cli import main

from ..browser import (
    CONTROL,
    DOWN,
    ENTER,
    LEFT,
    RIGHT,
    SHIFT,
    TAB,
    UP,
    free_port,
    wait_for,
)
from .accessible import faint_texts, nameless, small_targets, tab_path
from .label_page import LabelPage, sign_in, sign_out
from .served import PASSWORD, Served, stopping
from .site import NAMES, add_project, make_site, truth
from .stored import drafts, labels, rows

SAND = [(2, 32), (37, 32), (37, 94), (2, 94)]
"""Corners of a polygon in what is sand in every image."""


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A running server over a store with a labeller."""
    home = tmp_path_factory.mktemp("label")
    one = Served(home / "archive.db", make_site(home), free_port())
    one.add_account("ann", "labeller")
    one.add_account("ada", "admin")
    with stopping(one):
        one.start()
        yield one


@pytest.fixture(scope="module")
def ann(browser, served):
    """A browser in which ann is signed in."""
    sign_in(browser, served, "ann", "/label")
    return browser


@pytest.fixture
def fresh(ann):
    """The same, as it is at a desk by day."""
    ann.complaints()
    yield ann
    ann.desk()
    ann.colours("light")


@pytest.fixture
def pixels(fresh, served, request):
    """The page of a project of this test's own, of pixels, after its tutorial."""
    number = add_project(served, request.node.name, "pixels")
    page = LabelPage(fresh, served, number)
    fresh.click("#tutorial-skip")
    page.ready()
    return page


def drawn_sand(page):
    """Draw a polygon of sand; the image's product."""
    page.browser.press("p3")
    page.tap(*SAND)
    page.browser.press("c")
    return page.product


def save(page):
    page.browser.click("#save")
    page.ready()


def test_polygon_brush_eraser_undo_later_and_take_back(pixels):
    browser = pixels.browser
    first = pixels.product
    pixels.browser.press("3")
    pixels.tap(*SAND)
    assert pixels.said == "point 4"
    pixels.tap(SAND[0])
    assert pixels.said == "polygon closed: sand, polygon of 4 points"
    browser.press("b2")
    pixels.drag((95, 40), (110, 60), (120, 90))
    assert "bedrock" in pixels.said
    browser.press("e")
    pixels.drag((20, 60), (20, 61))
    assert pixels.shapes()[0].endswith("rubbed out by a stroke")
    browser.press("z", holding=CONTROL)
    browser.press("z", holding=CONTROL)
    browser.press("y", holding=CONTROL)
    assert pixels.said.startswith("done again: stroke: bedrock")
    assert len(pixels.shapes()) == 2
    browser.click("#redo")
    assert len(pixels.shapes()) == 3

    pixels.act("later")
    assert pixels.product != first
    for n in range(3):  # what was put off comes last, with what was drawn on it
        assert pixels.product != first
        drawn_sand(pixels)
        save(pixels)
        assert pixels.progress == f"{n + 1} of 4 images done; {n + 1} by you"
    assert pixels.product == first
    assert len(pixels.shapes()) == 3
    save(pixels)
    assert pixels.empty
    browser.click("#again")
    pixels.ready()
    assert (pixels.product, len(pixels.shapes())) == (first, 3)
    browser.press("z", holding=CONTROL)
    assert pixels.said == "nothing to undo"  # what was saved is where history begins
    save(pixels)
    assert pixels.empty

    found = labels(pixels)
    assert sorted(found) == NAMES
    assert rows(pixels, "count(*)", "a.taken_back IS NOT NULL") == [(1,)]
    label = found[first]
    assert label[60, 20] == 255  # rubbed out
    assert (label[40:90, 4:10] == 2).all()
    assert (label[88, 118:122] == 1).all()
    assert (label[:30] == 255).all()
    judged = label != 255
    assert (label == truth(NAMES.index(first)))[judged].mean() > 0.98
    assert browser.complaints() == []


def test_points_are_moved_added_and_removed_and_shapes_change_class(pixels):
    browser = pixels.browser
    browser.press("3")
    pixels.tap((10, 40), (30, 40), (30, 60), (10, 60), (10, 40))
    browser.press("v")
    pixels.tap((20, 50))
    assert pixels.said == "chosen: sand, polygon of 4 points"
    pixels.drag((30, 60), (33, 63), (40, 70))
    assert pixels.said == "point moved: sand, polygon of 4 points"
    pixels.drag((20, 40), (20, 35), (20, 30))
    assert pixels.said == "point added: sand, polygon of 5 points"
    browser.press("\ue017")  # Delete: the point that was moved last
    assert pixels.said == "point removed: sand, polygon of 4 points"
    browser.press("1")
    assert pixels.said == "class changed: soil, polygon of 4 points"
    product = pixels.product
    save(pixels)
    label = labels(pixels)[product]
    assert label[65, 37] == 0  # only there because the corner was moved
    assert label[35, 20] == 255


def test_a_loop_drawn_in_one_go_closes_itself(pixels):
    around = [(64 + 20 * np.cos(a), 60 + 20 * np.sin(a)) for a in np.linspace(0, 6, 40)]
    pixels.browser.press("4")
    pixels.drag(*around)
    (one,) = pixels.shapes()
    assert one.startswith("1. big rock, polygon of ")
    assert 8 <= int(one.split()[-2]) <= 40


def test_nothing_but_the_keyboard(pixels):
    browser = pixels.browser
    for _ in range(30):
        browser.press([TAB])
        if browser.run("return document.activeElement.id") == "stage":
            break
    browser.press("4")
    browser.press([LEFT] * 4 + [UP] * 4 + [ENTER] + [RIGHT] * 8 + [ENTER] + [DOWN] * 8 + [ENTER])
    assert pixels.said == "point 3"
    browser.press("c")
    assert pixels.said == "polygon closed: big rock, polygon of 3 points"
    browser.press("b1]")
    browser.press([ENTER] + [LEFT] * 3)
    browser.press([LEFT] * 5, holding=SHIFT)
    browser.press([ENTER])
    assert "stroke: soil" in pixels.shapes()[0] or "soil, stroke" in pixels.shapes()[0]
    assert pixels.said == "pen lifted"
    product = pixels.product
    browser.press([ENTER], holding=CONTROL)
    wait_for(lambda: pixels.product != product)
    label = labels(pixels)[product]
    assert (label == 3).sum() > 50
    assert (label == 0).sum() > 20


def test_a_server_that_is_killed_loses_nothing(pixels):
    served, browser = pixels.served, pixels.browser
    first = drawn_sand(pixels)
    served.kill()
    browser.click("#save")
    pixels.until("return !document.getElementById('trouble').hidden")
    assert "kept here" in browser.text("#trouble")
    assert rows(pixels, "count(*)") == [(0,)]
    served.start()
    wait_for(lambda: pixels.product != first)
    assert list(labels(pixels)) == [first]
    assert browser.run("return document.getElementById('trouble').hidden")

    # unfinished work is there after the next kill, even in a browser that knows nothing of it
    second = drawn_sand(pixels)
    wait_for(lambda: drafts(pixels) == 1)
    served.kill()
    browser.run("localStorage.clear()")
    served.start()
    pixels.open()
    assert (pixels.product, len(pixels.shapes())) == (second, 1)
    save(pixels)
    assert sorted(labels(pixels)) == sorted([first, second])
    # a browser logs what it could not reach; nothing else
    assert all("ERR_CONNECTION_REFUSED" in words for words in browser.complaints())


def test_an_answer_on_its_way_when_the_page_is_left_arrives_later(pixels):
    browser = pixels.browser
    browser.cdp("Network.enable")
    browser.cdp("Network.setBlockedURLs", urls=["*/answer"])
    first = drawn_sand(pixels)
    browser.click("#save")
    pixels.until("return !document.getElementById('trouble').hidden")
    browser.open("about:blank")
    browser.cdp("Network.setBlockedURLs", urls=[])
    assert rows(pixels, "count(*)") == [(0,)]
    pixels.open()
    assert list(labels(pixels)) == [first]
    assert pixels.progress == "1 of 4 images done; 1 by you"


def test_the_tutorial_says_what_is_right(fresh, served):
    number = add_project(served, "tutorial", "pixels")
    page = LabelPage(fresh, served, number)
    assert fresh.text("#tutorial-words") == "Draw the sand on the left."
    fresh.click("#tutorial-go")
    assert "nothing is drawn yet" in fresh.text("#tutorial-feedback")
    fresh.press("1")  # wrong: it is sand
    page.tap(*SAND)
    fresh.press("c")
    fresh.click("#tutorial-go")
    page.until("return document.getElementById('tutorial-feedback').textContent.includes('%')")
    words = fresh.text("#tutorial-feedback")
    assert words.startswith("0 % of what you labelled agrees with the example.")
    assert "you called soil, and it is sand" in words
    fresh.click("#tutorial-go")
    page.until("return document.getElementById('tutorial').hidden")
    page.ready()
    assert rows(page, "count(*)") == [(0,)]
    page.open()
    assert fresh.run("return document.getElementById('tutorial').hidden")
    assert fresh.complaints() == []


def test_whole_images_by_number_keys(fresh, served):
    browser, page = fresh, LabelPage(fresh, served, add_project(served, "content", "image"))
    browser.press("1")
    browser.press([ENTER])
    page.until("return document.getElementById('tutorial-feedback').textContent")
    assert browser.text("#tutorial-feedback") == "Not quite, this is Ripples. Ripples all over."
    browser.press([ENTER])
    page.until("return document.getElementById('tutorial').hidden")
    page.ready()
    browser.press([ENTER])
    assert page.said == "no class is chosen yet; press Later if you cannot say"
    given = {}
    for key in "1233":
        product = page.product
        given[product] = int(key) - 1
        browser.press(key)
        if key == "2":
            browser.type("#note", "half of it")
            browser.press([ENTER], holding=CONTROL)
        else:
            browser.press([ENTER])
        wait_for(lambda product=product: page.empty or page.product != product)
        page.ready()
    assert page.empty
    found = rows(page, "i.product, a.content ->> '$.classes[0]', a.content ->> '$.note'")
    assert {product: value for product, value, _ in found} == given
    assert sorted(note for _, _, note in found) == ["", "", "", "half of it"]
    assert browser.complaints() == []


def test_on_a_phone_with_fingers(pixels):
    browser = pixels.browser
    browser.phone()
    pixels.open()
    assert browser.run("return document.documentElement.scrollWidth <= innerWidth")
    assert small_targets(browser, 40) == []
    browser.click("#classes button:nth-child(3)")
    pixels.tap(*SAND, kind="touch")
    pixels.tap(SAND[0], kind="touch")
    assert pixels.said == "polygon closed: sand, polygon of 4 points"
    where = pixels.at(64, 48)
    apart = [[(where[0] + s * 20, where[1]), (where[0] + s * 90, where[1])] for s in (-1, 1)]
    before = browser.picture()
    browser.strokes(apart, kind="touch")  # two fingers: larger, and nothing drawn
    wait_for(lambda: browser.picture() != before)
    assert len(pixels.shapes()) == 1
    product = pixels.product
    save(pixels)
    assert (labels(pixels)[product][40:90, 4:34] == 2).all()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_read_and_reach_it(pixels, scheme):
    browser = pixels.browser
    browser.colours(scheme)
    browser.press("3")
    pixels.tap(*SAND)
    browser.press("c")
    browser.run("document.querySelectorAll('details').forEach((d) => (d.open = true))")
    assert faint_texts(browser) == []
    assert nameless(browser) == []
    path = tab_path(browser)
    wanted = ["stage", "out", "fit", "in", "polygon", "pen", "brightness", "undo", "later", "save"]
    assert [name for name in path if name in wanted] == wanted
    browser.press("?")
    assert faint_texts(browser) == []
    assert browser.complaints() == []


def test_from_the_invitation_to_training(fresh, served, tmp_path):
    pytest.importorskip("torch")
    browser, number = fresh, add_project(served, "gale", "pixels")
    browser.open(served.address + "/label")
    sign_out(browser)
    sign_in(browser, served, "ada", "/admin")
    browser.click("form[action='/admin/invitations'] button")
    code = browser.text(".invited code")
    sign_out(browser)

    browser.open(f"{served.address}/account/join")
    for field, text in (("code", code), ("name", "bob"), ("password", PASSWORD)):
        browser.type(f"#{field}", text)
    browser.type("#again", PASSWORD)
    browser.click("main button")
    wait_for(lambda: browser.url.endswith("/label"))
    browser.click(f"main a[href='/label/{number}']")
    page = LabelPage(browser, served, number)
    drawn_sand(page)
    browser.click("#tutorial-go")
    page.until("return document.getElementById('tutorial-feedback').textContent.includes('%')")
    assert browser.text("#tutorial-feedback").startswith("100 %")
    browser.click("#tutorial-go")
    page.until("return document.getElementById('tutorial').hidden")
    page.ready()
    for _ in NAMES:
        drawn_sand(page)
        browser.press("b2")
        page.drag((110, 40), (110, 90))
        save(page)
    assert page.empty
    assert browser.complaints() == []

    sign_out(browser)
    sign_in(browser, served, "ada", f"/review/{number}")
    assert "4 of 4 images have their 1 label" in browser.text("main")
    browser.click("main td a")
    wait_for(lambda: browser.run("return document.images.length") == 3)
    page.until("return [...document.images].every((one) => one.complete && one.naturalWidth)")
    browser.click(".ratings button[value='5']")
    pressed = "return document.querySelector('.ratings [aria-pressed=true]')?.value"
    wait_for(lambda: browser.run(pressed) == "5")
    assert faint_texts(browser) == []
    assert browser.complaints() == []
    sign_out(browser)
    sign_in(browser, served, "ann", "/label")

    out = tmp_path / "gale"
    served.command("project", "export", "gale", "--layout", "ai4mars", "-o", str(out))
    run = ["train", "--data", str(out), "--out", str(tmp_path / "run"), "--steps", "2"]
    assert main([*run, "--side", "64", "--batch", "2", "--threads", "1"]) == 0
