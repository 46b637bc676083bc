// The map: `input` says where it is dragged over, `select` where one let go or pressed Enter.
let touched; // tells the server; its component sets it
function latentMap(element, props, watch) {
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const STEP = 1 / 44; // a quarter of a picture
  const map = element.querySelector(".map"), mark = element.querySelector(".mark");
  const lens = element.querySelector(".lens"), picture = document.querySelector("#picture");
  let x = 0.5, y = 0.5, held = false;

  const inside = (value) => Math.min(1, Math.max(0, value));

  function move(newX, newY) {
    [x, y] = [inside(newX), inside(newY)];
    for (const one of [mark, lens]) Object.assign(one.style, { left: 100 * x + "%", top: 100 * y + "%" });
  }

  function point(event) {
    const box = map.getBoundingClientRect();
    move((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
  }

  map.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    map.setPointerCapture(event.pointerId);
    held = true;
    map.classList.add("held");
    point(event);
    touched("input", x, y);
  });
  map.addEventListener("pointermove", (event) => {
    if (!held) return;
    point(event);
    touched("input", x, y);
  });
  for (const end of ["pointerup", "pointercancel"])
    map.addEventListener(end, () => {
      if (held) touched("select", x, y);
      held = false;
      map.classList.remove("held");
    });

  map.addEventListener("keydown", (event) => {
    const way = ARROWS[event.key];
    if (!way && event.key !== "Enter") return;
    event.preventDefault();
    if (way) move(x + way[0] * STEP, y + way[1] * STEP);
    touched(way ? "input" : "select", x, y);
  });

  // Where the big picture is out of sight, on a phone, a lens shows it above the finger.
  new MutationObserver(() => {
    const shown = picture.querySelector("img")?.src;
    if (held && shown) lens.src = shown;
  }).observe(picture, { subtree: true, childList: true, attributeFilter: ["src"] });

  let drawn = "";
  watch("value", () => {
    if (props.value.src !== drawn) move(props.value.x ?? 0.5, props.value.y ?? 0.5);
    drawn = props.value.src;
  });
}
