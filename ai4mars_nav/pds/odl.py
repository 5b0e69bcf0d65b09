"""PDS3 labels: the text of an ODL label to a tree of blocks.

Groups and objects may nest, values may be numbers with units, based numbers (2#0110#), words,
strings over several lines, dates, and sequences of all of these.
"""

from __future__ import annotations

import re
from itertools import islice
from pathlib import Path

from ai4mars_nav.pds.errors import PdsError
from ai4mars_nav.pds.label import Block, Quantity, Value

_TOKEN = re.compile(
    r"""
    (?:\s|/\*.*?\*/)*
    (
        "[^"]*"
      | '[^'\n]*'
      | <[^<>\n]*>
      | [=(){},]
      | [^\s=(){},"'<>]+
      | .                     # a quote or bracket that nothing closes
    )
    """,
    re.VERBOSE | re.DOTALL,
)
_NUMBER = re.compile(r"([+-]?\d{1,64})|[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
"""Whole numbers are its first group."""
_BASED = re.compile(r"[+-]?(\d{1,2})#([0-9A-Fa-f]{1,128})#")
_FOLD = re.compile(r"-?\s*\n\s*")
_KEYWORD = re.compile(r"\^?[A-Za-z][A-Za-z0-9_:]*")
_OPENS, _CLOSES = {"OBJECT", "GROUP", "BEGIN_OBJECT", "BEGIN_GROUP"}, {"END_OBJECT", "END_GROUP"}
_ENDS = {"(": ")", "{": "}"}
_NESTED = 16
"""Blocks or sequences inside each other; real labels have two."""


def parse(path: Path, text: str) -> Block:
    """The tree of a label's text up to its END statement; errors name line and keyword."""
    return _Parser(path, text).label()


class _Parser:
    """Tokens are plain strings, their kind is their first letter: labels have thousands."""

    def __init__(self, path: Path, text: str) -> None:
        self._path, self._text = path, text
        self._tokens: list[str] = [*_TOKEN.findall(text), ""]
        self._at = 0

    def label(self) -> Block:
        open_blocks = [Block("")]
        while True:
            word = self._take("END", "the label ends without an END statement")
            name = word.upper()
            if name == "END" and self._peek() != "=":
                break
            if name in _CLOSES:
                self._close(open_blocks, word)
            elif name in _OPENS:
                self._open(open_blocks, word)
            else:
                self._state(open_blocks[-1], word)
        if len(open_blocks) > 1:
            raise self._error(open_blocks[-1].name, "is still open at END")
        return open_blocks[0]

    def _state(self, block: Block, word: str) -> None:
        if not _KEYWORD.fullmatch(word):
            raise self._error(word, "is not a keyword")
        self._expect("=", word)
        # MSL:KEYWORD is a mission's own keyword; no other one has its name
        keyword = word.rsplit(":", 1)[-1].upper()
        block.state(keyword, self._value(keyword, 0))

    def _open(self, open_blocks: list[Block], word: str) -> None:
        self._expect("=", word)
        name = self._take(word, "has no name").strip("\"'").upper()
        if len(open_blocks) > _NESTED:
            raise self._error(name, f"is nested deeper than {_NESTED} blocks")
        block = Block(name)
        open_blocks[-1].blocks.append(block)
        open_blocks.append(block)

    def _close(self, open_blocks: list[Block], word: str) -> None:
        if len(open_blocks) == 1:
            raise self._error(word, "closes nothing")
        block = open_blocks.pop()
        if self._peek() == "=":
            self._expect("=", word)
            name = self._take(word, "has no name").strip("\"'").upper()
            if name != block.name:
                raise self._error(name, f"is closed while {block.name} is open")

    def _value(self, keyword: str, depth: int) -> Value:
        token = self._take(keyword, "has no value")
        if token in _ENDS:
            if depth >= _NESTED:
                raise self._error(keyword, f"is nested deeper than {_NESTED} sequences")
            return self._sequence(keyword, _ENDS[token], depth)
        value = self._scalar(keyword, token)
        unit = self._tokens[self._at]
        if unit[:1] == "<" and unit != "<":
            self._at += 1
            if isinstance(value, int | float):
                return Quantity(value, unit[1:-1].strip())
        return value

    def _sequence(self, keyword: str, end: str, depth: int) -> Value:
        values: list[Value] = []
        tokens = self._tokens
        while tokens[self._at] != end:
            if values:
                self._expect(",", keyword)
            values.append(self._value(keyword, depth + 1))
        self._at += 1
        return tuple(values)

    def _scalar(self, keyword: str, token: str) -> Value:
        first = token[0]
        if first in "\"'":
            if len(token) == 1:
                raise self._error(keyword, f"has {token!r}, which nothing closes")
            text = token[1:-1]
            return _FOLD.sub(_folded, text).strip() if "\n" in text else text.strip()
        if first in "=(){},<>":
            raise self._error(keyword, f"has {token[:40]!r} where its value should be")
        if not first.isalpha() and (number := _NUMBER.fullmatch(token)):
            return int(token) if number.lastindex else float(token)
        return self._based(keyword, token) if "#" in token else token

    def _based(self, keyword: str, token: str) -> int:
        match = _BASED.fullmatch(token)
        if match is None:
            raise self._error(keyword, f"{token[:40]} is not a number")
        try:
            size = int(match.group(2), int(match.group(1)))
        except ValueError as error:
            raise self._error(keyword, f"{token[:40]} is not a number") from error
        return -size if token[0] == "-" else size

    def _peek(self) -> str:
        return self._tokens[self._at]

    def _take(self, keyword: str, otherwise: str) -> str:
        token = self._tokens[self._at]
        if not token:
            raise self._error(keyword, otherwise)
        self._at += 1
        return token

    def _expect(self, mark: str, word: str) -> None:
        found = self._tokens[self._at]
        self._at += 1
        if found != mark:
            told = repr(found[:40]) if found else "the end"
            raise self._error(word, f"is followed by {told}, not by {mark!r}")

    def _error(self, keyword: str, text: str) -> PdsError:
        """An error at the token that was taken last, whose line is looked up only now."""
        token = next(islice(_TOKEN.finditer(self._text), max(self._at - 1, 0), None), None)
        at = len(self._text) if token is None else token.start(1)
        line = self._text.count("\n", 0, at) + 1
        return PdsError(self._path, f"{keyword[:60]} (line {line})", text)


def _folded(match: re.Match[str]) -> str:
    """A line end inside a string is one blank; after a hyphen it is nothing."""
    return "" if match.group().startswith("-") else " "
