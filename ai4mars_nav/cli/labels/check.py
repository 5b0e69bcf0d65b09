"""`ai4mars labels check`: whether a release is still what its manifest says."""

from __future__ import annotations

import argparse
from pathlib import Path

from ai4mars_nav.cli.labels.over_archive import Progress

HELP = "name the files of a release that changed since its manifest was written"
DESCRIPTION = """Compare the images and labels of a release with the manifest that `labels split`
wrote, by sha256, and name each that is gone or has changed: before training from lists that were
made long ago, or on a copy. The exit code is 1 if there is any."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ai4mars labels check`."""
    parser.add_argument("data", type=Path, metavar="ROOT", help="the release, as it is now")
    parser.add_argument(
        "--manifest", type=Path, help="what it was (default: ROOT/splits/manifest.csv)"
    )


def run(args: argparse.Namespace) -> int:
    """Print what is not as it was."""
    from ai4mars_nav.dataset.manifest import changed, read_manifest

    entries = read_manifest(args.manifest or args.data / "splits" / "manifest.csv")
    progress, found = Progress("check", len(entries)), 0
    for done, entry in enumerate(entries, start=1):
        for name, fate in changed(args.data, entry).items():
            print(f"{name}: {fate}")
            found += 1
        progress.show(done)
    progress.end()
    print(f"{2 * len(entries) - found} of {2 * len(entries)} files are as they were")
    return 1 if found else 0
