"""CAHV, CAHVOR, CAHVORE of real labels: round trips, a slow twin, what the label says they see."""

import dataclasses

import numpy as np
import pytest
from scipy.optimize import brentq

from ai4mars_nav.geometry.cahv_pixels import (
    averaged,
    from_pinhole,
    intrinsics,
    moved,
    scaled,
    subframe,
    to_pinhole,
)
from ai4mars_nav.geometry.cahvore import FISHEYE, PERSPECTIVE, Cahv, Cahvor, Cahvore
from ai4mars_nav.geometry.errors import GeometryError
from ai4mars_nav.geometry.frames import azimuth_elevation
from ai4mars_nav.geometry.pinhole import Pinhole
from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.geometry.radial import limit

LABELS = ["msl_navcam", "mer_navcam", "mer_hazcam", "m2020_navcam"]


def every_pixel(view, step=5):
    u, v = np.meshgrid(np.arange(0.0, view.width, step), np.arange(0.0, view.height, step))
    return np.stack([u.ravel(), v.ravel()], axis=1)


@pytest.mark.parametrize("distance", [0.1, 1.0, 30.0, 1e4])
@pytest.mark.parametrize("label", LABELS)
def test_round_trip_over_the_whole_image(flown, label, distance):
    view = flown[label]
    uv = every_pixel(view)
    origins, directions = view.camera.unproject(uv)
    assert np.allclose(np.linalg.norm(directions, axis=1), 1.0, atol=1e-12)
    back, visible = view.camera.project(origins + distance * directions)
    assert visible.all()
    assert np.abs(back - uv).max() < 1e-6


@pytest.mark.parametrize("label", LABELS)
def test_round_trip_far_off_axis(flown, label):
    """Far outside the image too, every pixel that has a ray comes back; the rest say so."""
    camera = flown[label].camera
    uv = np.random.default_rng(5).uniform(-4000.0, 5000.0, (20_000, 2))
    origins, directions = camera.unproject(uv)
    has_ray = np.isfinite(directions).all(axis=1)
    assert has_ray.mean() > 0.01
    assert has_ray.all() == np.isinf(limit(camera.r))
    assert np.isfinite(origins[has_ray]).all()
    back, visible = camera.project((origins + 5.0 * directions)[has_ray])
    assert visible.all()
    assert np.abs(back - uv[has_ray]).max() < 1e-6


@pytest.mark.parametrize("label", LABELS)
def test_every_point_is_seen_once_or_not_at_all(flown, label):
    """Points all around the camera: what is visible comes back along its ray, the rest is nan."""
    camera = flown[label].camera
    points = camera.c + np.random.default_rng(6).normal(0.0, 5.0, (20_000, 3))
    uv, visible = camera.project(points)
    assert 0.05 < visible.mean() < 0.9
    assert np.isnan(uv[~visible]).all()
    assert np.isfinite(uv[visible]).all()
    origins, directions = camera.unproject(uv[visible])
    to_point = points[visible] - origins
    to_point /= np.linalg.norm(to_point, axis=1, keepdims=True)
    assert np.abs(to_point - directions).max() < 1e-8


@pytest.mark.parametrize("label", LABELS)
def test_a_point_straight_behind_is_not_visible(flown, label):
    camera = flown[label].camera
    behind = camera.c - np.outer([3.0, 3.0, 0.0], camera.o)  # the last is the centre itself
    behind[1, 0] += 0.01
    uv, visible = camera.project(behind)
    assert not visible.any()
    assert np.isnan(uv).all()


def slow_project(camera, point):
    """One point by the textbook, the entering ray found by bracketing instead of Newton."""
    from_centre = point - camera.c
    along = from_centre @ camera.o
    sideways = from_centre - along * camera.o
    across = np.linalg.norm(sideways)
    angle = np.arctan2(across, along)
    linearity = 1.0
    if isinstance(camera, Cahvore):
        linearity, e = camera.linearity, camera.e

        def crosses(t):  # axial place of the pupil against where the ray crosses the axis
            pupil = (t / np.sin(t) - 1.0) * (e[0] + e[1] * t**2 + e[2] * t**4)
            return along - across / np.tan(t) - pupil

        angle = brentq(crosses, max(angle - 0.1, 1e-9), min(angle + 0.1, 3.1), xtol=1e-15)
    chi = np.tan(linearity * angle) / linearity if linearity else angle
    stretch = 1.0 + camera.r[0] + camera.r[1] * chi**2 + camera.r[2] * chi**4
    bent = camera.o * across / chi + stretch * sideways
    return np.array([bent @ camera.h, bent @ camera.v]) / (bent @ camera.a)


@pytest.mark.parametrize("label", LABELS)
def test_projection_is_that_of_the_slow_twin(flown, label):
    view = flown[label]
    rng = np.random.default_rng(8)
    uv = rng.uniform((0.0, 0.0), (view.width, view.height), (200, 2))
    _, directions = view.camera.unproject(uv)
    points = view.camera.c + rng.uniform(0.3, 40.0, (200, 1)) * directions
    fast, visible = view.camera.project(points)
    slow = np.array([slow_project(view.camera, point) for point in points])
    assert visible.all()
    assert np.abs(fast - slow).max() < 1e-7


