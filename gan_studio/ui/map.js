// A map of latent space: a picture of many, over which one drags.
function latentMap(element) {
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const STEP = 1 / 44; // a quarter of a picture
  const find = (selector) => element.querySelector(selector);
  const [map, mark, lens, caption, right, up] = [".map", ".mark", ".lens", ".caption", "#right", "#up"].map(find);
  languages.translate(element);
  const corners = chooser(find("#corners"), JSON.parse(find("#corners").dataset.names), (terms) => {
    corners.result("");
    redraw();
    if (terms.length < 3) return;
    explorer.request("arithmetic", () => ({ terms }), (answer) => {
      explorer.show(answer);
      corners.result(answer.picture);
    }, corners.say);
  });
  let x = 0.5, y = 0.5, held = false, shown = null; // {pictures, right, up}: the plane that is shown

  const spanned = () => find("[name=span]:checked").value;
  const inside = (value) => Math.min(1, Math.max(0, value));

  function move(newX, newY) {
    [x, y] = [inside(newX), inside(newY)];
    for (const one of [mark, lens]) Object.assign(one.style, { left: 100 * x + "%", top: 100 * y + "%" });
  }

  function point(event) {
    const box = map.getBoundingClientRect();
    move((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
  }

  // The picture under the mark; with `take` the controls go there.
  function look(take) {
    explorer.request("look", () => ({ ...shown, x, y, take }), (answer) => {
      explorer.show(answer);
      if (take) shown.recipe = structuredClone(explorer.recipe);
      lens.src = answer.picture; // where the big one is out of sight, on a phone, it is shown above the finger
    });
  }

  // Whether the controls are on the map, wherever that is.
  function covers({ recipe }) {
    const flat = ({ directions, ...others }) => {
      const { [shown.right]: _, [shown.up]: __, ...rest } = directions;
      return JSON.stringify([others, rest]);
    };
    return flat(recipe) === flat(shown.recipe);
  }

  async function draw(anew, signal) {
    const corner = spanned() === "corners";
    if (!anew && shown && (corner || covers(explorer))) return;
    const [a, b, c] = corners.chosen();
    if (corner && !c) {
      map.hidden = true;
      return void (caption.textContent = "");
    }
    const pictures = corner ? [b, a, c] : [explorer.query]; // opposite of B is A − B + C
    const fields = { pictures, right: Number(right.value), up: Number(up.value) };
    const recipe = structuredClone(explorer.recipe);
    const answer = await explorer.ask("map", fields, signal);
    shown = { ...fields, recipe };
    find(".map > img").src = answer.src;
    caption.textContent = answer.caption;
    map.hidden = false;
    move(answer.x, answer.y);
  }

  const redraw = latest(() => draw(true).catch(({ message }) => (spanned() === "corners" ? corners.say : explorer.refuse)(message)));
  element.addEventListener("change", () => {
    const corner = spanned() === "corners";
    find("#terms").hidden = !corner;
    find("#axes").hidden = corner;
    redraw();
  });

  map.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    map.setPointerCapture(event.pointerId);
    held = true;
    map.classList.add("held");
    point(event);
    look(false);
  });
  map.addEventListener("pointermove", (event) => {
    if (!held) return;
    point(event);
    look(false);
  });
  for (const end of ["pointerup", "pointercancel"])
    map.addEventListener(end, () => {
      if (held) look(true);
      held = false;
      map.classList.remove("held");
    });

  map.addEventListener("keydown", (event) => {
    const way = ARROWS[event.key];
    if (!way && event.key !== "Enter") return;
    event.preventDefault();
    if (way) move(x + way[0] * STEP, y + way[1] * STEP);
    look(!way);
  });

  corners.result("");
  explorer.panel(element, (signal) => draw(false, signal));
}
