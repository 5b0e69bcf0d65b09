import numpy as np
import pytest

from ai4mars_nav import terrain
from ai4mars_nav.terrain import PHYSICS, SLOPES_DEG, Terrain


def test_values_are_the_label_values_of_ai4mars():
    assert [(t.value, terrain.NAMES[t]) for t in terrain.CLASSES] == [
        (0, "soil"),
        (1, "bedrock"),
        (2, "sand"),
        (3, "big rock"),
    ]
    assert terrain.UNKNOWN == 255


@pytest.mark.parametrize("kind", list(Terrain))
def test_slip_grows_with_slope_and_stays_a_share(kind):
    slopes = np.deg2rad(np.linspace(0.0, 60.0, 121))
    slip = terrain.slip(kind, slopes)
    assert np.all(np.diff(slip) >= 0.0)
    assert slip[0] == PHYSICS[kind].slip[0]
    assert np.all((slip >= 0.0) & (slip < 1.0))
    assert len(PHYSICS[kind].slip) == len(SLOPES_DEG)


def test_sand_slips_more_than_soil_more_than_bedrock_on_every_slope():
    slopes = np.deg2rad(np.linspace(0.0, 30.0, 31))
    sand, soil, bedrock = (
        terrain.slip(kind, slopes) for kind in (Terrain.SAND, Terrain.SOIL, Terrain.BEDROCK)
    )
    assert np.all(sand > soil)
    assert np.all(soil > bedrock)


def test_only_sand_and_soil_embed_and_only_rock_wears_wheels_most():
    assert PHYSICS[Terrain.SAND].embedding_per_metre > PHYSICS[Terrain.SOIL].embedding_per_metre
    assert PHYSICS[Terrain.BEDROCK].embedding_per_metre == 0.0
    wear = {kind: PHYSICS[kind].wheel_damage_per_metre for kind in Terrain}
    assert max(wear, key=wear.__getitem__) is Terrain.BIG_ROCK


def test_colours_name_each_class_and_grey_is_unknown():
    classes = np.array([[0, 1], [3, 255]], dtype=np.uint8)
    picture = terrain.colourise(classes)
    assert picture.shape == (2, 2, 3)
    assert picture.dtype == np.uint8
    np.testing.assert_array_equal(picture[0, 1], terrain.COLOURS[1])
    np.testing.assert_array_equal(picture[1, 1], terrain.UNKNOWN_COLOUR)
    np.testing.assert_array_equal(terrain.colourise(np.full((1, 1), 77, np.uint8))[0, 0], 60)
