"""Triage as a whole: what goes home of a day, in which order and why."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from ai4mars_nav.content.demud import Demud
from ai4mars_nav.content.errors import ContentError
from ai4mars_nav.content.triage.downlink import (
    THUMBNAIL,
    WHOLE,
    Downlink,
    Product,
    from_json,
    to_json,
)
from ai4mars_nav.content.triage.image import Ground, Shot
from ai4mars_nav.content.triage.novelty import FIRST, Novelty
from ai4mars_nav.content.triage.sizes import jpeg, thumbnail
from ai4mars_nav.content.triage.triage import Triage
from ai4mars_nav.content.triage.wants import NEW
from ai4mars_nav.terrain import Terrain

from .conftest import EYE, picture, plain, shot


def test_what_is_wanted_goes_first_and_says_why(triage: Callable[..., Triage]) -> None:
    day = triage("classes: {red: 2.0}\npass: {budget: 20 kB}\n")
    for number in range(6):
        day.take(shot(f"image {number}", colour=2 if number != 4 else 0, seed=number))
    sent = day.downlink()
    assert sent.images == 6 and sent.bytes <= sent.budget == 20_000 and sent.stamp == 5
    whole = [each for each in sent.products if each.form == WHOLE]
    assert whole[0].image == "image 4" and whole[0].likeliest == "red"
    assert whole[0].because == (f"red {day.images[4].classes['red']:.2f}",)


def test_ten_pictures_of_one_rock_do_not_fill_the_pass(triage: Callable[..., Triage]) -> None:
    """Ten that are all but the same, and two others that are worth less."""
    day = triage("classes: {red: 2.0, blue: 1.0, green: 1.0}\npass: {budget: 12 kB}\n")
    for number in range(10):
        day.take(shot(f"image {number}", colour=0, seed=1))
    day.take(shot("image 10", colour=1, seed=2))
    day.take(shot("image 11", colour=2, seed=3))
    whole = [each.image for each in day.downlink().products if each.form == WHOLE]
    assert set(whole) == {"image 0", "image 10", "image 11"}, "the same rock again and again"


def test_places_that_look_alike_but_lie_apart_are_both_sent(triage: Callable[..., Triage]) -> None:
    day = triage("terrain: {bedrock: 1.0}\npass: {budget: 100 kB}\n")
    classes = np.full((40, 40), Terrain.BEDROCK, np.uint8)
    for number, x in enumerate((0.0, 0.5, 30.0)):
        at = np.array([x, 0.0, 0.0])
        ground = Ground(classes, plain() + at.astype(np.float32), EYE + at)
        day.take(shot(f"image {number}", seed=1, ground=ground))
    adds = {each.image: each.adds for each in day.downlink().products if each.form == WHOLE}
    assert adds["image 2"] > 0.75, "as much as if it were alone, less what its thumbnail told"
    assert sum(value for name, value in adds.items() if name != "image 2") < 1.1, "of 2.0"


def test_an_image_is_wanted_for_the_targets_that_it_shows_best(
    triage: Callable[..., Triage],
) -> None:
    day = triage("targets: {outcrop: 1.0}\npass: {budget: 100 kB}\n")
    points = plain()
    for number, radius in enumerate((0.6, 1.5)):
        classes = np.zeros((40, 40), np.uint8)
        classes[np.hypot(points[..., 0] - 4.0, points[..., 1]) < radius] = Terrain.BEDROCK
        day.take(shot(f"image {number}", seed=number, ground=Ground(classes, points, EYE)))
    (target,) = day.targets.ranked()
    assert target.image == "image 1" and target.times == 2
    sent = day.downlink()
    assert {each.image for each in sent.products} == {"image 1"}
    assert sent.products[0].because == (target.says,)
    assert sent.products[0].terrain["bedrock"] == pytest.approx(day.images[1].terrain["bedrock"])


def test_what_is_new_is_a_target_where_it_lies_in_the_image(
    triage: Callable[..., Triage],
) -> None:
    day = triage("targets: {new: 1.0}\npass: {budget: 100 kB}\n")
    points = plain()
    ground = Ground(np.zeros(points.shape[:2], np.uint8), points, EYE)
    for number in range(8):
        day.take(shot(f"image {number}", colour=0, seed=number, ground=ground))
    assert day.targets.ranked() == []
    strange = picture(0, seed=9)
    strange[48:64, 0:16] = (20, 20, 250)
    day.take(Shot("image 8", 8, strange, ground))
    (target,) = day.targets.ranked()
    assert target.kind == NEW and target.image == "image 8"
    lower_left = points[30:40, 0:10].reshape(-1, 3)
    assert target.position == pytest.approx(np.median(lower_left, axis=0).tolist())
    assert day.downlink().products[0].because == (target.says,)


def test_thumbnails_come_before_whole_images_and_cost_what_they_cost(
    triage: Callable[..., Triage],
) -> None:
    day = triage("classes: {red: 1, green: 1, blue: 1}\npass: {budget: 1 MB}\n")
    shots = [shot(f"image {n}", colour=n, seed=n, side=400) for n in range(3)]
    for each in shots:
        day.take(each)
    products = day.downlink().products
    forms = [each.form for each in products]
    assert forms == [THUMBNAIL] * 3 + [WHOLE] * 3
    by_name = {each.name: each for each in shots}
    for each in products:
        pixels = by_name[each.image].picture
        small = thumbnail(pixels, 128)
        size = len(jpeg(small, 60)) if each.form == THUMBNAIL else len(jpeg(pixels, 85))
        assert each.bytes == size


def test_the_next_pass_is_chosen_beside_what_has_gone(triage: Callable[..., Triage]) -> None:
    day = triage("classes: {red: 2, green: 1, blue: 1}\npass: {budget: 4 kB}\n")
    for number in range(3):
        day.take(shot(f"image {number}", colour=number, seed=number))
    first = day.downlink()
    assert {each.image for each in first.products if each.form == WHOLE} == {"image 0"}
    day.sent(first)
    day.take(shot("image 3", colour=0, seed=7))
    second = day.downlink()
    whole = {each.image for each in second.products if each.form == WHOLE}
    assert whole and "image 0" not in whole and "image 3" not in whole, "both as red as the first"
    for _ in range(4):
        day.sent(day.downlink())
    assert day.downlink().products == (), "all has gone"


def test_too_many_images_are_remembered_by_what_they_are_worth(
    triage: Callable[..., Triage],
) -> None:
    day = triage("classes: {red: 1.0}\npass: {budget: 1 MB}\n", most=4)
    for number in range(9):
        day.take(shot(f"image {number}", colour=0 if number in (2, 6) else 2, seed=number))
    names = {each.name for each in day.images}
    assert len(names) == 4 and {"image 2", "image 6"} <= names
    assert day.forgotten == day.downlink().forgotten == 5


def test_nothing_was_seen(triage: Callable[..., Triage]) -> None:
    sent = triage().downlink()
    assert sent.products == () and sent.images == 0 and sent.stamp == 0


def test_the_same_day_gives_the_same_pass(triage: Callable[..., Triage]) -> None:
    def day() -> str:
        one = triage()
        for number in range(12):
            one.take(shot(f"image {number}", colour=number % 3, seed=number % 5))
        return to_json(one.downlink())

    assert day() == day()


def test_a_downlink_survives_its_json(triage: Callable[..., Triage]) -> None:
    day = triage()
    ground = Ground(np.full((40, 40), Terrain.BEDROCK, np.uint8), plain(), EYE)
    day.take(shot("image 1", ground=ground))
    text = to_json(day.downlink())
    assert "\n" not in text
    assert to_json(from_json(text, "triage/downlink")) == text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "is no JSON"),
        ("[1]", "must hold an object, holds list"),
        ('{"format": "x/1"}', "format is 'x/1', must be 'ai4mars-triage/1'"),
        (
            to_json(Downlink(0, 1, 0, 0, (Product("", 0, "film", 1, 0, 0, (), "", {}, 0, 0),))),
            "form is 'film', must be thumbnail or whole",
        ),
        ('{"format": "ai4mars-triage/1"}', "is not what ai4mars-triage/1 holds"),
        ('{"format": "ai4mars-triage/1", "products": [{}]}', "is not what ai4mars-triage/1 holds"),
    ],
)
def test_a_downlink_that_is_none_is_refused(text: str, told: str) -> None:
    with pytest.raises(ContentError, match=f"triage/downlink: {told}"):
        from_json(text, "triage/downlink")


def test_what_is_usual_is_not_new_and_what_is_not_is() -> None:
    rng = np.random.default_rng(0)
    novelty = Novelty(Demud())
    usual = [rng.normal(1.0, 0.1, 50) for _ in range(40)]
    first = [novelty.take(each).share for each in usual[: FIRST + 1]]
    assert first == [0.0] * (FIRST + 1), "nothing is usual yet"
    later = [novelty.take(each).share for each in usual[FIRST + 1 :]]
    assert max(later) < 0.6
    strange = usual[0] + np.where(np.arange(50) == 7, 5.0, 0.0)
    new = novelty.take(strange)
    assert new.share == 1.0 and int(np.abs(new.residual).argmax()) == 7
    assert novelty.take(strange).share < 0.6, "it is known now"


def test_thumbnails_are_small_and_grey_stays_grey() -> None:
    grey = picture(0, side=300)[..., 0]
    small = thumbnail(grey, 128)
    assert small.shape == (128, 128)
    assert cv2.imdecode(np.frombuffer(jpeg(small, 60), np.uint8), cv2.IMREAD_UNCHANGED).ndim == 2
    assert thumbnail(picture(0, side=64), 128).shape == (64, 64, 3), "made no larger"
    wide = np.zeros((50, 400), np.uint8)
    assert thumbnail(wide, 100).shape == (12, 100)


def test_a_red_picture_is_red_in_its_jpeg() -> None:
    back = cv2.imdecode(np.frombuffer(jpeg(picture(0), 85), np.uint8), cv2.IMREAD_COLOR)
    assert back[..., 2].mean() > 2.0 * back[..., 0].mean()
