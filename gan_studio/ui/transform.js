// The Transform tab: a picture of one's own, what a model makes of it, and both to compare.
const transform = {
  LATE: 1000, // ms after which a request can be stopped
  LIVE: 250, // ms between two requests while a stroke is drawn
  RENDER: 128, // pixels at which colours are computed unless another size is chosen

  models: [],
  model: null,
  source: null, // {example}, or {source, file} of a picture that was sent
  strength: 1, direction: "forward", size: 0,
  enlarging: { scale: 4, sharpness: 0.5, noise: 0, keep_colours: true },
  traced: [], // notes on the picture whose lines are the drawing
  square: [0.5, 0.5, 1], // of a picture of one’s own for models of squares: its middle, and its side
  running: new Set(), // work that can be stopped
  query: "", // what the address says of the tab

  ask: (verb, fields, signal) => ganStudio.ask("transform/" + verb, fields, signal),
  draws: () => transform.model?.task === "lines",
  repairs: () => transform.model?.task === "repair",
  thumb: (name) => `${location.pathname.replace(/\/?$/, "/transform/")}example?name=${encodeURIComponent(name)}`,
  enlarges: () => transform.model?.task === "enlarge",

  // What a request names: the model, its settings, and the picture.
  request() {
    if (transform.repairs()) return repair.request();
    const { model, strength, direction, size } = transform, drawn = transform.draws();
    const recipe = { model: model.name, strength, direction, size, input: drawn ? "drawing" : "photo" };
    if (transform.enlarges()) Object.assign(recipe, transform.enlarging, { strength: 1, size: 0, direction: "forward" }, model.denoises ? {} : { noise: 0 });
    if (drawn) return { recipe: { ...recipe, strength: 1 }, drawing: transform.board.png() };
    const { source, example } = transform.source;
    return { recipe, ...(example ? { example } : { source, ...transform.framing() }) };
  },

  framed: () => Boolean(transform.model?.square && transform.source?.file),
  framing: () => (transform.framed() ? { square: transform.square } : {}),

  // Runs work that can be stopped once it is late, with a signal; Stop ends all that is running.
  async stoppable(late, work) {
    const stop = transform.find("#stop-translation"), run = { controller: new AbortController(), late: false };
    const update = () => (stop.hidden = ![...transform.running].some((other) => other.late));
    const timer = setTimeout(() => {
      run.late = true;
      update();
    }, late);
    transform.running.add(run);
    try {
      return await work(run.controller.signal);
    } finally {
      clearTimeout(timer);
      transform.running.delete(run);
      update();
    }
  },

  // A request; one whose picture the server has forgotten sends that again.
  work: (verb, fields) =>
    transform.stoppable(transform.LATE, async (signal) => {
      const answer = await transform.ask(verb, fields, signal);
      if (!answer.gone) return answer;
      if (!transform.source?.file) throw new Error(answer.gone);
      const { source } = await transform.ask("upload", transform.source.file, signal);
      transform.source = { ...transform.source, source };
      return await transform.ask(verb, { ...fields, source }, signal);
    }),

  say(sentence) {
    transform.find("#translation-notice").textContent = sentence;
  },

  // Does something whose error is said; what is shown stays.
  attempt(work) {
    transform.say("");
    return transform.proceed(work);
  },

  // The same as a part of something else, whose sentence stays.
  async proceed(work) {
    try {
      await work();
    } catch (error) {
      transform.say(error.name === "AbortError" ? languages.say("Stopped; what was there stays.") : error.message);
    }
  },

  refresh: latest(async () => {
    const { model } = transform, figure = transform.find("#translated");
    transform.write();
    const unpainted = transform.repairs() && repair.board.empty(), empty = transform.draws() ? transform.board.empty() : !transform.source || unpainted;
    figure.classList.toggle("stale", empty || figure.dataset.of !== model.name);
    if (empty) return transform.say(languages.say(transform.draws() ? "Draw something first."
      : transform.source ? "Paint over what is to be filled." : "Drop a picture first."));
    await transform.attempt(async () => {
      if (transform.repairs()) {
        figure.dataset.of = model.name;
        return repair.fill();
      }
      const answer = await transform.work("translate", transform.request());
      if (model !== transform.model) return;
      figure.dataset.of = model.name;
      transform.show(answer);
    });
  }),

  show(answer) {
    const figure = transform.find("#translated"), trip = transform.find("#round-trip");
    figure.style.setProperty("--ratio", answer.width / answer.height);
    figure.style.setProperty("--strength", transform.draws() || transform.enlarges() || transform.repairs() ? 1 : transform.strength);
    figure.classList.toggle("whole", transform.draws());
    figure.classList.toggle("transparent", Boolean(answer.transparent));
    figure.classList.remove("stale");
    figure.querySelector(".before").src = answer.source;
    figure.querySelector(".made").src = answer.picture;
    trip.hidden = !answer.round_trip;
    trip.style.setProperty("--ratio", answer.width / answer.height);
    trip.querySelector("img").src = answer.round_trip || "data:,";
    transform.find("#translated-in").textContent = answer.text;
    const notes = [...(transform.draws() ? transform.traced : []), ...answer.notes].map((note) => {
      const line = document.createElement("li");
      line.textContent = languages.say(note);
      return line;
    });
    transform.find("#translation-notes").replaceChildren(...notes);
  },

  // The address names the model, its settings, and an example.
  write() {
    const { model, strength, direction, size, source } = transform, query = new URLSearchParams({ t: model.name });
    if (transform.enlarges()) {
      const { scale, sharpness, noise, keep_colours } = transform.enlarging;
      if (scale !== 4) query.set("scale", scale);
      if (sharpness !== 0.5) query.set("sharpness", sharpness);
      if (noise) query.set("noise", noise);
      if (!keep_colours) query.set("keep_colours", false);
    } else if (strength !== 1 && !transform.draws() && !transform.repairs()) query.set("strength", strength);
    if (direction !== "forward") query.set("direction", direction);
    if (size) query.set("size", size);
    if (source?.example && !transform.draws()) query.set("example", source.example);
    transform.query = String(query);
    ganStudio.write();
  },

  // Another model; a picture of one's own stays, an example gives way to one that fits.
  choose(model, { strength = transform.strength, direction = "forward", size = 0, example = "", ...others } = {}) {
    Object.assign(transform, { model, strength, direction, size });
    for (const key of Object.keys(transform.enlarging)) if (key in others) transform.enlarging[key] = others[key];
    const { examples } = model, known = transform.source?.file || examples.includes(transform.source?.example);
    if (examples.includes(example)) transform.source = { example };
    else if (!known) transform.source = examples.length ? { example: examples[0] } : null;
    if (transform.repairs() && repair.board.empty() && !others.method) repair.preset(model.square ? "eyes" : "middle");
    if (transform.draws() && !transform.begun) transform.board.sketch();
    transform.begun ||= transform.draws();
    transform.update();
    return transform.refresh();
  },

  async bring(file) {
    if (!file) return;
    await transform.attempt(async () => {
      const { source } = await transform.work("upload", file);
      transform.source = { source, file };
      await transform.frame.show(file);
      transform.update();
      await (transform.draws() ? transform.trace({ source, ...transform.framing() }) : transform.refresh());
    });
  },

  // A picture of another tab is brought here to be enlarged.
  async enlargePicture(address) {
    if (!address) return;
    document.querySelector("#transform-tab-button").click();
    while (!transform.sliders) await new Promise((done) => setTimeout(done, 50)); // the tab is built when it opens first
    await transform.attempt(async () => {
      await transform.list();
      const model = transform.models.find(({ task, megabytes }) => task === "enlarge" && !megabytes);
      if (!model) throw new Error(languages.say("No model here enlarges pictures."));
      const contents = await (await fetch(address)).blob();
      await transform.choose(model);
      await transform.bring(contents);
    });
  },

  // Another square of the picture.
  reframe: latest(() => {
    if (!transform.framed()) return;
    if (transform.repairs()) repair.update();
    if (!transform.draws()) return transform.refresh();
    const { source } = transform.source;
    return transform.attempt(() => transform.trace({ source, ...transform.framing() }));
  }),

  // The picture with the square that is used of it.
  framer(element) {
    const props = { value: {} }, image = element.querySelector("img");
    let set, quiet = false;
    const resize = cropSquare(element, props, (_, heard) => (set = heard), (x, y) => {
      transform.square = [x, y, transform.square[2]];
      if (!quiet) transform.reframe();
    });
    const slide = slider({
      ...element.querySelector("#frame-share").dataset, min: 0.2, max: 1, step: 0.05, start: 1,
      input(value) {
        transform.square[2] = Math.min(1, Math.max(0.2, value));
        resize(transform.square[2]);
      },
    });
    element.querySelector("#frame-share").append(slide.element);
    const show = async (file) => {
      URL.revokeObjectURL(image.src);
      image.src = URL.createObjectURL(file);
      await image.decode();
      quiet = true; // whoever brings a picture asks for what is made of it
      transform.square = [0.5, 0.5, 1];
      slide.set(1);
      resize(1);
      props.value = { src: image.src, width: image.naturalWidth, height: image.naturalHeight };
      set();
      quiet = false;
    };
    return { show };
  },

  // A picture's lines become the drawing.
  async trace(source) {
    const { drawing, notes } = await transform.work("lines", { model: transform.model.name, ...source });
    transform.traced = notes;
    await transform.board.put(drawing);
  },

  pick(example) {
    if (transform.draws()) return transform.attempt(() => transform.trace({ example }));
    transform.source = { example };
    transform.update();
    return transform.refresh();
  },

  restorations: 0,

  // Of two files dropped one soon after the other, only the later one is spoken of.
  async restore(file) {
    if (!file) return;
    const number = ++transform.restorations;
    await transform.attempt(async () => {
      const { recipe, example, mask } = await transform.ask("restore", file);
      const model = transform.models.find(({ name }) => name === recipe.model);
      await transform.choose(model, { ...recipe, example });
      if (mask) await repair.restore(recipe, mask);
      if (number !== transform.restorations) return;
      transform.say(languages.say(example ? "The settings were restored."
        : "The settings were restored. Drop the picture again that it was made from, unless it is here."));
    });
  },

  async save() {
    if (!transform.model || (transform.draws() ? transform.board.empty() : !transform.source || (transform.repairs() && repair.board.empty()))) return transform.refresh();
    await transform.attempt(async () => {
      const whole = transform.enlarges() ? transform.enlarge : (fields) => transform.work("save", fields);
      const { file, name } = await whole(transform.request()), link = document.createElement("a");
      Object.assign(link, { href: location.pathname.replace(/\/?$/, "/") + file, download: name });
      link.click();
    });
  },

  // All of a picture, with its progress; the connection that ends stops the work.
  async enlarge(fields) {
    const place = transform.find("#translated-in"), before = place.textContent;
    try {
      return await transform.stoppable(0, async (signal) => {
        let last;
        for await (const answer of ganStudio.stream("transform/enlarge", fields, signal)) {
          last = answer;
          if (answer.total) place.textContent = languages.say("{done} of {total} parts, {seconds} s left")
            .replace("{done}", answer.done).replace("{total}", answer.total).replace("{seconds}", answer.seconds_left);
        }
        if (!last?.file) throw new Error(languages.say("The studio cannot be reached."));
        return last;
      });
    } finally {
      place.textContent = before;
    }
  },

  // All controls as the state has them.
  update() {
    const { find, model } = transform, drawn = transform.draws();
    for (const radio of find("#translators").querySelectorAll("input")) radio.checked = radio.value === model.name;
    for (const one of find(".translation").querySelectorAll("[data-when]")) one.hidden = (one.dataset.when === "lines") !== drawn;
    find("#translator-about").textContent = transform.about(model);
    find("#board").hidden = !drawn;
    find("#frame").hidden = !transform.framed();
    find("#repairing").hidden = !transform.repairs();
    if (transform.repairs()) repair.update();
    find("#translation-strength").hidden = drawn || transform.enlarges() || transform.repairs();
    find("#render-factor").hidden = model.task !== "colour";
    find("#enlarging").hidden = !transform.enlarges();
    for (const one of ["#sharpness", ".check"]) find("#enlarging").querySelector(one).hidden = model.megabytes > 0;
    find("#noise").hidden = !model.denoises;
    transform.sliders.sharpness.set(transform.enlarging.sharpness);
    transform.sliders.noise.set(transform.enlarging.noise);
    find("[name=keep-colours]").checked = transform.enlarging.keep_colours;
    for (const radio of find("#enlarging").querySelectorAll("[name=scale]")) radio.checked = Number(radio.value) === transform.enlarging.scale;
    transform.sliders.strength.set(transform.strength);
    transform.sliders.size.set(transform.size || transform.RENDER);
    transform.ways();
    transform.offer();
  },

  about(model) {
    const said = transform.whose(model);
    if (model.task === "lines") said.push(languages.say("The model draws what your lines suggest, while you draw."));
    else if (model.task === "colour") said.push(languages.say("A picture of any size keeps its light and dark; the model adds the colours."));
    else if (transform.enlarges()) said.push(languages.say("Of a large picture the middle is shown; Save enlarges all of it."));
    else if (model.square) said.push(languages.say("Made for aligned faces, cropped from brow to chin."));
    if (model.square) said.push(languages.say("Best at {n} × {n} pixels."));
    else if (model.task === "pairs") said.push(languages.say("It learnt from pictures of {n} × {n} pixels; other sizes work, too."));
    if (model.cyclic) said.push(languages.say("Works in both directions."));
    const { round_trip: quiet, round_trip_noisy: noisy } = model;
    if (quiet !== null && noisy !== null)
      said.push(languages.say("A round trip moves pictures by {a} levels of 255, with noise added half-way by {b}.").replace("{a}", languages.number(quiet, 1)).replace("{b}", languages.number(noisy, 1)));
    return said.join(" ").replaceAll("{n}", model.image_size);
  },

  // Whose network it is, if it is somebody else’s, and what it takes.
  whose({ megabytes, memory, seconds, source }) {
    if (!megabytes) return [];
    const said = [languages.say("Somebody else’s network, {mb} MB, which is loaded first.").replace("{mb}", megabytes)];
    if (source) said.push(languages.say("It comes from {source}.").replace("{source}", source));
    if (memory) said.push(languages.say("It takes up to {mb} MB of memory.").replace("{mb}", memory));
    if (seconds) said.push(languages.say("A picture of a million pixels takes about {n} s.").replace("{n}", seconds));
    return said;
  },

  ways() {
    const { model } = transform, way = transform.find("#way");
    way.hidden = !model.cyclic;
    const radios = ["forward", "backward"].map((value) => {
      const label = document.createElement("label"), radio = document.createElement("input");
      Object.assign(radio, { type: "radio", name: "way", value, checked: value === transform.direction });
      radio.onchange = () => {
        transform.direction = value;
        transform.refresh();
      };
      label.append(radio, languages.say(model[value]));
      return label;
    });
    if (way.dataset.of !== model.name) way.querySelector("div").replaceChildren(...radios); // else a focus would be lost
    way.dataset.of = model.name;
    for (const radio of way.querySelectorAll("input")) radio.checked = radio.value === transform.direction;
  },

  // The examples that fit the model.
  offer() {
    const place = transform.find("#tries"), row = place.querySelector(".thumbs"), { examples } = transform.model;
    place.hidden = !examples.length;
    const chosen = transform.draws() ? null : transform.source?.example;
    if (row.dataset.of !== String(examples))
      row.replaceChildren(...examples.map((name) => {
        const button = document.createElement("button"), image = new Image();
        Object.assign(button, { type: "button", title: name, value: name });
        Object.assign(image, { alt: name, src: transform.thumb(name) });
        button.onclick = () => transform.pick(name);
        button.append(image);
        return button;
      }));
    row.dataset.of = String(examples);
    for (const button of row.children) button.classList.toggle("current", button.value === chosen);
  },

  // The models that are here now.
  async list() {
    const { models } = await transform.ask("models", {});
    const { find } = transform, place = find("#translators");
    if (JSON.stringify(models) !== JSON.stringify(transform.models))
      place.replaceChildren(...models.map((model) => {
        const label = document.createElement("label"), [radio, title, name] = ["input", "b", "small"].map((tag) => document.createElement(tag));
        Object.assign(radio, { type: "radio", name: "translator", value: model.name });
        Object.assign(title, { textContent: languages.say(model.title) });
        name.textContent = model.name;
        radio.onchange = () => transform.choose(transform.models.find((one) => one.name === model.name));
        label.append(radio, title, name);
        return label;
      }));
    transform.models = models;
    find("#no-translators").hidden = models.length > 0;
    find(".translation").hidden = !models.length;
    if (!models.length) return;
    const current = models.find(({ name }) => name === transform.model?.name);
    if (current) return transform.update();
    await transform.first();
  },

  // The same when the tab is opened again; what was said before stays.
  relist: () => transform.list().catch((error) => transform.say(error.message)),

  // A number from 0 to 1 out of an address, or what is usual.
  share: (text, usual) => (Number(text) >= 0 && Number(text) <= 1 ? Number(text) : usual),

  // What the address asks for, or the first model.
  async first() {
    const params = ganStudio.translation, name = params?.get("t"), model = transform.models.find((one) => one.name === name);
    ganStudio.translation = null;
    if (!model) await transform.choose(transform.models[0]);
    if (params && !model) return transform.say(languages.say("The model that the address names is not here."));
    if (!model) return;
    const size = Number(params.get("size") ?? 0);
    await transform.choose(model, {
      strength: transform.share(params.get("strength") ?? 1, 1),
      size: size >= 64 && size <= 512 ? size : 0,
      direction: model.cyclic && params.get("direction") === "backward" ? "backward" : "forward",
      example: params.get("example") ?? "",
      scale: params.get("scale") === "2" ? 2 : 4,
      sharpness: transform.share(params.get("sharpness") ?? 0.5, 0.5),
      noise: transform.share(params.get("noise") ?? 0, 0),
      keep_colours: params.get("keep_colours") !== "false",
    });
  },

  // A label that takes a file, pressed or dropped.
  taker(label, take) {
    const file = label.querySelector("input");
    file.onchange = () => {
      take(file.files[0]);
      file.value = ""; // so that the same file can be dropped again
    };
    label.ondragover = (event) => event.preventDefault();
    label.ondrop = (event) => {
      event.preventDefault();
      take(event.dataTransfer.files[0]);
    };
  },

  start(element) {
    const find = (transform.find = (selector) => element.querySelector(selector));
    languages.translate(element);
    let last = 0;
    transform.board = drawingBoard(find("#board"), (ended) => {
      if (!ended && Date.now() - last < transform.LIVE) return;
      last = Date.now();
      transform.refresh();
    });
    const made = (selector, options) => {
      const place = find(selector), { label, info } = place.dataset, one = slider({ label, info, ...options });
      const [number, range] = one.element.querySelectorAll("input"), { min, max } = options;
      number.onchange = () => one.set(Math.min(max, Math.max(min, Number(number.value || range.value))));
      place.append(one.element);
      return one;
    };
    transform.sliders = {
      strength: made("#translation-strength", {
        min: 0, max: 1, step: 0.05, start: 1,
        input(value) {
          transform.strength = Math.min(1, Math.max(0, value));
          find("#translated").style.setProperty("--strength", transform.strength); // the browser blends
          transform.write();
        },
      }),
      size: made("#render-factor", {
        min: 64, max: 512, step: 32, start: transform.RENDER,
        input(value) {
          transform.size = Math.round(Math.min(512, Math.max(64, value)));
          transform.refresh();
        },
      }),
    };
    transform.frame = transform.framer(find("#frame"));
    repair.start(find, made);
    const part = (name) => made(`#${name}`, {
      min: 0, max: 1, step: 0.05, start: transform.enlarging[name],
      input(value) {
        transform.enlarging[name] = Math.min(1, Math.max(0, value));
        transform.refresh();
      },
    });
    Object.assign(transform.sliders, { sharpness: part("sharpness"), noise: part("noise") });
    find("#enlarging").onchange = ({ target }) => {
      if (target.name === "scale") transform.enlarging.scale = Number(target.value);
      else if (target.name === "keep-colours") transform.enlarging.keep_colours = target.checked;
      else return;
      transform.refresh();
    };
    const compare = find("#translated input");
    compare.oninput = () => find("#translated").style.setProperty("--at", `${compare.value}%`);
    transform.taker(find("#bring"), transform.bring);
    transform.taker(find("#restore-translation"), transform.restore);
    find("#save-translation").onclick = transform.save;
    find("#link-translation").onclick = ganStudio.copyLink;
    find("#stop-translation").onclick = () => transform.running.forEach(({ controller }) => controller.abort());
    return transform.attempt(transform.list);
  },
};
