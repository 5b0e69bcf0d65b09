"""Where `config/`, `models/`, `launch/` and `sim/` are: in a checkout and when installed.

colcon and pip both put them into `<prefix>/share/ai4mars_nav`, beside the prefix's Python folder.
"""

from __future__ import annotations

import re
from pathlib import Path

from ai4mars_nav.settings import SettingsError

PACKAGE = "ai4mars_nav"


def share(package: Path | None = None) -> Path:
    """The folder that holds config/, models/ and launch/ of the package at `package` (this one)."""
    package = package or Path(__file__).resolve().parent
    for above in package.parents:
        for folder in (above, above / "share" / PACKAGE):
            if (folder / "package.xml").is_file() and (folder / "config").is_dir():
                return folder
    raise SettingsError(
        f"{package}: config/ and models/ were not found beside it or in share/{PACKAGE} above it; "
        "install with colcon or pip, or work in a checkout"
    )


def rover_file(rover: str) -> Path:
    """The YAML file of a rover: a name in config/, or a path."""
    folder = share() / "config"
    # other YAML files stand beside them, not all of them ours to read
    rovers = [f for f in folder.glob("*.yaml") if re.search("^rover:", f.read_text(), re.MULTILINE)]
    return _named(rover, "rover", folder, rovers, ".yaml")


def model_file(model: str) -> Path:
    """The ONNX file of a model: a name in models/, or a path."""
    folder = share() / "models"
    return _named(model, "model", folder, list(folder.glob("*.onnx")), ".onnx")


def content_model_file(model: str) -> Path:
    """A classifier of whole images (.onnx, or .yaml that sums one): a name, or a path."""
    folder = share() / "models" / "content"
    known = [*folder.glob("*.onnx"), *folder.glob("*.yaml")]
    return _named(model, "content model", folder, known, (".onnx", ".yaml"))


def label_set_file(label_set: str) -> Path:
    """The YAML file of a label set: a name in config/content/, or a path."""
    folder = share() / "config" / "content"
    return _named(label_set, "label set", folder, list(folder.glob("*.yaml")), ".yaml")


def wants_file(wants: str) -> Path:
    """The YAML file of what scientists want of a pass: a name in config/triage/, or a path."""
    folder = share() / "config" / "triage"
    return _named(wants, "wants", folder, list(folder.glob("*.yaml")), ".yaml")


def world_file(world: str) -> Path:
    """The YAML file of a world's recipe: a name in sim/worlds/, or a path."""
    folder = share() / "sim" / "worlds"
    return _named(world, "world", folder, list(folder.glob("*.yaml")), ".yaml")


def _named(
    name: str, what: str, folder: Path, known: list[Path], suffix: str | tuple[str, ...]
) -> Path:
    if "/" in name or name.endswith(suffix):
        path = Path(name).expanduser()
        if not path.is_file():
            raise SettingsError(f"{what} {name!r}: there is no such file")
        return path
    by_name = {path.stem: path for path in known}
    if name not in by_name:
        there = ", ".join(sorted(by_name)) or "none"
        raise SettingsError(f"{what} {name!r} is not in {folder}; there are {there}")
    return by_name[name]