def test_cahvor_is_a_perspective_cahvore_whose_pupil_rests(flown):
    view = flown["mer_navcam"]
    parts = {name: getattr(view.camera, name) for name in "cahvor"}
    twin = Cahvore(**parts, e=(0.0, 0.0, 0.0), linearity=PERSPECTIVE)
    uv = every_pixel(view, 50)
    origins, directions = view.camera.unproject(uv)
    _, twins = twin.unproject(uv)
    assert np.abs(directions - twins).max() < 1e-12
    assert np.abs(twin.project(origins + 4.0 * directions)[0] - uv).max() < 1e-9
    for camera in (view.camera, twin):
        assert not camera.project(camera.c[None])[1].any()


@pytest.mark.parametrize("linearity", [PERSPECTIVE, 0.37, FISHEYE, -0.5, -1.0])
def test_all_linearities_there_and_back(flown, linearity):
    view = flown["mer_hazcam"]
    camera = dataclasses.replace(view.camera, linearity=linearity)
    uv = every_pixel(view, 20)
    origins, directions = camera.unproject(uv)
    has_ray = np.isfinite(directions).all(axis=1)
    assert has_ray.mean() > 0.5  # with -1 the image ends at 90 degrees
    back, visible = camera.project((origins + 2.0 * directions)[has_ray])
    assert visible.all()
    assert np.abs(back - uv[has_ray]).max() < 1e-6


def test_the_pupil_moves_ahead_with_the_angle(flown):
    camera = flown["mer_hazcam"].camera
    middle = [float(value) for value in (intrinsics(camera).hc, intrinsics(camera).vc)]
    origins, _ = camera.unproject(np.array([middle, [0.0, 0.0]]))
    ahead = (origins - camera.c) @ camera.o
    assert abs(ahead[0]) < 1e-6
    assert 5e-4 < ahead[1] < 5e-3
    # a near point lands elsewhere than a far one on the same line through the centre
    direction = camera.unproject(np.array([[0.0, 0.0]]))[1]
    near, far = (camera.project(camera.c + d * direction)[0] for d in (0.5, 1e4))
    assert 0.1 < np.linalg.norm(near - far) < 10.0


def test_points_around_the_pupil_are_on_their_ray_or_not_visible(flown):
    """Within millimetres of the centre Newton does not always settle; then nothing is claimed."""
    camera = flown["mer_hazcam"].camera
    points = camera.c + np.random.default_rng(4).normal(0.0, 0.003, (5000, 3))
    uv, visible = camera.project(points)
    assert 0.1 < visible.mean() < 0.9
    origins, directions = camera.unproject(uv[visible])
    offset = points[visible] - origins
    assert np.linalg.norm(np.cross(offset, directions), axis=1).max() < 1e-12
    assert (np.sum(offset * directions, axis=1) > 0.0).all()


def test_a_point_inside_the_pupil_is_not_visible(flown):
    camera = flown["mer_hazcam"].camera
    side = np.cross(camera.o, [0.0, 1.0, 0.0])
    uv, visible = camera.project(camera.c + 1e-5 * np.stack([side - camera.o, -camera.o]))
    assert not visible.any()
    assert np.isnan(uv).all()


def test_fields_of_view_are_those_of_the_labels(flown):
    for label, azimuth_fov, elevation_fov in (
        ("msl_navcam", 45.5161, 45.5286),
        ("m2020_navcam", 96.43490647, 25.95202393),
    ):
        view = flown[label]
        u, v = (view.width - 1) / 2, (view.height - 1) / 2
        edges = np.array([[-0.5, v], [view.width - 0.5, v], [u, -0.5], [u, view.height - 0.5]])
        _, rays = view.camera.unproject(edges)
        fov = np.rad2deg(np.arccos([rays[0] @ rays[1], rays[2] @ rays[3]]))
        assert fov == pytest.approx([azimuth_fov, elevation_fov], abs=0.003)


def test_pointing_is_that_of_the_labels(flown):
    """INSTRUMENT_AZIMUTH and _ELEVATION in ROVER_NAV and SITE, computed by the archive's makers."""
    middle_of_detector = {"msl_navcam": (511.5, 511.5), "m2020_navcam": (639.5, 215.5)}
    for label, in_rover, in_site in (
        ("msl_navcam", (345.786, -50.0848), (141.721, -39.482)),
        ("m2020_navcam", (192.619, -1.14887), (72.1817, -3.21054)),
    ):
        view = flown[label]
        _, ray = view.camera.unproject(np.array([middle_of_detector[label]]))
        site = Pose.from_quaternion((0.0, 0.0, 0.0), view.site_from_rover)
        assert azimuth_elevation(ray[0]) == pytest.approx(in_rover, abs=0.05)
        assert azimuth_elevation(site.apply(ray[0])) == pytest.approx(in_site, abs=0.05)


