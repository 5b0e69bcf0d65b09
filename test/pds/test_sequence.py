"""Pairs, versions, depth products and sites: what becomes a shot, and why the rest does not."""

from dataclasses import replace

import numpy as np
import pytest

from ai4mars_nav.dataset.product import parse_product
from ai4mars_nav.geometry import cahv_pixels
from ai4mars_nav.pds import names
from ai4mars_nav.pds.errors import PdsError
from ai4mars_nav.pds.find import find_files
from ai4mars_nav.pds.product import read_product
from ai4mars_nav.pds.sequence import arrange
from ai4mars_nav.pds.sites import Sites

SIZE = 24


@pytest.fixture
def shoot(products, tmp_path):
    """Writes one product with changed facts and reads it."""

    def make(letter="L", clock=701383954.419, size=SIZE, kind="CAHVOR", write=None, **changes):
        eye = "right" if letter == "R" else "left"
        model = changes.pop("model", products.camera(kind, eye, size))
        facts = products.Facts(
            product_id=changes.pop("name", f"N{letter}B_{int(clock)}EDR_F0933408NCAM00200M1"),
            instrument=changes.pop("instrument", f"NAV_{eye.upper()}_B"),
            sclk=clock,
            start=f"2022-03-24T{int(clock) // 3600 % 24:02d}:{int(clock) // 60 % 60:02d}:"
            f"{int(clock) % 60:02d}.180",
            model=model,
            **changes,
        )
        path = tmp_path / f"{facts.product_id}.IMG"
        if write is not None:
            return read_product(write(tmp_path, facts))
        return read_product(products.write_pds3(path, np.ones((1, size, size)), facts))

    return make


def reasons(arranged):
    return {left.path.stem: left.reason for left in arranged.left_out}


def test_a_pair(shoot):
    left, right = shoot(), shoot("R")
    arranged = arrange([right, left])
    assert [(shot.left, shot.right) for shot in arranged.shots] == [(left, right)]
    assert (arranged.rover, arranged.camera) == ("curiosity", "navcam")
    assert arranged.left_out == arranged.alone == ()


def test_the_nearest_right_image_is_taken(shoot):
    left, near, far = shoot(), shoot("R", 701383957.0), shoot("R", 701383990.0)
    arranged = arrange([left, far, near])
    assert [(shot.left, shot.right) for shot in arranged.shots] == [(left, near), (far, None)]
    assert arranged.alone[0].reason.startswith("no left image within 60 s")


def test_a_moved_mast_makes_no_pair(shoot):
    left, right = shoot(), shoot("R", 701383956.0, counter=(93, 3408, 56, 341))
    arranged = arrange([left, right])
    assert [shot.right for shot in arranged.shots] == [None, None]
    assert (
        arranged.alone[0].reason
        == "no right image within 60 s with its size, lens and motion counter"
    )


def test_a_left_without_its_right(shoot):
    arranged = arrange([shoot(), shoot("R", 701384954.0)])
    assert len(arranged.shots) == 2
    assert len(arranged.alone) == 2


def test_sizes_that_differ_make_no_pair(shoot):
    arranged = arrange([shoot(), shoot("R", 701383955.0, size=SIZE // 2)])
    assert [shot.right for shot in arranged.shots] == [None, None]


def test_lenses_that_differ_make_no_pair(shoot, products):
    """Curiosity's Mastcams see one rock, but with 34 and 100 mm they are no stereo pair."""
    wide = products.camera("CAHV", "left", SIZE)
    long = cahv_pixels.scaled(products.camera("CAHV", "right", SIZE), 2.9, 2.9)
    arranged = arrange([shoot(model=wide), shoot("R", 701383955.0, model=long)])
    assert [shot.right for shot in arranged.shots] == [None, None]


def test_two_rovers_in_one_folder(shoot):
    ours = shoot()
    other = shoot(clock=483288473.496, host="MER1", instrument="NAVCAM_LEFT",
                  name="1N483288473EFFCMUFP1214L0M1")  # fmt: skip
    with pytest.raises(PdsError, match=r"INSTRUMENT_HOST_ID: products of curiosity \(.*\) and opp"):
        arrange([ours, other])
    chosen = arrange([ours, other], rover="curiosity")
    assert [shot.left for shot in chosen.shots] == [ours]
    assert reasons(chosen) == {other.path.stem: "of opportunity"}


def test_another_camera_is_left_out(shoot):
    navcam = shoot()
    hazcam = shoot(instrument="FHAZ_LEFT_B", name="FLB_701383954EDR_F0933408NCAM00200M1")
    assert reasons(arrange([navcam, hazcam])) == {hazcam.path.stem: "of the front_hazcam"}
    assert arrange([navcam, hazcam], camera="front_hazcam").shots[0].left is hazcam


def test_linearised_before_raw_and_large_before_small(shoot):
    raw = shoot()
    linear = shoot(name="NLB_701383954ILT_F0933408NCAM00200M1", geometry="LINEARIZED", kind="CAHV")
    part = shoot(name="NLB_701383954EDR_S0933408NCAM00200M1", size=SIZE // 2)
    arranged = arrange([raw, part, linear])
    assert [shot.left for shot in arranged.shots] == [linear]
    assert all("another version, or a part, of" in reason for reason in reasons(arranged).values())


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"model": None}, "GEOMETRIC_CAMERA_MODEL: the label has no camera model"),
        ({"without": ("ROVER_COORDINATE_SYSTEM",)}, "ROVER_COORDINATE_SYSTEM: the label does not"),
        ({"image_type": "THUMBNAIL"}, "IMAGE_TYPE: a thumbnail"),
        ({"derived": "MASK"}, "mask product EDR: no topic takes it"),
    ],
)
def test_what_is_left_out_says_why(shoot, changes, told):
    product = shoot(clock=701384000.0, **changes)
    arranged = arrange([shoot(), product])
    assert reasons(arranged)[product.path.stem].startswith(told)


