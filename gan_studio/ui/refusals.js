// A refused upload comes as a sentence, before which Gradio sets the status of the answer.
{
  const answered = window.fetch, STATUS = /^HTTP \d+: /;

  function clean() {
    for (const toast of document.querySelectorAll("[data-testid=toast-text]"))
      if (STATUS.test(toast.textContent)) toast.textContent = toast.textContent.replace(STATUS, "");
  }

  window.fetch = async (...asked) => {
    const answer = await answered(...asked);
    if (!answer.ok && /\/upload(\?|$)/.test(answer.url)) {
      const watch = new MutationObserver(clean);
      watch.observe(document, { subtree: true, childList: true, characterData: true });
      setTimeout(() => watch.disconnect(), 10_000);
    }
    return answer;
  };
}
