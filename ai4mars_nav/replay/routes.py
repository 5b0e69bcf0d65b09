"""Which topic of a bag goes where; if the left image is not there, what was found and what fits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ai4mars_nav.replay.errors import ReplayError
from ai4mars_nav.replay.inputs import FRAME, INPUTS, SAID, in_bag
from ai4mars_nav.replay.remap import AS_IT_IS, CONVERSIONS, Remap, load_remap, shipped


@dataclass(frozen=True)
class Route:
    """One topic of the bag, what it is for the graph, and what is done to its messages."""

    source: str
    wanted: str
    convert: str = AS_IT_IS

    @property
    def takes(self) -> str:
        """The type that its messages must have in the bag."""
        return CONVERSIONS[self.convert] or INPUTS[self.wanted]


@dataclass(frozen=True)
class Routes:
    """The routes by the bag's topics, and why the other topics are not fed."""

    by_source: dict[str, Route]
    left_out: dict[str, str] = field(default_factory=dict)


def find_routes(bag: Path, kinds: Mapping[str, str], remap: Remap) -> Routes:
    """Routes from topics {name: type} of a bag; refused if they bring no left image."""
    routes: dict[str, Route] = {}
    wrong: dict[str, str] = {}
    for wanted in INPUTS:
        for source in remap.sources(wanted):
            if source.topic not in kinds:
                continue
            route = Route(source.topic, wanted, source.convert)
            if kinds[source.topic] != route.takes:
                wrong[source.topic] = _wrong_type(route, kinds[source.topic])
                continue
            routes[source.topic] = route
            break
    if FRAME not in {route.wanted for route in routes.values()}:
        raise ReplayError(_no_frames(bag, kinds, remap, wrong))
    left_out = {t: wrong.get(t) or _why_not(t) for t in sorted(kinds) if t not in routes}
    return Routes(routes, left_out)


def fitting(kinds: Mapping[str, str]) -> list[str]:
    """Names of the shipped remap files that find the left image among topics {name: type}."""
    names = []
    for path in shipped():
        remap = load_remap(path)
        sources = remap.topics.get(FRAME, ())
        if any(kinds.get(s.topic) == Route(s.topic, FRAME, s.convert).takes for s in sources):
            names.append(path.stem)
    return names


def _wrong_type(route: Route, kind: str) -> str:
    words = f"is {kind}, {route.wanted} wants {route.takes}"
    if kind == CONVERSIONS["compressed"] and route.convert == AS_IT_IS:
        words += " (a remap file may say `convert: compressed`)"
    return words


def _why_not(topic: str) -> str:
    if topic in {in_bag(said) for said in SAID}:
        return "the graph makes it anew"
    if topic == "/clock":
        return "time is told from the stamps"
    return "nobody in the graph hears it"


def _no_frames(bag: Path, kinds: Mapping[str, str], remap: Remap, wrong: Mapping[str, str]) -> str:
    looked = ", ".join(source.topic for source in remap.sources(FRAME))
    lines = [f"{bag}: no {FRAME} in it: looked for {looked}"]
    lines += [f"  {topic} {words}" for topic, words in wrong.items()]
    lines.append("found are")
    lines += [f"  {topic} ({kind})" for topic, kind in sorted(kinds.items())]
    lines.append("wanted are, all but the first as far as they are there,")
    lines += [f"  {in_bag(topic)} ({kind})" for topic, kind in INPUTS.items()]
    fits = [name for name in fitting(kinds) if name != Path(remap.name).stem]
    if fits:
        lines.append("these remap files fit: " + ", ".join(f"--remap {name}" for name in fits))
    else:
        lines.append("no file of config/remap fits: write one, see docs/own-rover.md")
    return "\n".join(lines)
