// Style transfer: what a layer keeps, Gram matrices as pictures, and a painting with its three losses.
import { chart, colours, legend } from "./drawing.js";

const { make, radios } = learn, { say, number } = languages;
const TITLES = { astronaut: say("An astronaut"), "The Starry Night": say("The Starry Night") }; // of what was recorded

export default async function styleTransfer(stage) {
  const data = await learn.recorded("style.json"), parts = data.layers.length + 1;
  const style = TITLES[data.style] ?? data.style;
  const part = (name, i, count, label) => {
    const element = make("div", { class: "part", role: "img", "aria-label": label });
    element.style.backgroundImage = `url(${learn.address(`recorded/${name}.jpg`)})`;
    element.style.backgroundSize = `${100 * count}% 100%`;
    element.style.backgroundPosition = `${(100 * i) / (count - 1)}% 0`;
    return element;
  };
  const shown = (element, text) => make("figure", {}, element, make("figcaption", {}, text));
  let layer = 0, start = "noise", at = 11;

  const layers = make("div", { class: "pictures" }), choose = radios(say("Layer"), Object.fromEntries(data.layers.map((name, i) => [i, name])), "0", (i) => {
    layer = Number(i);
    show();
  });
  choose.querySelector("input").checked = true;
  const show = () => layers.replaceChildren(
    shown(part("style-rebuilt", 0, parts, TITLES[data.content] ?? data.content), say("The photograph")),
    shown(part("style-rebuilt", layer + 1, parts, data.layers[layer]), say("Rebuilt from this layer alone")),
    shown(part("style-gram-content", layer + 1, parts, data.layers[layer]), say("Gram matrix of the photograph")),
    shown(part("style-gram-painting", layer + 1, parts, data.layers[layer]), say("Gram matrix of the painting")),
    shown(part("style-gram-painting", 0, parts, style), style));

  const frame = make("div", { class: "pictures" }), numbers = make("p", { class: "numbers", role: "status" });
  const KEYS = { content: say("content"), style: say("style"), variation: say("variation"), total: say("total") };
  const shades = () => [colours().real, colours().fake, colours().faint, colours().text];
  const logs = (key) => data.paintings[start].map((row) => [row.step, Math.log10(Math.max(row[key], 1e-4))]);
  const plot = chart(say("The three losses and their weighted sum, as powers of ten"), 2.2, () => {
    const lines = Object.keys(KEYS).map((key, i) => ({ points: logs(key), colour: shades()[i] })), all = lines.flatMap(({ points }) => points.map(([, v]) => v));
    const steps = data.paintings[start];
    return { lines, x: [steps[0].step, steps.at(-1).step], y: [Math.floor(Math.min(...all)), Math.ceil(Math.max(...all))], marks: [{ x: steps[at].step }] };
  });
  const paint = () => {
    const row = data.paintings[start][at];
    frame.replaceChildren(part(`style-from-${start}`, at, data.paintings[start].length, say("The painting")));
    numbers.textContent = `${say("step")} ${row.step} · ` + Object.entries(KEYS).map(([key, name]) => `${name} ${number(row[key])}`).join(" · ");
    plot.redraw();
  };
  const scrub = make("input", { type: "range", min: 0, max: 11, value: at, "aria-label": say("Moment of the painting"), oninput: () => {
    at = scrub.valueAsNumber;
    paint();
  } });
  stage.append(
    make("h3", {}, say("What each layer keeps")), choose, layers,
    make("h3", {}, say("A painting and its losses")),
    radios(say("Start from"), { noise: say("noise"), content: say("the photograph") }, start, (value) => {
      start = value;
      paint();
    }),
    make("div", { class: "beside" }, make("div", {}, frame, scrub, numbers), make("div", {}, plot.element, legend(Object.values(KEYS).map((name, i) => [name, shades()[i]])))));
  show();
  paint();
}
