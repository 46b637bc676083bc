// A canvas to draw on, whose strokes can be undone: with the pointer, or with the arrow keys and the
// space bar. `changed` is called when there is something new to look at.
function drawingBoard(element, changed, WIDTHS = { pen: 14, eraser: 48 }) {
  const SIDE = 512, SENT = 256, STEP = 8;
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const canvas = element.querySelector("canvas"), cross = element.querySelector(".pen-at");
  const pencil = canvas.getContext("2d", { willReadFrequently: true });
  const buttons = Object.fromEntries([...element.querySelectorAll("[data-do]")].map((button) => [button.dataset.do, button]));
  let strokes = [], undone = [], stroke = null, at = [SIDE / 2, SIDE / 2], down = false;
  Object.assign(pencil, { lineCap: "round", lineJoin: "round" });

  const tool = () => element.querySelector("[type=radio]:checked").value;

  function wipe() {
    pencil.fillStyle = "#fff";
    pencil.fillRect(0, 0, SIDE, SIDE);
  }

  // A stroke from one of its points on.
  function line({ tool: kind, points }, from = 0) {
    const [first, ...rest] = points.slice(Math.max(0, from - 1));
    Object.assign(pencil, { strokeStyle: kind === "pen" ? "#000" : "#fff", lineWidth: WIDTHS[kind] });
    pencil.beginPath();
    pencil.moveTo(...first);
    const dot = [first[0] + 0.01, first[1]]; // a line of no length is not drawn
    for (const point of rest.length ? rest : [dot]) pencil.lineTo(...point);
    pencil.stroke();
  }

  // What is drawn on now: all since the canvas was cleared, or a picture was put there.
  const lasting = () => strokes.slice(Math.max(0, strokes.findLastIndex((one) => !one.points)));

  function draw() {
    wipe();
    for (const one of lasting()) {
      if (one.picture) pencil.drawImage(one.picture, 0, 0, SIDE, SIDE);
      else if (one.points) line(one);
    }
    buttons.undo.disabled = !strokes.length;
    buttons.redo.disabled = !undone.length;
  }

  function add(one) {
    strokes = [...strokes, one];
    undone = [];
    draw();
    changed(true);
  }

  function undo() {
    if (!strokes.length) return;
    undone = [strokes.at(-1), ...undone];
    strokes = strokes.slice(0, -1);
    draw();
    changed(true);
  }

  function redo() {
    if (!undone.length) return;
    strokes = [...strokes, undone[0]];
    undone = undone.slice(1);
    draw();
    changed(true);
  }

  function place({ clientX, clientY }) {
    const box = canvas.getBoundingClientRect();
    return [((clientX - box.left) / box.width) * SIDE, ((clientY - box.top) / box.height) * SIDE];
  }

  function extend(...points) {
    const before = stroke.points.length;
    stroke.points.push(...points);
    line(stroke, before);
  }

  function end() {
    const finished = stroke;
    stroke = null;
    if (finished) add(finished);
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button || stroke) return;
    canvas.setPointerCapture(event.pointerId);
    cross.hidden = true;
    stroke = { tool: tool(), points: [place(event)] };
    line(stroke);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!stroke || down) return;
    const several = event.getCoalescedEvents?.() ?? [];
    extend(...(several.length ? several : [event]).map(place));
    changed(false);
  });
  for (const over of ["pointerup", "pointercancel"]) canvas.addEventListener(over, () => down || end());

  function lift() {
    down = false;
    cross.classList.remove("down");
    end();
  }

  canvas.addEventListener("keydown", (event) => {
    const way = ARROWS[event.key];
    if (!way && event.key !== " ") return;
    event.preventDefault();
    cross.hidden = false;
    if (way) at = at.map((value, i) => Math.min(SIDE, Math.max(0, value + STEP * way[i])));
    else if (down) lift();
    else if (!stroke) {
      down = true;
      cross.classList.add("down");
      stroke = { tool: tool(), points: [[...at]] };
      line(stroke);
    }
    if (way && down) {
      extend([...at]);
      changed(false);
    }
    Object.assign(cross.style, { left: `${(100 * at[0]) / SIDE}%`, top: `${(100 * at[1]) / SIDE}%` });
  });
  canvas.addEventListener("blur", () => {
    if (down) lift();
    cross.hidden = true;
  });
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
    if (!canvas.offsetParent || writes(event.target)) return;
    event.preventDefault();
    event.shiftKey ? redo() : undo();
  });
  buttons.undo.onclick = undo;
  buttons.redo.onclick = redo;
  buttons.clear.onclick = () => add({});
  draw();

  return {
    // Whether nothing is drawn; what was erased still counts, the server looks.
    empty: () => !stroke && !lasting().some((one) => one.picture || one.tool === "pen"),

    // The drawing as the server takes it: small, black on white.
    png() {
      const small = document.createElement("canvas");
      small.width = small.height = SENT;
      const pen = small.getContext("2d");
      pen.imageSmoothingQuality = "high";
      pen.drawImage(canvas, 0, 0, SENT, SENT);
      return small.toDataURL("image/png");
    },

    // A picture takes the place of the drawing, which can be undone.
    async put(address) {
      const picture = new Image();
      picture.src = address;
      await picture.decode();
      add({ picture });
    },

    // A face, as a first drawing.
    sketch() {
      const arc = (x, y, rx, ry, from = 0, to = 1) =>
        Array.from({ length: 25 }, (_, i) => 2 * Math.PI * (from + ((to - from) * i) / 24))
          .map((angle) => [x + rx * Math.cos(angle), y + ry * Math.sin(angle)]);
      const both = (lines) => [...lines, ...lines.map((points) => points.map(([x, y]) => [SIDE - x, y]))];
      const face = [
        ...both([arc(184, 244, 34, 16), arc(184, 244, 7, 8), arc(180, 214, 44, 22, 0.55, 0.95), arc(234, 316, 12, 10, 0.2, 0.6)]),
        arc(256, 262, 136, 196, -0.02, 0.52), arc(256, 250, 168, 214, 0.45, 1.05), arc(256, 214, 128, 116, 0.53, 0.97),
        arc(256, 374, 56, 24, 0.02, 0.48), arc(256, 374, 58, 8, 0, 0.5), arc(256, 372, 52, 14, 0.52, 0.98),
      ];
      strokes = face.map((points) => ({ tool: "pen", points }));
      draw();
    },
  };
}