def test_depth_goes_with_the_image_of_its_camera(shoot, products):
    linear = shoot(kind="CAHV", size=96)
    same = {"kind": "CAHV", "size": 96}
    xyz = shoot(write=lambda d, f: products.write_xyz(d, f, "SITE_FRAME"), **same)
    rng = shoot(write=lambda d, f: products.write_range(d, f), **same)
    arranged = arrange([rng, xyz, linear])
    assert arranged.shots[0].depth is xyz
    assert reasons(arranged) == {rng.path.stem: "another depth product is used"}
    raw = shoot(size=96, name="NLB_701383954RAS_F0933408NCAM00200M1")
    arranged = arrange([raw, xyz])
    assert arranged.shots[0].depth is None
    assert "not the camera of its image" in reasons(arranged)[xyz.path.stem]
    assert reasons(arrange([shoot(clock=701383999.0), xyz]))[xyz.path.stem].startswith("no image")


def test_two_images_of_one_moment(shoot):
    """A topic holds one image of a moment: what cannot be paired does not stand in its place."""
    left, right = shoot(), shoot("R", counter=(93, 3408, 99))
    arranged = arrange([left, right])
    assert len(arranged.shots) == 1
    assert "taken at the same time as" in next(iter(reasons(arranged).values()))


def test_sites_hang_together(shoot):
    """Site 94 lies where its label says, seen from 93; 97 hangs on nothing."""
    one = shoot(site_offset=(1.0, 2.0, 3.0))
    two = shoot(clock=701384000.0, counter=(94, 0), site_offset=(10.0, 20.0, -1.0))
    lost = shoot(clock=701385000.0, counter=(97, 0))
    sites = Sites(one, [one, two, lost])
    assert sites.first_from(one).translation.tolist() == [0.0, 0.0, 0.0]
    assert sites.first_from(two).translation.tolist() == [10.0, 20.0, -1.0]
    with pytest.raises(PdsError, match="no label says where site 97 is, seen from site 93"):
        sites.first_from(lost)
    backwards = Sites(two, [one, two])
    assert backwards.first_from(one).translation.tolist() == [-10.0, -20.0, 1.0]


def test_rover_pose_in_an_unknown_frame(shoot):
    product = shoot()
    strange = replace(product.rover_pose, reference="MOON_FRAME")
    with pytest.raises(PdsError, match="REFERENCE_COORD_SYSTEM_NAME MOON_FRAME is not SITE_FRAME"):
        Sites(replace(product, rover_pose=strange), [])


def test_files_are_found_once_each(products, tmp_path):
    """A label beside its image is read, not the image; other files are none of ours."""
    facts = products.Facts(model=products.camera())
    products.write_pds4(tmp_path / "a.xml", np.zeros((1, 4, 4)), facts)
    (tmp_path / "deep" / "er").mkdir(parents=True)
    products.write_pds3(tmp_path / "deep" / "er" / "b.IMG", np.zeros((1, 4, 4)), facts)
    (tmp_path / "notes.txt").write_text("nothing")
    found = [path.name for path in find_files([tmp_path])]
    assert found == ["a.xml", "b.IMG"]
    assert find_files([tmp_path / "notes.txt", tmp_path / "a.IMG"])[0].name == "a.IMG"
    with pytest.raises(PdsError, match=r"gone: SOURCE: there is no such file or folder"):
        find_files([tmp_path / "gone"])


@pytest.mark.parametrize(
    ("mission", "code", "number"),
    [
        ("mer", "07", 7), ("mer", "A0", 100), ("mer", "AZ", 135), ("mer", "CM", 194),
        ("mer", "Y9", 973), ("mer", "ZZ", 1035), ("mer", "0A", 1036), ("mer", "__", None),
        ("msl", "093", 93), ("msl", "3408", 3408), ("msl", "A00", 1000), ("msl", "B07", 1107),
        ("m2020", "A000", 10000), ("m2020", "___", None), ("m2020", "", None),
    ],
)  # fmt: skip
def test_codes_of_sites_and_drives(mission, code, number):
    product = parse_product("NRB_701383954RAS_F0933408NCAM00200M1")
    coded = replace(product, mission=mission, site=code, drive=code)
    assert names.site_and_drive(coded) == (number, number)


def test_site_and_drive_from_the_name_where_the_label_lacks_them(products, tmp_path):
    facts = products.Facts(model=products.camera())
    path = products.write_pds3(tmp_path / f"{facts.product_id}.IMG", np.zeros((1, 4, 4)), facts)
    path.write_bytes(path.read_bytes().replace(b"ROVER_MOTION_COUNTER ", b"RIVER_MOTION_COUNTER "))
    product = read_product(path)
    assert (product.counter, product.site, product.drive) == ((), 93, 3408)
