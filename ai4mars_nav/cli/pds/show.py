"""`ai4mars pds show`: what a product is, its pixels, its camera and where it was taken."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

HELP = "what a product is, its camera and its pose"
DESCRIPTION = """Show a product of Spirit, Opportunity, Curiosity or Perseverance: a PDS3, VICAR or
PDS4 file, or the label beside it. Says what it is, what its pixels hold, its camera model and the
focal lengths and centre that follow from it, and where the rover stood."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ai4mars pds show`."""
    parser.add_argument("file", type=Path, help="product, or its label (.lbl, .xml)")
    parser.add_argument("--json", action="store_true", help="for programs: one JSON object")
    parser.add_argument(
        "--picture", type=Path, metavar="PNG", help="also draw it, with its horizon"
    )


def run(args: argparse.Namespace) -> int:
    """Read and tell."""
    import cv2

    from ai4mars_nav.pds import describe, picture
    from ai4mars_nav.pds.errors import PdsError
    from ai4mars_nav.pds.product import read_product

    product = read_product(args.file)
    told = describe.described(product)
    print(json.dumps(told, indent=1) if args.json else "\n".join(describe.lines(told)))
    if args.picture:
        pixels = cv2.cvtColor(picture.page(product), cv2.COLOR_RGB2BGR)
        if not cv2.imwrite(str(args.picture), pixels, [cv2.IMWRITE_PNG_COMPRESSION, 9]):
            raise PdsError(args.picture, "--picture", "cannot be written; does its folder exist?")
    return 0
