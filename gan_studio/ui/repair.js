// Repair on the Transform tab: a mask is painted over a face, and a filling for it is chosen.
const repair = {
  GENERATOR: "stylegan2-celeba", // draws proposals, in seconds
  COUNT: 3, // proposals at a time
  WIDTHS: { pen: 56, eraser: 72 }, // pixels of 512
  // Boxes of left, top, width and height in 64ths of the picture.
  PRESETS: { eyes: [10, 22, 44, 16], mouth: [19, 42, 27, 14], left: [0, 0, 32, 64], middle: [16, 18, 32, 32] },
  SCRIBBLE: [[8, 20], [52, 12], [16, 34], [56, 30], [14, 50], [50, 46]],

  grow: 0, feather: 1, method: "", seed: 0,
  wanted: null, // {seed, mask} of the proposal that a restored picture shows
  choices: [], // {method, seed, picture}: of the network, whose method is empty, and of the generator

  request(method = repair.method, seed = repair.seed) {
    const { grow, feather } = repair, { source, example } = transform.source;
    const recipe = { model: method || transform.model.name, seed, grow, feather };
    return { recipe, mask: repair.board.png(), ...(example ? { example } : { source, ...transform.framing() }) };
  },

  // What the network draws, at once.
  async fill() {
    Object.assign(repair, { method: "", seed: 0 });
    const fields = repair.request(), answer = await transform.work("inpaint", fields);
    repair.choices = answer.proposals.map(({ picture }) => ({ method: "", seed: 0, picture }));
    repair.answer = answer;
    repair.show(0);
    const { wanted } = repair;
    if (wanted?.mask !== fields.mask) return;
    repair.wanted = null;
    transform.proceed(() => repair.draw(wanted.seed, 1));
  },

  // More fillings for the same hole, from the generator.
  propose: () => transform.attempt(async () => {
    if (!transform.source || repair.board.empty()) return transform.refresh();
    const drawn = repair.choices.filter(({ method }) => method);
    await repair.draw(Math.max(-1, ...drawn.map((one) => one.seed)) + 1, repair.COUNT);
  }),

  // The fillings with so many seeds from the first on; none for a hole that is another one by then.
  async draw(first, count) {
    const button = transform.find("#propose"), { choices } = repair;
    button.disabled = true;
    try {
      const answer = await transform.work("propose", { ...repair.request(repair.GENERATOR, first), count });
      if (choices !== repair.choices || !transform.repairs() || repair.board.empty()) return;
      repair.answer = answer;
      choices.push(...answer.proposals.map((one) => ({ method: repair.GENERATOR, ...one })));
      repair.show(choices.length - answer.proposals.length);
    } finally {
      button.disabled = false;
    }
  },

  // One of the fillings, and all to choose from.
  show(index) {
    const { method, seed, picture } = repair.choices[index];
    Object.assign(repair, { method, seed });
    transform.show({ ...repair.answer, picture, round_trip: "" });
    transform.find("#proposals").replaceChildren(...repair.choices.map((one, i) => {
      const button = document.createElement("button"), image = new Image(), name = document.createElement("small");
      name.textContent = one.method ? `${one.method} · ${one.seed}` : transform.model.name;
      Object.assign(image, { src: one.picture, alt: name.textContent });
      Object.assign(button, { type: "button", onclick: () => repair.show(i) });
      button.classList.toggle("current", i === index);
      button.append(image, name);
      return button;
    }));
  },

  // A canvas of the mask, black on white, as the board takes it.
  sheet(draw) {
    const sheet = document.createElement("canvas"), pen = sheet.getContext("2d");
    sheet.width = sheet.height = 512;
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, 512, 512);
    pen.fillStyle = "#000";
    pen.scale(8, 8);
    draw(pen);
    return repair.board.put(sheet.toDataURL());
  },

  preset(name) {
    if (name !== "scribble") return repair.sheet((pen) => pen.fillRect(...repair.PRESETS[name]));
    return repair.sheet((pen) => {
      Object.assign(pen, { lineWidth: 7, lineCap: "round", lineJoin: "round" });
      pen.beginPath();
      for (const point of repair.SCRIBBLE) pen.lineTo(...point);
      pen.stroke();
    });
  },

  // A picture of a mask, white where it hides; black on white is what the board has.
  async bring(file) {
    if (!file) return;
    await transform.attempt(async () => {
      const picture = await createImageBitmap(file).catch(() => {
        throw new Error(languages.say("The mask cannot be read; it must be a PNG, JPEG or WebP."));
      });
      await repair.sheet((pen) => {
        pen.fillRect(0, 0, 64, 64);
        const side = Math.min(picture.width, picture.height);
        const [width, height] = transform.model.square ? [side, side] : [picture.width, picture.height];
        pen.drawImage(picture, (picture.width - width) / 2, (picture.height - height) / 2, width, height, 0, 0, 64, 64);
        repair.negate(pen);
      });
    });
  },

  negate(pen) {
    pen.globalCompositeOperation = "difference";
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, 64, 64);
  },

  invert: () => transform.attempt(async () => {
    const now = new Image();
    now.src = repair.board.png();
    await now.decode();
    await repair.sheet((pen) => {
      pen.drawImage(now, 0, 0, 64, 64);
      repair.negate(pen);
    });
  }),

  // The picture that is painted over: of models of faces a square of it.
  update() {
    const { source, model, find } = transform, image = find("#repairing .under");
    for (const one of ["#proposing", "[data-hole=eyes]", "[data-hole=mouth]"]) find(one).hidden = !model.square;
    repair.fit();
    const square = transform.framed() ? transform.square : null, key = JSON.stringify([source?.example, source?.source, square]);
    if (!source || key === repair.shown) return;
    repair.shown = key;
    URL.revokeObjectURL(image.src);
    if (square) transform.attempt(() => repair.crop(source, square));
    else image.src = source.file ? URL.createObjectURL(source.file) : transform.thumb(source.example);
  },

  // The square of a picture of one’s own that is used.
  async crop(source, [x, y, share]) {
    const picture = (source.bitmap ??= await createImageBitmap(source.file)), { width, height } = picture;
    const side = share * Math.min(width, height), sheet = document.createElement("canvas");
    const [left, top] = [[x, width], [y, height]].map(([at, length]) => Math.min(Math.max(at * length - side / 2, 0), length - side));
    sheet.width = sheet.height = 512;
    sheet.getContext("2d").drawImage(picture, left, top, side, side, 0, 0, 512, 512);
    transform.find("#repairing .under").src = sheet.toDataURL();
  },

  fit() {
    const { naturalWidth: width, naturalHeight: height } = transform.find("#repairing .under");
    transform.find("#repairing .paper").style.setProperty("--ratio", transform.model.square || !height ? 1 : width / height);
  },

  // A saved repair: its mask, and its filling if the generator drew it.
  async restore({ grow, feather, method, seed }, mask) {
    Object.assign(repair, { grow, feather });
    repair.sliders.grow.set(grow);
    repair.sliders.feather.set(feather);
    await repair.board.put(mask);
    repair.wanted = method === repair.GENERATOR ? { seed, mask: repair.board.png() } : null;
  },

  start(find, made) {
    repair.board = drawingBoard(find("#repairing"), (ended) => ended && transform.refresh(), repair.WIDTHS);
    const pixels = (name) => made(`#${name}-hole`, {
      min: 0, max: 6, step: 1, start: repair[name],
      input(value) {
        repair[name] = Math.round(Math.min(6, Math.max(0, value)));
        transform.refresh();
      },
    });
    repair.sliders = { grow: pixels("grow"), feather: pixels("feather") };
    for (const button of find("#repairing").querySelectorAll("[data-hole]")) button.onclick = () => repair.preset(button.dataset.hole);
    find("#invert-mask").onclick = repair.invert;
    find("#propose").onclick = () => repair.propose();
    find("#repairing .under").onload = repair.fit;
    transform.taker(find("#bring-mask"), repair.bring);
  },
};
