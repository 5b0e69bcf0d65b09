"""Pixels of every type, byte order and interleaving; sizes that cannot be."""

import numpy as np
import pytest

from ai4mars_nav.pds import samples
from ai4mars_nav.pds.errors import PdsError
from ai4mars_nav.pds.layout import find_raster
from ai4mars_nav.pds.raster import Raster
from ai4mars_nav.pds.read_label import read_label

PDS3 = [
    ("MSB_INTEGER", ">i2"), ("MSB_INTEGER", ">i4"), ("LSB_INTEGER", "<i2"), ("VAX_INTEGER", "<i2"),
    ("PC_INTEGER", "<i4"), ("SUN_INTEGER", ">i2"), ("MAC_INTEGER", ">i2"), ("INTEGER", ">i2"),
    ("UNSIGNED_INTEGER", "u1"), ("MSB_UNSIGNED_INTEGER", ">u2"), ("LSB_UNSIGNED_INTEGER", "<u2"),
    ("PC_UNSIGNED_INTEGER", "<u4"), ("IEEE_REAL", ">f4"), ("IEEE_REAL", ">f8"), ("PC_REAL", "<f4"),
    ("REAL", ">f4"), ("SUN_REAL", ">f8"), ("IEEE_COMPLEX", ">c8"), ("PC_COMPLEX", "<c16"),
]  # fmt: skip
VICAR = [
    ("BYTE", "LOW", "VAX", "u1"), ("HALF", "LOW", "VAX", "<i2"), ("HALF", "HIGH", "IEEE", ">i2"),
    ("FULL", "HIGH", "IEEE", ">i4"), ("REAL", "LOW", "RIEEE", "<f4"),
    ("REAL", "HIGH", "IEEE", ">f4"), ("DOUB", "HIGH", "IEEE", ">f8"),
    ("COMP", "LOW", "RIEEE", "<c8"),
]  # fmt: skip
PDS4 = [
    ("UnsignedByte", "u1"), ("SignedByte", "i1"), ("SignedMSB2", ">i2"), ("UnsignedLSB2", "<u2"),
    ("SignedLSB4", "<i4"), ("IEEE754MSBSingle", ">f4"), ("IEEE754LSBDouble", "<f8"),
    ("ComplexMSB8", ">c8"),
]  # fmt: skip


def cube(dtype, shape=(3, 5, 7)):
    """Values that no wrong byte order or interleaving leaves the same."""
    return (np.arange(np.prod(shape)).reshape(shape) + 3).astype(dtype)


@pytest.mark.parametrize(("kind", "dtype"), PDS3)
@pytest.mark.parametrize("order", ["BAND_SEQUENTIAL", "LINE_INTERLEAVED", "SAMPLE_INTERLEAVED"])
def test_pds3(products, tmp_path, kind, dtype, order):
    pixels = cube(dtype)
    path = products.write_pds3(
        tmp_path / "a.IMG", pixels, products.Facts(), dtype, kind, order, prefix=6, suffix=3
    )
    read = find_raster(read_label(path)).read()
    assert np.array_equal(read, pixels)
    assert read.dtype.isnative


@pytest.mark.parametrize(("kind", "integers", "reals", "dtype"), VICAR)
@pytest.mark.parametrize("org", ["BSQ", "BIL", "BIP"])
def test_vicar(products, tmp_path, kind, integers, reals, dtype, org):
    pixels = cube(dtype)
    path = products.write_vicar(
        tmp_path / "a.VIC", pixels, products.Facts(), dtype, kind, integers, reals, org, 4, 2
    )
    assert np.array_equal(find_raster(read_label(path)).read(), pixels)


@pytest.mark.parametrize(("kind", "dtype"), PDS4)
@pytest.mark.parametrize("axes", ["Band Line Sample", "Line Band Sample", "Line Sample Band"])
def test_pds4(products, tmp_path, kind, dtype, axes):
    pixels = cube(dtype)
    path = products.write_pds4(tmp_path / "a.xml", pixels, products.Facts(), dtype, kind, axes)
    assert np.array_equal(find_raster(read_label(path)).read(), pixels)


def test_vax_reals():
    """Known patterns of DEC's F and D reals: 1, -2.5, 0.1 and zero."""
    words = [[0x4080, 0], [0xC120, 0], [0x3ECC, 0xCCCD], [0, 0]]
    f = samples.from_vax(np.array(words, "<u2").view("<u4")[:, 0])
    assert f[[0, 1, 3]].tolist() == [1.0, -2.5, 0.0]
    assert abs(f[2] - 0.1) < 1e-8
    d = samples.from_vax(np.array([[*w, 0, 0] for w in words[:2]], "<u2").view("<u8")[:, 0])
    assert d.tolist() == [1.0, -2.5]


