"""Spoilt products: a small run of tools/fuzz_pds.py over all three formats."""

import importlib.util
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[2] / "tools" / "fuzz_pds.py"


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("fuzz_pds", TOOL)
    sys.modules["fuzz_pds"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules["fuzz_pds"])
    return sys.modules["fuzz_pds"]


@pytest.fixture(scope="module")
def folder(products, tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    products.write_pair(folder, "CAHVORE", "SITE_FRAME", size=16)
    facts = products.Facts(model=products.camera("CAHVOR", size=16), product_id="VIC")
    picture = products.picture(facts.model, 16)
    products.write_vicar(folder / "a.VIC", picture, facts)
    products.write_pds4(folder / "b.xml", picture, facts)
    return folder


def test_spoilt_products_are_read_or_refused(tool, folder):
    counts, _ = tool.fuzz(folder, 600, seed=5)
    assert sum(counts.values()) == 600
    assert counts["read"] > 40
    assert len(counts) > 20  # many keywords were named
    assert {outcome.split(":")[0] for outcome in counts} == {"read", "refused"}


def test_the_same_seed_spoils_the_same_way(tool, folder):
    assert tool.fuzz(folder, 40, seed=2)[0] == tool.fuzz(folder, 40, seed=2)[0]
