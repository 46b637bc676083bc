// The two players of a shipped model as boxes that can be pressed: input, output, layers, parameters.
const { make, button } = learn, { say, number, between } = languages;
const TEXTS = {
  noise: [say("Noise z"), say("Random numbers from a normal distribution. Another z gives another picture.")],
  generator: [say("Generator G"), say("Maps noise to a picture. It never sees a real picture; it learns from D’s answers alone.")],
  fake: [say("Generated picture G(z)"), say("What G makes of z: pixels from −1 to 1.")],
  real: [say("Real pictures x"), say("Pictures of the data set. G never sees them.")],
  discriminator: [say("Discriminator D"), say("Maps a picture to a score. It is shown real and generated pictures and learns to tell them apart.")],
  score: [say("D’s answer"), say("From 0, surely generated, to 1, surely real.")],
};
// Layers in the field's words; one of another kind is called as its class is.
const LAYERS = {
  Linear: say("fully connected"), EqualLinear: say("fully connected"),
  Conv2d: say("convolution"), FullConv2d: say("convolution"), EqualConv2d: say("convolution"),
  ConvTranspose2d: say("transposed convolution"), FromPixelConvTranspose2d: say("transposed convolution"),
  BatchNorm2d: say("batch normalisation"), Flatten: say("flattening"), Unflatten: say("reshaping"),
};

export default async function players(stage, signal) {
  let seed = 1, answer = null, busy = false, open = "generator";
  const real = await learn.recorded("real.json").catch(() => null);
  const box = (name, ...inside) => button("", () => {
    open = name;
    if (answer) show();
  }, { class: `box box-${name}`, "data-box": name, "aria-pressed": false });
  const boxes = Object.fromEntries(Object.keys(TEXTS).map((name) => [name, box(name)]));
  const arrow = (text) => make("span", { class: "to", "aria-hidden": "true" }, text);
  const detail = make("div", { class: "detail", role: "status" });
  const picture = () => make("img", { src: answer.picture, alt: say("The picture that G makes of z"), class: "crisp" });

  const shape = (numbers) => numbers.join(" × ");
  const count = (n) => n.toLocaleString(languages.own);

  function show() {
    for (const [name, element] of Object.entries(boxes)) {
      element.setAttribute("aria-pressed", name === open);
      element.replaceChildren(make("b", {}, TEXTS[name][0]), ...inner(name));
    }
    detail.replaceChildren(make("h3", {}, TEXTS[open][0]), make("p", {}, TEXTS[open][1]), ...more(open));
  }

  function inner(name) {
    if (name === "noise") return [make("small", {}, say(`${answer.latent_dim} numbers`))];
    if (name === "fake") return [picture(), make("small", {}, shape(answer.shape))];
    if (name === "real") return real ? [make("i", { class: "real-picture", style: `background-image: url(${learn.address("recorded/real.jpg")})` })] : [];
    if (name === "score") return [make("output", {}, number(answer.value, 2))];
    return [make("small", {}, say(`${answer[name].parameters.toLocaleString("en")} parameters`))];
  }

  function more(name) {
    if (name === "noise") return [make("p", { class: "numbers" }, `z = (${[...answer.z.slice(0, 8).map((v) => number(v, 2)), "…"].join(between())})`)];
    if (name === "real" && real) return [make("p", { class: "numbers" }, `D(x) = ${real.values.map((v) => number(v, 2)).join(between())} (${real.model})`)];
    if (name === "score") return [make("p", { class: "numbers" }, `D(G(z)) = ${number(answer.value, 4)}`)];
    if (!answer[name]?.layers) return [];
    const input = name === "generator" ? String(answer.latent_dim) : shape(answer.shape);
    const rows = answer[name].layers.map(({ kind, shape: out, parameters }) => make("tr", {}, make("th", { scope: "row" }, LAYERS[kind] ?? kind),
      make("td", {}, shape(out) || "1"), make("td", {}, parameters ? count(parameters) : "–")));
    const head = make("tr", {}, ...[say("layer"), say("output"), say("parameters")].map((text) => make("th", { scope: "col" }, text)));
    return [make("p", { class: "numbers" }, `${say("input")} ${input}`), make("table", { class: "numbers" }, make("thead", {}, head), make("tbody", {}, ...rows))];
  }

  async function draw() {
    if (busy) return;
    busy = true;
    try {
      answer = await learn.ask("players", { seed }, signal);
      learn.complain();
      show();
    } catch (error) {
      if (!signal.aborted) learn.complain(error.message);
    }
    busy = false;
  }

  stage.append(
    make("div", { class: "diagram" },
      make("div", { class: "lane" }, boxes.noise, arrow("→"), boxes.generator, arrow("→"), boxes.fake),
      make("div", { class: "lane" }, boxes.real),
      make("div", { class: "lane judge" }, arrow("→"), boxes.discriminator, arrow("→"), boxes.score)),
    make("div", { class: "line" }, button(say("Other noise"), () => {
      seed = Math.floor(Math.random() * 100000);
      draw();
    })),
    detail,
  );
  await draw();
}
