// What else a generator can be given than noise, each with an example of a model that ships.
const { make, button } = learn, { say } = languages;
const explore = (query) => `${location.pathname.replace(/\/?$/, "/explore/")}picture?${query}`;
const picture = (src, alt, crisp) => make("img", { src, alt, class: crisp ? "crisp" : "", loading: "lazy" });
const translate = (model, more) => ganStudio.ask("transform/translate", { recipe: { model }, ...more });
const SIDE = 128, HOLE = 0.3; // pixels of a mask, and the side of its hole in parts of it

// A mask that hides the middle, black on white, as the Transform tab paints one.
function mask() {
  const canvas = make("canvas", { width: SIDE, height: SIDE }), pen = canvas.getContext("2d"), from = (SIDE * (1 - HOLE)) / 2;
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, SIDE, SIDE);
  pen.fillStyle = "#000";
  pen.fillRect(from, from, SIDE * HOLE, SIDE * HOLE);
  return canvas.toDataURL("image/png");
}

// The same picture with that hole, in grey.
async function holed(address) {
  const canvas = make("canvas", { width: SIDE, height: SIDE }), pen = canvas.getContext("2d"), source = picture(address, "");
  const from = (SIDE * (1 - HOLE)) / 2;
  source.loading = "eager";
  await source.decode();
  pen.drawImage(source, 0, 0, SIDE, SIDE);
  pen.fillStyle = "#888";
  pen.fillRect(from, from, SIDE * HOLE, SIDE * HOLE);
  return canvas.toDataURL("image/png");
}

// A sound with its spectrogram, by one of the ways from the latter to a wave.
async function spoken(text, vocoder, title) {
  const { sound, spectrogram } = await ganStudio.ask("speech/say", { text, vocoder });
  const audio = make("audio", { src: sound, controls: "", "aria-label": title });
  return make("figure", {}, picture(spectrogram, `${say("Spectrogram")}: ${title}`), make("figcaption", {}, title), audio);
}

