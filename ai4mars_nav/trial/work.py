"""One site in the modes that are left: what a process, or a machine of a cluster, is given."""

from __future__ import annotations

import json
import traceback
from dataclasses import dataclass

from ai4mars_nav.perception.engine import Engine, open_engine
from ai4mars_nav.perception.sidecar import Sidecar, load_sidecar, sidecar_path
from ai4mars_nav.rover import Rover, load_rover
from ai4mars_nav.settings import from_mapping
from ai4mars_nav.share import model_file, rover_file
from ai4mars_nav.sim.drive.eyes import Eyes
from ai4mars_nav.sim.drive.faults import Faults
from ai4mars_nav.sim.drive.sim_node import EPOCH
from ai4mars_nav.sim.drive.sim_settings import FaultSettings
from ai4mars_nav.sim.drive.trip import ground_of
from ai4mars_nav.trial.lockstep import Driven, drive
from ai4mars_nav.trial.modes import ORACLE
from ai4mars_nav.trial.oracle import Oracle
from ai4mars_nav.trial.pictures import leave_pictures
from ai4mars_nav.trial.pilot import Pilot
from ai4mars_nav.trial.plan import Plan, code_digest, write_whole
from ai4mars_nav.trial.score import score
from ai4mars_nav.trial.sighted import Sighted
from ai4mars_nav.trial.sites import Site, make_site


@dataclass(frozen=True)
class Crash:
    """A drive that ended in an error of ours, not in one of the rover's."""

    seed: int
    mode: str
    words: str


@dataclass(frozen=True)
class DriveSite:
    """Drives a site in every mode that has no record yet; it travels to other processes."""

    plan: Plan

    def __call__(self, seed: int) -> list[Crash]:
        """Drive; each record is written when its drive is over. What crashed is handed back."""
        plan = self.plan
        modes = plan.pending(seed)
        if not modes:
            return []
        code_digest()
        rover = load_rover(rover_file(plan.rover))
        site = make_site(seed, plan.metres, rover)
        model = _model(plan.model)
        eyes = Eyes(site.world, site.mission, rover, plan.size, seed)
        tried = [_attempt(plan, site, mode, rover, model, eyes) for mode in modes]
        return [crash for crash in tried if crash is not None]


def _model(name: str) -> tuple[Engine, Sidecar]:
    file = model_file(name)
    return open_engine("auto", file, threads=1), load_sidecar(sidecar_path(file))


def _attempt(
    plan: Plan, site: Site, mode: str, rover: Rover, model: tuple[Engine, Sidecar], eyes: Eyes
) -> Crash | None:
    try:
        _keep(plan, site, mode, _driven(plan, site, mode, rover, model, eyes))
    except Exception as error:
        # the other drives go on; the benchmark repeats this one, and tells of it
        return Crash(site.seed, mode, "".join(traceback.format_exception(error)))
    return None


def _driven(
    plan: Plan, site: Site, mode: str, rover: Rover, model: tuple[Engine, Sidecar], eyes: Eyes
) -> Driven:
    trip = plan.trip(site.seed, mode, site.world.name)
    ground = ground_of(trip, site.world, site.mission)
    file, goal = plan.parameters(mode), ground.rules.goal
    pilot: Pilot
    if mode == ORACLE:
        pilot = Oracle(file, rover, site.world, goal, EPOCH / 1e9)
    else:
        faults = Faults(
            from_mapping(FaultSettings, plan.faults, "--fault"), site.seed, -eyes.rig.right.tx
        )
        pilot = Sighted(file, rover, model, eyes, faults, goal)
    return drive(trip, ground, pilot)


def _keep(plan: Plan, site: Site, mode: str, driven: Driven) -> None:
    """Pictures first: what has a record is not driven again."""
    leave_pictures(driven)
    record = {
        "seed": site.seed,
        "mode": mode,
        "code": code_digest(),
        "site": site.facts(),
        "scores": score(driven),
        "said": [[round(t / 1e9 - EPOCH / 1e9, 2), words] for t, words in driven.seen.said[-40:]],
    }
    write_whole(plan.record(site.seed, mode), json.dumps(record, indent=2) + "\n")
