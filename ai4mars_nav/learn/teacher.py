"""What an earlier model says of the training frames: soft targets for the next one.

    python -m ai4mars_nav.learn.teacher --data ROOT --model MODEL --out shares.npy

A teacher heals labels that contradict each other from image to image, and its averages over a frame
and its mirror image are better than what either network says of a frame alone.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ai4mars_nav.dataset.chosen import frames_of_split
from ai4mars_nav.learn.calibrate import softmax
from ai4mars_nav.learn.data import U8, Frames, load_frames
from ai4mars_nav.learn.preprocess import OFFSET, SCALE
from ai4mars_nav.learn.soft import Soft
from ai4mars_nav.perception.engine import open_engine
from ai4mars_nav.terrain import UNKNOWN

Infer = Callable[[npt.NDArray[np.float32]], npt.NDArray[np.float32]]

CONTRADICTED = 0.5  # share of a frame's labelled cells
OWN = 0.5  # weight of a frame's own labels beside the teacher's shares
_TELL = 200  # frames between two lines


def shares_of(infer: Infer, frames: Frames, report: Callable[[int], None]) -> U8:
    """Probabilities (n, 4, rows, columns) as 0..255, each the mean over a frame and its mirror.

    `infer` turns images (1, 1, h, w) into logits (1, 4, rows, columns); `report` hears how many
    frames are done.
    """
    shares = []
    for index, image in enumerate(frames.images):
        seen = image[None, None].astype(np.float32) * np.float32(SCALE) + np.float32(OFFSET)
        straight = softmax(infer(seen)[0].transpose(1, 2, 0))
        mirrored = softmax(infer(np.ascontiguousarray(seen[..., ::-1]))[0].transpose(1, 2, 0))
        both = straight + mirrored[:, ::-1]
        shares.append(np.rint(127.5 * both).transpose(2, 0, 1).astype(np.uint8))
        report(index + 1)
    return np.stack(shares)


def contradicted(frames: Frames, shares: U8) -> npt.NDArray[np.bool_]:
    """Which frames (n,) have labels that the shares (n, 4, h, w) gainsay in most labelled cells.

    A cell's label is that at its centre.
    """
    stride = frames.images.shape[1] // shares.shape[2]
    cells = frames.labels[:, stride // 2 :: stride, stride // 2 :: stride]
    known = cells != UNKNOWN
    wrong: npt.NDArray[np.bool_] = known & (shares.argmax(axis=1) != cells)
    many: npt.NDArray[np.bool_] = wrong.sum((1, 2)) > CONTRADICTED * known.sum((1, 2))
    return many


def taught(frames: Frames, shares: U8, own: float = OWN) -> Soft:
    """Soft targets that give labels the weight `own`, and none where most of them are gainsaid."""
    weights = np.where(contradicted(frames, shares), 0.0, own).astype(np.float32)
    return Soft(shares, weights)


def main() -> int:
    """Write the shares of the training frames."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="AI4Mars in its official layout")
    parser.add_argument("--split", default="train", help="splits/<name>.txt")
    parser.add_argument("--model", type=Path, required=True, help=".onnx file of the teacher")
    parser.add_argument("--out", type=Path, required=True, help="npy file to write")
    args = parser.parse_args()
    engine = open_engine("onnx", args.model, 1)
    frames = load_frames(frames_of_split(args.data, args.split), engine.input_shape[2])

    def tell(done: int) -> None:
        if done % _TELL == 0 or done == len(frames.names):
            print(f"{done}/{len(frames.names)} frames", file=sys.stderr, flush=True)

    np.save(args.out, shares_of(engine.infer, frames, tell))
    return 0


if __name__ == "__main__":
    sys.exit(main())
