"""What a replay leaves in its folder besides the bag: report, film and the nodes' words."""

from __future__ import annotations

import json
from collections.abc import Iterator

import cv2

from ai4mars_nav.replay.account import Outcome
from ai4mars_nav.replay.film import film, write_gif, write_mp4
from ai4mars_nav.replay.glimpses import read_glimpses
from ai4mars_nav.replay.report import figures, page

MOST_FRAMES = 60
"""Frames of the film."""


def leave(outcome: Outcome) -> Iterator[str]:
    """Write everything that there is something for; what was written, line by line."""
    out, found = outcome.asked.out, figures(outcome)
    (out / "report.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    (out / "report.md").write_text(page(found), encoding="utf-8")
    if outcome.end:
        yield f"ended before the bag: {outcome.end}"
    yield (
        f"{found['frames_in']} frames in, {found['frames_answered']} answered in full, "
        f"{found['frames_dropped']} not at all"
    )
    for why, times in {**found["why_not_answered"], **found["messages_refused"]}.items():
        yield f"  {times} x {why}"
    frames = film(read_glimpses(outcome.bag, MOST_FRAMES))
    if frames:
        cv2.imwrite(str(out / "last.png"), frames[-1][..., ::-1])
        write_gif(frames, out / "film.gif")
        yield f"film: {out / 'film.gif'}, its last frame: {out / 'last.png'}"
        if write_mp4(frames, out / "film.mp4"):
            yield f"film: {out / 'film.mp4'}"
    yield f"report: {out / 'report.md'}, {out / 'report.json'}"
    yield f"outputs: {outcome.bag}"
