"""What everybody can use: contrast as it is rendered, names, sizes, and the way of the Tab key."""

from __future__ import annotations

from ..browser import TAB, Browser

AA = 4.5
"""Least contrast of text with what lies behind it (WCAG 2, AA)."""

_FAINT = """
const [least] = arguments;
const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
const rgba = (colour) => {
  canvas.clearRect(0, 0, 1, 1);
  canvas.fillStyle = colour;
  canvas.fillRect(0, 0, 1, 1);
  const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
  return [r, g, b, a / 255];
};
const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3]));
const light = (rgb) => {
  const [r, g, b] = rgb.map((v) => v / 255).map((v) =>
    v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const behind = (element) => {
  const layers = [];
  for (let e = element; e; e = e.parentElement) {
    layers.push(rgba(getComputedStyle(e).backgroundColor));
  }
  return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255]);
};
const found = [];
const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let node = texts.nextNode(); node; node = texts.nextNode()) {
  const element = node.parentElement, words = node.textContent.trim();
  if (!words || element.closest("script, style, noscript, :disabled, .hidden")) continue;
  if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
  const ground = behind(element);
  const ink = over(rgba(getComputedStyle(element).color), ground);
  const [a, b] = [light(ink), light(ground)].sort((x, y) => y - x);
  const contrast = (a + 0.05) / (b + 0.05);
  if (contrast < least) found.push(`${words.slice(0, 40)}: ${contrast.toFixed(2)}`);
}
return found;
"""

_SMALL = """
const [least] = arguments;
const found = [];
const controls = "a, button, input, select, textarea, summary, [tabindex='0']";
for (const e of document.querySelectorAll(controls)) {
  if (!e.checkVisibility() || e.closest(".hidden, .skip") || e.type === "hidden") continue;
  // a box is pressed by its label, too; links in running text may be small
  const target = e.closest("label") ?? e;
  if (e.matches("p a, td a, dd a, li a")) continue;
  const box = target.getBoundingClientRect();
  if (box.width < least || box.height < least) {
    found.push(`${e.tagName} ${e.id || e.textContent.trim().slice(0, 30)}: `
      + `${Math.round(box.width)} x ${Math.round(box.height)}`);
  }
}
return found;
"""

_FOCUSED = """
const e = document.activeElement;
if (!e || e === document.body) return null;
const style = getComputedStyle(e), box = e.getBoundingClientRect();
const name = e.id || e.dataset.action || e.getAttribute("href") || e.name || e.textContent.trim();
return { name, seen: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
         inside: box.width > 0 && box.bottom > 0 && box.top < innerHeight };
"""


def faint_texts(browser: Browser) -> list[str]:
    """Texts with less contrast than `AA`, as rendered now; what is disabled may be faint."""
    found: list[str] = browser.run(_FAINT, AA)
    return found


def small_targets(browser: Browser, least: int) -> list[str]:
    """Controls that are less than so many CSS pixels wide or high."""
    found: list[str] = browser.run(_SMALL, least)
    return found


def nameless(browser: Browser) -> list[str]:
    """Controls that a screen reader has no name for."""
    browser.cdp("Accessibility.enable")
    nodes = browser.cdp("Accessibility.getFullAXTree")["nodes"]
    browser.cdp("Accessibility.disable")
    roles = {"button", "link", "textbox", "checkbox", "slider", "combobox", "application", "radio"}
    controls = [node for node in nodes if node.get("role", {}).get("value") in roles]
    assert controls
    return [
        f"{node['role']['value']} {node['nodeId']}"
        for node in controls
        if not node.get("ignored") and not node.get("name", {}).get("value", "").strip()
    ]


def tab_path(browser: Browser, most: int = 200) -> list[str]:
    """What the Tab key comes by from the top of the page until it is round; each seen focused."""
    # the first of all is the link that skips to the content
    browser.run("document.querySelector('.skip').focus()")
    names: list[str] = []
    for _ in range(most):
        browser.press([TAB])
        found = browser.run(_FOCUSED)
        if found is None or found["name"] == "#main":
            return names
        assert found["seen"], f"{found['name']} is focused, and it is not to be seen"
        assert found["inside"], f"{found['name']} is focused outside of the window"
        names.append(found["name"])
    raise AssertionError(f"the Tab key does not come round: {names[-5:]}")
