// The map: each province, coloured by how much of it the government gains or loses in the last month.

import { el, monthWords, percent, put, signed, svg } from "./dom.js";

const WIDE = 660, LEAST = 0.02, NAMED = 5; // from west to east; the least change at which a colour is full; provinces with numbers
let level = false;

export function map(panel, data, answer) {
  if (!data.map.length) return put(panel, el("p", {}, "This theatre has no map."));
  const paired = Boolean(data.map[0].against) && answer.branch !== null;
  const showsChange = paired && !level;
  const change = (one) => (paired ? one.scenario.government - one.against.government : 0);
  const full = Math.max(LEAST, ...data.map.map((province) => Math.abs(change(province))));
  const order = data.map.filter((one) => one.clear).sort((one, other) => Math.abs(change(other)) - Math.abs(change(one)));
  const most = order.length ? `Most in ${order.slice(0, 3).map((one) => `${one.name} (${signed(100 * change(one), 1)})`).join(", ")}.` : "Nowhere by more than chance.";
  const provinces = data.map.map((province) => {
    const value = showsChange ? change(province) / full : province.scenario.government;
    const side = showsChange && !province.clear ? "" : showsChange && value < 0 ? "loss" : "gain";
    const outline = svg("path", { d: province.path, class: `tile ${side}` });
    outline.style.setProperty("--strength", Math.min(Math.abs(value), 1).toFixed(2));
    const words = `${province.name}: ${percent(province.scenario.government)} under the government${paired ? `, ${signed(100 * change(province), 1)} points` : ""}`;
    return svg("g", {}, svg("title", {}, words), outline);
  });
  // Tiles have room for a name and a number each; of true outlines only those that change most are named.
  const named = order.slice(0, NAMED);
  const numbers = data.map.filter((province) => province.short || named.includes(province)).map((one) => svg("g", {},
    svg("text", { x: one.x, y: one.y - 2, "text-anchor": "middle" }, one.short || one.name),
    svg("text", { x: one.x, y: one.y, dy: "1em", "text-anchor": "middle", class: "small" }, showsChange ? signed(100 * change(one), 1) : Math.round(100 * one.scenario.government))));
  put(panel,
    paired && el("div", { class: "which", role: "group", "aria-label": "What the map shows" }, [["change", false], ["level", true]].map(([name, value]) => el("button", { type: "button", id: `map-${name}`, "aria-pressed": String(level === value), onclick: () => { level = value; map(panel, data, answer); } }, name === "change" ? "The change" : "Where it stands"))),
    el("p", { class: "hint" }, showsChange ? `Points of 100 by which the government holds more (blue) or less (orange) of each province in ${monthWords(answer.months.at(-1))}, mean over ${data.replicates} histories; grey where that could be chance.` : `Share of each province that the government holds in ${monthWords(answer.months.at(-1))}, in %.`),
    svg("svg", { class: "map", viewBox: `-4 -4 ${WIDE + 8} ${data.map[0].height + 8}`, role: "img", "aria-label": paired ? `Map of the change by province. ${most}` : "Map of what the government holds" }, provinces, numbers),
    paired && el("p", {}, most), el("p", { class: "hint" }, "Of single provinces the model knows little: read the pattern."));
}
