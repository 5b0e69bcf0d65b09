"""Which model the node terrain runs, in which engine, and what it tells of them (no ROS in it)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ai4mars_nav.perception.engine import AUTO, KINDS
from ai4mars_nav.perception.engines.builder import Say
from ai4mars_nav.perception.engines.cache import default_folder
from ai4mars_nav.perception.engines.choose import Choice, Wish, choose
from ai4mars_nav.perception.engines.obtain import ON_MISMATCH, REBUILD
from ai4mars_nav.perception.engines.standby import StandBy
from ai4mars_nav.settings import setting
from ai4mars_nav.share import model_file


@dataclass(frozen=True)
class ModelSettings:
    """Which network, and what runs it."""

    file: str = setting("terrain-256-int8", "name of a model in models/, or path of its .onnx file")
    engine: str = setting(AUTO, "what runs it; auto: the fastest that there is", choices=KINDS)
    engine_cache: str = setting("", "folder of built engines; empty for the user's cache")
    on_mismatch: str = setting(
        REBUILD, "where no engine is cached that fits this machine and model", choices=ON_MISMATCH
    )
    threads: int = setting(1, "threads of an engine on the CPU", lo=1, hi=64)
    mono16_bits: int = setting(16, "bits that mono16 images use", lo=8, hi=16)


def chosen(settings: ModelSettings, say: Say) -> Choice:
    """The engine that the settings ask for."""
    folder = settings.engine_cache
    cache = Path(folder).expanduser() if folder else default_folder()
    wish = Wish(settings.engine, settings.threads, cache, settings.on_mismatch)
    return choose(model_file(settings.file), wish, say)


def lost(choice: Choice) -> str:
    """Why the engine that was chosen runs no more; empty while it does."""
    return choice.engine.lost if isinstance(choice.engine, StandBy) else ""


def report(choice: Choice) -> dict[str, str]:
    """For the diagnostics: model, engine, why this one, and the memory that it all takes."""
    sidecar = choice.sidecar
    return {
        "model": f"{sidecar.name} ({sidecar.precision})",
        "engine": choice.engine.name,
        "engine chosen": choice.why,
        "engine lost": lost(choice) or "no",
        "memory of the process [MiB]": f"{_resident_bytes() / 2**20:.0f}",
    }


def _resident_bytes() -> int:
    """Main memory that this process takes."""
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
