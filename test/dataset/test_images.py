"""Reading and writing images: what is wrong with a file is named with the file."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest

from ai4mars_nav.dataset import errors, images
from ai4mars_nav.dataset.errors import BadInput, DatasetError


def test_label_round_trip(tmp_path, blobs):
    label = blobs(0, 1)[0]
    images.write_label(tmp_path / "deep" / "label.png", label)
    np.testing.assert_array_equal(images.read_label(tmp_path / "deep" / "label.png"), label)
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["label.png"]


def test_colour_round_trip(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (9, 7, 3)).astype(np.uint8)
    images.write_image(tmp_path / "picture.png", pixels)
    np.testing.assert_array_equal(images.read_colour(tmp_path / "picture.png"), pixels)


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "label.png"
    images.write_label(path, np.zeros((4, 4), np.uint8))
    before = path.read_bytes()

    def breaks(part):
        part.write_bytes(b"half")
        raise OSError("disk full")

    with pytest.raises(DatasetError, match=r"label\.png: cannot be written: disk full"):
        images.write_atomically(path, breaks)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["label.png"]


@pytest.mark.parametrize("lost", [1, 12, 20, 60])
def test_truncated_png_is_named(tmp_path, put, blobs, lost):
    path = put(tmp_path / "label.png", blobs(0, 1)[0])
    path.write_bytes(path.read_bytes()[:-lost])
    with pytest.raises(BadInput, match=r"label\.png.*truncated") as caught:
        images.read_label(path)
    assert caught.value.problem.kind == errors.UNREADABLE


def test_damaged_png_is_named(tmp_path, put, blobs):
    whole = put(tmp_path / "label.png", blobs(0, 1)[0]).read_bytes()
    path = put(tmp_path / "bad.png", b"\0" * 16 + whole[16:])
    with pytest.raises(BadInput, match=r"bad\.png.*damaged"):
        images.read_label(path)


def test_a_byte_that_changed_on_the_way_is_found(tmp_path, put, blobs):
    whole = put(tmp_path / "label.png", blobs(0, 1)[0]).read_bytes()
    for at in range(12, len(whole) - 4, 7):
        flipped = whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]
        path = put(tmp_path / "bad.png", flipped)
        with pytest.raises(BadInput, match=r"bad\.png: unreadable file: (damaged|truncated)"):
            images.read_label(path)


def test_labels_of_fewer_bits_are_refused(tmp_path, put):
    """Decoders stretch them to 0..255: big rock in two bits would be read as no label."""
    path = put(tmp_path / "two.png", packed_png(2, np.full((8, 8), 3, np.uint8)))
    with pytest.raises(BadInput, match=r"two\.png.*2 bits"):
        images.read_label(path)
    one = put(tmp_path / "one.png", packed_png(1, np.eye(8, dtype=np.uint8)))
    np.testing.assert_array_equal(images.read_mask(one), np.eye(8, dtype=bool))


def packed_png(bits, values):
    """A grey PNG (h, w) of `bits` a pixel; w is a multiple of 8."""

    def chunk(kind, body):
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    planes = (values[..., None] >> np.arange(bits)[::-1]) & 1
    rows = np.packbits(planes.reshape(len(values), -1), axis=1)
    head = struct.pack(">IIBBBBB", values.shape[1], values.shape[0], bits, 0, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows))
    chunks = chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def test_transparent_labels_are_refused(tmp_path, put):
    pixels = np.full((4, 4, 4), 255, np.uint8)
    put(tmp_path / "a.png", pixels)
    assert (images.read_label(tmp_path / "a.png") == 255).all()
    pixels[0, 0, 3] = 0
    with pytest.raises(BadInput, match=r"b\.png.*transparent"):
        images.read_label(put(tmp_path / "b.png", pixels))


def test_missing_file_is_named(tmp_path):
    with pytest.raises(BadInput, match=r"gone\.png.*No such file"):
        images.read_label(tmp_path / "gone.png")


def test_colour_and_16_bit_labels_are_refused(tmp_path, put):
    colour = put(tmp_path / "c.png", np.dstack([np.full((4, 4), v, np.uint8) for v in (0, 1, 2)]))
    with pytest.raises(BadInput, match=r"c\.png.*colour"):
        images.read_label(colour)
    with pytest.raises(BadInput, match=r"w\.png.*uint16"):
        images.read_label(put(tmp_path / "w.png", np.zeros((4, 4), np.uint16)))


def test_grey_stored_as_colour_is_grey(tmp_path, put):
    label = np.array([[0, 1], [2, 255]], np.uint8)
    path = put(tmp_path / "rgb.png", np.dstack([label] * 3))
    np.testing.assert_array_equal(images.read_label(path), label)


def test_unknown_label_values_are_named(tmp_path, put):
    path = put(tmp_path / "label.png", np.array([[0, 7], [9, 255]], np.uint8))
    with pytest.raises(BadInput, match=r"label\.png.*unknown label value.*\[7, 9\]"):
        images.read_label(path)


def test_another_blank_value_becomes_255(tmp_path, put):
    path = put(tmp_path / "label.png", np.array([[0, 4], [3, 255]], np.uint8))
    np.testing.assert_array_equal(images.read_label(path, blank=4), [[0, 255], [3, 255]])
    with pytest.raises(BadInput, match=r"\[4\]"):
        images.read_label(path)
