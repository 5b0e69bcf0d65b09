"""Sources come into the catalogue once, whole, and again only where they have changed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from ai4mars_nav import cli
from ai4mars_nav.archive.catalogue import slow
from ai4mars_nav.archive.catalogue.ingest import ingest, roots_of, sources_of
from ai4mars_nav.archive.catalogue.records import landmarks_of, record_of
from ai4mars_nav.archive.database import open_database
from ai4mars_nav.archive.errors import ArchiveError
from ai4mars_nav.content.errors import ContentError
from ai4mars_nav.content.parquet_read import read_parquet
from ai4mars_nav.dataset.images import write_image

from ..pds.products import write_pair
from .made_sources import (
    PRODUCT,
    write_bag,
    write_landmarks,
    write_part,
    write_pictures,
    write_release,
    write_table,
)

MAST = "0003MR0000120010100000E01_DRCL"


def taken(database, path, images=None):
    """Ingest a path; the reports of its sources."""
    return [ingest(database, source) for source in sources_of(path, images)]


def images(database):
    """All images by name."""
    return {image.name: image for image in slow.images_of(database)}


def test_classes_of_a_table_join_the_picture_of_that_product(database, tmp_path):
    write_pictures(tmp_path / "pictures")
    shares = {f"{MAST}.jpg": (0.9, 0.08, 0.02), "below/field day.png": (0.1, 0.2, 0.7)}
    write_table(tmp_path / "table", [shares])
    for _ in range(2):
        taken(database, tmp_path / "table", tmp_path / "pictures")
        taken(database, tmp_path / "pictures")
    found = images(database)
    assert set(found) == {MAST, "pictures/below/field day.png"}
    assert found[MAST].classes == {"wheel": 90, "drill": 8}
    assert found[MAST].facets["instrument"] == "mastcam right"
    assert found[MAST].numbers["sol"] == 3 and found[MAST].time is not None
    assert found["pictures/below/field day.png"].classes["ground"] == 70
    assert roots_of(database) == ((tmp_path / "pictures").resolve(),)


def test_crops_of_hirise_are_landmarks_of_their_source_image(database, tmp_path):
    part = {f"ESP_011283_2265_RED-{n:04d}.jpg": (0.95, 0.03, 0.02) for n in range(3)}
    part["ESP_011283_2265_RED-0003.jpg"] = (0.2, 0.6, 0.2)
    write_table(tmp_path / "table", [part], hirise=True)
    taken(database, tmp_path / "table")
    (image,) = images(database).values()
    assert image.name == "ESP_011283_2265_RED" and image.facets["mission"] == "mro"
    assert image.landmarks == {"wheel": 3}


def test_landmarks_of_whole_images_have_boxes_and_the_last_run_counts(database, tmp_path):
    image = tmp_path / "images" / "ESP_011283_2265_RED.png"
    write_image(image, np.zeros((64, 80), np.uint8))
    for count in (3, 2):
        write_landmarks(tmp_path / "found", image.name, count)
        taken(database, tmp_path / "found", tmp_path / "images")
        (one,) = images(database).values()
        assert one.name == "ESP_011283_2265_RED" and one.landmarks == {"crater": count}
    marks = landmarks_of(database, one.id)
    assert [mark.box for mark in marks] == [(5.0, 6.0, 10.0, 20.0)] * 2
    record = record_of(database, one.id)
    assert (record.width, record.height, record.file) == (80, 64, str(image.resolve()))


def test_novelty_is_a_score_of_the_image(database, tmp_path):
    newest = [{"image": f"below/{MAST}.jpg", "product": MAST, "score": 12.5}]
    (tmp_path / "new").mkdir()
    document = {"format": "ai4mars-content-novel/1", "newest": newest}
    (tmp_path / "new" / "novel.json").write_text(json.dumps(document))
    taken(database, tmp_path / "new")
    assert images(database)[MAST].numbers["novelty"] == 12.5
    (tmp_path / "new" / "novel.json").write_text('{"format": "x"}')
    (report,) = taken(database, tmp_path / "new")
    assert "its format is not" in report.problems[0]


def test_a_part_that_changed_is_read_again_and_no_other(database, tmp_path):
    write_table(tmp_path / "table", [{f"{MAST}.jpg": (1, 0, 0)}, {"a.jpg": (0, 1, 0)}])
    (first,) = taken(database, tmp_path / "table")
    assert (first.images, first.done_before) == (2, 0)
    write_part(tmp_path / "table" / "part-000000.parquet", {f"{MAST}.jpg": (0, 0.4, 0.6)})
    (second,) = taken(database, tmp_path / "table")
    assert (second.images, second.done_before) == (1, 1)
    assert images(database)[MAST].classes == {"drill": 40, "ground": 60}


def test_labels_tell_the_terrain(database, tmp_path):
    write_release(tmp_path / "ai4mars")
    taken(database, tmp_path / "ai4mars")
    image = images(database)[PRODUCT]
    assert image.numbers["sand"] == pytest.approx(1 / 3)
    assert image.numbers["soil"] == pytest.approx(2 / 3) and image.numbers["big_rock"] == 0
    assert image.facets["site"] == "curiosity 2" and image.facets["instrument"] == "navcam left"


def test_products_tell_where_and_when(database, tmp_path):
    write_pair(tmp_path / "pds", "CAHVOR", "SITE_FRAME")
    (tmp_path / "pds" / "damaged.IMG").write_bytes(b"PDS_VERSION_ID = PDS3\r\nEND\r\n")
    (report,) = taken(database, tmp_path / "pds")
    assert report.images == 2 and "damaged.IMG" in report.problems[0]
    found = images(database)
    assert {image.facets["instrument"] for image in found.values()} == {
        "navcam left", "navcam right",
    }  # fmt: skip
    assert all(
        image.numbers["north"] is not None and image.time and image.facets["site"]
        for image in found.values()
    )


def test_frames_of_a_bag_have_pose_terrain_and_rocks(database, tmp_path):
    write_bag(tmp_path / "drive")
    (report,) = taken(database, tmp_path)
    assert report.images == 2 and not report.problems
    frame = images(database)["drive/2000000000"]
    assert (frame.numbers["east"], frame.numbers["north"]) == (4.0, 4.0)
    assert frame.numbers["sand"] == 1.0 and frame.numbers["rocks"] == 1
    assert frame.facets == {
        "mission": "", "instrument": "navcam left", "target": "", "site": "bag drive",
    }  # fmt: skip


def test_what_is_no_source_or_broken_is_named(database, tmp_path):
    with pytest.raises(ArchiveError, match=r"nothing: there is no such"):
        sources_of(tmp_path / "nothing")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ArchiveError, match="no table of classes, PDS products"):
        sources_of(tmp_path / "empty")
    write_table(tmp_path / "table", [{"a.jpg": (1, 0, 0)}, {"b.jpg": (1, 0, 0)}])
    part = tmp_path / "table" / "part-000001.parquet"
    whole = part.read_bytes()
    for raw in (b"", whole[:-9], whole[:40] + bytes(8) + whole[48:], b"PAR1" + bytes(20) + b"PAR1"):
        part.write_bytes(raw)
        with pytest.raises(ContentError, match="cannot be read as a table"):
            read_parquet(part, ("image", "probability", "product"))
        (report,) = taken(database, tmp_path / "table")
        assert "part-000001.parquet" in report.problems[0]
    assert len(images(database)) == 1
    (tmp_path / "bag").mkdir()
    (tmp_path / "bag" / "metadata.yaml").write_text("no bag")
    (report,) = taken(database, tmp_path / "bag")
    assert "cannot be read as a rosbag2 bag" in report.problems[0]
    (tmp_path / "table" / "_journal.jsonl").write_text('{"format": "of somebody else"}\n')
    with pytest.raises(ArchiveError, match="its format is not"):
        taken(database, tmp_path / "table")


def test_a_killed_run_goes_on_and_nothing_is_there_twice(address, tmp_path):
    count, each = 60, 50
    write_table(
        tmp_path / "table",
        [{f"{p}-{n}.jpg": (0.5, 0.3, 0.2) for n in range(each)} for p in range(count)],
    )
    script = (
        "import sys\nfrom pathlib import Path\n"
        "from ai4mars_nav.archive.catalogue import ingest\n"
        "from ai4mars_nav.archive.database import open_database\n"
        "database = open_database(sys.argv[2])\n"
        "for source in ingest.sources_of(Path(sys.argv[1])):\n"
        "    ingest.ingest(database, source, 1, lambda *told: print(*told, flush=True), 100)\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "table"), address]
    for _ in range(3):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        for _ in range(4):
            process.stdout.readline()
        time.sleep(0.002 * (os.getpid() % 7))
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
    database = open_database(address)
    with database.reading() as session:
        ((units,),) = session.run("SELECT COUNT(*) FROM catalogue_units")
        ((there,),) = session.run("SELECT COUNT(*) FROM images")
        ((kinds,),) = session.run("SELECT COUNT(*) FROM image_classes")
    assert 8 <= units < count and there == units * each and kinds == 3 * there
    (report,) = taken(database, tmp_path / "table")
    assert report.done_before == units and report.images == (count - units) * each
    assert len(images(database)) == count * each
    database.close()


def test_the_command_says_what_it_did(tmp_path, capsys):
    write_pictures(tmp_path / "pictures")
    (tmp_path / "pictures" / "empty.png").write_bytes(b"")
    words = ["archive", "ingest", str(tmp_path / "pictures"), "--store", str(tmp_path / "a.db")]
    assert cli.main(words) == 0
    told = capsys.readouterr().err
    assert "2 images read, 0 parts were there already, 1 could not be used" in told
    assert "empty.png: empty" in told
    assert cli.main([*words[:2], str(tmp_path / "none"), *words[3:]]) == cli.REFUSED
    with open_database(str(tmp_path / "a.db")).reading() as session:
        rows = session.run("SELECT problems FROM catalogue_units WHERE unit = 'empty.png'")
    assert "empty" in json.loads(rows[0][0])[0]
