"""The node `triage`: images and their terrain in; what to send home, and science targets, out.

It waits for nobody and nobody waits for it: it hears best effort, works in a thread with a low
priority, and the newest image replaces one that it has not begun with.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

from sensor_msgs.msg import Image, PointCloud2
from std_msgs.msg import String
from visualization_msgs.msg import MarkerArray

from ai4mars_nav.content.demud import Demud, load_demud
from ai4mars_nav.content.triage.downlink import Downlink, from_json, to_json
from ai4mars_nav.content.triage.eyes import ClassifierEyes
from ai4mars_nav.content.triage.triage import Triage
from ai4mars_nav.content.triage.wants import read_wants
from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.ros import node, qos, spin
from ai4mars_nav.ros.convert.targets import to_markers
from ai4mars_nav.ros.errors import NoTransform
from ai4mars_nav.ros.triage_frames import (
    CLASSES,
    IMAGE,
    PARTS,
    POINTS,
    ROCKS,
    Frames,
    Parts,
    shot_of,
)
from ai4mars_nav.ros.triage_settings import TriageSettings
from ai4mars_nav.ros.worker import Worker
from ai4mars_nav.share import content_model_file, wants_file

DOWNLINK, TARGETS, SENT = "triage/downlink", "triage/targets", "triage/sent"
KINDS: dict[str, type] = {ROCKS: MarkerArray, POINTS: PointCloud2, IMAGE: Image, CLASSES: Image}


class TriageNode(node.GraphNode):
    """Turns frames into shots, gives them to triage, turns what it wants into messages."""

    sections: ClassVar[dict[str, type]] = {"triage": TriageSettings}

    def __init__(self, **kwargs: Any) -> None:
        self._worker: Worker[tuple[int, Parts]] | None = None
        super().__init__("triage", **kwargs)

    def build(self) -> None:
        """Read what is wanted, load the classifier, open the topics, start the worker."""
        self._settings = self.parameters.read("triage", TriageSettings)
        model = content_model_file(self._settings.model)
        self._eyes = ClassifierEyes(model, self._settings.threads)
        self._wants = read_wants(wants_file(self._settings.wants), self._eyes.classes)
        self._triage = self._begin()
        self._epoch = self._triage_epoch = 0
        self._looked_at: int | None = None
        self._gone: deque[tuple[int, Downlink]] = deque()
        """Epoch and products of passes that are over, until the worker takes them over."""
        self._poses = self.follow_poses()
        self._frames = Frames()
        self._worker = Worker("triage", self._work, self.broken)
        for topic in (IMAGE, CLASSES):
            self.health.expect(topic)
        self._downlink = self.say(String, DOWNLINK, qos.LATCHED)
        self._targets = self.say(MarkerArray, TARGETS, qos.LATCHED)
        self.hear(String, SENT, self._take_sent, qos.STREAM)
        for topic in PARTS:
            # best effort: whoever sends is never held up by us
            self.hear(KINDS[topic], topic, self._taker(topic), qos.IMAGES)

    def drop(self) -> None:
        """End the worker."""
        if self._worker is not None and not self._worker.end():
            self.get_logger().warning("an image is still in work and was left to itself")
        self._worker = None

    def report(self) -> dict[str, str]:
        """What it looks with and for, and what became of each message that was not used."""
        unused = {name: str(number) for name, number in sorted(self._frames.counts.items())}
        return {
            "wants": self._settings.wants,
            "classifier": self._settings.model,
            "images remembered": str(len(self._triage.images)),
            "images forgotten": str(self._triage.forgotten),
            **unused,
        }

    def _begin(self) -> Triage:
        """A day of which nothing is known but what the parameter `known` tells."""
        stored = self._settings.known
        known = load_demud(Path(stored).expanduser()) if stored else Demud()
        return Triage(self._wants, self._eyes, known, self._settings.most)

    def _take_sent(self, message: String) -> None:
        """Kept for the worker: the day is its own."""
        self._gone.append((self._epoch, from_json(message.data, SENT)))

    def _taker(self, topic: str) -> Callable[[Any], None]:
        def take(message: Any) -> None:
            back_to = self._frames.push(topic, message)
            if back_to is not None:
                self.get_logger().warning(f"{topic}: time jumped back, another day begins")
                self.health.count("time jumps")
                self._epoch += 1
                self._looked_at = None
                self._poses.clear(back_to)
            self._pump()

        return take

    def _pump(self) -> None:
        parts = self._frames.pop()
        if parts is None or self._worker is None:
            return
        last = self._looked_at
        if last is not None and parts.stamp - last < round(self._settings.period * 1e9):
            self.health.count("frames sooner than asked for")
            return
        self._looked_at = parts.stamp
        if self._worker.submit((self._epoch, parts)):
            self.health.count("frames replaced")

    def _work(self, job: tuple[int, Parts]) -> None:
        """One image; each jump back in time begins an epoch, which is another day."""
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), self._settings.nice)
        begun = time.perf_counter()
        epoch, parts = job
        if epoch != self._epoch:
            self.health.count("frames of before a time jump")
            return
        if epoch != self._triage_epoch:
            self._triage_epoch = epoch
            self._triage = self._begin()
        while self._gone:
            sent_in, gone = self._gone.popleft()
            if sent_in == epoch:
                self._triage.sent(gone)
        pose, lacking = self._pose(parts)
        with self.health.stage("look"):
            self._triage.take(shot_of(parts, pose, self._settings.mono16_bits))
        with self.health.stage("choose"):
            downlink = self._triage.downlink()
        with self.health.stage("publish"):
            self._publish(downlink)
        self.health.published(DOWNLINK, lacking)
        self.health.took("image", time.perf_counter() - begun)
        self.health.took("age of the image when published", (self.now() - parts.stamp) / 1e9)

    def _pose(self, parts: Parts) -> tuple[Pose | None, str]:
        """Where the camera stands, and what is lacking of what could have a place."""
        try:
            pose = self._poses.odom_from_camera(parts.frame, parts.stamp)
        except NoTransform as error:
            self.health.count("images without pose")
            return None, f"no targets: {error}"
        return pose, "" if POINTS in parts.messages else f"no outcrops: {POINTS} is missing"

    def _publish(self, downlink: Downlink) -> None:
        self._downlink.publish(String(data=to_json(downlink)))
        markers = to_markers(
            self._triage.targets.ranked(),
            self._wants.targets,
            downlink.stamp,
            self._poses.odom_frame,
        )
        self._targets.publish(markers)


def main(args: list[str] | None = None) -> None:
    """Run the node."""
    spin.run(TriageNode, args)


if __name__ == "__main__":
    main()
