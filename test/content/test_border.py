"""What a black border says of a class: how much of it there is, fitted, kept and added."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from ai4mars_nav.content.border import Border, border_share
from ai4mars_nav.content.classifier import open_classifier
from ai4mars_nav.content.errors import ContentError
from ai4mars_nav.content.kinds import calibration_sha256
from ai4mars_nav.content.learn.border import HIGHEST, LOWEST, fit_border
from ai4mars_nav.content.sidecar import (
    from_document,
    load_content_model,
    to_document,
    write_content_sidecar,
)
from ai4mars_nav.perception.errors import ModelError

TOLD = Border(2, 40.0, 0.4, 0.3, 0.5)


def bordered(columns, level=90):
    """A grey picture (100, 100, 3), so many columns of it nothing but JPEG's noise on black."""
    picture = np.full((100, 100, 3), level, np.uint8)
    picture[:, :columns] = np.random.default_rng(0).integers(0, 4, (100, columns, 1))
    return picture


def slowly(picture):
    """`border_share` by walking from every black pixel of the frame."""
    black = (picture <= 3).all(axis=2)
    rows, columns = black.shape
    todo = [
        (y, x)
        for y in range(rows)
        for x in range(columns)
        if black[y, x] and (y in (0, rows - 1) or x in (0, columns - 1))
    ]
    met = set(todo)
    while todo:
        y, x = todo.pop()
        for at in ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)):
            if at not in met and 0 <= at[0] < rows and 0 <= at[1] < columns and black[at]:
                met.add(at)
                todo.append(at)
    return len(met) / black.size


def test_the_share_of_border():
    assert border_share(bordered(0)) == 0.0
    assert border_share(bordered(37)) == pytest.approx(0.37)
    assert border_share(bordered(0, level=0)) == 1.0
    shadow = bordered(20)
    shadow[40:60, 50:70] = 0
    assert border_share(shadow) == pytest.approx(0.2)
    rough = np.random.default_rng(1).integers(0, 8, (40, 30, 1), dtype=np.uint8).repeat(3, axis=2)
    assert border_share(rough) == pytest.approx(slowly(rough))


def test_more_border_says_more_between_two_shares():
    told = [TOLD.says(bordered(columns)) for columns in (0, 30, 40, 45, 50, 90)]
    assert told == pytest.approx([-4.0, -4.0, 0.0, 2.0, 4.0, 4.0])


def test_what_border_says_is_found_and_not_how_common_edges_are():
    rng = np.random.default_rng(0)
    shares = rng.uniform(LOWEST, HIGHEST, 40_000)
    edges = rng.random(40_000) < 1.0 / (1.0 + np.exp(-30.0 * (shares - 0.42)))
    found = fit_border(shares, edges, 6)
    assert (found.kind, found.lowest, found.highest) == (6, LOWEST, HIGHEST)
    assert found.slope == pytest.approx(30.0, rel=0.05)
    usual = np.log(edges.mean() / (1.0 - edges.mean()))
    assert found.level == pytest.approx(0.42 + usual / 30.0, abs=0.005)
    # half of those that are no edges taken away: edges are more common, and border says the same
    kept = edges | (rng.random(40_000) < 0.5)
    again = fit_border(shares[kept], edges[kept], 6)
    assert again.level == pytest.approx(found.level, abs=0.01)
    with pytest.raises(ContentError, match="pictures that show it and others that do not"):
        fit_border(shares, np.ones(40_000, bool), 6)


def test_a_sidecar_comes_back_and_the_logit_has_it(seeing_model, tmp_path):
    sidecar, content = load_content_model(seeing_model)
    path = tmp_path / sidecar.model.file
    path.write_bytes(content)
    write_content_sidecar(replace(sidecar, output=replace(sidecar.output, border=TOLD)), path)
    again, _ = load_content_model(path)
    assert again.output.border == TOLD
    assert from_document(json.loads(json.dumps(to_document(again))), "x.json") == again
    plain, told = open_classifier(seeing_model), open_classifier(path)
    picture = bordered(45)
    wanted = plain.logits(picture) + np.array([0.0, 0.0, 2.0])
    np.testing.assert_allclose(told.logits(picture), wanted, atol=1e-9)
    np.testing.assert_allclose(told.look(picture).logits, wanted, atol=1e-9)
    # a table that was begun without it is not gone on with
    assert calibration_sha256(sidecar) != calibration_sha256(again)


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("class", "teal", "output.border.class is 'teal'"),
        ("lowest", 0.6, "output.border.highest"),
        ("width", 3, "output.border.width is not a key"),
    ],
)
def test_a_border_that_is_wrong_names_the_key(seeing_model, key, value, told):
    sidecar, _ = load_content_model(seeing_model)
    bordering = replace(sidecar, output=replace(sidecar.output, border=TOLD))
    document = json.loads(json.dumps(to_document(bordering)))
    document["output"]["border"][key] = value
    with pytest.raises(ModelError, match=told):
        from_document(document, "x.json")
