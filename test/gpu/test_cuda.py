"""The real CUDA runtime on a real GPU; where either is missing, skipped with the reason."""

import numpy as np
import pytest

from ai4mars_nav.perception.engines.builder import Unavailable
from ai4mars_nav.perception.engines.cuda import Lane, find_device, load_cuda


def missing():
    """Why there is no CUDA here, or nothing."""
    try:
        find_device(load_cuda())
    except Unavailable as error:
        return str(error)
    return ""


REASON = missing()
pytestmark = pytest.mark.skipif(bool(REASON), reason=REASON)


@pytest.fixture
def lane():
    made = Lane(load_cuda())
    yield made
    made.close()


def test_up_and_down(lane):
    """What went to the device comes back, frame after frame."""
    up, down = lane.pinned((1, 1, 64, 48)), lane.pinned((1, 1, 64, 48))
    address = lane.device(up.nbytes)
    assert lane.device_bytes == up.nbytes
    for frame in range(3):
        up[:] = np.random.default_rng(frame).normal(size=up.shape)
        lane.upload(up, address)
        lane.download(address, down)
        lane.wait()
        np.testing.assert_array_equal(down, up)


def test_more_than_there_is(lane):
    with pytest.raises(Unavailable, match=rf"taking {1 << 50} bytes .*cudaErrorMemoryAllocation"):
        lane.device(1 << 50)


def test_all_is_given_back():
    """Far more than any device has, 1 GiB at a time."""
    for _ in range(300):
        lane = Lane(load_cuda())
        lane.device(1 << 30)
        lane.close()
