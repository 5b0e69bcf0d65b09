"""Product ids of all rovers, against the labels that real products carry."""

from __future__ import annotations

import re

import pytest

from ai4mars_nav.dataset.errors import BadInput
from ai4mars_nav.dataset.product import mask_name, parse_product

NAMES = {
    "NLA_397681586EDR_F0020000AUT_04096M1": ("msl", "curiosity", "navcam", "L", 2, "002", "0000"),
    "NRB_701383954RAS_F0933408NCAM00200M1": (
        "msl", "curiosity", "navcam", "R", 3423, "093", "3408",
    ),
    "FLB_549367213EDR_F0580000FHAZ00337M1": (
        "msl", "curiosity", "front hazcam", "L", 1711, "058", "0000",
    ),
    "1N491020834ILFCNY9P0706L0M1": ("mer", "opportunity", "navcam", "L", 4087, "CN", "Y9"),
    "1F483644096EFFCMX8P1214L0M1": ("mer", "opportunity", "front hazcam", "L", 4004, "CM", "X8"),
    "2n126468064edn0000p1001l0m1": ("mer", "spirit", "navcam", "L", 1, "00", "00"),
    "NLF_0009_0667755959_167ECM_N0030000NCAM05000_01_295J": (
        "m2020", "perseverance", "navcam", "L", 9, "003", "0000",
    ),
    "0174ML0009370000105185E01_DRCL": ("msl", "curiosity", "mastcam", "L", 174, "", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_parts_of_an_id(name):
    found = parse_product(name)
    parts = (found.mission, found.rover, found.camera, found.eye)
    assert (*parts, found.sol, found.site, found.drive) == NAMES[name]


@pytest.mark.parametrize("name", ["holiday", "NLA_397681586EDR_F002", ""])
def test_a_strange_name_is_named(name):
    with pytest.raises(BadInput, match=f"^{name}: strange name"):
        parse_product(name)


def test_masks_differ_in_the_type_only():
    name = "NLA_397681586EDR_F0020000AUT_04096M1"
    assert mask_name(name, "MXY") == "NLA_397681586MXY_F0020000AUT_04096M1"
    assert mask_name("1n129697839eff0338p1931l0m1", "RNG") == "1n129697839rng0338p1931l0m1"
    with pytest.raises(BadInput, match="no type"):
        mask_name("0174ML0009370000105185E01_DRCL", "MXY")


def test_sols_are_those_in_real_labels(real):
    seen = 0
    for path in sorted((real / "pds").rglob("*.IMG")):
        text = path.read_bytes()[:200_000].decode("latin-1")
        sol = int(re.search(r"PLANET_DAY_NUMBER\s*=\s*(\d+)", text)[1])
        assert parse_product(path.stem).sol == sol, path.name
        seen += 1
    assert seen >= 4


def test_places_tell_rovers_apart():
    names = ("1N491020834ILFCNY9P0706L0M1", "2N491020834ILFCNY9P0706L0M1")
    assert len({parse_product(name).place for name in names}) == 2
    assert parse_product("0174ML0009370000105185E01_DRCL").place == "curiosity sol 174"
