"""Which engine is chosen, and that each better one that is not is told with its reason."""

import importlib.util
import re

import numpy as np
import pytest

from ai4mars_nav.perception import engine as en
from ai4mars_nav.perception.engines import back_ends, obtain, survey
from ai4mars_nav.perception.engines.builder import Unavailable
from ai4mars_nav.perception.engines.choose import Wish, choose, opened
from ai4mars_nav.perception.engines.standby import StandBy
from ai4mars_nav.perception.errors import DeviceLost, ModelError
from ai4mars_nav.share import model_file

KIND = "onnx-optimised"
without_tensorrt = pytest.mark.skipif(
    importlib.util.find_spec("tensorrt") is not None, reason="TensorRT is installed"
)


@pytest.fixture
def batch(model):
    return np.zeros(model.sidecar.input_shape, np.float32)


@without_tensorrt
def test_auto_without_a_gpu_is_the_cpu_and_says_why(probe, cache, say, said):
    choice = choose(probe, Wish(cache=cache), say)
    assert choice.kind == en.CPU and choice.parity is None
    assert choice.passed_over[en.TENSORRT].startswith("TensorRT is not installed")
    assert choice.why.startswith("onnx; not tensorrt: TensorRT is not installed")
    assert any(line.startswith("not tensorrt: ") for line in said)
    assert not cache.exists()


@without_tensorrt
def test_what_is_asked_for_by_name_is_not_replaced(probe, cache, say):
    with pytest.raises(ModelError, match="engine tensorrt: TensorRT is not installed"):
        choose(probe, Wish("tensorrt", cache=cache), say)


@pytest.mark.parametrize("kind", back_ends.AUTO_ORDER)
def test_every_kind_that_auto_tries_can_be_asked_for(kind):
    assert kind in en.KINDS and (kind in back_ends.BUILT or kind in back_ends.OPENED)
    assert back_ends.AUTO_ORDER[-1] == en.CPU


def test_every_kind_has_a_back_end():
    assert set(en.KINDS) - {en.AUTO} == set(back_ends.BUILT) | set(back_ends.OPENED)


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        ({"kind": "tensorflow"}, "engine kind is 'tensorflow', must be one of auto, "),
        ({"on_mismatch": "hope"}, "on_mismatch is 'hope', must be one of rebuild, refuse"),
    ],
)
def test_wishes_that_nobody_can_fulfil(wish, told):
    with pytest.raises(ModelError, match=told):
        Wish(**wish)


def test_the_best_is_built_kept_and_used(probe, cache, say, with_builder, batch, model):
    first = choose(probe, Wish(cache=cache), say)
    assert (first.kind, first.passed_over) == (KIND, {})
    assert "built anew" in first.why and "agrees with the CPU engine in 100.00 %" in first.why
    second = choose(probe, Wish(cache=cache), say)
    assert second.why.startswith(f"{KIND}; agrees with the CPU engine in 100.00 % of all cells")
    assert with_builder.built == 1
    np.testing.assert_array_equal(second.engine.infer(batch), model.exact.infer(batch))
    assert isinstance(second.engine, StandBy)


def test_none_that_fits_and_none_may_be_built(probe, cache, say, with_builder):
    choice = choose(probe, Wish(cache=cache, on_mismatch="refuse"), say)
    assert choice.kind == en.CPU
    assert f"not {KIND}: " in choice.why and "no engine is cached" in choice.why
    with pytest.raises(ModelError, match=f"engine {KIND}: .*no engine is cached"):
        choose(probe, Wish(KIND, cache=cache, on_mismatch="refuse"), say)
    assert with_builder.built == 0


@pytest.mark.parametrize(
    "error",
    [
        Unavailable("TensorRT needs 512 MiB of device memory, 80 are free"),
        DeviceLost("the device fell off the bus"),
        ModelError("layer 7: no kernel"),
    ],
)
@pytest.mark.parametrize("step", ["machine", "build", "open"])
def test_whatever_fails_the_cpu_runs_and_says_why(
    probe, cache, say, with_builder, batch, step, error
):
    def fail(*_):
        raise error

    setattr(with_builder, step, fail)
    choice = choose(probe, Wish(cache=cache), say)
    assert choice.kind == en.CPU and choice.passed_over == {KIND: str(error)}
    assert choice.engine.infer(batch).shape == choice.engine.output_shape


def test_a_cache_that_cannot_be_written_is_told(probe, tmp_path, say, with_builder):
    (tmp_path / "file").touch()
    choice = choose(probe, Wish(cache=tmp_path / "file" / "engines"), say)
    assert choice.kind == en.CPU and "cannot be written: Not a directory" in choice.why
    assert with_builder.built == 0


