// Arrow keys walk through the images of a gallery.

const ROWS = { ArrowUp: -1, ArrowDown: 1 };
const STEPS = { ArrowLeft: -1, ArrowRight: 1 };

export function walk(event) {
  const links = [...document.querySelectorAll("#gallery a")];
  const at = links.indexOf(document.activeElement);
  if (at < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
  const top = links[0].getBoundingClientRect().top;
  const columns = links.filter((link) => link.getBoundingClientRect().top === top).length;
  const step = STEPS[event.key] ?? (ROWS[event.key] ?? 0) * columns;
  const next = links[at + step];
  if (!step || !next) return;
  event.preventDefault();
  next.focus();
}
