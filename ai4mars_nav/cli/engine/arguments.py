"""What the commands of `ai4mars engine` have in common: the model, and where engines are kept."""

from __future__ import annotations

import argparse
from pathlib import Path

from ai4mars_nav.perception.engines.cache import default_folder
from ai4mars_nav.ros.model import ModelSettings


def add_model(parser: argparse.ArgumentParser) -> None:
    """`--model` and `--threads`."""
    default = ModelSettings()
    parser.add_argument(
        "--model", default=default.file, help=f"of models/, or an .onnx file ({default.file})"
    )
    parser.add_argument(
        "--threads", type=int, default=default.threads, help="of engines on the CPU (%(default)s)"
    )


def add_cache(parser: argparse.ArgumentParser) -> None:
    """`--cache`."""
    parser.add_argument(
        "--cache",
        type=Path,
        default=default_folder(),
        help="folder of built engines, model.engine_cache of the node terrain (%(default)s)",
    )
