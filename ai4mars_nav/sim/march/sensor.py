"""From light to a picture: point spread, exposure, noise, and 12 bits as 8."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.sim.march import sensor_kernels
from ai4mars_nav.sim.march.look import Look
from ai4mars_nav.sim.march.threads import over_rows

F32 = NDArray[np.float32]
U8 = NDArray[np.uint8]


def picture(light: F32, look: Look, seed: int) -> U8:
    """Light (h, w), any unit, as the camera's grey image (h, w)."""
    if look.blur > 0.0:
        blurred = cv2.GaussianBlur(light, (0, 0), look.blur, borderType=cv2.BORDER_REPLICATE)
        light = np.asarray(blurred, np.float32)
    code = coding(look.companded)
    gain = exposure(light, look.mean_grey, code)
    grey = np.empty(light.shape, np.uint8)
    mixed_seed = int(np.random.default_rng(seed).integers(1 << 62))
    over_rows(
        lambda first, last: sensor_kernels.expose(
            first,
            last,
            light,
            gain,
            look.vignetting,
            look.full_well,
            look.read_noise,
            mixed_seed,
            code,
            grey,
        ),
        light.shape[0],
    )
    return grey


def coding(companded: bool) -> U8:
    """Grey level (4096,) of every 12-bit level: sent as its square root in 8 bits, and kept so, or
    made linear again and given in 8 bits."""
    twelve = np.arange(4096)
    sent = np.rint(255.0 * np.sqrt(twelve / 4095.0))
    if companded:
        return sent.astype(np.uint8)
    return np.rint(255.0 * (sent / 255.0) ** 2).astype(np.uint8)


def exposure(light: F32, mean_grey: float, code: U8) -> float:
    """The gain with which the mean of the picture is `mean_grey`."""
    sample = light[::8, ::8].ravel()
    low, high = 0.0, 1e4 / max(float(sample.mean()), 1e-9)
    low = 1e-9 * high
    for _ in range(40):
        gain = float(np.sqrt(low * high))
        levels = np.minimum(sample * gain, 1.0) * 4095.0
        if code[levels.astype(np.int64)].mean() < mean_grey:
            low = gain
        else:
            high = gain
    return gain
