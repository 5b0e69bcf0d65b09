"""TensorRT's timing cache as a file: how fast each kernel was, so that it is not tried again.

It is worth minutes and never needed: what cannot be read or written is told and done without.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from ai4mars_nav.perception.engines import tensorrt_api as api
from ai4mars_nav.perception.engines.builder import Say


def read(config: api.IBuilderConfig, path: Path | None, say: Say) -> api.ITimingCache | None:
    """Have a build use the cache of a file, or an empty one; None where there is to be none."""
    if path is None:
        return None
    kept = _content(path, say)
    # never with times of another device: this one's own are what makes its plan fast
    if kept and (cache := _attached(config, kept)) is not None:
        return cache
    if kept:
        say(f"{path}: the timing cache is of another TensorRT or GPU, all kernels are timed anew")
    return _attached(config, b"")


def write(cache: api.ITimingCache | None, path: Path | None, say: Say) -> None:
    """Keep what a build has measured; the file is whole or the old one."""
    if cache is None or path is None:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as part:
            aside = Path(part.name)
            try:
                part.write(bytes(cache.serialize()))
                part.close()
                aside.replace(path)
            except BaseException:
                aside.unlink()
                raise
    except OSError as error:
        say(f"{path}: the timing cache is not kept: {error.strerror}; the next build takes as long")


def _content(path: Path, say: Say) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        say(f"{path}: the timing cache cannot be read: {error.strerror}; all kernels are timed")
        return b""


def _attached(config: api.IBuilderConfig, content: bytes) -> api.ITimingCache | None:
    cache = config.create_timing_cache(content)
    if cache is None or not config.set_timing_cache(cache, False):
        return None
    return cache
