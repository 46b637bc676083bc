// What the page does by itself: its address, the keyboard, tables that are sorted.
const ganStudio = {
  LONG: 6000, // characters from which on a recipe stands behind #, which is not sent to the server

  // What the address named: a recipe, a training.
  recipe: location.hash.includes("m=") ? location.hash.slice(1) : location.search.slice(1),
  asked: new URLSearchParams(location.search).get("run"),

  watch(run) {
    ganStudio.run = run;
    ganStudio.write();
  },

  // The picture's recipe, and while the Train tab is open the training that it shows.
  write() {
    if (explorer.kept) return;
    const before = new URLSearchParams(location.search), { query } = explorer;
    const long = query.length > ganStudio.LONG, parts = [long ? "" : query];
    if (ganStudio.run && ganStudio.open() === "#training") parts.push("run=" + ganStudio.run);
    if (before.has("__theme")) parts.push("__theme=" + before.get("__theme"));
    const search = parts.filter(Boolean).join("&");
    history.replaceState(history.state, "", location.pathname + (search && "?" + search) + (long ? "#" + query : ""));
  },

  open() {
    return Object.keys(KEYS).find((tab) => document.querySelector(tab)?.offsetParent);
  },

  async copyLink() {
    ganStudio.write();
    const button = document.querySelector("#link");
    const name = button.textContent;
    try {
      await navigator.clipboard.writeText(location.href);
      button.textContent = languages.say("✓ Copied");
      setTimeout(() => (button.textContent = name), 1500);
    } catch {
      prompt(languages.say("The address of this picture"), location.href); // no clipboard without https
    }
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

document.addEventListener("click", (event) => {
  if (!event.target.closest("[role=tab]")) return;
  // The tab that was pressed is open a little later.
  setTimeout(() => {
    ganStudio.write();
    if (ganStudio.open() === "#explore") explorer.models?.();
  }, explorer.REST);
});

// What a key presses while a tab is open.
const KEYS = {
  "#explore": {
    r: "#random", s: "#save", f: "#favour", " ": "#walk",
    arrowleft: "#undo", arrowright: "#redo",
  },
  "#training": { " ": "#pause", escape: "#stop-training" },
  "#stylize": { p: "#paint", s: "#save-painting", escape: "#halt" },
};

function writes(element) {
  return element.matches("textarea, select, [contenteditable], input:not([type=range], [type=checkbox], [type=radio])");
}

document.addEventListener("keydown", (event) => {
  const focus = event.target;
  if (writes(focus) || event.ctrlKey || event.metaKey || event.altKey) return;
  const selector = KEYS[ganStudio.open()]?.[event.key.toLowerCase()];
  if (!selector || (event.key === " " && focus.matches("button, input, summary, a"))) return;
  if (event.key === " " && event.repeat) return event.preventDefault(); // held down it is pressed once
  if (event.key.startsWith("Arrow") && focus.matches("input, [role=tab], [role=application]")) return;
  event.preventDefault();
  ganStudio.press(selector);
});