@pytest.mark.usefixtures("with_builder")
def test_an_engine_lost_in_flight(probe, cache, say, batch, model):
    choice = choose(probe, Wish(cache=cache), say)

    def fail(_):
        raise DeviceLost("gone")

    choice.engine._accelerator.infer = fail
    np.testing.assert_array_equal(choice.engine.infer(batch), model.exact.infer(batch))
    assert "was lost (gone)" in choice.engine.lost


def states(probe, wish):
    found = survey.survey(opened(probe, 1), wish)
    chosen = survey.would_choose(found, wish)
    return {each.kind: each for each in found}, chosen.kind if chosen else None


def test_the_survey_builds_nothing_and_says_what_would_be(probe, cache, say, with_builder):
    wish = Wish(cache=cache)
    found, chosen = states(probe, wish)
    assert (found[KIND].state, chosen) == (survey.State.TO_BUILD, KIND)
    assert with_builder.built == 0
    refusing = Wish(cache=cache, on_mismatch=obtain.REFUSE)
    found, chosen = states(probe, refusing)
    assert (found[KIND].state, chosen) == (survey.State.REFUSED, en.CPU)
    assert states(probe, Wish(KIND, cache=cache, on_mismatch=obtain.REFUSE))[1] is None
    choose(probe, wish, say)
    found, chosen = states(probe, refusing)
    assert (found[KIND].state, chosen) == (survey.State.READY, KIND)
    assert found[KIND].parity.every == 1.0
    opened_right = with_builder.open

    def turned(*args):
        engine = opened_right(*args)
        infer = engine.infer
        engine.infer = lambda batch: -infer(batch)
        return engine

    # what was right when it was built is asked again
    with_builder.open = turned
    found, chosen = states(probe, wish)
    assert (found[KIND].state, chosen) == (survey.State.REFUSED, en.CPU)
    assert "it is not used" in found[KIND].told
    with_builder.changed["gpu"] = "another"
    found, chosen = states(probe, wish)
    assert found[KIND].state == survey.State.TO_BUILD and "machine.gpu" in found[KIND].told
    assert with_builder.built == 1


@pytest.mark.usefixtures("with_builder")
@pytest.mark.parametrize("name", ["terrain-256", "terrain-256-int8"])
def test_a_shipped_model_as_a_plan_passes_the_gate(cache, say, name):
    choice = choose(model_file(name), Wish(cache=cache), say)
    assert choice.kind == KIND
    assert choice.parity.decided >= 0.995


@pytest.fixture
def cuda(monkeypatch):
    """Let what is given be what `onnx-cuda` opens, and TensorRT be missing."""

    def be(change):
        def opened_otherwise(*model):
            engine = back_ends.open_onnx(*model)
            change(engine)
            return engine

        def missing():
            raise Unavailable("no TensorRT")

        monkeypatch.setitem(back_ends.OPENED, en.CUDA, opened_otherwise)
        monkeypatch.setitem(back_ends.BUILT, en.TENSORRT, missing)

    return be


def test_a_runtime_without_plans_is_proved_at_each_start(probe, cache, say, cuda, batch):
    cuda(lambda engine: setattr(engine, "name", "as if on a GPU"))
    choice = choose(probe, Wish(cache=cache), say)
    assert choice.kind == en.CUDA and isinstance(choice.engine, StandBy)
    assert choice.engine.name == "as if on a GPU"
    assert choice.parity.every == 1.0 and choice.passed_over == {en.TENSORRT: "no TensorRT"}
    assert choice.engine.infer(batch).shape == choice.engine.output_shape
    assert not cache.exists()


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (lambda logits: -logits, r"agrees with ONNX Runtime .* it is not used"),
        (lambda logits: logits * np.nan, r"in 0\.00 % of all cells"),
    ],
)
def test_a_runtime_without_plans_that_says_other_classes(probe, cache, say, cuda, answer, told):
    closed = []

    def change(engine):
        infer = engine.infer
        engine.infer = lambda batch: answer(infer(batch))
        engine.close = lambda: closed.append(engine)

    cuda(change)
    choice = choose(probe, Wish(cache=cache), say)
    assert choice.kind == en.CPU and re.search(told, choice.passed_over[en.CUDA])
    assert len(closed) == 1
    with pytest.raises(ModelError, match="engine onnx-cuda: "):
        choose(probe, Wish(en.CUDA, cache=cache), say)


def test_a_device_that_fails_in_its_proof(probe, cache, say, cuda, batch):
    def change(engine):
        def fail(_):
            raise DeviceLost("gone")

        engine.infer = fail

    cuda(change)
    choice = choose(probe, Wish(cache=cache), say)
    assert (choice.kind, choice.passed_over[en.CUDA]) == (en.CPU, "gone")
    assert choice.engine.infer(batch).shape == choice.engine.output_shape
