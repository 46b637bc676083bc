// One step by hand: D's scores before and after, and the other player that stays as it is.
import { colours } from "./drawing.js";

const { make, button } = learn, { say, number } = languages;
const SHOWN = 8;

export default async function steps(stage, signal) {
  let restart = 0, busy = false;
  const rows = make("div", { class: "batches" }), players = make("div", { class: "players-moved" }), said = make("p", { class: "numbers", role: "status" });

  async function act(action) {
    if (busy) return;
    busy = true;
    try {
      show(action, await learn.ask("steps", { id: learn.ID, action, restart }, signal));
      learn.complain();
    } catch (error) {
      if (!signal.aborted) learn.complain(error.message);
    }
    busy = false;
  }

  function bars(kind, answer, name) {
    const { real, fake } = colours(), colour = kind === "real" ? real : fake;
    const cells = answer.after[kind].map((after, i) => {
      const before = answer.before[kind][i], cell = make("div", { class: "cell" });
      const picture = make("i", { class: "picture" });
      picture.style.backgroundImage = `url(${answer[kind]})`;
      picture.style.backgroundPosition = `${(100 * i) / (SHOWN - 1)}% 0`;
      cell.append(picture, make("i", { class: "bar", title: `${number(before, 2)} → ${number(after, 2)}` },
        make("b", { style: `height: ${100 * after}%; background: ${colour}` }), make("em", { style: `bottom: ${100 * before}%` })),
        make("small", {}, number(after, 2)));
      return cell;
    });
    return make("div", { class: "batch" }, make("h3", {}, name), make("div", { class: "cells" }, ...cells));
  }

  function show(action, answer) {
    rows.replaceChildren(bars("real", answer, say("Real pictures: D(x)")), bars("fake", answer, say("Generated pictures: D(G(z))")));
    const { discriminator, generator } = answer.moved;
    const one = (letter, moved) => make("p", { class: moved ? "moved" : "frozen" }, make("b", {}, letter), " ",
      action === "look" ? say("waits") : moved ? `${say("learned: its weights moved by")} ${number(moved)}` : say("❄ frozen: no weight moved"));
    players.replaceChildren(one("D", discriminator), one("G", generator));
    said.textContent = `${say("step")} ${answer.step}` + (answer.losses.discriminator == null ? "" : ` · D ${number(answer.losses.discriminator, 2)} · G ${number(answer.losses.generator, 2)}`);
  }

  stage.append(
    rows,
    make("div", { class: "line" }, button(say("D learns"), () => act("discriminator")), button(say("G learns"), () => act("generator")),
      button(say("10 rounds"), () => act("rounds")), button(say("↺ Begin anew"), () => {
        restart++;
        act("look");
      })),
    players, said,
    make("p", { class: "hint" }, say("Bars show D’s probability that a picture is real, after the step; the line across a bar shows it before.")),
  );
  await act("look");
}
