// Why: each part's share of the change, as bars from zero.

import { interval } from "./chart.js";
import { capital, el, percent, put, svg } from "./dom.js";

const SHOWN = 5;

export function why(panel, data, answer, label) {
  const rows = data.divisions.flatMap((division) => division.rows);
  const most = Math.max(...rows.map((row) => Math.abs(row.value)), 1e-9);
  put(panel,
    el("p", { class: "hint" }, `How the change of ${label} in the last month is made up, from the first ${data.replicates} histories, with parts switched off and on in many combinations; so the whole may differ a little from the answer. The parts of each division add up to it.`),
    data.divisions.map(({ heading, rows: all }) => {
      const parts = all.filter((entry) => entry.kind !== "effect").sort((one, other) => Math.abs(other.value) - Math.abs(one.value));
      return el("table", { class: "parts" }, el("caption", {}, heading),
        el("thead", { class: "sr" }, el("tr", {}, ["Part", "Drawn", "Brings"].map((head) => el("th", { scope: "col" }, head)))),
        el("tbody", {}, [...parts.slice(0, SHOWN), all.find((entry) => entry.kind === "effect")].filter(Boolean).map((one) => el("tr", { class: one.kind },
          el("th", { scope: "row" }, one.kind === "effect" ? "The whole change" : partName(one.words)),
          el("td", { class: "draw" }, bar(one.value / most)),
          el("td", {}, interval([one.value, one.ci_low, one.ci_high], true), one.kind !== "effect" && one.share !== null && el("span", { class: "unit" }, ` ${percent(one.share).replace("-", "\u2212")}`))))));
    }));
}

/** The name of a part; the actors whose interests it has are in small print. */
function partName(text) {
  const [head, ...rest] = text.split(": ");
  return [capital(head), rest.length > 0 && (rest[0].includes(", ") && !/\d/.test(rest[0]) ? el("span", { class: "about" }, rest.join(": ")) : `: ${rest.join(": ")}`)];
}

function bar(size) {
  const width = 48 * Math.abs(size);
  return svg("svg", { viewBox: "0 0 100 14", preserveAspectRatio: "none", "aria-hidden": "true", class: "bar" }, svg("rect", { x: size < 0 ? 50 - width : 50, y: 1, width, height: 12, class: size < 0 ? "lower" : "higher" }), svg("line", { x1: 50, x2: 50, y1: 0, y2: 14 }));
}
