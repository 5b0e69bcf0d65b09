"""Other networks than the default leave as ONNX and say there what they say in torch."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")
import onnxruntime  # noqa: E402

from ai4mars_nav.learn.export import to_onnx  # noqa: E402
from ai4mars_nav.learn.networks.registry import make_network  # noqa: E402
from ai4mars_nav.learn.preprocess import as_input  # noqa: E402

SIDE = 64


@pytest.mark.parametrize("name", ["rep-unet", "ddrnet-23-slim"])
def test_network_is_the_same_in_onnx(tmp_path, name):
    torch.manual_seed(0)
    network = make_network(name)
    images = np.random.default_rng(0).integers(0, 255, (2, SIDE, SIDE)).astype(np.uint8)
    with torch.no_grad():
        for _ in range(3):
            network(as_input(images))  # so that batch statistics are not those of birth
    model = network.eval().deployed().requires_grad_(False)
    path = tmp_path / f"{name}.onnx"
    to_onnx(model, path, name, SIDE)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    image = as_input(images[:1])
    found = session.run(None, {session.get_inputs()[0].name: image.numpy()})[0]
    wanted = model(image).numpy()
    assert found.shape == (1, 4, SIDE // model.stride, SIDE // model.stride)
    assert wanted.std() > 1e-4
    np.testing.assert_allclose(found, wanted, rtol=1e-3, atol=1e-3 * np.abs(wanted).max())
    norms = [node for node in onnx.load(path).graph.node if node.op_type == "BatchNormalization"]
    assert name != "rep-unet" or not norms
