"""Shared batch norm with one process is torch's own."""

from __future__ import annotations

import copy

import pytest

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402

from ai4mars_nav.learn.batch_norm import SharedBatchNorm, share_batch_norms  # noqa: E402
from ai4mars_nav.learn.losses import alone  # noqa: E402
from ai4mars_nav.learn.networks.rep_unet import RepUNet  # noqa: E402


def test_with_one_process_it_is_the_batch_norm_of_torch():
    torch.manual_seed(0)
    own = nn.BatchNorm2d(5)
    nn.init.uniform_(own.weight, 0.5, 1.5)
    nn.init.uniform_(own.bias)
    shared = SharedBatchNorm(copy.deepcopy(own), alone)
    image, pull = 3.0 + torch.randn(2, 4, 5, 6, 7)
    gradients = []
    for norm in (own, shared):
        x = image.clone().requires_grad_(True)
        (norm(x) * pull).sum().backward()
        gradients.append((x.grad, norm.weight.grad, norm.bias.grad))
    for found, wanted in zip(*gradients, strict=True):
        torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-4)
    for name, value in own.state_dict().items():
        torch.testing.assert_close(shared.state_dict()[name], value, msg=name)
    torch.testing.assert_close(shared.eval()(image), own.eval()(image))


def test_replacing_keeps_every_name_and_parameter():
    network = RepUNet()
    before = dict(network.named_parameters())
    keys = list(network.state_dict())
    share_batch_norms(network, alone)
    kinds = {type(m) for m in network.modules() if isinstance(m, nn.BatchNorm2d)}
    assert kinds == {SharedBatchNorm}
    assert list(network.state_dict()) == keys
    assert all(parameter is before[name] for name, parameter in network.named_parameters())
