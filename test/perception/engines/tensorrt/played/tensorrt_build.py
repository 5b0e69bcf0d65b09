"""How the played TensorRT reads and builds networks, and what it refuses as the real one does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import onnx
from onnx import TensorProto, numpy_helper

from . import Played
from .cuda import CAPABILITY, NAME

if TYPE_CHECKING:
    from .tensorrt import PlayedTensorRt

PHASE, STEPS = "Building Engine", 20
WEAK = {TensorProto.FLOAT16: "FP16", TensorProto.INT8: "INT8"}
"""Flags without which a weakly typed network may not compute in a type of its file."""
HEAD = 64
"""Bytes before the network in a plan."""


class Object(Played):
    """An object that belongs to a module; its class is named as its facts are."""

    def __init__(self, trt: PlayedTensorRt) -> None:
        self._names, self._trt = trt._names, trt


def head(trt: PlayedTensorRt) -> bytes:
    """What stands before the network in a plan: version and device that it holds for."""
    return json.dumps([trt.__version__, NAME.decode(), CAPABILITY]).encode().ljust(HEAD)


class _Network(Object):
    _kind = "INetworkDefinition"

    def __init__(self, trt: PlayedTensorRt, flags: int) -> None:
        super().__init__(trt)
        explicit = trt._bit("EXPLICIT_BATCH")
        self._batch_is_dimension = not explicit or bool(flags & explicit)
        self._strong = bool(flags & trt._bit("STRONGLY_TYPED"))
        self._content = b""


class _Cache(Object):
    _kind = "ITimingCache"

    def __init__(self, trt: PlayedTensorRt, kernels: list[str]) -> None:
        super().__init__(trt)
        self._kernels = kernels

    def serialize(self) -> bytes:
        return json.dumps([self._trt.__version__, self._kernels]).encode()


class _Config(Object):
    _kind = "IBuilderConfig"

    def __init__(self, trt: PlayedTensorRt) -> None:
        super().__init__(trt)
        self._flags: set[str] = set()
        self._limits: dict[str, int] = {}
        self._cache: _Cache | None = None
        if trt._names["IBuilderConfig.progress_monitor"]:
            self.progress_monitor = None

    def set_flag(self, flag: Any) -> None:
        self._flags.add(flag.name.split(".")[1])

    def set_memory_pool_limit(self, pool: Any, size: int) -> None:
        self._limits[pool.name] = size

    def create_timing_cache(self, content: bytes) -> _Cache | None:
        if not content:
            return _Cache(self._trt, [])
        try:
            version, kernels = json.loads(content)
        except ValueError:
            return None
        cache = _Cache(self._trt, kernels)
        cache._version = version
        return cache

    def set_timing_cache(self, cache: _Cache, ignore_mismatch: bool) -> bool:
        fits = getattr(cache, "_version", self._trt.__version__) == self._trt.__version__
        if fits or ignore_mismatch:
            self._cache = cache
        return fits or ignore_mismatch


class Builder(Object):
    _kind = "Builder"

    def __init__(self, trt: PlayedTensorRt, logger: Any) -> None:
        super().__init__(trt)
        self._logger = logger

    def create_network(self, flags: int) -> _Network:
        return _Network(self._trt, flags)

    def create_builder_config(self) -> _Config:
        return _Config(self._trt)

    def build_serialized_network(self, network: _Network, config: _Config) -> bytes | None:
        trt = self._trt
        self._logger.log(trt.ILogger.INFO, "Local timing cache in use")
        self._logger.log(trt.ILogger.WARNING, "a tactic was skipped")
        if trt._failed("build_serialized_network", self._logger):
            return None
        if wrong := _mistyped(network, config):
            self._logger.log(trt.ILogger.ERROR, wrong)
            return None
        graph = onnx.load_from_string(network._content).graph
        kernels = {node.name or node.op_type for node in graph.node}
        timed = sorted(kernels - set(config._cache._kernels if config._cache else ()))
        if not self._step(config):
            return None
        if config._cache:
            config._cache._kernels += timed
        trt._built.append({"flags": config._flags, "limits": config._limits, "timed": timed})
        return head(trt) + network._content

    def _step(self, config: _Config) -> bool:
        """Go through a build's steps; whether nobody stopped it."""
        if not self._trt._names["IBuilderConfig.progress_monitor"]:
            return True
        monitor = config.progress_monitor
        monitor.phase_start(PHASE, None, STEPS)
        monitor.phase_start("Timing", PHASE, 100)
        monitor.step_complete("Timing", 0)
        monitor.phase_finish("Timing")
        going = all(monitor.step_complete(PHASE, step) for step in range(STEPS))
        monitor.phase_finish(PHASE)
        return going


class _ParserError(Object):
    _kind = "ParserError"

    def __init__(self, trt: PlayedTensorRt, words: str) -> None:
        super().__init__(trt)
        self._words = words

    def desc(self) -> str:
        return self._words

    def node(self) -> int:
        return 7


class OnnxParser(Object):
    _kind = "OnnxParser"

    def __init__(self, trt: PlayedTensorRt, network: _Network, logger: Any) -> None:
        super().__init__(trt)
        self._network, self._logger, self._errors = network, logger, list[str]()
        self.num_errors = 0

    def parse(self, content: bytes) -> bool:
        if not self._network._batch_is_dimension:
            self._errors.append("the parser only supports an explicit batch dimension")
        try:
            model = onnx.load_from_string(content)
            onnx.checker.check_model(model)
            self._errors += _ill_quantised(model.graph, self._trt.__version__)
        except Exception as error:  # whatever onnx finds, the real parser refuses it as well
            self._errors.append(f"ModelImporter: {error}")
        self.num_errors = len(self._errors)
        self._network._content = content
        return not self._errors

    def get_error(self, index: int) -> _ParserError:
        return _ParserError(self._trt, self._errors[index])


def _ill_quantised(graph: onnx.GraphProto, version: str) -> list[str]:
    """What the parser says of QDQ nodes that TensorRT has no layers for."""
    constants = {tensor.name: tensor for tensor in graph.initializer}
    wrong = []
    for node in graph.node:
        if node.op_type not in ("QuantizeLinear", "DequantizeLinear"):
            continue
        if numpy_helper.to_array(constants[node.input[2]]).any():
            wrong.append(f"{node.name}: Non-zero zero point is not supported")
        held = constants.get(node.input[0])
        kind = held.data_type if held is not None and node.op_type[0] == "D" else None
        if kind == TensorProto.INT32:
            wrong.append(f"{node.name}: input has type Int32 but must have type FP8 or Int8")
        if kind == TensorProto.INT8 and version.startswith("8"):
            wrong.append(f"{held.name}: invalid weights type of Int8")
    return wrong


def _mistyped(network: _Network, config: _Config) -> str:
    """Why the types of a network and the flags of its build do not go together; or nothing."""
    if network._strong:
        return "a strongly typed network takes no precision flags" if config._flags else ""
    graph = onnx.load_from_string(network._content).graph
    wanted = {WEAK[t.data_type] for t in graph.initializer if t.data_type in WEAK}
    missing = wanted - config._flags
    return f"the network has types of {sorted(missing)}, not configured" if missing else ""
