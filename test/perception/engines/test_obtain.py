"""An engine is used only if every field of it fits: each one is changed here in turn."""

import dataclasses
import json

import numpy as np
import pytest

from ai4mars_nav.perception.engines import obtain as ob
from ai4mars_nav.perception.engines import parity, record
from ai4mars_nav.perception.engines.builder import Unavailable
from ai4mars_nav.perception.engines.cache import Unusable
from ai4mars_nav.perception.engines.identity import EngineIdentity
from ai4mars_nav.perception.errors import DeviceLost, ModelError

FIELDS = [field.name for field in dataclasses.fields(EngineIdentity)]
CHANGED = {
    "runtime": ("tensorrt", "runtime"),
    "machine": ({"onnxruntime": "1.0"}, "machine.onnxruntime"),
    "onnx_sha256": ("0" * 64, "onnx.sha256"),
    "model": ("another", "onnx.model"),
    "precision": ("int8", "onnx.precision"),
    "input_shape": ((1, 1, 128, 128), "input_shape"),
    "output_shape": ((1, 4, 32, 32), "output_shape"),
    "classes": (("soil", "bedrock", "sand", "boulder"), "classes"),
}


def write(slot, changed):
    """A record with a true seal."""
    slot.record.write_text(record.to_text(changed))


def respell(slot, **changes):
    """Change the identity that is kept, as if the plan had been built of something else."""
    kept = record.from_text(slot.record.read_text(), "t")
    write(slot, dataclasses.replace(kept, identity=dataclasses.replace(kept.identity, **changes)))


def test_the_first_builds_and_the_second_uses_what_was_built(wanted, builder, say, said):
    first = ob.obtain(wanted, ob.REBUILD, say)
    assert "no engine is cached" in first.note and first.parity.every == first.parity.decided == 1.0
    second = ob.obtain(wanted, ob.REFUSE, say)
    assert (builder.built, second.note) == (1, "")
    assert second.parity == first.parity
    batch = np.zeros(wanted.sidecar.input_shape, np.float32)
    np.testing.assert_array_equal(second.engine.infer(batch), wanted.exact.infer(batch))
    assert any("optimising probe" in line for line in said)
    assert any("agrees with the CPU engine in 100.00 % of all cells" in line for line in said)


def test_every_field_is_changed_below():
    assert set(CHANGED) == set(FIELDS)


@pytest.mark.parametrize("field", FIELDS)
def test_an_engine_of_another_identity_is_refused_and_the_field_named(wanted, builder, say, field):
    ob.obtain(wanted, ob.REBUILD, say).engine.close()
    builder.plans.clear()
    value, named = CHANGED[field]
    respell(wanted.slot, **{field: value})
    with pytest.raises(Unusable, match=rf"probe.*engine\.json: {named} was .*, is .*engine build"):
        ob.obtain(wanted, ob.REFUSE, say)
    # the way of `engine check`
    with pytest.raises(Unusable, match=rf"{named} was"):
        ob.accepted(wanted)
    assert builder.built == 1
    assert not builder.plans, "a plan of another identity was opened"


@pytest.mark.parametrize("field", FIELDS)
def test_an_engine_of_another_identity_is_built_anew(wanted, builder, say, said, field):
    ob.obtain(wanted, ob.REBUILD, say).engine.close()
    value, named = CHANGED[field]
    respell(wanted.slot, **{field: value})
    again = ob.obtain(wanted, ob.REBUILD, say)
    assert builder.built == 2
    assert f"{named} was" in again.note
    assert any(f"{named} was" in line and line.endswith("building") for line in said)
    assert ob.obtain(wanted, ob.REFUSE, say).note == "", "and kept"


@pytest.mark.parametrize("key", ["onnxruntime", "processor", "flags"])
def test_another_machine_is_named_by_its_key(wanted, builder, say, key):
    """The machine changes under a plan that was right: another GPU, another version."""
    ob.obtain(wanted, ob.REBUILD, say).engine.close()
    builder.plans.clear()
    builder.changed[key] = "another"
    with pytest.raises(Unusable, match=rf"machine\.{key} was .*, is another"):
        ob.obtain(wanted, ob.REFUSE, say)
    builder.changed = {"driver": "580"}
    with pytest.raises(Unusable, match=r"machine\.driver was nothing, is 580"):
        ob.obtain(wanted, ob.REFUSE, say)
    assert not builder.plans


