"""VICAR and PDS4 labels, and telling the formats apart."""

from pathlib import Path

import numpy as np
import pytest

from ai4mars_nav.pds import vicar, xml_label
from ai4mars_nav.pds.errors import PdsError
from ai4mars_nav.pds.label import Quantity
from ai4mars_nav.pds.product import Measured, read_product
from ai4mars_nav.pds.read_label import read_label, vicar_text

PATH = Path("x.VIC")


def test_vicar_items():
    root = vicar.parse(
        PATH,
        "LBLSIZE=2048  FORMAT='HALF' NL=4 X=-1.5D-3 PROPERTY='GEO' NAME='it''s' V=(1,2.5,'a') "
        "AZ=12.5 AZ__UNIT='deg' EMPTY='' TASK='T' USER=me\0\0",
    )
    system, geo, task = root.blocks
    assert system.values == {"LBLSIZE": 2048, "FORMAT": "HALF", "NL": 4, "X": -1.5e-3}
    assert geo.values["NAME"] == "it's"
    assert geo.values["V"] == (1, 2.5, "a")
    assert geo.values["AZ"] == Quantity(12.5, "deg")
    assert (geo.name, task.name, task.values) == ("GEO", "TASK T", {"USER": "me"})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("LBLSIZE=10 = 4", "is no KEY=value"),
        ("A=(1,2", "A: has '' inside its list"),
        ("A=(1 2)", "A: has '2' inside its list"),
        ("A='open", "A: has no value"),
    ],
)
def test_vicar_errors(text, told):
    with pytest.raises(PdsError, match=told):
        vicar.parse(PATH, text)


@pytest.mark.parametrize("kind", ["CAHV", "CAHVOR", "CAHVORE"])
def test_three_formats_say_the_same(products, tmp_path, kind):
    """One image written in each format reads to the same pixels, camera and pose."""
    model = products.camera(kind, "left")
    pixels = products.picture(model)
    facts = products.Facts(model=model)
    read = [
        read_product(products.write_pds3(tmp_path / "a.IMG", pixels, facts)),
        read_product(products.write_vicar(tmp_path / "b.VIC", pixels, facts)),
        read_product(products.write_pds4(tmp_path / "c.xml", pixels, facts)),
    ]
    assert [product.format for product in read] == ["PDS3", "VICAR", "PDS4"]
    for product in read:
        assert np.array_equal(product.raster.read(), pixels)
        assert product.model.name == kind
        for vector in kind.lower():
            ours, theirs = getattr(product.model.model, vector), getattr(model, vector)
            assert np.allclose(ours, theirs, rtol=1e-8, atol=1e-12)
        assert product.rover_pose.pose.translation.tolist() == list(facts.offset)
        assert product.rover_pose.reference_index == (93,)
        assert product.site_pose.reference_index == (92,)
        assert product.sclk == facts.sclk
        assert product.start == read[0].start
        assert (product.site, product.drive, product.counter) == (93, 3408, (93, 3408, 55, 340))
        assert (product.camera, product.eye, product.kind) == ("navcam", "left", "image")
        assert product.sun.frame == "SITE"
    assert [product.rover for product in read] == ["curiosity", "curiosity", "perseverance"]


def test_the_vicar_label_inside_a_real_product(real):
    """The two labels of the Curiosity sample agree on the camera and the pose."""
    path = next((real / "msl").glob("*.IMG"))
    attached = read_label(path)
    root = vicar.parse(path, vicar_text(path, 15 * 2048))
    ours = {block.name: block for block in root.walk()}
    camera = attached.required("GEOMETRIC_CAMERA_MODEL").block.values
    for number in range(1, 7):
        key = f"MODEL_COMPONENT_{number}"
        assert ours["GEOMETRIC_CAMERA_MODEL"].values[key] == camera[key]
    rover = attached.required("ROVER_COORDINATE_SYSTEM").block.values
    for key in ("ORIGIN_OFFSET_VECTOR", "ORIGIN_ROTATION_QUATERNION"):
        assert ours["ROVER_COORDINATE_SYSTEM"].values[key] == rover[key]


