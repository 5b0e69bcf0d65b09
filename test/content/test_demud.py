"""DEMUD: the incremental model against the whole SVD, the ranking against rebuilt residuals."""

from __future__ import annotations

import numpy as np
import pytest

from ai4mars_nav.content import known, slow_known
from ai4mars_nav.content.demud import Demud, DemudSettings, load_demud
from ai4mars_nav.content.errors import ContentError


def items_of(seed, count=60, length=25, rank=25):
    rng = np.random.default_rng(seed)
    scales = 0.8 ** np.arange(rank)
    return rng.normal(size=(count, rank)) * scales @ rng.normal(size=(rank, length)) + 3.0


def same(one, other):
    assert one.count == other.count
    np.testing.assert_allclose(one.mean, other.mean, atol=1e-9)
    np.testing.assert_allclose(one.strengths, other.strengths, atol=1e-8)
    # directions have no sign: what they span is compared
    np.testing.assert_allclose(one.basis @ one.basis.T, other.basis @ other.basis.T, atol=1e-6)


@pytest.mark.parametrize("components", [25, 40])
def test_item_by_item_is_the_svd_of_all_where_nothing_is_dropped(components):
    items = items_of(0)
    model = Demud(DemudSettings(components, 1000))
    model.learn_all(items)
    same(model.known, slow_known.known_all(items, components))


@pytest.mark.parametrize("memory", [1, 10, 1000])
@pytest.mark.parametrize("components", [1, 3, 6])
def test_each_update_is_the_svd_of_what_was_kept_and_the_item(components, memory):
    fast = slow = known.learned(known.NOTHING, items_of(1)[0], components, memory)
    for item in items_of(1)[1:]:
        fast = known.learned(fast, item, components, memory)
        slow = slow_known.learned(slow, item, components, memory)
        same(fast, slow)
    assert fast.basis.shape == (25, components) and fast.weight == min(60, memory + 1)
    np.testing.assert_allclose(fast.basis.T @ fast.basis, np.eye(components), atol=1e-12)


def test_directions_stay_orthogonal_over_thousands_of_items():
    model = Demud(DemudSettings(8))
    model.learn_all(np.random.default_rng(3).normal(size=(5000, 12)))
    basis = model.known.basis
    np.testing.assert_allclose(basis.T @ basis, np.eye(8), atol=1e-9)


@pytest.mark.parametrize("learned_before", [0, 1, 12])
@pytest.mark.parametrize(("components", "memory"), [(1, 300), (5, 300), (5, 7), (30, 300)])
def test_the_ranking_is_that_of_rebuilt_residuals(components, memory, learned_before):
    items = items_of(4, rank=6 if not learned_before else 25)
    model = Demud(DemudSettings(components, memory))
    model.learn_all(items_of(5)[:learned_before])
    before = model.known
    ranking = model.rank(items)
    slow = slow_known.chosen(before, items, components, memory)
    # where all that is left is rounding, any order is as good
    clear = int((ranking.scores > 1e-4).sum())
    assert ranking.order[:clear].tolist() == slow[:clear]
    assert sorted(ranking.order.tolist()) == list(range(len(items)))
    assert model.known is before


def test_only_as_many_as_are_asked_for():
    ranking = Demud(DemudSettings(4)).rank(items_of(6), most=7)
    assert len(ranking.order) == len(ranking.scores) == 7


def test_a_kind_never_seen_comes_first_and_is_known_afterwards():
    rng = np.random.default_rng(7)
    common = rng.normal(0.0, 0.1, (200, 30)) + np.eye(30)[0] * 5
    strange = rng.normal(0.0, 0.1, (20, 30)) + np.eye(30)[9] * 5
    model = Demud(DemudSettings(5))
    model.learn_all(common[:100])
    both = np.concatenate([common[100:], strange])
    order = model.rank(both).order
    assert order[0] >= 100 and (order[1:6] < 100).any()
    assert model.novelty(strange[0]) > 5 * model.novelty(common[150])
    # the explanation says where there is more than expected
    assert model.residual(strange[0]).argmax() == 9
    model.learn(strange[1])
    # the noise of two items over 30 numbers
    assert model.novelty(strange[0]) < 1.0


def test_what_was_shown_once_is_known_even_beside_thousands():
    """Without forgetting, copies of one new item filled the ranking one after the other."""
    rng = np.random.default_rng(9)
    common = rng.normal(0.0, 1.0, (3000, 12)) * ([3.0] * 5 + [0.5] + [0.1] * 6)
    copies = rng.normal(0.0, 0.05, (10, 12)) + np.eye(12)[8] * 9
    other = np.eye(12)[10] * 7

    def place_of_other(memory):
        model = Demud(DemudSettings(6, memory))
        model.learn_all(common)
        return model.rank(np.concatenate([copies, other[None]])).order.tolist().index(10)

    assert place_of_other(30) <= 2 < place_of_other(10**6)


def test_an_empty_model_expects_nothing_and_one_item_is_expected_exactly():
    model = Demud()
    assert model.novelty([3.0, 4.0]) == 5.0
    model.learn([3.0, 4.0])
    assert model.novelty([3.0, 4.0]) == 0.0 and model.count == 1
    model.learn([3.0, 4.0])
    assert model.known.basis.shape == (2, 0)
    assert Demud().rank(np.zeros((0, 2))).order.size == 0
    assert Demud().rank(np.ones((3, 2))).order.tolist() == [0, 1, 2]


def test_saved_and_read_again_it_goes_on_as_before(tmp_path):
    model = Demud(DemudSettings(6, 20))
    model.learn_all(items_of(8)[:30])
    model.save(tmp_path / "known.npz")
    again = load_demud(tmp_path / "known.npz")
    assert again.settings == model.settings and again.count == 30
    for item in items_of(8)[30:]:
        assert again.novelty(item) == model.novelty(item)
        model.learn(item)
        again.learn(item)


def test_bad_features_and_files_are_refused_in_words(tmp_path):
    model = Demud()
    model.learn(np.ones(4))
    with pytest.raises(ContentError, match="have 5 numbers, those that are known have 4"):
        model.novelty(np.ones(5))
    with pytest.raises(ContentError, match="nan or infinity"):
        model.learn([1.0, np.nan, 0.0, 0.0])
    with pytest.raises(ContentError, match=r"shape \(4,\), must be \(n, d\)"):
        model.rank(np.ones(4))
    with pytest.raises(ContentError, match="components is 0"):
        Demud(DemudSettings(0))
    (tmp_path / "cut.npz").write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(ContentError, match=r"cut.npz: cannot be read as a saved novelty model"):
        load_demud(tmp_path / "cut.npz")
    np.savez(tmp_path / "other.npz", format=np.array("else"))
    with pytest.raises(ContentError, match="format is else"):
        load_demud(tmp_path / "other.npz")
    with pytest.raises(ContentError, match="cannot be read"):
        load_demud(tmp_path / "missing.npz")
