"""One site in the modes that are left: what a process, or a machine of a cluster, is given."""

from __future__ import annotations

import json
import traceback
from dataclasses import dataclass

from ai4mars_nav.perception.engine import CPU, open_engine
from ai4mars_nav.perception.sidecar import load_sidecar, sidecar_path
from ai4mars_nav.rover import Rover, load_rover
from ai4mars_nav.settings import from_mapping
from ai4mars_nav.share import model_file, rover_file
from ai4mars_nav.sim.drive.eyes import Eyes
from ai4mars_nav.sim.drive.faults import Faults
from ai4mars_nav.sim.drive.sim_node import EPOCH
from ai4mars_nav.sim.drive.sim_settings import FaultSettings
from ai4mars_nav.sim.drive.trip import ground_of
from ai4mars_nav.sim.vehicle.vehicle import Vehicle
from ai4mars_nav.sim.world.mission import Mission
from ai4mars_nav.trial.errors import NoSite
from ai4mars_nav.trial.lockstep import Build, Driven, drive
from ai4mars_nav.trial.modes import ORACLE
from ai4mars_nav.trial.oracle import Oracle
from ai4mars_nav.trial.pictures import leave_pictures
from ai4mars_nav.trial.pilot import Pilot
from ai4mars_nav.trial.plan import Plan, code_digest, write_whole
from ai4mars_nav.trial.score import score
from ai4mars_nav.trial.sighted import Sighted
from ai4mars_nav.trial.sites import Site, make_site
from ai4mars_nav.trial.track import track_of, write_track
from ai4mars_nav.trial.variants import split_way, variant_of


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
        """Drive; each record is written when its drive is over. What crashed is handed back; a seed
        without a site is written down, and driven no more."""
        modes = self.plan.pending(seed)
        if not modes:
            return []
        # files may have changed since the benchmark began, on this machine or another
        self.plan.check()
        code_digest()
        rover = load_rover(rover_file(self.plan.rover))
        try:
            site = make_site(seed, self.plan.metres, rover)
        except NoSite as error:
            write_whole(self.plan.refused(seed), f"{error}\n")
            return []
        bench = Bench(self.plan, site, rover)
        tried = [bench.attempt(mode) for mode in modes]
        return [crash for crash in tried if crash is not None]


class Bench:
    """A site made ready: its world lit and the model loaded once for all modes."""

    def __init__(self, plan: Plan, site: Site, rover: Rover) -> None:
        self.plan, self.site, self._rover = plan, site, rover
        file = model_file(plan.model)
        self._model = open_engine(CPU, file, threads=1), load_sidecar(sidecar_path(file))
        self._eyes = self._eyes_in(site.mission)

    def _eyes_in(self, mission: Mission) -> Eyes:
        return Eyes(self.site.world, mission, self._rover, self.plan.size, self.site.seed)

    def attempt(self, mode: str) -> Crash | None:
        """Drive and keep what came of it."""
        try:
            self._keep(mode, self.drive(mode))
        except Exception as error:
            # the other drives go on; the benchmark repeats this one, and tells of it
            return Crash(self.site.seed, mode, "".join(traceback.format_exception(error)))
        return None

    def drive(self, mode: str, build: Build = Vehicle) -> Driven:
        """One drive from start to end, of what `build` makes."""
        site, plan = self.site, self.plan
        trip = plan.trip(site.seed, mode, site.world.name, plan.record(site.seed, mode).parent)
        variant = variant_of(mode)
        mission = variant.light(site.mission)
        ground = ground_of(trip, site.world, mission)
        file, goal = plan.parameters(mode), ground.rules.goal
        pilot: Pilot
        if split_way(mode)[0] == ORACLE:
            pilot = Oracle(file, self._rover, site.world, goal, EPOCH / 1e9)
        else:
            eyes = self._eyes if mission == site.mission else self._eyes_in(mission)
            settings = from_mapping(FaultSettings, plan.spoilt(mode), "--fault")
            faults = Faults(settings, site.seed, -eyes.rig.right.tx)
            engine, sidecar = self._model
            model = engine, variant.believed(sidecar)
            pilot = Sighted(file, self._rover, model, eyes, faults, goal)
        return drive(trip, ground, pilot, variant.body(), build)

    def _keep(self, mode: str, driven: Driven) -> None:
        """Pictures first: what has a record is not driven again."""
        path = self.plan.record(self.site.seed, mode)
        leave_pictures(driven, path)
        write_track(track_of(path), driven.outcome.truths)
        said = [[round((t - EPOCH) / 1e9, 2), words] for t, words in driven.seen.said[-40:]]
        record = {
            "seed": self.site.seed,
            "mode": mode,
            "code": code_digest(),
            "site": self.site.facts(),
            "scores": score(driven),
            "said": said,
        }
        write_whole(path, json.dumps(record, indent=2) + "\n")
