// The Explore tab: a recipe, the picture that the server draws of it, and the controls that change it.
// It asks the server by itself: Gradio's state takes a slow browser longer than drawing takes a server.
const explorer = {
  REST: 250, // ms without a move after which the controls are at rest
  PATIENCE: 0.1, // s that a picture may take while a control moves
  MANY: 0.5, // s that it may take where film strips, variations and maps are drawn as well

  recipe: { model: "", seed: 0, psi: 1, directions: {}, edits: {} }, // of the controls
  model: { name: "", classes: 0, layers: 0, about: "", smooth: true, sliders: [], card: {} },
  query: "", // the recipe of the picture that is shown, as text
  answer: null, // the last answer that was shown
  enlarged: false, // whether pictures are enlarged once the controls rest
  preview: 0, // pixels of the picture that is shown, if it is not the whole one
  seconds: 0, // that drawing it took
  views: [], // each shows `recipe` and `model` in some controls
  panels: [], // each draws something more once the controls rest

  address: (verb) => location.pathname.replace(/\/?$/, "/explore/") + verb,

  ask: (verb, fields, signal) => ganStudio.ask("explore/" + verb, fields, signal),

  // One request is under way at a time; of those that come meanwhile only the newest is made.
  // `fields` gives what to send once its turn comes.
  request(verb, fields, done = explorer.show, refused = explorer.refuse) {
    explorer.next?.refused(""); // nobody answers it any more
    explorer.next = { verb, fields, done, refused };
    explorer.kept = false;
    explorer.resting?.abort();
    clearTimeout(explorer.later);
    walk.leave();
    if (explorer.busy) return;
    if (verb !== "draw" || !explorer.slow()) return void explorer.run();
    explorer.readout.textContent = `${languages.say("Drawn once the controls rest. A picture takes")} ${languages.number(explorer.seconds, 1)} s.`;
    explorer.later = setTimeout(explorer.run, explorer.REST);
  },

  // Whether the model draws neither its pictures in so many seconds nor smaller ones: StyleGAN3.
  slow: (seconds = explorer.PATIENCE) => explorer.model.movable && explorer.seconds > seconds,

  async run() {
    explorer.busy = true;
    for (let turn; (turn = explorer.next); ) {
      explorer.next = null;
      try {
        turn.done(await explorer.ask(turn.verb, turn.fields()));
      } catch (error) {
        turn.refused(error.message);
      }
    }
    explorer.busy = false;
    explorer.settle();
  },

  // `put` changes the recipe; again, if an answer that was under way has put the controls elsewhere.
  change(put) {
    put();
    const changed = explorer.recipe;
    explorer.request("draw", () => {
      if (explorer.recipe !== changed) {
        put();
        explorer.update();
      }
      return { recipe: explorer.recipe };
    });
  },

  open(query) {
    pictureHistory.advance(); // what was shown can be undone to, however short it stood there
    explorer.request("open", () => ({ query }));
  },

  // Another seed takes the place of a mix, of a point that was found, and of other styles.
  reseed(seed) {
    explorer.change(() => {
      const { mix, edits: { point, styles, ...edits }, ...others } = explorer.recipe;
      explorer.recipe = { ...others, seed, edits };
    });
    explorer.update();
  },

  // Shows an answer. One with a recipe puts the controls there.
  show(answer) {
    if (answer.recipe) {
      explorer.recipe = { directions: {}, edits: {}, ...answer.recipe };
      explorer.model = answer.model;
      explorer.update();
    }
    const { query, preview = 0, seconds = 0 } = answer;
    Object.assign(explorer, { query, preview, seconds, answer });
    explorer.notice.textContent = "";
    explorer.readout.textContent = [
      ...(preview ? [`${languages.say("Preview at")} ${preview} px`] : []),
      answer.text,
      ...(explorer.slow(explorer.MANY) ? [languages.say("too slow for film strips and variations")] : []),
    ].join(" · ");
    explorer.image.src = answer.picture;
    const href = answer.file ?? (answer.address ? explorer.address(answer.address) : answer.picture);
    Object.assign(explorer.save, { href, download: answer.name });
    explorer.updateSound();
    explorer.opinion.classList.toggle("stale", explorer.opinion.dataset.query !== answer.query);
  },

  refuse(sentence) {
    explorer.notice.textContent = sentence;
  },

  update() {
    for (const view of explorer.views) view();
  },

  view(show) {
    explorer.views.push(show);
    if (explorer.model.name) show();
  },

  // `draw` is called once the controls rest, if the element is in sight and shows another picture's.
  panel(element, draw) {
    const panel = { element, draw };
    explorer.panels.push(panel);
    new IntersectionObserver(([entry]) => entry.isIntersecting && explorer.settle()).observe(element);
    return panel;
  },

  settle() {
    clearTimeout(explorer.timer);
    explorer.timer = setTimeout(explorer.rest, explorer.REST);
  },

  // What is drawn at rest comes piece by piece, until a move asks for something else.
  async rest() {
    if (explorer.busy || !explorer.query) return;
    explorer.resting?.abort();
    const { signal } = (explorer.resting = new AbortController()), { query } = explorer;
    ganStudio.write();
    pictureHistory.rest();
    if (explorer.preview && !(await explorer.complete(signal))) return;
    if (explorer.enlarged && explorer.model.enlarges) await explorer.enlarge(signal);
    for (const panel of explorer.slow(explorer.MANY) ? [] : explorer.panels) {
      if (panel.drawn === query || !panel.element.offsetParent) continue;
      try {
        await panel.draw(signal);
        panel.drawn = query;
      } catch (error) {
        if (signal.aborted) return;
        explorer.refuse(error.message);
      }
    }
  },

  // The whole picture after a preview of it; false if a move came before.
  async complete(signal) {
    try {
      const answer = await explorer.ask("whole", { recipe: explorer.query }, signal);
      explorer.show({ ...answer, text: `${languages.say("Whole picture")} · ${answer.text}` });
    } catch (error) {
      if (!signal.aborted) explorer.refuse(error.message);
    }
    return !signal.aborted;
  },

  // The same picture with four times the pixels; Save takes that one, too.
  async enlarge(signal) {
    const { query } = explorer;
    try {
      const answer = await explorer.ask("enlarged", { recipe: query }, signal);
      if (explorer.query !== query || !explorer.enlarged) return;
      explorer.image.src = answer.picture;
      explorer.save.href = explorer.address(answer.address);
      explorer.readout.textContent = `${explorer.answer.text} · ${languages.say("enlarged to")} ${answer.width} px · ${answer.text}`;
    } catch (error) {
      if (!signal.aborted) explorer.refuse(error.message);
    }
  },

  toggleEnlarged() {
    explorer.enlarged = !explorer.enlarged;
    explorer.updateEnlarge();
    if (explorer.enlarged) explorer.settle();
    else if (explorer.answer) explorer.show({ ...explorer.answer, recipe: undefined });
  },

  // A picture of sound can be heard; its wave is made when the player asks for it.
  updateSound() {
    const player = document.querySelector("#sound"), { sounds } = explorer.model;
    if (player.hidden === Boolean(sounds)) player.hidden = !sounds;
    if (sounds) player.src = explorer.address("sound") + "?" + explorer.query;
  },

  updateEnlarge() {
    const button = document.querySelector("#enlarge");
    button.hidden = !explorer.model.enlarges;
    button.setAttribute("aria-pressed", explorer.enlarged);
  },

  // The recipe that the address asks for. One that cannot be drawn leaves the address as it is, beside
  // another picture, until that is changed.
  async start() {
    explorer.busy = true;
    try {
      explorer.show(await explorer.ask("open", { query: ganStudio.recipe }));
    } catch (error) {
      explorer.kept = true;
      await explorer.ask("open", { query: "" }).then(explorer.show, () => {});
      explorer.refuse(error.message);
    }
    explorer.run();
  },

  roll() {
    pictureHistory.advance();
    if (document.querySelector("#lock").checked)
      explorer.request("random_walk_step", () => ({ recipe: explorer.recipe, step: 1 }));
    else explorer.reseed(Math.floor(Math.random() * 100000));
  },

  // The picture, what is said of it, and what can be done with it.
  stage(element) {
    const find = (selector) => element.querySelector(selector);
    const [image, save, readout, notice, opinion] =
      ["#picture img", "#save", "#readout", "#notice", "#opinion"].map(find);
    Object.assign(explorer, { image, save, readout, notice, opinion });
    find("#enlarge").onclick = explorer.toggleEnlarged;
    explorer.view(explorer.updateEnlarge);
    find("#full-screen").onclick = () => (document.fullscreenElement ? document.exitFullscreen() : find("#picture").requestFullscreen());
    find("#walk").onclick = walk.toggle;
    find("#link").onclick = ganStudio.copyLink;
    const drop = find("#restore"), file = find("#restore input");
    const restore = ([png]) => png && explorer.request("restore", () => png);
    file.onchange = () => {
      restore(file.files);
      file.value = ""; // so that the same file can be dropped again
    };
    drop.ondragover = (event) => event.preventDefault();
    drop.ondrop = (event) => {
      event.preventDefault();
      restore(event.dataTransfer.files);
    };
    languages.translate(element);
    explorer.panel(opinion, explorer.judge);
    pyramid(find("#pyramid"));
    variations(find("#nearby"));
    explorer.view(() => document.querySelector("#explore").classList.toggle("smooth", explorer.model.smooth));
    pictureHistory.open(find("#history"));
    explorer.start();
  },

  async judge(signal) {
    const answer = await explorer.ask("opinion", { recipe: explorer.query }, signal);
    const [rebuilt, text] = explorer.opinion.children;
    rebuilt.hidden = !answer.rebuilt;
    rebuilt.src = answer.rebuilt || "data:,";
    text.textContent = answer.text;
    explorer.opinion.dataset.query = answer.query;
    explorer.opinion.classList.toggle("stale", answer.query !== explorer.query);
  },

  // Model, seed, label and ψ.
  source(element) {
    const find = (selector) => element.querySelector(selector);
    const [about, seed, label] = ["#about", "#seed", "#label"].map(find);
    languages.translate(element);
    modelCards(element);
    seed.oninput = () => seed.value && explorer.reseed(seed.valueAsNumber);
    find("#random").onclick = explorer.roll;
    const psi = slider({
      label: find("#psi").dataset.label, info: find("#psi").dataset.info, min: 0, max: 2, step: 0.05, start: 1,
      input: (value) => explorer.change(() => (explorer.recipe.psi = value)),
    });
    find("#psi").append(psi.element);
    function labels() {
      const radios = label.querySelectorAll("input"), { classes } = explorer.model;
      label.hidden = !classes;
      if (radios.length === classes + 1) { // the same ones, or a press and the focus would be lost
        radios.forEach((radio, i) => (radio.checked = (i ? i - 1 : null) === (explorer.recipe.label ?? null)));
        return;
      }
      const values = [null, ...Array(explorer.model.classes).keys()];
      label.querySelector("div").replaceChildren(...values.map((value) => {
        const option = document.createElement("label"), radio = document.createElement("input");
        Object.assign(radio, { type: "radio", name: "label", checked: value === (explorer.recipe.label ?? null) });
        radio.onchange = () => explorer.change(() => {
          const { label: _, ...others } = explorer.recipe;
          explorer.recipe = value === null ? others : { ...others, label: value };
        });
        option.append(radio, value === null ? languages.say("any") : String(value));
        return option;
      }));
    }
    explorer.view(() => {
      const { recipe } = explorer;
      about.innerHTML = explorer.model.about; // made and escaped by the server
      if (seed !== document.activeElement || Number(seed.value) !== recipe.seed) seed.value = recipe.seed;
      psi.set(recipe.psi);
      labels();
    });
  },

};
