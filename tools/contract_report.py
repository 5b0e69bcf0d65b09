"""The facts of `tensorrt_contract.py` as a page of docs: a table of names by versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Facts = Mapping[str, Mapping[str, Any]]
_TITLES = {"tensorrt": "TensorRT", "cuda": "cuda-bindings"}


def report(facts: Facts, command: str) -> str:
    """The page, in Markdown."""
    parts = [_HEAD.format(command=command)]
    for kind, versions in facts.items():
        parts.append(f"## {_TITLES[kind]}\n\n{_wheels(versions)}\n\n{_names(versions)}\n")
        parts.append(f"Our own code on the real bindings:\n\n{_live(versions)}\n")
    return "\n".join(parts)


_HEAD = """# The contract with TensorRT and CUDA

Made by `{command}` (tools/tensorrt_contract.py), not by hand: the real bindings of each version \
were imported on empty libraries, and asked for every name that our code uses. What TensorRT does \
behind these names was not run: that is what `test/gpu` is for.

A number is the value of an enum's member, *yes* a function, class or property that is there with \
arguments that fit, - a name that this version lacks. Names with a - are used in \
`perception/engines/tensorrt_versions.py` only, each after `hasattr`.
"""


def _wheels(versions: Mapping[str, Any]) -> str:
    return (
        "Read from " + ", ".join(f"`{facts['requirement']}`" for facts in versions.values()) + "."
    )


def _names(versions: Mapping[str, Any]) -> str:
    names = sorted({name for facts in versions.values() for name in facts["names"]})
    rows = [[f"`{name}`", *(_cell(f["names"][name]) for f in versions.values())] for name in names]
    return _table(["name", *versions], rows)


def _live(versions: Mapping[str, Any]) -> str:
    tried = next(iter(versions.values()))["live"]
    rows = [[what, *(_plain(facts["live"][what]) for facts in versions.values())] for what in tried]
    return _table(["what", *versions], rows)


def _cell(fact: Mapping[str, Any] | None) -> str:
    if fact is None:
        return "-"
    return str(fact["value"]) if fact["kind"] == "value" else "yes"


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) if isinstance(value, list) else str(value)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
