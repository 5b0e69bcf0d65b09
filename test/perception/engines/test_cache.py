"""What is kept on disk: cut, exchanged, edited and foreign files are told and never loaded."""

import dataclasses
import json
import shutil

import pytest

from ai4mars_nav.perception.engines import cache as ec
from ai4mars_nav.perception.engines import record
from ai4mars_nav.perception.engines.identity import identity_of
from ai4mars_nav.perception.errors import ModelError

BUILT = record.Built("2026-11-27T18:00:00+00:00", 93.25)
PARITY = record.Parity(0.9927, 0.9998, "ONNX Runtime", "f" * 64)


@pytest.fixture
def identity(wanted):
    return identity_of(wanted.builder, wanted.sidecar)


@pytest.fixture
def slot(wanted, identity, say):
    """One with a plan in it."""
    with wanted.slot.held(say):
        wanted.slot.store(identity, b"a plan", BUILT, PARITY)
    return wanted.slot


def plan_of(slot):
    return slot.folder / record.from_text(slot.record.read_text(), "t").plan.file


def test_what_was_stored_is_loaded(slot, identity):
    kept, plan = slot.load()
    assert plan == b"a plan"
    assert kept.identity == identity and not kept.identity.differences(identity)
    assert (kept.built, kept.parity, kept.plan.bytes) == (BUILT, PARITY, 6)


def test_a_text_is_read_as_it_was_written(slot):
    text = slot.record.read_text()
    assert record.to_text(record.from_text(text, "t")) == text


def test_a_new_plan_takes_the_place_of_the_old(slot, identity, say):
    with slot.held(say):
        slot.store(identity, b"another", BUILT, PARITY)
    assert slot.load()[1] == b"another"
    assert len(list(slot.folder.glob("*.plan"))) == 1


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda plan: plan.write_bytes(b"a pl"), r"has 4 bytes, .* says 6 \(plan\.bytes\)"),
        (lambda plan: plan.write_bytes(b"a plot"), r"is not the plan .* \(plan\.sha256\)"),
        (lambda plan: plan.unlink(), r"\.plan: cannot be read: No such file"),
    ],
)
def test_a_plan_that_is_not_the_recorded_one(slot, spoil, told):
    spoil(plan_of(slot))
    with pytest.raises(ec.Unusable, match=told):
        slot.load()


def test_a_record_of_one_engine_beside_the_plan_of_another(slot, identity, say):
    """Half of a pair was copied."""
    before = slot.record.read_text()
    with slot.held(say):
        slot.store(identity, b"other1", BUILT, PARITY)
    mixed = plan_of(slot)
    slot.record.write_text(before)
    with pytest.raises(ec.Unusable, match="cannot be read"):
        slot.load()
    shutil.copy(mixed, plan_of(slot))
    with pytest.raises(ec.Unusable, match=r"plan\.sha256"):
        slot.load()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is not JSON"),
        (b"{", "is not JSON"),
        (b"\xff\xfe", "is not text"),
        (b"[]", "must be a mapping"),
        (b"{}", "format is missing"),
        (b'{"format": "ai4mars-engine/2"}', "format is 'ai4mars-engine/2', must be"),
        (b'{"format": "ai4mars-engine/1"}', "seal is missing"),
        (b'{"format": "ai4mars-engine/1", "seal": "0"}', "the file was edited"),
    ],
)
def test_a_record_that_is_none(slot, content, told):
    slot.record.write_bytes(content)
    with pytest.raises(ec.Unusable, match=rf"engine\.json: .*{told}"):
        slot.load()


def sealed(slot, change):
    document = json.loads(slot.record.read_text())
    del document["seal"]
    change(document)
    slot.record.write_text(json.dumps(document | {"seal": record.seal(document)}))


def keys(document, above=()):
    for key, value in document.items():
        yield (*above, key)
        if isinstance(value, dict) and key != "machine":
            yield from keys(value, (*above, key))


def test_every_key_is_needed(slot):
    text = slot.record.read_text()
    for path in keys(json.loads(text)):
        if path == ("seal",):
            continue

        def drop(document, path=path):
            *above, last = path
            for key in above:
                document = document[key]
            del document[last]

        slot.record.write_text(text)
        sealed(slot, drop)
        with pytest.raises(ec.Unusable, match=rf"{'.'.join(path)} is missing"):
            slot.load()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"more": 1}, "more is not a key of this format"),
        ({"input_shape": [1, 1, 64]}, "input_shape has 3 numbers, must have 4"),
        ({"input_shape": [1, 1, 64, 0.5]}, "input_shape .* must be whole numbers"),
        ({"classes": [1]}, r"classes holds \[1\], must be texts"),
        ({"machine": {"gpu": 1}}, "machine holds .*, must be texts"),
        ({"plan": {"file": "../x", "sha256": "0", "bytes": 1}}, r"plan\.file .* a file name"),
        ({"plan": {"file": "x", "sha256": "0", "bytes": 0}}, r"plan\.bytes is 0"),
        ({"built": {"at": "now", "seconds": -1}}, r"built\.seconds is -1"),
        ({"parity": {"every": 0.9, "decided": 1.5, "against": "x"}}, r"parity\.decided is 1\.5"),
    ],
)
def test_a_value_that_means_nothing_is_named(slot, change, told):
    sealed(slot, lambda document: document.update(change))
    with pytest.raises(ec.Unusable, match=told):
        slot.load()


def test_what_a_dead_builder_left_goes_and_what_is_of_others_stays(slot, identity, say):
    dead = [slot.folder / f"{slot.record.name.split('.engine')[0]}.{end}" for end in (
        "123-0a1b2c3d.part", f"{'0' * 16}.plan")]  # fmt: skip
    others = [slot.folder / name for name in (
        "probe.onnx-optimised.b.onnx-optimised.123-0a1b2c3d.part", "another.tensorrt.1-0a.part",
        "notes.txt")]  # fmt: skip
    for path in (*dead, *others):
        path.write_text("x")
    with slot.held(say):
        slot.store(identity, b"new", BUILT, PARITY)
    assert not any(path.exists() for path in dead)
    assert all(path.exists() for path in others)
    assert slot.load()[1] == b"new"


def test_the_folder_is_that_of_the_user_unless_told(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert ec.default_folder() == tmp_path / "ai4mars_nav" / "engines"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert ec.default_folder().parts[-3:] == (".cache", "ai4mars_nav", "engines")


def test_each_difference_says_what_was_and_what_is(identity):
    other = dataclasses.replace(identity, precision="int8", machine={"gpu": "Orin"})
    told = [str(difference) for difference in other.differences(identity)]
    assert "onnx.precision was int8, is fp32" in told
    assert "machine.gpu was Orin, is nothing" in told
    assert any(line.startswith("machine.onnxruntime was nothing, is ") for line in told)


def test_unusable_is_an_error_of_models():
    assert issubclass(ec.Unusable, ModelError) and issubclass(ec.CannotKeep, ModelError)
