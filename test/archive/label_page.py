"""The labelling page as somebody at it sees it: a browser that knows where things are."""

from __future__ import annotations

from typing import Any

from ..browser import Browser, wait_for
from .served import PASSWORD, Served
from .site import SIZE

_STAGE = """
const box = document.getElementById("stage").getBoundingClientRect();
return [box.x, box.y, box.width, box.height];
"""
_READY = """
return document.getElementById("label")?.getAttribute("aria-busy") === "false"
  && (!document.getElementById("save").disabled || !document.getElementById("empty").hidden
      || !document.getElementById("tutorial").hidden);
"""


def sign_in(browser: Browser, served: Served, name: str, back: str) -> None:
    """Sign in and go to a page."""
    browser.open(f"{served.address}/account/in?back={back}")
    browser.type("#name", name)
    browser.type("#password", PASSWORD)
    browser.click("main button")
    # the address of the form ends with `back`, too
    wait_for(lambda: browser.url == served.address + back)


def sign_out(browser: Browser) -> None:
    """Sign out, from any page."""
    browser.click(".who button")
    wait_for(lambda: "/account/in" in browser.url)


class LabelPage:
    """The page of one project, image shown whole."""

    def __init__(self, browser: Browser, served: Served, project: int) -> None:
        self.browser, self.served, self.project = browser, served, project
        self.address = f"{served.address}/label/{project}"
        self.open()

    def open(self) -> None:
        """Open it, or open it again."""
        self.browser.open(self.address)
        self.ready()

    def ready(self) -> None:
        """Wait until a task, the tutorial or the end is there."""
        wait_for(lambda: self.browser.run(_READY))

    @property
    def said(self) -> str:
        """The live region."""
        return self.browser.text("#said")

    @property
    def product(self) -> str:
        """Of the image."""
        return self.browser.text("#product")

    @property
    def progress(self) -> str:
        """In words."""
        return self.browser.text("#progress-words")

    @property
    def empty(self) -> bool:
        """Whether nothing is left."""
        shown: bool = self.browser.run("return !document.getElementById('empty').hidden")
        return shown

    def shapes(self) -> list[str]:
        """What is drawn, in words, the topmost first."""
        words: list[str] = self.browser.run(
            "return [...document.querySelectorAll('#shapes button')].map((b) => b.textContent)"
        )
        return words

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where an image pixel is in the window."""
        left, top, width, height = self.browser.run(_STAGE)
        scale = min(width / SIZE[1], height / SIZE[0])
        return (
            left + (width - SIZE[1] * scale) / 2 + x * scale,
            top + (height - SIZE[0] * scale) / 2 + y * scale,
        )

    def tap(self, *points: tuple[float, float], kind: str = "mouse") -> None:
        """Press image points one after the other."""
        for point in points:
            self.browser.strokes([[self.at(*point)]], kind)

    def drag(self, *points: tuple[float, float], kind: str = "mouse") -> None:
        """Draw a line through image points."""
        self.browser.strokes([[self.at(*point) for point in points]], kind)

    def act(self, action: str) -> None:
        """Press a button, and wait for what it asks for."""
        self.browser.click(f"[data-action={action}]")
        self.ready()

    def wait_said(self, words: str) -> None:
        """Wait until the live region says something with `words` in it."""
        wait_for(lambda: words in self.said, 20)

    def until(self, script: str) -> Any:
        """Wait until a script is true."""
        return wait_for(lambda: self.browser.run(script), 20)
