"""What counts as an answer, and when everybody has it: from outputs and diagnostics alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from ai4mars_nav.ros.acquaintance import hearers, publishers
from ai4mars_nav.ros.acquainted import TRANSFORMS, strangers
from ai4mars_nav.ros.answers import Answers
from ai4mars_nav.ros.graph import GRAPH, absolute
from ai4mars_nav.ros.told import DIAGNOSTICS, Told

S = 10**9
BEGIN = 1000 * S
SAID = {topic: 1 for spec in GRAPH for topic in spec.publishes}
INPUTS = {*TRANSFORMS, *(topic for spec in GRAPH for topic in spec.subscribes)} - set(SAID)
WANTED = frozenset({"terrain/classes", "terrain/cost", "plan"})


def serialised(message: Any) -> bytes:
    from rclpy.serialization import serialize_message

    return bytes(serialize_message(message))


class Ear:
    """Stands where a recorder does: what is said comes in by hand."""

    def __init__(self) -> None:
        self._hear: dict[str, Callable[[bytes], None]] = {}

    def tell(self, topic: str, hear: Callable[[bytes], None]) -> None:
        self._hear[topic] = hear

    def say(self, topic: str, stamp: int = BEGIN) -> None:
        """An output that bears a stamp."""
        from nav_msgs.msg import Path as Plan

        from ai4mars_nav.ros.convert.header import header

        self._hear[topic](serialised(Plan(header=header(stamp, "odom"))))

    def diagnose(self, node: str, line: str = "publishing", **counts: int) -> None:
        """A node's diagnostics; `__` stands for a slash, `_` for a blank."""
        from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue

        values = [
            KeyValue(key=key.replace("__", "/").replace("_", " "), value=str(count))
            for key, count in counts.items()
        ]
        status = DiagnosticStatus(name=f"/{node}", message=line, values=values)
        self._hear[DIAGNOSTICS](serialised(DiagnosticArray(status=[status])))


@pytest.fixture
def ear() -> Ear:
    return Ear()


@pytest.fixture
def answers(ear: Ear) -> Answers:
    return Answers(ear)


def test_what_was_said_before_a_frame_is_no_answer_to_it(ear: Ear, answers: Answers) -> None:
    """A goal before the first map is answered by an empty plan, which bears the time of the first
    frame: the frame's own plan was not waited for, and began where the rover was by then."""
    ear.say("plan")
    answers.clear()
    assert answers.given[BEGIN] == set()
    ear.say("plan")
    assert answers.given[BEGIN] == {"plan"}
    assert answers.heard["plan"] == 2


def test_poses_are_counted_as_they_are_recorded(ear: Ear, answers: Answers) -> None:
    """A pose that the recorder heard a step late left its command without a pose, and the command
    was not compared."""
    ear.say("odom")
    assert answers.heard["odom"] == 1


@pytest.mark.parametrize(
    ("topic", "node", "count"),
    [
        ("terrain/cost", "map", "terrain__cost_published"),
        ("plan", "planner", "plan_published"),
        ("plan", "planner", "plan_withdrawn"),
    ],
)
def test_we_may_have_heard_what_others_have_not(
    ear: Ear, answers: Answers, topic: str, node: str, count: str
) -> None:
    ear.diagnose(node)
    assert answers.all_sent()
    ear.say(topic)
    assert not answers.all_sent(), "the node has not said that all of it is sent"
    ear.diagnose(node, **{count: 1})
    assert answers.all_sent()


def test_who_never_tells_of_itself_is_not_waited_for(ear: Ear, answers: Answers) -> None:
    """Somebody else's planner: its plan is all there is to go by."""
    ear.say("plan")
    assert answers.all_sent()


@pytest.mark.parametrize("namespace", ["/", "/rover"])
def test_nodes_of_another_namespace_are_others(ear: Ear, namespace: str) -> None:
    answers = Answers(ear, namespace=namespace)
    ear.diagnose("rover/map", withheld=1)
    assert answers.nodes["map"].times == (namespace == "/rover")
    assert set(answers.nodes) == {spec.name for spec in GRAPH}


def test_all_is_there_and_everybody_has_it(ear: Ear, answers: Answers) -> None:
    ear.diagnose("map")
    ear.say("terrain/cost")
    wanted = frozenset({"terrain/cost"})
    assert not answers.is_complete(BEGIN, wanted)
    ear.diagnose("map", terrain__cost_published=1, withheld=1)
    assert answers.is_complete(BEGIN, wanted)
    assert not answers.why_not(BEGIN, wanted, {name: Counter() for name in answers.nodes})


def test_a_refused_goal_or_pose_is_not_waited_for(ear: Ear, answers: Answers) -> None:
    before = answers.counts()
    ear.diagnose("driver", odom_refused=1)
    assert answers.is_refused("odom", before)
    assert not answers.is_refused("odom", answers.counts())
    assert not answers.is_refused("goal_pose", before)


def test_a_frame_that_came_to_nothing_is_told_with_the_nodes_words(
    ear: Ear, answers: Answers
) -> None:
    ear.diagnose("map", withheld=1)
    before = answers.counts()
    assert not answers.why_not(BEGIN, WANTED, before)
    ear.diagnose("map", "nothing is published: no pose", withheld=2)
    assert answers.why_not(BEGIN, WANTED, before) == "map: nothing is published: no pose"


