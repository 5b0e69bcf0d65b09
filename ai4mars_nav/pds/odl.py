"""PDS3 labels: the text of an ODL label to a tree of blocks.

Groups and objects may nest, values may be numbers with units, based numbers (2#0110#), words,
strings over several lines, dates, and sequences of all of these.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ai4mars_nav.pds.errors import PdsError
from ai4mars_nav.pds.label import Block, Quantity, Value

_TOKEN = re.compile(
    r"""
    (?P<space>(?:\s|/\*.*?\*/)+)
  | (?P<text>"[^"]*")
  | (?P<symbol>'[^'\n]*')
  | (?P<unit><[^<>\n]*>)
  | (?P<mark>[=(){},])
  | (?P<based>[+-]?\d{1,2}\#[0-9A-Fa-f]{1,128}\#)
  | (?P<word>[^\s=(){},"'<>]+)
    """,
    re.VERBOSE | re.DOTALL,
)
_INTEGER = re.compile(r"[+-]?\d{1,64}")
_REAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_FOLD = re.compile(r"-?\s*\n\s*")
_KEYWORD = re.compile(r"\^?[A-Za-z][A-Za-z0-9_:]*")
_OPENS, _CLOSES = {"OBJECT", "GROUP", "BEGIN_OBJECT", "BEGIN_GROUP"}, {"END_OBJECT", "END_GROUP"}
_NESTED = 16
"""Blocks or sequences inside each other; real labels have two."""


class _Token(NamedTuple):
    kind: str
    text: str
    at: int


def parse(path: Path, text: str) -> Block:
    """The tree of a label's text up to its END statement; errors name line and keyword."""
    return _Parser(path, text).label()


class _Parser:
    def __init__(self, path: Path, text: str) -> None:
        self._path, self._text = path, text
        self._tokens = self._cut()
        self._next = next(self._tokens, None)

    def label(self) -> Block:
        open_blocks = [Block("")]
        while True:
            word = self._take("END", "the label ends without an END statement")
            name = word.text.upper()
            if name == "END" and not self._follows("="):
                break
            if name in _CLOSES:
                self._close(open_blocks, word)
            elif name in _OPENS:
                self._open(open_blocks, word)
            else:
                self._state(open_blocks[-1], word)
        if len(open_blocks) > 1:
            raise self._error(open_blocks[-1].name, word.at, "is still open at END")
        return open_blocks[0]

    def _state(self, block: Block, word: _Token) -> None:
        if word.kind != "word" or not _KEYWORD.fullmatch(word.text):
            raise self._error(word.text, word.at, "is not a keyword")
        self._expect("=", word)
        # MSL:KEYWORD is a mission's own keyword; no other one has its name
        keyword = word.text.rsplit(":", 1)[-1].upper()
        block.state(keyword, self._value(keyword, 0))

    def _open(self, open_blocks: list[Block], word: _Token) -> None:
        self._expect("=", word)
        name = self._take(word.text, "has no name").text.strip("\"'").upper()
        if len(open_blocks) > _NESTED:
            raise self._error(name, word.at, f"is nested deeper than {_NESTED} blocks")
        block = Block(name)
        open_blocks[-1].blocks.append(block)
        open_blocks.append(block)

    def _close(self, open_blocks: list[Block], word: _Token) -> None:
        if len(open_blocks) == 1:
            raise self._error(word.text, word.at, "closes nothing")
        block = open_blocks.pop()
        if self._follows("="):
            self._expect("=", word)
            name = self._take(word.text, "has no name").text.strip("\"'").upper()
            if name != block.name:
                raise self._error(name, word.at, f"is closed while {block.name} is open")

    def _value(self, keyword: str, depth: int) -> Value:
        token = self._take(keyword, "has no value")
        if token.kind == "mark" and token.text in "({":
            if depth >= _NESTED:
                raise self._error(keyword, token.at, f"is nested deeper than {_NESTED} sequences")
            return self._sequence(keyword, {"(": ")", "{": "}"}[token.text], depth)
        value = self._scalar(keyword, token)
        if self._next is not None and self._next.kind == "unit":
            unit = self._take(keyword, "").text[1:-1].strip()
            if isinstance(value, int | float):
                return Quantity(value, unit)
        return value

    def _sequence(self, keyword: str, end: str, depth: int) -> Value:
        values: list[Value] = []
        while not self._follows(end):
            if values:
                self._expect(",", _Token("word", keyword, self._at()))
            values.append(self._value(keyword, depth + 1))
        self._take(keyword, "")
        return tuple(values)

    def _scalar(self, keyword: str, token: _Token) -> Value:
        if token.kind == "text":
            text = token.text[1:-1]
            return _FOLD.sub(_folded, text).strip() if "\n" in text else text.strip()
        if token.kind == "symbol":
            return token.text[1:-1]
        if token.kind == "based":
            return self._based(keyword, token)
        if token.kind != "word":
            raise self._error(keyword, token.at, f"has {token.text!r} where its value should be")
        if _INTEGER.fullmatch(token.text):
            return int(token.text)
        return float(token.text) if _REAL.fullmatch(token.text) else token.text

    def _based(self, keyword: str, token: _Token) -> int:
        base, digits, _ = token.text.split("#")
        try:
            return int(digits, int(base))
        except ValueError as error:
            raise self._error(keyword, token.at, f"{token.text[:40]} is not a number") from error

    def _cut(self) -> Iterator[_Token]:
        at, text = 0, self._text
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:
                raise self._error(
                    _last_keyword(text, at), at, f"has {text[at]!r}, which nothing closes"
                )
            at = match.end()
            if match.lastgroup not in (None, "space"):
                yield _Token(str(match.lastgroup), match.group(), match.start())

    def _take(self, keyword: str, otherwise: str) -> _Token:
        token = self._next
        if token is None:
            raise self._error(keyword, len(self._text), otherwise or "is cut short")
        self._next = next(self._tokens, None)
        return token

    def _follows(self, mark: str) -> bool:
        if self._next is None:
            return False
        return self._next.kind == "mark" and self._next.text == mark

    def _expect(self, mark: str, word: _Token) -> None:
        if not self._follows(mark):
            found = "the end" if self._next is None else repr(self._next.text[:40])
            raise self._error(word.text[:60], word.at, f"is followed by {found}, not by {mark!r}")
        self._take(word.text, "")

    def _at(self) -> int:
        return len(self._text) if self._next is None else self._next.at

    def _error(self, keyword: str, at: int, text: str) -> PdsError:
        line = self._text.count("\n", 0, at) + 1
        return PdsError(self._path, f"{keyword[:60]} (line {line})", text)


def _folded(match: re.Match[str]) -> str:
    """A line end inside a string is one blank; after a hyphen it is nothing."""
    return "" if match.group().startswith("-") else " "


def _last_keyword(text: str, at: int) -> str:
    statements = re.findall(r"^\s*(\^?[A-Za-z][\w:]*)\s*=", text[max(0, at - 4000) : at], re.M)
    return statements[-1] if statements else "label"
