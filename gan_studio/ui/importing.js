// Other people's generators: a file that is dropped or chosen, or a well-known one by one press.
// `show` opens the place where progress is shown; `done` is called with the name of the model.
function importing(element, show, done) {
  const box = element.querySelector("#import");
  if (!box) return; // visitors cannot import
  const GENERATOR = /\.(pkl|pt|pth|safetensors)$/i, MB = 1e6;
  const [file, drop, working, bar, state, stop, result, list] =
    ["[type=file]", ".drop", ".working", "progress", ".state", ".stop", "[role=alert]", "ul"].map((selector) => box.querySelector(selector));
  let request = null, listed = false;

  function progress(what, now, total) {
    bar.value = total ? now / total : 0;
    state.textContent = total && now < total ? `${what} ${(now / MB).toFixed(0)} / ${(total / MB).toFixed(0)} MB` : languages.say("Reading the generator…");
  }

  function read(text) {
    try {
      return JSON.parse(text.trim().split("\n").at(-1));
    } catch {
      return {}; // a line that has not come whole
    }
  }

  // The answer comes line by line, and the last one names the model.
  function send(verb, type, body) {
    if (request) return;
    request = new XMLHttpRequest(); // fetch does not tell how much was sent
    request.open("POST", explorer.address(verb));
    request.setRequestHeader("content-type", type);
    request.setRequestHeader("x-visit", ganStudio.VISIT);
    request.upload.onprogress = ({ loaded, total }) => type !== "application/json" && progress(languages.say("Sending"), loaded, total);
    request.onprogress = () => {
      const { done: now, total } = read(request.responseText);
      if (total) progress(languages.say("Downloading"), now, total);
    };
    let stopped = false;
    request.onabort = () => (stopped = true);
    request.onloadend = () => {
      const { name, error, network } = read(request.responseText);
      request = null;
      working.hidden = true;
      result.textContent = stopped || name ? "" : error ?? languages.say("The studio cannot be reached.");
      if (network) result.textContent = languages.say("{name} is a choice on the Transform tab now.").replace("{name}", name);
      listed = false;
      if (name && !network) done(name);
      else fill();
    };
    result.textContent = "";
    working.hidden = false;
    bar.removeAttribute("value");
    state.textContent = languages.say("Reading the generator…");
    request.send(body);
  }

  function take([given]) {
    if (!given) return;
    show();
    box.open = true;
    box.scrollIntoView({ block: "nearest" });
    send("import_file?name=" + encodeURIComponent(given.name), "application/octet-stream", given);
  }

  function entry({ title, image_size: side, terms, noncommercial, address, model }) {
    const line = document.createElement("li"), button = document.createElement("button"), about = document.createElement("small");
    const [what, whose] = title.split(" ("); // the name of the network stays as it is
    Object.assign(button, { type: "button", textContent: `${model ? "✓ " : ""}${languages.say(what)} (${whose}` });
    button.title = languages.say(model ? "Open this model" : "Download and import this generator");
    button.onclick = () => (model ? done(model) : send("import", "application/json", JSON.stringify({ address })));
    about.textContent = `${side} × ${side} · ${terms.split(", ")[0]}`;
    if (noncommercial) about.append(" · ", Object.assign(document.createElement("b"), { textContent: languages.say("non-commercial") }));
    line.append(button, about);
    return line;
  }

  async function fill() {
    if (listed || !box.open) return;
    listed = true;
    const answer = await fetch(explorer.address("generators")).then((one) => one.json(), () => ({ generators: [] }));
    list.replaceChildren(...answer.generators.map(entry));
  }

  file.onchange = (event) => {
    event.stopPropagation(); // it is no choice of a model
    take(file.files);
    file.value = ""; // so that the same file can be chosen again
  };
  stop.onclick = () => request?.abort();
  box.addEventListener("toggle", fill);
  // Anywhere on the tab; what else is dropped there goes where it fell.
  const tab = element.closest("#explore");
  tab.addEventListener("dragover", (event) => event.dataTransfer.types.includes("Files") && event.preventDefault());
  tab.addEventListener("drop", (event) => {
    if (!drop.contains(event.target) && !GENERATOR.test(event.dataTransfer.files[0]?.name ?? "")) return;
    event.preventDefault();
    event.stopPropagation();
    take(event.dataTransfer.files);
  }, true);
}
