"""Class discovery: counted right, and sooner by novelty than by chance."""

from __future__ import annotations

import numpy as np
import pytest

from ai4mars_nav.content.demud import DemudSettings
from ai4mars_nav.content.discovery import discovery, found
from ai4mars_nav.content.errors import ContentError


def test_classes_are_counted_when_they_first_come():
    assert found(np.array([4, 4, 1, 4, 7, 1])).tolist() == [1, 1, 2, 2, 3, 3]


def test_rare_classes_are_found_sooner_than_by_chance():
    rng = np.random.default_rng(0)
    kinds = np.repeat(np.arange(8), [400, 10, 10, 10, 10, 10, 10, 10])
    features = rng.normal(0.0, 0.3, (len(kinds), 20))
    features[np.arange(len(kinds)), kinds] += 5.0
    told = []
    curves = discovery(features, kinds, DemudSettings(4), 60, 6, told.append)
    assert curves.classes == 8.0 and told == [1, 2, 3, 4, 5, 6]
    assert curves.by_novelty.low[14] == 8.0
    assert curves.at_random.high[14] < 7.0
    assert (curves.by_novelty.low <= curves.by_novelty.mean).all()
    with pytest.raises(ContentError, match="300 pictures of 235"):
        discovery(features, kinds, DemudSettings(4), 300, 1, told.append)