def spoil(document, path):
    *above, last = path
    for key in above:
        document = document[key]
    value = document[last]
    document[last] = value[::-1] + type(value)(value[:1]) if hasattr(value, "__len__") else 0.5


def leaves(document, above=()):
    for key, value in document.items():
        if isinstance(value, dict):
            yield from leaves(value, (*above, key))
        else:
            yield (*above, key)


def test_whatever_is_edited_breaks_the_seal(wanted, builder, say):
    ob.obtain(wanted, ob.REBUILD, say).engine.close()
    builder.plans.clear()
    text = wanted.slot.record.read_text()
    paths = list(leaves(json.loads(text)))
    assert len(paths) > 15
    for path in paths:
        document = json.loads(text)
        spoil(document, path)
        wanted.slot.record.write_text(json.dumps(document))
        with pytest.raises(Unusable, match=r"seal does not fit|format is"):
            ob.obtain(wanted, ob.REFUSE, say)
    assert not builder.plans


def test_a_record_of_other_frames_is_no_proof(wanted, say):
    ob.obtain(wanted, ob.REBUILD, say).engine.close()
    kept = record.from_text(wanted.slot.record.read_text(), "t")
    other = dataclasses.replace(kept.parity, frames="0" * 64)
    write(wanted.slot, dataclasses.replace(kept, parity=other))
    with pytest.raises(Unusable, match=r"parity\.frames are others"):
        ob.obtain(wanted, ob.REFUSE, say)


def test_none_is_built_where_that_is_not_allowed(wanted, builder, say):
    with pytest.raises(Unusable, match="no engine is cached; `ai4mars engine build` makes one"):
        ob.obtain(wanted, ob.REFUSE, say)
    assert builder.built == 0


def otherwise(engine):
    """The same engine, with the classes of a tenth of its rows turned round."""
    infer = engine.infer

    def wrong(batch):
        logits = infer(batch).copy()
        rows = logits.shape[2] // 10
        logits[:, :, :rows] *= -1.0
        return logits

    engine.infer = wrong
    return engine


def test_an_engine_that_says_other_classes_is_not_used_and_not_built_again(wanted, builder, say):
    opened, made = builder.open, []

    def wrong(*args):
        made.append(otherwise(opened(*args)))
        return made[-1]

    builder.open = wrong
    for built in (1, 1):
        with pytest.raises(
            parity.Disagrees, match=r"in \d\d\.\d\d % .*, 99\.5 % of all cells are asked"
        ):
            ob.obtain(wanted, ob.REBUILD, say)
        assert builder.built == built
    (refused,) = made
    with pytest.raises(ModelError, match="the engine was closed"):
        refused.infer(np.zeros(refused.input_shape, np.float32))
    builder.open = opened
    assert ob.build_again(wanted, say).parity.every == 1.0
    assert ob.obtain(wanted, ob.REFUSE, say).note == ""


def test_a_build_that_fails_leaves_what_was_there(wanted, builder, say):
    ob.obtain(wanted, ob.REBUILD, say).engine.close()

    def fail(*_):
        raise ModelError("layer 7: no kernel")

    builder.build = fail
    with pytest.raises(ModelError, match="layer 7: no kernel"):
        ob.build_again(wanted, say)
    assert ob.obtain(wanted, ob.REFUSE, say).note == ""


def test_a_plan_that_does_not_open_is_built_anew(wanted, builder, say):
    ob.obtain(wanted, ob.REBUILD, say).engine.close()
    opened = builder.open

    def not_the_first(*args):
        if builder.built == 1:
            raise ModelError("the plan's magic number is wrong")
        return opened(*args)

    builder.open = not_the_first
    with pytest.raises(Unusable, match="magic number is wrong"):
        ob.obtain(wanted, ob.REFUSE, say)
    assert "magic number is wrong" in ob.obtain(wanted, ob.REBUILD, say).note
    assert builder.built == 2


@pytest.mark.parametrize("error", [Unavailable("out of device memory"), DeviceLost("gone")])
def test_a_device_that_fails_is_no_reason_to_build(wanted, builder, say, error):
    ob.obtain(wanted, ob.REBUILD, say).engine.close()

    def fail(*_):
        raise error

    builder.open = fail
    with pytest.raises(type(error), match=str(error)):
        ob.obtain(wanted, ob.REBUILD, say)
    assert builder.built == 1
