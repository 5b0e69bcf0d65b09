"""Feeds the graph message by message, tells the time, and counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from ai4mars_nav.replay.errors import ConversionError
from ai4mars_nav.replay.inputs import GOAL, LEFT_INFO, PLAN, POSES, RIGHT_INFO
from ai4mars_nav.replay.order import Heard
from ai4mars_nav.replay.player import Player
from ai4mars_nav.ros.answers import Answers

PLANE = ("terrain/classes", "terrain/confidence", "terrain/overlay")
SPACE = ("terrain/points",)
MAPPED = ("terrain/big_rocks", "terrain/cost", "terrain/elevation")


class Feeder:
    """A player whose messages are counted, and the answers to them."""

    def __init__(
        self,
        player: Player,
        answers: Answers,
        hear: Callable[[float], None],
    ) -> None:
        self.player = player
        self.answers = answers
        self.hear = hear
        self.tell_time: Callable[[int], None] = lambda _now: None
        """Called with the time after each message that was published, before anything is heard."""
        self.fed: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()

    def feed(self, message: Heard) -> bool:
        """Publish a message; false if it could not be converted, which is counted by what it is."""
        try:
            self.player.feed(message)
        except ConversionError as error:
            self.refused[str(error)] += 1
            return False
        self.tell_time(self.player.now)
        self.fed[message.topic] += 1
        return True

    def expected(self, companions: frozenset[str]) -> tuple[frozenset[str], str]:
        """The outputs that a frame will be answered with, and why not with all that there are."""
        depth = "depth/image_rect" in companions
        right = "right/image_rect" in companions and self.fed[RIGHT_INFO]
        if not self.fed[LEFT_INFO]:
            return frozenset(PLANE), f"no {LEFT_INFO}: no points, no map"
        if not (depth or right):
            return frozenset(PLANE), "neither depth nor right image: no points, no map"
        if not any(self.fed[topic] for topic in POSES):
            return frozenset((*PLANE, *SPACE)), "no odom and no TF: no rocks, no map"
        plan = (PLAN,) if self.fed[GOAL] else ()
        return frozenset((*PLANE, *SPACE, *MAPPED, *plan)), ""
