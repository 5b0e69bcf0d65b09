"""The engine of the node `terrain`: chosen, told, refused, and lost while it works."""

import importlib.util
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sensor_msgs.msg import Image, PointCloud2

from ai4mars_nav.perception.engine import AUTO, CPU, KINDS
from ai4mars_nav.perception.engines import back_ends, choose
from ai4mars_nav.perception.errors import DeviceLost, ModelError
from ai4mars_nav.ros import loops
from ai4mars_nav.ros.convert import image
from ai4mars_nav.ros.convert.header import nanoseconds
from ai4mars_nav.ros.diagnostics import WARN
from ai4mars_nav.ros.terrain_node import TerrainNode

BUILDER = Path(__file__).parents[1] / "perception" / "engines" / "optimised_builder.py"
KIND = "onnx-optimised"
FRAME = ("left/camera_info", "odom", "depth/image_rect", "left/image_rect")


@pytest.fixture
def builder(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The builder of the engine tests, as an accelerator that `auto` tries first."""
    spec = importlib.util.spec_from_file_location("optimised_builder", BUILDER)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    builder = module.OptimisedBuilder()
    monkeypatch.setattr(choose, "KINDS", (*KINDS, KIND))
    monkeypatch.setattr(back_ends, "AUTO_ORDER", (KIND, CPU))
    monkeypatch.setattr(back_ends, "ACCELERATORS", (KIND,))
    monkeypatch.setitem(back_ends.BUILT, KIND, lambda: builder)
    return builder


@pytest.fixture
def start(world: Any, probe: Path, rover: str, tmp_path: Path) -> Any:
    """Start the node with parameters of its model."""

    def make(**parameters: Any) -> Any:
        given = {"model__file": str(probe), "model__engine_cache": str(tmp_path / "cache")}
        return world.start(TerrainNode, rover=rover, **given, **parameters)

    return make


def show(world: Any, scene: Any) -> int:
    """Send one frame; its stamp."""
    stamp = int(world.now())
    for topic in FRAME:
        world.send(topic, scene.message(topic, stamp))
    return stamp


def classes_of(world: Any, stamp: int) -> np.ndarray:
    """The classes of the frame with this stamp."""

    def find() -> Any:
        got = world.got["terrain/classes"]
        return next((m for m in got if nanoseconds(m.header.stamp) == stamp), None)

    return image.to_array(world.until(find, "no classes of that stamp"), "t")


def test_the_diagnostics_say_what_runs_and_why(world: Any, start: Any) -> None:
    node = start(model__engine=CPU)
    world.until(lambda: node.active, "did not start")
    told = node.report()
    assert told["model"] == "probe (fp32)"
    assert told["engine"].startswith("ONNX Runtime")
    assert told["engine chosen"] == CPU
    assert told["engine lost"] == "no"
    assert 20 < int(told["memory of the process [MiB]"]) < 4000


def test_auto_says_why_no_better_one_runs(world: Any, start: Any) -> None:
    node = start()
    world.until(lambda: node.active, "did not start")
    told = node.report()["engine chosen"]
    if told.startswith(CPU):
        assert told.startswith(f"{CPU}; not tensorrt: ")


def test_an_engine_is_built_once_and_then_found(
    world: Any, start: Any, builder: Any, tmp_path: Path
) -> None:
    first = start()
    world.until(lambda: first.active, "did not start")
    assert "built anew" in first.report()["engine chosen"]
    assert len(list((tmp_path / "cache").glob("*.plan"))) == 1
    second = start(model__on_mismatch="refuse")
    world.until(lambda: second.active, "did not start")
    assert second.report()["engine chosen"].startswith(f"{builder.kind}; agrees")


def test_an_engine_that_may_not_be_used_is_told_and_the_cpu_runs(
    world: Any, start: Any, builder: Any
) -> None:
    node = start(model__on_mismatch="refuse")
    world.until(lambda: node.active, "did not start")
    told = node.report()["engine chosen"]
    assert told.startswith(f"{CPU}; not {builder.kind}: ") and "no engine is cached" in told


def test_an_engine_that_was_asked_for_and_cannot_run_keeps_the_node_unconfigured(
    world: Any, start: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none_here() -> Any:
        raise ModelError("there is no driver")

    monkeypatch.setitem(back_ends.BUILT, "tensorrt", none_here)
    node = start(model__engine="tensorrt")
    said = "nothing is published: not configured: engine tensorrt: there is no driver"
    world.until(lambda: node.health.verdict()[1] == said, "no word")
    assert not node.active


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"model__engine": "tpu"}, "engine is 'tpu', must be one of auto, "),
        ({"model__on_mismatch": "hope"}, "on_mismatch is 'hope', must be one of rebuild, refuse"),
    ],
)
def test_what_may_not_be_asked_for(world: Any, start: Any, parameters: Any, told: str) -> None:
    node = start(**parameters)
    world.until(lambda: told in node.health.verdict()[1], "no word")


@pytest.mark.usefixtures("builder")
def test_an_accelerator_lost_at_work_costs_no_frame(world: Any, start: Any, scene: Any) -> None:
    world.hear("terrain/classes", Image)
    node = start(model__engine=AUTO, lockstep=True)
    world.until(lambda: node.active, "did not start")
    before = classes_of(world, show(world, scene))

    def fail(_: Any) -> Any:
        raise DeviceLost("the device fell off the bus")

    node._choice.engine._accelerator.infer = fail
    for _ in range(2):
        np.testing.assert_array_equal(classes_of(world, show(world, scene)), before)
    level, line = world.until(
        lambda: "was lost" in node.health.verdict()[1] and node.health.verdict(), "no word"
    )
    assert level == WARN
    assert line.startswith("publishing, but optimised")
    assert "was lost (the device fell off the bus); ONNX Runtime" in line
    told = node.report()
    assert told["engine"].startswith("ONNX Runtime") and "was lost" in told["engine lost"]
    assert not any("internal" in what or "refused" in what for what in node.health.counts())


def test_an_engine_is_given_back_when_the_node_lets_go(world: Any, start: Any) -> None:
    node = start(model__engine=CPU)
    world.until(lambda: node.active, "did not start")
    engine = node._choice.engine
    node.end()
    with pytest.raises(ModelError, match="closed"):
        engine.infer(np.zeros(engine.input_shape, np.float32))


def test_the_first_classes_wait_for_no_loops_and_points_follow(
    world: Any, start: Any, scene: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What finds rocks takes long to load; with all that points need there, classes come first."""
    begun, go_on = threading.Event(), threading.Event()
    really = loops.load_loops

    def held() -> None:
        begun.set()
        go_on.wait()
        really()

    monkeypatch.setattr(loops, "load_loops", held)
    monkeypatch.setattr(loops, "PATIENCE", 1000.0)
    world.hear("terrain/classes", Image)
    points = world.hear("terrain/points", PointCloud2)
    node = start(model__engine=CPU)
    world.until(lambda: node.active, "did not start")
    assert not begun.is_set()
    assert classes_of(world, show(world, scene)).any()
    assert "no points yet: classes come first" in node.health.verdict()[1]
    world.until(begun.is_set, "they are not loaded after it")
    assert not points
    go_on.set()
    second = show(world, scene)
    world.until(lambda: points, "no points")
    assert [nanoseconds(each.header.stamp) for each in points] == [second]


def test_loops_are_loaded_though_no_image_comes(
    world: Any, start: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = threading.Event()
    monkeypatch.setattr(loops, "load_loops", loaded.set)
    start(model__engine=CPU)
    world.until(loaded.is_set, "they are not loaded")


def test_a_node_that_lets_go_before_any_image_loads_none(
    world: Any, start: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = []
    monkeypatch.setattr(loops, "load_loops", lambda: loaded.append(True))
    monkeypatch.setattr(loops, "PATIENCE", 1000.0)
    node = start(model__engine=CPU)
    world.until(lambda: node.active, "did not start")
    node.end()
    world.until(lambda: not [t for t in threading.enumerate() if t.name == "loops"], "it waits on")
    assert not loaded


def test_in_lockstep_it_is_not_active_before_all_is_loaded(
    world: Any, start: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    active_meanwhile = []

    def loaded() -> None:
        active_meanwhile.append(node.active)

    monkeypatch.setattr(loops, "load_loops", loaded)
    node = start(model__engine=CPU, lockstep=True)
    world.until(lambda: node.active, "did not start")
    assert active_meanwhile == [False]


def test_loops_that_do_not_load_are_told(
    world: Any, start: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise RuntimeError("cannot cache function")

    monkeypatch.setattr(loops, "load_loops", fail)
    node = start(model__engine=CPU)
    world.until(lambda: node.health.counts().get("internal errors"), "no word")
