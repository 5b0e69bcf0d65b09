"""TensorRT as a builder: an ONNX file to a plan for this GPU. The precision is the file's own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ai4mars_nav.perception.engines import tensorrt_api as api
from ai4mars_nav.perception.engines import tensorrt_timing as timing
from ai4mars_nav.perception.engines import tensorrt_versions as versions
from ai4mars_nav.perception.engines.builder import Say
from ai4mars_nav.perception.engines.cuda import find_device, load_cuda
from ai4mars_nav.perception.engines.tensorrt_engine import TensorRtEngine
from ai4mars_nav.perception.engines.tensorrt_listener import Listener
from ai4mars_nav.perception.engines.tensorrt_module import TensorRt, load_tensorrt
from ai4mars_nav.perception.errors import ModelError
from ai4mars_nav.perception.sidecar import Sidecar

WORKSPACE_BYTES = 512 << 20
"""Device memory that the kernels of a plan may work in."""
_PRECISIONS = ("fp32", "fp16", "int8")


class TensorRtBuilder:
    """Plans of TensorRT for the first CUDA device."""

    kind = "tensorrt"

    def machine(self) -> Mapping[str, str]:
        """TensorRT's version, the GPU's name and compute capability: what a plan holds for."""
        trt, device = load_tensorrt(), find_device(load_cuda())
        return {
            "tensorrt": trt.__version__,
            "gpu": device.name,
            "compute_capability": device.capability,
        }

    def build(self, sidecar: Sidecar, content: bytes, timing_cache: Path | None, say: Say) -> bytes:
        """A plan of an .onnx file's bytes; minutes on an embedded GPU.

        `timing_cache` is read where it is there and written anew: a second build is much faster.
        """
        file = sidecar.model.file
        if sidecar.precision not in _PRECISIONS:
            raise ModelError(
                f"{file}: its precision is {sidecar.precision}, TensorRT takes "
                f"{', '.join(_PRECISIONS)}; use the int8 model, whose activations are about zero"
            )
        trt = load_tensorrt()
        device = find_device(load_cuda())
        say(f"TensorRT {trt.__version__} builds {file} ({sidecar.precision}) for {device.name}")
        listener = Listener(trt, say)
        builder = listener.started("builder", lambda: trt.Builder(listener.logger))
        network = builder.create_network(versions.network_flags(trt))
        # its parser owns the weights that the network points to: it lives until the plan is there
        parser = _parsed(trt, listener, network, file, content)
        config = builder.create_builder_config()
        versions.allow_precision(trt, config, sidecar.precision)
        config.set_memory_pool_limit(trt.MemoryPoolType.WORKSPACE, WORKSPACE_BYTES)
        cache = timing.read(config, timing_cache, say)
        listener.watch(trt, config)
        plan = builder.build_serialized_network(network, config)
        del parser
        listener.raise_stopped()
        if plan is None:
            what = f"{file}: TensorRT {trt.__version__} cannot build it for {device.name}"
            raise listener.failure(what, WORKSPACE_BYTES)
        timing.write(cache, timing_cache, say)
        return bytes(plan)

    def open(self, sidecar: Sidecar, plan: bytes) -> TensorRtEngine:
        """The engine of a plan that this TensorRT built for this GPU."""
        return TensorRtEngine(sidecar, plan, load_tensorrt(), load_cuda())


def _parsed(
    trt: TensorRt, listener: Listener, network: api.INetworkDefinition, file: str, content: bytes
) -> api.OnnxParser:
    """The parser that has read an ONNX file's bytes into the network."""
    parser = trt.OnnxParser(network, listener.logger)
    if not parser.parse(content):
        errors = [parser.get_error(index) for index in range(parser.num_errors)]
        told = "; ".join(f"node {error.node()}: {error.desc()}" for error in errors)
        raise ModelError(
            f"{file}: TensorRT {trt.__version__} cannot read it: {told or listener.said()}"
        )
    return parser
