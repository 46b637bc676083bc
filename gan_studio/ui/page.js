// What the page does by itself: its address, the keyboard, tables that are sorted.
const ganStudio = {
  LONG: 6000, // characters from which on a recipe stands behind #, which is not sent to the server

  // What the address named: a recipe, a training.
  recipe: location.hash.includes("m=") ? location.hash.slice(1) : location.search.slice(1),
  requestedRun: new URLSearchParams(location.search).get("run"),
  translation: null, // settings of the Transform tab
  sentence: null, // settings of the Words tab
  words: { drawing: "", speaking: "" }, // what the address says of that tab, for each of its panels
  worded: [], // what its panels do once other settings are there
  chapter: 0, // of the Learn tab
  TABS: ["explore", "compare", "train", "transform", "style", "words", "learn"],
  going: false, // whether the page is on its way to where its address or the browser's history names

  VISIT: Math.random().toString(36).slice(2), // by which the server tells visits of one address apart

  // What a route of the server answers to a request; an Error with its sentence if it refuses.
  async ask(route, fields, signal) {
    const file = fields instanceof Blob, body = file ? fields : JSON.stringify(fields);
    const headers = { "x-visit": ganStudio.VISIT, "content-type": file ? "application/octet-stream" : "application/json" };
    const address = location.pathname.replace(/\/?$/, "/") + route;
    let response, answer;
    try {
      response = await fetch(address, { method: "POST", headers, body, signal });
      answer = await response.json();
    } catch (error) {
      throw error.name === "AbortError" ? error : new Error(languages.say("The studio cannot be reached."));
    }
    if (answer.error) throw new Error(answer.error);
    return answer;
  },

  // The same of a route that answers in lines: each as it comes.
  async *stream(route, fields, signal) {
    const address = location.pathname.replace(/\/?$/, "/") + route, headers = { "x-visit": ganStudio.VISIT, "content-type": "application/json" };
    const response = await fetch(address, { method: "POST", headers, body: JSON.stringify(fields), signal });
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let rest = "", part = await reader.read(); !part.done; part = await reader.read()) {
      const lines = (rest + part.value).split("\n");
      rest = lines.pop();
      for (const line of lines) {
        const answer = JSON.parse(line);
        if (answer.error) throw new Error(answer.error);
        yield answer;
      }
    }
  },

  watch(run) {
    ganStudio.run = run;
    ganStudio.write();
  },

  // The picture's recipe, and what the tab that is open shows: a training, a translation.
  write() {
    if (explorer.kept) return;
    const before = new URLSearchParams(location.search), { query } = explorer;
    const long = query.length > ganStudio.LONG, parts = [long ? "" : query];
    if (ganStudio.run && ganStudio.open() === "#training") parts.push("run=" + ganStudio.run);
    if (transform.query && ganStudio.open() === "#transform") parts.push(transform.query);
    if (ganStudio.open() === "#words") parts.push(ganStudio.words[document.querySelector("#words [data-panel]")?.dataset.panel ?? "drawing"]);
    if (learn.number && ganStudio.open() === "#learn") parts.push("learn=" + learn.number);
    if (before.has("__theme")) parts.push("__theme=" + before.get("__theme"));
    const search = parts.filter(Boolean).join("&");
    const address = location.pathname + (search && "?" + search) + (long ? "#" + query : "");
    const left = history.state?.place ?? "", place = ganStudio.going ? left : ganStudio.place();
    if (ganStudio.turned(left, place)) history.pushState({ place }, "", address);
    else history.replaceState({ ...history.state, place }, "", address);
  },

  // Where the browser's Back leads to: a tab, and of the Learn tab a chapter.
  place() {
    const tab = ganStudio.TABS.find((name) => document.querySelector(`#${name}-tab-button`)?.ariaSelected === "true") ?? "";
    return tab === "learn" && learn.chapter ? `learn ${learn.chapter.name}` : tab;
  },

  // Whether from one place to another a page of the lesson is turned, or the lesson is left or opened.
  turned: (left, place) => left !== place && left !== "" && left !== "learn" && [left, place].some((one) => one.startsWith("learn")),

  // Goes where the browser's history names, which is no new step of it.
  back() {
    const [tab, chapter] = history.state.place.split(" "), button = document.querySelector(`#${tab}-tab-button`);
    ganStudio.going = true;
    if (tab === "learn") learn.turn(chapter);
    if (button && button.ariaSelected !== "true") return button.click(); // which ends the way
    ganStudio.going = false;
    ganStudio.write();
  },

  open() {
    return Object.keys(KEYS).find((tab) => document.querySelector(tab)?.offsetParent);
  },

  async copyLink({ currentTarget: button }) {
    ganStudio.write();
    const name = languages.say("Copy link");
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

// An address with a translation or a chapter opens its tab; without a picture beside it, that is the
// usual first one.
{
  const params = new URLSearchParams(location.search);
  if (params.has("t") || params.has("learn") || params.has("words") || params.has("speak")) {
    const tab = params.has("t") ? "#transform-tab-button" : params.has("words") || params.has("speak") ? "#words-tab-button" : "#learn-tab-button";
    if (params.has("t")) ganStudio.translation = params;
    if (params.has("words") || params.has("speak")) ganStudio.sentence = params;
    ganStudio.chapter = Number(params.get("learn"));
    ganStudio.going = true;
    if (!params.has("m") && !location.hash.includes("m=")) ganStudio.recipe = "";
    const watch = new MutationObserver(() => {
      const button = document.querySelector(tab);
      if (!button) return;
      watch.disconnect();
      button.click();
    });
    watch.observe(document, { subtree: true, childList: true });
  }
}
addEventListener("hashchange", () => history.state?.place || location.reload()); // another long recipe was pasted
addEventListener("popstate", () => history.state?.place && ganStudio.back());
document.addEventListener("click", (event) => {
  if (!event.target.closest("[role=tab]")) return;
  // The tab that was pressed is open a little later.
  setTimeout(() => {
    ganStudio.going = false;
    ganStudio.write();
    if (ganStudio.open() === "#explore") explorer.models?.();
    if (ganStudio.open() === "#transform" && transform.model) transform.relist();
  }, explorer.REST);
});

// The tokens by which trainings are steered. All tabs of the browser keep them together: each reads
// what is there before it writes, so that none takes away what another has added.
const trainings = {
  STORE: "gan-studio-owners",
  MOST: 30,
  known: new Set(), // what this tab has stored or read; it stores nothing twice

  read() {
    try {
      const owners = JSON.parse(localStorage.getItem(trainings.STORE));
      return owners?.constructor === Object ? owners : {};
    } catch {
      return {}; // what is no JSON is none of ours
    }
  },

  add(owners) {
    const all = Object.entries({ ...trainings.read(), ...owners }).slice(-trainings.MOST);
    try {
      localStorage.setItem(trainings.STORE, JSON.stringify(Object.fromEntries(all)));
    } catch {
      // a full store costs the memory of a reload, nothing else
    }
  },

  // What this tab remembers, and what the others do.
  merge(stored) {
    const fresh = Object.entries(stored?.owners ?? {}).filter(([id]) => !trainings.known.has(id));
    if (fresh.length) trainings.add(Object.fromEntries(fresh));
    const owners = { ...stored?.owners, ...trainings.read() };
    for (const id in owners) trainings.known.add(id);
    return { ...stored, owners };
  },
};
addEventListener("storage", ({ key }) => key === trainings.STORE && ganStudio.press("#owners"));

// What a key presses while a tab is open.
const KEYS = {
  "#explore": {
    r: "#random", s: "#save", f: "#favour", " ": "#walk",
    arrowleft: "#undo", arrowright: "#redo",
  },
  "#training": { " ": "#pause", escape: "#stop-training" },
  "#transform": { s: "#save-translation", escape: "#stop-translation" },
  "#words": {
    r: "#drawing:not([hidden]) #words-another", " ": "#speaking:not([hidden]) #takes button", escape: "#speech-stop",
    s: "#drawing:not([hidden]) #words-save, #speaking:not([hidden]) #speech-save",
  },
  "#learn": { arrowleft: "#chapter-before", arrowright: "#chapter-next", p: "#present" },
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
  if (event.repeat && "fs".includes(event.key.toLowerCase())) return; // once, however long it is held
  ganStudio.press(selector);
});
