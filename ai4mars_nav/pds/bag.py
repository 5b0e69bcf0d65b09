"""Bags in parts: each file is written and finished by itself, then one metadata.yaml names all.

A part that is finished need not be made again, so that a killed conversion goes on.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml
from rosbags.rosbag2 import StoragePlugin, Writer
from rosbags.rosbag2.storage_sqlite3 import Sqlite3Writer

from ai4mars_nav.bags.written import BAG_VERSION, offered
from ai4mars_nav.pds.messages import STORE, Message

STORAGES = {"mcap": StoragePlugin.MCAP, "sqlite3": StoragePlugin.SQLITE3}
SUFFIXES = (".mcap", ".db3")
METADATA = "metadata.yaml"
_INFORMATION = "rosbag2_bagfile_information"
_PAGE = 1 << 16
"""Bytes: the largest that SQLite knows."""


def write_part(
    folder: Path,
    storage: str,
    topics: dict[str, str],
    lasting: set[str],
    stamped: Iterable[tuple[int, str, Message]],
) -> None:
    """Write one part: messages of (stamp, topic, bytes) in this order; `lasting` are latched."""
    if folder.exists():  # cut off by a kill
        shutil.rmtree(folder)
    with Writer(folder, version=BAG_VERSION, storage_plugin=STORAGES[storage]) as writer:
        if isinstance(writer.storage, Sqlite3Writer):
            _take_large_pages(writer.storage.conn)
        connections = {
            topic: writer.add_connection(
                topic,
                kind,
                typestore=STORE,
                offered_qos_profiles=[offered(latched=topic in lasting)],
            )
            for topic, kind in topics.items()
        }
        for stamp, topic, data in stamped:
            writer.write(connections[topic], stamp, data)


def _take_large_pages(database: sqlite3.Connection) -> None:
    """A picture is then dozens of pages, not hundreds; VACUUM makes it so while all is empty."""
    database.execute(f"PRAGMA page_size = {_PAGE}")
    database.execute("VACUUM")


def join_parts(parts: list[Path], bag: Path, custom: dict[str, str]) -> None:
    """Move the files of finished parts into one bag. `custom` goes into its metadata."""
    told = [_information(part) for part in parts]
    whole = dict(told[0])
    starts = [each["starting_time"]["nanoseconds_since_epoch"] for each in told]
    ends = [
        start + each["duration"]["nanoseconds"] for start, each in zip(starts, told, strict=True)
    ]
    whole["relative_file_paths"] = [name for each in told for name in each["relative_file_paths"]]
    whole["files"] = [file for each in told for file in each["files"]]
    whole["starting_time"] = {"nanoseconds_since_epoch": min(starts)}
    whole["duration"] = {"nanoseconds": max(ends) - min(starts)}
    whole["message_count"] = sum(each["message_count"] for each in told)
    whole["topics_with_message_count"] = _counted(told)
    whole["custom_data"] = custom
    bag.mkdir(parents=True)
    for part, each in zip(parts, told, strict=True):
        for name in each["relative_file_paths"]:
            (part / name).rename(bag / name)
    text = yaml.safe_dump({_INFORMATION: whole}, sort_keys=False, width=200)
    (bag / METADATA).write_text(text, encoding="utf-8")


def _counted(told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The topics of the parts, which are the same in each, with all their messages."""
    topics = []
    for index, topic in enumerate(told[0]["topics_with_message_count"]):
        counts = (each["topics_with_message_count"][index]["message_count"] for each in told)
        topics.append({**topic, "message_count": sum(counts)})
    return topics


def _information(part: Path) -> dict[str, Any]:
    text = (part / METADATA).read_text(encoding="utf-8")
    return dict(yaml.safe_load(text)[_INFORMATION])
