// The page's language: that of the browser if there is a catalogue of it, else English.
const languages = {
  ...(() => {
    const spoken = window.gradio_config?.i18n_translations ?? {}, asked = navigator.language.split("-")[0];
    const own = asked in spoken ? asked : "en", texts = Object.entries(spoken.en ?? {});
    return { own, words: spoken[own] ?? {}, keys: new Map(texts.map(([key, text]) => [text, key])) };
  })(),

  // A text of ours as the browser's language has it.
  say: (text) => languages.words[languages.keys.get(text)] ?? text,

  // The texts in an element: what stands there, and what is said of it.
  translate(element) {
    const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const { data } = texts.currentNode, text = data.trim().replace(/\s+/g, " "), said = languages.say(text);
      if (said !== text) texts.currentNode.data = said;
    }
    for (const name of ["title", "aria-label", "alt", "data-info", "data-label"])
      for (const one of element.querySelectorAll(`[${name}]`)) one.setAttribute(name, languages.say(one.getAttribute(name)));
  },

  // The server draws tables, curves and the like in English, now and again.
  follow() {
    const HTML = ".html-container";
    const changed = ({ target, addedNodes }) => {
      if (target.closest?.(HTML)) return languages.translate(target);
      for (const node of addedNodes) node.querySelectorAll?.(HTML).forEach(languages.translate);
    };
    new MutationObserver((changes) => changes.forEach(changed)).observe(document, { subtree: true, childList: true });
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
if (languages.own !== "en") languages.follow();
