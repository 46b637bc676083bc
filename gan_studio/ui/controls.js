// Parts that the Explore tab is made of.

// A slider with its number and a button that sets it back; `input` is called with each new value.
function slider({ label, info = "", hint = "", min = -3, max = 3, step = 0.1, start = 0, input }) {
  const element = document.createElement("div");
  element.className = "slider";
  element.innerHTML = `<div><label></label><input type="number"><button type="button">↺</button></div>
    <p></p><input type="range">`;
  const [name, number, reset, said, range] = ["label", "[type=number]", "button", "p", "[type=range]"]
    .map((selector) => element.querySelector(selector));
  for (const one of [number, range]) Object.assign(one, { min, max, step, ariaLabel: label });
  range.id = slider.id = "slider-" + ++slider.count;
  name.htmlFor = range.id;
  Object.assign(name, { textContent: label, title: hint });
  reset.title = reset.ariaLabel = `${label}: ${languages.say("reset")}`;
  said.textContent = info;
  const set = (value) => {
    range.value = value;
    if (number.valueAsNumber !== value) number.value = value;
  };
  range.oninput = () => {
    number.value = range.value;
    input(range.valueAsNumber);
  };
  number.oninput = () => {
    if (Number.isNaN(number.valueAsNumber)) return;
    range.value = number.value;
    input(number.valueAsNumber);
  };
  reset.onclick = () => {
    set(start);
    input(start);
  };
  set(start);
  const limit = (most) => (range.max = number.max = most);
  return { element, set, limit };
}
slider.count = 0;

// Equal pictures in one, each of which can be pressed: `press` is called with its recipe and its place.
// Returns what shows {src, recipes} there.
function sheet(element, { columns, rows, name, titles, press, tab = true }) {
  const image = new Image();
  let recipes = [];
  const buttons = Array.from({ length: columns * rows }, (_, i) => {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", title: titles?.[i] ?? `${name} ${i + 1}`, tabIndex: tab ? 0 : -1, disabled: true });
    button.ariaLabel = button.title;
    button.onclick = () => press(recipes[i], i);
    return button;
  });
  Object.assign(image, { alt: "", hidden: true });
  element.classList.add("sheet");
  element.style.setProperty("--columns", columns);
  element.style.setProperty("--rows", rows);
  element.replaceChildren(image, ...buttons);
  const show = (answer) => {
    recipes = answer.recipes ?? [];
    for (const button of buttons) button.disabled = false;
    Object.assign(image, { src: answer.src, hidden: false });
  };
  show.mark = (at) => buttons.forEach((button, i) => button.classList.toggle("current", i === at));
  return show;
}

// Of calls that come while one is under way only the newest follows it.
function latest(work) {
  let busy = false, again = false;
  return async function run() {
    if (busy) return void (again = true);
    busy = true;
    do {
      again = false;
      await work();
    } while (again);
    busy = false;
  };
}
