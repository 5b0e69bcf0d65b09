/** The labelling page: one project, task after task. */
import { Clock } from "./label-clock.js";
import { fillHelp } from "./label-help.js";
import { ImageBench } from "./label-image.js";
import { meaningOf } from "./label-keys.js";
import { classButtons, listShapes, press, remembered, showClass, showProgress } from "./label-panel.js";
import { PixelBench } from "./label-pixels.js";
import { Stage } from "./label-stage.js";
import { Tutorial } from "./label-tutorial.js";
import { Work } from "./label-work.js";

const byId = (id) => document.getElementById(id);
const project = JSON.parse(byId("project").textContent);
const keyed = new Map(project.classes.filter((one) => one.key).map((one) => [one.key, one.value]));

const clock = new Clock();
const stage = new Stage(byId("stage"));
const Bench = project.kind === "pixels" ? PixelBench : ImageBench;
const bench = new Bench(stage, project, {
  say,
  changed: refresh,
  kept: (content) => tutorial.running || work.keep(content),
});
const work = new Work(project, { show, empty, busy, say, trouble });
const tutorial = new Tutorial(project, bench, say, () => work.again());

/** Tell what happened, below the stage and to screen readers. */
function say(words) {
  byId("said").textContent = words;
}

function trouble(words) {
  byId("trouble").textContent = words;
  byId("trouble").hidden = !words;
}

function busy(yes) {
  byId("label").setAttribute("aria-busy", String(yes));
  refresh();
}

async function show(task, content) {
  showProgress(task.progress);
  byId("label").hidden = false;
  byId("empty").hidden = true;
  if (tutorial.wanted(task.progress.mine)) return tutorial.begin();
  await bench.open(task, content);
  // the keys are for the new image, not for the note on the last one
  if (document.activeElement === byId("note")) byId("stage").focus();
  clock.begin();
  say(content ? "your unfinished work is here again" : "a new image");
  byId("product").textContent = task.product;
}

function empty() {
  byId("label").hidden = true;
  byId("empty").hidden = false;
  byId("again").hidden = !work.canTakeBack;
  byId("empty").focus();
}

/** Buttons and lists say what is so now. */
function refresh() {
  const ready = !work.busy && stage.layers !== null;
  const working = ready && !tutorial.running;
  byId("save").disabled = byId("later").disabled = !working;
  byId("takeback").disabled = !working || !work.canTakeBack;
  if (!ready) return;
  const guess = project.kind === "pixels" ? stage.guess !== null : Boolean(bench.guess);
  byId("guess-side").hidden = !guess;
  if (project.kind === "pixels") {
    showClass(project.classes, bench.sheet.value, null);
    press("tools", "tool", bench.toolName);
    byId("fill").hidden = !guess;
    byId("undo").disabled = !bench.sheet.canUndo && !bench.tools.polygon.points.length;
    byId("redo").disabled = !bench.sheet.canRedo;
    byId("pen").value = bench.sheet.width;
    listShapes(bench.sheet, bench.tools.change.chosen, (index) => bench.chooseShape(index));
  } else {
    showClass(project.classes, bench.value, stage.look.showGuess ? bench.guess : null);
  }
}

function save() {
  if (tutorial.running) return void tutorial.go();
  const answer = bench.answer();
  if (typeof answer === "string") return say(answer);
  work.save(answer, clock.seconds);
}

const look = (name) => (value) => {
  stage.look[name] = value;
  stage.changed();
  refresh();
};
const share = (set) => (value) => set(value / 100);
const tone = (name) => (value) => {
  stage.look[name] = value;
  stage.tone();
};

const sliders = {
  brightness: remembered("brightness", tone("brightness")),
  contrast: remembered("contrast", tone("contrast")),
};
const guessBox = remembered("show-guess", look("showGuess"));
let single = true;
remembered("single", (yes) => (single = yes));
let darkBox = null;
if (project.kind === "pixels") {
  remembered("opacity", share(look("opacity")));
  darkBox = remembered("dark", look("dark"));
}

const actions = {
  in: () => stage.zoom(1.4),
  out: () => stage.zoom(1 / 1.4),
  fit: () => stage.fit(),
  guess: () => guessBox.set(!stage.look.showGuess),
  dark: () => darkBox.set(!stage.look.dark),
  tone: () => Object.values(sliders).forEach((slider) => slider.set(0)),
  later: () => tutorial.running || work.later(),
  takeback: () => work.canTakeBack && !tutorial.running && work.takeBack(),
  tutorial: () => tutorial.begin(),
  help: () => byId("help").showModal(),
  save,
};

function act(action) {
  if (work.busy) return;
  if (!stage.layers || !bench.act(action)) actions[action]?.();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-action]");
  if (button) act(button.dataset.action);
});

document.addEventListener("keydown", (event) => {
  if (byId("help").open || work.busy || !stage.layers) return;
  const meaning = meaningOf(event, project.kind, keyed, single);
  if (!meaning) return;
  event.preventDefault();
  if (meaning.step) bench.step(meaning.step, meaning.fine);
  else if ("value" in meaning) bench.choose(meaning.value);
  else act(meaning.action);
});

byId("pen")?.addEventListener("input", (event) => bench.setWidth(Number(event.target.value)));

/** Pictures of the tutorial whose answer is one class, by that class. */
function examples() {
  const found = new Map();
  if (project.kind !== "image") return found;
  for (const { image, answer } of project.tutorial) {
    const values = [answer].flat();
    if (values.length === 1) found.set(values[0], [...(found.get(values[0]) ?? []), image]);
  }
  return found;
}

classButtons(project.classes, examples(), (value) => bench.choose(value));
fillHelp(byId("help"), project.kind, project.classes);
work.begin();
