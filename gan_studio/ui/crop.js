// The square of a dropped picture that is to be looked at: dragged, or moved with the arrow keys.
let framed; // tells the server where its centre is; its component sets it
// Calls `moved` with the centre, and returns what resizes the square.
function cropSquare(element, props, watch, moved) {
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const STEP = 0.02;
  const picture = element.querySelector(".crop"), square = element.querySelector(".square");
  let x = 0.5, y = 0.5, share = 1, held = null;

  // The square's width and height as fractions of the picture's.
  function size() {
    const { width, height } = props.value, side = share * Math.min(width, height);
    return [side / width, side / height];
  }

  function move(newX, newY) {
    const [w, h] = size(), inside = (at, part) => Math.min(1 - part / 2, Math.max(part / 2, at));
    [x, y] = [inside(newX, w), inside(newY, h)];
    const percent = (value) => 100 * value + "%";
    Object.assign(square.style, {
      left: percent(x - w / 2), top: percent(y - h / 2), width: percent(w), height: percent(h),
    });
    moved(x, y);
  }

  square.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    square.setPointerCapture(event.pointerId);
    held = { x: event.clientX, y: event.clientY, from: [x, y] };
  });
  square.addEventListener("pointermove", (event) => {
    if (!held) return;
    const box = picture.getBoundingClientRect();
    move(
      held.from[0] + (event.clientX - held.x) / box.width,
      held.from[1] + (event.clientY - held.y) / box.height,
    );
  });
  for (const end of ["pointerup", "pointercancel"])
    square.addEventListener(end, () => (held = null));
  square.addEventListener("keydown", (event) => {
    const way = ARROWS[event.key];
    if (!way) return;
    event.preventDefault();
    move(x + way[0] * STEP, y + way[1] * STEP);
  });

  watch("value", () => props.value.src && move(0.5, 0.5));
  return (newShare) => {
    share = newShare;
    if (props.value.src) move(x, y);
  };
}
