// Places for pictures out of history and favourites: press one to choose it, a filled place to empty it.
function chooser(element, props, tell, watch) {
  const places = element.querySelector(".places"), hint = element.querySelector("p");
  const shelf = element.querySelector(".thumbs");
  const pictures = new Map(); // of what is chosen, which history may forget
  const names = props.names.map(languages.say), { shows_result } = props;
  let { chosen } = props.value; // the server's answer to one choice may come after the next

  function known() {
    const all = [...shelves.kept, ...shelves.seen];
    return all.filter((entry, i) => all.findIndex((other) => other.query === entry.query) === i);
  }

  function choose(places) {
    chosen = places;
    props.value = { ...props.value, chosen };
    draw();
    tell({ chosen });
  }

  shelf.addEventListener("click", (event) => {
    const query = event.target.closest("button")?.dataset.query;
    if (!query) return;
    const free = chosen.includes(null) ? chosen.indexOf(null) : chosen.length - 1;
    choose(chosen.with(free, query));
  });

  places.addEventListener("click", (event) => {
    const place = event.target.closest("[data-place]");
    if (place) choose(chosen.with(Number(place.dataset.place), null));
  });

  function place(name, i) {
    const figure = document.createElement("figure"), caption = document.createElement("figcaption");
    const query = chosen[i], picture = pictures.get(query);
    caption.textContent = name;
    if (query && picture) {
      const button = shelves.button({ query, picture });
      button.dataset.place = i;
      button.title = `${name}: ${button.title}; press to take it away`;
      figure.append(button);
    } else figure.append(document.createElement("i"));
    figure.append(caption);
    return figure;
  }

  function outcome() {
    const figure = document.createElement("figure"), caption = document.createElement("figcaption");
    const image = document.createElement(props.value.result ? "img" : "i");
    if (props.value.result) Object.assign(image, { src: props.value.result, alt: "A − B + C" });
    caption.textContent = "=";
    figure.className = "outcome";
    figure.append(image, caption);
    return figure;
  }

  function draw() {
    const entries = known();
    for (const entry of entries) pictures.set(entry.query, entry.picture);
    places.replaceChildren(...names.map(place), ...(shows_result ? [outcome()] : []));
    hint.textContent = props.value.mistake || languages.say(entries.length > 1
      ? "Press pictures of your history and favourites:" : "Your history is still empty; press R a few times.");
    shelves.fill(shelf, entries, (entry) => chosen.includes(entry.query));
  }

  shelves.watchers.push(draw);
  watch("value", () => {
    props.value = { ...props.value, chosen };
    draw();
  });
  draw();
}
