"""`ai4mars pds show` and `to-bag`, as users run them."""

import json

import cv2
import numpy as np
import pytest

from ai4mars_nav.cli import main


@pytest.fixture
def folder(products, tmp_path):
    products.write_pair(tmp_path / "in", "CAHVOR", "SITE_FRAME")
    return tmp_path / "in"


def test_show_says_what_a_product_is(folder, products, capsys):
    path = folder / "NLB_701383954EDR_F0933408NCAM00200M1.IMG"
    assert main(["pds", "show", str(path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["rover"], told["camera"], told["eye"]) == ("curiosity", "navcam", "left")
    assert told["camera_model"]["fx"] == pytest.approx(products.FOCAL)
    assert told["camera_model"]["R"][0] == 1.35787e-05
    assert told["camera_model"]["rover_elevation"] == pytest.approx(-28.0)
    assert told["pose"]["position"] == [151.271, -156.017, 22.3253]
    assert told["image"]["maximum"] <= 4095
    assert main(["pds", "show", str(path)]) == 0
    said = capsys.readouterr().out
    assert "sclk                  701383954.419" in said
    assert "  fx                  110" in said


@pytest.mark.parametrize("kind", ["EDR", "XYZ"])
def test_show_draws(folder, tmp_path, kind):
    path = folder / f"NLB_701383954{kind}_F0933408NCAM00200M1.IMG"
    assert main(["pds", "show", str(path), "--picture", str(tmp_path / "a.png")]) == 0
    picture = cv2.imread(str(tmp_path / "a.png"))
    drawn = picture[78 : 78 + 96, 24 : 24 + 96]
    assert np.ptp(drawn.astype(int)) > 100


def test_show_draws_the_horizon_where_the_camera_has_it(products, tmp_path):
    """A camera that looks level at a level rover has the horizon in the row of its centre."""
    model = products.camera("CAHV")
    level = type(model)(
        model.c, np.array([1.0, 0, 0]), np.array([48.0, 110.0, 0]), np.array([40.0, 0, 110.0])
    )
    facts = products.Facts(model=level, quaternion=(1.0, 0.0, 0.0, 0.0))
    path = products.write_pds3(tmp_path / "a.IMG", np.zeros((1, 96, 96)), facts)
    assert main(["pds", "show", str(path), "--picture", str(tmp_path / "a.png")]) == 0
    picture = cv2.imread(str(tmp_path / "a.png")).astype(int)
    drawn = picture[78 : 78 + 96, 24 : 24 + 96]
    orange = (drawn[..., 2] > 150) & (drawn[..., 0] < 120)
    rows = np.flatnonzero(orange[:, 60:].any(axis=1))
    assert rows.tolist() == [40]


def test_refusals_name_file_and_keyword(folder, tmp_path, capsys):
    bad = tmp_path / "bad.IMG"
    bad.write_bytes(b"nothing")
    assert main(["pds", "show", str(bad)]) == 2
    assert "bad.IMG: label: begins like no PDS3" in capsys.readouterr().err
    picture = ["--picture", str(tmp_path / "no" / "a.png")]
    assert main(["pds", "show", str(next(folder.glob("*EDR*"))), *picture]) == 2
    assert "--picture: cannot be written" in capsys.readouterr().err
    assert main(["pds", "to-bag", str(tmp_path / "gone"), "-o", str(tmp_path / "bag")]) == 2
    assert "gone: SOURCE: there is no such file or folder" in capsys.readouterr().err


def test_to_bag_reports(folder, tmp_path, capsys):
    (folder / "broken.IMG").write_bytes(b"LINES = 3")
    assert main(["pds", "to-bag", str(folder), "-o", str(tmp_path / "bag")]) == 0
    told = capsys.readouterr()
    assert "1 image of the navcam of curiosity: 1 with their right image, 1 with depth" in told.out
    assert "left out: broken.IMG: END (line 1): the label ends without an END" in told.out
    assert "1 of 1 images" in told.err
    assert (tmp_path / "bag" / "metadata.yaml").is_file()
