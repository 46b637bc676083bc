// A balanced training to scrub through.
import { ACCURACY, LOSSES, OPINION, recording } from "./recording.js";

const { make, button } = learn, { say } = languages;

export default async function balance(stage) {
  const one = await recording("balance", [LOSSES, ACCURACY, OPINION]), { length } = one.data.frames;
  const scrub = one.element.querySelector("input");
  let timer = 0;
  const stop = () => {
    clearInterval(timer);
    timer = 0;
    play.textContent = say("▶ Play");
  };
  const play = button(say("▶ Play"), () => {
    if (timer) return stop();
    let at = scrub.valueAsNumber >= length - 1 ? 0 : scrub.valueAsNumber;
    play.textContent = say("⏸ Pause");
    timer = setInterval(() => {
      one.show(at);
      scrub.value = at;
      if (++at >= length) stop();
    }, 400);
  });
  scrub.addEventListener("input", () => timer && stop());
  stage.append(make("div", { class: "line" }, play), one.element,
    make("p", { class: "hint" }, `${say("A recorded training of")} ${one.data.family}. ${say("Dashed: one half, where D can only guess.")}`));
  return stop;
}
