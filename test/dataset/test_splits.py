"""Splits: no place on both sides, shares about as asked, stratified test sets."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from ai4mars_nav.cli import main
from ai4mars_nav.dataset import layout, manifest, splits
from ai4mars_nav.dataset.errors import BadInput, DatasetError


@pytest.fixture
def names(product):
    rng = np.random.default_rng(0)
    return [
        product(n, site=f"{rng.integers(1, 40):03d}", drive=f"{rng.integers(0, 9):04d}")
        for n in range(600)
    ]


@pytest.mark.parametrize("by", ["site", "drive", "sol"])
@pytest.mark.parametrize("seed", [0, 1])
def test_parts_share_no_group(names, product, by, seed):
    names = [*names, *(product(100_000 * n) for n in range(1, 60))] if by == "sol" else names
    parts = splits.split(names, by, {"train": 0.7, "val": 0.2, "test": 0.1}, seed)
    assert sorted(name for members in parts.values() for name in members) == sorted(names)
    groups = [{splits.group_of(name, by) for name in members} for members in parts.values()]
    assert not groups[0] & groups[1]
    assert not (groups[0] | groups[1]) & groups[2]
    assert all(groups)


def test_shares_and_seed(names):
    shares = {"train": 0.7, "val": 0.3}
    first = splits.split(names, "site", shares, 0)
    assert abs(len(first["train"]) - 420) < 30
    assert splits.split(list(reversed(names)), "site", shares, 0) == first
    assert splits.split(names, "site", shares, 1) != first


def test_rovers_do_not_share_sites():
    pair = ["1n129697839eff0338p1931l0m1", "2n129697839eff0338p1931l0m1"]
    parts = splits.split(pair, "drive", {"a": 0.5, "b": 0.5}, 0)
    assert len(parts["a"]) == len(parts["b"]) == 1


def test_splits_that_cannot_be_are_refused(names):
    for shares in ({}, {"a": 0.5}, {"a": 1.5, "b": -0.5}):
        with pytest.raises(DatasetError, match="shares"):
            splits.split(names, "site", shares, 0)
    with pytest.raises(DatasetError, match=f"{names[3]}: listed twice"):
        splits.split([*names, names[3]], "site", {"a": 1.0}, 0)
    with pytest.raises(DatasetError, match="groups by site cannot fill"):
        splits.split(names[:1], "site", {"a": 0.5, "b": 0.5}, 0)
    with pytest.raises(DatasetError, match="must be one of"):
        splits.split(names, "image", {"a": 1.0}, 0)
    with pytest.raises(DatasetError, match="split by sol"):
        splits.group_of("0174ML0009370000105185E01_DRCL", "site")
    with pytest.raises(BadInput, match="strange name"):
        splits.group_of("holiday", "site")


def test_a_test_set_has_each_orbital_class_alike(names):
    classes = ("dunes", "ridged", "smooth")
    orbital = {name: classes[int(name[18:21]) % 3] for name in names}
    chosen, near = splits.choose_test(orbital, "site", 20, 3)
    assert Counter(orbital[name] for name in chosen) == dict.fromkeys(classes, 20)
    used = {splits.group_of(name, "site") for name in chosen}
    assert set(near) == {n for n in names if splits.group_of(n, "site") in used} - set(chosen)
    for terrain in classes:  # no class rests on one place
        of_class = [splits.group_of(n, "site") for n in chosen if orbital[n] == terrain]
        assert len(set(of_class)) >= 3
        assert max(Counter(of_class).values()) <= 10


def test_a_class_with_few_images_gives_them_all(names):
    orbital = {name: "pits" if n < 4 else "smooth" for n, name in enumerate(sorted(names))}
    chosen, _ = splits.choose_test(orbital, "drive", 10, 0)
    assert Counter(orbital[name] for name in chosen) == {"pits": 4, "smooth": 10}


def test_the_command(tmp_path, product, put, blobs, capsys):
    shape = (24, 40)
    clear = np.zeros(shape, bool)
    names = [product(n, site=f"{n // 4:03d}") for n in range(40)]
    for n, name in enumerate(names):
        label = blobs(n, 1, shape)[0]
        layout.write_frame(tmp_path / "data", name, "train", label, label, (clear, clear))
    rows = [f"{name},{'dunes' if n % 8 < 4 else 'ridged'}\n" for n, name in enumerate(names)]
    (tmp_path / "orbital.csv").write_text("product,terrain\n" + "".join(rows))
    words = ["labels", "split", str(tmp_path / "data"), "-o", str(tmp_path / "lists")]
    words += ["--orbital", str(tmp_path / "orbital.csv"), "--per-class", "3"]
    assert main([*words, "--shares", "train=0.5", "val=0.5"]) == 0
    told = capsys.readouterr().out
    assert "test: 6 images of 6 sites" in told
    assert "weight 0." in told
    lists = {
        name: set((tmp_path / "lists" / f"{name}.txt").read_text().split())
        for name in ("train", "val", "test")
    }
    sites = {part: {name[18:21] for name in members} for part, members in lists.items()}
    assert not sites["train"] & sites["val"]
    assert not sites["test"] & (sites["train"] | sites["val"])
    assert {len(lists["train"]), len(lists["val"])} == {8}
    entries = manifest.read_manifest(tmp_path / "lists" / "manifest.csv")
    assert [entry.product for entry in entries] == names
    # a bad label is refused, or left out of every list
    put(tmp_path / "data/msl/labels/train" / f"{names[0]}.png", np.full(shape, 6, np.uint8))
    assert main(words) == 2
    assert f"{names[0]}.png: unknown label value" in capsys.readouterr().err
    assert main([*words, "--on-bad", "skip"]) == 0
    assert "1 skipped: unknown label value" in capsys.readouterr().err
    entries = manifest.read_manifest(tmp_path / "lists" / "manifest.csv")
    assert [entry.product for entry in entries] == names[1:]
    assert names[0] not in (tmp_path / "lists" / "test.txt").read_text()


def test_images_for_the_test_set_need_no_label_yet(tmp_path, product, put, capsys):
    """Experts label them once they are chosen; what the list gets wrong is named."""
    label, clear = np.zeros((8, 8), np.uint8), np.zeros((8, 8), bool)
    names = [product(n, site=f"{n:03d}") for n in range(8)]
    data = tmp_path / "data"
    for name in names:
        layout.write_frame(data, name, "train", label, label, (clear, clear))
    for name in names[:4]:
        (data / "msl/labels/train" / f"{name}.png").unlink()
    listed = tmp_path / "orbital.csv"
    rows = [f"{name},{'dunes' if n else 'ridged'}\n" for n, name in enumerate(names[:4])]
    listed.write_text("product,terrain\n" + "".join(rows))
    words = ["labels", "split", str(data), "-o", str(tmp_path / "lists"), "--shares", "train=1"]
    words += ["--orbital", str(listed), "--per-class", "3"]
    assert main(words) == 0
    assert "dunes 3, ridged 1 (3 asked for)" in capsys.readouterr().err
    assert (tmp_path / "lists" / "test.txt").read_text().split() == names[:4]
    assert (tmp_path / "lists" / "train.txt").read_text().split() == names[4:]
    listed.write_text("product,terrain\n" + "".join(rows) + f"{product(9)},dunes\n")
    assert main(words) == 2
    assert f"orbital.csv: unknown product id: {product(9)} is no image" in capsys.readouterr().err
    put(data / "msl/images/edr/holiday.jpg", label)
    listed.write_text("product,terrain\n" + "".join(rows) + "holiday,dunes\n")
    assert main([*words, "--on-bad", "skip"]) == 0
    assert "holiday" in capsys.readouterr().err
    assert (tmp_path / "lists" / "test.txt").read_text().split() == names[:4]
