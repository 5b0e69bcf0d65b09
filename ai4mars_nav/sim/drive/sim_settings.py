"""What the node `sim` can be told: world, cameras, pace, and the faults that are wanted."""

from __future__ import annotations

from dataclasses import dataclass

from ai4mars_nav.settings import SettingsError, setting

LOCKSTEP, REAL_TIME = "lockstep", "real"


@dataclass(frozen=True)
class SimSettings:
    """Where the rover drives, what it publishes how often, and how time goes on."""

    world: str = setting("crossing", "name of a world in sim/worlds, or path of its YAML file")
    seed: int = setting(0, "of the world, the camera's noise and the odometry", lo=0)
    cache: str = setting("", "folder for prepared worlds; default ~/.cache/ai4mars_nav")
    size: int = setting(512, "width and height of the images", unit="px", lo=64, hi=4096)
    right: bool = setting(True, "publish the right camera")
    depth: bool = setting(False, "publish depth; without it the graph does its own stereo")
    pace: str = setting(
        LOCKSTEP, "wait for the graph's answers, or keep to the wall clock",
        choices=(LOCKSTEP, REAL_TIME),
    )  # fmt: skip
    hold: bool = setting(False, "time stands still until a goal_pose comes")
    step: float = setting(0.02, "of the vehicle", unit="s", lo=0.001, hi=0.1)
    odom_period: float = setting(0.05, "between two poses", unit="s", lo=0.001, hi=1.0)
    command_period: float = setting(
        0.1, "between two commands of the driver, waited for in lockstep", unit="s", lo=0.001, hi=10
    )
    command_timeout: float = setting(
        1.0, "the wheels stand once no command came for this long", unit="s", lo=0.01, hi=60.0
    )
    frame_period: float = setting(1.0, "between two frames", unit="s", lo=0.02, hi=600.0)
    pans_deg: tuple[float, ...] = setting(
        (0.0,), "where the mast looks, frame after frame, to the left", unit="deg", lo=-180, hi=180
    )
    patience: float = setting(
        20.0, "of the wall clock, for an answer in lockstep", unit="s", lo=0.1, hi=600.0
    )

    def __post_init__(self) -> None:
        if not self.pans_deg:
            raise SettingsError("pans_deg is empty: where does the mast look?")
        for name in ("odom_period", "step"):
            value = getattr(self, name)
            if value > self.frame_period:
                raise SettingsError(f"{name} {value} s is longer than frame_period")
        if self.step > self.odom_period:
            raise SettingsError(f"step {self.step} s is longer than odom_period")


@dataclass(frozen=True)
class FaultSettings:
    """Faults on demand, from `after` on; shares are of all frames, drawn from the seed."""

    after: float = setting(0.0, "faults begin after so much of the drive", unit="s", lo=0.0)
    lost: float = setting(0.0, "share of frames that never leave", lo=0.0, hi=1.0)
    black: float = setting(0.0, "share of frames that are black", lo=0.0, hi=1.0)
    saturated: float = setting(0.0, "share of frames that are white", lo=0.0, hi=1.0)
    dead_pixels: float = setting(0.0, "share of pixels stuck at a value", lo=0.0, hi=1.0)
    dust: float = setting(0.0, "dust on the left lens: contrast that is lost", lo=0.0, hi=1.0)
    depth_holes: float = setting(0.0, "share of the depth image without a value", lo=0.0, hi=1.0)
    depth_noise: float = setting(
        0.0, "error of the disparity that depth comes from, one sigma", unit="px", lo=0.0, hi=8.0
    )
    wrong_stamps: float = setting(0.0, "share of frames with a wrong stamp", lo=0.0, hi=1.0)
    stamp_error: float = setting(-5.0, "by which it is wrong", unit="s", lo=-1e4, hi=1e4)
    odom_jump: float = setting(0.0, "the odometry jumps so far, once", unit="m", lo=0.0, hi=1e4)
    stuck_wheel: int = setting(
        -1, "a wheel that drags: 0 to 5, front to rear, left side first; -1 none", lo=-1, hi=5
    )
