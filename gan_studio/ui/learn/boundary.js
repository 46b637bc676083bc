// Real digits in the plane: a discriminative boundary, and a generative density that one can draw from.
import { canvas, colours, dot, legend } from "./drawing.js";

const { make, button, radios } = learn, { say, number } = languages;
const MODES = { discriminative: say("Discriminative: a boundary"), generative: say("Generative: a distribution") };

export default async function boundary(stage) {
  const answer = await learn.recorded("digits.json"), { limits: [x0, x1, y0, y1], classes } = answer;
  let mode = "discriminative", at = null, made = null;
  const shades = () => [colours().real, colours().fake];
  const px = (x, width) => ((x - x0) / (x1 - x0)) * width, py = (y, height) => (1 - (y - y0) / (y1 - y0)) * height;

  const drawing = canvas(say("Digits in the plane of their first two principal components"), 1.25, (context, width, height) => {
    const [a, b] = shades(), { text } = colours();
    if (mode === "generative") classes.forEach((one, k) => contours(context, one, shades()[k], width, height));
    classes.forEach((one, k) => {
      context.globalAlpha = mode === "generative" ? 0.45 : 1;
      one.points.forEach(([x, y]) => dot(context, px(x, width), py(y, height), 2.5, [a, b][k]));
      context.globalAlpha = 1;
    });
    if (mode === "discriminative") {
      const { weights: [wx, wy], bias } = answer.boundary; // the line where both classes are as likely
      const line = (x) => -(wx * x + bias) / wy;
      context.strokeStyle = text;
      context.lineWidth = 2;
      context.beginPath();
      context.moveTo(px(x0, width), py(line(x0), height));
      context.lineTo(px(x1, width), py(line(x1), height));
      context.stroke();
    }
    if (at) {
      context.strokeStyle = text;
      context.lineWidth = 2;
      context.strokeRect(px(at[0], width) - 6, py(at[1], height) - 6, 12, 12);
    }
  }, { tabindex: 0, role: "application" });

  function contours(context, { mean, axes }, colour, width, height) {
    context.strokeStyle = colour;
    for (const sigma of [1, 2]) {
      context.beginPath();
      for (let k = 0; k <= 60; k++) {
        const t = (k * Math.PI) / 30, [u, v] = [Math.cos(t) * sigma, Math.sin(t) * sigma];
        const x = mean[0] + axes[0][0] * u + axes[0][1] * v, y = mean[1] + axes[1][0] * u + axes[1][1] * v;
        context.lineTo(px(x, width), py(y, height));
      }
      context.stroke();
    }
  }

  // The digit of a place in the plane: the mean and so much of both components.
  function digit([x, y]) {
    const side = 8, image = new ImageData(side, side);
    answer.mean.forEach((value, k) => {
      const v = Math.max(0, Math.min(255, value + x * answer.components[0][k] + y * answer.components[1][k]));
      image.data.set([v, v, v, 255], 4 * k);
    });
    picture.getContext("2d").putImageData(image, 0, 0);
  }

  function say_at() {
    if (!at) return;
    const { weights: [wx, wy], bias } = answer.boundary, [x, y] = at;
    const odds = 1 / (1 + Math.exp(-(wx * x + wy * y + bias)));
    const [a, b] = classes.map((one) => one.digit);
    if (mode === "discriminative")
      said.textContent = `p(${b} | x) = ${number(odds, 2)} · p(${a} | x) = ${number(1 - odds, 2)}`;
    else said.textContent = classes.map((one) => `p(x | ${one.digit}) = ${number(density(one, x, y).toPrecision(2))}`).join(" · ");
    picture.hidden = mode === "discriminative" && !made;
    digit(at);
  }

  function density({ mean, inverse, norm }, x, y) {
    const dx = x - mean[0], dy = y - mean[1];
    return norm * Math.exp(-0.5 * (dx * dx * inverse[0][0] + 2 * dx * dy * inverse[0][1] + dy * dy * inverse[1][1]));
  }

  function put(x, y) {
    at = [Math.max(x0, Math.min(x1, x)), Math.max(y0, Math.min(y1, y))];
    say_at();
    drawing.redraw();
  }

  function draw(k) {
    const { mean, axes } = classes[k], normal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
    const u = normal(), v = normal();
    made = true;
    put(mean[0] + axes[0][0] * u + axes[0][1] * v, mean[1] + axes[1][0] * u + axes[1][1] * v);
  }

  drawing.element.onpointerdown = ({ clientX, clientY }) => {
    const { left, top, width, height } = drawing.element.getBoundingClientRect();
    put(x0 + ((clientX - left) / width) * (x1 - x0), y1 - ((clientY - top) / height) * (y1 - y0));
  };
  drawing.element.onkeydown = (event) => {
    const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    const [x, y] = at ?? [(x0 + x1) / 2, (y0 + y1) / 2];
    put(x + (by[0] * (x1 - x0)) / 30, y + (by[1] * (y1 - y0)) / 30);
  };
  const picture = make("canvas", { width: 8, height: 8, class: "digit", role: "img", "aria-label": say("The digit at this place") });
  const said = make("p", { class: "numbers", role: "status" });
  const draws = make("div", { class: "line" }, ...classes.map((one, k) => button(`${say("Draw a new digit")} ${one.digit}`, () => draw(k))));
  const hint = make("p", { class: "hint" });
  const update = () => {
    draws.hidden = mode !== "generative";
    hint.textContent = mode === "generative"
      ? say("A normal distribution was fitted to each digit. It can be drawn from: each place of the plane is a picture.")
      : say("A logistic regression found the line. It tells digits apart, and cannot draw one.");
    say_at();
    drawing.redraw();
  };
  stage.append(radios(say("Model"), MODES, mode, (value) => {
    mode = value;
    update();
  }), make("div", { class: "beside" }, drawing.element, picture), legend(classes.map(({ digit }, k) => [String(digit), shades()[k]])), said, draws, hint);
  put((x0 + x1) / 2, (y0 + y1) / 2);
  update();
}
