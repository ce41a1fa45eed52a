// Who does what when: a row a stance, filled from below by the options that replicates hold, the darker the further.

import { el, put, svg } from "./dom.js";

const WIDTH = 640, TALL = 15, FEWEST = 0.005, FIRST = 12;
let all = false;

export function stances(panel, found, answer, theatre) {
  const short = Object.fromEntries(theatre.actors.map((one) => [one.name, one.short]));
  const rows = [...found.stances].sort((one, other) => other.change - one.change);
  const moved = rows.filter((one) => one.change > FEWEST);
  const shown = all || !moved.length ? rows : moved.slice(0, FIRST);
  const paired = Boolean(found.stances[0].against);
  const last = answer.months.length - 1;
  const end = (one, part) => {
    const shares = one[part].map((list) => list[last]);
    const most = shares.indexOf(Math.max(...shares));
    return `${one.options[most].replaceAll("_", " ")} ${Math.round(100 * shares[most])}\u00a0%`;
  };
  const years = svg("svg", { class: "years", viewBox: `0 0 ${WIDTH} 16`, "aria-hidden": "true" }, answer.months.map((month, index) => month.endsWith("-01") && svg("text", { x: (WIDTH * index) / answer.months.length, y: 12 }, month.slice(0, 4))));
  put(panel,
    el("p", { class: "hint" }, paired ? `Policies that change most come first. Above: with what the question fixes; beneath, thinner: without it. Filled from below by the share of ${found.replicates} histories that hold an option; the stronger the colour, the further it goes. Underlined: fixed by the question.` : `Filled from below by the share of ${found.replicates} histories that hold an option; the stronger the colour, the further it goes.`),
    el("table", { class: "stances" },
      el("caption", { class: "sr" }, "Which option of each policy is held most often in the last month"),
      el("colgroup", {}, ["who", "strip", "end"].map((name) => el("col", { class: name }))),
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Policy"), el("th", { scope: "col" }, el("span", { class: "sr" }, "By month"), years), el("th", { scope: "col" }, "Most held at the end"))),
      el("tbody", {}, shown.map((one) => el("tr", {},
        el("th", { scope: "row" }, short[one.actor], el("span", { class: "stance" }, ` ${one.stance.replaceAll("_", " ")}`)),
        el("td", { class: "strip" }, strip(one, "scenario", answer, TALL), paired && strip(one, "against", answer, TALL / 2)),
        el("td", {}, end(one, "scenario"), paired && el("span", { class: "was" }, ` (without it: ${end(one, "against")})`)))))),
    shown.length < rows.length || all ? el("button", { type: "button", id: "all-stances", onclick: () => {
      all = !all;
      stances(panel, found, answer, theatre);
    } }, all ? "Only those that change" : `Show all ${rows.length} policies`) : null);
}

function strip(one, part, answer, tall) {
  const count = answer.months.length, step = WIDTH / count;
  const drawing = svg("svg", { viewBox: `0 0 ${WIDTH} ${tall + 3}`, preserveAspectRatio: "none", class: "strip", "aria-hidden": "true" });
  const below = new Array(count).fill(0);
  const options = one[part].map((shares, n) => [shares, n / Math.max(one[part].length - 1, 1)]).reverse(); // what goes furthest stands lowest
  for (const [shares, extent] of options) {
    let path = "";
    for (let n = 0; n < count; n++) {
      if (shares[n] <= 0) continue;
      const top = tall * (1 - below[n] - shares[n]);
      path += `M${(n * step).toFixed(1)} ${top.toFixed(2)}h${(step + 0.3).toFixed(1)}v${(tall * shares[n]).toFixed(2)}h${(-step - 0.3).toFixed(1)}Z`;
      below[n] += shares[n];
    }
    if (path) drawing.append(svg("path", { d: path, class: `extent e${Math.round(4 * extent)}` }));
  }
  const fixed = one[`${part}_fixed`].flatMap((holds, n) => (holds ? [`M${(n * step).toFixed(1)} ${tall + 2}h${step.toFixed(1)}`] : [])).join("");
  if (fixed) drawing.append(svg("path", { d: fixed, class: "fixed" }));
  if (answer.branch) drawing.append(svg("line", { class: "branch", x1: answer.months.indexOf(answer.branch) * step, x2: answer.months.indexOf(answer.branch) * step, y1: 0, y2: tall }));
  return drawing;
}
