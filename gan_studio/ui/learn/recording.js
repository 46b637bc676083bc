// A recorded training: its samples at one moment and its curves up to there.
import { chart, colours, legend } from "./drawing.js";

const { make } = learn, { say, number } = languages;
const WIDTH = 106, HEIGHT = 70; // of a frame in the sheet: 6 x 4 pictures of 16 pixels and what lies between

export async function recording(name, panels) {
  const data = await learn.recorded(`${name}.json`);
  let at = data.frames.length - 1;
  const frame = make("div", { class: "frame-of", role: "img", "aria-label": say("Samples of the generator") });
  frame.style.backgroundImage = `url(${learn.address(`recorded/${name}.jpg`)})`;
  frame.style.aspectRatio = `${WIDTH} / ${HEIGHT}`;
  frame.style.backgroundSize = `${100 * data.frames.length}% 100%`;
  const last = data.frames.at(-1), charts = panels.map(({ title, keys, names, level, y }) => {
    const shades = () => [colours().real, colours().fake, colours().text];
    const lines = () => keys.filter((key) => data.columns[key]).map((key, i) => ({ points: data.columns[key], colour: shades()[i] }));
    const drawing = chart(title, 2.4, () => {
      const all = lines().flatMap(({ points }) => points.map(([, v]) => v));
      const low = y?.[0] ?? Math.min(0, ...all), high = y?.[1] ?? Math.max(...all);
      return { lines: lines(), x: [0, last], y: [low, high === low ? low + 1 : high], level, marks: [{ x: data.frames[at] }] };
    });
    const element = make("div", { class: "pane" }, make("h3", {}, title), drawing.element, legend(names.map((text, i) => [text, shades()[i]])));
    return { element, redraw: drawing.redraw };
  });
  const place = make("p", { class: "numbers", role: "status" });
  const value = (key) => data.columns[key]?.filter(([step]) => step <= data.frames[at]).at(-1)?.[1];
  function show(i = at) {
    at = Math.max(0, Math.min(data.frames.length - 1, i));
    frame.style.backgroundPosition = `${(100 * at) / (data.frames.length - 1)}% 0`;
    const accuracy = value("accuracy");
    place.textContent = `${say("step")} ${data.frames[at]}` + (accuracy == null ? "" : ` · ${say("accuracy of D")} ${number(100 * accuracy, 0)} %`);
    for (const { redraw } of charts) redraw();
  }
  const scrub = make("input", { type: "range", min: 0, max: data.frames.length - 1, value: at, "aria-label": say("Moment of the training"), oninput: () => show(scrub.valueAsNumber) });
  const element = make("div", { class: "recording" }, frame, scrub, place, make("div", { class: "panes" }, ...charts.map((one) => one.element)));
  show();
  return { element, data, show };
}

export const LOSSES = { title: say("Losses"), keys: ["discriminator", "generator"], names: ["D", "G"] };
export const ACCURACY = { title: say("Accuracy of D"), keys: ["accuracy"], names: [say("share of pictures that D tells apart")], level: 0.5, y: [0, 1] };
export const OPINION = { title: say("D’s probability"), keys: ["d_real", "d_fake"], names: [say("real pictures"), say("generated pictures")], level: 0.5, y: [0, 1] };
export const DIVERSITY = { title: say("Diversity and gradients"), keys: ["diversity", "generator_gradient"], names: [say("diversity"), say("gradient norm of G")] };
