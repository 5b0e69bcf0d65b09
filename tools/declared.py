"""The names of TensorRT and CUDA that our code may use: what its files of types declare."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ENGINES = Path(__file__).resolve().parents[1] / "ai4mars_nav" / "perception" / "engines"
FILES = {
    "tensorrt": (("tensorrt_api.py", ""), ("tensorrt_module.py", "TensorRt")),
    "cuda": (("cuda_api.py", "CudaRuntime"),),
}
"""Files of Protocol classes, and the class in each that stands for the module itself."""


class Name(NamedTuple):
    """A name as `Class.member` or, of the module itself, `member`."""

    path: str
    arguments: int | None
    """How many a call gives, without self; None where it is no function."""


def names(kind: str) -> Iterator[Name]:
    """What our code uses of `tensorrt` or `cuda`."""
    for file, module in FILES[kind]:
        for statement in ast.parse((ENGINES / file).read_text(encoding="utf-8")).body:
            if isinstance(statement, ast.ClassDef):
                yield from _of_class(statement, module)


def _of_class(statement: ast.ClassDef, module: str) -> Iterator[Name]:
    prefix = "" if statement.name == module else f"{statement.name}."
    if prefix:
        yield Name(statement.name, None)
    for member in statement.body:
        if isinstance(member, ast.FunctionDef):
            taken = [*member.args.posonlyargs, *member.args.args]
            yield Name(prefix + member.name, len(taken) - 1)
        elif isinstance(member, ast.AnnAssign) and isinstance(member.target, ast.Name):
            yield Name(prefix + member.target.id, None)
