"""A headless Chromium for the tests of pages, driven over chromedriver's HTTP (W3C WebDriver)."""

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
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

CHROMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
LEFT, UP, RIGHT, DOWN = "\ue012", "\ue013", "\ue014", "\ue015"
"""The arrow keys, as WebDriver names them."""
TAB, ENTER, ESCAPE, SHIFT, CONTROL = "\ue004", "\ue007", "\ue00c", "\ue008", "\ue009"


class Browser:
    """One window of a headless Chromium."""

    def __init__(self, port: int, home: Path) -> None:
        self.base, self.home = f"http://127.0.0.1:{port}", home

    def call(self, method: str, path: str, body: object = None) -> Any:
        """One command of WebDriver; what it gives."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            # the driver says what is wrong in the body
            raise DriverError(json.load(error)["value"]["message"]) from error

    def begin(self, chrome: str) -> None:
        """Open the window."""
        arguments = [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--no-first-run",
            "--disable-dev-shm-usage", "--window-size=1300,900",
            f"--user-data-dir={self.home}/profile",
        ]  # fmt: skip
        wanted = {
            "goog:chromeOptions": {"binary": chrome, "args": arguments},
            "goog:loggingPrefs": {"browser": "ALL"},
        }
        session = self.call("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self.base += f"/session/{session['sessionId']}"
        self.cdp("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(self.home))

    def cdp(self, command: str, **parameters: Any) -> Any:
        """A command of the DevTools protocol."""
        return self.call("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def open(self, address: str | Path) -> None:
        """Go to an address, or open a file."""
        url = address.as_uri() if isinstance(address, Path) else address
        self.call("POST", "/url", {"url": url})

    @property
    def url(self) -> str:
        """Where it is."""
        address: str = self.call("GET", "/url")
        return address

    def run(self, script: str, *arguments: object) -> Any:
        """What a script's body returns; promises are awaited."""
        return self.call("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def press(self, keys: Sequence[str], holding: str = "") -> None:
        """Press keys one after the other, with others held down."""
        down = [{"type": "keyDown", "value": k} for k in holding]
        up = [{"type": "keyUp", "value": k} for k in reversed(holding)]
        strokes = [{"type": kind, "value": k} for k in keys for kind in ("keyDown", "keyUp")]
        self._act({"type": "key", "id": "keyboard", "actions": [*down, *strokes, *up]})

    def find(self, selector: str) -> str:
        """The driver's name of an element."""
        found = self.call("POST", "/element", {"using": "css selector", "value": selector})
        name: str = next(iter(found.values()))
        return name

    def click(self, selector: str) -> None:
        """Click the middle of an element; an error where something else covers it."""
        self.call("POST", f"/element/{self.find(selector)}/click", {})

    def type(self, selector: str, text: str) -> None:
        """Write into a field."""
        self.call("POST", f"/element/{self.find(selector)}/value", {"text": text})

    def text(self, selector: str) -> str:
        """What is seen of an element's words, at once: pages replace their parts."""
        seen: str = self.run("return document.querySelector(arguments[0]).innerText", selector)
        return seen.strip()

    def strokes(self, paths: Sequence[Sequence[tuple[float, float]]], kind: str = "mouse") -> None:
        """Pointers of a kind (mouse, pen, touch), each down at its path's first point and up at
        the last, all at the same time; points in CSS pixels of the window.
        """
        longest = max(map(len, paths))
        sources = []
        for number, path in enumerate(paths):
            moves = [_move(*point) for point in path] + [_PAUSE] * (longest - len(path))
            actions = [moves[0], {"type": "pointerDown", "button": 0}, *moves[1:]]
            sources.append({
                "type": "pointer", "id": f"{kind}{number}", "parameters": {"pointerType": kind},
                "actions": [*actions, {"type": "pointerUp", "button": 0}],
            })  # fmt: skip
        self._act(*sources)

    def phone(self, width: int = 390, height: int = 844) -> None:
        """Be a phone from now on."""
        self.cdp(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=2, mobile=True,
        )  # fmt: skip
        self.cdp("Emulation.setTouchEmulationEnabled", enabled=True, maxTouchPoints=5)

    def desk(self) -> None:
        """Be a desk computer again."""
        self.cdp("Emulation.clearDeviceMetricsOverride")
        self.cdp("Emulation.setTouchEmulationEnabled", enabled=False)

    def colours(self, scheme: str) -> None:
        """Prefer a colour scheme: light or dark."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.cdp("Emulation.setEmulatedMedia", features=features)

    def picture(self) -> bytes:
        """The window as a PNG."""
        return base64.b64decode(self.call("GET", "/screenshot"))

    def complaints(self) -> list[str]:
        """What the console said since it was asked last, warnings and errors."""
        entries = self.call("POST", "/se/log", {"type": "browser"})
        return [e["message"] for e in entries if e["level"] in ("SEVERE", "WARNING")]

    def _act(self, *sources: object) -> None:
        self.call("POST", "/actions", {"actions": sources})


class DriverError(Exception):
    """The driver could not do a command."""


_PAUSE = {"type": "pause", "duration": 0}


def _move(x: float, y: float) -> dict[str, object]:
    return {"type": "pointerMove", "duration": 0, "x": round(x), "y": round(y)}


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def wait_for(done: Any, seconds: float = 120.0) -> Any:
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


def _reloaded(browser: Browser, page: Path) -> bool:
    """Whether what was stored is there when the page is opened again; stored anew if not."""
    browser.open(page)
    begun: bool = browser.run(
        "const begun = localStorage.getItem('begun');"
        "localStorage.setItem('begun', 'yes'); return begun === 'yes'"
    )
    return begun


@contextlib.contextmanager
def running_browser(home: Path) -> Iterator[Browser]:
    """A browser with a profile of its own in `home`; skips where there is none that starts."""
    chrome = next(filter(None, map(shutil.which, CHROMES)), None)
    driver = shutil.which("chromedriver")
    if chrome is None or driver is None:
        pytest.skip("no Chromium with its chromedriver is installed")
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
        except (OSError, DriverError) as error:
            pytest.skip(f"the browser does not start here: {error}")
        if not opened:
            pytest.skip("the browser may not open files here")
        # one that has just started forgets what a page stores before its storage is open
        one.run("localStorage.setItem('begun', 'yes')")
        wait_for(lambda: _reloaded(one, home / "hello.html"))
        yield one
        with contextlib.suppress(OSError):
            one.call("DELETE", "")
    finally:
        process.terminate()
        process.wait(30)
