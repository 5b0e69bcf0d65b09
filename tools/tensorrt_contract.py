"""What the bindings of TensorRT and CUDA offer of the names that our code uses, version by version.

    python tools/tensorrt_contract.py .contract --install

Installs each version into a folder of its own under `.contract` (without --install it must be
there), imports it, and writes `test/perception/engines/tensorrt_facts.json`, to which the ordinary
tests hold the code, and `docs/tensorrt-contract.md`. TensorRT's libraries are not to be had from
PyPI: the bindings are imported on empty ones, which gcc makes, so nothing is built or run here.
"""

from __future__ import annotations

import argparse
import ctypes
import importlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import contract_report
import declared

from ai4mars_nav.perception.engines import cuda, tensorrt_listener, tensorrt_versions
from ai4mars_nav.perception.engines.builder import Unavailable

ROOT = Path(__file__).resolve().parents[1]
FACTS = ROOT / "test" / "perception" / "engines" / "tensorrt_facts.json"
REPORT = ROOT / "docs" / "tensorrt-contract.md"
COMMAND = "make contract"


class Wheel(NamedTuple):
    """What is installed for one version, and the module that it gives."""

    version: str
    requirements: tuple[str, ...]
    module: str


WHEELS = {
    "tensorrt": (
        # the last of 8; its wheels end with Python 3.11
        Wheel("8.6.1", ("tensorrt-bindings==8.6.1",), "tensorrt_bindings"),
        # that of JetPack 6.2
        Wheel("10.3.0", ("tensorrt-cu12-bindings==10.3.0",), "tensorrt_bindings"),
        Wheel("10.16.1.11", ("tensorrt-cu13-bindings==10.16.1.11",), "tensorrt_bindings"),
        Wheel("11.4.0.106", ("tensorrt-cu13-bindings==11.4.0.106",), "tensorrt_bindings"),
    ),
    "cuda": tuple(
        Wheel(v, (f"cuda-bindings=={v}", "cuda-pathfinder==1.9.1"), "cuda.bindings.runtime")
        for v in ("12.8.0", "12.9.10", "13.5.0")
    ),
}
_LIBRARY = re.compile(r"NEEDED.*\[(libnv\S+)\]")
_SYMBOL = re.compile(
    r" U ((?:createInfer|createNv|get\w*Registry|get\w*ParserVersion|initLibNv)\w*"
    r"|\w*(?:nvuffparser|nvcaffeparser)\w*)$",
    re.MULTILINE,
)
_OVERLOAD = re.compile(r"^(?:\d+\. )?(\w+\(.*)$")


