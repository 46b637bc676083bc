// What the page remembers of pictures, each as {query, picture}: history, undo, redo, favourites.
const shelves = {
  SEEN: 24, // pictures in the history
  KEPT: 400, // favourites; a browser keeps some 5 MB for a page
  TRAIL: 100, // steps that can be undone
  SIDE: 64, // pixels of a small picture, at most
  STORE: "gan-studio-history", // of this tab of the browser; it survives a reload
  FAVOURITES: "gan-studio-kept", // of the browser

  pencil: document.createElement("canvas").getContext("2d", { willReadFrequently: true }),
  seen: [], kept: [], trail: [], at: -1, // `at` is where in the trail we are
  left: new Set(), // pictures that are shown on the way to where we are
  watchers: [],

  open(element) {
    Object.assign(shelves, { element }, shelves.recalled());
    element.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      if (button.id === "undo") shelves.step(-1);
      else if (button.id === "redo") shelves.step(1);
      else if (button.id === "favour") shelves.favour();
      else if (element.querySelector("#seed-only").checked) explorer.reseed(Number(new URLSearchParams(button.dataset.query).get("s")));
      else explorer.open(button.dataset.query);
    });
    addEventListener("storage", ({ key }) => key === shelves.FAVOURITES && shelves.remember());
    shelves.remember();
  },

  recalled() {
    try {
      const { seen, trail, at } = JSON.parse(sessionStorage.getItem(shelves.STORE));
      return Array.isArray(trail) && at in trail ? { seen: shelves.sound(seen), trail, at } : {};
    } catch {
      return {};
    }
  },

  // Of what the browser stored only what has our form.
  sound(entries) {
    const fits = (e) => typeof e?.query === "string" && /^data:image\/(png|webp|jpeg);base64,/.test(e.picture);
    return Array.isArray(entries) ? entries.filter(fits) : [];
  },

  // The favourites as the browser has them now: other tabs change them, too.
  stored() {
    try {
      return shelves.sound(JSON.parse(localStorage.getItem(shelves.FAVOURITES)));
    } catch {
      return [];
    }
  },

  remember() {
    shelves.kept = shelves.stored();
    shelves.changed();
  },

  // A picture is recorded once none has followed it for a while and no pointer is pressed: neither
  // a walk nor a drag fills the history.
  rest() {
    if (explorer.query === shelves.trail[shelves.at]) shelves.left.clear(); // the steps are done
    clearTimeout(shelves.soon);
    shelves.soon = setTimeout(shelves.record, explorer.REST);
  },

  async record() {
    const { query } = explorer, shown = explorer.image;
    if (!shown || !query || !shelves.element || shelves.held || explorer.walking) return;
    await shown.decode().catch(() => {}); // of a picture that is replaced meanwhile
    if (query !== explorer.query || shelves.held) return;
    shelves.advance();
    const known = shelves.seen.some((entry) => entry.query === query);
    if (!known) shelves.seen = [{ query, picture: shelves.small(shown) }, ...shelves.seen].slice(0, shelves.SEEN);
    shelves.save();
    known ? shelves.draw() : shelves.changed();
  },

  // The picture that is shown now is the end of the trail, unless it is where we are on it or on the
  // way to it.
  advance() {
    if (!explorer.query || explorer.query === shelves.trail[shelves.at] || shelves.left.has(explorer.query)) return;
    shelves.trail = [...shelves.trail.slice(0, shelves.at + 1), explorer.query].slice(-shelves.TRAIL);
    shelves.at = shelves.trail.length - 1;
  },

  save() {
    const { seen, trail, at } = shelves;
    try {
      sessionStorage.setItem(shelves.STORE, JSON.stringify({ seen, trail, at }));
    } catch {
      // a full store costs the memory of a reload, nothing else
    }
  },

  small(image) {
    const { canvas } = shelves.pencil;
    canvas.width = canvas.height = Math.min(shelves.SIDE, image.naturalWidth);
    shelves.pencil.drawImage(image, 0, 0, canvas.width, canvas.height);
    return canvas.toDataURL(canvas.width > 32 ? "image/jpeg" : "image/png", 0.9);
  },

  // Back (-1) or on (1) along the trail.
  step(way) {
    shelves.advance(); // nothing is lost of a picture that did not rest yet
    const query = shelves.trail[shelves.at + way];
    if (query === undefined) return;
    shelves.left.add(explorer.query).add(shelves.trail[shelves.at]); // shown until the answers are there
    shelves.at += way;
    explorer.open(query);
  },

  favour() {
    const { query } = explorer, shown = explorer.image;
    if (!query || !shown) return;
    const stored = shelves.stored(), others = stored.filter((entry) => entry.query !== query);
    const kept = others.length < stored.length ? others : [{ query, picture: shelves.small(shown) }, ...others];
    try {
      if (kept.length > shelves.KEPT) throw new Error();
      localStorage.setItem(shelves.FAVOURITES, JSON.stringify(kept));
    } catch {
      explorer.refuse(languages.say("The browser has no room for another favourite. Press ★ on one that you no longer want."));
    }
    shelves.remember();
  },

  draw() {
    const { element, at, trail } = shelves;
    if (!element) return;
    element.querySelector("#undo").disabled = at <= 0;
    element.querySelector("#redo").disabled = at >= trail.length - 1;
    const kept = shelves.kept.some((entry) => entry.query === explorer.query);
    const star = element.querySelector("#favour");
    star.ariaPressed = kept;
    star.textContent = languages.say(kept ? "★ Kept" : "☆ Keep");
    for (const name of ["seen", "kept"]) shelves.fill(element.querySelector("#" + name), shelves[name]);
  },

  // There are other pictures than before.
  changed() {
    shelves.draw();
    for (const watcher of shelves.watchers) watcher();
  },

  // Small pictures to press in a container. A button stays the same one, or a press that has begun
  // on it would come to nothing and the focus would be lost.
  fill(container, entries, mark = (entry) => entry.query === explorer.query) {
    const known = new Map([...container.children].map((button) => [button.dataset.query, button]));
    const buttons = entries.map((entry) => known.get(entry.query) ?? shelves.button(entry));
    buttons.forEach((button, i) => button.classList.toggle("current", mark(entries[i])));
    if (known.size === buttons.length && buttons.every((button, i) => button === container.children[i])) return;
    const focused = document.activeElement;
    container.replaceChildren(...buttons);
    if (container.contains(focused)) focused.focus();
  },

  button({ query, picture }) {
    const button = document.createElement("button"), image = document.createElement("img");
    Object.assign(button, { type: "button", title: shelves.said(query) });
    button.dataset.query = query;
    Object.assign(image, { src: picture, alt: button.title });
    button.append(image);
    return button;
  },

  said(query) {
    const fields = new URLSearchParams(query);
    const mixed = fields.has("mix") ? ", mixed" : fields.has("d") ? ", moved" : "";
    return `${fields.get("m")}, seed ${fields.get("s")}${mixed}`;
  },
};

// A menu of the browser's own keeps the end of a press to itself.
addEventListener("pointerdown", ({ button, target }) => (shelves.held = !button && !target.closest?.("select")), true);
for (const end of ["pointerup", "pointercancel"])
  addEventListener(end, () => {
    shelves.held = false;
    shelves.rest();
  }, true);

document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
  if (ganStudio.open() !== "#explore" || writes(event.target)) return;
  event.preventDefault();
  shelves.step(event.shiftKey ? 1 : -1);
});
