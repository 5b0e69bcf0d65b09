/** Which part of the image is seen how large: screen = image * scale + offset, in CSS pixels. */
export class View {
  scale = 1;
  x = 0;
  y = 0;
  #image = [1, 1];
  #box = [1, 1];

  /** A new image, shown whole. */
  open(width, height) {
    this.#image = [width, height];
    this.fit();
  }

  /** The stage has another size; what was whole stays whole. */
  resize(width, height) {
    const whole = this.scale <= this.#whole() * 1.001;
    this.#box = [width, height];
    if (whole) this.fit();
    else this.#settle();
  }

  fit() {
    this.scale = this.#whole();
    this.#settle();
  }

  /** Larger by `factor`, while what is at screen point `at` stays there. */
  zoom(factor, at = [this.#box[0] / 2, this.#box[1] / 2]) {
    const whole = this.#whole();
    const scale = Math.min(Math.max(32, whole), Math.max(whole, this.scale * factor));
    const [px, py] = this.toImage(at);
    this.scale = scale;
    this.x = at[0] - px * scale;
    this.y = at[1] - py * scale;
    this.#settle();
  }

  pan(dx, dy) {
    this.x += dx;
    this.y += dy;
    this.#settle();
  }

  toImage([x, y]) {
    return [(x - this.x) / this.scale, (y - this.y) / this.scale];
  }

  toScreen([x, y]) {
    return [x * this.scale + this.x, y * this.scale + this.y];
  }

  /** Move so that an image point is seen, with some room around it. */
  reveal(p) {
    const room = Math.min(48, this.#box[0] / 4, this.#box[1] / 4);
    const [x, y] = this.toScreen(p);
    const into = (value, size) =>
      value < room ? room - value : value > size - room ? size - room - value : 0;
    this.pan(into(x, this.#box[0]), into(y, this.#box[1]));
  }

  #whole() {
    return Math.min(this.#box[0] / this.#image[0], this.#box[1] / this.#image[1]);
  }

  /** The image stays in the middle where it is smaller than the stage, and fills it otherwise. */
  #settle() {
    const held = (offset, box, size) =>
      size <= box ? (box - size) / 2 : Math.min(0, Math.max(box - size, offset));
    this.x = held(this.x, this.#box[0], this.#image[0] * this.scale);
    this.y = held(this.y, this.#box[1], this.#image[1] * this.scale);
  }
}
