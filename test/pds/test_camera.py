"""Camera models of labels: vectors, types, and the window of the detector that an image shows."""

import numpy as np
import pytest

from ai4mars_nav.geometry import cahv_pixels
from ai4mars_nav.geometry.cahv_pixels import intrinsics
from ai4mars_nav.pds.camera import StatedCamera, Window, windowed
from ai4mars_nav.pds.errors import PdsError
from ai4mars_nav.pds.missions import Detector
from ai4mars_nav.pds.product import read_product
from ai4mars_nav.pds.view import camera_on_rover

BLANK = np.zeros((1, 8, 8))


def written(products, tmp_path, edit=None, **changes):
    facts = products.Facts(**{"model": products.camera("CAHVORE"), **changes})
    path = products.write_pds3(tmp_path / "a.IMG", BLANK, facts)
    if edit:
        raw = path.read_bytes()
        assert edit[0].encode() in raw
        path.write_bytes(raw.replace(edit[0].encode(), edit[1].encode().ljust(len(edit[0]))))
    return path


@pytest.mark.parametrize(
    ("stated", "linearity"), [("1.0", 1.0), ("2.0", 0.0), ("3.0", 0.37)]
)  # type 3 states its own
def test_cahvore_types(products, tmp_path, stated, linearity):
    key = "MODEL_COMPONENT_8                = "
    path = written(products, tmp_path, (f"{key}3.0", f"{key}{stated}"))
    assert read_product(path).model.model.linearity == linearity


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (("= 3.0", "= 4.0"), "MODEL_COMPONENT_8: CAHVORE type 4 is not 1, 2 or 3"),
        (("CAHVORE\r", "CAHVERO\r"), "MODEL_TYPE: CAHVERO is not one of CAHV, CAHVOR, CAHVORE"),
        (('"E","T"', '"X","T"'), "MODEL_COMPONENT_ID: E is missing"),
        (("MODEL_COMPONENT_3 ", "MODEL_COMPONENT_X "), "MODEL_COMPONENT_3: missing"),
        (("MODEL_COMPONENT_1                = (0.8", "MODEL_COMPONENT_1                = (N/A"),
         "MODEL_COMPONENT_1: 'N/A' is not a number"),
        (("MODEL_COMPONENT_2                = (0.88", "MODEL_COMPONENT_2                = (9.88"),
         "GEOMETRIC_CAMERA_MODEL.MODEL_COMPONENT: CAHVORE A has length"),
    ],
)  # fmt: skip
def test_models_that_cannot_be(products, tmp_path, edit, told):
    with pytest.raises(PdsError, match=told):
        read_product(written(products, tmp_path, edit))


def test_a_label_without_a_camera_model(products, tmp_path):
    product = read_product(written(products, tmp_path, model=None))
    assert product.model is None
    with pytest.raises(PdsError, match=r"a.IMG: GEOMETRIC_CAMERA_MODEL: the label has no camera"):
        camera_on_rover(product)


@pytest.mark.parametrize("name", ["GEOMETRIC_CAMERA_MODEL", "GEOMETRIC_CAMERA_MODEL_PARMS"])
@pytest.mark.parametrize(
    "system",
    ["ROVER_COORDINATE_SYSTEM", "ROVER_COORD_SYSTEM_PARMS", "ROVER_COORDINATE_SYSTEM_PARMS"],
)
def test_groups_of_operations_and_of_the_archive(products, tmp_path, name, system):
    names = {"GEOMETRIC_CAMERA_MODEL": name, "ROVER_COORDINATE_SYSTEM": system}
    product = read_product(written(products, tmp_path, names=names))
    assert product.model.name == "CAHVORE"
    assert product.rover_pose.reference == "SITE_FRAME"


@pytest.mark.parametrize("frame", ["SITE_FRAME", "LOCAL_LEVEL_FRAME"])
def test_models_in_other_frames(products, tmp_path, frame):
    """A camera given in the site's frame is that of the rover's frame, moved back."""
    on_rover = read_product(written(products, tmp_path))
    pose = on_rover.rover_pose.pose
    if frame == "LOCAL_LEVEL_FRAME":
        pose = type(pose)(pose.rotation, np.zeros(3))
    moved = cahv_pixels.moved(products.camera("CAHVORE"), pose)
    product = read_product(written(products, tmp_path, model=moved, frame=frame))
    ours, theirs = camera_on_rover(product), camera_on_rover(on_rover)
    for vector in "cahvo":
        assert np.allclose(getattr(ours, vector), getattr(theirs, vector), atol=1e-5)


def test_an_unknown_frame_is_named(products, tmp_path):
    product = read_product(written(products, tmp_path, frame="MOON_FRAME"))
    with pytest.raises(PdsError, match=r"REFERENCE_COORD_SYSTEM_NAME: MOON_FRAME: the label has"):
        camera_on_rover(product)


WHOLE = Detector(1024, 1024, 1221.0)
WINDOWS = [
    Window(first_column=200, first_row=300),
    Window(columns=2, rows=2),
    Window(first_column=256, first_row=64, columns=4, rows=4),
    Window(columns=4, rows=1),
]


@pytest.mark.parametrize("window", WINDOWS)
def test_window_of_the_detector(products, window):
    """A model of the whole detector is moved into the window; one of the window is left as it is.

    A ray seen at a detector pixel is seen where the window puts that pixel.
    """
    whole = products.camera("CAHVOR", size=1024)
    model = cahv_pixels.scaled(whole, 1221 / intrinsics(whole).hs, 1221 / intrinsics(whole).vs)
    stated = StatedCamera(model, "ROVER_NAV_FRAME", "CAHVOR")
    shown = windowed(stated, window, WHOLE)
    assert shown.windowed
    uv = np.array([[400.0, 500.0], [600.0, 350.0]])
    _, rays = model.unproject(uv)
    seen, _ = shown.model.project(model.c + 50 * rays)
    pixel = (uv - (window.first_column, window.first_row) + 0.5) / (window.columns, window.rows)
    assert np.allclose(seen, pixel - 0.5, atol=1e-6)
    assert windowed(shown, window, WHOLE) is shown
    assert windowed(stated, window, None) is stated
    assert windowed(stated, Window(), WHOLE) is stated


def test_window_out_of_the_label(products, tmp_path):
    """Tiles may have several factors; the image has the finest of them."""
    path = written(
        products,
        tmp_path,
        image={"FIRST_LINE": 1057, "FIRST_LINE_SAMPLE": 33},
        state={"TILE_DOWNSAMPLE_X": "(4,2)", "TILE_DOWNSAMPLE_Y": "(4,2)"},
    )
    assert read_product(path).window == Window(32, 1056, 2, 2)


def test_absurd_averaging_is_refused(products, tmp_path):
    with pytest.raises(PdsError, match="PIXEL_AVERAGING_WIDTH: 1000 pixels averaged into one"):
        read_product(written(products, tmp_path, state={"PIXEL_AVERAGING_WIDTH": 1000}))
