// A circumstance by month, drawn on a small timeline. As in the files, each value holds until the next.

import { ticks } from "./chart.js";
import { called, count, el, later, menu, monthWords, months, put, remove, signed, svg } from "./dom.js";
import { active, change } from "./question.js";

const WIDE = 320, HIGH = 128, LEFT = 36, RIGHT = 10, TOP = 10, BOTTOM = 20;
const NEAR = 14; // units within which a point is taken hold of
const ROOM = 2.5; // the scale ends at so many times the largest value, where its limit is much higher
const LEAP = 10; // steps of a page up or down
const chosen = {}; // of each circumstance the point that was looked at last

/** The timeline of a circumstance, and in figures the point that is looked at. */
export function circumstance(name, theatre) {
  const { start } = theatre.calendar;
  const length = within(active().months ?? theatre.calendar.months, 1, count(start, theatre.calendar.last) + 1);
  const last = later(start, length - 1);
  const known = theatre.conditions.find((one) => one.name === name) ?? { unit: "", low: 0, high: 1, record: {} };
  const box = el("div", { class: "condition", role: "group", "aria-label": called(name) });
  const own = () => active().scenario.conditions[name];
  const dates = () => Object.keys(own()).sort();
  let scale = null;
  let held = null; // what a pointer does: the point that it drags, or the month to which it has drawn
  draw();
  return box;

  /** Changes the values; `kind` as for `change`. */
  function edit(how, kind = "answer") {
    change((one) => how(one.scenario.conditions[name]), kind);
    draw();
  }

  function draw() {
    const all = dates();
    if (!held) scale = scaled(known, own());
    const at = (chosen[name] = Math.min(chosen[name] ?? 0, all.length - 1));
    put(box, el("p", {}, el("b", {}, called(name)), el("span", { class: "unit" }, ` ${known.unit}`)), timeline(all, at), figures(all, at),
      remove(`Remove: ${called(name)}`, "add-condition", away));
  }

  function timeline(all, at) {
    const { low, high } = scale;
    const x = (month) => LEFT + ((WIDE - LEFT - RIGHT) * within(count(start, month), 0, length)) / length;
    const y = (value) => TOP + (HIGH - TOP - BOTTOM) * (1 - (within(value, low, high) - low) / (high - low));
    const steps = (series, until) => Object.keys(series).sort().map((month, n) => `${n ? "H" : "M"}${x(month)}${n ? "V" : " "}${y(series[month])}`).join("") + `H${x(until)}`;
    const end = later(last, 1);
    const marks = ticks(low, high, 2);
    const points = all.map((month, n) => svg("circle", {
      class: n === at ? "point chosen" : "point", cx: x(month), cy: y(own()[month]), r: all.length > 12 ? 3.5 : 6, id: `${name}-${n}`, tabindex: "0", role: "slider", "aria-orientation": "vertical",
      "aria-label": `${called(name)}, point ${n + 1} of ${all.length}`, "aria-valuemin": known.low, "aria-valuemax": known.high, "aria-valuenow": own()[month], "aria-valuetext": `${own()[month]} from ${monthWords(month)} on`,
      onkeydown: (event) => pressed(event, all, n), onfocus: () => look(n),
    }));
    const drawing = svg("svg", { class: "timeline", viewBox: `0 0 ${WIDE} ${HIGH}`, role: "group", "aria-label": `${called(name)} by month`, "aria-describedby": "drawing" },
      marks.map((mark) => [svg("line", { class: "grid", x1: LEFT, x2: WIDE - RIGHT, y1: y(mark), y2: y(mark) }), svg("text", { x: LEFT - 6, y: y(mark) + 4, "text-anchor": "end" }, mark < 0 ? signed(mark, 2).replace(/\.?0+$/, "") : String(Number(mark.toPrecision(3))))]),
      months(start, last).filter((month) => month.endsWith("-01")).map((month) => [svg("line", { class: "tick", x1: x(month), x2: x(month), y1: HIGH - BOTTOM, y2: HIGH - BOTTOM + 4 }), svg("text", { x: x(month), y: HIGH - 4, "text-anchor": "middle" }, month.slice(0, 4))]),
      svg("path", { class: "record", d: steps(known.record, end) }),
      all.length > 0 && svg("path", { class: "set", d: `M${x(all[0])} ${y(value(known.record, all[0]))}V${y(own()[all[0]])}${steps(own(), end).replace("M", "L")}` }),
      points);
    // A place in months and values.
    const place = (event) => {
      const area = box.querySelector(".timeline").getBoundingClientRect(), units = WIDE / area.width;
      const across = (event.clientX - area.left) * units, down = (event.clientY - area.top) * units;
      const n = Math.floor(((across - LEFT) / (WIDE - LEFT - RIGHT)) * length);
      const height = low + (1 - (down - TOP) / (HIGH - TOP - BOTTOM)) * (high - low);
      return { across, down, month: later(start, within(n, 0, length - 1)), value: rounded(height) };
    };
    drawing.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      event.preventDefault();
      const here = place(event);
      const far = all.map((month) => Math.hypot(x(month) - here.across, y(own()[month]) - here.down));
      const n = far.indexOf(Math.min(...far));
      held = far[n] <= NEAR ? { point: n } : { drawn: here.month, before: here.value };
      box.setPointerCapture(event.pointerId);
      box.onpointermove = (moved) => (held.drawn ? pen(place(moved)) : drag(place(moved)));
      box.onpointerup = box.onpointercancel = () => {
        box.onpointermove = box.onpointerup = box.onpointercancel = null;
        edit(merge);
        held = null;
        draw();
        document.getElementById(`${name}-${chosen[name]}`)?.focus({ preventScroll: true });
      };
      if (held.drawn) pen(here);
      else look(n);
    });
    return drawing;
  }

  /** Draws from the month where the pointer was to where it is. */
  function pen(to) {
    const way = count(held.drawn, to.month);
    edit((series) => {
      for (let n = 0; n <= Math.abs(way); n++) series[later(held.drawn, Math.sign(way) * n)] = rounded(way ? held.before + ((to.value - held.before) * n) / Math.abs(way) : to.value, scale.coarse);
    }, "sliding");
    held = { drawn: to.month, before: to.value };
    chosen[name] = dates().indexOf(to.month);
    draw();
  }

  function drag(to) {
    move(held.point, to.month, to.value);
  }

  /** Moves a point, not past its neighbours. */
  function move(n, month, to) {
    const all = dates();
    const first = n ? later(all[n - 1], 1) : start, latest = n < all.length - 1 ? later(all[n + 1], -1) : last;
    const kept = month < first ? first : month > latest ? latest : month;
    edit((series) => {
      delete series[all[n]];
      series[kept] = to;
    }, "sliding");
  }

  function look(n) {
    if (chosen[name] === n) return;
    chosen[name] = n;
    draw();
  }

  function pressed(event, all, n) {
    const month = all[n], now = Number(own()[month]) || 0;
    const raise = { ArrowUp: 1, ArrowDown: -1, PageUp: LEAP, PageDown: -LEAP }[event.key];
    const shift = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (raise) move(n, month, within(rounded(now + raise * scale.step), known.low, known.high));
    else if (shift) move(n, later(month, shift), own()[month]);
    else if (event.key === "Enter") add(n);
    else if (event.key === "Delete" || event.key === "Backspace") take(n);
    else return;
    event.preventDefault();
  }

  /** A point half-way to the next one, or a year later, at the same value. */
  function add(n) {
    const all = dates();
    const apart = n < all.length - 1 ? Math.floor(count(all[n], all[n + 1]) / 2) : Math.min(12, count(all[n], last));
    if (apart < 1) return;
    chosen[name] = n + 1;
    edit((series) => (series[later(all[n], apart)] = series[all[n]]));
    document.getElementById(`${name}-${n + 1}`).focus({ preventScroll: true });
  }

  function take(n) {
    const all = dates();
    if (all.length === 1) {
      away();
      return document.getElementById("add-condition")?.focus();
    }
    chosen[name] = Math.max(n - 1, 0);
    edit((series) => delete series[all[n]]);
    document.getElementById(`${name}-${chosen[name]}`).focus({ preventScroll: true });
  }

  function away() {
    change((one) => delete one.scenario.conditions[name], "whole");
  }

  /** Of a drawn line only where its value changes. */
  function merge(series) {
    if (held.drawn) dates().forEach((month, n, all) => n && series[month] === value(series, all[n - 1]) && delete series[month]);
  }

  /** The point that is looked at, in figures. */
  function figures(all, at) {
    const month = all[at];
    const free = months(start, last).filter((one) => one === month || !all.includes(one));
    const moved = (to) => {
      edit((series) => {
        series[to] = series[month];
        delete series[month];
      });
      chosen[name] = dates().indexOf(to);
      draw();
    };
    return el("div", { class: "figures" },
      el("label", { for: `${name}from` }, "from"), menu(`${name}from`, (free.includes(month) ? free : [...free, month]).map((one) => [one, one]), month, moved),
      el("label", { for: `${name}value` }, "at"), el("input", { id: `${name}value`, type: "number", min: known.low, max: known.high, step: "any", ".value": own()[month], onchange: (event) => typed(month, Number(event.target.value)) }),
      el("button", { type: "button", class: "plain", id: `${name}more`, onclick: () => add(at) }, "Add a point"),
      all.length > 1 && el("button", { type: "button", class: "plain", id: `${name}less`, onclick: () => take(at) }, "Remove it"));
  }

  /** A number that was typed: drawn once the focus has moved on, so that it is not lost. */
  function typed(month, to) {
    change((one) => (one.scenario.conditions[name][month] = to));
    setTimeout(draw);
  }

  function rounded(height, step = scale.step) {
    return Number((Math.round(within(height, known.low, known.high) / step) * step).toPrecision(6));
  }
}

/** What a series has in a month. */
const value = (series, month) => series[Object.keys(series).sort().findLast((one) => one <= month)] ?? 0;

const within = (number, low, high) => Math.min(Math.max(Number(number) || 0, low), high);

/** From where to where the timeline reaches, in which steps a point moves, and in which a line is drawn. */
function scaled({ low, high, record }, series) {
  const most = Math.max(...[...Object.values(record), ...Object.values(series)].filter(Number.isFinite), 0) * ROOM;
  const top = low < 0 || !most || most > high / 2 ? high : ticks(0, most).at(-1);
  return { low, high: top, step: ticks(0, top - low, 50)[1], coarse: ticks(0, top - low, 20)[1] };
}
