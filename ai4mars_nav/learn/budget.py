"""How many steps a budget of CPU time pays for, so that networks can be compared at equal cost."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import torch

from ai4mars_nav.learn.augment import pool_of
from ai4mars_nav.learn.data import Frames
from ai4mars_nav.learn.errors import LearnError
from ai4mars_nav.learn.processes import ALONE, Place
from ai4mars_nav.learn.state import start
from ai4mars_nav.learn.train import class_weights, train_step
from ai4mars_nav.learn.train_settings import TrainSettings

TRIAL = 8  # steps that are timed: crops differ in size from step to step
FIRST = 2  # steps before them: the first ones allocate


def step_seconds(
    settings: TrainSettings, frames: Frames, backbone: Path | None, place: Place = ALONE
) -> float:
    """CPU seconds of one step, of all processes together, tried out on a state thrown away."""
    if place.device.type != "cpu":
        raise LearnError(f"a budget of CPU time says nothing about a run on {place.device}")
    trial = replace(settings, steps=FIRST + TRIAL)
    state = start(trial, backbone, place)
    pool, weights = pool_of(frames), class_weights(frames)
    began = 0.0
    while state.step < trial.steps:
        if state.step == FIRST:
            began = time.process_time()
        train_step(state, pool, weights, trial, place)
    used = time.process_time() - began
    return float(place.total(torch.tensor(used, dtype=torch.float64))) / TRIAL


def steps_within(seconds: float, each: float) -> int:
    """Steps of `each` CPU seconds that `seconds` pay for."""
    steps = int(seconds / each)
    if steps < 1:
        raise LearnError(f"a budget of {seconds:g} s: one step takes {each:.2g} s")
    return steps
