"""What pixels mean: constants, points, ranges, and grey levels."""

import numpy as np
import pytest

from ai4mars_nav.pds import pixels
from ai4mars_nav.pds.errors import PdsError
from ai4mars_nav.pds.product import MASK, OTHER, POINTS, RANGE, read_product


def write(products, folder, values, facts=None, dtype=">i2", kind="MSB_INTEGER", **changes):
    facts = facts or products.Facts(model=products.camera(), **changes)
    return read_product(products.write_pds3(folder / "a.IMG", values, facts, dtype, kind))


def test_missing_and_invalid_constants(products, tmp_path):
    values = np.array([[[0, 5, 4095], [7, 0, 9]]])
    constants = {"MISSING_CONSTANT": 0.0, "INVALID_CONSTANT": 4095}
    product = write(products, tmp_path, values, image=constants)
    assert product.missing == (0.0, 4095.0)
    seen = pixels.valid(product, pixels.counts(product))
    assert seen.tolist() == [[False, True, False], [True, False, True]]


def test_missing_vector_of_points(products, tmp_path):
    """A point with one coordinate 0 is a point; only the whole vector says that there is none."""
    values = np.ones((3, 2, 2))
    values[:, 0, 0] = 0.0
    values[0, 1, 1] = 0.0
    values[1, 0, 1] = np.nan
    for constant in ("(0.0,0.0,0.0)", "0.0"):
        product = write(
            products, tmp_path, values, None, ">f4", "IEEE_REAL",
            derived="XYZ_MAP", pixel_frame="SITE_FRAME", image={"MISSING_CONSTANT": constant},
        )  # fmt: skip
        assert product.kind == POINTS
        assert product.measured.frame == "SITE_FRAME"
        assert np.isnan(pixels.points(product)).all(axis=0).tolist() == [
            [True, True],
            [False, False],
        ]


def test_ranges(products, tmp_path):
    values = np.array([[[0.0, 2.5], [-1.0, np.inf]]])
    product = write(
        products, tmp_path, values, None, ">f4", "IEEE_REAL",
        derived="RANGE_MAP", image={"MISSING_CONSTANT": 0.0},
    )  # fmt: skip
    assert product.kind == RANGE
    metres = pixels.ranges(product)
    assert metres[0, 1] == 2.5
    assert np.isnan(metres).sum() == 3


@pytest.mark.parametrize(
    ("derived", "name", "kind"),
    [
        ("MASK", "NLB_701383954MXY_F0933408NCAM00200M1", MASK),
        ("", "NLB_701383954MXY_F0933408NCAM00200M1", MASK),
        ("", "NLB_701383954XYL_F0933408NCAM00200M1", POINTS),
        ("", "NLB_701383954RNG_F0933408NCAM00200M1", RANGE),
        ("SLOPE_MAP", "NLB_701383954SLP_F0933408NCAM00200M1", OTHER),
    ],
)
def test_kinds(products, tmp_path, derived, name, kind):
    product = write(products, tmp_path, np.zeros((1, 4, 4)), derived=derived, product_id=name)
    assert (product.kind, product.type) == (kind, name[13:16])


def test_points_of_the_wrong_shape(products, tmp_path):
    product = write(products, tmp_path, np.zeros((1, 4, 4)), derived="XYZ_MAP")
    with pytest.raises(PdsError, match=r"a.IMG: BANDS: 1 bands of int16: XYZ has 3 of reals"):
        pixels.points(product)


def test_twelve_bits_become_eight(products, tmp_path):
    values = np.array([[[0, 15, 16, 4095]]])
    product = write(products, tmp_path, values, image={"SAMPLE_BIT_MASK": "2#0000111111111111#"})
    counts = pixels.counts(product)
    assert pixels.white_level(product, counts) is None
    assert pixels.grey(counts, product.bits, None).tolist() == [[0, 0, 1, 255]]


def test_more_bits_than_the_label_says_are_scaled(products, tmp_path):
    values = np.full((1, 8, 8), 8000)
    product = write(products, tmp_path, values, image={"SAMPLE_BIT_MASK": "2#0000111111111111#"})
    white = pixels.white_level(product, pixels.counts(product))
    assert white == 8000
    assert (pixels.grey(pixels.counts(product), product.bits, white) == 255).all()


def test_negative_counts_are_black(products, tmp_path):
    product = write(products, tmp_path, np.array([[[-5, 4095]]]),
                    image={"SAMPLE_BIT_MASK": "2#0000111111111111#"})  # fmt: skip
    assert pixels.grey(pixels.counts(product), product.bits, None).tolist() == [[0, 255]]


def test_reals_are_scaled(products, tmp_path):
    values = np.linspace(0.0, 0.02, 64).reshape(1, 8, 8)
    values[0, 0, 0] = np.nan
    product = write(products, tmp_path, values, None, ">f4", "IEEE_REAL")
    counts = pixels.counts(product)
    grey = pixels.grey(counts, product.bits, pixels.white_level(product, counts))
    assert grey[0, 0] == 0
    assert grey[7, 7] == 255
    assert (np.diff(grey.ravel().astype(int)) >= 0).all()


def test_three_bands_become_luminance(products, tmp_path):
    values = np.zeros((3, 1, 3))
    values[0, 0, 0] = values[1, 0, 1] = values[2, 0, 2] = 255
    product = write(products, tmp_path, values, None, "u1", "UNSIGNED_INTEGER")
    assert pixels.grey(pixels.counts(product), 8, None).tolist() == [[76, 150, 29]]
