// The speech panel of the Words tab: text, voices, and its sound in several ways, each with its spectrogram.
const speech = {
  SHOWN: 30, // ms between two looks at how far a sound has played

  LINES: 3, LINE: 16, // lines of phones below a spectrogram, and pixels of each

  voices: [],
  vocoders: [],
  titles: {}, // of vocoders, where they have any
  turn: 0, // of requests; answers to older ones are dropped
  seed: 0, // of the noise in sounds such as s, as a recipe that was restored has it
  edited: false, // whether the phones are the visitor's own and not those of the text

  making: null, // stops what is under way

  ask: (verb, fields, signal) => ganStudio.ask("speech/" + verb, fields, signal),

  say(sentence) {
    speech.find("#speech-notice").textContent = sentence;
  },

  // The settings as the panel has them; phones only where they were edited.
  recipe(vocoder) {
    const { find } = speech, weights = speech.weights();
    return {
      text: find("#speech").value,
      phones: speech.edited ? find("#phones").value : "",
      voice: weights.map(([name, weight]) => `${name}:${weight}`).join(","),
      pace: find("#pace").valueAsNumber, pitch: find("#pitch").valueAsNumber, vocoder,
      seed: speech.seed,
    };
  },

  weights: () => [...speech.find("#voices").querySelectorAll("input")].map((range) => [range.name, range.valueAsNumber]),

  // Says it by the first way and plays it; the other ways follow, to be played by their buttons.
  async speak() {
    speech.halt();
    const { turn, find } = speech, { signal } = (speech.making = new AbortController());
    speech.say("");
    find("#speak").disabled = true;
    find("#speech-stop").disabled = false;
    try {
      for (const [i, vocoder] of speech.vocoders.entries()) {
        const answer = await speech.ask("say", speech.recipe(vocoder), signal);
        if (turn !== speech.turn) return;
        const take = speech.show(vocoder, answer);
        if (i) continue;
        speech.tell(answer);
        speech.play(take);
      }
    } catch (error) {
      if (turn === speech.turn) speech.say(error.message);
    } finally {
      if (turn === speech.turn) {
        find("#speak").disabled = false;
        speech.idle();
      }
    }
  },

  // What was read of the text, and the file that is saved.
  tell(answer) {
    const { find } = speech;
    find("#speech-readout").textContent = answer.text;
    find("#speech-save").href = answer.sound;
    find("#speech-notes").replaceChildren(...answer.notes.map((note) => {
      const line = document.createElement("li");
      line.textContent = languages.say(note);
      return line;
    }));
    if (!speech.edited) find("#phones").value = answer.phones.slice(1, -1).join(" ");
    ganStudio.words.speaking = answer.query;
    ganStudio.write();
  },

  // Another text has phones of its own.
  write(text) {
    if (speech.find("#speech").value !== text) speech.find("#speech").value = text;
    speech.find("#phones").value = "";
    speech.edited = false;
  },

  title: (vocoder) => languages.say(speech.titles[vocoder] ?? vocoder),

  // A row for each way: its name, a button, its spectrogram with phones below, and the sound.
  take(vocoder) {
    const known = speech.find(`#takes > [data-vocoder="${vocoder}"]`);
    if (known) return known;
    const row = document.createElement("div");
    const title = speech.title(vocoder);
    row.dataset.vocoder = vocoder;
    row.innerHTML = '<button type="button">▶</button><b></b><div class="spectrum"><img alt=""><i></i></div><p class="sounds" aria-hidden="true"></p><audio></audio>';
    row.querySelector("b").textContent = title;
    row.querySelector("button").ariaLabel = `${languages.say("Play")}: ${title}`;
    row.querySelector("button").onclick = () => (row.classList.contains("playing") ? speech.stop() : speech.play(row));
    row.querySelector("audio").onended = () => speech.stop();
    speech.find("#takes").append(row);
    new ResizeObserver(([{ target }]) => speech.arrange(target)).observe(row.querySelector(".sounds"));
    return row;
  },

  // Each phone in the first of a few lines where it hides none before it; without room it is left out.
  arrange(place) {
    const ends = [];
    for (const mark of place.children) {
      const left = mark.offsetLeft, line = [...Array(speech.LINES).keys()].find((i) => left >= (ends[i] ?? 0));
      mark.style.visibility = line === undefined ? "hidden" : "";
      if (line === undefined) continue;
      mark.style.top = `${line * speech.LINE}px`;
      ends[line] = left + mark.offsetWidth + 2;
    }
    place.style.height = `${Math.max(1, ends.length) * speech.LINE}px`;
  },

  show(vocoder, answer) {
    const row = speech.take(vocoder), [image, audio] = [row.querySelector("img"), row.querySelector("audio")];
    image.src = answer.spectrogram;
    image.alt = `${languages.say("Spectrogram")}: ${speech.title(vocoder)}`;
    audio.src = answer.sound;
    row.seconds = answer.seconds;
    row.querySelector(".sounds").replaceChildren(...answer.phones.map((phone, i) => {
      const mark = document.createElement("span");
      mark.textContent = phone === "_" ? "" : phone.replace(/\d/, "");
      mark.style.left = `${(100 * (answer.ends[i - 1] ?? 0)) / answer.seconds}%`;
      return mark;
    }));
    speech.arrange(row.querySelector(".sounds"));
    return row;
  },

  // While a sound plays its spectrogram is drawn as far as it has been heard.
  play(row) {
    speech.stop();
    const audio = row.querySelector("audio"), drawn = row.querySelector(".spectrum");
    row.classList.add("playing");
    row.querySelector("button").textContent = "■";
    speech.find("#speech-stop").disabled = false;
    drawn.style.setProperty("--heard", "0%");
    audio.currentTime = 0;
    audio.play().catch(() => speech.stop()); // no sound before the visitor has pressed anything
    speech.watch = setInterval(() => drawn.style.setProperty("--heard", `${(100 * audio.currentTime) / row.seconds}%`), speech.SHOWN);
  },

  stop() {
    clearInterval(speech.watch);
    for (const row of speech.find("#takes").children) {
      row.querySelector("audio").pause();
      row.classList.remove("playing");
      row.querySelector("button").textContent = "▶";
    }
    speech.idle();
  },

  // Neither what is made nor what follows it is waited for any more, and nothing plays.
  halt() {
    speech.turn++;
    speech.making?.abort();
    speech.find("#speak").disabled = false;
    speech.stop();
  },

  // Stop is there while something is made or plays.
  idle() {
    speech.find("#speech-stop").disabled = !speech.find("#speak").disabled && !speech.find("#takes .playing");
  },

  set(settings) {
    const { find } = speech, weights = new Map();
    for (const part of (settings.voice ?? speech.voices[0]).split(",")) {
      const [name, weight] = part.split(":");
      weights.set(name.trim(), Number(weight ?? 1));
    }
    const most = Math.max(1, ...[...weights.values()].filter(Number.isFinite)); // only their ratios count
    for (const range of find("#voices").querySelectorAll("input")) range.value = (weights.get(range.name) ?? 0) / most;
    find("#speech").value = settings.text ?? "";
    find("#pace").value = Number(settings.pace) || 1;
    find("#pitch").value = Number(settings.pitch) || 0;
    speech.seed = Number(settings.seed) || 0;
    find("#phones").value = settings.phones ?? "";
    speech.edited = Boolean(settings.phones);
    speech.label();
  },

  label() {
    const { find } = speech;
    find("#pace-value").textContent = `×${languages.number(find("#pace").valueAsNumber, 2)}`;
    find("#pitch-value").textContent = languages.number(find("#pitch").valueAsNumber);
    for (const range of find("#voices").querySelectorAll("input")) range.previousElementSibling.lastElementChild.textContent = languages.number(range.valueAsNumber, 2);
  },

  async restore(file) {
    if (!file) return;
    try {
      speech.set(await speech.ask("restore", file));
      await speech.speak();
    } catch (error) {
      speech.say(error.message);
    }
  },

  // What there is; the first visit to the panel asks for it.
  list: async () => {
    const { find } = speech, { models, voices, vocoders, titles, examples } = await speech.ask("models", {});
    find("#no-speech").hidden = models.length > 0;
    find("#speaking").hidden = !models.length;
    Object.assign(speech, { voices, vocoders, titles });
    find("#voices").append(...voices.map((name) => {
      const label = document.createElement("label");
      label.className = "slider";
      label.innerHTML = '<span><b></b> <output></output></span><input type="range" min="0" max="1" step="0.05">';
      label.querySelector("b").textContent = name;
      label.querySelector("input").name = name;
      return label;
    }));
    find("#speeches").replaceChildren(...examples.map((example) => {
      const button = document.createElement("button");
      Object.assign(button, { type: "button", textContent: example });
      button.onclick = () => {
        speech.write(example);
        speech.speak();
      };
      return button;
    }));
    vocoders.forEach(speech.take);
    speech.set({ text: examples[0] });
  },
};

