// What several figures draw with: canvases as sharp as the screen, the theme's colours, small charts.
const { make } = learn, { number } = languages;
export const REAL = "#0f766e", FAKE = "#b45309", REAL_DARK = "#5eead4", FAKE_DARK = "#fbbf24";

export const dark = () => document.body.classList.contains("dark");
export const colours = () => ({
  real: dark() ? REAL_DARK : REAL,
  fake: dark() ? FAKE_DARK : FAKE,
  text: getComputedStyle(learn.element).color,
  faint: dark() ? "#475569" : "#cbd5e1",
  ground: dark() ? "#020617" : "#ffffff",
});

// A canvas that keeps its shape; `draw(context, width, height)` is called with CSS pixels.
export function canvas(label, ratio, draw, more = {}) {
  const element = make("canvas", { role: "img", "aria-label": label, class: "drawn", ...more });
  element.style.aspectRatio = ratio;
  const redraw = () => {
    const width = element.clientWidth || 320, height = width / ratio, scale = devicePixelRatio || 1;
    if (element.width !== Math.round(width * scale)) {
      element.width = Math.round(width * scale);
      element.height = Math.round(height * scale);
    }
    const context = element.getContext("2d");
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    draw(context, width, height);
  };
  new ResizeObserver(redraw).observe(element);
  return { element, redraw };
}

export function dot(context, x, y, radius, colour) {
  context.fillStyle = colour;
  context.beginPath();
  context.arc(x, y, radius, 0, 7);
  context.fill();
}

export function arrow(context, x, y, dx, dy, colour) {
  const length = Math.hypot(dx, dy);
  if (length < 1) return;
  const head = Math.min(5, length / 2), angle = Math.atan2(dy, dx);
  context.strokeStyle = colour;
  context.lineWidth = 1.2;
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x + dx, y + dy);
  for (const side of [-0.5, 0.5]) {
    context.moveTo(x + dx, y + dy);
    context.lineTo(x + dx - head * Math.cos(angle + side), y + dy - head * Math.sin(angle + side));
  }
  context.stroke();
}

// Curves over a common axis: lines are [{name, colour, dash, points: [[x, y], …]}].
export function chart(label, ratio, get) {
  return canvas(label, ratio, (context, width, height) => {
    const { lines, x: [x0, x1], y: [y0, y1], marks = [], level } = get(), { text, faint } = colours();
    const left = 52, bottom = 20, w = width - left - 8, h = height - bottom - 8;
    const px = (x) => left + ((x - x0) / (x1 - x0 || 1)) * w, py = (y) => 8 + (1 - (y - y0) / (y1 - y0 || 1)) * h;
    context.font = "12px system-ui, sans-serif";
    context.strokeStyle = faint;
    context.lineWidth = 1;
    context.strokeRect(left, 8, w, h);
    context.fillStyle = text;
    context.textAlign = "right";
    for (const y of [y0, y1]) context.fillText(short(y), left - 4, py(y) + (y === y1 ? 10 : 0));
    context.textAlign = "left";
    context.fillText(short(x0), left, height - 4);
    context.textAlign = "right";
    context.fillText(short(x1), left + w, height - 4);
    context.save();
    context.beginPath();
    context.rect(left, 8, w, h);
    context.clip();
    if (level != null) stroke([[x0, level], [x1, level]], faint, [4, 4]);
    for (const { points, colour, dash = [] } of lines) stroke(points, colour, dash);
    for (const { x, y, colour } of marks) {
      if (y == null) stroke([[x, y0], [x, y1]], colour ?? text, [2, 2]);
      else dot(context, px(x), py(y), 5, colour ?? text);
    }
    context.restore();

    function stroke(points, colour, dash) {
      context.strokeStyle = colour;
      context.lineWidth = 2;
      context.setLineDash(dash);
      context.beginPath();
      points.forEach(([x, y], i) => (i ? context.lineTo(px(x), py(y)) : context.moveTo(px(x), py(y))));
      context.stroke();
      context.setLineDash([]);
    }
  });
}

export const short = (value) => (Math.abs(value) >= 1000 ? value.toFixed(0) : number(Number(value.toPrecision(3))));

// What the colours of a chart mean.
export function legend(entries) {
  return make("p", { class: "legend" }, ...entries.map(([name, colour, dashed]) =>
    make("span", {}, make("i", { style: `border-top: 3px ${dashed ? "dashed" : "solid"} ${colour}` }), name)));
}
