// Real trainings that failed: guess first, then see what the detectors found, then the remedy.
import { DIVERSITY, LOSSES, recording } from "./recording.js";

const { make, button, radios } = learn, { say, number, between } = languages;
const CASES = { vanishing: "A", collapse: "B", oscillation: "C" };
const GUESSES = {
  "vanishing gradients": say("Vanishing gradients: D is so sure that G learns nothing"),
  "mode collapse": say("Mode collapse: G draws the same few pictures"),
  "oscillation without progress": say("No convergence: the players chase each other in circles"),
};

export default async function failures(stage, signal) {
  let name = "vanishing";
  const place = make("div", { class: "case" });

  async function open() {
    place.replaceChildren();
    try {
      const current = name, failed = await recording(name, [LOSSES, DIVERSITY]);
      if (current !== name) return;
      const answer = make("div", { class: "answer", role: "status" });
      const guess = radios(say("What went wrong?"), GUESSES, "", (value) => tell(answer, failed.data, value));
      guess.className = "question";
      place.append(failed.element, guess, answer);
    } catch (error) {
      if (!signal.aborted) learn.complain(error.message);
    }
  }

  function tell(answer, failed, guessed) {
    const [finding] = failed.findings, right = finding.name === guessed;
    answer.replaceChildren(
      make("p", { class: right ? "right" : "wrong" }, right ? `✓ ${say("Right.")}` : `✗ ${say("Not quite.")}`),
      make("article", {}, make("h3", {}, say(finding.name)), make("p", {}, say(finding.explanation)),
        make("p", { class: "hint" }, `${say("The detector’s evidence:")} ${say(finding.evidence)} (${say("step")} ${finding.step}).`),
        make("p", { class: "hint" }, `${say("What was set:")} ${failed.family}, ${settings(failed.changes)}.`)),
      button(say("The same with a remedy"), async ({ currentTarget }) => {
        currentTarget.disabled = true;
        try {
          const mended = await recording(`${name}-remedy`, [LOSSES, DIVERSITY]);
          answer.append(make("h3", {}, say("With a remedy")), make("p", { class: "hint" }, `${say("What was set:")} ${settings(mended.data.changes)}.`), mended.element);
        } catch (error) {
          if (!signal.aborted) learn.complain(error.message);
        }
      }),
    );
  }

  const settings = (changes) => Object.entries(changes).map(([key, value]) => `${key} = ${typeof value === "number" ? number(value) : value}`).join(between());

  stage.append(radios(say("Training"), CASES, name, (value) => {
    name = value;
    open();
  }), place);
  await open();
}
