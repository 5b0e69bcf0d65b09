"""Label sets as files, lists of what pictures show, and what AI4Mars masks tell."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ai4mars_nav.content.errors import ContentError
from ai4mars_nav.content.label_lists import shown_in
from ai4mars_nav.content.label_set import read_label_set
from ai4mars_nav.content.multi_label_list import labels_matrix, read_shown, support
from ai4mars_nav.content.origin import origin_of
from ai4mars_nav.dataset.errors import BadInput, Findings
from ai4mars_nav.perception.errors import ModelError
from ai4mars_nav.share import SettingsError, label_set_file

from .conftest import paint

HEAD = """format: ai4mars-label-set/1
name: own
about: what is there
attribution: nobody
licence: none
answer_from: 0.5
classes:
"""
COLOURS = """  - {name: red, code: r, what: much red}
  - {name: green, code: g, what: much green}
  - {name: a picture, what: anything}
"""
COVERED = """  - {name: sandy, what: sand, cover: {of: [sand], at_least: 0.5}}
  - {name: rocky, what: rock of any kind, cover: {of: [bedrock, big rock], at_least: 0.25}}
  - {name: blank, what: no label, cover: {of: [unlabelled], at_least: 0.25}}
  - {name: rover, what: rover in view, cover: {of: [rover], at_least: 0.01}}
