"""What the node `triage` made of a drive: what it would send home, and where to look again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ai4mars_nav.bags.read import messages
from ai4mars_nav.content.triage.downlink import Downlink, from_json
from ai4mars_nav.content.triage.find import Place
from ai4mars_nav.content.triage.sheet import sheet
from ai4mars_nav.content.triage.targets import Target
from ai4mars_nav.content.triage.wants import FLOAT_ROCK, OUTCROP
from ai4mars_nav.ros.convert.targets import COLOURS, from_markers
from ai4mars_nav.ros.graph import TRIAGE
from ai4mars_nav.sim.drive import topdown
from ai4mars_nav.sim.drive.seen import Seen
from ai4mars_nav.sim.drive.trip import Outcome
from ai4mars_nav.sim.poster import INK, WHITE, Panel, Picture, legend, page, write
from ai4mars_nav.sim.world.world import World
from ai4mars_nav.terrain import BIG_ROCK_HEIGHT, Terrain

DOWNLINK, TARGETS = TRIAGE.publishes
NEAR = 1.0
"""Metres by which a target may err: the rover's odometry drifts, and far ground is not sharp."""
MOST = 30
"""Targets that are drawn: the most interesting."""


@dataclass(frozen=True)
class Kept:
    """What was said last."""

    downlink: Downlink
    targets: tuple[Target, ...]


def read_kept(bag: Path) -> Kept | None:
    """What a bag holds of the node's last words; none where it said nothing."""
    downlink: Downlink | None = None
    targets: list[Target] = []
    for topic, _, message in messages(bag, DOWNLINK, TARGETS):
        if topic == DOWNLINK:
            downlink = from_json(message.data, topic)
        else:
            _, _, targets = from_markers(message, topic)
    return None if downlink is None else Kept(downlink, tuple(targets))


def sent_home(kept: Kept, outcome: Outcome, seen: Seen) -> Picture:
    """The contact sheet of the pass."""
    by_stamp = {frame.stamp: frame.grey for frame in seen.frames}
    stamps = {each.image: each.stamp for each in kept.downlink.products}
    title = f"What goes home of {outcome.ground.world.name}, seed {outcome.trip.seed}"
    return sheet(kept.downlink, lambda name: by_stamp.get(stamps[name]), title)


def on_the_map(kept: Kept, outcome: Outcome) -> Picture:
    """The targets on the true ground, numbered as they are ranked, where the rover takes them to
    lie: its odometry drifts."""
    view = topdown.view_of(outcome)
    ground = topdown.true_ground(outcome.ground.world, view)
    way = np.array([truth.place[:2] for truth in outcome.truths])
    topdown.draw_path(ground, way, view, topdown.DRIVEN, 2)
    targets = kept.targets[:MOST]
    for rank in range(len(targets) - 1, -1, -1):
        _draw(ground, rank, targets[rank], view)
    kinds = dict.fromkeys(each.kind for each in targets)
    legend(ground, [*((COLOURS[kind], kind) for kind in kinds), (topdown.DRIVEN, "driven")])
    topdown.draw_scale(ground, view)
    first = "; ".join(f"{i + 1} {t.says}, seen {t.times} times" for i, t in enumerate(targets[:3]))
    left_out = len(kept.targets) - len(targets)
    note = first + (f" ({left_out} less interesting ones are not drawn)" if left_out else "")
    title = f"Where to look again: {len(kept.targets)} targets"
    told = _counts(kept.targets, outcome.ground.world)
    return page(title, told, [Panel("By interest", note, ground)], 1)


def _counts(targets: Sequence[Target], world: World) -> str:
    """How many there are of each kind, and of how many there is such a thing."""
    said = []
    for kind in COLOURS:
        places = [each.position for each in targets if each.kind == kind]
        if not places:
            continue
        words = f"{kind} {len(places)}"
        if kind in TRUE:
            thing, is_by = TRUE[kind]
            words += f" ({sum(is_by(at, world) for at in places)} within {NEAR:g} m of {thing})"
        said.append(words)
    return "; ".join(said)


def is_by_bedrock(place: Place, world: World) -> bool:
    """Whether there is bedrock within NEAR of a place."""
    steps = np.arange(-NEAR, NEAR + 0.05, 0.1)
    dx, dy = np.meshgrid(steps, steps)
    inside = np.hypot(dx, dy) <= NEAR
    classes = world.class_at(place[0] + dx[inside], place[1] + dy[inside])
    return bool((classes == Terrain.BEDROCK).any())


def is_by_rock(place: Place, world: World) -> bool:
    """Whether there is a rock over BIG_ROCK_HEIGHT within NEAR of a place."""
    big = world.rocks.height > BIG_ROCK_HEIGHT
    gaps = np.hypot(world.rocks.x[big] - place[0], world.rocks.y[big] - place[1])
    gaps = gaps - 0.25 * (world.rocks.length[big] + world.rocks.width[big])
    return bool((gaps <= NEAR).any())


TRUE: Mapping[str, tuple[str, Callable[[Place, World], bool]]] = {
    OUTCROP: ("bedrock", is_by_bedrock),
    FLOAT_ROCK: (f"a rock over {BIG_ROCK_HEIGHT:.2f} m", is_by_rock),
}
"""What has to be where a target is said to lie; of what is new nobody can say."""


def _draw(picture: Picture, rank: int, target: Target, view: topdown.View) -> None:
    u, v = (round(float(each)) for each in view.pixels(np.array(target.position[:2]))[0])
    for radius, colour in ((11, WHITE), (9, COLOURS[target.kind])):
        cv2.circle(picture, (u, v), radius, colour, cv2.FILLED, cv2.LINE_AA)
    write(picture, str(rank + 1), u, v + 4, 8, INK, bold=True, centred=True)
