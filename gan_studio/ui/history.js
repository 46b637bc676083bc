// What the page remembers of pictures, each as {query, picture}: history, undo, redo, favourites.
const pictureHistory = {
  MAX_RECENT: 24, // pictures in the history
  MAX_FAVOURITES: 400, // favourites; a browser keeps some 5 MB for a page
  MAX_STEPS: 100, // steps that can be undone
  THUMBNAIL: 64, // pixels of a small picture, at most
  STORE: "gan-studio-history", // of this tab of the browser; it survives a reload
  FAVOURITES: "gan-studio-kept", // of the browser

  pencil: document.createElement("canvas").getContext("2d", { willReadFrequently: true }),
  recent: [], favourites: [], trail: [], at: -1, // `at` is where in the trail we are
  passed: new Set(), // pictures that are shown on the way to where we are
  watchers: [],

  open(element) {
    Object.assign(pictureHistory, { element }, pictureHistory.readSession());
    element.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      if (button.id === "undo") pictureHistory.step(-1);
      else if (button.id === "redo") pictureHistory.step(1);
      else if (button.id === "favour") pictureHistory.toggleFavourite();
      else if (element.querySelector("#seed-only").checked) explorer.reseed(Number(new URLSearchParams(button.dataset.query).get("s")));
      else explorer.open(button.dataset.query);
    });
    addEventListener("storage", ({ key }) => key === pictureHistory.FAVOURITES && pictureHistory.loadFavourites());
    pictureHistory.loadFavourites();
  },

  readSession() {
    try {
      const { seen, trail, at } = JSON.parse(sessionStorage.getItem(pictureHistory.STORE));
      return Array.isArray(trail) && at in trail ? { recent: pictureHistory.valid(seen), trail, at } : {};
    } catch {
      return {};
    }
  },

  // Of what the browser stored only what has our form.
  valid(entries) {
    const fits = (e) => typeof e?.query === "string" && /^data:image\/(png|webp|jpeg);base64,/.test(e.picture);
    return Array.isArray(entries) ? entries.filter(fits) : [];
  },

  // The favourites as the browser has them now: other tabs change them, too.
  readFavourites() {
    try {
      return pictureHistory.valid(JSON.parse(localStorage.getItem(pictureHistory.FAVOURITES)));
    } catch {
      return [];
    }
  },

  loadFavourites() {
    pictureHistory.favourites = pictureHistory.readFavourites();
    pictureHistory.changed();
  },

  // A picture is recorded once none has followed it for a while and no pointer is pressed: neither
  // a walk nor a drag fills the history.
  rest() {
    if (explorer.query === pictureHistory.trail[pictureHistory.at]) pictureHistory.passed.clear(); // the steps are done
    clearTimeout(pictureHistory.soon);
    pictureHistory.soon = setTimeout(pictureHistory.record, explorer.REST);
  },

  async record() {
    const { query } = explorer, shown = explorer.image;
    if (!shown || !query || !pictureHistory.element || pictureHistory.held || walk.on) return;
    await shown.decode().catch(() => {}); // of a picture that is replaced meanwhile
    if (query !== explorer.query || pictureHistory.held) return;
    pictureHistory.advance();
    const known = pictureHistory.recent.some((entry) => entry.query === query);
    if (!known) {
      const entries = [{ query, picture: pictureHistory.thumbnail(shown) }, ...pictureHistory.recent];
      pictureHistory.recent = entries.slice(0, pictureHistory.MAX_RECENT);
    }
    pictureHistory.save();
    known ? pictureHistory.draw() : pictureHistory.changed();
  },

  // The picture that is shown now is the end of the trail, unless it is where we are on it or on the
  // way to it.
  advance() {
    const { query } = explorer, { trail, at, passed } = pictureHistory;
    if (!query || query === trail[at] || passed.has(query)) return;
    pictureHistory.trail = [...trail.slice(0, at + 1), query].slice(-pictureHistory.MAX_STEPS);
    pictureHistory.at = pictureHistory.trail.length - 1;
  },

  save() {
    const { recent: seen, trail, at } = pictureHistory;
    try {
      sessionStorage.setItem(pictureHistory.STORE, JSON.stringify({ seen, trail, at }));
    } catch {
      // a full store costs the memory of a reload, nothing else
    }
  },

  thumbnail(image) {
    const { canvas } = pictureHistory.pencil;
    canvas.width = canvas.height = Math.min(pictureHistory.THUMBNAIL, image.naturalWidth);
    pictureHistory.pencil.drawImage(image, 0, 0, canvas.width, canvas.height);
    return canvas.toDataURL(explorer.model.smooth ? "image/jpeg" : "image/png", 0.9); // PNGs are shown with sharp pixels
  },

  // Back (-1) or on (1) along the trail.
  step(way) {
    pictureHistory.advance(); // nothing is lost of a picture that did not rest yet
    const query = pictureHistory.trail[pictureHistory.at + way];
    if (query === undefined) return;
    pictureHistory.passed.add(explorer.query).add(pictureHistory.trail[pictureHistory.at]); // shown until the answers are there
    pictureHistory.at += way;
    explorer.open(query);
  },

  toggleFavourite() {
    const { query } = explorer, shown = explorer.image;
    if (!query || !shown) return;
    const stored = pictureHistory.readFavourites(), others = stored.filter((entry) => entry.query !== query);
    const kept = others.length < stored.length ? others : [{ query, picture: pictureHistory.thumbnail(shown) }, ...others];
    try {
      if (kept.length > pictureHistory.MAX_FAVOURITES) throw new Error();
      localStorage.setItem(pictureHistory.FAVOURITES, JSON.stringify(kept));
    } catch {
      explorer.refuse(languages.say("The browser has no room for another favourite. Press ★ on one that you no longer want."));
    }
    pictureHistory.loadFavourites();
  },

  draw() {
    const { element, at, trail } = pictureHistory;
    if (!element) return;
    element.querySelector("#undo").disabled = at <= 0;
    element.querySelector("#redo").disabled = at >= trail.length - 1;
    const kept = pictureHistory.favourites.some((entry) => entry.query === explorer.query);
    const star = element.querySelector("#favour");
    star.ariaPressed = kept;
    star.textContent = languages.say(kept ? "★ Kept" : "☆ Keep");
    pictureHistory.fill(element.querySelector("#seen"), pictureHistory.recent);
    pictureHistory.fill(element.querySelector("#kept"), pictureHistory.favourites);
  },

  // There are other pictures than before.
  changed() {
    pictureHistory.draw();
    for (const watcher of pictureHistory.watchers) watcher();
  },

  // Small pictures to press in a container. A button stays the same one, or a press that has begun
  // on it would come to nothing and the focus would be lost.
  fill(container, entries, mark = (entry) => entry.query === explorer.query) {
    const known = new Map([...container.children].map((button) => [button.dataset.query, button]));
    const buttons = entries.map((entry) => known.get(entry.query) ?? pictureHistory.button(entry));
    buttons.forEach((button, i) => button.classList.toggle("current", mark(entries[i])));
    if (known.size === buttons.length && buttons.every((button, i) => button === container.children[i])) return;
    const focused = document.activeElement;
    container.replaceChildren(...buttons);
    if (container.contains(focused)) focused.focus();
  },

  button({ query, picture }) {
    const button = document.createElement("button"), image = document.createElement("img");
    Object.assign(button, { type: "button", title: pictureHistory.describe(query) });
    button.dataset.query = query;
    Object.assign(image, { src: picture, alt: button.title });
    button.append(image);
    return button;
  },

  describe(query) {
    const fields = new URLSearchParams(query);
    const mixed = fields.has("mix") ? ", mixed" : fields.has("d") ? ", moved" : "";
    return `${fields.get("m")}, seed ${fields.get("s")}${mixed}`;
  },
};

// A menu of the browser's own keeps the end of a press to itself.
addEventListener("pointerdown", ({ button, target }) => (pictureHistory.held = !button && !target.closest?.("select")), true);
for (const end of ["pointerup", "pointercancel"])
  addEventListener(end, () => {
    pictureHistory.held = false;
    pictureHistory.rest();
  }, true);

document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
  if (ganStudio.open() !== "#explore" || writes(event.target)) return;
  event.preventDefault();
  pictureHistory.step(event.shiftKey ? 1 : -1);
});
