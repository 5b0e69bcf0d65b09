"""The names that a file of types declares: what of somebody else's module our code may use."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class Name(NamedTuple):
    """A name as `Class.member` or, of the module itself, `member`."""

    path: str
    arguments: int | None
    """How many a call gives, without self; None where it is no function."""


def names(path: Path, module: str) -> Iterator[Name]:
    """All names of a file of Protocol classes; those of the class `module` are the module's."""
    for statement in ast.parse(path.read_text(encoding="utf-8")).body:
        if not isinstance(statement, ast.ClassDef):
            continue
        prefix = "" if statement.name == module else f"{statement.name}."
        if prefix:
            yield Name(statement.name, None)
        for member in statement.body:
            if isinstance(member, ast.FunctionDef):
                taken = [*member.args.posonlyargs, *member.args.args]
                yield Name(prefix + member.name, len(taken) - 1)
            elif isinstance(member, ast.AnnAssign) and isinstance(member.target, ast.Name):
                yield Name(prefix + member.target.id, None)
