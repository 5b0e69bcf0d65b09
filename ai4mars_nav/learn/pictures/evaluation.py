"""All pictures of one evaluation: what `ai4mars evaluate --pictures` writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ai4mars_nav.dataset.images import write_image, write_text
from ai4mars_nav.learn.data import U8
from ai4mars_nav.learn.evaluate import Measured
from ai4mars_nav.learn.pictures.big_rock import rock_page
from ai4mars_nav.learn.pictures.confusion import confusion_page
from ai4mars_nav.learn.pictures.examples import ABOUT, Example, chosen, examples_page
from ai4mars_nav.learn.pictures.sites import sites_page
from ai4mars_nav.learn.pictures.trust import trust_page
from ai4mars_nav.learn.seen import Seer
from ai4mars_nav.learn.summary import summary
from ai4mars_nav.perception.sidecar import Calibration

Pair = tuple[U8, U8]
CHARTS = ("confusion.png", "sites.png", "trust.png", "big-rock.png")


def write_charts(
    folder: Path, title: str, measured: Measured, found: Mapping[str, Any], calibration: Calibration
) -> None:
    """The charts of an evaluation and its document; `title` says which model on which labels."""
    write_image(folder / "confusion.png", confusion_page(title, measured.every.sum(axis=0)))
    write_image(folder / "sites.png", sites_page(title, found))
    write_image(folder / "trust.png", trust_page(title, measured, calibration))
    write_image(folder / "big-rock.png", rock_page(title, found["big_rock"]))


def write_examples(
    folder: Path, title: str, measured: Measured, read: Callable[[str], Pair], seer: Seer
) -> list[str]:
    """Pages of the best, middle and worst of the measured images; the names of the files.

    `read` gives image (H, W) and label (h, w) of a product.
    """
    written = []
    for page, numbers in chosen(measured.every).items():
        examples = [_example(measured.names[number], read, seer) for number in numbers]
        file = f"examples-{page}.png"
        write_image(folder / file, examples_page(f"{title}: the {page}", ABOUT[page], examples))
        written.append(file)
    return written


def _example(product: str, read: Callable[[str], Pair], seer: Seer) -> Example:
    image, label = read(product)
    found, _ = seer.see(image, (label.shape[0], label.shape[1]))
    return Example(product, image, label, found.classes.copy(), found.confidence.copy())


def write_report(folder: Path, title: str, found: Mapping[str, Any], files: Sequence[str]) -> None:
    """The summary with the pictures below it, as Markdown."""
    shown = "\n\n".join(f"![{Path(file).stem}]({file})" for file in files)
    write_text(folder / "report.md", f"# {title}\n\n{summary(found)}\n{shown}\n")