def test_vax_reals_of_a_file(products, tmp_path):
    pixels = np.full((1, 2, 2), 0x00004080, np.uint32)
    path = products.write_pds3(tmp_path / "a.IMG", pixels, products.Facts(), "<u4", "VAX_REAL")
    assert find_raster(read_label(path)).read().tolist() == [[[1.0, 1.0], [1.0, 1.0]]]


@pytest.mark.parametrize(
    ("image", "told"),
    [
        ({"LINES": 10**9}, "IMAGE.LINES: has 1000000000 lines, cannot be read"),
        ({"LINES": 1000, "LINE_SAMPLES": 900000}, "end at byte .* but the file has"),
        ({"LINES": 0}, "has 0 lines"),
        ({"LINES": -5}, "has -5 lines"),
        ({"LINES": '"N/A"'}, "IMAGE.LINES: missing"),
        ({"LINES": 9}, "is it cut short"),
        ({"BANDS": 10**7}, "has 10000000 bands"),
        ({"SAMPLE_BITS": 12}, "IMAGE.SAMPLE_TYPE: no known type: MSB_INTEGER, 12 bits"),
        ({"SAMPLE_TYPE": "TERNARY"}, "IMAGE.SAMPLE_TYPE: no known type"),
        ({"BAND_STORAGE_TYPE": "SPIRAL"}, "IMAGE.BAND_STORAGE_TYPE: no known order: SPIRAL"),
        ({"LINE_PREFIX_BYTES": -1}, "begins before its file does"),
        ({"LINE_PREFIX_BYTES": 10**12}, "end at byte"),
    ],
)
def test_sizes_that_cannot_be(products, tmp_path, image, told):
    facts = products.Facts(image=image)
    path = products.write_pds3(tmp_path / "a.IMG", np.zeros((1, 8, 8)), facts)
    with pytest.raises(PdsError, match=rf"a.IMG: .*{told}"):
        find_raster(read_label(path))


@pytest.mark.parametrize(
    ("pointer", "told"),
    [
        ('"other.IMG"', r"\^IMAGE: other.IMG is not beside the label"),
        ('"../a.IMG"', "is not the name of a file beside the label"),
        ("(1, 2, 3)", "is no record, byte or file"),
        ("17 <RECORDS>", "unit 'RECORDS' is not BYTES"),
        ("999999", "is it cut short"),
        ("-4", "begins before its file"),
        ('"N/A"', "missing"),
    ],
)
def test_pointers_to_nowhere(products, tmp_path, pointer, told):
    path = products.write_pds3(tmp_path / "a.IMG", np.zeros((1, 8, 8)), products.Facts())
    raw = path.read_bytes()
    at = raw.index(b"^IMAGE")
    end = raw.index(b"\r\n", at)
    path.write_bytes(raw[:at] + f"^IMAGE = {pointer}".encode() + raw[end:])
    with pytest.raises(PdsError, match=told):
        find_raster(read_label(path))


@pytest.mark.parametrize("pointer", ['("PIXELS.DAT", 3)', '("pixels.dat", 1025 <BYTES>)'])
def test_detached_label(products, tmp_path, pointer):
    """The label in a .LBL, the pixels in a file beside it, whatever the case of its name."""
    pixels = cube(">i2", (1, 8, 8))
    whole = products.write_pds3(tmp_path / "a.IMG", pixels, products.Facts()).read_bytes()
    at = whole.index(b"^IMAGE")
    end = whole.index(b"\r\n", at)
    label = whole[:at] + f"^IMAGE = {pointer}".encode() + whole[end:]
    (tmp_path / "a.LBL").write_bytes(label[: label.index(b"\r\nEND\r\n") + 7])
    (tmp_path / "PIXELS.DAT").write_bytes(b"\0" * 1024 + products.encode(pixels, ">i2"))
    assert np.array_equal(find_raster(read_label(tmp_path / "a.LBL")).read(), pixels)


def test_a_file_cut_short_is_refused_before_it_is_read(products, tmp_path):
    path = products.write_pds3(tmp_path / "a.IMG", np.zeros((1, 8, 8)), products.Facts())
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(PdsError, match="is it cut short"):
        find_raster(read_label(path))


def test_raster_of_a_missing_file(tmp_path):
    with pytest.raises(PdsError, match="cannot be read"):
        Raster(tmp_path / "gone", 0, 1, 1, 1, np.dtype("u1"))


@pytest.mark.parametrize(
    ("items", "told"),
    [
        ({"kind": "TEXT"}, "SYSTEM.FORMAT: no known type"),
        ({"org": "BSQ", "integers": "MIDDLE"}, "SYSTEM.FORMAT: no known type"),
    ],
)
def test_vicar_errors(products, tmp_path, items, told):
    path = products.write_vicar(tmp_path / "a.VIC", np.zeros((1, 8, 8)), products.Facts(), **items)
    with pytest.raises(PdsError, match=told):
        find_raster(read_label(path))