export async function start(element) {
  const find = (speech.find = (selector) => element.querySelector(selector));
  const choose = async (panel) => {
    find("#drawing").parentNode.dataset.panel = panel;
    for (const name of ["drawing", "speaking"]) find("#" + name).hidden = name !== panel;
    for (const radio of find("#words-panels").querySelectorAll("input")) radio.checked = radio.value === panel;
    ganStudio.write();
    if (panel !== "speaking") return speech.halt();
    try {
      await (speech.listed ??= speech.list());
    } catch (error) {
      speech.listed = null;
      speech.say(error.message);
    }
  };
  document.addEventListener("click", ({ target }) => target.closest("[role=tab]") && speech.halt()); // heard on this tab alone
  find("#words-panels").onchange = ({ target }) => choose(target.value);
  find("#speak").onclick = speech.speak;
  find("#speech-stop").onclick = speech.halt;
  find("#speech").oninput = ({ target }) => speech.write(target.value);
  find("#phones").oninput = ({ target }) => (speech.edited = Boolean(target.value.trim()));
  find("#speech").onkeydown = (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    speech.speak();
  };
  find("#speaking").addEventListener("input", speech.label);
  find("#speech-link").onclick = ganStudio.copyLink;
  transform.taker(find("#speech-restore"), speech.restore);
  // What an address asks for: a text to say, or a sentence to draw.
  const follow = async () => {
    const params = ganStudio.sentence && Object.fromEntries(ganStudio.sentence);
    if (!params) return;
    if (!("speak" in params)) return choose("drawing");
    ganStudio.sentence = null;
    const own = Object.entries(params).filter(([key]) => key === "speak" || key in speech.recipe());
    ganStudio.words.speaking = String(new URLSearchParams(own));
    await choose("speaking");
    if (speech.voices.length) speech.set({ ...params, text: params.speak });
  };
  ganStudio.worded.unshift(follow);
  await follow();
}
