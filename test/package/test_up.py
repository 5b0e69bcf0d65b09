"""`ai4mars up`, the way people start it: the nodes of the table, and nothing left of them."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("rclpy")

from ai4mars_nav.cli import main
from ai4mars_nav.ros import graph
from ai4mars_nav.ros.environment import node_environment, private_domain
from ai4mars_nav.ros.watch import Watch

ROOT = Path(__file__).parents[2]
PATIENCE = 120.0
MAIN = "import sys; from ai4mars_nav.cli import main; sys.exit(main())"


@pytest.fixture
def domain(monkeypatch):
    with private_domain() as number:
        for name, value in node_environment(number).items():
            monkeypatch.setenv(name, value)
        yield number


@pytest.fixture
def up(domain, probe_model, tmp_path):
    """A running `ai4mars up`, and its output in a file."""
    output = tmp_path / "output"
    words = [sys.executable, "-c", MAIN, "up", "--namespace", "mars", "--domain", str(domain)]
    words += ["--model", str(probe_model)]
    with output.open("w") as sink:
        process = subprocess.Popen(words, cwd=ROOT, stdout=sink, stderr=sink)
    yield process, output
    process.terminate()
    process.wait(PATIENCE)


def wait_for(word, process, output):
    until = time.monotonic() + PATIENCE
    while word not in output.read_text():
        assert process.poll() is None, output.read_text()
        assert time.monotonic() < until, output.read_text()
        time.sleep(0.1)


def children_of(pid):
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in listed.split()]


def test_it_runs_the_table_and_leaves_nothing(up, domain):
    process, output = up
    wait_for("all are active", process, output)
    children = children_of(process.pid)
    assert len(children) == len(graph.GRAPH)
    names = [f"/mars/{spec.name}" for spec in graph.GRAPH]
    with Watch(names, domain) as watch:
        expected = {s.name: (set(s.subscribes), set(s.publishes)) for s in graph.GRAPH}
        until = time.monotonic() + PATIENCE
        # discovery takes its time
        while (watch.inactive() or topics_of(watch) != expected) and time.monotonic() < until:
            watch.hear(0.2)
        assert watch.inactive() == []
        assert topics_of(watch) == expected
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE) == 130
    assert not [child for child in children if Path(f"/proc/{child}").exists()]


def topics_of(watch):
    """What each node hears and says in its namespace, as the network knows it."""

    def relative(told):
        names = {name.removeprefix("/mars/") for name, _ in told if name.startswith("/mars/")}
        return names & set(graph.TOPICS)

    return {
        spec.name: (
            relative(watch.node.get_subscriber_names_and_types_by_node(spec.name, "/mars")),
            relative(watch.node.get_publisher_names_and_types_by_node(spec.name, "/mars")),
        )
        for spec in graph.GRAPH
        if (spec.name, "/mars") in watch.node.get_node_names_and_namespaces()
    }


def test_a_node_that_dies_ends_all_and_is_named(up):
    process, output = up
    wait_for("waiting for", process, output)
    children = children_of(process.pid)
    os.kill(children[0], signal.SIGKILL)
    assert process.wait(PATIENCE) == 2
    assert f"{graph.GRAPH[0].name} was ended by SIGKILL" in output.read_text()
    assert not [child for child in children if Path(f"/proc/{child}").exists()]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--log-level", "loud"], "argument log_level: must be one of debug,"),
        (["--namespace", "a%b"], "argument namespace: must be names of letters,"),
        (["--domain", "233"], "domain 233: must be 0 to 232"),
        (["--rover", "spirit"], "rover 'spirit' is not in"),
        (["--params", "/no/such.yaml"], "/no/such.yaml: cannot be read"),
    ],
)
def test_an_argument_that_cannot_be_used_starts_nothing(capsys, words, told):
    assert main(["up", *words]) == 2
    said = capsys.readouterr()
    assert told in said.err and said.out == ""
