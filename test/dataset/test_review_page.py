"""The review page in a real browser: keys, clicks, reloading, and the file that is saved."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np
import pytest

from ai4mars_nav.dataset import review, review_page, tables
from ai4mars_nav.dataset.images import write_image

CHROMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
LEFT, RIGHT = "\ue012", "\ue014"
"""The arrow keys, as WebDriver names them."""
ODD = 'a"b, c'


class Browser:
    """A headless Chromium, driven over chromedriver's HTTP (W3C WebDriver)."""

    def __init__(self, port: int, home: Path) -> None:
        self.base, self.home = f"http://127.0.0.1:{port}", home

    def call(self, method: str, path: str, body: object = None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, method=method)
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)["value"]

    def begin(self, chrome: str) -> None:
        arguments = [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--no-first-run",
            "--disable-dev-shm-usage", "--window-size=1300,900",
            f"--user-data-dir={self.home}/profile",
        ]  # fmt: skip
        options = {"goog:chromeOptions": {"binary": chrome, "args": arguments}}
        session = self.call("POST", "/session", {"capabilities": {"alwaysMatch": options}})
        self.base += f"/session/{session['sessionId']}"
        where = {"behavior": "allow", "downloadPath": str(self.home)}
        command = {"cmd": "Browser.setDownloadBehavior", "params": where}
        self.call("POST", "/goog/cdp/execute", command)

    def open(self, path: Path) -> None:
        self.call("POST", "/url", {"url": path.as_uri()})

    def run(self, script: str):
        return self.call("POST", "/execute/sync", {"script": script, "args": []})

    def press(self, keys: str) -> None:
        strokes = [{"type": kind, "value": k} for k in keys for kind in ("keyDown", "keyUp")]
        actions = [{"type": "key", "id": "keyboard", "actions": strokes}]
        self.call("POST", "/actions", {"actions": actions})

    def click(self, selector: str) -> None:
        found = self.call("POST", "/element", {"using": "css selector", "value": selector})
        self.call("POST", f"/element/{next(iter(found.values()))}/click", {})

    def ratings(self) -> list[str]:
        return self.run("return cards.map(chosen)")

    def state(self) -> str:
        return self.run("return document.getElementById('state').textContent")


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """A browser; skips where there is none that starts and opens a file."""
    chrome = next(filter(None, map(shutil.which, CHROMES)), None)
    driver = shutil.which("chromedriver")
    if chrome is None or driver is None:
        pytest.skip("no Chromium with its chromedriver is installed")
    home = tmp_path_factory.mktemp("browser")
    port = free_port()
    environment = {k: v for k, v in os.environ.items() if k != "LD_LIBRARY_PATH"}
    environment |= {"HOME": str(home)}
    process = subprocess.Popen(
        [driver, f"--port={port}"], env=environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        one = Browser(port, home)
        try:
            wait_for(lambda: one.call("GET", "/status")["ready"])
            one.begin(chrome)
            (home / "hello.html").write_text("<title>hello</title>")
            one.open(home / "hello.html")
            opened = one.call("GET", "/title") == "hello"
        except OSError as error:
            pytest.skip(f"the browser does not start here: {error}")
        if not opened:
            pytest.skip("the browser may not open files here")
        yield one
        with contextlib.suppress(OSError):
            one.call("DELETE", "")
    finally:
        process.terminate()
        process.wait(30)


def wait_for(done, seconds=120.0):
    """What `done` gives once it is true; URLError and missing files are not yet."""
    end = time.monotonic() + seconds
    while True:
        try:
            if value := done():
                return value
        except (urllib.error.URLError, FileNotFoundError, ConnectionError):
            if time.monotonic() > end:
                raise
        assert time.monotonic() < end
        time.sleep(0.05)


def make(folder, ratings, names=("ann", ODD, "bob")):
    """A page of labels of one image."""
    cards = []
    for n, name in enumerate(names):
        label = np.full((60, 80), 255, np.uint8)
        label[10:50, 10 * n + 10 :] = n
        picture = f"pictures/{n}.png"
        write_image(folder / picture, review.overlay(np.full((60, 80, 3), 90, np.uint8), label))
        cards.append(review_page.Card(("P", name), n / 10, picture))
    folder.mkdir(exist_ok=True)
    (folder / "index.html").write_text(review_page.page(cards, ratings), encoding="utf-8")
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
    assert browser.ratings() == ["", "4", ""]
    assert browser.state() == "1 of 3 rated"
    browser.press("11")  # the first, and the second that had 4
    assert browser.ratings() == ["1", "1", ""]
    browser.press("5" + LEFT + "0")
    assert browser.ratings() == ["1", "", "5"]
    browser.press(RIGHT + "3")
    assert browser.state() == "2 of 3 rated, not saved yet"
    browser.open(index)
    assert browser.ratings() == ["1", "", "3"]
    browser.click("figure:nth-child(2) label:nth-of-type(2) b")
    assert browser.ratings() == ["1", "2", "3"]
    browser.press("4")  # the keys follow the mouse
    assert browser.ratings() == ["1", "4", "3"]
    assert saved(browser) == {
        ("Q", "gone"): 1, ("Q", "</script>"): None,
        ("P", "ann"): 1, ("P", ODD): 4, ("P", "bob"): 3,
    }  # fmt: skip
    assert browser.state() == "3 of 3 rated"
    browser.open(index)
    assert browser.state() == "3 of 3 rated"


def test_a_page_made_again_keeps_what_was_not_saved(browser, tmp_path):
    index = make(tmp_path / "review", {})
    browser.open(index)
    browser.press("23")
    make(tmp_path / "review", {("P", "ann"): 5})
    browser.open(index)
    assert browser.ratings() == ["5", "3", ""]  # the file is newer where it changed


def test_pages_in_other_folders_are_other_reviews(browser, tmp_path):
    browser.open(make(tmp_path / "one", {}))
    browser.press("222")
    browser.open(make(tmp_path / "two", {}))
    assert browser.ratings() == ["", "", ""]


def test_every_picture_is_shown(browser, tmp_path):
    browser.open(make(tmp_path / "review", {}))
    wait_for(lambda: browser.run(
        "return [...document.images].every(i => i.complete && i.naturalWidth === 160)"
    ))  # fmt: skip
    shot = base64.b64decode(browser.call("GET", "/screenshot"))
    assert shot.startswith(b"\x89PNG")
    overflow = "return document.documentElement.scrollWidth > innerWidth"
    assert browser.run(overflow) is False
