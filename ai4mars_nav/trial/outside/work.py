"""One site before the judge: its drives' commands again, and driven anew, in MuJoCo."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

from ai4mars_nav.rover import Rover, load_rover
from ai4mars_nav.share import rover_file
from ai4mars_nav.sim.judge.vehicle import JudgedVehicle
from ai4mars_nav.sim.vehicle.vehicle_settings import VehicleSettings
from ai4mars_nav.trial.outside.folder import of_site, verdict
from ai4mars_nav.trial.outside.windows import windows
from ai4mars_nav.trial.plan import Plan, code_digest, read_record, write_whole
from ai4mars_nav.trial.score import score
from ai4mars_nav.trial.sites import Site, make_site
from ai4mars_nav.trial.track import read_track, track_of, write_track
from ai4mars_nav.trial.work import Bench


@dataclass(frozen=True)
class JudgeSite:
    """Judges the drives of a site that have no verdict yet; it travels to other processes."""

    plan: Plan
    modes: dict[int, list[str]]

    def __call__(self, seed: int) -> list[str]:
        """Judge; each verdict is written when it is made. The modes that were judged."""
        plan = of_site(self.plan, seed)
        todo = [mode for mode in self.modes[seed] if not verdict(plan, seed, mode).exists()]
        if todo:
            plan.check()
            code_digest()
            rover = load_rover(rover_file(plan.rover))
            site = make_site(seed, plan.metres, rover)
            bench = Bench(plan, site, rover)
            for mode in todo:
                _judge(plan, site, rover, bench, mode)
        return todo


def _judge(plan: Plan, site: Site, rover: Rover, bench: Bench, mode: str) -> None:
    begun = time.process_time()
    record = plan.record(site.seed, mode)
    found = _again(plan, site, rover, mode)
    replayed = time.process_time()
    driven = bench.drive(mode, JudgedVehicle)
    path = verdict(plan, site.seed, mode)
    write_track(track_of(path), driven.outcome.truths)
    said: dict[str, Any] = {
        "seed": site.seed,
        "mode": mode,
        "code": code_digest(),
        "drove": read_record(record)["code"],
        "kind": site.kind,
        "ours": read_record(record)["scores"],
        "judge": score(driven),
        "windows": found,
        "processor_s": {
            "windows": round(replayed - begun, 2),
            "drive": round(time.process_time() - replayed, 2),
        },
    }
    write_whole(path, json.dumps(said, indent=2) + "\n")


def _again(plan: Plan, site: Site, rover: Rover, mode: str) -> list[dict[str, float]]:
    """The windows of a recorded drive."""
    track = read_track(track_of(plan.record(site.seed, mode)))
    settings = VehicleSettings(odometry="truth")
    vehicle = JudgedVehicle(site.world, rover, settings, site.mission.start, site.seed)
    return windows(track, vehicle)