def test_what_terrain_has_not_sent_when_it_is_done_does_not_come(
    ear: Ear, answers: Answers
) -> None:
    before, wanted = answers.counts(), WANTED | {"terrain/points"}
    ear.say("terrain/classes")
    assert not answers.why_not(BEGIN, wanted, before)
    ear.diagnose("terrain", "publishing, but a camera is missing", terrain__classes_published=1)
    assert answers.why_not(BEGIN, wanted, before).startswith("terrain: publishing, but")


def test_a_word_of_one_frame_that_comes_late_is_none_of_the_next(
    ear: Ear, answers: Answers
) -> None:
    """`terrain`, kept from telling by a busy machine, told of a frame once the next was under way,
    which passed for its word of that: nobody waited for it, and its plan came a pose too late."""
    wanted = frozenset({"terrain/classes", "terrain/points"})
    for topic in wanted:
        ear.say(topic)
    assert answers.is_complete(BEGIN, wanted)
    before = answers.counts()
    answers.clear()
    ear.diagnose("terrain", terrain__classes_published=1)
    assert not answers.why_not(BEGIN + S, wanted, before)
    ear.say("terrain/classes", BEGIN + S)
    assert not answers.why_not(BEGIN + S, wanted, before)
    ear.diagnose("terrain", terrain__classes_published=2)
    assert answers.why_not(BEGIN + S, wanted, before)


def test_what_the_map_makes_of_points_is_waited_for_without_rocks_too(
    ear: Ear, answers: Answers
) -> None:
    """Else its word of them comes late, and passes for that of the next frame."""
    before, wanted = answers.counts(), WANTED | {"terrain/points", "terrain/big_rocks"}
    ear.say("terrain/points")
    ear.say("terrain/classes")
    ear.diagnose("terrain", "publishing, but no rocks: no pose", terrain__classes_published=1)
    assert not answers.why_not(BEGIN, wanted, before)
    ear.diagnose("map", "nothing is published: no pose", withheld=1)
    assert answers.why_not(BEGIN, wanted, before) == "map: nothing is published: no pose"


def test_rocks_alone_do_not_come_once_all_else_is_there(ear: Ear, answers: Answers) -> None:
    before, wanted = answers.counts(), WANTED | {"terrain/points", "terrain/big_rocks"}
    for topic in ("terrain/points", "terrain/classes", "terrain/cost"):
        ear.say(topic)
    ear.diagnose("terrain", "publishing, but no rocks: no pose", terrain__classes_published=1)
    assert not answers.why_not(BEGIN, wanted, before), "the plan is still to come"
    ear.say("plan")
    assert answers.why_not(BEGIN, wanted, before).startswith("terrain: publishing, but no rocks")


def test_what_becomes_of_a_frame_that_is_not_mapped_the_map_need_not_say(
    ear: Ear, answers: Answers
) -> None:
    """Before there are poses, it says of each frame that it has none, after two seconds."""
    before = answers.counts()
    ear.diagnose("map", "nothing is published: no pose", withheld=1)
    assert not answers.why_not(BEGIN, frozenset({"terrain/classes", "terrain/points"}), before)


def test_a_map_that_hears_of_no_frame_is_given_a_few_diagnostics(
    ear: Ear, answers: Answers
) -> None:
    """Those after all of the frame is sent: others it may have told before, on a busy machine."""
    before = answers.counts()
    unheard = "nothing is published: terrain/points has never been received"
    ear.say("terrain/classes")
    for _ in range(4):
        ear.diagnose("map", unheard)
        assert not answers.why_not(BEGIN, WANTED, before)
    ear.diagnose("terrain", terrain__classes_published=1)
    for _ in range(3):
        assert not answers.why_not(BEGIN, WANTED, before)
        ear.diagnose("map", unheard)
    assert "never been received" in answers.why_not(BEGIN, WANTED, before)


def test_nothing_is_kept_of_frames_before(ear: Ear, answers: Answers) -> None:
    ear.say("plan", BEGIN + S)
    answers.clear()
    assert not answers.given


def test_all_have_found_each_other_when_all_say_so() -> None:
    nodes = {spec.name: Told() for spec in GRAPH}
    apart = strangers(nodes, INPUTS, SAID)
    assert "map: terrain/points" in apart and "driver: odom" in apart and "driver: stuck" in apart
    for told in nodes.values():
        told.values = {publishers(absolute(topic)): "1" for topic in (*INPUTS, *SAID)}
        told.values |= {hearers(f"/{topic}"): "4" for topic in SAID}
    assert strangers(nodes, INPUTS, SAID) == []
    nodes["map"].values["/terrain/points publishers"] = "0"
    assert strangers(nodes, INPUTS, SAID) == ["map: terrain/points"]


def test_what_the_bag_does_not_have_is_not_looked_for() -> None:
    nodes = {spec.name: Told() for spec in GRAPH}
    apart = strangers(nodes, {"left/image_rect"}, SAID)
    assert "terrain: left/image_rect" in apart
    assert not any(each.endswith(("odom", "/tf", "goal_pose")) for each in apart)