// A case: `needs` of what its list names, the models of the Transform tab unless it has `from`, gives the one that it
// takes, or nothing where none is at hand; `said` what is spoken, `work` its pictures; `query` what its button opens. A
// new kind of generator is one more of them.
const CASES = [
  {
    title: say("Labels"), about: say("A conditional GAN is told which digit to draw (Mirza & Osindero, 2014)."),
    work: () => [0, 3, 7, 9].map((label) => picture(explore(`m=cgan-mnist&s=3&label=${label}`), `${say("Label")} ${label}`, true)),
    query: () => "m=cgan-mnist&s=3&label=7",
  },
  {
    title: say("Styles"), about: say("Each layer takes a style, so two pictures can be mixed (Karras et al., 2019)."),
    work: () => [5, 31, 12].map((seed) => picture(explore(`m=stylegan2-celeba&s=${seed}&psi=0.7`), `${say("Face of seed")} ${seed}`)),
    query: () => "m=stylegan2-celeba&s=5&psi=0.7",
  },
  {
    title: say("Pairs: from lines"), about: say("pix2pix learnt from pairs of lines and faces, and draws what lines suggest (Isola et al., 2017)."),
    needs: ({ models }) => models.find(({ task }) => task === "lines"),
    async work({ name: model, examples: [example] }) {
      const { drawing } = await ganStudio.ask("transform/lines", { model, example });
      const made = await ganStudio.ask("transform/translate", { recipe: { model, input: "drawing" }, drawing });
      return [picture(drawing, say("The lines")), picture(made.picture, say("What the model makes of it"))];
    },
  },
  {
    title: say("Pairs: from grey to colour"), about: say("The same loss on other pairs adds colours to a grey picture."),
    needs: ({ models }) => models.find(({ task }) => task === "colour"),
    async work({ name }) {
      const made = await translate(name, { example: "coffee" });
      return [picture(made.source, say("The source")), picture(made.picture, say("What the model makes of it"))];
    },
  },
  {
    title: say("Cycles"), about: say("CycleGAN needs no pairs: there and back again must give the first picture (Zhu et al., 2017)."),
    needs: ({ models }) => models.find(({ cyclic, examples }) => cyclic && examples.length),
    otherwise: say("No such model is here yet; the Train tab trains one from two folders of pictures."),
    async work({ name, examples: [example] }) {
      const made = await translate(name, { example });
      return [picture(made.source, say("The source")), picture(made.picture, say("What the model makes of it")), picture(made.round_trip, say("The translation, translated back"))];
    },
  },
  {
    title: say("Larger"), about: say("Super-resolution draws four times the pixels along each side, and adds what is likely (Ledig et al., 2017)."),
    needs: ({ models }) => models.find(({ task, examples, megabytes }) => task === "enlarge" && examples.length && !megabytes),
    async work({ name, examples: [example] }) {
      const made = await translate(name, { example });
      return [picture(made.source, say("The source")), picture(made.picture, say("What the model makes of it"))];
    },
  },
  {
    title: say("Repaired"), about: say("Inpainting fills a hole so that it fits its surroundings (Pathak et al., 2016)."),
    needs: ({ models }) => models.find(({ task, examples }) => task === "repair" && examples.length),
    async work({ name: model, examples: [example] }) {
      const made = await ganStudio.ask("transform/inpaint", { recipe: { model }, example, mask: mask() });
      return [picture(await holed(made.source), say("The picture with a hole")), picture(made.proposals[0].picture, say("What the model makes of it"))];
    },
  },
  {
    title: say("Words"), about: say("A sentence is the condition: D also rejects true pictures with false sentences (Reed et al., 2016)."),
    from: "words/models",
    needs: ({ models }) => models.find(({ examples }) => examples.length),
    work: ({ name: model, examples }) => Promise.all(examples.slice(0, 3).map(async (text) => {
      const made = await ganStudio.ask("words/draw", { model, text, seed: 1 });
      return make("figure", {}, picture(made.picture, text), make("figcaption", { lang: "en" }, text));
    })),
    query: ({ name, examples }) => String(new URLSearchParams({ words: name, say: examples[0], number: 1 })),
  },
  {
    title: say("Speech"), about: say("HiFi-GAN makes a spectrogram audible (Kong et al., 2020). Beside it: the same network without D, and a rule without a network."),
    from: "speech/models",
    needs: ({ models, vocoders, titles, examples }) => models.length && { text: examples[0], vocoders, titles },
    said: ({ text }) => text,
    work: ({ text, vocoders, titles }) => Promise.all(vocoders.map((name) => spoken(text, name, say(titles[name] ?? name)))),
    query: ({ text }) => String(new URLSearchParams({ speak: text })),
  },
];
const LIST = "transform/models";

export default async function beyondNoise(stage, signal) {
  const place = make("div", { class: "detail", role: "status" });
  let open = 0; // of several presses the last counts
  async function show(pressed, one, model) {
    const turn = ++open, { title, about, otherwise, said, query = ({ name }) => "t=" + name } = one;
    for (const other of row.children) other.setAttribute("aria-pressed", other === pressed);
    place.replaceChildren(make("h3", {}, title), make("p", {}, about));
    if (one.needs && !model) return place.append(make("p", { class: "hint" }, otherwise));
    try {
      const pictures = await one.work(model);
      if (turn !== open || signal.aborted) return;
      const go = button(say("Try it"), () => learn.go(query(model)));
      if (said) place.append(make("p", {}, make("q", { lang: "en" }, said(model))));
      place.append(make("div", { class: "pictures" }, ...pictures), make("p", { class: "try" }, go));
      learn.complain();
    } catch (error) {
      if (turn === open && !signal.aborted) learn.complain(error.message);
    }
  }
  const row = make("div", { class: "line cases" });
  const offer = (one, model) => row.append(button(one.title, ({ currentTarget }) => show(currentTarget, one, model), { "aria-pressed": false }));
  for (const one of CASES.filter(({ needs }) => !needs)) offer(one);
  stage.append(row, place);
  show(row.firstChild, CASES[0]); // what needs no model of the Transform tab does not wait for their list
  const listed = Object.fromEntries(await Promise.all([LIST, "words/models", "speech/models"].map(async (list) => [list, await ganStudio.ask(list, {}, signal)])));
  for (const one of CASES.filter(({ needs }) => needs)) {
    const model = one.needs(listed[one.from ?? LIST]);
    if (model || one.otherwise) offer(one, model);
  }
}
