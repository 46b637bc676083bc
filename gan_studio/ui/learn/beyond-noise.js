// What else a generator can be given than noise, each with an example of a model that ships.
const { make, button } = learn, { say } = languages;
const explore = (query) => `${location.pathname.replace(/\/?$/, "/explore/")}picture?${query}`;
const picture = (src, alt, crisp) => make("img", { src, alt, class: crisp ? "crisp" : "", loading: "lazy" });

export default async function beyondNoise(stage) {
  const { models } = await ganStudio.ask("transform/models", {}), here = new Set(models.map(({ name }) => name));
  const translate = (model, source) => ganStudio.ask("transform/translate", { recipe: { model }, ...source });
  const CASES = {
    labels: [say("Labels"), say("A conditional GAN is told which digit to draw (Mirza & Osindero, 2014)."), async () =>
      [0, 3, 7, 9].map((label) => picture(explore(`m=cgan-mnist&s=3&label=${label}`), `${say("Label")} ${label}`, true))],
    styles: [say("Styles"), say("Each layer takes a style, so two pictures can be mixed (Karras et al., 2019)."), async () =>
      [5, 31, 12].map((seed) => picture(explore(`m=stylegan2-celeba&s=${seed}&psi=0.7`), `${say("Face of seed")} ${seed}`))],
    drawing: ["pix2pix-lines-faces", say("Pairs: from lines"), say("pix2pix learnt from pairs of lines and faces, and draws what lines suggest (Isola et al., 2017)."), async () => {
      const model = "pix2pix-lines-faces", { drawing } = await ganStudio.ask("transform/lines", { model, example: "face 31" });
      const made = await ganStudio.ask("transform/translate", { recipe: { model, input: "drawing" }, drawing });
      return [picture(drawing, say("The lines")), picture(made.picture, say("What the model makes of it"))];
    }],
    colour: ["pix2pix-colour", say("Pairs: from grey to colour"), say("The same loss on other pairs adds colours to a grey picture."), async () => {
      const made = await translate("pix2pix-colour", { example: "coffee" });
      return [picture(made.source, say("The source")), picture(made.picture, say("What the model makes of it"))];
    }],
    cycles: [say("Cycles"), say("CycleGAN needs no pairs: there and back again must give the first picture (Zhu et al., 2017)."), cycle],
  };

  // A model of both directions, where one is at hand.
  async function cycle() {
    const model = models.find(({ cyclic, examples }) => cyclic && examples.length);
    if (!model) return [make("p", { class: "hint" }, say("No such model is here yet; the Train tab trains one from two folders of pictures."))];
    const made = await translate(model.name, { example: model.examples[0] });
    return [picture(made.source, say("The source")), picture(made.picture, say("What the model makes of it")), picture(made.round_trip, say("The translation, translated back"))];
  }

  const place = make("div", { class: "detail", role: "status" });
  async function open(pressed, [title, about, work]) {
    for (const one of row.children) one.setAttribute("aria-pressed", one === pressed);
    place.replaceChildren(make("h3", {}, title), make("p", {}, about));
    try {
      const pictures = await work();
      place.append(make("div", { class: "pictures" }, ...pictures));
      learn.complain();
    } catch (error) {
      learn.complain(error.message);
    }
  }
  const known = Object.values(CASES).filter((one) => one.length < 4 || here.has(one[0])).map((one) => one.slice(-3));
  const row = make("div", { class: "line cases" }, ...known.map((one) => button(one[0], ({ currentTarget }) => open(currentTarget, one), { "aria-pressed": false })));
  stage.append(row, place);
  open(row.firstChild, known[0]);
}
