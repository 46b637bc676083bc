// The Learn tab: chapters, their figures, what a button prepares on other tabs, questions.
const learn = {
  STORE: "gan-studio-lessons",
  TURN: 20, // ms until the tab that was pressed is there
  ID: Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join(""),

  chapters: [],
  number: 0, // of the chapter that is open, as in its file's name
  query: "", // what a button asked another tab to prepare

  address: (name) => location.pathname.replace(/\/?$/, "/learn/") + name,
  ask: (verb, fields, signal) => ganStudio.ask("learn/" + verb, fields, signal),
  numberOf: (chapter) => parseInt(chapter.name, 10),

  // An element with its attributes and what stands in it.
  make(tag, attributes = {}, ...inside) {
    const svg = learn.SVG.has(tag);
    const element = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) element[name] = value;
      else if (value !== false && value != null) element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...inside);
    return element;
  },
  SVG: new Set(["svg", "path", "rect", "circle", "line", "polyline", "text", "g", "marker", "defs", "title"]),

  // A choice among a few, as radio buttons: value -> text.
  radios(legend, choices, start, chosen) {
    const name = "lesson-" + ++learn.count, set = learn.make("fieldset", {}, learn.make("legend", {}, legend));
    for (const [value, text] of Object.entries(choices)) {
      const radio = learn.make("input", { type: "radio", name, value, onchange: () => chosen(value) });
      radio.checked = value === start;
      set.append(learn.make("label", {}, radio, learn.make("span", {}, text)));
    }
    return set;
  },
  count: 0,

  button: (text, onclick, more = {}) => learn.make("button", { type: "button", onclick, ...more }, text),

  // A file that was recorded for a figure.
  async recorded(name) {
    const answer = await fetch(learn.address("recorded/" + name)).catch(learn.lost);
    if (!answer.ok) throw new Error(languages.say("The recording is not here."));
    return answer.json();
  },

  // What the browser says of a file that did not come names an address, which helps nobody.
  lost() {
    throw new Error(languages.say("The studio cannot be reached."));
  },

  // Whether the tab is in sight: figures work only then.
  seen: () => !document.hidden && !!learn.element?.offsetParent,

  // Calls `work` again and again, one call after another, at most so often a second, while it is in sight.
  repeat(rate, work) {
    let stopped = false, timer = 0;
    const turn = async () => {
      const start = performance.now();
      if (learn.seen()) await work();
      if (!stopped) timer = setTimeout(turn, Math.max(0, 1000 / rate - (performance.now() - start)));
    };
    turn();
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  },

  // Each sentence stands alone, so that the page can translate it.
  say(...sentences) {
    learn.find("#lesson-notice").replaceChildren(...sentences.map((one) => learn.make("span", {}, one)));
  },

  // What is wrong in a figure is said under it; the lesson goes on.
  complain(sentence = "") {
    learn.find(".figure-notice").textContent = sentence;
  },

  list() {
    const items = learn.chapters.map((chapter) => {
      const number = learn.numberOf(chapter), right = learn.score(chapter, "after") ?? learn.score(chapter, "before");
      const button = learn.button("", () => learn.show(chapter), { "aria-current": chapter === learn.chapter && "true" });
      button.append(learn.make("b", {}, String(number)), learn.make("span", {}, chapter.title));
      if (right != null) button.append(learn.make("small", {}, `${right} / ${chapter.questions.length}`));
      return learn.make("li", {}, button);
    });
    learn.find("#chapters ol").replaceChildren(...items);
  },

  open(number) {
    const chapter = learn.chapters.find((one) => learn.numberOf(one) === number) ?? learn.chapters[0];
    if (chapter) learn.show(chapter);
  },

  // The chapter of a name, unless it is open.
  turn(name) {
    const chapter = learn.chapters.find((one) => one.name === name);
    if (chapter && chapter !== learn.chapter) learn.show(chapter);
  },

  // Two chapters may have the same number: a teacher's own beside one that ships.
  show(chapter) {
    const { find } = learn, at = learn.chapters.indexOf(chapter);
    learn.leave();
    learn.chapter = chapter;
    learn.number = learn.numberOf(chapter);
    find("#chapter").hidden = false;
    find("#chapter").lang = chapter.language;
    find("#chapter-place").textContent = `${languages.say("Chapter")} ${learn.number} · ${at + 1} / ${learn.chapters.length}`;
    find("h2").textContent = chapter.title;
    find(".text").innerHTML = chapter.html; // made and escaped by the server
    find("#try").textContent = chapter.button;
    find("#chapter-before").disabled = !at;
    find("#chapter-next").disabled = at === learn.chapters.length - 1;
    learn.list();
    learn.question();
    ganStudio.write();
    learn.draw(chapter);
  },

  step(by) {
    const next = learn.chapters[learn.chapters.indexOf(learn.chapter) + by];
    if (!next) return;
    learn.show(next);
    learn.find("#chapter").focus({ preventScroll: true });
    learn.find("#chapter").scrollIntoView({ block: "nearest" });
  },

  // The figure's script comes only once its chapter is opened; the same chapter may be opened again before that.
  // Its signal tells that the chapter was left: what it asks for then is not waited for, and it says nothing more.
  async draw(chapter) {
    const { signal } = (learn.leaving = new AbortController());
    const stage = (learn.stage = learn.make("div", { class: `stage stage-${chapter.figure}` }));
    learn.find(".stage").replaceWith(stage);
    learn.complain();
    try {
      const { default: figure } = await import(learn.address(`figure/${chapter.figure}.js`)).catch(learn.lost);
      if (learn.stage !== stage) return;
      const stop = await figure(stage, signal);
      if (learn.stage === stage) learn.stop = stop;
      else stop?.();
    } catch (error) {
      if (learn.stage === stage) learn.complain(error.message);
    }
  },

  leave() {
    learn.leaving?.abort();
    learn.stop?.();
    learn.stop = null;
  },

  // Does what a query of the address says, without loading the page again.
  go(query) {
    const params = new URLSearchParams(query), press = (tab) => ganStudio.press(`#${tab}-tab-button`);
    learn.query = query;
    if (params.has("learn")) return learn.open(Number(params.get("learn")));
    if (params.has("train")) {
      press("train");
      return ganStudio.press("#lesson-train");
    }
    if (params.has("compare")) {
      ganStudio.press("#lesson-compare");
      return press("compare");
    }
    if (params.has("t")) {
      ganStudio.translation = params;
      press("transform");
      if (transform.models.length) transform.attempt(transform.first);
      return;
    }
    if (params.has("words") || params.has("speak")) {
      ganStudio.sentence = params;
      press("words");
      return ganStudio.worded.forEach((work) => work());
    }
    if (params.has("style")) return press("style");
    explorer.open(query);
    press("explore");
  },

  read() {
    try {
      const all = JSON.parse(localStorage.getItem(learn.STORE));
      return all?.constructor === Object ? all : {};
    } catch {
      return {}; // what is no JSON is none of ours
    }
  },

  // The answers to a chapter's questions, by turn ("before", "after"): place of the question -> answer.
  answers: (chapter, turn) => learn.read()[chapter.name]?.[turn] ?? {},

  keep(chapter, turn, answers) {
    const all = learn.read();
    all[chapter.name] = { ...all[chapter.name], [turn]: answers };
    try {
      localStorage.setItem(learn.STORE, JSON.stringify(all));
    } catch {
      // a full store costs the memory of a reload, nothing else
    }
  },

  // Right answers once all questions are answered, else null.
  score(chapter, turn) {
    const given = learn.answers(chapter, turn);
    if (!chapter.questions.length || chapter.questions.some((_, i) => given[i] == null)) return null;
    return chapter.questions.filter(({ right }, i) => given[i] === right).length;
  },

  // The questions: before the chapter, and again after it.
  question(turn = learn.score(learn.chapter, "before") == null ? "before" : "after") {
    const { chapter, make } = learn, place = learn.find("#questions"), given = learn.answers(chapter, turn);
    place.hidden = !chapter.questions.length;
    const turns = { before: languages.say("Before reading"), after: languages.say("After reading") };
    const choose = learn.radios(languages.say("When"), turns, turn, (other) => learn.question(other));
    choose.className = "turns";
    const results = ["before", "after"].map((one) => [turns[one], learn.score(chapter, one)]).filter(([, right]) => right != null)
      .map(([name, right]) => `${name}: ${right} / ${chapter.questions.length}`).join(" · ");
    const questions = chapter.questions.map((question, i) => {
      const set = make("fieldset", { class: "question" }, make("legend", {}, question.ask));
      const said = make("p", { role: "status" });
      const tell = (answer) => {
        const right = answer === question.right;
        said.className = right ? "right" : "wrong";
        said.textContent = `${right ? "✓ " + languages.say("Right.") : "✗ " + languages.say("Not quite.")} ${question.why}`;
      };
      question.answers.forEach((text, k) => {
        const radio = make("input", { type: "radio", name: `question-${i}`, onchange: () => {
          tell(k);
          learn.keep(chapter, turn, { ...learn.answers(chapter, turn), [i]: k });
          if (learn.score(chapter, turn) != null) {
            learn.list();
            result.textContent = languages.say("Results") + " · " + turns[turn] + `: ${learn.score(chapter, turn)} / ${chapter.questions.length}`;
          }
        } });
        radio.checked = given[i] === k;
        set.append(make("label", {}, radio, make("span", {}, text)));
      });
      if (given[i] != null) tell(given[i]);
      set.append(said);
      return set;
    });
    const result = make("p", { class: "hint", role: "status" }, results && languages.say("Results") + " · " + results);
    const again = learn.button(languages.say("Clear these answers"), () => {
      learn.keep(chapter, turn, {});
      learn.list();
      learn.question(turn);
    });
    place.querySelector(".asked").replaceChildren(choose, ...questions, result, again);
  },

  present() {
    const on = document.documentElement.classList.toggle("presenting");
    learn.find("#present").setAttribute("aria-pressed", on);
    dispatchEvent(new Event("resize"));
  },

  async start(element) {
    learn.element = element;
    const find = (learn.find = (selector) => element.querySelector(selector));
    languages.translate(element);
    find("#chapter-before").onclick = () => learn.step(-1);
    find("#chapter-next").onclick = () => learn.step(1);
    find("#try").onclick = () => learn.go(learn.chapter.query);
    find("#present").onclick = learn.present;
    find("#print-chapter").onclick = () => print();
    find("#link-chapter").onclick = ganStudio.copyLink;
    find(".text").onclick = (event) => {
      const link = event.target.closest("a[href^='?']");
      if (!link) return;
      event.preventDefault();
      learn.go(link.getAttribute("href").slice(1));
    };
    try {
      const { chapters, problems } = await learn.ask("chapters", { language: languages.own });
      learn.chapters = chapters;
      learn.say(...problems);
      learn.open(ganStudio.chapter || (chapters[0] && learn.numberOf(chapters[0])));
    } catch (error) {
      learn.say(error.message);
    }
  },
};
