// Places for pictures out of history and favourites: press one to choose it, a filled place to empty it.
// `changed` is called with the recipes that are chosen.
function chooser(element, names, changed = () => {}) {
  element.innerHTML = '<div class="places"></div><p></p><div class="thumbs"></div>';
  const [places, hint, choices] = element.children;
  const pictures = new Map(); // of what is chosen, which history may forget
  const words = names.map(languages.say);
  let filled = names.map(() => null), sentence = "", outcome = null;

  function known() {
    const all = [...pictureHistory.favourites, ...pictureHistory.recent];
    return all.filter((entry, i) => all.findIndex((other) => other.query === entry.query) === i);
  }

  const chosen = () => filled.filter(Boolean);

  function choose(next) {
    filled = next;
    sentence = "";
    draw();
    changed(chosen());
  }

  choices.addEventListener("click", (event) => {
    const query = event.target.closest("button")?.dataset.query;
    if (!query) return;
    const free = filled.includes(null) ? filled.indexOf(null) : filled.length - 1;
    choose(filled.with(free, query));
  });

  places.addEventListener("click", (event) => {
    const place = event.target.closest("[data-place]");
    if (place) choose(filled.with(Number(place.dataset.place), null));
  });

  function figure(content, name) {
    const figure = document.createElement("figure"), caption = document.createElement("figcaption");
    caption.textContent = name;
    figure.append(content, caption);
    return figure;
  }

  function place(name, i) {
    const query = filled[i], picture = pictures.get(query);
    if (!query || !picture) return figure(document.createElement("i"), name);
    const button = pictureHistory.button({ query, picture });
    button.dataset.place = i;
    button.title = `${name}: ${button.title}; press to remove it`;
    return figure(button, name);
  }

  function result() {
    const image = document.createElement(outcome ? "img" : "i");
    if (outcome) Object.assign(image, { src: outcome, alt: "A − B + C" });
    const shown = figure(image, "=");
    shown.className = "outcome";
    return shown;
  }

  function draw() {
    const entries = known();
    for (const entry of entries) pictures.set(entry.query, entry.picture);
    places.replaceChildren(...words.map(place), ...(outcome === null ? [] : [result()]));
    hint.textContent = sentence || languages.say(entries.length > 1
      ? "Press pictures of your history and favourites:" : "Your history is still empty; press R a few times.");
    pictureHistory.fill(choices, entries, (entry) => filled.includes(entry.query));
  }

  pictureHistory.watchers.push(draw);
  draw();
  return {
    chosen,
    say(text) {
      sentence = text;
      draw();
    },
    result(picture) {
      outcome = picture;
      draw();
    },
  };
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
