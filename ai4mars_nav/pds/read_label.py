"""Reading a file's label, whatever its format: attached or beside the pixels."""

from __future__ import annotations

import re
from pathlib import Path

from ai4mars_nav.pds import odl, vicar, xml_label
from ai4mars_nav.pds.errors import PdsError
from ai4mars_nav.pds.label import Block, Label, Section
from ai4mars_nav.pds.layout import vicar_raster

_CHUNK = 1 << 16
_LONGEST = 4 << 20
"""Bytes of the longest label that is read; real ones have up to 120 KiB."""
_END = re.compile(rb"^[ \t]*END[ \t]*(?:/\*[^\n]*)?\r?$", re.MULTILINE)
_ODL = re.compile(rb"\s*(?:/\*.*?\*/\s*)*\^?[A-Za-z][\w:]*\s*=", re.DOTALL)
_SFDU = re.compile(rb"(?:CCSD|NJPL)[\w$]{16}[^\n]{0,100}\n")


def read_label(path: Path) -> Label:
    """The label of a PDS3, VICAR or PDS4 file."""
    try:
        with path.open("rb") as file:
            head = file.read(_CHUNK)
            if re.match(rb"\s*LBLSIZE\s*=", head):
                return Label(path, "VICAR", _vicar_tree(path))
            if re.match(rb"(?:\xef\xbb\xbf)?\s*<", head):
                return Label(path, "PDS4", xml_label.parse(path, _xml_text(path, head)))
            sfdu = _SFDU.match(head)
            if not _ODL.match(head, sfdu.end() if sfdu else 0):
                raise PdsError(
                    path, "label", "begins like no PDS3, VICAR or PDS4 label: is it a product?"
                )
            while (end := _END.search(head)) is None and len(head) < _LONGEST:
                more = file.read(_CHUNK)
                if not more:
                    break
                head += more
            text = head[sfdu.end() if sfdu else 0 : end.end() if end else len(head)]
            return Label(path, "PDS3", odl.parse(path, text.decode("latin-1")))
    except OSError as error:
        raise PdsError(path, "file", f"cannot be read: {error.strerror}") from error


def _vicar_tree(path: Path) -> Block:
    """The tree of the label before the pixels and, where EOL says so, of the rest after them."""
    root = vicar.parse(path, vicar_text(path, 0))
    system = Section(path, root.blocks[0])
    if system.integer("EOL", 0):
        raster = vicar_raster(system, 0)
        rest = vicar.parse(path, vicar_text(path, raster.offset + raster.nbytes))
        root.blocks.extend(rest.blocks[1:])
    return root


def vicar_text(path: Path, start: int) -> str:
    """The text of the VICAR label that begins at a byte of a file."""
    whole = path.stat().st_size
    with path.open("rb") as file:
        file.seek(start)
        size = vicar.label_size(path, file.read(64))
        if size > min(whole - start, _LONGEST):
            raise PdsError(path, "LBLSIZE", f"is {size} bytes, the file has {whole}")
        file.seek(start)
        return file.read(size).decode("latin-1")


def _xml_text(path: Path, head: bytes) -> str:
    size = path.stat().st_size
    if size > _LONGEST:
        raise PdsError(path, "XML", f"has {size} bytes, at most {_LONGEST} are read")
    raw = path.read_bytes() if size > len(head) else head
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PdsError(path, "XML", f"is not UTF-8: {error}") from error
