"""Make the Python package tf2_msgs, which PyPI lacks, with the generators of the ROS wheels.

    python tools/make_tf2_msgs.py

Needs a C and a C++ compiler. Without them it says that TF stays off and ends well: the graph then
takes its poses from odometry. What there is already, from a ROS install or from us, is left alone.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import importlib.util
import io
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from types import SimpleNamespace

NAME = "tf2_msgs"
INTERFACES = Path(__file__).resolve().parent / "interfaces"
DEFINITION = f"{INTERFACES / NAME}:msg/TFMessage.msg"

TYPE_HASH = "RIHS01_e369d0f05a23ae52508854b66f6aa0437f3449d652e8cbf22d5abe85d020f087"
"""What every ROS 2 since Iron tells of tf2_msgs/msg/TFMessage: with another, peers refuse us."""

GENERATORS = {
    f"lib{NAME}__rosidl_generator_c": ("types", "c"),
    f"lib{NAME}__rosidl_typesupport_fastrtps_c": ("typesupports", "fastrtps_c"),
    f"lib{NAME}__rosidl_typesupport_introspection_c": ("typesupports", "introspection_c"),
    f"{NAME}_s__rosidl_typesupport_c": ("typesupports", "c"),
    f"{NAME}_s": ("types", "py[typesupport_implementations: [rosidl_typesupport_c]]"),
}
"""What makes the sources of each part; the parts of a library are found by ROS by their name."""

PROOF = f"""
import rclpy
from {NAME}.msg import TFMessage
rclpy.init(args=["--ros-args", "--log-level", "error"])
rclpy.create_node("proof").create_publisher(TFMessage, "proof", 1)
"""

LIBRARIES = (
    "geometry_msgs__rosidl_generator_c",
    "geometry_msgs__rosidl_generator_py",
    "geometry_msgs__rosidl_typesupport_fastrtps_c",
    "geometry_msgs__rosidl_typesupport_introspection_c",
    "rosidl_runtime_c",
    "rosidl_typesupport_c",
    "rosidl_typesupport_fastrtps_c",
    "rosidl_typesupport_fastrtps_cpp",
    "rosidl_typesupport_introspection_c",
    "fastcdr",
    "rcutils",
)


def main() -> int:
    """Make and install the package, or say why not."""
    if importlib.util.find_spec(NAME) is not None:
        print(f"{NAME} is there already")
        return 0
    lacking = what_is_lacking()
    if lacking:
        print(f"TF is off, the graph runs on odometry: {NAME} cannot be made without {lacking}")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder) / NAME
        sources = generate(package)
        check_hash(package)
        install(package, build(package, sources))
    print(f"{NAME} was made: TF is on")
    return 0


def what_is_lacking() -> str:
    """What is missing to compile the package, in words; empty if nothing is."""
    for compiler in ("gcc", "g++"):
        if shutil.which(compiler) is None:
            return f"the compiler {compiler}"
    if not (python_headers() / "Python.h").is_file():
        return f"Python.h in {python_headers()}"
    return ""


def python_headers() -> Path:
    """Where Python.h is."""
    return Path(sysconfig.get_path("include"))


def generate(package: Path) -> dict[str, list[Path]]:
    """Generated C, C++ and Python of the package in `package`; what is to compile by part."""
    # the generators find their own templates by the ament index
    os.environ["AMENT_PREFIX_PATH"] = sys.prefix
    from rosidl_cli import entry_points
    from rosidl_cli.command.generate.api import generate as run_generators

    # each wheel registers its generators twice, which rosidl_cli refuses
    entry_points.importlib_metadata = SimpleNamespace(entry_points=_distinct_entry_points)
    sources = {}
    with contextlib.redirect_stdout(io.StringIO()):  # they name each file they read
        for part, (kind, generator) in GENERATORS.items():
            (made,) = run_generators(
                package_name=NAME,
                interface_files=[DEFINITION],
                include_paths=[str(Path(sys.prefix) / "share")],
                output_path=package,
                **{kind: [generator]},
            )
            sources[part] = [Path(file) for file in made if Path(file).suffix in (".c", ".cpp")]
    # `py` always writes an entry point for each type support there is; Python asks for one
    unused = {
        f"_{NAME}_s.ep.rosidl_typesupport_{kind}_c.c" for kind in ("fastrtps", "introspection")
    }
    sources[f"{NAME}_s"] = [file for file in sources[f"{NAME}_s"] if file.name not in unused]
    return sources


def _distinct_entry_points() -> SimpleNamespace:
    def select(group: str) -> list[importlib.metadata.EntryPoint]:
        return list({e.name: e for e in importlib.metadata.entry_points(group=group)}.values())

    return SimpleNamespace(select=select)


def check_hash(package: Path) -> None:
    """Raise unless the type is what the rest of the world calls tf2_msgs/msg/TFMessage."""
    description = json.loads((package / "msg" / "TFMessage.json").read_text(encoding="utf-8"))
    found = {entry["type_name"]: entry["hash_string"] for entry in description["type_hashes"]}
    if found.get(f"{NAME}/msg/TFMessage") != TYPE_HASH:
        raise SystemExit(f"{DEFINITION}: the type's hash is not {TYPE_HASH} but {found}")


def build(package: Path, sources: dict[str, list[Path]]) -> list[Path]:
    """Three libraries that ROS opens by name, and in `package` the module that Python imports."""
    folder = package.parent
    module = f"{NAME}_s__rosidl_typesupport_c"
    parts = {name: files for name, files in sources.items() if name.startswith("lib")}
    made: list[Path] = []
    for name, files in parts.items():
        made.append(link(folder / f"{name}.so", files, made, folder))
    link(package / f"{module}.so", [*sources[module], *sources[f"{NAME}_s"]], made, folder)
    return made


def link(target: Path, sources: list[Path], others: list[Path], root: Path) -> Path:
    """Compile `sources` into the shared library `target`, which needs `others`."""
    headers = Path(sys.prefix) / "include"
    numpy = Path(str(importlib.util.find_spec("numpy").origin)).parent / "_core" / "include"
    folders = [root, python_headers(), numpy, headers, *headers.iterdir()]
    objects = []
    for source in sources:
        compiler = "g++" if source.suffix == ".cpp" else "gcc"
        words = [compiler, "-O1", "-fPIC", "-w", *(f"-I{folder}" for folder in folders)]
        subprocess.run([*words, "-c", str(source), "-o", f"{source}.o"], check=True)
        objects.append(f"{source}.o")
    # found at run time on LD_LIBRARY_PATH, which the wheels set before Python starts
    libraries = [f"-L{root}", *(f"-l{other.stem[3:]}" for other in others)]
    libraries += [f"-L{Path(sys.prefix) / 'lib'}", *(f"-l{name}" for name in LIBRARIES)]
    words = ["g++", "-shared", "-Wl,--allow-shlib-undefined", "-o", str(target)]
    subprocess.run([*words, *objects, *libraries], check=True)
    return target


def install(package: Path, libraries: list[Path]) -> None:
    """Copy what runs into the environment and prove that a new interpreter can use it."""
    target = Path(sysconfig.get_path("purelib")) / NAME
    installed = [shutil.copy2(library, Path(sys.prefix) / "lib") for library in libraries]
    shutil.copytree(package, target, ignore=_only_python)
    (target / "__init__.py").touch()
    if subprocess.run([sys.executable, "-c", PROOF], check=False).returncode:
        shutil.rmtree(target)
        for library in installed:
            Path(library).unlink()
        raise SystemExit(f"{NAME} was compiled but cannot be used: see above")


def _only_python(folder: str, names: list[str]) -> list[str]:
    return [
        name
        for name in names
        if Path(name).suffix not in (".py", ".so")
        and not (Path(folder) / name / "__init__.py").exists()
    ]


if __name__ == "__main__":
    sys.exit(main())
