"""What scientists want: read, checked, and refused with file and key."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ai4mars_nav.content.sidecar import load_content_model
from ai4mars_nav.content.triage.sizes import bytes_of
from ai4mars_nav.content.triage.wants import Wants, read_wants
from ai4mars_nav.settings import SettingsError
from ai4mars_nav.share import content_model_file, share, wants_file


def test_what_is_named_is_read_and_the_rest_has_defaults(wants: Callable[..., Wants]) -> None:
    read = wants("classes: {red: 2}\nnovel: 0.5\npass: {budget: 1.5 MB}\nalike: {apart: 9}\n")
    assert read.classes == {"red": 2.0} and read.terrain == {} and read.novel == 0.5
    assert bytes_of(read.sending.budget) == 1_500_000
    assert read.alike.apart == 9.0 and read.find.apart == 2.0


@pytest.mark.parametrize("path", sorted((share() / "config" / "triage").glob("*.yaml")), ids=str)
def test_what_is_shipped_fits_the_shipped_classifier(path: Path) -> None:
    sidecar, _ = load_content_model(content_model_file("mslnet"))
    read_wants(path, sidecar.classes)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("classes: {pink: 1}", "classes: unknown key 'pink'; known are red, green, blue"),
        ("terrain: {mud: 1}", "terrain: unknown key 'mud'; known are soil, bedrock, sand, big"),
        ("targets: {tree: 1}", "targets: unknown key 'tree'; known are outcrop, float rock, new"),
        ("clases: {red: 1}", "unknown key 'clases'; known are classes, terrain, targets, novel"),
        ("classes: {red: -1}", "classes: red must be a number from 0 on, is -1"),
        ("classes: {red: yes}", "classes: red must be a number from 0 on, is True"),
        ("classes: {red: .nan}", "classes: red must be a number from 0 on, is nan"),
        ("classes: [red]", "classes must hold a mapping, holds list"),
        ("novel: much", "novel must be a number from 0 on, is 'much'"),
        ("classes: {red: 0}", "nothing is wanted: no weight is above 0"),
        ("novel: 1\npass: {budget: 2 pages}", "pass: budget '2 pages' is no number of bytes"),
        ("novel: 1\npass: {budget: 0 MB}", "pass: budget '0 MB' is nothing"),
        ("novel: 1\npass: {thumbnail: 2}", "pass: thumbnail is 2 px, outside"),
        ("novel: 1\nalike: {strange: 0.99}", "alike: strange 0.99 must be below same 0.95"),
        ("novel: 1\nfind: {far: 2}", "find: unknown key 'far'"),
        ("- red", "must hold a mapping"),
        ("a: [", "is not YAML"),
    ],
)
def test_what_is_wrong_is_named_with_its_file_and_key(
    wants: Callable[..., Wants], text: str, told: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        wants(text)
    assert told in str(refused.value)
    assert "wants.yaml" in str(refused.value)


def test_unknown_wants_are_named_with_those_there_are() -> None:
    with pytest.raises(SettingsError, match=r"wants 'fossils' is not in .*outcrops, wheels"):
        wants_file("fossils")


@pytest.mark.parametrize(
    ("text", "count"), [("2 MB", 2_000_000), ("500kB", 500_000), ("0.5 kB", 500), ("77", 77)]
)
def test_budgets_are_written_as_people_write_them(text: str, count: int) -> None:
    assert bytes_of(text) == count
