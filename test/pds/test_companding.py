"""12-to-8-bit companding undone where the label says how."""

import numpy as np
import pytest

from ai4mars_nav.pds import pixels
from ai4mars_nav.pds.companding import MASTCAM_TABLE_0
from ai4mars_nav.pds.errors import PdsError
from ai4mars_nav.pds.product import read_product

RAMP = np.arange(256).reshape(1, 16, 16)


def product_of(products, folder, kind="UNSIGNED_INTEGER", dtype="u1", **state):
    facts = products.Facts(model=products.camera(), state=state)
    return read_product(products.write_pds3(folder / "a.IMG", RAMP, facts, dtype, kind))


def test_published_table():
    assert len(MASTCAM_TABLE_0) == 256
    assert (MASTCAM_TABLE_0[0], MASTCAM_TABLE_0[128], MASTCAM_TABLE_0[255]) == (0, 542, 2033)
    steps = np.diff(MASTCAM_TABLE_0)
    assert steps.min() >= 0
    # a square root was undone: steps grow evenly, but for the rounding and the two ends
    assert np.abs(steps[3:-1] - (0.0594 * np.arange(3, 254) + 0.45)).max() < 1.5


@pytest.mark.parametrize(
    ("mode", "table", "bits"),
    [
        ("NONE", np.arange(256), 8),
        ("MMM_LUT0", np.array(MASTCAM_TABLE_0), 11),
        ("MSB_BIT11", np.arange(256) * 16, 12),
        ("MSB_BIT7", np.arange(256), 8),
        ("LUT2", np.arange(256), 8),
    ],
)
def test_modes(products, tmp_path, mode, table, bits):
    product = product_of(products, tmp_path, SAMPLE_BIT_MODE_ID=f'"{mode}"')
    assert product.companding.mode == mode
    assert product.bits == bits
    counts = pixels.counts(product)
    assert np.array_equal(counts.ravel(), table)
    assert pixels.grey(counts, product.bits, None)[0, 0] == 0


def test_a_table_that_lies_beside(products, tmp_path):
    table = np.arange(256) ** 2 // 16
    (tmp_path / "square.txt").write_text("\n".join(map(str, table)))
    product = product_of(
        products, tmp_path, SAMPLE_BIT_MODE_ID="LUT2", INVERSE_LUT_FILE_NAME='"SQUARE.TXT"'
    )
    assert np.array_equal(pixels.counts(product).ravel(), table)
    (tmp_path / "square.txt").write_text("\n".join(f"{i} {n}" for i, n in enumerate(table)))
    product = product_of(products, tmp_path, INVERSE_LUT_FILE_NAME='"square.txt"')
    assert np.array_equal(pixels.counts(product).ravel(), table)


def test_wide_pixels_are_not_companded(products, tmp_path):
    product = product_of(products, tmp_path, "MSB_INTEGER", ">i2", SAMPLE_BIT_MODE_ID='"MMM_LUT0"')
    assert np.array_equal(pixels.counts(product).ravel(), np.arange(256))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1 2 3", "must hold 256 numbers"),
        ("a " * 256, "must hold 256 numbers"),
        ("70000 " * 256, "holds 70000, more than 16 bits"),
        ("3 " * 512, "its pairs must begin with 0 to 255"),
        ("1 " * 70000, "is too large"),
    ],
)
def test_tables_that_are_none(products, tmp_path, text, told):
    (tmp_path / "t.txt").write_text(text)
    with pytest.raises(PdsError, match=f"t.txt: INVERSE_LUT_FILE_NAME: .*{told}"):
        product_of(products, tmp_path, INVERSE_LUT_FILE_NAME='"t.txt"')


def test_a_table_that_is_missing_is_named(products, tmp_path):
    with pytest.raises(PdsError, match=r"INVERSE_LUT_FILE_NAME: gone.txt is not beside"):
        product_of(products, tmp_path, INVERSE_LUT_FILE_NAME='"gone.txt"')
