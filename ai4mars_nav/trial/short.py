"""summary.md: the tables of the benchmark alone, to be put into a document."""

from __future__ import annotations

from ai4mars_nav.trial.page import account, command
from ai4mars_nav.trial.plan import Plan
from ai4mars_nav.trial.summary_tables import Summary, of_modes, of_pairs, of_rocks
from ai4mars_nav.trial.tables import Table
from ai4mars_nav.trial.variants_table import variants_table


def short(plan: Plan, found: Summary) -> str:
    """Markdown of a summary."""
    tables: dict[str, Table] = {
        "The modes": of_modes(found),
        "Against each other": of_pairs(found),
        "Rocks, one by one": of_rocks(found["rocks_one_by_one"]),
    }
    if found["variants"]:
        tables["Made harder"] = variants_table(found["variants"])
    parts = [f"`{command(plan)}`", account(found)]
    for heading, each in tables.items():
        parts += [f"### {heading}", each.markdown()]
    return "\n\n".join(parts) + "\n"
