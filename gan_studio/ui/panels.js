// Attribute sliders, variations, interpolation and sums.

// Attribute sliders, the layers that follow them, and style mixing with a second seed.
function attributes(element) {
  const find = (selector) => element.querySelector(selector);
  const list = find(".named"), orthogonal = find("#orthogonal"), styles = find("#styles"), other = find("#second-seed");
  languages.translate(element);
  const layer = slider({
    label: find("#layer").dataset.label, info: find("#layer").dataset.info, min: 1, max: 2, step: 1, start: 1,
    input: () => change(),
  });
  find("#layer").append(layer.element);
  const chosen = (name) => find(`[name=${name}]:checked`).value;
  let shown = "", values = {}, sliders = [], from = 1;

  function change() {
    const { edits, directions } = explorer.recipe, part = chosen("part");
    from = find("#layer [type=range]").valueAsNumber;
    const moving = [...Object.keys(directions), ...Object.keys(values).filter((name) => values[name])];
    explorer.recipe.edits = {
      ...edits, attributes: values, orthogonal: orthogonal.checked, basis: chosen("basis"),
      ranges: part === "all" ? {} : Object.fromEntries(moving.map((name) => [name, part])),
      styles: from > 1 ? { [from]: other.value || 0 } : {},
    };
    explorer.move();
  }

  function build() {
    shown = explorer.model.name;
    sliders = explorer.model.sliders.map(({ name, info }) => {
      const one = slider({ label: name, info, input: (sigma) => {
        values = { ...values, [name]: sigma };
        change();
      } });
      return { name, ...one };
    });
    list.replaceChildren(...sliders.map((one) => one.element));
    for (const hint of element.querySelectorAll("[data-when]"))
      hint.hidden = (hint.dataset.when === "some") !== sliders.length > 0;
    styles.hidden = !explorer.model.layers;
    layer.limit(Math.max(2, explorer.model.layers));
  }

  element.addEventListener("change", (event) => event.target.matches("[type=radio], [type=checkbox]") && change());
  other.oninput = () => other.value && change();
  explorer.view(() => {
    if (shown !== explorer.model.name) build();
    const { edits } = explorer.recipe, [part = "all"] = Object.values(edits.ranges ?? {});
    const [[first, seed] = [1, 0]] = Object.entries(edits.styles ?? {});
    values = { ...edits.attributes };
    for (const one of sliders) one.set(values[one.name] ?? 0);
    orthogonal.checked = edits.orthogonal ?? false;
    find(`[name=part][value=${part}]`).checked = true;
    find(`[name=basis][value=${edits.basis ?? "pca"}]`).checked = true;
    if (other !== document.activeElement) other.value = seed;
    layer.set(Number(first));
  });
}

// Variations of the picture, as far from it as one likes.
function variations(element) {
  const grid = element.querySelector("#variations"), place = element.querySelector("#strength");
  let strength = 0.3, turn = 0;
  const show = sheet(grid, { columns: 8, rows: 1, name: languages.say("Variation"), press: explorer.open });
  const draw = async (signal) => show(await explorer.ask("vary", { recipe: explorer.query, strength, turn }, signal));
  const again = latest(() => draw().catch((error) => explorer.refuse(error.message)));
  const how = slider({
    label: place.dataset.label, info: place.dataset.info, min: 0, max: 1, step: 0.05, start: strength,
    input: (value) => {
      strength = value;
      again();
    },
  });
  place.append(how.element);
  element.querySelector("#others").onclick = () => {
    turn += 1;
    again();
  };
  explorer.panel(grid, draw);
}

// A loop through pictures of history and favourites.
function interpolation(element) {
  const find = (selector) => element.querySelector(selector), make = find("#make-loop"), save = find("#save-loop");
  languages.translate(element);
  const places = chooser(find("#keyframes"), JSON.parse(find("#keyframes").dataset.names));
  const over = () => (make.disabled = false);
  make.onclick = () => {
    const seconds = find("#seconds").value, kind = find("[name=kind]:checked").value;
    make.disabled = true;
    explorer.request("interpolate", () => ({ pictures: places.chosen(), seconds, kind }), (told) => {
      over();
      explorer.show(told);
      Object.assign(save, { href: told.file, download: told.name, hidden: false });
    }, (sentence) => {
      over();
      places.say(sentence);
    });
  };
}

// A − B + C of three pictures.
function sums(element) {
  const box = element.querySelector("#terms");
  languages.translate(element);
  const places = chooser(box, JSON.parse(box.dataset.names), (terms) => {
    places.result("");
    if (terms.length < 3) return;
    explorer.request("arithmetic", () => ({ terms }), (told) => {
      explorer.show(told);
      places.result(told.picture);
    }, places.say);
  });
  places.result("");
}
