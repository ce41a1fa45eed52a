// Who does what when: a row a stance, filled from below by the options that replicates hold, darker the further they go;
// where the question sets what the actor does, what it would choose is not shown, since it has no effect.

import { el, percent, put, svg } from "./dom.js";

const WIDTH = 640, TALL = 20, FEWEST = 0.005, FIRST = 12;
let showAll = false;

export function stances(panel, data, answer, theatre) {
  const short = Object.fromEntries(theatre.actors.map((actor) => [actor.name, actor.short]));
  const isSet = (one) => one.scenario_fixed.includes(true);
  const rows = [...data.stances].sort((one, other) => isSet(other) - isSet(one) || other.change - one.change);
  const changing = rows.filter((row) => isSet(row) || row.change > FEWEST);
  const visible = showAll || !changing.length ? rows : changing.slice(0, FIRST);
  const paired = Boolean(data.stances[0].against);
  const last = answer.months.length - 1;
  const most = (one, part) => {
    if (one[`${part}_fixed`][last]) return ["", "some of this is set by the question"];
    const shares = one[part].map((list) => list[last]);
    const share = Math.max(...shares);
    return [percent(share), one.words[shares.indexOf(share)]];
  };
  const end = (one) => {
    const [share, words] = most(one, "scenario"), [otherShare, otherWords] = paired ? most(one, "against") : [share, words];
    const other = [otherShare, otherWords !== words && otherWords].filter(Boolean).join(": ");
    return [[share, words].filter(Boolean).join(": "), (otherShare !== share || otherWords !== words) && el("span", { class: "was" }, ` without it ${other}`)];
  };
  const years = svg("svg", { class: "years", viewBox: `0 0 ${WIDTH} 20`, "aria-hidden": "true" }, answer.months.map((month, index) => month.endsWith("-01") && svg("text", { x: (WIDTH * index) / answer.months.length, y: 15 }, month.slice(0, 4))));
  put(panel,
    el("p", { class: "hint" }, paired ? `What the question sets comes first (in orange), then the policies that change most. Above: with what the question fixes; beneath, thinner: without it. Filled from below by the share of ${data.replicates} histories that hold an option; the stronger the colour, the further it goes; a pointer that rests there shows which it is.` : `Filled from below by the share of ${data.replicates} histories that hold an option; the stronger the colour, the further it goes.`),
    el("table", { class: "stances" },
      el("caption", { class: "sr" }, "What most histories do at the end"),
      el("colgroup", {}, ["who", "strip", "end"].map((name) => el("col", { class: name }))),
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Policy"), el("th", { scope: "col" }, el("span", { class: "sr" }, "By month"), years), el("th", { scope: "col" }, "What most do at the end"))),
      el("tbody", {}, visible.map((one) => el("tr", {},
        el("th", { scope: "row" }, `${short[one.actor]}:`, el("span", { class: "stance" }, ` ${one.label}`)),
        el("td", { class: "strip" }, strip(one, "scenario", answer, TALL), paired && strip(one, "against", answer, TALL / 2)),
        el("td", {}, end(one)))))),
    visible.length < rows.length || showAll ? el("button", { type: "button", id: "all-stances", onclick: () => {
      showAll = !showAll;
      stances(panel, data, answer, theatre);
    } }, showAll ? "Only those that change" : `Show all ${rows.length} policies`) : null);
}

function strip(row, part, answer, tall) {
  const count = answer.months.length, step = WIDTH / count;
  const drawing = svg("svg", { viewBox: `0 0 ${WIDTH} ${tall + 3}`, preserveAspectRatio: "none", class: "strip", "aria-hidden": "true" });
  const below = new Array(count).fill(0);
  const options = row[part].map((shares, n) => [shares, n / Math.max(row[part].length - 1, 1), row.words[n]]).reverse(); // what goes furthest stands lowest
  for (const [shares, extent, words] of options) {
    let path = "";
    for (let n = 0; n < count; n++) {
      if (shares[n] <= 0 || row[`${part}_fixed`][n]) continue;
      const top = tall * (1 - below[n] - shares[n]);
      path += `M${(n * step).toFixed(1)} ${top.toFixed(2)}h${(step + 0.3).toFixed(1)}v${(tall * shares[n]).toFixed(2)}h${(-step - 0.3).toFixed(1)}Z`;
      below[n] += shares[n];
    }
    if (path) drawing.append(svg("path", { d: path, class: `extent e${Math.round(4 * extent)}` }, svg("title", {}, words)));
  }
  const fixed = row[`${part}_fixed`].flatMap((holds, n) => (holds ? [`M${(n * step).toFixed(1)} 0h${(step + 0.3).toFixed(1)}v${tall}h${(-step - 0.3).toFixed(1)}Z`] : [])).join("");
  if (fixed) drawing.append(svg("path", { d: fixed, class: "fixed" }));
  if (answer.branch) drawing.append(svg("line", { class: "branch", x1: answer.months.indexOf(answer.branch) * step, x2: answer.months.indexOf(answer.branch) * step, y1: 0, y2: tall }));
  return drawing;
}
