// A circumstance by month, drawn on a small timeline. As in the files, each value holds until the next.

import { ticks } from "./chart.js";
import { count, el, later, menu, months, monthWords, put, remove, signed, svg } from "./dom.js";
import { active, change } from "./question.js";

const WIDE = 320, HIGH = 128, LEFT = 36, RIGHT = 10, TOP = 10, BOTTOM = 20;
const NEAR = 14; // units within which a pointer takes hold of a point
const ROOM = 2.5; // the scale ends at this multiple of the largest value, if its limit is much higher
const LEAP = 10; // steps of a page up or down
const selected = {}; // the point of each circumstance that was selected last

/** The timeline of a circumstance, with the numbers of the selected point. */
export function circumstance(name, theatre) {
  const { start } = theatre.calendar;
  const length = within(active().months ?? theatre.calendar.months, 1, count(start, theatre.calendar.last) + 1);
  const last = later(start, length - 1);
  const condition = theatre.conditions.find((condition) => condition.name === name) ?? { label: name, unit: "", low: 0, high: 1, record: {} };
  const box = el("div", { class: "condition", role: "group", "aria-label": condition.label });
  const values = () => active().scenario.conditions[name];
  const dates = () => Object.keys(values()).sort();
  let scale = null;
  let gesture = null; // of the pointer: the point that it drags, or the month to which it has drawn
  draw();
  return box;

  /** Changes the values; `kind` as for `change`. */
  function edit(update, kind = "answer") {
    change((question) => update(question.scenario.conditions[name]), kind);
    draw();
  }

  function draw() {
    const all = dates();
    if (!gesture) scale = scaleFor(condition, values());
    const at = (selected[name] = Math.min(selected[name] ?? 0, all.length - 1));
    put(box, el("p", {}, el("b", {}, condition.label), el("span", { class: "unit" }, ` ${condition.unit}`)), timeline(all, at), figures(all, at),
      remove(`Remove: ${condition.label}`, "add-condition", removeCircumstance));
  }

  function timeline(all, at) {
    const { low, high } = scale;
    const x = (month) => LEFT + ((WIDE - LEFT - RIGHT) * within(count(start, month), 0, length)) / length;
    const y = (value) => TOP + (HIGH - TOP - BOTTOM) * (1 - (within(value, low, high) - low) / (high - low));
    const steps = (series, until) => Object.keys(series).sort().map((month, n) => `${n ? "H" : "M"}${x(month)}${n ? "V" : " "}${y(series[month])}`).join("") + `H${x(until)}`;
    const end = later(last, 1);
    const marks = ticks(low, high, 2);
    const points = all.map((month, n) => svg("circle", {
      class: n === at ? "point chosen" : "point", cx: x(month), cy: y(values()[month]), r: all.length > 12 ? 3.5 : 6, id: `${name}-${n}`, tabindex: "0", role: "slider", "aria-orientation": "vertical",
      "aria-label": `${condition.label}, point ${n + 1} of ${all.length}`, "aria-valuemin": condition.low, "aria-valuemax": condition.high, "aria-valuenow": values()[month], "aria-valuetext": `${values()[month]} from ${monthWords(month)} on`,
      onkeydown: (event) => pressed(event, all, n), onfocus: () => look(n),
    }));
    const drawing = svg("svg", { class: "timeline", viewBox: `0 0 ${WIDE} ${HIGH}`, role: "group", "aria-label": `${condition.label} by month`, "aria-describedby": "drawing" },
      marks.map((mark) => [svg("line", { class: "grid", x1: LEFT, x2: WIDE - RIGHT, y1: y(mark), y2: y(mark) }), svg("text", { x: LEFT - 6, y: y(mark) + 4, "text-anchor": "end" }, mark < 0 ? signed(mark, 2).replace(/\.?0+$/, "") : String(Number(mark.toPrecision(3))))]),
      months(start, last).filter((month) => month.endsWith("-01")).map((month) => [svg("line", { class: "tick", x1: x(month), x2: x(month), y1: HIGH - BOTTOM, y2: HIGH - BOTTOM + 4 }), svg("text", { x: x(month), y: HIGH - 4, "text-anchor": "middle" }, month.slice(0, 4))]),
      svg("path", { class: "record", d: steps(condition.record, end) }),
      all.length > 0 && svg("path", { class: "set", d: `M${x(all[0])} ${y(value(condition.record, all[0]))}V${y(values()[all[0]])}${steps(values(), end).replace("M", "L")}` }),
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
      const startPoint = place(event);
      const distances = all.map((month) => Math.hypot(x(month) - startPoint.across, y(values()[month]) - startPoint.down));
      const n = distances.indexOf(Math.min(...distances));
      gesture = distances[n] <= NEAR ? { point: n } : { drawn: startPoint.month, before: startPoint.value };
      box.setPointerCapture(event.pointerId);
      box.onpointermove = (moved) => (gesture.drawn ? pen(place(moved)) : drag(place(moved)));
      box.onpointerup = box.onpointercancel = () => {
        box.onpointermove = box.onpointerup = box.onpointercancel = null;
        edit(merge);
        gesture = null;
        draw();
        document.getElementById(`${name}-${selected[name]}`)?.focus({ preventScroll: true });
      };
      if (gesture.drawn) pen(startPoint);
      else look(n);
    });
    return drawing;
  }

  /** Draws from the month where the pointer was to where it is. */
  function pen(to) {
    const distance = count(gesture.drawn, to.month);
    edit((series) => {
      for (let n = 0; n <= Math.abs(distance); n++) series[later(gesture.drawn, Math.sign(distance) * n)] = rounded(distance ? gesture.before + ((to.value - gesture.before) * n) / Math.abs(distance) : to.value, scale.coarse);
    }, "sliding");
    gesture = { drawn: to.month, before: to.value };
    selected[name] = dates().indexOf(to.month);
    draw();
  }

  function drag(to) {
    move(gesture.point, to.month, to.value);
  }

  /** Moves a point, not past its neighbours. */
  function move(n, month, to) {
    const all = dates();
    const first = n ? later(all[n - 1], 1) : start, latest = n < all.length - 1 ? later(all[n + 1], -1) : last;
    const nearest = month < first ? first : month > latest ? latest : month;
    edit((series) => {
      delete series[all[n]];
      series[nearest] = to;
    }, "sliding");
  }

  function look(n) {
    if (selected[name] === n) return;
    selected[name] = n;
    draw();
  }

  function pressed(event, all, n) {
    const month = all[n], now = Number(values()[month]) || 0;
    const raise = { ArrowUp: 1, ArrowDown: -1, PageUp: LEAP, PageDown: -LEAP }[event.key];
    const shift = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (raise) move(n, month, within(rounded(now + raise * scale.step), condition.low, condition.high));
    else if (shift) move(n, later(month, shift), values()[month]);
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
    selected[name] = n + 1;
    edit((series) => (series[later(all[n], apart)] = series[all[n]]));
    document.getElementById(`${name}-${n + 1}`).focus({ preventScroll: true });
  }

  function take(n) {
    const all = dates();
    if (all.length === 1) {
      removeCircumstance();
      return document.getElementById("add-condition")?.focus();
    }
    selected[name] = Math.max(n - 1, 0);
    edit((series) => delete series[all[n]]);
    document.getElementById(`${name}-${selected[name]}`).focus({ preventScroll: true });
  }

  function removeCircumstance() {
    change((question) => delete question.scenario.conditions[name], "whole");
  }

  /** Of a drawn line only where its value changes. */
  function merge(series) {
    if (gesture.drawn) dates().forEach((month, n, all) => n && series[month] === value(series, all[n - 1]) && delete series[month]);
  }

  /** The numbers of the selected point. */
  function figures(all, at) {
    const month = all[at];
    const free = months(start, last).filter((one) => one === month || !all.includes(one));
    const moveTo = (to) => {
      edit((series) => {
        series[to] = series[month];
        delete series[month];
      });
      selected[name] = dates().indexOf(to);
      draw();
    };
    return el("div", { class: "figures" },
      el("label", { for: `${name}from` }, "from"), menu(`${name}from`, (free.includes(month) ? free : [...free, month]).map((one) => [one, one]), month, moveTo),
      el("label", { for: `${name}value` }, "at"), el("input", { id: `${name}value`, type: "number", min: condition.low, max: condition.high, step: "any", ".value": values()[month], onchange: (event) => setValue(month, Number(event.target.value)) }),
      el("button", { type: "button", class: "plain", id: `${name}more`, onclick: () => add(at) }, "Add a point"),
      all.length > 1 && el("button", { type: "button", class: "plain", id: `${name}less`, onclick: () => take(at) }, "Remove it"));
  }

  /** Sets a typed number, and draws it once the focus has moved on, so that the focus is not lost. */
  function setValue(month, to) {
    change((question) => (question.scenario.conditions[name][month] = to));
    setTimeout(draw);
  }

  function rounded(height, step = scale.step) {
    return Number((Math.round(within(height, condition.low, condition.high) / step) * step).toPrecision(6));
  }
}

/** The value of a series in a month. */
const value = (series, month) => series[Object.keys(series).sort().findLast((one) => one <= month)] ?? 0;

const within = (number, low, high) => Math.min(Math.max(Number(number) || 0, low), high);

/** The range of the timeline, the step by which a point moves, and that of a drawn line. */
function scaleFor({ low, high, record }, series) {
  const most = Math.max(...[...Object.values(record), ...Object.values(series)].filter(Number.isFinite), 0) * ROOM;
  const top = low < 0 || !most || most > high / 2 ? high : ticks(0, most).at(-1);
  return { low, high: top, step: ticks(0, top - low, 50)[1], coarse: ticks(0, top - low, 20)[1] };
}