def main() -> None:
    """Install, describe each version in a process of its own, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="where the versions are installed")
    parser.add_argument("--install", action="store_true", help="install those that are missing")
    parser.add_argument("--describe", nargs=2, metavar=("KIND", "VERSION"), help="one, on stdout")
    args = parser.parse_args()
    if args.describe:
        kind, version = args.describe
        wheel = next(each for each in WHEELS[kind] if each.version == version)
        print(json.dumps(describe(kind, wheel, args.folder / f"{kind}-{version}")))
        return
    facts: dict[str, dict[str, Any]] = {kind: {} for kind in WHEELS}
    for kind, wheels in WHEELS.items():
        for wheel in wheels:
            if args.install:
                install(wheel, args.folder / f"{kind}-{wheel.version}")
            command = [sys.executable, __file__, str(args.folder), "--describe", kind]
            told = subprocess.run([*command, wheel.version], stdout=subprocess.PIPE, check=True)
            facts[kind][wheel.version] = json.loads(told.stdout)
    FACTS.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    REPORT.write_text(contract_report.report(facts, COMMAND), encoding="utf-8")


def install(wheel: Wheel, folder: Path) -> None:
    """Install a version into its folder, unless it is there."""
    if not folder.exists():
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
        subprocess.run(
            [*pip, "--no-deps", "--only-binary=:all:", "--target", folder, *wheel.requirements],
            check=True,
        )


def describe(kind: str, wheel: Wheel, folder: Path) -> dict[str, Any]:
    """The facts of one version; imports it, so once in a process."""
    if not folder.is_dir():
        sys.exit(f"{folder}: {wheel.requirements[0]} is not installed there; give --install")
    for library in stubs(folder):
        # found again by its name when the bindings ask for it
        ctypes.CDLL(str(library), mode=ctypes.RTLD_GLOBAL)
    sys.path.insert(0, str(folder))
    module = importlib.import_module(wheel.module)
    live = {"tensorrt": try_tensorrt, "cuda": try_cuda}[kind]
    return {
        "requirement": wheel.requirements[0],
        "names": {name.path: fact(module, name.path) for name in declared.names(kind)},
        "live": live(module),
    }


def stubs(folder: Path) -> Iterator[Path]:
    """Empty libraries in place of those that the bindings in `folder` want, made on the spot."""
    for bindings in folder.glob("tensorrt*/tensorrt.so"):
        wanted = _LIBRARY.findall(_told("readelf", "-d", bindings))
        symbols = _SYMBOL.findall(_told("nm", "-D", "--undefined-only", bindings))
        source = folder / "stub.c"
        source.write_text("".join(f"void *{each}(void) {{ return 0; }}\n" for each in symbols))
        for name in wanted:
            library = folder / name
            _told("gcc", "-shared", "-fPIC", f"-Wl,-soname,{name}", "-o", library, source)
            yield library


def fact(module: Any, path: str) -> dict[str, Any] | None:
    """What a name is: a value, a property, a function or class with its signatures; None: not."""
    owner, _, member = path.rpartition(".")
    holder = getattr(module, owner, None) if owner else module
    if member == "__buffer__":
        return {"kind": "buffer"} if holder is not None and _is_buffer(holder) else None
    if not hasattr(holder, member):
        return None
    found = getattr(holder, member)
    if isinstance(found, type):
        return {"kind": "class", "signatures": signatures(vars(found).get("__init__"))}
    if callable(found):
        return {"kind": "function", "signatures": signatures(found)}
    if isinstance(found, str | int):
        return {"kind": "value", "value": found}
    if hasattr(type(found), "__int__"):
        return {"kind": "value", "value": int(found)}
    return {"kind": "property"}


def signatures(function: Any) -> list[str]:
    """Each way to call it, as pybind11 and Cython write it into the docstring."""
    lines = (function.__doc__ or "").splitlines()
    overloads = [line for line in lines if re.match(r"\d+\. ", line)] or lines[:1]
    plain = (re.sub(r"tensorrt_bindings\.tensorrt\.|nvinfer1::", "", line) for line in overloads)
    return [match[1] for match in map(_OVERLOAD.match, plain) if match]


def try_tensorrt(module: Any) -> dict[str, Any]:
    """Our own code on the real bindings, as far as it goes on empty libraries."""
    heard: list[str] = []
    listener = tensorrt_listener.Listener(module, heard.append)
    listener.logger.log(module.ILogger.WARNING, "a warning")
    listener.logger.log(module.ILogger.ERROR, "an error")
    return {
        "warnings are told": heard,
        "errors are kept": listener.said(),
        "network flags": tensorrt_versions.network_flags(module),
        "progress is told": tensorrt_versions.can_monitor(module),
        "strongly typed": tensorrt_versions.strongly_typed(module),
        "builder without a device": _refusal(
            lambda: listener.started("builder", lambda: module.Builder(listener.logger))
        ),
        "runtime without a device": _refusal(
            lambda: listener.started("runtime", lambda: module.Runtime(listener.logger))
        ),
    }


def try_cuda(module: Any) -> dict[str, Any]:
    """What our code says on the real runtime where there is no driver."""
    return {
        "device without a driver": _refusal(lambda: cuda.find_device(module)),
        "a stream's number": int(module.cudaStream_t(5)),
    }


def _refusal(attempt: Any) -> str:
    try:
        return f"made {attempt()}"
    except Unavailable as error:
        return str(error)


def _is_buffer(kind: Any) -> bool:
    """Whether objects of a class lend their bytes; Python before 3.12 does not say so itself."""
    return bool(ctypes.pythonapi.PyObject_CheckBuffer(ctypes.py_object(kind.__new__(kind))))


def _told(*command: str | Path) -> str:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


if __name__ == "__main__":
    main()
