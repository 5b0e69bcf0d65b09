"""Made-up AI4Mars data in the official layout, small enough to train on in a test."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

SIDE = 64
SITES = ("002", "005", "007")


def product_id(number: int, site: str) -> str:
    """A NAVCAM product name of a site."""
    return f"NLA_39768{number:04d}EDR_F{site}0000AUT_04096M1"


def frame(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A (SIDE, SIDE) image whose grey level tells the class; its label, unlabelled at the top."""
    rng = np.random.default_rng(seed)
    label = np.kron(rng.integers(0, 4, (4, 4)), np.ones((SIDE // 4, SIDE // 4))).astype(np.uint8)
    image = (30 + 40 * label + rng.integers(0, 10, label.shape)).astype(np.uint8)
    label[:4] = 255
    return image, label


def write_pair(root: Path, name: str, image: np.ndarray, label: np.ndarray) -> None:
    """Put one image and its crowd label where the official layout has them."""
    for folder, suffix, pixels in (
        ("msl/images/edr", ".jpg", image),
        ("msl/labels/train", ".png", label),
    ):
        (root / folder).mkdir(parents=True, exist_ok=True)
        assert cv2.imwrite(str(root / folder / f"{name}{suffix}"), pixels)


def make_data(root: Path) -> Path:
    """12 training and 6 validation pairs of different sites, and a gold min3 of 2 images."""
    names = {"train": [product_id(n, SITES[0]) for n in range(12)]}
    names["val"] = [product_id(100 + n, SITES[1 + n % 2]) for n in range(6)]
    (root / "splits").mkdir(parents=True)
    for split, members in names.items():
        (root / "splits" / f"{split}.txt").write_text("\n".join(members) + "\n")
    for seed, name in enumerate([*names["train"], *names["val"]]):
        write_pair(root, name, *frame(seed))
    gold = root / "msl/labels/test/masked-gold-min3-100agree"
    gold.mkdir(parents=True)
    for seed, name in enumerate(names["val"][:2], start=12):
        assert cv2.imwrite(str(gold / f"{name}_merged.png"), frame(seed)[1])
    return root


def make_backbone(path: Path) -> Path:
    """Random encoder weights in the layout of the stored MobileNetV2, scaled to keep variance."""
    mobilenet = pytest.importorskip("ai4mars_nav.learn.networks.mobilenet_v2")
    rng = np.random.default_rng(0)
    arrays, order = {}, []
    for index, conv in enumerate(mobilenet.encoder_convolutions(mobilenet.Encoder())):
        shape = tuple(conv.weight.shape)
        shape = (shape[0], 3, *shape[2:]) if index == 0 else shape
        spread = np.sqrt(2.0 / np.prod(shape[1:]))
        name = f"conv{index:02d}"
        arrays[f"{name}.weight"] = rng.normal(0.0, spread, shape).astype(np.float32)
        arrays[f"{name}.bias"] = rng.normal(0.0, 0.1, shape[0]).astype(np.float32)
        order.append({"name": name})
    np.savez(path, layer_order_json=np.array(json.dumps(order)), **arrays)
    return path


@pytest.fixture(scope="session")
def product() -> Callable[[int, str], str]:
    """Makes a product name from a number and a site."""
    return product_id


@pytest.fixture(scope="session")
def write_data() -> Callable[[Path], Path]:
    """Makes a small data set in a folder; its root."""
    return make_data


@pytest.fixture(scope="session")
def write_frame() -> Callable[[Path, str, int], None]:
    """Writes one labelled frame under a root: its product name and the seed of what it shows."""
    return lambda root, name, seed: write_pair(root, name, *frame(seed))


@pytest.fixture(scope="session")
def write_backbone() -> Callable[[Path], Path]:
    """Makes a backbone file; its path."""
    return make_backbone


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Root of a small data set."""
    return make_data(tmp_path / "ai4mars-tiny")


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """Two runs are the same run only on the same number of threads."""
    with contextlib.suppress(ImportError):
        import torch

        torch.set_num_threads(1)
