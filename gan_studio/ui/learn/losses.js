// The losses of G as functions of D's output, and their slopes where D stands now.
import { chart, colours, legend } from "./drawing.js";

const { make } = learn, { say, number } = languages;
const SCORES = 6; // logits from -6 to 6

// Losses of the generator as functions of the score s; D(G(z)) = 1 / (1 + exp(-s)).
const sigmoid = (s) => 1 / (1 + Math.exp(-s)), softplus = (s) => Math.max(s, 0) + Math.log1p(Math.exp(-Math.abs(s)));
const LOSSES = [
  { name: "log(1 − D)", title: say("minimax"), loss: (s) => -softplus(s), slope: (s) => -sigmoid(s) },
  { name: "−log D", title: say("non-saturating"), loss: (s) => softplus(-s), slope: (s) => -(1 - sigmoid(s)) },
  { name: "−f", title: say("Wasserstein: the critic’s score itself"), loss: (s) => -s, slope: () => -1 },
  { name: "(f − 1)²", title: say("least squares"), loss: (s) => (s - 1) ** 2, slope: (s) => 2 * (s - 1) },
];

export default function losses(stage) {
  let s = -4;
  const range = Array.from({ length: 121 }, (_, i) => -SCORES + i / 10);
  const shades = () => {
    const { fake, real, text } = colours();
    return [fake, real, dark() ? "#a5b4fc" : "#4338ca", text];
  };
  const dark = () => document.body.classList.contains("dark");
  const plot = (label, key, y) => chart(label, 1.6, () => ({
    x: [-SCORES, SCORES], y, level: 0,
    lines: LOSSES.map((one, i) => ({ points: range.map((x) => [x, one[key](x)]), colour: shades()[i], dash: i === 3 ? [6, 4] : [] })),
    marks: [{ x: s }, ...LOSSES.map((one, i) => ({ x: s, y: one[key](s), colour: shades()[i] }))],
  }));
  const curves = plot(say("Loss of the generator over the discriminator’s score"), "loss", [-6, 6]);
  const slopes = plot(say("Slope of that loss"), "slope", [-3, 1]);
  const table = make("table", { class: "numbers" });
  const show = () => {
    const rows = LOSSES.map((one, i) => make("tr", {}, make("th", { scope: "row" }, make("i", { style: `background: ${shades()[i]}` }), one.name),
      make("td", {}, one.title), make("td", {}, number(one.loss(s), 3)), make("td", {}, number(one.slope(s), 3))));
    const head = make("tr", {}, ...["", say("loss"), say("value"), say("slope")].map((text) => make("th", { scope: "col" }, text)));
    table.replaceChildren(make("thead", {}, head), make("tbody", {}, ...rows));
    said.textContent = `D(G(z)) = ${number(sigmoid(s), 3)}`;
    curves.redraw();
    slopes.redraw();
  };
  const said = make("p", { class: "numbers" });
  const control = slider({ label: say("Score of D for a generated picture"), min: -SCORES, max: SCORES, step: 0.1, start: s,
    input: (value) => {
      s = Math.max(-SCORES, Math.min(SCORES, value));
      show();
    } });
  stage.append(control.element, said,
    make("div", { class: "panes" }, make("div", { class: "pane" }, make("h3", {}, say("Loss of G")), curves.element), make("div", { class: "pane" }, make("h3", {}, say("Slope")), slopes.element)),
    legend(LOSSES.map((one, i) => [one.name, shades()[i], i === 3])), table,
    make("p", { class: "hint" }, say("An energy-based discriminator gives an energy instead, which G descends as it is: its slope is 1, as with Wasserstein’s.")));
  show();
}
