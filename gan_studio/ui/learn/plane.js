// GANs on points in the plane: the server trains while this figure asks, and it asks only while it is seen.
import { arrow, canvas, colours, dark, dot } from "./drawing.js";

const { make, button, radios } = learn, { say, number } = languages;
const UNIT = 1000, SPREAD = 1.15; // of coordinates; the picture shows a little more than the plane
const RATE = 8; // requests a second, at most: thirty of a school, which may share an address, stay within its 300
const OWN = "own", MOST = 500;
const LATE = 1000; // ms without a first answer until the page says why: a studio that has just started loads what trains
const SETS = { ring: say("Ring"), grid: say("Grid"), two: say("Two clouds"), spiral: say("Spiral"), [OWN]: say("Draw points") };

export default async function plane(stage, signal) {
  const state = { families: ["gan", "wgan-gp"], set: "ring", drawn: [], rounds: 5, restart: Date.now(), playing: true, reals: [], views: [] };
  let once = null, rate = 0, last = 0, pen = [0, 0];
  const panes = make("div", { class: "panes" });
  const notice = (sentence) => signal.aborted || learn.complain(sentence); // an answer may come after the chapter was left

  const points = () => (state.set === OWN ? state.drawn : state.set);
  const ready = () => state.set !== OWN || state.drawn.length > 1;

  async function turn() {
    if (!ready() || (!state.playing && !once)) return;
    const { trainable = "both", rounds = state.rounds } = once ?? {}, { restart } = state;
    once = null;
    const late = setTimeout(() => {
      if (restart === state.restart && !state.views.length) notice(say("The networks are being prepared; this takes a few seconds."));
    }, LATE);
    try {
      const answer = await learn.ask("plane", {
        id: learn.ID, families: state.families, points: points(), restart, rounds, trainable,
      }, signal);
      if (signal.aborted || restart !== state.restart) return; // meanwhile all began anew
      notice();
      if (answer.fresh) {
        state.reals = answer.reals;
        offer(answer.families);
      }
      const now = performance.now();
      if (last) rate = 0.8 * rate + 0.2 * (answer.taken[0] / ((now - last) / 1000));
      last = now;
      state.views = answer.players;
      show();
    } catch (error) {
      if (signal.aborted || restart !== state.restart) return;
      notice(error.message);
      state.playing = false;
      update();
    } finally {
      clearTimeout(late);
    }
  }

  function show() {
    state.views.forEach((view, i) => {
      const pane = panes.children[i];
      if (!pane?.parts) return;
      pane.parts.redraw();
      const { step, losses, modes, output, failure } = view;
      const shown = [`${say("step")} ${step}`, say(`${Math.round(rate)} updates/s`)];
      if (modes.length) shown.push(`${say("modes")} ${modes[0]} / ${modes[1]}`);
      if (losses.discriminator != null) shown.push(`D ${number(losses.discriminator, 2)} · G ${number(losses.generator, 2)}`);
      pane.parts.caption.textContent = failure || shown.join(" · ");
      pane.parts.kind.textContent = { probability: say("Shading: probability of being real"), score: say("Shading: the critic’s score"), energy: say("Shading: energy, tinted is low") }[output];
    });
  }

  // One family's picture.
  function pane(i) {
    const drawing = canvas(say("The plane: real points, generated points, the discriminator’s field"), 1, (context, width) => {
      const { real, fake, text } = colours(), view = state.views[i];
      const place = (v) => (v / UNIT / SPREAD + 1) * width / 2, down = (v) => (1 - v / UNIT / SPREAD) * width / 2;
      if (view && fields.checked) field(context, view, width);
      const reals = state.set === OWN ? state.drawn.flatMap(([x, y]) => [x * UNIT, y * UNIT]) : state.reals;
      for (let k = 0; k < reals.length; k += 2) dot(context, place(reals[k]), down(reals[k + 1]), 1.5, real);
      if (view) for (let k = 0; k < view.samples.length; k += 2) dot(context, place(view.samples[k]), down(view.samples[k + 1]), 2.2, fake);
      if (view && arrows.checked)
        for (let k = 0; k < view.arrows.length; k += 2) {
          const scale = width / 12 / 2000;
          arrow(context, place(view.samples[k]), down(view.samples[k + 1]), view.arrows[k] * scale * 2, -view.arrows[k + 1] * scale * 2, text);
        }
      if (state.set === OWN && document.activeElement === drawing.element) {
        context.strokeStyle = text;
        context.strokeRect(place(pen[0] * UNIT) - 6, down(pen[1] * UNIT) - 6, 12, 12);
      }
    }, { tabindex: 0, role: "application" });
    const choose = make("select", { "aria-label": say("Family"), onchange: () => {
      state.families = [...panes.children].map((one) => one.parts?.choose.value).filter(Boolean);
      begin();
    } });
    const caption = make("p", { class: "numbers" }), kind = make("p", { class: "hint" });
    const element = make("div", { class: "pane" }, choose, drawing.element, caption, kind);
    element.parts = { ...drawing, choose, caption, kind };
    drawing.element.onpointerdown = (event) => {
      if (state.set !== OWN) return;
      drawing.element.setPointerCapture(event.pointerId);
      add(event);
      drawing.element.onpointermove = add;
    };
    drawing.element.onpointerup = drawing.element.onpointercancel = () => {
      if (!drawing.element.onpointermove) return;
      drawing.element.onpointermove = null;
      begin();
    };
    function add(event) {
      const { left, top, width } = drawing.element.getBoundingClientRect(), at = (v) => Math.max(-1, Math.min(1, (v * 2 - 1) * SPREAD));
      put(at((event.clientX - left) / width), -at((event.clientY - top) / width));
    }
    drawing.element.onkeydown = (event) => {
      const by = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, 0.1], ArrowDown: [0, -0.1] }[event.key];
      if (state.set !== OWN || (!by && event.key !== " " && event.key !== "Enter")) return;
      event.preventDefault();
      event.stopPropagation();
      if (by) pen = pen.map((v, k) => Math.max(-1, Math.min(1, v + by[k])));
      else {
        put(...pen);
        begin();
      }
      drawing.redraw();
    };
    return element;
  }

  function put(x, y) {
    if (state.drawn.length >= MOST) return;
    state.drawn.push([Number(x.toFixed(3)), Number(y.toFixed(3))]);
    for (const one of panes.children) one.parts.redraw();
  }

  function field(context, view, width) {
    const bytes = Uint8Array.from(atob(view.field), (c) => c.charCodeAt(0)), n = Math.sqrt(bytes.length);
    const image = new ImageData(n, n), night = dark();
    bytes.forEach((value, k) => {
      const t = value / 255, mix = (a, b) => a + (b - a) * t;
      const rgb = night ? [mix(56, 14), mix(34, 60), mix(12, 62)] : [mix(254, 204), mix(237, 251), mix(213, 241)];
      image.data.set([...rgb, 255], 4 * k);
    });
    const small = new OffscreenCanvas(n, n), edge = (1 - 1 / SPREAD) * width / 2;
    small.getContext("2d").putImageData(image, 0, 0);
    context.imageSmoothingEnabled = true;
    context.drawImage(small, edge, edge, width - 2 * edge, width - 2 * edge);
  }

  function offer(families) {
    [...panes.children].forEach((one, i) => {
      const names = i ? [...families, ""] : families;
      one.parts.choose.replaceChildren(...names.map((name) => make("option", { value: name }, name || say("no second family"))));
      one.parts.choose.value = state.families[i] ?? "";
    });
  }

  function begin() {
    state.restart++;
    rate = last = 0;
    state.views = [];
    state.playing = true;
    [...panes.children].forEach((one) => one.parts.caption.textContent = "");
    if (!ready()) notice(say("Draw at least two points in the plane."));
    else notice();
    update();
  }

  function update() {
    play.textContent = state.playing ? say("⏸ Pause") : say("▶ Go on");
    clear.hidden = state.set !== OWN;
    for (const one of panes.children) one.parts.redraw();
  }

  function act(trainable) {
    state.playing = false;
    once = { trainable, rounds: 1 };
    update();
  }

  const tick = (text) => {
    const box = make("input", { type: "checkbox", checked: true, onchange: () => show() });
    return [box, make("label", {}, box, make("span", {}, text))];
  };
  const [fields, fieldLabel] = tick(say("Field of D")), [arrows, arrowLabel] = tick(say("Gradients"));
  const play = button("", () => {
    state.playing = !state.playing;
    last = 0;
    if (state.playing && ready()) notice();
    update();
  });
  const clear = button(say("Clear the points"), () => {
    state.drawn = [];
    begin();
  });
  const speed = slider({
    label: say("Updates per picture"), min: 1, max: 50, step: 1, start: state.rounds,
    input: (value) => (state.rounds = Math.round(Math.min(50, Math.max(1, value)))),
  });
  panes.append(pane(0), pane(1));
  stage.append(
    radios(say("Points"), SETS, state.set, (value) => {
      state.set = value;
      begin();
    }),
    panes,
    make("div", { class: "line" }, play, button(say("D learns"), () => act("discriminator")), button(say("G learns"), () => act("generator")),
      button(say("↺ Begin anew"), begin), clear, fieldLabel, arrowLabel),
    speed.element,
    make("p", { class: "hint" }, say("The networks are small and fully connected; losses, penalties and steps are the families’ own. What is special to pictures falls away: ProGAN does not grow here, and MSG-GAN has one size.")),
  );
  offer(state.families); // until the server tells all
  update();
  return learn.repeat(RATE, turn);
}
