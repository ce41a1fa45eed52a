// The map: a tile a province, coloured by how much of it the government gains or loses in the last month.

import { el, monthWords, percent, put, signed, svg } from "./dom.js";

const SIDE = 46, FULL = 0.25; // of a tile; the change at which its colour is full
let level = false;

export function map(panel, found, answer) {
  if (!found.map.length) return put(panel, el("p", {}, "This theatre has no map."));
  const paired = Boolean(found.map[0].against) && answer.branch !== null;
  const shown = paired && !level;
  const change = (one) => (paired ? one.scenario.government - one.against.government : 0);
  const full = Math.max(0.02, Math.min(FULL, ...[Math.max(...found.map.map((one) => Math.abs(change(one))))]));
  const width = SIDE * (Math.max(...found.map.map((one) => one.column)) + 1), height = SIDE * (Math.max(...found.map.map((one) => one.row)) + 1);
  const tiles = found.map.map((one) => {
    const value = shown ? change(one) / full : one.scenario.government;
    const tile = svg("rect", { width: SIDE - 4, height: SIDE - 4, rx: 5, class: `tile ${shown && value < 0 ? "loss" : "gain"}` });
    tile.style.setProperty("--strength", Math.min(Math.abs(value), 1).toFixed(2));
    const words = `${one.name}: ${percent(one.scenario.government)} under the government${paired ? `, ${signed(100 * change(one), 1)} points` : ""}`;
    return svg("g", { transform: `translate(${one.column * SIDE} ${one.row * SIDE})` }, svg("title", {}, words),
      tile,
      svg("text", { x: SIDE / 2 - 2, y: SIDE / 2 - 2, "text-anchor": "middle" }, one.short),
      svg("text", { x: SIDE / 2 - 2, y: SIDE / 2 + 11, "text-anchor": "middle", class: "small" }, shown ? signed(100 * change(one), 1) : Math.round(100 * one.scenario.government)));
  });
  const order = [...found.map].sort((one, other) => Math.abs(change(other)) - Math.abs(change(one)));
  const most = order.slice(0, 3).map((one) => `${one.name} (${signed(100 * change(one), 1)})`).join(", ");
  put(panel,
    paired && el("div", { class: "which", role: "group", "aria-label": "What the map shows" }, [["change", false], ["level", true]].map(([name, value]) => el("button", { type: "button", id: `map-${name}`, "aria-pressed": String(level === value), onclick: () => { level = value; map(panel, found, answer); } }, name === "change" ? "The change" : "Where it stands"))),
    el("p", { class: "hint" }, shown ? `Points of 100 by which the government holds more (blue) or less (orange) of each province in ${monthWords(answer.months.at(-1))}, mean over ${found.replicates} histories.` : `Share of each province that the government holds in ${monthWords(answer.months.at(-1))}, in %.`),
    svg("svg", { class: "map", viewBox: `-2 -2 ${width} ${height}`, role: "img", "aria-label": paired ? `Map of the change by province; most in ${most}` : "Map of what the government holds" }, tiles),
    paired && el("p", {}, `Most in ${most}.`), el("p", { class: "hint" }, "Drawn for reading: sizes mean nothing. Of single provinces the model knows little."));
}
