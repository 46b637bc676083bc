// The page's language: that of the browser if there is a catalogue of it, else English.
const languages = {
  ...(() => {
    const spoken = window.gradio_config?.i18n_translations ?? {}, own = navigator.language.split("-")[0];
    return { own, words: spoken[own] ?? {}, keys: new Map(Object.entries(spoken.en ?? {}).map(([key, text]) => [text, key])) };
  })(),

  // A text of ours as the browser's language has it.
  say: (text) => languages.words[languages.keys.get(text)] ?? text,

  // The texts that stand in a template.
  translate(element) {
    const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const { data } = texts.currentNode;
      texts.currentNode.data = data.replace(data.trim(), languages.say(data.trim()));
    }
    for (const titled of element.querySelectorAll("[title]")) titled.title = languages.say(titled.title);
  },

  // Gradio itself asks for the languages alone that it brings, of which Italian is none.
  async choose() {
    if (!Object.keys(languages.words).length || document.documentElement.lang === languages.own) return;
    const [core] = performance.getEntriesByType("resource").filter(({ name }) => /\/core-[^/]*\.js$/.test(name));
    (await import(core.name)).changeLocale(languages.own);
  },
};
languages.choose();
