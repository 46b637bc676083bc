// The models as cards: a button with the current one opens all of them, in groups, to choose from.
function modelCards(element) {
  const [button, cards] = ["#model", "#cards"].map((selector) => element.querySelector(selector));
  const [picture, title, about] = ["img", "b", "small"].map((selector) => button.querySelector(selector));
  const notice = cards.querySelector("p");
  let listed = "";
  const NONE = languages.say("This model has no sample picture."), DAMAGED = languages.say("This model’s files are damaged.");

  // A card's picture; where there is none its place stays as large.
  function show(image, { name, version, smooth, damaged }) {
    const missing = () => {
      image.removeAttribute("src");
      image.title = damaged ? DAMAGED : NONE;
    };
    image.title = "";
    image.classList.toggle("crisp", !smooth);
    image.onerror = missing;
    if (version) image.src = `${explorer.address("thumbnail")}?model=${encodeURIComponent(name)}&v=${version}`;
    else missing();
  }

  const named = ({ name, family, dataset }) => (name === `${family}-${dataset}` ? family : name);
  const said = ({ dataset, image_size: side, damaged }) => (damaged ? DAMAGED : `${dataset} · ${side} × ${side}`);

  function card(one) {
    const label = document.createElement("label");
    label.className = "card";
    label.innerHTML = '<input type="radio" name="model"><img alt="" loading="lazy" width="72" height="72"><b></b><small></small>';
    const [radio, image, name, what] = label.children;
    Object.assign(radio, { value: one.name, disabled: one.damaged, ariaLabel: one.name });
    label.title = `${one.name}: ${said(one)}`;
    name.textContent = named(one);
    what.textContent = one.damaged ? DAMAGED : one.dataset;
    show(image, one);
    return label;
  }

  async function list() {
    const { cards: known } = await explorer.ask("models", {});
    const now = JSON.stringify(known);
    for (const group of now === listed ? [] : cards.querySelectorAll("[data-group]")) {
      const own = known.filter(({ group: name }) => name === group.dataset.group);
      group.hidden = !own.length;
      group.querySelector("div").replaceChildren(...own.map(card));
    }
    listed = now; // the same cards stay, or the focus would be lost
    notice.textContent = known.some(({ name }) => name === explorer.model.name) ? "" : languages.say("The model that is shown is not among these.");
    mark();
  }

  function mark() {
    for (const radio of cards.querySelectorAll("[name=model]")) radio.checked = radio.value === explorer.model.name;
  }

  function open(opened) {
    button.ariaExpanded = opened;
    cards.hidden = !opened;
    if (opened) list().then(() => cards.querySelector(":checked")?.focus(), (error) => (notice.textContent = error.message));
    else button.focus();
  }

  const choose = (model) =>
    explorer.request("choose", () => ({ recipe: explorer.recipe, model }), explorer.show, (sentence) => {
      explorer.refuse(sentence);
      mark();
    });
  button.onclick = () => open(cards.hidden);
  importing(element, () => cards.hidden && open(true), (model) => {
    choose(model);
    open(false);
  });
  cards.addEventListener("change", ({ target }) => choose(target.value));
  // A press chooses and closes; arrow keys choose, and Enter or Escape closes.
  cards.addEventListener("click", ({ target, detail }) => detail && target.matches("[name=model]") && open(false));
  cards.addEventListener("keydown", ({ key, target }) => {
    if (key === "Escape" || (key === "Enter" && target.matches("[name=model]"))) open(false);
  });
  explorer.models = () => cards.hidden || list().catch((error) => explorer.refuse(error.message));
  explorer.view(() => {
    const { card: one } = explorer.model;
    if (button.value !== one.name + one.version) show(picture, one);
    button.value = one.name + one.version;
    title.textContent = one.name;
    about.textContent = said(one);
    mark();
  });
}
