"""ResNet-50 (He et al. 2016), the network of the published rover-or-surface classifier."""

from __future__ import annotations

from torch import Tensor, nn

# channels inside, repeats and stride of each of the four stages
_STAGES = ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2))
_WIDER = 4


class Bottleneck(nn.Module):
    """(n, cin, h, w) to (n, 4 inner, h / stride, w / stride): narrow, filter, widen, add."""

    def __init__(self, cin: int, inner: int, stride: int) -> None:
        super().__init__()
        cout = inner * _WIDER
        self.narrow = _normed(cin, inner, 1)
        self.filtered = _normed(inner, inner, 3, stride)
        convolution, norm = _parts(inner, cout, 1)
        # begun as nothing but its shortcut, a deep network learns from the first step on
        nn.init.zeros_(norm.weight)
        self.widen = nn.Sequential(convolution, norm)
        same = stride == 1 and cin == cout
        self.shortcut = nn.Identity() if same else _normed(cin, cout, 1, stride)
        self.active = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        y = self.active(self.filtered(self.active(self.narrow(x))))
        out: Tensor = self.active(self.widen(y) + self.shortcut(x))
        return out


class ResNet50(nn.Module):
    """(n, 3, h, w) to logits (n, classes)."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.stem = nn.Sequential(_normed(3, 64, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, 1))
        blocks: list[nn.Module] = []
        cin = 64
        for inner, repeats, stride in _STAGES:
            for repeat in range(repeats):
                blocks.append(Bottleneck(cin, inner, stride if repeat == 0 else 1))
                cin = inner * _WIDER
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Linear(cin, classes)

    def forward(self, image: Tensor) -> Tensor:
        logits: Tensor = self.head(self.blocks(self.stem(image)).mean((2, 3)))
        return logits


def _normed(cin: int, cout: int, kernel: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(*_parts(cin, cout, kernel, stride))


def _parts(cin: int, cout: int, kernel: int, stride: int = 1) -> tuple[nn.Conv2d, nn.BatchNorm2d]:
    convolution = nn.Conv2d(cin, cout, kernel, stride, kernel // 2, bias=False)
    return convolution, nn.BatchNorm2d(cout)
