// Refusals that Gradio does not show, or not as they came: it says nothing of an event outside of its
// queue, and sets the status of the answer before the sentence of a refused upload.
const refusals = {
  SHOWN: 10_000, // ms

  // A sentence in the corner of the page, where Gradio has its own.
  say(sentence) {
    const note = document.createElement("button");
    Object.assign(note, { type: "button", className: "refusal", textContent: languages.say(sentence), role: "alert" });
    note.onclick = () => note.remove();
    document.querySelector(".refusal")?.remove();
    document.querySelector(".gradio-container").append(note);
    setTimeout(() => note.remove(), refusals.SHOWN);
  },

  clean() {
    const STATUS = /^HTTP \d+: /;
    for (const toast of document.querySelectorAll("[data-testid=toast-text]"))
      if (STATUS.test(toast.textContent)) toast.textContent = toast.textContent.replace(STATUS, "");
  },

  async read(response) {
    if (/\/upload(\?|$)/.test(response.url)) {
      const watch = new MutationObserver(refusals.clean);
      watch.observe(document, { subtree: true, childList: true, characterData: true });
      setTimeout(() => watch.disconnect(), refusals.SHOWN);
    } else if (/\/gradio_api\/run\//.test(response.url)) {
      const answer = await response.clone().json().catch(() => ({}));
      if (answer.error) refusals.say(answer.error);
    }
  },
};
{
  const fetched = window.fetch;
  window.fetch = async (...args) => {
    const response = await fetched(...args);
    if (!response.ok) refusals.read(response);
    return response;
  };
}
