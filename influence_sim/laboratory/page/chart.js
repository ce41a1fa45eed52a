// A chart of one outcome over months, as SVG: two bands and a line for each side, or the difference.

import { decimals, plain, put, signed, svg } from "./dom.js";

const LEFT = 44, RIGHT = 12, TOP = 8, BOTTOM = 22;

/** Round numbers that cut a range into about `parts` intervals. */
export function ticks(low, high, parts = 4) {
  const raw = (high - low) / parts || 1;
  const unit = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * unit).find((factor) => factor >= raw);
  const marks = [];
  for (let n = Math.ceil(low / step - 1e-9); n * step <= high + step * 1e-9; n++) marks.push(n * step);
  return marks;
}

/**
 * Draws months and series into an element; a series has a name, a line of means, and low/high pairs as bands.
 * Returns a function that moves the cursor to a month.
 */
export function chart(element, { months, branch, series, words, height = 210, zero = false, at, range }) {
  const width = Math.max(element.clientWidth, 220);
  const values = [...(range ?? []), ...series.flatMap((curve) => [curve.line, ...curve.bands.flat()].flat())].filter(Number.isFinite);
  let [low, high] = [Math.min(...values, ...(zero ? [0] : [])), Math.max(...values, ...(zero ? [0] : []))];
  const air = (high - low || 0.02) * 0.06;
  [low, high] = [low - air, high + air];
  const x = (index) => LEFT + ((width - LEFT - RIGHT) * index) / Math.max(months.length - 1, 1);
  const y = (value) => TOP + (height - TOP - BOTTOM) * (1 - (value - low) / (high - low));
  const marks = ticks(low, high);
  const digits = marks.length > 1 ? Math.min(Math.max(0, Math.ceil(-Math.log10(marks[1] - marks[0]) - 1e-9)), 5) : 2;
  const write = zero ? signed : plain;
  // Changes begin at the branch: a vertical step, not a slope from the month before.
  const points = (list, jumps) => list.flatMap((value, index) => (jumps && index === branch && index ? [[index, list[index - 1]], [index, value]] : [[index, value]]));
  const path = (places) => places.map(([index, value], n) => `${n ? "L" : "M"}${x(index).toFixed(1)} ${y(value).toFixed(1)}`).join("");
  const line = (one, list) => points(list, one.name !== "against");
  const band = (one, [bottom, top]) => `${path([...line(one, top), ...line(one, bottom).reverse()])}Z`;
  const years = months.flatMap((month, index) => (month.endsWith("-01") ? [[index, month.slice(0, 4)]] : []));
  const cursor = svg("line", { class: "cursor", y1: TOP, y2: height - BOTTOM });
  const drawing = svg("svg", { class: "chart", viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": words },
    marks.map((mark) => [svg("line", { class: zero && Math.abs(mark) < 1e-12 ? "zero" : "grid", x1: LEFT, x2: width - RIGHT, y1: y(mark), y2: y(mark) }), svg("text", { x: LEFT - 6, y: y(mark) + 4, "text-anchor": "end" }, write(mark, digits))]),
    years.map(([index, year]) => [svg("line", { class: "tick", x1: x(index), x2: x(index), y1: height - BOTTOM, y2: height - BOTTOM + 4 }), svg("text", { x: x(index), y: height - 6, "text-anchor": "middle" }, year)]),
    branch >= 0 && svg("line", { class: "branch", x1: x(branch), x2: x(branch), y1: TOP, y2: height - BOTTOM }),
    series.map((curve) => [curve.bands.map((pair, n) => pair.every((list) => list.every((value) => value !== null)) && svg("path", { class: `${curve.name} band${n}`, d: band(curve, pair) }))]),
    series.map((curve) => svg("path", { class: `${curve.name} line`, d: path(line(curve, curve.line)) })),
    cursor);
  put(element, drawing);
  const move = (index) => {
    cursor.setAttribute("x1", x(index));
    cursor.setAttribute("x2", x(index));
  };
  if (at) {
    move(at.month());
    const readAt = (event) => {
      const box = drawing.getBoundingClientRect();
      const index = Math.round(((event.clientX - box.left) * (width / box.width) - LEFT) / ((width - LEFT - RIGHT) / Math.max(months.length - 1, 1)));
      at.read(Math.min(Math.max(index, 0), months.length - 1));
    };
    drawing.addEventListener("pointermove", readAt);
    drawing.addEventListener("pointerdown", readAt);
  } else cursor.remove();
  return move;
}

/** Three numbers as `0.51 [0.43 to 0.60]`, which breaks only before its bracket. */
export function interval([mean, low, high], sign = false) {
  const digits = sign ? decimals(mean, low ?? mean, high ?? mean) : 3;
  const write = sign ? signed : plain;
  return low === null || low === undefined ? write(mean, digits) : `${write(mean, digits)} [${write(low, digits)}\u00a0to\u00a0${write(high, digits)}]`;
}

