"""The environment of everything that starts nodes: DDS profile, discovery, domain."""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from ai4mars_nav.ros.errors import StartError
from ai4mars_nav.share import share

PROFILE = "config/fastdds.xml"
DOMAINS = range(1, 101)
"""Domain ids whose ports stay below Linux's ephemeral range; 0 is everybody's."""
LAST_DOMAIN = 232
"""Whose ports are below 65536."""


def dds_profile() -> dict[str, str]:
    """The variables that make Fast DDS carry images: its name up to Jazzy, and the name since."""
    profile = str(share() / PROFILE)
    return {"FASTRTPS_DEFAULT_PROFILES_FILE": profile, "FASTDDS_DEFAULT_PROFILES_FILE": profile}


def node_environment(
    domain: int | None = None, base: Mapping[str, str] | None = None
) -> dict[str, str]:
    """`base` (default: ours) with what a node needs; what the user set already is kept."""
    if domain is not None and not 0 <= domain <= LAST_DOMAIN:
        raise StartError(
            f"domain {domain}: must be 0 to {LAST_DOMAIN}: its ports would be too high"
        )
    environment = dict(os.environ if base is None else base)
    for name, profile in dds_profile().items():
        environment.setdefault(name, profile)
    environment.setdefault("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
    environment.setdefault("RMW_IMPLEMENTATION", "rmw_fastrtps_cpp")
    environment["PYTHONUNBUFFERED"] = "1"
    environment["PYTHONPATH"] = _with_checkout(environment.get("PYTHONPATH", ""))
    if domain is not None:
        environment["ROS_DOMAIN_ID"] = str(domain)
    return environment


@contextlib.contextmanager
def private_domain() -> Iterator[int]:
    """A domain id that no other test, benchmark or session of this machine has meanwhile."""
    folder = Path(tempfile.gettempdir()) / "ai4mars_nav-domains"
    folder.mkdir(exist_ok=True)
    start = os.getpid() % len(DOMAINS)
    for domain in [*DOMAINS[start:], *DOMAINS[:start]]:
        with (folder / str(domain)).open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield domain
            return
    raise StartError(f"all {len(DOMAINS)} private domains are taken: see the locks in {folder}")


def _with_checkout(path: str) -> str:
    """`path` with our parent folder in front in a checkout, so that `python -m` finds us there."""
    parent = Path(__file__).resolve().parents[2]
    if not (parent / "package.xml").is_file():
        return path
    return os.pathsep.join([str(parent), *filter(None, path.split(os.pathsep))])
