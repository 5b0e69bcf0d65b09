"""The pictures of docs/archive.md: the pages of `ai4mars archive` over frames of the simulator.

    .venv/bin/python tools/archive_pictures.py [--out docs/pictures] [--work FOLDER]

Frames, catalogue and project are made in WORK and used again where they are there already. Needs
Chromium with its chromedriver.
"""

from __future__ import annotations

import argparse
import base64
import importlib.util
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.terrain import Terrain

REPOSITORY = Path(__file__).resolve().parents[1]
AI4MARS = (sys.executable, "-m", "ai4mars_nav.cli")
FRAMES, SIDE = 24, 768
WIDE, PHONE = (1300, 820), (390, 844)
QUALITY = 78
"""Of JPEG: small enough for a repository, and letters stay sharp."""


def main() -> int:
    """Make them all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=REPOSITORY / "docs/pictures")
    parser.add_argument("--work", type=Path)
    args = parser.parse_args()
    work = args.work or Path(tempfile.mkdtemp(prefix="ai4mars-pictures-"))
    chromium, served = _module("test/browser.py"), _module("test/archive/served.py")
    site = prepare(work, served, chromium.free_port())
    with served.stopping(site), chromium.running_browser(work) as browser:
        site.start()
        Photographer(browser, site, args.out, served.PASSWORD).all()
    return 0


def prepare(work: Path, served: ModuleType, port: int) -> Any:
    """Frames, their classes, the catalogue and a project; what serves them."""
    frames, table = work / "frames", work / "table"
    run("sim", "render", "-n", str(FRAMES), "-o", str(frames), "--size", str(SIDE))
    images = frames / "msl/images/edr"
    run("content", "classify", str(images), "--model", "mslnet", "-o", str(table))
    site = served.Served(work / "archive.db", frames, port)
    site.command("ingest", str(frames), str(table), "--images", str(images))
    if not site.command("account", "list"):
        site.add_account("ada", "admin")
        site.command(
            "project", "add", "Terrain at Gale", "--kind", "pixels", "--images", str(images),
            "--labels-per-image", "10", "--ranges", str(frames / "msl/images/rng-30m"),
            "--guess", "terrain-256-int8",
        )  # fmt: skip
    return site


def run(*words: str) -> None:
    """An `ai4mars` command."""
    subprocess.run([*AI4MARS, *words], check=True)


class Photographer:
    """Goes to the pages and takes their pictures."""

    def __init__(self, browser: Any, site: Any, out: Path, password: str) -> None:
        self.browser, self.site, self.out, self.password = browser, site, out, password

    def all(self) -> None:
        """All pictures of docs/archive.md."""
        self.window(*WIDE)
        self.browser.open(self.site.address)
        self.wait("[...document.images].every((one) => one.complete)")
        self.take("archive-search")
        self.browser.open(self.browser.run("return document.querySelector('#gallery a').href"))
        self.wait("[...document.images].every((one) => one.complete)")
        self.take("archive-image")
        self.sign_in()
        self.browser.open(self.site.address + "/label/1")
        self.wait("!document.getElementById('guess-side').hidden")
        self.draw()
        self.take("archive-label")
        self.window(*PHONE)
        self.wait("document.documentElement.clientWidth < 400")
        time.sleep(0.5)  # the stage is painted anew
        self.take("archive-label-phone")

    def sign_in(self) -> None:
        """As the one account there is."""
        self.browser.open(self.site.address + "/account/in?back=/label")
        self.browser.type("#name", "ada")
        self.browser.type("#password", self.password)
        self.browser.click("main button")
        self.wait("location.pathname === '/label'")

    def draw(self) -> None:
        """The largest region of sand of an image that has some, as a chosen polygon."""
        for _ in range(FRAMES):
            product = self.browser.text("#product")
            label = cv2.imread(str(self.site.root / f"msl/labels/train/{product}.png"), -1)
            assert label is not None, product
            outline = _largest(label == Terrain.SAND)
            if 0.05 < _area(outline) / SIDE**2 < 0.3:
                break
            self.browser.click("#later")
            self.wait(f"document.getElementById('product').textContent !== '{product}'")
        self.wait("!document.getElementById('fill').hidden")
        self.browser.press(f"p{Terrain.SAND + 1}")
        for x, y in outline:
            self.browser.strokes([[self.at(x, y)]])
        self.browser.press("cn")

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where a pixel of the image is in the window, the image shown whole."""
        left, top, width, height = self.browser.run(
            "const b = document.getElementById('stage').getBoundingClientRect();"
            "return [b.x, b.y, b.width, b.height]"
        )
        scale = min(width, height) / SIDE
        return (
            left + (width - SIDE * scale) / 2 + x * scale,
            top + (height - SIDE * scale) / 2 + y * scale,
        )

    def window(self, width: int, height: int) -> None:
        """Be a desk computer or a phone."""
        phone = width < 500
        self.browser.cdp(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=2 if phone else 1, mobile=phone,
        )  # fmt: skip
        self.browser.cdp("Emulation.setTouchEmulationEnabled", enabled=phone)

    def wait(self, script: str) -> None:
        """Until a script is true."""
        end = time.monotonic() + 120
        while not self.browser.run(f"return {script}"):
            assert time.monotonic() < end, script
            time.sleep(0.1)

    def take(self, name: str) -> None:
        """The window as OUT/<name>.jpg."""
        shot = self.browser.cdp("Page.captureScreenshot", format="jpeg", quality=QUALITY)
        (self.out / f"{name}.jpg").write_bytes(base64.b64decode(shot["data"]))


def _largest(mask: NDArray[np.bool_]) -> Sequence[Sequence[float]]:
    """The outline of the largest region of a mask (h, w), x, y, with few corners."""
    found, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not found:
        return []
    outline = cv2.approxPolyDP(max(found, key=cv2.contourArea), SIDE / 120, closed=True)
    points: Sequence[Sequence[float]] = outline[:, 0].clip(2, SIDE - 3).tolist()
    return points


def _area(outline: Sequence[Sequence[float]]) -> float:
    return float(cv2.contourArea(np.array(outline, np.float32))) if len(outline) > 2 else 0.0


def _module(path: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(Path(path).stem, REPOSITORY / path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    sys.exit(main())
