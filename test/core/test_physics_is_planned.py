"""The planner pays for a metre what the map says that it costs: one scale, two rooms."""

import numpy as np

from ai4mars_nav.mapping.cost import CostSettings, ratio_of
from ai4mars_nav.planning.search_settings import SearchSettings


def test_the_planners_price_is_proportional_to_the_maps_physics():
    shown = np.arange(1, 100, dtype=np.int8)
    search = SearchSettings()
    price = search.neutral + search.weight * shown
    np.testing.assert_allclose(price / price[0], ratio_of(shown, CostSettings()), rtol=2e-3)
