"""Numbers of a record rounded to what can be measured."""

from __future__ import annotations

from typing import Any

import numpy as np


def rounded(value: Any, digits: int) -> Any:
    """Texts, numbers, dicts, lists and tuples (which become lists), with every float rounded."""
    if isinstance(value, float | np.floating):
        return round(float(value), digits)
    if isinstance(value, dict):
        return {key: rounded(each, digits) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(each, digits) for each in value]
    return value