"""
PRODUCTS = ("NLA_397681586EDR_F0020000AUT_04096M1", "NLA_397681801EDR_F0030000AUT_04096M1")


@pytest.fixture
def label_set(tmp_path):
    def write(classes=COLOURS, head=HEAD):
        (tmp_path / "own.yaml").write_text(head + classes)
        return read_label_set(tmp_path / "own.yaml")

    return write


def test_the_shipped_label_sets_are_whole():
    mernet = read_label_set(label_set_file("mernet"))
    assert len(mernet.classes) == 25 and not mernet.from_masks
    # the order of the chain is that of the paper's table
    assert mernet.names[:3] == ("Rover deck", "Pancam calibration target", "Arm hardware")
    assert mernet.names[-1] == "Artifacts" and mernet.classes[8].code == "roc"
    assert read_label_set(label_set_file("ai4mars-scenes")).from_masks
    assert not read_label_set(label_set_file("perseverance-targets")).from_masks
    with pytest.raises(SettingsError, match="there are ai4mars-scenes, mernet"):
        label_set_file("moonnet")


@pytest.mark.parametrize(
    ("classes", "told"),
    [
        ("  - {name: red, what: x}\n", "classes has 1, must have two"),
        ("  - {name: red, what: x}\n  - {name: red, what: y}\n", "two of the name or code 'red'"),
        ("  - {name: a, what: x}\n  - {name: b, code: a, what: y}\n", "name or code 'a'"),
        ("  - {name: red}\n  - {name: b, what: y}\n", r"classes\[0\].what is missing"),
        ("  - {name: red, what: x, colour: 3}\n" * 2, r"classes\[0\].colour is not a key"),
        (COVERED + COLOURS, "masks tell all or none"),
        (COVERED.replace("[sand]", "[moon]"), r"classes\[0\].cover.of names 'moon'"),
        (COVERED.replace("0.5", "1.5"), r"classes\[0\].cover.at_least is 1.5"),
        (COVERED.replace("0.5", "0"), "which every image reaches"),
    ],
)
def test_a_label_set_that_is_wrong_names_the_key(label_set, classes, told):
    with pytest.raises(ModelError, match=rf"own.yaml: .*{told}"):
        label_set(classes)


def test_a_list_names_classes_by_name_or_code(tmp_path, label_set):
    paint(tmp_path / "1P128287181EFF0000P2303L2M1.png", 0)
    paint(tmp_path / "sub" / "b.png", 1)
    (tmp_path / "l.csv").write_text(
        "a picture,image,g,red\n1,1P128287181EFF0000P2303L2M1.png,0,1\n1,sub/b.png,,0\n\n"
    )
    shown = read_shown(tmp_path / "l.csv", tmp_path, label_set(), Findings(skip=False))
    # in the order of the chain; what nobody said is -1
    assert labels_matrix(shown).tolist() == [[1, 0, 1], [0, -1, 1]]
    assert support(labels_matrix(shown)) == (1, 0, 2)
    assert (shown[0].origin.instrument, shown[0].origin.group) == ("pancam left", "opportunity 00")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("gone.png,1,0,1", "gone.png is not there"),
        ("a.png,yes,0,1", "'yes'; a cell is 1, 0 or empty"),
        ("a.png,1,0,1\na.png,1,1,1", "a.png was listed before"),
    ],
)
def test_bad_lines_are_noted_and_left_out(tmp_path, label_set, line, told):
    for name in ("a.png", "b.png"):
        paint(tmp_path / name, 0)
    (tmp_path / "l.csv").write_text(f"image,red,green,a picture\n{line}\nb.png,0,1,1\n")
    with pytest.raises(BadInput, match=told):
        read_shown(tmp_path / "l.csv", tmp_path, label_set(), Findings(skip=False))
    findings = Findings(skip=True)
    shown = read_shown(tmp_path / "l.csv", tmp_path, label_set(), findings)
    assert shown[-1].name == "b.png" and len(findings.problems) == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "has no line but a header"),
        ("image,red,green\nx,1,1\n", "its header has no 'a picture'"),
        ("image,red,r,green,a picture\nx,1,1,1,1\n", "its header has 'red' twice"),
        ("image,red,teal,a picture\nx,1,1,1\n", "its header has 'teal'; there are image, red, r"),
        ("image,red,green,a picture\nx,1\n", "l.csv:2: has 2 cells, the header 4"),
        ("image,red,green,a picture\n,,,\n", "no line of it names an image"),
    ],
)
def test_a_list_that_is_no_list(tmp_path, label_set, text, told):
    (tmp_path / "l.csv").write_text(text)
    with pytest.raises(ContentError, match=told):
        read_shown(tmp_path / "l.csv", tmp_path, label_set(), Findings(skip=True))


@pytest.fixture
def release(tmp_path):
    """An AI4Mars folder of two images: half sand and half unlabelled; bedrock and big rock."""
    root = tmp_path / "release"
    for name in ("images/edr", "images/mxy", "labels/train"):
        (root / "msl" / name).mkdir(parents=True)
    label = np.full((8, 8), 255, np.uint8)
    label[:, :4] = 2
    rocks = np.zeros((8, 8), np.uint8)
    rocks[:, :1], rocks[:, 1:2] = 1, 3
    for product, one in zip(PRODUCTS, (label, rocks), strict=True):
        assert cv2.imwrite(str(root / f"msl/images/edr/{product}.JPG"), np.full((8, 8), 90, "u1"))
        assert cv2.imwrite(str(root / f"msl/labels/train/{product}.png"), one)
    (tmp_path / "list.txt").write_text("\n".join(PRODUCTS))
    return root


def test_masks_tell_what_covers_an_image(tmp_path, label_set, release):
    shown = shown_in(tmp_path / "list.txt", release, label_set(COVERED), Findings(skip=False))
    # no release without rover masks tells of the rover
    assert labels_matrix(shown).tolist() == [[1, 0, 1, -1], [0, 1, 0, -1]]
    assert [one.origin.group for one in shown] == ["curiosity 002", "curiosity 003"]


def test_rover_masks_tell_of_the_rover_and_hide_the_ground(tmp_path, label_set, release):
    for product, hidden in zip(PRODUCTS, (0, 1), strict=True):
        mask = np.zeros((8, 8), np.uint8)
        mask[:, :4] = hidden
        name = product.replace("EDR", "MXY")
        assert cv2.imwrite(str(release / f"msl/images/mxy/{name}.png"), mask)
    shown = shown_in(tmp_path / "list.txt", release, label_set(COVERED), Findings(skip=False))
    assert labels_matrix(shown).tolist() == [[1, 0, 1, 0], [0, 0, 1, 1]]


def test_a_product_without_a_label_is_noted(tmp_path, label_set, release):
    other = "NLA_397681867EDR_F0020000AUT_04096M1"
    (tmp_path / "list.txt").write_text("\n".join([*PRODUCTS, other]))
    (release / "msl/labels/train" / f"{PRODUCTS[1]}.png").write_bytes(b"")
    findings = Findings(skip=True)
    shown = shown_in(tmp_path / "list.txt", release, label_set(COVERED), findings)
    assert [one.name for one in shown] == [PRODUCTS[0]]
    assert [problem.kind for problem in findings.problems] == [
        "unreadable file",
        "image without label",
    ]


def test_cameras_of_rovers_are_told_from_product_ids():
    origin = origin_of(PRODUCTS[0])
    assert (origin.instrument, origin.group) == ("navcam left", "curiosity 002")
    assert origin_of("0292MR0002810020103587C00_DRCL").group == "sol 292"
