// The sliders: a model's named ones first, then the numbered ones, each with a film strip of where it leads.
function sliders(element, { names, sigmas }) {
  const BATCH = 5; // film strips that are asked for together
  const find = (selector) => element.querySelector(selector);
  const [named, numbered, orthogonal, other] = [".named", ".numbered", "#orthogonal", "#second-seed"].map(find);
  languages.translate(element);
  const layer = slider({
    label: find("#layer").dataset.label, info: find("#layer").dataset.info, min: 1, max: 2, step: 1, start: 1,
    input: () => edit(),
  });
  find("#layer").append(layer.element);
  const moves = Object.entries({ rotation: [180, 1], shift_x: [1, 0.01], shift_y: [1, 0.01] }).map(([name, [most, step]]) => {
    const place = find(`[data-move=${name}]`), { label, info } = place.dataset;
    const one = slider({
      label, info, min: -most, max: most, step,
      input: (value) => explorer.change(() => (explorer.recipe.edits = { ...explorer.recipe.edits, [name]: value })),
    });
    place.append(one.element);
    return () => one.set(explorer.recipe.edits[name] ?? 0);
  });
  const chosen = (name) => find(`[name=${name}]:checked`).value;
  let shown = "", rows = [];

  // Moves some sliders, in the layers that are chosen.
  function edit({ attributes = {}, directions = {} } = {}) {
    const part = chosen("part"), from = find("#layer [type=range]").valueAsNumber;
    const others = { orthogonal: orthogonal.checked, basis: chosen("basis"), styles: from > 1 ? { [from]: other.value || 0 } : {} };
    const moved = (before, now) => Object.fromEntries(Object.entries({ ...before, ...now }).filter(([, sigma]) => sigma));
    explorer.change(() => {
      const { recipe } = explorer, { edits } = recipe;
      recipe.directions = moved(recipe.directions, directions);
      recipe.edits = { ...edits, ...others, attributes: moved(edits.attributes, attributes) };
      const moving = [...Object.keys(recipe.directions), ...Object.keys(recipe.edits.attributes)];
      recipe.edits.ranges = part === "all" ? {} : Object.fromEntries(moving.map((key) => [key, part]));
    });
  }

  // A slider with its film strip; its key is a name or a number, `kind` what the recipe calls such ones.
  function row(key, kind, label, hint) {
    const line = document.createElement("div"), strip = document.createElement("div");
    line.className = "direction";
    strip.className = "strip";
    const move = (sigma) => edit({ [kind]: { [key]: sigma } });
    const one = slider({ label, hint, input: move });
    const press = (_, at) => {
      one.set(sigmas[at]);
      move(sigmas[at]);
    };
    const titles = sigmas.map((sigma) => `${label}: ${sigma > 0 ? "+" : ""}${sigma} σ`);
    const show = sheet(strip, { columns: sigmas.length, rows: 1, titles, press, tab: false });
    line.append(one.element, strip);
    const where = () => (kind === "directions" ? explorer.recipe.directions : explorer.recipe.edits.attributes ?? {})[key] ?? 0;
    const mark = () => show.mark(sigmas.indexOf(where()));
    const clear = () => (strip.firstChild.hidden = true);
    return { key, line, show, mark, clear, drawn: "", set: () => one.set(where()) };
  }

  const directions = names.map((name, i) => row(i + 1, "directions", languages.say(name)));
  numbered.append(...directions.map(({ line }) => line));

  // Only the film strips in sight are drawn.
  const sight = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) rows.find(({ line }) => line === target).seen = isIntersecting;
    panel.drawn = "";
    explorer.settle();
  }, { rootMargin: "80px" });
  const panel = explorer.panel(element, async (signal) => {
    const { query: recipe } = explorer;
    for (const one of rows) if (one.drawn) one.mark();
    for (let stale; (stale = rows.filter((one) => one.seen && one.drawn !== recipe).slice(0, BATCH)).length; ) {
      const { strips } = await explorer.ask("slider_previews", { recipe, sliders: stale.map(({ key }) => key) }, signal);
      stale.forEach((one, i) => {
        one.show({ src: strips[i] });
        one.drawn = recipe;
        one.mark();
      });
    }
  });

  function build() {
    const { name, layers, movable, sliders: known } = explorer.model;
    shown = name;
    sight.disconnect();
    for (const one of directions) one.clear();
    rows = [...known.map((one) => row(one.name, "attributes", one.name, one.info)), ...directions];
    named.replaceChildren(...rows.slice(0, known.length).map(({ line }) => line));
    find("ul").replaceChildren(...known.map((one) => Object.assign(document.createElement("li"), { textContent: `${one.name}: ${one.info}` })));
    for (const { line } of rows) sight.observe(line);
    const there = { model: true, named: known.length, layers, movable };
    for (const part of element.querySelectorAll("[data-when]")) part.hidden = !there[part.dataset.when];
    layer.limit(Math.max(2, layers));
  }

  element.addEventListener("change", (event) => event.target.matches("[type=radio], [type=checkbox]") && edit());
  other.oninput = () => other.value && edit();
  explorer.view(() => {
    if (shown !== explorer.model.name) build();
    const { edits } = explorer.recipe, [part = "all"] = Object.values(edits.ranges ?? {});
    const [[first, seed] = [1, 0]] = Object.entries(edits.styles ?? {});
    for (const one of rows) one.set();
    for (const set of moves) set();
    orthogonal.checked = edits.orthogonal ?? false;
    find(`[name=part][value=${part}]`).checked = true;
    find(`[name=basis][value=${edits.basis ?? "pca"}]`).checked = true;
    if (other !== document.activeElement) other.value = seed;
    layer.set(Number(first));
  });
}
