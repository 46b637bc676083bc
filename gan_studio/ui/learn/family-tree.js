// The papers as a tree: press one for its idea, its losses, its samples and what it mends.
const { make } = learn, { say } = languages;
const SIGMOID = ["−log D(x) − log(1 − D(G(z)))", "−log D(G(z))"];
// family -> its year, its parent, its losses for D and G, and what it mends.
const TREE = {
  gan: { year: 2014, losses: SIGMOID, mends: say("Models before it needed a formula for the likelihood of a picture.") },
  cgan: { year: 2014, from: "gan", losses: ["−log D(x, y) − log(1 − D(G(z, y), y))", "−log D(G(z, y), y)"], mends: say("One could not ask a GAN for a certain class.") },
  dcgan: { year: 2016, from: "gan", losses: SIGMOID, mends: say("Fully connected networks draw blurred pictures and train badly on larger ones.") },
  unrolled: { year: 2017, from: "gan", losses: [SIGMOID[0], say("−log D̂(G(z)), with D̂ as it will be some updates later")], mends: say("Mode collapse: G exploits D’s present weakness.") },
  ebgan: { year: 2017, from: "dcgan", losses: ["E(x) + max(0, m − E(G(z)))", "E(G(z))"], mends: say("A single probability is a meagre teacher; an auto-encoder’s error says more.") },
  wgan: { year: 2017, from: "dcgan", losses: ["f(G(z)) − f(x), |w| ≤ c", "−f(G(z))"], mends: say("Vanishing gradients, and losses that say nothing about quality.") },
  "wgan-gp": { year: 2017, from: "wgan", losses: ["f(G(z)) − f(x) + λ(‖∇f‖ − 1)²", "−f(G(z))"], mends: say("Clipped weights make a weak critic.") },
  began: { year: 2017, from: "ebgan", losses: ["E(x) − k E(G(z))", "E(G(z))"], mends: say("The balance of the players had to be set by hand.") },
  pix2pix: { year: 2017, from: "cgan", losses: [SIGMOID[0], "−log D(x, G(x)) + λ‖y − G(x)‖₁"], mends: say("Translating pictures needed a new loss for each task.") },
  cyclegan: { year: 2017, from: "pix2pix", losses: ["(D(y) − 1)² + D(G(x))²", "(D(G(x)) − 1)² + λ‖F(G(x)) − x‖₁"], mends: say("Pairs of pictures are rare.") },
  cut: { year: 2020, from: "cyclegan", losses: ["(D(y) − 1)² + D(G(x))²", "(D(G(x)) − 1)² + NCE"], mends: say("A second network and the way back cost twice; contrasting patches needs neither.") },
  srgan: { year: 2017, from: "dcgan", losses: [SIGMOID[0], say("λ · distance in features − log D(G(x))")], mends: say("The mean of all plausible large pictures is blurred.") },
  inpainting: { year: 2019, from: "pix2pix", losses: [say("−log D(y) − log(1 − D(G(x))), patch by patch"), say("‖y − G(x)‖₁ + λ · distance in features − log D(G(x))")], mends: say("Holes of any shape confuse plain convolutions; gates learn what is hole.") },
  progan: { year: 2018, from: "wgan-gp", losses: ["f(G(z)) − f(x) + λ(‖∇f‖ − 1)²", "−f(G(z))"], mends: say("Large pictures were too hard from the start, so the networks grow.") },
  "msg-gan": { year: 2020, from: "progan", losses: [`${SIGMOID[0]} + R₁`, SIGMOID[1]], mends: say("Growing needs a schedule; gradients at all sizes need none.") },
  stylegan2: { year: 2020, from: "progan", losses: [`${SIGMOID[0]} + R₁`, SIGMOID[1]], mends: say("One vector ruled all of a picture; styles rule each layer.") },
  "gan-cls": { year: 2016, from: "cgan", losses: ["−log D(x, h) − ½ log(1 − D(x, ĥ)) − ½ log(1 − D(G(z, h), h))", "−log D(G(z, h), h)"], mends: say("A label is one of a few; a sentence asks for many things at once.") },
  r3gan: { year: 2024, from: "dcgan", losses: ["log(1 + exp(D(G(z)) − D(x))) + R₁ + R₂", "log(1 + exp(D(x) − D(G(z))))"], mends: say("Tricks had piled up; a well-founded loss needs few.") },
};
const WIDTH = 98, HEIGHT = 44, GAP = 52, BETWEEN = 24;