def test_points_of_pds4(products, tmp_path):
    facts = products.Facts(
        model=products.camera(), derived="XYZ Map", pixel_frame="SITE_FRAME",
        product_id="NLB_701383954XYZ_F0933408NCAM00200M1",
    )  # fmt: skip
    points = np.ones((3, 8, 8))
    path = tmp_path / f"{facts.product_id}.xml"
    product = read_product(products.write_pds4(path, points, facts, ">f4", "IEEE754MSBSingle"))
    assert product.kind == "xyz"
    assert product.measured == Measured("SITE_FRAME", (93,), (1.5, 0.0, -2.0))


@pytest.mark.parametrize("commanded", ["PIXEL_AVERAGING_HEIGHT", "PIXEL_AVERAGING_WIDTH"])
def test_what_was_only_commanded_is_not_read(products, tmp_path, commanded):
    facts = products.Facts(model=products.camera())
    label = read_label(products.write_pds4(tmp_path / "c.xml", np.zeros((1, 8, 8)), facts))
    assert not label.required("INSTRUMENT_STATE_PARMS").has(commanded)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("<a><b></a>", "XML: cannot be parsed"),
        ("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "DOCTYPE: a label has no use for one"),
        ("<a>" * 70 + "</a>" * 70, "a: is nested deeper than 64 elements"),
    ],
)
def test_xml_errors(text, told):
    with pytest.raises(PdsError, match=told):
        xml_label.parse(Path("x.xml"), text)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "label: begins like no PDS3, VICAR or PDS4 label"),
        (b"\x89PNG\r\n", "label: begins like no PDS3, VICAR or PDS4 label"),
        (b"LBLSIZE=999999 A=1", "LBLSIZE: is 999999 bytes, the file has 18"),
        (b"<\xff\xfe>", "XML: is not UTF-8"),
        (b"PDS_VERSION_ID = PDS3\r\nA = 1", "END .*: the label ends without an END statement"),
    ],
)
def test_files_that_are_no_products(tmp_path, content, told):
    path = tmp_path / "x.IMG"
    path.write_bytes(content)
    with pytest.raises(PdsError, match=f"x.IMG: {told}"):
        read_label(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(PdsError, match=r"gone.IMG: file: cannot be read"):
        read_label(tmp_path / "gone.IMG")


def test_the_rest_of_a_vicar_label_after_the_pixels(products, tmp_path):
    """EOL=1: what did not fit before the pixels stands behind them."""
    facts = products.Facts(model=products.camera("CAHV"))
    path = products.write_vicar(tmp_path / "a.VIC", products.picture(facts.model), facts)
    raw = path.read_bytes().replace(b"EOL=0", b"EOL=1")
    rest = b"PROPERTY='LATE'  ANSWER=42"
    path.write_bytes(raw + b"LBLSIZE=200".ljust(24) + rest.ljust(176, b"\0"))
    label = read_label(path)
    assert label.required("LATE").integer("ANSWER") == 42
    assert label.required("GEOMETRIC_CAMERA_MODEL").text("MODEL_TYPE") == "CAHV"
    path.write_bytes(raw)
    with pytest.raises(PdsError, match="LBLSIZE: a VICAR label must begin with it"):
        read_label(path)


def test_sfdu_line_before_the_label(products, tmp_path):
    facts = products.Facts(model=products.camera())
    path = products.write_pds3(tmp_path / "a.IMG", np.zeros((1, 8, 8)), facts)
    raw = path.read_bytes()
    path.write_bytes(b"CCSD3ZF0000100000001NJPL3IF0PDSX00000001\r\n" + raw)
    assert read_label(path).required("IMAGE").integer("LINES") == 8
