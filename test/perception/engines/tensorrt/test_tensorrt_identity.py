"""A kept plan of TensorRT is opened by the TensorRT and on the GPU that it was built for only."""

import pytest

from ai4mars_nav.perception.engines import obtain as ob
from ai4mars_nav.perception.engines.cache import Slot, Unusable
from ai4mars_nav.perception.engines.choose import opened
from ai4mars_nav.perception.engines.tensorrt import TensorRtBuilder


@pytest.fixture
def wanted(stage, probe, tmp_path):
    """The probe model, with a plan of it in the cache."""
    del stage
    model, builder = opened(probe, 1), TensorRtBuilder()
    slot = Slot(tmp_path / "cache", model.sidecar, builder.kind)
    wanted = ob.Wanted(builder, model.sidecar, model.content, slot, model.exact)
    ob.obtain(wanted, ob.REBUILD, silent).engine.close()
    return wanted


def silent(_line):
    """Hears nothing."""


def opens_nothing(*_):
    raise AssertionError("a plan of another identity was opened")


def another(stage, key):
    """Let the stage be another in one thing."""
    if key == "tensorrt":
        stage.trt.__version__ += ".1"
        return
    ask = stage.cuda.cudaGetDeviceProperties

    def changed(device):
        error, found = ask(device)
        if key == "gpu":
            found.name = b"Another GPU"
        else:
            found.minor += 1
        return error, found

    stage.cuda.cudaGetDeviceProperties = changed


def test_what_was_built_here_is_opened(wanted):
    got = ob.obtain(wanted, ob.REFUSE, silent)
    assert got.note == "" and got.parity.every == 1.0
    got.engine.close()


@pytest.mark.parametrize("key", ["tensorrt", "gpu", "compute_capability"])
def test_elsewhere_it_is_refused_by_name_or_built_anew(stage, wanted, monkeypatch, key):
    another(stage, key)
    with monkeypatch.context() as held:
        held.setattr(TensorRtBuilder, "open", opens_nothing)
        with pytest.raises(Unusable, match=rf"machine\.{key} was .*, is "):
            ob.obtain(wanted, ob.REFUSE, silent)
    got = ob.obtain(wanted, ob.REBUILD, silent)
    assert f"machine.{key} was" in got.note
    got.engine.close()
    assert wanted.slot.load()[0].identity.machine == dict(wanted.builder.machine())


def test_a_plan_cut_short_is_built_anew(wanted):
    record, plan = wanted.slot.load()
    (wanted.slot.folder / record.plan.file).write_bytes(plan[:-10])
    with pytest.raises(Unusable, match="cut short or exchanged"):
        ob.obtain(wanted, ob.REFUSE, silent)
    got = ob.obtain(wanted, ob.REBUILD, silent)
    assert "cut short" in got.note
    got.engine.close()
