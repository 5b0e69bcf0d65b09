"""The layers that several networks share."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from ai4mars_nav.terrain import CLASSES


def conv(
    cin: int, cout: int, kernel: int = 3, stride: int = 1, dilation: int = 1, groups: int = 1
) -> nn.Conv2d:
    """A convolution without bias that divides height and width by its stride, rounding up."""
    padding = kernel // 2 * dilation
    return nn.Conv2d(cin, cout, kernel, stride, padding, dilation, groups, bias=False)


def conv_bn(
    cin: int, cout: int, kernel: int = 3, stride: int = 1, dilation: int = 1, groups: int = 1
) -> nn.Sequential:
    """Convolution and batch norm: (n, cin, h, w) to (n, cout, h/stride, w/stride)."""
    return nn.Sequential(conv(cin, cout, kernel, stride, dilation, groups), nn.BatchNorm2d(cout))


def conv_bn_relu(
    cin: int, cout: int, kernel: int = 3, stride: int = 1, dilation: int = 1, groups: int = 1
) -> nn.Sequential:
    """Convolution, batch norm, ReLU: (n, cin, h, w) to (n, cout, h/stride, w/stride)."""
    return nn.Sequential(*conv_bn(cin, cout, kernel, stride, dilation, groups), nn.ReLU())


def enlarged(x: Tensor, like: Tensor) -> Tensor:
    """(n, c, h, w) bilinearly to the height and width of `like`."""
    return functional.interpolate(x, like.shape[2:], mode="bilinear", align_corners=False)


def classifier(cin: int) -> nn.Conv2d:
    """(n, cin, h, w) to logits (n, 4, h, w) that say little at first."""
    last = nn.Conv2d(cin, len(CLASSES), 1)
    nn.init.normal_(last.weight, std=0.01)
    return last


def initialise(network: nn.Module) -> None:
    """Random weights before batch norms that keep the variance of what passes back through ReLU.

    (He et al. 2015.)
    """
    for module in network.modules():
        if isinstance(module, nn.Conv2d) and module.bias is None:
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