export default async function familyTree(stage, signal) {
  const { families } = await learn.ask("tree", {}, signal), known = Object.fromEntries(families.map((one) => [one.name, one]));
  const names = families.map(({ name }) => name).filter((name) => name in TREE);
  const depth = (name) => (TREE[name].from ? 1 + depth(TREE[name].from) : 0);
  const rows = {};
  const layout = (name, row) => {
    rows[name] = row;
    const children = names.filter((one) => TREE[one].from === name);
    return children.length ? children.reduce((at, child) => layout(child, at), row) : row + 1;
  };
  const count = layout("gan", 0), deep = Math.max(...names.map(depth)) + 1;
  const x = (name) => depth(name) * (WIDTH + BETWEEN), y = (name) => rows[name] * GAP;
  const width = deep * (WIDTH + BETWEEN) - BETWEEN, height = count * GAP - GAP + HEIGHT;
  const lines = names.filter((name) => TREE[name].from).map((name) => {
    const { from } = TREE[name], x0 = x(from) + WIDTH, y0 = y(from) + HEIGHT / 2, x1 = x(name), y1 = y(name) + HEIGHT / 2, m = (x0 + x1) / 2;
    return make("path", { d: `M ${x0} ${y0} C ${m} ${y0}, ${m} ${y1}, ${x1} ${y1}`, class: "branch" });
  });
  const papers = names.map((name) => {
    const group = make("g", { class: "paper", tabindex: 0, role: "button", transform: `translate(${x(name)} ${y(name)})`, "aria-label": `${name}, ${TREE[name].year}`, "data-name": name },
      make("rect", { width: WIDTH, height: HEIGHT, rx: 6 }), make("text", { x: 10, y: 19 }, name), make("text", { x: 10, y: 36, class: "year" }, String(TREE[name].year)));
    group.onclick = () => show(name);
    group.onkeydown = (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      show(name);
    };
    return group;
  });
  const svg = make("svg", { viewBox: `-2 -2 ${width + 4} ${height + 4}`, width: width + 4, height: height + 4, class: "tree", role: "group", "aria-label": say("The family tree of GANs") }, ...lines, ...papers);
  const detail = make("div", { class: "detail", role: "status" });

  function show(name) {
    for (const paper of papers) paper.setAttribute("aria-pressed", paper.dataset.name === name);
    const { paper, summary, models } = known[name], { losses: [d, g], mends } = TREE[name], idea = say(summary);
    const [, title, link] = paper.match(/^(.*?),? ?(https?:\S+?)\.?$/) ?? [null, paper, ""];
    const sample = models[0] && make("img", { src: `${location.pathname.replace(/\/?$/, "/explore/")}thumbnail?model=${encodeURIComponent(models[0])}`, alt: `${say("Sample of")} ${models[0]}`, class: "crisp" });
    detail.replaceChildren(
      ...(sample ? [make("figure", {}, sample, make("figcaption", {}, models[0]))] : []),
      make("div", {}, make("h3", {}, name), make("p", {}, link ? make("a", { href: link, target: "_blank", rel: "noopener" }, title) : title),
        make("p", {}, make("b", {}, `${say("What it mends")}: `), mends),
        make("p", {}, make("b", {}, `${say("Idea")}: `), make("span", { lang: idea === summary && "en" }, idea)),
        make("p", { class: "numbers" }, `L(D) = ${d}`), make("p", { class: "numbers" }, `L(G) = ${g}`)));
  }

  stage.append(make("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": say("The family tree of GANs") }, svg), detail);
  await languages.loaded; // the ideas are among the sentences
  if (!signal.aborted) show("gan");
}
