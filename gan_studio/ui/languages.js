// The page's language: that of the browser if there is a catalogue of it, else English.
const languages = {
  ...(() => {
    const spoken = window.gradio_config?.i18n_translations ?? {}, language = navigator.language.split("-")[0];
    const own = language in spoken ? language : "en", texts = Object.entries(spoken.en ?? {});
    const mark = new Intl.NumberFormat(own).formatToParts(0.5).find(({ type }) => type === "decimal").value;
    return { own, mark, words: spoken[own] ?? {}, keys: new Map(texts.map(([key, text]) => [text, key])) };
  })(),

  known: (text) => languages.words[languages.keys.get(text)],
  sentences: null, // what knows those that the server writes with values in them, once it has come
  loaded: null, // a promise that is kept once they are here, or will not come

  // A text of ours as the browser's language has it.
  say: (text) => languages.known(text) ?? languages.sentences?.(text) ?? text,

  // A number as the language writes it, with so many decimals; without `places` with those that it has.
  number: (value, places) => String(places == null ? value : value.toFixed(places)).replace(".", languages.mark),

  // What stands between several of them: not the comma, where it is in them.
  between: () => (languages.mark === "," ? "; " : ", "),

  // The texts in an element: what stands there, and what is said of it.
  translate(element) {
    const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const { data } = texts.currentNode, text = data.trim().replace(/\s+/g, " "), said = languages.say(text);
      if (said !== text) texts.currentNode.data = data.match(/^\s*/)[0] + said + data.match(/\s*$/)[0];
    }
    for (const name of ["title", "aria-label", "alt", "data-info", "data-label"])
      for (const one of [element, ...element.querySelectorAll(`[${name}]`)]) {
        const text = one.getAttribute(name), said = text && languages.say(text);
        if (said !== text) one.setAttribute(name, said);
      }
  },

  // The server draws tables, curves and the like in English, now and again. Gradio names the tabs once, in
  // the language that it had chosen before this script was there.
  HTML: ".html-container, [data-testid=toast-text], [role=tablist]",
  follow() {
    const { HTML } = languages;
    const changed = ({ target, addedNodes }) => {
      const element = target.closest ? target : target.parentElement; // of a text that was changed in place
      if (element?.closest(HTML)) return languages.translate(element);
      for (const node of addedNodes) node.querySelectorAll?.(HTML).forEach(languages.translate);
    };
    new MutationObserver((changes) => changes.forEach(changed)).observe(document, { subtree: true, childList: true, characterData: true });
  },

  // Sentences come beside the page, and only to those who need them.
  async load() {
    const folder = location.pathname.replace(/\/?$/, "/") + "languages/";
    const catalogue = fetch(`${folder}${languages.own}.json`).then((answer) => answer.json());
    const [{ translator }, words] = await Promise.all([import(folder + "sentences.js"), catalogue]);
    languages.sentences = translator(words, languages.own, languages.known);
    document.querySelectorAll(languages.HTML).forEach(languages.translate);
  },

  // Gradio itself chooses among the languages that it brings, more than once while it starts: Italian is
  // none of them, others are none of ours.
  async choose() {
    if (document.documentElement.lang === languages.own) return;
    const [core] = performance.getEntriesByType("resource").filter(({ name }) => /\/core-[^/]*\.js$/.test(name));
    if (core) (await import(core.name)).changeLocale(languages.own);
  },
};
languages.choose();
new MutationObserver(languages.choose).observe(document.documentElement, { attributeFilter: ["lang"] });
if (languages.own !== "en") {
  languages.follow();
  languages.loaded = new Promise((done) => {
    const load = () => languages.load().finally(done);
    document.readyState === "complete" ? load() : addEventListener("load", load);
  });
}
