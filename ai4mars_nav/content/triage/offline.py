"""What triage leaves on disk: the pass itself, file by file, and why."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.content.errors import ContentError
from ai4mars_nav.content.triage.downlink import THUMBNAIL, Downlink, Product, to_json
from ai4mars_nav.content.triage.image import Seen
from ai4mars_nav.content.triage.sheet import sheet
from ai4mars_nav.content.triage.sizes import jpeg, thumbnail
from ai4mars_nav.content.triage.targets import Target
from ai4mars_nav.content.triage.wants import Wants
from ai4mars_nav.dataset.images import IMAGE_SUFFIXES, write_atomically, write_text

U8 = NDArray[np.uint8]

PASS, DOWNLINK, TARGETS = "pass", "downlink.json", "targets.json"
IMAGES, SHEET = "images.csv", "triage.png"


def write_day(
    out: Path,
    downlink: Downlink,
    images: Sequence[Seen],
    targets: Sequence[Target],
    wants: Wants,
    read: Callable[[str], U8],
    title: str,
) -> None:
    """Everything of a day into a folder; a pass that it holds already is replaced."""
    out.mkdir(parents=True, exist_ok=True)
    folder = out / PASS
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for index, product in enumerate(downlink.products):
        name = f"{index + 1:03d}-{product.form}-{_plain(product.image)}.jpg"
        (folder / name).write_bytes(_coded(product, wants, read))
    write_text(out / DOWNLINK, to_json(downlink) + "\n")
    told = [asdict(each) | {"interest": each.interest(wants.targets)} for each in targets]
    write_text(out / TARGETS, json.dumps(told, indent=1, ensure_ascii=False) + "\n")
    _write_images(out / IMAGES, images, downlink)
    drawn = sheet(downlink, read, title)
    _, coded = cv2.imencode(".png", drawn[..., ::-1])
    write_atomically(out / SHEET, lambda part: part.write_bytes(bytes(coded)))


def _plain(image: str) -> str:
    """The name of an image as part of a file's name."""
    path = Path(image)
    known = path.suffix.lower() in IMAGE_SUFFIXES
    return str(path.with_suffix("") if known else path).replace("/", "_")


def _coded(product: Product, wants: Wants, read: Callable[[str], U8]) -> bytes:
    """The bytes of a product: as many as it was chosen for."""
    sending, picture = wants.sending, read(product.image)
    if product.form == THUMBNAIL:
        coded = jpeg(thumbnail(picture, sending.thumbnail), sending.thumbnail_quality)
    else:
        coded = jpeg(picture, sending.quality)
    if len(coded) != product.bytes:
        raise ContentError(
            f"{product.image}: {product.form} has {len(coded)} bytes now and had {product.bytes} "
            "when it was chosen; has the file changed meanwhile?"
        )
    return coded


def _write_images(path: Path, images: Sequence[Seen], downlink: Downlink) -> None:
    """A row an image: what is in it and which of its forms go."""
    forms: dict[str, list[str]] = {}
    for product in downlink.products:
        forms.setdefault(product.image, []).append(product.form)

    def write(part: Path) -> None:
        with part.open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            terrains = list(images[0].terrain) if images else []
            rows.writerow(
                ["image", "sent", "likeliest", "probability", "novelty", *terrains, "rocks",
                 "thumbnail_bytes", "whole_bytes", "x", "y", "z"]
            )  # fmt: skip
            rows.writerows(_row(each, forms, terrains) for each in images)

    write_atomically(path, write)


def _row(
    seen: Seen, forms: Mapping[str, Sequence[str]], terrains: Sequence[str]
) -> list[str | int]:
    place = ["", "", ""] if seen.place is None else [f"{each:.2f}" for each in seen.place]
    return [
        seen.name,
        " ".join(forms.get(seen.name, [])),
        seen.likeliest,
        f"{seen.classes[seen.likeliest]:.4f}",
        f"{seen.novelty:.4f}",
        *(f"{seen.terrain[name]:.4f}" for name in terrains),
        seen.rocks,
        seen.sizes.thumbnail,
        seen.sizes.whole,
        *place,
    ]
