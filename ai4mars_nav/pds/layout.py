"""What each format's label says about where the pixels lie: PDS3, VICAR and PDS4 to `Raster`."""

from __future__ import annotations

from pathlib import Path

from ai4mars_nav.pds import samples, vicar
from ai4mars_nav.pds.errors import PdsError
from ai4mars_nav.pds.label import Label, Quantity, Section, Value
from ai4mars_nav.pds.raster import LINES, SAMPLES, SEQUENTIAL, Raster
from ai4mars_nav.pds.xml_label import ARRAY

_PDS3_ORDER = {
    "BAND_SEQUENTIAL": SEQUENTIAL,
    "LINE_INTERLEAVED": LINES,
    "SAMPLE_INTERLEAVED": SAMPLES,
}
_VICAR_ORDER = {"BSQ": SEQUENTIAL, "BIL": LINES, "BIP": SAMPLES}
_PDS4_ORDER = {
    ("BAND", "LINE", "SAMPLE"): SEQUENTIAL,
    ("LINE", "BAND", "SAMPLE"): LINES,
    ("LINE", "SAMPLE", "BAND"): SAMPLES,
    ("LINE", "SAMPLE"): SEQUENTIAL,
}


def find_raster(label: Label) -> Raster:
    """The raster of a label's image."""
    return {"PDS3": _of_pds3, "VICAR": _of_vicar, "PDS4": _of_pds4}[label.format](label)


def _of_pds3(label: Label) -> Raster:
    image = label.required("IMAGE")
    path, offset = _pointer(label)
    kind = samples.of_pds3(image.text("SAMPLE_TYPE"), image.integer("SAMPLE_BITS"))
    if kind is None:
        bits = image.integer("SAMPLE_BITS")
        raise image.error("SAMPLE_TYPE", f"no known type: {image.text('SAMPLE_TYPE')}, {bits} bits")
    dtype, vax = kind
    bands = image.integer("BANDS", 1)
    order = image.text("BAND_STORAGE_TYPE", "BAND_SEQUENTIAL").upper().replace(" ", "_")
    if order not in _PDS3_ORDER:
        raise image.error("BAND_STORAGE_TYPE", f"no known order: {order}")
    return Raster(
        path,
        offset,
        image.integer("LINES"),
        image.integer("LINE_SAMPLES"),
        bands,
        dtype,
        _PDS3_ORDER[order],
        image.integer("LINE_PREFIX_BYTES", 0),
        image.integer("LINE_SUFFIX_BYTES", 0),
        vax,
        keyword="IMAGE.LINES",
    )


def _pointer(label: Label) -> tuple[Path, int]:
    """File and first byte of ^IMAGE: a record or a byte, in this file or in one beside it."""
    top = Section(label.path, label.root)
    pointer = top.value("^IMAGE")
    parts: tuple[Value, ...] = (
        pointer if isinstance(pointer, tuple) and not isinstance(pointer, Quantity) else (pointer,)
    )
    path = label.path
    if parts and isinstance(parts[0], str):
        path, parts = beside(label.path, "^IMAGE", parts[0]), parts[1:]
    where = parts[0] if parts else 1
    if isinstance(where, Quantity):
        if where.unit.upper() != "BYTES":
            raise top.error("^IMAGE", f"unit {where.unit!r} is not BYTES")
        return path, int(where.value) - 1
    if not isinstance(where, int) or len(parts) > 1:
        raise top.error("^IMAGE", f"{str(pointer)[:60]} is no record, byte or file")
    record = top.integer("RECORD_BYTES", 1) if where == 1 else top.integer("RECORD_BYTES")
    return path, (where - 1) * record


def beside(label: Path, keyword: str, name: str) -> Path:
    """A file that a label names, in the label's folder, whatever the case of its letters."""
    if "/" in name or "\\" in name or "\0" in name or name in ("", ".", ".."):
        raise PdsError(label, keyword, f"{name[:60]!r} is not the name of a file beside the label")
    wanted = label.parent / name
    if wanted.exists():
        return wanted
    for path in label.parent.iterdir():
        if path.name.lower() == name.lower():
            return path
    raise PdsError(label, keyword, f"{name[:60]} is not beside the label")


def _of_vicar(label: Label) -> Raster:
    return vicar_raster(label.required(vicar.SYSTEM), 0)


def vicar_raster(system: Section, start: int) -> Raster:
    """The raster of a VICAR label that begins at byte `start`; NBB and NLB hold no pixels."""
    integers, reals = system.text("INTFMT", "LOW"), system.text("REALFMT", "VAX")
    kind = samples.of_vicar(system.text("FORMAT"), integers, reals)
    if kind is None:
        text = f"no known type: {system.text('FORMAT')}, {integers}, {reals}"
        raise system.error("FORMAT", text)
    if system.text("COMPRESS", "NONE").upper() not in ("NONE", "NOT"):
        raise system.error("COMPRESS", f"{system.text('COMPRESS')} pixels are not read")
    order = system.text("ORG", "BSQ").upper()
    if order not in _VICAR_ORDER:
        raise system.error("ORG", f"no known order: {order}")
    dtype, vax = kind
    header = system.integer("NLB", 0) * system.integer("RECSIZE", 0)
    lines, columns, bands = (system.integer(each) for each in ("NL", "NS", "NB"))
    prefix = system.integer("NBB", 0)
    return Raster(
        system.path,
        start + system.integer("LBLSIZE") + header,
        lines,
        columns,
        bands,
        dtype,
        _VICAR_ORDER[order],
        prefix,
        vax=vax,
        pixel_rows=True,
        keyword="SYSTEM.NL",
    )


def _of_pds4(label: Label) -> Raster:
    array = label.required(ARRAY)
    kind = samples.of_pds4(array.text("TYPE"))
    if kind is None:
        raise array.error("data_type", f"no known type: {array.text('TYPE')}")
    axes = tuple(name.upper() for name in array.words("AXES"))
    if axes not in _PDS4_ORDER:
        raise array.error("Axis_Array", f"axes {axes} are not Band, Line and Sample")
    if array.text("ORDER", "Last Index Fastest") != "Last Index Fastest":
        raise array.error("axis_index_order", "must be Last Index Fastest")
    sizes = dict(zip(axes, array.integers("ELEMENTS"), strict=False))
    if len(sizes) != len(axes):
        raise array.error("elements", "an axis has no number of elements")
    return Raster(
        beside(label.path, "file_name", array.text("FILE")),
        array.integer("OFFSET", 0),
        sizes["LINE"],
        sizes["SAMPLE"],
        sizes.get("BAND", 1),
        kind[0],
        _PDS4_ORDER[axes],
        keyword="Axis_Array.elements",
    )
