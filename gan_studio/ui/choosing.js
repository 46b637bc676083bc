// Places for pictures out of history and favourites: press one to choose it, a filled place to empty it.
function chooser(element, props, tell, watch) {
  const places = element.querySelector(".places"), hint = element.querySelector("p");
  const shelf = element.querySelector(".thumbs");
  const pictures = new Map(); // of what is chosen, which history may forget

  function known() {
    const all = [...shelves.kept, ...shelves.seen];
    return all.filter((entry, i) => all.findIndex((other) => other.query === entry.query) === i);
  }

  function choose(chosen) {
    props.value = { ...props.value, chosen };
    draw();
    tell();
  }

  shelf.addEventListener("click", (event) => {
    const query = event.target.closest("button")?.dataset.query;
    if (!query) return;
    const chosen = [...props.value.chosen], free = chosen.indexOf(null);
    chosen[free < 0 ? chosen.length - 1 : free] = query;
    choose(chosen);
  });

  places.addEventListener("click", (event) => {
    const place = event.target.closest("[data-place]");
    if (place) choose(props.value.chosen.map((query, i) => (i === Number(place.dataset.place) ? null : query)));
  });

  function place(name, i) {
    const figure = document.createElement("figure"), caption = document.createElement("figcaption");
    const query = props.value.chosen[i], picture = pictures.get(query);
    caption.textContent = name;
    if (query && picture) {
      const button = shelves.button({ query, picture }, false);
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
    const entries = known(), { chosen } = props.value;
    for (const entry of entries) pictures.set(entry.query, entry.picture);
    places.replaceChildren(...props.names.map(place), ...(props.shows_result ? [outcome()] : []));
    hint.textContent = entries.length > 1 ? "Press pictures of your history and favourites:"
      : "Your history is still empty; press R a few times.";
    shelves.fill(shelf, entries, (entry) => chosen.includes(entry.query));
  }

  shelves.watchers.push(draw);
  watch("value", draw);
  draw();
}
