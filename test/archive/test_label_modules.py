"""The labelling page's modules, in a real browser: shapes, history, tracing, the way of answers."""

from __future__ import annotations

import json

import numpy as np
import pytest

from ai4mars_nav.archive.labelling.drawn import Drawn, label_of

from ..browser import free_port, running_browser
from .served import Served, stopping

SIZE = (60, 80)


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """A browser on a page of the server, where modules may be imported."""
    home = tmp_path_factory.mktemp("modules")
    with running_browser(home) as browser:
        served = Served(home / "archive.db", home, free_port())
        with stopping(served):
            served.start()
            browser.open(served.address + "/account/in")
            yield browser


def evaluate(page, module, script, *arguments):
    """What a script returns that has the module's exports as `m` and arguments as `a`."""
    there = f"import('/static/{module}.js')"
    return page.run(
        f"const a = arguments; return {there}.then(async (m) => {{ {script} }})", *arguments
    )


def random_shapes(seed):
    rng = np.random.default_rng(seed)
    shapes = []
    for _ in range(12):
        count = int(rng.integers(3, 9))
        points = rng.uniform((-10, -10), (SIZE[1] + 10, SIZE[0] + 10), (count, 2)).round(2)
        kind = str(rng.choice(["polygon", "brush"]))
        one = {"class": int(rng.choice([0, 1, 2, 3, 255])), "type": kind, "points": points.tolist()}
        shapes.append({**one, "width": float(rng.integers(1, 16))} if kind == "brush" else one)
    dot = {"class": 2, "type": "brush", "points": [[40.0, 30.0]], "width": 9.0}
    return [*shapes, dot, {**dot, "points": [[40.0, 30.0], [40.0, 30.0]], "width": 4.0}]


@pytest.mark.parametrize("seed", range(5))
def test_the_page_and_the_server_draw_the_same_pixels(page, seed):
    shapes = random_shapes(seed)
    script = "return [...m.rasterise(a[0], a[1], a[2])]"
    drawn = evaluate(page, "label-raster", script, shapes, SIZE[1], SIZE[0])
    ours = [Drawn(s["class"], s["type"], s["points"], s.get("width", 0.0)) for s in shapes]
    np.testing.assert_array_equal(
        np.array(drawn, np.uint8).reshape(SIZE), label_of(ours, SIZE, range(4))
    )