def test_intrinsics_of_the_curiosity_navcam(flown):
    inner = intrinsics(flown["msl_navcam"].camera)
    assert (inner.hs, inner.vs) == pytest.approx((1220.315, 1219.932), abs=2e-3)
    assert (inner.hc, inner.vc) == pytest.approx((509.344, 517.318), abs=1e-3)
    assert np.rad2deg(inner.angle) == pytest.approx(90.0, abs=0.01)


@pytest.mark.parametrize("label", LABELS)
def test_averaging_and_subframes_move_the_pixels_of_points(flown, label):
    camera = flown[label].camera
    _, directions = camera.unproject(every_pixel(flown[label], 100))
    points = camera.c + 7.0 * directions
    uv, _ = camera.project(points)
    small, _ = averaged(camera, 4, 2).project(points)
    assert np.allclose((uv + 0.5) / (4, 2), small + 0.5, atol=1e-9)
    window, _ = subframe(camera, 300, 120).project(points)
    assert np.allclose(window + np.array([300, 120]), uv, atol=1e-9)
    back, _ = scaled(averaged(camera, 4, 2), 4.0, 2.0).project(points)
    assert np.allclose(back, uv, atol=1e-9)


@pytest.mark.parametrize("label", LABELS)
def test_a_camera_moves_with_its_frame(flown, label):
    view = flown[label]
    site_from_rover = Pose.from_quaternion((151.271, -156.017, 22.3253), view.site_from_rover)
    _, directions = view.camera.unproject(every_pixel(view, 100))
    points = view.camera.c + 9.0 * directions
    in_site, visible = moved(view.camera, site_from_rover).project(site_from_rover.apply(points))
    assert visible.all()
    assert np.allclose(in_site, view.camera.project(points)[0], atol=1e-7)


@pytest.mark.parametrize("tx", [0.0, -500.0])
def test_pinhole_to_cahv_and_back(tx):
    pinhole = Pinhole(1024, 768, 1220.0, 1219.0, 509.3, 380.2, tx=tx)
    frame_from_left = Pose.from_rpy((0.8, -0.2, -1.9), (-1.9, 0.1, 1.4))
    cahv = from_pinhole(pinhole, frame_from_left)
    points = np.random.default_rng(1).uniform((-2, -2, 1), (2, 2, 30), (50, 3))
    uv, _ = cahv.project(frame_from_left.apply(points))
    assert np.allclose(uv, pinhole.project(points)[0], atol=1e-8)
    origins, directions = cahv.unproject(uv)
    assert np.allclose(cahv.project(origins + 6.0 * directions)[0], uv, atol=1e-8)
    back, pose = to_pinhole(cahv, 1024, 768)
    assert dataclasses.astuple(back) == pytest.approx(
        dataclasses.astuple(dataclasses.replace(pinhole, tx=0.0))
    )
    assert np.allclose(pose.rotation, frame_from_left.rotation)
    assert np.allclose(frame_from_left.inverse().apply(pose.translation), [pinhole.baseline, 0, 0])


def test_a_skewed_or_mirrored_cahv_is_no_pinhole(flown):
    camera = flown["mer_hazcam"].camera
    with pytest.raises(GeometryError, match=r"90\.02.* linearise"):
        to_pinhole(Cahv(camera.c, camera.a, camera.h, camera.v), 1024, 1024)
    pinhole = Pinhole(64, 64, 50.0, 50.0, 32.0, 32.0)
    cahv = from_pinhole(pinhole, Pose.identity())
    with pytest.raises(GeometryError, match="mirrored"):
        to_pinhole(Cahv(cahv.c, cahv.a, -cahv.h, cahv.v), 64, 64)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"a": (0.0, 0.0, 0.0)}, "A has length 0"),
        ({"o": (2.0, 0.0, 0.0)}, "O has length 2"),
        ({"o": (-0.704402, 0.006062, -0.709775)}, "O points away"),
        ({"h": (1.0, 2.0)}, "H is .* three finite numbers"),
        ({"c": (np.nan, 0.0, 0.0)}, "C is .* three finite numbers"),
        ({"e": (0.0, 0.0, np.inf)}, "E is .* three finite numbers"),
        ({"r": (-1.5, 0.0, 0.0)}, "inside out"),
        ({"v": (351.362, 452.204, 353.494)}, "span no image"),
        ({"linearity": 2.0}, "linearity is 2.0"),
        ({"linearity": np.nan}, "linearity is nan"),
    ],
)
def test_impossible_models_are_refused(flown, change, message):
    with pytest.raises(GeometryError, match=message):
        dataclasses.replace(flown["mer_hazcam"].camera, **change)


def test_wrong_shapes_are_refused(flown):
    camera = flown["msl_navcam"].camera
    with pytest.raises(GeometryError, match="must be \\(n, 3\\)"):
        camera.project(np.zeros(3))
    with pytest.raises(GeometryError, match="must be \\(n, 2\\)"):
        camera.unproject(np.zeros((4, 3)))
    with pytest.raises(GeometryError, match="pixel averaging"):
        averaged(camera, 0, 1)


def test_a_model_cannot_be_changed_by_accident(flown):
    camera = flown["msl_navcam"].camera
    assert isinstance(camera, Cahvor)
    with pytest.raises(ValueError, match="read-only"):
        camera.c[0] = 1.0
