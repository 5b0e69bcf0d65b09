/** The panel beside the stage: classes, tools, sliders, shapes, progress. */

const byId = (id) => document.getElementById(id);

/** An element with attributes and children. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** One button for each class, with its key, its colour, and examples where there are any. */
export function classButtons(classes, examples, choose) {
  const buttons = classes.map((one) => {
    const swatch = make("span", { class: "swatch", "aria-hidden": "true" });
    swatch.style.backgroundColor = one.colour;
    const words = make("span", { class: "class-name" }, one.name);
    const button = make("button", { type: "button", "aria-pressed": "false" }, swatch, words);
    button.dataset.value = one.value;
    if (one.help) button.title = one.help;
    if (one.key) {
      button.setAttribute("aria-keyshortcuts", one.key);
      button.append(make("kbd", { "aria-hidden": "true" }, one.key));
    }
    const pictures = examples.get(one.value) ?? [];
    if (pictures.length) {
      const images = pictures.slice(0, 2).map((src) => make("img", { src, alt: "", loading: "lazy" }));
      button.prepend(make("span", { class: "examples" }, ...images));
    }
    button.addEventListener("click", () => choose(one.value));
    return button;
  });
  byId("classes").replaceChildren(...buttons);
}

/** Show which class is taken, what it means, and what the model gives each (null: no guess). */
export function showClass(classes, value, probabilities) {
  for (const button of byId("classes").children) {
    button.setAttribute("aria-pressed", String(button.dataset.value === String(value)));
    button.querySelector(".chance")?.remove();
    const chance = probabilities?.[button.dataset.value];
    if (chance !== undefined) {
      const words = make("span", { class: "chance" }, `model: ${Math.round(100 * chance)} %`);
      button.querySelector(".class-name").after(words);
    }
  }
  byId("class-help").textContent = classes.find((one) => one.value === value)?.help ?? "";
}

/** Press the one button of a group that stands for what is in use. */
export function press(group, attribute, value) {
  for (const button of byId(group).querySelectorAll(`[data-${attribute}]`)) {
    button.setAttribute("aria-pressed", String(button.dataset[attribute] === value));
  }
}

/** A slider or check box whose value is remembered in this browser. */
export function remembered(id, apply) {
  const input = byId(id), key = `ai4mars-look-${id}`;
  const checkbox = input.type === "checkbox";
  const found = localStorage.getItem(key);
  const set = (value) => {
    if (checkbox) input.checked = value;
    else input.value = value;
    use();
  };
  const use = () => {
    const value = checkbox ? input.checked : Number(input.value);
    localStorage.setItem(key, JSON.stringify(value));
    apply(value);
  };
  input.addEventListener("input", use);
  if (found === null) use();
  else set(JSON.parse(found));
  return { set };
}

/** The shapes, the topmost first, each a button that chooses it. */
export function listShapes(sheet, chosen, choose) {
  const rows = sheet.shapes.map((shape, index) => {
    const button = make("button", { type: "button", "aria-pressed": String(index === chosen) });
    button.textContent = `${index + 1}. ${sheet.describe(shape)}`;
    button.addEventListener("click", () => choose(index));
    return make("li", {}, button);
  });
  byId("shapes").replaceChildren(...rows.reverse());
  byId("shape-count").textContent = sheet.shapes.length;
}

/** {mine, done, images, labels_needed} as a bar and in words. */
export function showProgress({ mine, done, images, labels_needed: needed }) {
  const bar = byId("progress");
  bar.max = Math.max(images, 1);
  bar.value = done;
  bar.textContent = `${done} of ${images}`;
  const each = needed > 1 ? `, ${needed} labels each` : "";
  byId("progress-words").textContent = `${done} of ${images} images done${each}; ${mine} by you`;
}
