"""The command line: lazy, clear when it refuses, and with the exit codes that scripts expect."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from ai4mars_nav import cli
from ai4mars_nav.ros import graph
from ai4mars_nav.settings import SettingsError

ROOT = Path(__file__).parents[2]


@pytest.fixture
def stub(monkeypatch):
    """Make a sub-command `stub` that does what it is given."""

    def make(run):
        module = SimpleNamespace(HELP="", add_arguments=lambda _: None, run=run)
        monkeypatch.setitem(sys.modules, "ai4mars_nav.cli.stub", module)
        monkeypatch.setitem(cli.COMMANDS, "stub", "ai4mars_nav.cli.stub")

    return make


def refuse(error):
    def run(_args):
        raise error

    return run


@pytest.mark.parametrize(
    ("run", "code", "told"),
    [
        (lambda _: 3, 3, ""),
        (refuse(SettingsError("map.yaml: unknown key 'sise'")), 2, "map.yaml: unknown key 'sise'"),
        (refuse(KeyboardInterrupt()), 130, ""),
        (refuse(ModuleNotFoundError("No module named 'torch'", name="torch")), 2, "needs torch"),
    ],
)
def test_exit_codes(stub, capsys, run, code, told):
    stub(run)
    assert cli.main(["stub"]) == code
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    "error",
    [
        ValueError("a bug, not a refusal"),
        ModuleNotFoundError("No module named 'ai4mars_nav.gone'", name="ai4mars_nav.gone"),
    ],
)
def test_a_bug_keeps_its_traceback(stub, error):
    stub(refuse(error))
    with pytest.raises(type(error), match=str(error)):
        cli.main(["stub"])


def test_a_reader_that_has_enough_is_no_error():
    words = [
        sys.executable,
        "-c",
        "import sys; from ai4mars_nav.cli import main; sys.exit(main(['config']))",
    ]
    command = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT)
    command.stdout.close()
    assert command.stderr.read() == b""
    assert command.wait() == cli.CUT_OFF


def test_all_commands_say_what_they_are_for(capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["--help"])
    assert ended.value.code == 0
    told = capsys.readouterr().out
    assert all(name in told for name in cli.COMMANDS)


def test_an_unknown_command_is_refused_with_those_there_are(capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["fly"])
    assert ended.value.code == cli.REFUSED
    assert "invalid choice: 'fly'" in capsys.readouterr().err


def test_the_command_line_itself_loads_neither_ros_nor_torch():
    heavy = "{'rclpy', 'torch', 'cv2', 'numba', 'onnxruntime'}"
    code = f"import sys, ai4mars_nav.cli; assert not {heavy} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_config_prints_unit_range_default_and_meaning(capsys):
    assert cli.main(["config", "rover"]) == 0
    told = capsys.readouterr().out
    assert "  max_tilt_deg = 20.0 deg (1.0 to 60): steepest pitch, roll or slope" in told
    assert "  drive = ackermann (one of skid, ackermann): how it turns" in told


@pytest.mark.parametrize("name", [spec.name for spec in graph.NODES])
def test_config_knows_every_node(capsys, name):
    pytest.importorskip("rclpy")
    assert cli.main(["config", name]) == 0
    assert len(capsys.readouterr().out.splitlines()) > 5


def test_config_passes_what_is_shipped(capsys):
    pytest.importorskip("rclpy")
    files = sorted((ROOT / "config").glob("*.yaml"))
    assert cli.main(["config", *map(str, files)]) == 0
    told = capsys.readouterr().out
    assert "curiosity.yaml: the rover curiosity" in told
    assert "nodes.yaml: parameters of terrain, map, planner, driver" in told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("rover:\n  lenght: 2.0\n", "mine.yaml: rover: unknown key 'lenght'"),
        ("/**/map:\n  ros__parameters:\n    map:\n      sise: 1.0\n", "unknown key 'sise'"),
        ("/**/map:\n  ros__parameters:\n    map.size: -1.0\n", "map: size is -1.0 m, outside"),
        ("/**/map:\n  ros__parameters:\n    maps:\n      size: 1.0\n", "unknown key 'maps.size'"),
        ("/**/map:\n  ros__parameters:\n    autostrat: true\n", "unknown key 'autostrat'"),
        ("map:\n  ros__parameters:\n    map.size: 20.0\n", "unknown section 'map'"),
        ("/**/map:\n  size: 20.0\n", "must hold ros__parameters and nothing else"),
        ("- 1\n", "must hold a mapping, holds list"),
        ("a: [\n", "is not YAML"),
    ],
)
def test_config_names_file_and_key_of_what_is_wrong(tmp_path, capsys, text, told):
    pytest.importorskip("rclpy")
    file = tmp_path / "mine.yaml"
    file.write_text(text)
    assert cli.main(["config", str(file)]) == cli.REFUSED
    error = capsys.readouterr().err
    assert str(file) in error
    assert told in error


def test_config_takes_dotted_and_nested_keys_alike(tmp_path, capsys):
    pytest.importorskip("rclpy")
    file = tmp_path / "mine.yaml"
    nested = "    map:\n      size: 20.0\n"
    file.write_text(f"/**/map:\n  ros__parameters:\n    use_sim_time: true\n{nested}")
    assert cli.main(["config", str(file)]) == 0
    file.write_text("/**/map:\n  ros__parameters:\n    map.size: 20.0\n")
    assert cli.main(["config", str(file)]) == 0
    assert "parameters of map" in capsys.readouterr().out


def test_config_refuses_what_is_neither_section_nor_file(capsys):
    assert cli.main(["config", "marvin"]) == cli.REFUSED
    assert "'marvin' is neither a YAML file nor one of rover, terrain" in capsys.readouterr().err


def test_doctor_names_a_profile_that_is_not_there(monkeypatch, capsys):
    monkeypatch.setitem(os.environ, "FASTRTPS_DEFAULT_PROFILES_FILE", "/no/such.xml")
    assert cli.main(["doctor"]) == 1
    told = capsys.readouterr().out
    assert "MISSING  Fast DDS profile: /no/such.xml does not exist" in told


def test_doctor_says_what_is_there(monkeypatch, capsys):
    for name in ("FASTRTPS_DEFAULT_PROFILES_FILE", "FASTDDS_DEFAULT_PROFILES_FILE"):
        monkeypatch.delenv(name, raising=False)
    cli.main(["doctor"])
    lines = capsys.readouterr().out.splitlines()
    assert f"Fast DDS profile: {ROOT / 'config' / 'fastdds.xml'}" in "\n".join(lines)
    assert len(lines) >= 10
