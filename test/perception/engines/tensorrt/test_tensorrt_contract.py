"""The contract: what our code uses is there in each version, by the facts of `make contract`.

mypy holds the code to the names of tensorrt_api.py, tensorrt_module.py and cuda_api.py (shown
below by misspelling some); these tests hold those names to the facts.
"""

import ast
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ai4mars_nav.perception.engines import cuda, tensorrt_versions

ROOT = Path(__file__).resolve().parents[4]
ENGINES = ROOT / "ai4mars_nav" / "perception" / "engines"
SOURCES = [
    path
    for pattern in ("tensorrt*.py", "cuda.py")
    for path in sorted(ENGINES.glob(pattern))
    if path.name != "tensorrt_api.py"
]
HIDDEN = {"__version__", "__buffer__"}


def load(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def declared(kind):
    return list(load("declared").names(kind))


@pytest.fixture(params=["tensorrt", "cuda"])
def kind(request):
    return request.param


@pytest.fixture
def versions(played, kind):
    return {version: facts["names"] for version, facts in played.FACTS[kind].items()}


def test_versions_that_are_promised(played):
    """Each generation that the package says it runs on."""
    tried = list(played.FACTS["tensorrt"])
    assert [next(v for v in tried if v.startswith(g)) for g in ("8.6", "10.3", "10.16", "11.4")]
    assert [next(v for v in played.FACTS["cuda"] if v.startswith(g)) for g in ("12.", "13.")]


def test_facts_are_of_just_these_names(kind, versions):
    """Else `make contract` has to be run again."""
    for version, names in versions.items():
        assert set(names) == {name.path for name in declared(kind)}, version


def test_report_is_of_these_facts(played):
    page = (ROOT / "docs" / "tensorrt-contract.md").read_text(encoding="utf-8")
    assert page == load("contract_report").report(played.FACTS, "make contract")


def test_what_a_version_lacks_is_guarded(kind, versions):
    lacking = {path for names in versions.values() for path, fact in names.items() if not fact}
    assert lacking == (tensorrt_versions.GUARDED if kind == "tensorrt" else set())


def test_every_version_has_one_of_two(played):
    """The guards leave no version without a way."""
    for version, facts in played.FACTS["tensorrt"].items():
        names = facts["names"]
        for one, other in (
            ("NetworkDefinitionCreationFlag.STRONGLY_TYPED", "BuilderFlag.FP16"),
            ("ICudaEngine.device_memory_size_v2", "ICudaEngine.device_memory_size"),
        ):
            assert names[one] or names[other], version


def test_calls_fit_the_signatures(kind, versions, played):
    for version, names in versions.items():
        for name in declared(kind):
            fact = names[name.path]
            if fact and name.arguments is not None and fact["kind"] != "buffer":
                assert played.fits(fact, name.arguments), (version, name, fact)


def attributes(tree):
    """All attributes, and names told to hasattr or used as keys, in a piece of source."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_no_name_is_declared_in_vain(kind):
    used = {each for path in SOURCES for each in attributes(ast.parse(path.read_text()))}
    for name in declared(kind):
        owner, _, member = name.path.rpartition(".")
        if owner and member not in HIDDEN:
            assert member in used, name


def test_guarded_names_are_asked_for_before_they_are_used():
    """In tensorrt_versions.py only, and in a function that calls hasattr with just that name."""
    guarded = {path.rpartition(".")[2] for path in tensorrt_versions.GUARDED}
    for path in SOURCES:
        for function in ast.walk(ast.parse(path.read_text())):
            if not isinstance(function, ast.FunctionDef):
                continue
            nodes = list(ast.walk(function))
            used = {node.attr for node in nodes if isinstance(node, ast.Attribute)} & guarded
            asked = {
                node.args[1].value
                for node in nodes
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "hasattr"
            }
            # the older of two names for one thing is what is left when the newer is not there
            wanted = used - {"device_memory_size"}
            assert wanted <= asked, f"{path.name}: {function.name}"
            assert not used or path.name == "tensorrt_versions.py", f"{path.name}: {function.name}"


def test_nothing_slips_past_the_types():
    """What is Any may be called by any name: no object of these runtimes is."""
    for path in SOURCES:
        assert not re.search(r"\bAny\b", path.read_text()), path.name


def test_advice_is_for_errors_that_there_are(played):
    for version, facts in played.FACTS["cuda"].items():
        for error in cuda.ADVICE:
            assert facts["names"][f"cudaError_t.{error}"], version


MISSPELT = {
    "tensorrt_engine.py": {
        "execute_async_v3": "execute_async_v2",
        "num_io_tensors": "num_bindings",
        "set_tensor_address": "set_address",
    },
    "tensorrt.py": {"build_serialized_network": "build_engine", ".WORKSPACE": ".WORKSPACES"},
    "cuda.py": {"cudaEventSynchronize": "cudaEventSync", "cudaMalloc(": "cudaMallocManaged("},
}


def test_types_refuse_other_names(tmp_path):
    """The names that mypy lets pass in `make check` are those declared, and no other."""
    shadows, wanted = [], []
    for file, words in MISSPELT.items():
        text = (ENGINES / file).read_text()
        for right, wrong in words.items():
            assert right in text
            text = text.replace(right, wrong)
            wanted.append(wrong.strip(".("))
        (tmp_path / file).write_text(text)
        shadows += ["--shadow-file", ENGINES / file, tmp_path / file]
    command = [sys.executable, "-m", "mypy", "--follow-imports=silent", "--cache-dir", tmp_path]
    told = subprocess.run(
        [*command, *shadows, *(ENGINES / file for file in MISSPELT)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert told.returncode == 1
    for wrong in wanted:
        assert f'has no attribute "{wrong}"' in told.stdout, told.stdout
