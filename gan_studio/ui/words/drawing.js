// The picture panel of the Words tab: a sentence, how it was read, chips that are sliders, a picture.
const words = {
  REST: 400, // ms after which the other seeds are drawn

  models: [],
  model: null,
  text: "", seed: 1,
  moved: {}, // trait -> the strength that its slider has, where that is not what the text says

  ask: (verb, fields) => ganStudio.ask("words/" + verb, fields),
  request: () => ({ model: words.model.name, text: words.text, seed: words.seed, traits: words.moved }),

  say(sentence) {
    words.find("#words-notice").textContent = sentence;
  },

  // Draws what stands in the box now; of what is typed meanwhile only the newest follows.
  refresh: latest(async () => {
    const fields = words.request(), figure = words.find("#worded"), empty = !fields.text.trim();
    words.write();
    words.say("");
    figure.classList.toggle("stale", empty);
    if (empty) return words.show({ words: [], traits: {}, notes: [], script: "", text: "" });
    try {
      const answer = await words.ask("draw", fields);
      if (fields.model === words.model.name) words.show(answer);
    } catch (error) {
      figure.classList.add("stale");
      words.say(error.message);
    }
    clearTimeout(words.resting);
    words.resting = setTimeout(words.drawOthers, words.REST);
  }),

  async drawOthers() {
    const fields = words.request(), place = words.find("#words-others");
    if (!fields.text.trim()) return;
    const answer = await words.ask("others", fields).catch(() => null);
    if (!answer || JSON.stringify(fields) !== JSON.stringify(words.request())) return;
    place.classList.toggle("smooth", words.model.smooth);
    place.replaceChildren(...answer.pictures.map((picture, i) => {
      const button = document.createElement("button"), image = new Image();
      Object.assign(image, { src: picture, alt: "" });
      button.type = "button";
      button.title = button.ariaLabel = `${languages.say("Seed")} ${answer.seeds[i]}`;
      button.onclick = () => words.seeded(answer.seeds[i]);
      button.append(image);
      return button;
    }));
  },

  show(answer) {
    const { find } = words, figure = find("#worded"), save = find("#words-save");
    figure.classList.toggle("smooth", words.model.smooth);
    if (answer.picture) {
      figure.querySelector("img").src = save.href = answer.picture;
      save.download = `${words.model.name}-${words.seed}.png`;
    }
    find("#words-readout").textContent = answer.text;
    const foreign = answer.script && `${languages.say("The model reads English words; this is written in another script")}: ${answer.script}.`;
    find("#words-notes").replaceChildren(...[foreign, ...answer.notes.map(languages.say)].filter(Boolean).map((note) => {
      const line = document.createElement("li");
      line.textContent = note;
      return line;
    }));
    words.understand(answer.words);
    for (const trait of Object.keys(words.moved)) if (!(trait in answer.traits)) delete words.moved[trait];
    words.chip(answer.traits);
  },

  // The words as they were read: unknown ones struck through.
  understand(read) {
    const parts = read.flatMap(([text, known]) => {
      const part = document.createElement(known ? "span" : "s");
      part.textContent = text;
      if (!known) part.title = languages.say("This word is not known");
      const heard = known && known !== text.toLowerCase() ? ` (${known})` : "";
      return [part, heard + " "];
    });
    words.find("#understood").replaceChildren(...parts);
  },

  // A slider for each trait; those that stay are kept, or a press would lose its slider.
  chip(traits) {
    const place = words.find("#chips"), names = Object.keys(traits);
    for (const chip of [...place.children]) if (!names.includes(chip.dataset.trait)) chip.remove();
    for (const [i, name] of names.entries()) {
      const known = [...place.children].find(({ dataset }) => dataset.trait === name), chip = known ?? words.newChip(name);
      // What is moved in the page loses the focus and the pointer that drags it.
      if (place.children[i] !== chip) place.insertBefore(chip, place.children[i] ?? null);
      chip.dataset.said = traits[name];
      if (!chip.matches(":focus-within") || !(name in words.moved)) words.set(chip, words.moved[name] ?? traits[name]);
    }
    words.find("#chips-hint").hidden = !names.length;
  },

  newChip(name) {
    const chip = document.createElement("label");
    chip.className = "chip";
    chip.dataset.trait = name;
    chip.innerHTML = '<span><b></b><output></output></span><input type="range" min="-1.5" max="1.5" step="0.05">';
    chip.querySelector("b").textContent = name;
    const range = chip.querySelector("input");
    range.ariaLabel = name;
    range.oninput = () => {
      words.moved[name] = range.valueAsNumber;
      words.set(chip, range.valueAsNumber);
      words.refresh();
    };
    range.ondblclick = () => {
      delete words.moved[name];
      words.set(chip, Number(chip.dataset.said));
      words.refresh();
    };
    return chip;
  },

  set(chip, value) {
    const range = chip.querySelector("input");
    if (range.valueAsNumber !== value) range.value = value;
    chip.querySelector("output").textContent = languages.number(value, 2);
    chip.classList.toggle("denied", value < 0);
  },

  // The address names the model, the sentence, the seed and the sliders.
  write() {
    const query = new URLSearchParams({ words: words.model.name, say: words.text, number: words.seed });
    if (Object.keys(words.moved).length) query.set("strengths", JSON.stringify(words.moved)); // "traits" are those of Explore
    ganStudio.words.drawing = String(query);
    ganStudio.write();
  },

  typed(text, moved = {}) {
    Object.assign(words, { text, moved });
    if (words.find("#sentence").value !== text) words.find("#sentence").value = text;
    return words.refresh();
  },

  seeded(seed) {
    words.seed = Math.min(2 ** 32 - 1, Math.max(0, Math.round(seed) || 0));
    words.find("#words-seed").value = words.seed;
    return words.refresh();
  },

  // Another model; its sentences differ, so it begins with an example.
  choose(model, { text = model.examples[0] ?? "", seed = words.seed, traits = {} } = {}) {
    words.model = model;
    for (const radio of words.find("#painters").querySelectorAll("input")) radio.checked = radio.value === model.name;
    words.find("#askable").textContent = model.traits.join(" · ");
    words.find("#sentences").replaceChildren(...model.examples.map((example) => {
      const button = document.createElement("button");
      Object.assign(button, { type: "button", textContent: example, onclick: () => words.typed(example) });
      return button;
    }));
    words.find("#chips").replaceChildren();
    words.seed = seed;
    words.find("#words-seed").value = seed;
    return words.typed(text, traits);
  },

  async restore(file) {
    if (!file) return;
    try {
      const answer = await words.ask("restore", file);
      await words.choose(words.models.find(({ name }) => name === answer.model), answer);
    } catch (error) {
      words.say(error.message);
    }
  },

  async list() {
    const { models } = await words.ask("models", {});
    words.models = models;
    words.find("#no-painters").hidden = models.length > 0;
    words.find("#drawing").hidden = !models.length || !words.find("#speaking").hidden;
    words.find("#painters").replaceChildren(...models.map((model) => {
      const label = document.createElement("label"), radio = document.createElement("input");
      Object.assign(radio, { type: "radio", name: "painter", value: model.name, onchange: () => words.choose(model) });
      label.append(radio, model.name);
      return label;
    }));
    if (models.length) await words.first();
  },

  // What the address asks for, or the first model.
  first() {
    const params = ganStudio.sentence, model = words.models.find(({ name }) => name === params?.get("words"));
    if (params?.has("words")) ganStudio.sentence = null;
    if (!model) return words.model ?? words.choose(words.models[0]);
    let traits = {};
    try {
      traits = JSON.parse(params.get("strengths")) ?? {};
    } catch {
      // what is no JSON is none of ours
    }
    return words.choose(model, { text: params.get("say") ?? "", seed: Number(params.get("number")) || 0, traits });
  },
};

export async function start(element) {
  const find = (words.find = (selector) => element.querySelector(selector));
  const style = document.createElement("link");
  Object.assign(style, { rel: "stylesheet", href: location.pathname.replace(/\/?$/, "/words/file/words.css") });
  document.head.append(style);
  languages.translate(element);
  find("#sentence").oninput = ({ target }) => words.typed(target.value, words.moved);
  find("#words-seed").oninput = ({ target }) => Number.isNaN(target.valueAsNumber) || words.seeded(target.valueAsNumber);
  find("#words-another").onclick = () => words.seeded(Math.floor(Math.random() * 2 ** 32));
  find("#words-link").onclick = ganStudio.copyLink;
  find("#words-enlarge").onclick = () => transform.enlargePicture(find("#worded img").src);
  transform.taker(find("#words-restore"), words.restore);
  ganStudio.worded.push(() => words.models.length && words.first());
  try {
    await words.list();
  } catch (error) {
    words.say(error.message);
  }
}
