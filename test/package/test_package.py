"""The package's own description: what ROS, pip and the table of nodes say has to agree."""

import ast
import importlib.util
import re
import sys
from pathlib import Path

import pytest
import yaml

import ai4mars_nav
from ai4mars_nav.ros import graph

ROOT = Path(__file__).parents[2]
catkin_package = pytest.importorskip("catkin_pkg.package")

IMPORTED_AS = {
    "python3-numpy": "numpy",
    "python3-opencv": "cv2",
    "python3-scipy": "scipy",
    "python3-yaml": "yaml",
    "python3-numba": "numba",
    "python3-onnxruntime-pip": "onnxruntime",
}
"""rosdep keys by the module that they bring; other keys are named like their module."""

LEARNING = {"torch", "onnx", "onnxscript"}
PAGES = {"fastapi", "starlette", "anyio", "pydantic", "uvicorn", "jinja2", "argon2", "psycopg"}
OPTIONAL = {*LEARNING, *PAGES, "tf2_ros", "vision_msgs", "grid_map_msgs", "rosbags", "mujoco"}
"""Learning, pages, simulated drives and their judge, or taken where it is: not for a rover."""


@pytest.fixture(scope="module")
def manifest():
    warnings = []
    package = catkin_package.parse_package(str(ROOT / "package.xml"), warnings=warnings)
    assert not warnings
    return package


def setup_call():
    """The keyword arguments of setup.py's call that stand there as they are."""
    tree = ast.parse((ROOT / "setup.py").read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    (call,) = (c for c in calls if isinstance(c.func, ast.Name) and c.func.id == "setup")
    plain = (ast.Constant, ast.Dict)
    return {k.arg: ast.literal_eval(k.value) for k in call.keywords if isinstance(k.value, plain)}


def test_the_manifest_is_valid(manifest):
    manifest.validate()
    assert manifest.package_format == 3
    assert manifest.name == "ai4mars_nav"
    assert manifest.get_build_type() == "ament_python"
    assert manifest.licenses[0].file == "LICENSE"
    assert "Apache License" in (ROOT / "LICENSE").read_text(encoding="utf-8")


def test_versions_agree(manifest):
    setup = setup_call()
    assert manifest.version == setup["version"] == ai4mars_nav.__version__
    assert manifest.licenses == [setup["license"]]


def test_all_that_is_imported_is_a_dependency(manifest):
    declared = {IMPORTED_AS.get(each.name, each.name) for each in manifest.exec_depends}
    imported = set()
    for file in (*(ROOT / "ai4mars_nav").rglob("*.py"), *(ROOT / "launch").glob("*.py")):
        imported |= top_modules(ast.parse(file.read_text(encoding="utf-8")))
    ours = {"ai4mars_nav"}
    standard = sys.stdlib_module_names
    assert imported - standard - ours - OPTIONAL <= declared


def top_modules(tree):
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


def test_every_node_has_an_entry_point_and_nothing_else_has():
    scripts = setup_call()["entry_points"]["console_scripts"]
    expected = {f"{spec.name} = {spec.module}:main" for spec in graph.NODES}
    assert set(scripts) == {*expected, "ai4mars = ai4mars_nav.cli:main"}


@pytest.mark.parametrize("spec", graph.NODES, ids=lambda spec: spec.name)
def test_every_node_exists(spec):
    found = importlib.util.find_spec(spec.module)
    assert found is not None
    assert found.origin is not None
    functions = ast.parse(Path(found.origin).read_text(encoding="utf-8")).body
    assert "main" in {node.name for node in functions if isinstance(node, ast.FunctionDef)}


def test_every_lifecycle_node_has_its_parameters():
    parameters = yaml.safe_load(graph.default_parameters().read_text(encoding="utf-8"))
    assert {spec.section for spec in graph.GRAPH} <= set(parameters)


def test_every_topic_has_a_type_and_someone_to_use_it():
    used = {topic for spec in graph.NODES for topic in (*spec.subscribes, *spec.publishes)}
    assert used == set(graph.TOPICS)
    assert all(re.fullmatch(r"\w+/msg/\w+", kind) for kind in graph.TOPICS.values())


def test_what_a_node_hears_another_sends_or_comes_from_outside():
    sent = {topic for spec in graph.NODES for topic in spec.publishes}
    heard = {topic for spec in graph.GRAPH for topic in spec.subscribes}
    assert heard - sent == {"goal_pose"}


def test_every_topic_is_documented():
    documents = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in documents if path.is_file())
    assert [topic for topic in graph.TOPICS if f"`{topic}`" not in text] == []


def test_arguments_have_meanings():
    assert set(graph.MEANINGS) == set(graph.Arguments.__dataclass_fields__)
