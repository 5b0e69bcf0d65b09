"""The ONNX files that are shipped: names of input and output, and how one is finished."""

from __future__ import annotations

from pathlib import Path

import onnx

from ai4mars_nav.perception.sidecar import METADATA_KEY

INPUT = "image"
OUTPUT = "logits"


def finish(proto: onnx.ModelProto, path: Path, name: str) -> None:
    """Check, drop what only debugging needs, write the sidecar's name into it and save."""
    for node in proto.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    for value in (*proto.graph.input, *proto.graph.output, *proto.graph.value_info):
        del value.metadata_props[:]
    del proto.metadata_props[:]
    used = {node.domain for node in proto.graph.node}
    opsets = [opset for opset in proto.opset_import if opset.domain in used]
    del proto.opset_import[:]
    proto.opset_import.extend(opsets)
    onnx.helper.set_model_props(proto, {METADATA_KEY: name})
    onnx.checker.check_model(proto, full_check=True)
    onnx.save(proto, str(path))
