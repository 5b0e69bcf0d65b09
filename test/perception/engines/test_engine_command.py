"""`ai4mars engine`: what it prints, and the exit codes that scripts go by."""

import json
import re
import subprocess
import sys

import pytest

from ai4mars_nav import cli
from ai4mars_nav.perception.engines.cache import SUFFIX

KIND = "onnx-optimised"


@pytest.fixture
def ai4mars(capsys, probe, cache):
    """Run a command on the probe model and the cache; exit code, output, errors."""

    def run(command, *words):
        model = [] if command == "show" else ["--model", str(probe)]
        code = cli.main(["engine", command, *model, "--cache", str(cache), *words])
        return code, *capsys.readouterr()

    return run


def line_of(kind, told):
    (line,) = [line for line in told.splitlines() if f" {kind} " in line]
    return line


def test_check_of_an_empty_cache(ai4mars, with_builder):
    code, told, _ = ai4mars("check")
    assert code == 1, "it has to be built first"
    assert re.match(rf"-> {KIND} +to build .*no engine is cached", line_of(KIND, told))
    assert re.match(r"   onnx +ready +ONNX Runtime .*, CPU, 1 thread", line_of("onnx", told))
    assert with_builder.built == 0


def test_build_show_check(ai4mars, with_builder):
    code, told, _ = ai4mars("build", "--engine", KIND)
    assert code == 0
    for part in ("no engine is cached: building", "optimising probe", "built anew in", SUFFIX):
        assert part in told
    assert all(re.match(r" *\d+\.\d s  ", line) for line in told.splitlines())

    code, told, _ = ai4mars("build", "--engine", KIND)
    assert (code, with_builder.built) == (0, 1) and "is there and fits" in told
    code, told, _ = ai4mars("build", "--engine", KIND, "--again")
    assert (code, with_builder.built) == (0, 2) and "built anew" in told

    code, told, _ = ai4mars("show")
    assert code == 0
    for field in ("runtime", "machine.onnxruntime", "onnx.sha256", "classes", "plan", "parity"):
        assert re.search(rf"^    {re.escape(field)} +\S", told, re.MULTILINE)
    assert re.search(r"parity +as ONNX Runtime .* in 100\.00 % of all cells", told)

    code, told, _ = ai4mars("check")
    assert code == 0
    assert re.match(rf"-> {KIND} +ready .* in 100\.00 %", line_of(KIND, told))


def test_check_names_the_field_that_does_not_fit(ai4mars, with_builder):
    assert ai4mars("build", "--engine", KIND)[0] == 0
    with_builder.changed["gpu"] = "Orin"
    code, told, _ = ai4mars("check")
    assert code == 1 and "machine.gpu was nothing, is Orin" in line_of(KIND, told)
    code, told, _ = ai4mars("check", "--on-mismatch", "refuse")
    assert code == 0 and line_of("onnx", told).startswith("->")
    code, told, _ = ai4mars("check", "--on-mismatch", "refuse", "--engine", KIND)
    assert code == 2 and f"no engine would run: {KIND} is asked for" in told


@pytest.mark.usefixtures("with_builder")
def test_show_names_what_is_spoilt(ai4mars, cache):
    code, told, _ = ai4mars("show")
    assert (code, told) == (0, f"{cache}: no engine is kept here\n")
    assert ai4mars("build", "--engine", KIND)[0] == 0
    (record,) = cache.glob(f"*{SUFFIX}")
    document = json.loads(record.read_text())
    document["onnx"]["precision"] = "fp16"
    record.write_text(json.dumps(document))
    code, told, _ = ai4mars("show")
    assert code == 1 and told.startswith(f"spoilt: {record}: seal does not fit")


def test_what_cannot_be_built_is_refused(ai4mars, with_builder):
    opened = with_builder.open

    def otherwise(*args):
        engine = opened(*args)
        infer = engine.infer
        engine.infer = lambda batch: -infer(batch)
        return engine

    with_builder.open = otherwise
    code, _, error = ai4mars("build", "--engine", KIND)
    assert code == cli.REFUSED
    assert re.search(r"agrees with ONNX Runtime .* in \d+\.\d\d % .* it is not used", error)
    code, told, _ = ai4mars("check")
    assert code == 0 and "refused" in line_of(KIND, told)


def test_a_model_that_is_not_there(capsys):
    assert cli.main(["engine", "check", "--model", "terrain-512"]) == cli.REFUSED
    assert "model 'terrain-512' is not in" in capsys.readouterr().err


def test_it_loads_neither_ros_nor_torch():
    code = (
        "import sys; from ai4mars_nav.cli import main; main(['engine', 'check']); "
        "assert not {'rclpy', 'torch', 'numba'} & set(sys.modules), 'heavy'"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
