"""The manifest: round trip, counts after masking, and files that changed since."""

from __future__ import annotations

import dataclasses
import hashlib

import numpy as np
import pytest

from ai4mars_nav.cli import main
from ai4mars_nav.dataset import layout, manifest
from ai4mars_nav.dataset.errors import DatasetError, Findings


@pytest.fixture
def entries(tmp_path, product, blobs):
    rover, beyond = np.zeros((24, 40), bool), np.zeros((24, 40), bool)
    rover[:4] = True
    for number, label in enumerate(blobs(3, 3)):
        layout.write_frame(tmp_path, product(number), "train", label, label, (rover, beyond))
    frames = layout.find_frames(tmp_path, "train", Findings(False))
    return [manifest.describe(tmp_path, frame) for frame in frames]


def test_entries_count_what_is_learned_from(tmp_path, entries, blobs, product):
    label = blobs(3, 3)[1]
    label[:4] = 255
    entry = entries[1]
    assert entry.product == product(1)
    assert entry.pixels == tuple(int((label == c).sum()) for c in range(4))
    assert entry.blank == (label == 255).sum()
    assert sum(entry.pixels) + entry.blank == entry.height * entry.width == 24 * 40
    stored = (tmp_path / entry.label).read_bytes()
    assert entry.label_sha256 == hashlib.sha256(stored).hexdigest()


def test_round_trip(tmp_path, entries):
    manifest.write_manifest(tmp_path / "manifest.csv", entries)
    assert manifest.read_manifest(tmp_path / "manifest.csv") == tuple(entries)


def test_changed_and_lost_files_are_named(tmp_path, entries, capsys):
    manifest.write_manifest(tmp_path / "splits" / "manifest.csv", entries)
    words = ["labels", "check", str(tmp_path)]
    assert main(words) == 0
    assert (
        f"{2 * len(entries)} of {2 * len(entries)} files are as they were"
        in capsys.readouterr().out
    )
    (tmp_path / entries[0].image).unlink()
    (tmp_path / entries[2].label).write_bytes(b"other")
    assert main(words) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == [f"{entries[0].image}: is gone", f"{entries[2].label}: has changed"]
    assert main([*words, "--manifest", str(tmp_path / "none.csv")]) == 2
    assert "none.csv: the manifest cannot be read" in capsys.readouterr().err


def test_weights_are_one_less_the_share(entries):
    one = dataclasses.replace(entries[0], soil=60, bedrock=30, sand=10, big_rock=0)
    shares = manifest.composition([one])
    np.testing.assert_allclose(shares, [0.6, 0.3, 0.1, 0.0])
    np.testing.assert_allclose(manifest.label_weights(shares), [0.4, 0.7, 0.9, 1.0])
    none = dataclasses.replace(one, soil=0, bedrock=0, sand=0)
    with pytest.raises(DatasetError, match="no labelled pixel"):
        manifest.composition([none])


def test_a_damaged_manifest_is_named(tmp_path, entries):
    path = tmp_path / "manifest.csv"
    manifest.write_manifest(path, entries)
    text = path.read_text()
    path.write_text(text.replace(",24,40,", ",24,wide,", 1))
    with pytest.raises(DatasetError, match=r"manifest\.csv: line 2, width.*wide"):
        manifest.read_manifest(path)
    path.write_text(text.rsplit(",", 1)[0])
    with pytest.raises(DatasetError, match=r"manifest\.csv: line 4 has 13 of 14"):
        manifest.read_manifest(path)
    path.write_text("a,b\n")
    with pytest.raises(DatasetError, match="not a manifest"):
        manifest.read_manifest(path)
