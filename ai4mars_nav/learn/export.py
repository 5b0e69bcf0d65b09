"""From a trained network to an fp32 ONNX file, from which all other precisions are made."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import onnx
import torch
from torch import nn

from ai4mars_nav.learn.data import MULTIPLE
from ai4mars_nav.learn.errors import ModelFileError
from ai4mars_nav.learn.networks.network import Network
from ai4mars_nav.learn.onnx_file import INPUT, OUTPUT, finish

OPSET = 20


def to_onnx(model: Network, path: Path, name: str, side: int) -> None:
    """Write path for one (1, 1, side, side) float32 image, with weights inside and checked."""
    if side % MULTIPLE:
        raise ModelFileError(f"{path}: side {side} is not a multiple of {MULTIPLE}")
    finish(exported(model, torch.zeros(1, 1, side, side), path), path, name)


def exported(
    model: nn.Module, example: torch.Tensor, path: Path, outputs: Sequence[str] = (OUTPUT,)
) -> onnx.ModelProto:
    """The ONNX model of any network for inputs like `example`; `path` is named in the error."""
    plain = model.to(memory_format=torch.contiguous_format).eval()  # type: ignore[call-overload]
    program = torch.onnx.export(
        plain,
        (example,),
        input_names=[INPUT],
        output_names=list(outputs),
        opset_version=OPSET,
        dynamo=True,
        verbose=False,
    )
    if program is None:
        raise ModelFileError(f"{path}: the exporter returned no program")
    return program.model_proto
