// What the page does by itself: its address, the keyboard, and telling the server when the controls rest.
const ganStudio = {
  REST: 250, // ms without a move after which controls are at rest

  asked: new URLSearchParams(location.search).get("run"), // the training that the address named

  address(query) {
    if (!query) return;
    ganStudio.query = query;
    ganStudio.compare();
    ganStudio.write();
    shelves.rest();
    shelves.draw();
  },

  watch(run) {
    ganStudio.run = run;
    ganStudio.write();
  },

  // The picture's recipe, and while the Train tab is open the training that it shows.
  write() {
    const before = new URLSearchParams(location.search), parts = [ganStudio.query];
    if (ganStudio.run && ganStudio.open() === "#training") parts.push("run=" + ganStudio.run);
    if (before.has("__theme")) parts.push("__theme=" + before.get("__theme"));
    const query = parts.filter(Boolean).join("&");
    history.replaceState(history.state, "", query ? "?" + query : location.pathname);
  },

  open() {
    return Object.keys(KEYS).find((tab) => document.querySelector(tab)?.offsetParent);
  },

  // An opinion of an earlier picture is shown faintly until that of this one is there.
  compare() {
    requestAnimationFrame(() => {
      const opinion = document.querySelector("#opinion [data-query]");
      const stale = opinion?.classList.toggle("stale", opinion.dataset.query !== ganStudio.query);
      clearTimeout(ganStudio.late);
      // A paused walk may still bring one more picture, after which nothing else would ask.
      if (stale) ganStudio.late = setTimeout(() => ganStudio.press("#settle"), 4 * ganStudio.REST);
    });
  },

  async copyLink() {
    const button = document.querySelector("#link");
    const name = button.textContent;
    try {
      await navigator.clipboard.writeText(location.href);
      button.textContent = languages.say("✓ Copied");
      setTimeout(() => (button.textContent = name), 1500);
    } catch {
      prompt(languages.say("The address of this picture"), location.href); // no clipboard without https
    }
    return [];
  },

  // What is open beside the sliders is drawn anew once the picture rests.
  follow() {
    for (const [panel, button] of [["#variations", "#vary-now"], ["#map", "#map-now"], ["#named", "#named-now"]])
      if (document.querySelector(panel)?.offsetParent) ganStudio.press(button);
    return [];
  },

  press(selector) {
    document.querySelector(selector)?.click();
  },

  // The rows by the column of a head: first upwards, then downwards; what is unknown stays last.
  sort(head) {
    const column = head.cellIndex, body = head.closest("table").tBodies[0];
    const down = head.ariaSort === "ascending";
    for (const other of head.parentNode.cells) other.ariaSort = "none";
    head.ariaSort = down ? "descending" : "ascending";
    const value = (row) => row.cells[column].dataset.value;
    const compare = (a, b) => (isNaN(a) || isNaN(b) ? a.localeCompare(b) : a - b);
    const order = (a, b) => !a - !b || (down ? compare(b, a) : compare(a, b));
    body.append(...[...body.rows].sort((a, b) => order(value(a), value(b))));
  },
};

function settleSoon(event) {
  if (!event.target.closest("#recipe")) return;
  if (event.type === "click" && !event.target.closest(".reset-button")) return;
  clearTimeout(ganStudio.rest);
  ganStudio.rest = setTimeout(() => ganStudio.press("#settle"), ganStudio.REST);
}
document.addEventListener("input", settleSoon);
document.addEventListener("click", settleSoon);

document.addEventListener("click", (event) => {
  // The tab that was pressed is open a little later.
  if (event.target.closest("[role=tab]")) setTimeout(() => ganStudio.write(), ganStudio.REST);
});

// What a key presses while a tab is open.
const KEYS = {
  "#explore": {
    r: "#random", s: "#picture a[download]", f: "#favour", " ": "#walk",
    arrowleft: "#undo", arrowright: "#redo",
  },
  "#training": { " ": "#pause", escape: "#stop-training" },
  "#stylize": { p: "#paint", s: "#save-painting", escape: "#halt" },
};

function writes(element) {
  return element.matches("textarea, [contenteditable], input:not([type=range], [type=checkbox], [type=radio])");
}

document.addEventListener("keydown", (event) => {
  const focus = event.target;
  if (writes(focus) || event.ctrlKey || event.metaKey || event.altKey) return;
  const selector = KEYS[ganStudio.open()]?.[event.key.toLowerCase()];
  if (!selector || (event.key === " " && focus.matches("button, input, summary, a"))) return;
  if (event.key.startsWith("Arrow") && focus.matches("input, [role=tab], [role=application]")) return;
  event.preventDefault();
  ganStudio.press(selector);
});