def blobs(seed, size=(96, 128)):
    """A label with regions, holes in them, islands in those, and pixels without a class."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[: size[0], : size[1]]
    label = np.full(size, 255, np.uint8)
    label[20:, :] = 0
    for _ in range(14):
        cx, cy, r = rng.uniform(0, size[1]), rng.uniform(20, size[0]), rng.uniform(6, 25)
        disc = np.hypot(x - cx, y - cy)
        label[disc < r] = rng.choice([0, 1, 2, 3, 255])
        label[disc < r / 2] = rng.choice([0, 1, 2, 3, 255])
    return label


@pytest.mark.parametrize("seed", range(5))
def test_a_guess_made_outlines_is_the_guess(page, seed):
    label = blobs(seed)
    height, width = label.shape
    script = "return m.outlines(Uint8Array.from(a[0]), a[1], a[2])"
    shapes = evaluate(page, "label-trace", script, label.ravel().tolist(), width, height)
    drawn = label_of(
        [Drawn(s["class"], s["type"], s["points"]) for s in shapes], label.shape, range(4)
    )
    differs = drawn != label
    assert differs.mean() < 0.03
    # what differs lies at an edge, or is a speck: nowhere a square of it
    squares = np.lib.stride_tricks.sliding_window_view(differs, (6, 6)).all(axis=(2, 3))
    assert not squares.any()
    assert sum(len(s["points"]) for s in shapes) < label.size / 8


def test_one_region_is_taken_over_with_what_lies_in_it(page):
    label = np.zeros((40, 60), np.uint8)
    label[5:35, 5:40] = 1  # in soil, bedrock
    label[10:30, 10:30] = 2  # with sand in it
    label[15:25, 15:25] = 255  # of which a part is not known
    label[10:30, 45:58] = 3
    script = """
      const guess = new m.Guess(Uint8Array.from(a[0]), 60, 40);
      return [[7, 7], [20.5, 12], [50, 20]].map((p) => guess.regionAt(p).map((s) => s.class));
    """
    found = evaluate(page, "label-guess", script, label.ravel().tolist())
    assert found == [[1, 2, 255], [2, 255], [3]]


def test_points_near_a_line_are_left_out(page):
    line = [[float(x), 5.0 + (0.3 if x % 2 else 0.0)] for x in range(20)] + [[19.0, 30.0]]
    thinned = evaluate(page, "label-geometry", "return m.thin(a[0], 0.5)", line)
    assert thinned[0] == line[0]
    assert thinned[-1] == line[-1]
    assert len(thinned) <= 4


def test_hits(page):
    square = [[10, 10], [30, 10], [30, 30], [10, 30]]
    shapes = [
        {"class": 0, "type": "polygon", "points": square},
        {"class": 1, "type": "brush", "points": [[0, 20], [60, 20]], "width": 4},
    ]
    script = """
      const [shapes, square] = a;
      return {
        top: [[20, 20], [20, 12], [50, 21.9], [50, 23]].map((p) => m.topmost(shapes, p)),
        corner: [[11, 11], [20, 20]].map((p) => m.nearest(square, p, 3)),
        edge: [[20, 9], [9, 20], [20, 20]].map((p) => m.nearestEdge(square, p, 3)),
        inside: m.within([-3, 70.123456], [80, 60]),
        area: m.area(square),
      };
    """
    found = evaluate(page, "label-geometry", script, shapes, square)
    assert found == {
        "top": [1, 0, 1, -1], "corner": [0, -1], "edge": [0, 3, -1], "inside": [0, 60],
        "area": 400,
    }  # fmt: skip


def test_history_goes_back_and_forth_and_forgets_what_was_undone(page):
    script = """
      const h = new m.History(["a"]), told = [];
      h.step(["a", "b"], "b"); h.step(["a", "b", "c"], "c");
      told.push(h.undo(), h.shapes.join(""), h.undo(), h.shapes.join(""), h.undo());
      told.push(h.redo(), h.shapes.join(""));
      h.step(["d"], "d");
      told.push(h.canRedo, h.redo(), h.shapes.join(""), h.canUndo);
      return told;
    """
    assert evaluate(page, "label-history", script) == [
        "c", "ab", "b", "a", "", "b", "ab", False, "", "d", True,
    ]  # fmt: skip


def test_the_view_keeps_what_is_under_the_pointer(page):
    script = """
      const view = new m.View();
      view.resize(400, 300); view.open(800, 800);
      const whole = view.scale;
      const before = view.toImage([250, 100]);
      view.zoom(4, [250, 100]);
      const after = view.toImage([250, 100]);
      view.pan(1e6, -1e6);
      const [left, low] = [view.toImage([0, 0])[0], view.toImage([0, 300])[1]];
      view.zoom(1e-6);
      return {whole, drift: Math.hypot(before[0] - after[0], before[1] - after[1]), left, low,
              again: view.scale};
    """
    found = evaluate(page, "label-view", script)
    assert found["whole"] == found["again"] == pytest.approx(300 / 800)
    assert found["drift"] < 1e-9
    assert (found["left"], found["low"]) == pytest.approx((0, 800))


def test_dark_frames_are_spread_over_all_levels(page):
    script = """
      const counts = new Uint32Array(256).fill(0);
      for (let v = 40; v < 80; v++) counts[v] = 100;
      return [[0, 0], [60, 0], [0, 60]].map(([b, c]) => [...m.toneTable(counts, b, c)]);
    """
    plain, bright, steep = np.array(evaluate(page, "label-tone", script))
    assert (plain[40], plain[79]) == (0, 255)
    for table in (plain, bright, steep):
        assert (np.diff(table) >= 0).all()
    assert bright[60] > plain[60] + 30
    assert steep[70] > plain[70]
    assert steep[50] < plain[50]


OUTBOX = """
  const { Refused, Unreachable } = await import('/static/label-api.js');
  const kept = new Map();
  const storage = { getItem: (k) => kept.get(k) ?? null, setItem: (k, v) => kept.set(k, v),
                    removeItem: (k) => kept.delete(k) };
  const letter = (id) => ({ task: id, body: { client_id: `id-${id}` } });
"""


def test_an_answer_stays_until_the_server_has_it(page):
    script = (
        OUTBOX
        + """
      let up = false;
      const heard = [];
      const send = async (one) => {
        if (!up) throw new Unreachable("down");
        heard.push(one.task);
        if (one.task === 2) throw new Refused(409, "not yours");
        return { answer: 10 * one.task };
      };
      const box = new m.Outbox(storage, "box", send);
      [1, 2, 3].forEach((id) => box.put(letter(id)));
      const failed = await box.flush().then(() => "", (e) => e.message);
      const still = new m.Outbox(storage, "box", send).waiting.length; // as after a reload
      up = true;
      const done = await box.flush();
      return { failed, still, heard, left: box.waiting.length,
               done: done.map((d) => d.answer?.answer ?? d.refused.message) };
    """
    )
    assert evaluate(page, "label-outbox", script) == {
        "failed": "down", "still": 3, "heard": [1, 2, 3], "left": 0, "done": [10, "not yours", 30],
    }  # fmt: skip


def test_an_answer_given_while_signed_out_is_not_dropped(page):
    script = (
        OUTBOX
        + """
      const box = new m.Outbox(storage, "box", async () => { throw new Refused(401, "sign in"); });
      box.put(letter(1));
      const why = await box.flush().then(() => "", (e) => e.message);
      return [why, box.waiting.length];
    """
    )
    assert evaluate(page, "label-outbox", script) == ["sign in", 1]


def test_ids_of_answers_are_uuids(page):
    ids = evaluate(page, "label-api", "return Array.from({length: 50}, () => m.uuid())")
    assert len(set(ids)) == 50
    pattern = "^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
    for one in ids:
        assert np.char.find(one, "-") == 8
        assert page.run(f"return /{pattern}/.test(arguments[0])", one), json.dumps(one)
