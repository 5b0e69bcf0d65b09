"""One odometry frame over several sites: rovers begin a new frame where their position is known."""

from __future__ import annotations

from collections.abc import Iterable

from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.pds.errors import PdsError
from ai4mars_nav.pds.missions import SITE_FRAMES
from ai4mars_nav.pds.product import Product


class Sites:
    """The site frames that products know, each seen from the first product's one."""

    def __init__(self, first: Product, products: Iterable[Product]) -> None:
        self.first = site_of(first)
        self._known: dict[int, Pose] = {self.first: Pose.identity()}
        steps: dict[int, tuple[int, Pose]] = {}
        for product in products:
            system = product.site_pose
            if system is not None and system.index and system.reference_index:
                steps.setdefault(system.index[0], (system.reference_index[0], system.pose))
        self._walk(steps)

    def first_from(self, product: Product) -> Pose:
        """Pose in the first site's frame of the site frame of a product."""
        if reason := self.unknown(product):
            keyword, text = reason.split(": ", 1)
            raise PdsError(product.path, keyword, text)
        return self._known[site_of(product)]

    def unknown(self, product: Product) -> str:
        """Keyword and reason why the site of a product is nowhere; empty where it is known."""
        site = site_of(product)
        if site in self._known:
            return ""
        told = f"no label says where site {site} is, seen from site {self.first}"
        return f"SITE_COORDINATE_SYSTEM: {told}"

    def _walk(self, steps: dict[int, tuple[int, Pose]]) -> None:
        """Reach every site that hangs together with the first, one step after the other."""
        reached = True
        while reached:
            reached = False
            for site, (before, before_from_site) in steps.items():
                if before in self._known and site not in self._known:
                    self._known[site] = self._known[before] @ before_from_site
                    reached = True
                elif site in self._known and before not in self._known:
                    self._known[before] = self._known[site] @ before_from_site.inverse()
                    reached = True


def site_of(product: Product) -> int:
    """The number of the site in whose frame the rover's pose is given."""
    if reason := siteless(product):
        raise PdsError(product.path, "ROVER_COORDINATE_SYSTEM", reason)
    assert product.rover_pose is not None
    index = product.rover_pose.reference_index
    return index[0] if index or product.site is None else product.site


def siteless(product: Product) -> str:
    """Why a product does not say where in which site the rover stands; empty where it does."""
    rover = product.rover_pose
    if rover is None:
        return "the label does not say where the rover is"
    if rover.reference not in (*SITE_FRAMES, ""):
        return f"REFERENCE_COORD_SYSTEM_NAME {rover.reference} is not SITE_FRAME"
    if not rover.reference_index and product.site is None:
        return "REFERENCE_COORD_SYSTEM_INDEX is missing, and there is no ROVER_MOTION_COUNTER"
    return ""
