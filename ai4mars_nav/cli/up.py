"""`ai4mars up`: the whole graph on this machine, from the table of nodes, until Ctrl-C."""

from __future__ import annotations

import argparse
import dataclasses
import os
import re
import signal
import sys
from typing import TYPE_CHECKING, NoReturn

from ai4mars_nav.ros import graph
from ai4mars_nav.ros.environment import node_environment
from ai4mars_nav.ros.runner import Runner

if TYPE_CHECKING:
    from ai4mars_nav.ros.watch import Watch

HELP = "start the graph: terrain, map, planner and driver, each a process of its own"
USUAL = {"scene": "acceptance", "triage": "outcrops"}
"""What is meant by an option without a value."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the graph, and the DDS domain."""
    for field in dataclasses.fields(graph.Arguments):
        option, meaning = f"--{field.name.replace('_', '-')}", graph.MEANINGS[field.name]
        if field.default is False:
            parser.add_argument(option, action="store_true", help=meaning)
        elif field.name in USUAL:
            usual = USUAL[field.name]
            parser.add_argument(option, nargs="?", const=usual, default="", help=meaning)
        else:
            kind = type(field.default)
            parser.add_argument(option, type=kind, default=field.default, help=meaning)
    parser.add_argument("--domain", type=int, help="ROS_DOMAIN_ID, if not that of the environment")


def run(args: argparse.Namespace) -> int:
    """Run until Ctrl-C or until a node dies; its last words stand in the error."""
    names = [field.name for field in dataclasses.fields(graph.Arguments)]
    arguments = graph.Arguments(**{name: getattr(args, name) for name in names})
    specs = graph.chosen(arguments)
    commands = {spec.name: graph.command(spec, arguments) for spec in specs}
    environment = node_environment(args.domain)
    # what we hear with has to live where the nodes live
    os.environ.update(environment)
    from ai4mars_nav.ros.watch import Watch

    # a shell starts what it puts in the background deaf to Ctrl-C
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end)
    prefix = graph.absolute(arguments.namespace).rstrip("/")
    nodes = [f"{prefix}/{spec.name}" for spec in specs if spec.lifecycle]
    may_end, may_fail = frozenset({graph.STILL.name}), frozenset({graph.TRIAGE.name})
    runner = Runner(commands, environment, _tell, may_end, may_fail)
    with runner as running, Watch(nodes) as watch:
        _follow(running, watch)


def _follow(running: Runner, watch: Watch) -> NoReturn:
    """Tell what changes: who is not active yet, and why a node publishes nothing."""
    told: dict[str, str] = {}
    waited_for: list[str] | None = None
    while True:
        running.check()
        watch.hear(0.5)
        for name, line in watch.told.items():
            # the same reason with another age is no news
            reason = re.sub(r"[\d.]+ s", "", line)
            if told.get(name) != reason:
                _tell(name.rsplit("/", 1)[-1], f"* {line}")
            told[name] = reason
        if waited_for != []:
            inactive = watch.inactive()
            if inactive != waited_for:
                _tell("up", f"waiting for {', '.join(inactive)}" if inactive else "all are active")
            waited_for = inactive


def _tell(name: str, line: str) -> None:
    print(f"{name:>8} | {line}", flush=True)


def _end(number: int, _frame: object) -> NoReturn:
    sys.exit(128 + number)
