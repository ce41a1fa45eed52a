// The answer in words, how far it holds, and the charts of the asked outcomes.

import { problemText } from "./api.js";
import { chart, interval } from "./chart.js";
import { el, monthWords, percent, put, svg } from "./dom.js";
import { state } from "./question.js";

let reading = null; // index of the month that is read off; null for the last
let moves = [];

/** The cards with the answers; `results` are the server's, one a question. */
export function answers(element, results) {
  element.classList.toggle("two", results.length > 1);
  put(element, results.map((result, index) => card(result, index, results.length > 1)));
}

function card(result, index, several) {
  const { scenario } = result.problems || !result.answer ? state.questions[index] : result.answer; // which may be of an earlier question
  const heading = several ? `${"AB"[index]}: ${scenario.title ?? scenario.name}` : scenario.title ?? "The answer";
  if (result.problems) return el("article", { class: "answer wrong" }, el("h2", {}, heading), el("p", {}, "This cannot be asked:"), el("ul", { role: "alert" }, result.problems.map((problem) => el("li", {}, problemText(problem)))));
  if (!result.answer) return el("article", { class: "answer" }, el("h2", {}, heading), el("p", { class: "sentence" }, "\u2026"));
  return el("article", { class: "answer" }, el("h2", {}, heading),
    el("p", { class: "sentence", id: `sentence${index}`, "aria-live": "polite" }, result.answer.answer.finding),
    result.answer.answer.numbers && el("p", { class: "hint" }, `Difference: ${result.answer.answer.numbers}.`),
    result.answer.assumed.map((words) => el("p", { class: "hint" }, words)),
    el("div", { id: `sure${index}` }, sure(result)));
}

/** How far the answer holds: the share of worlds, while they are computed, and what decides it. */
export function sure(result) {
  const worlds = result.worlds;
  if (result.answer.branch === null) return el("p", { class: "held" }, "Begin with one of the questions at \u201cStart from\u201d, or add what someone does.");
  if (!worlds) return el("p", { class: "hint" }, "How far it holds: worlds will be tried as soon as the question rests \u2026");
  if (!worlds.outcomes) return el("p", { class: "hint" }, worlds.problems.map(problemText).join("; "));
  const [first] = worlds.outcomes;
  const done = worlds.done === worlds.of && worlds.rows;
  const cells = [["down", first.down], ["zero", first.zero], ["up", first.up]];
  let offset = 0;
  const bar = svg("svg", { class: "share", viewBox: "0 0 100 6", preserveAspectRatio: "none", "aria-hidden": "true" }, cells.map(([name, share]) => {
    const rect = svg("rect", { class: name, x: offset, y: 0, width: 100 * share, height: 6 });
    offset += 100 * share;
    return rect;
  }));
  const ends = el("p", { class: "ends-of-bar", "aria-hidden": "true" }, el("span", { class: "down" }, `\u25be lower ${percent(first.down)}`), el("span", { class: "up" }, `higher ${percent(first.up)} \u25b4`));
  const counts = `Lower in ${percent(first.down)}, higher in ${percent(first.up)}${first.zero >= 0.005 ? `, unmoved in ${percent(first.zero)}` : ""}`;
  const sentence = done ? [worlds.answer.holds, worlds.answer.decides, worlds.answer.carried].filter(Boolean).join(" ") : `${counts} of ${worlds.done} worlds so far.`;
  return [bar, ends, el("p", { class: "held" }, sentence),
    el("p", { class: "hint" }, done ? `${counts} of ${worlds.of} worlds. A world is one value for each assumption; a share of worlds is not a probability of anything in the real world.` : el("progress", { max: worlds.of, value: worlds.done, "aria-label": "Worlds tried" }))];
}

/** The charts, and the table of how the headline outcomes end. */
export function outcomes(panel, results) {
  const answered = results.filter((result) => result.answer);
  moves = [];
  if (!answered.length) return put(panel);
  const charts = [];
  const columns = results.map((result, index) => result.answer && el("div", { class: "column" }, results.length > 1 && el("h3", {}, `Question ${"AB"[index]}`), result.answer.outcomes.map((outcome) => {
    const level = el("div", { class: "plot" }), gap = el("div", { class: "plot" }), readoutText = el("p", { class: "read" });
    charts.push([level, gap, readoutText, outcome, result.answer]);
    return el("figure", { class: "outcome" },
      el("figcaption", {}, el("b", {}, outcome.label), el("span", { class: "unit" }, ` ${outcome.unit}`), el("span", { class: "about" }, outcome.about)),
      el("div", { class: "pair" }, el("div", {}, outcome.difference && el("p", { class: "unit" }, state.view.played ? "As you have played and as it would have been" : "With it and without it"), level), outcome.difference && el("div", {}, el("p", { class: "unit" }, "The difference"), gap)), readoutText);
  })));
  const months = answered[0].answer.months;
  const reader = el("input", { id: "month", type: "range", min: 0, max: months.length - 1, step: 1, ".value": reading ?? months.length - 1, oninput: (event) => read(Number(event.target.value)) });
  const paired = answered.some((result) => result.answer.branch !== null);
  const lines = [["scenario", state.view.played ? "as you have played" : paired ? "with what the question fixes" : "as all decide for themselves"], ["against", state.view.played ? "as it would have been" : "without it"], ["difference", "the difference"]];
  const key = el("p", { class: "key" }, lines.slice(0, paired ? 3 : 1).map(([name, words]) => el("span", {}, svg("svg", { class: "swatch", viewBox: "0 0 28 12", "aria-hidden": "true" }, svg("path", { class: `${name} band0`, d: "M0 1H28V11H0Z" }), svg("path", { class: `${name} line`, d: "M0 6H28" })), words)), el("span", {}, `lines: mean; bands: the middle 50\u00a0% and 90\u00a0% of histories${paired ? "; of the difference, the 95\u00a0% interval of its mean and the middle 90\u00a0%" : ""}`));
  put(panel, key, el("div", { class: results.length > 1 ? "columns" : "" }, columns),
    el("p", { class: "reader" }, el("label", { for: "month" }, "Month that is read off"), reader, el("output", { for: "month", id: "monthsaid" })),
    results.map((result, index) => result.answer && endings(result.answer, results.length > 1 ? `Question ${"AB"[index]}: ` : "")));
  const range = ranges(charts.map(([, , , outcome]) => outcome));
  for (const parts of charts) draw(...parts, range);
  read(reading ?? months.length - 1, false);

  function draw(level, gap, readoutText, outcome, answer) {
    const branch = answer.branch ? answer.months.indexOf(answer.branch) : -1;
    const at = { month: () => place(answer), read };
    const ends = (part) => outcome[part].mean[outcome[part].mean.length - 1];
    const side = (part) => ({ name: part, line: outcome[part].mean, bands: [[outcome[part].q05, outcome[part].q95], [outcome[part].q25, outcome[part].q75]] });
    const { difference } = outcome;
    moves.push([chart(level, { months: answer.months, branch, at, range: range[outcome.name]?.level, series: [outcome.against && side("against"), side("scenario")].filter(Boolean), words: `${outcome.label} by month, ending at ${interval([ends("scenario")])}${outcome.against ? ` against ${interval([ends("against")])}` : ""}` }), answer, () => put(readoutText, readout(outcome, answer))]);
    if (difference) moves.push([chart(gap, { months: answer.months, branch, at, zero: true, range: range[outcome.name]?.gap, series: [{ name: "difference", line: difference.diff, bands: [[difference.diff_q05, difference.diff_q95], [difference.ci_low, difference.ci_high]] }], words: `${outcome.label}: the difference by month, ending at ${interval([difference.diff.at(-1), difference.ci_low.at(-1), difference.ci_high.at(-1)], true)}` }), answer]);
  }
}

/** The common ranges of outcomes that two questions share, so that charts side by side can be compared. */
function ranges(list) {
  const ranges = {};
  for (const one of list) {
    const widen = (key, arrays) => {
      const values = arrays.flat().filter((value) => value !== null && value !== undefined);
      const range = ((ranges[one.name] ??= {})[key] ??= [Infinity, -Infinity]);
      range[0] = Math.min(range[0], ...values);
      range[1] = Math.max(range[1], ...values);
    };
    widen("level", [one.scenario.q05, one.scenario.q95, one.against?.q05 ?? [], one.against?.q95 ?? []]);
    if (one.difference) widen("gap", [one.difference.diff_q05, one.difference.diff_q95, one.difference.diff]);
  }
  return ranges;
}

const place = (answer) => Math.min(reading ?? Infinity, answer.months.length - 1);

function read(index, remember = true) {
  if (remember) reading = index;
  for (const [move, answer, say] of moves) {
    move(place(answer));
    say?.();
  }
  const [, answer] = moves[0] ?? [];
  const reader = document.getElementById("month");
  if (!answer || !reader) return;
  reader.value = place(answer);
  reader.setAttribute("aria-valuetext", monthWords(answer.months[place(answer)]));
  document.getElementById("monthsaid").textContent = monthWords(answer.months[place(answer)]);
}

function readout(outcome, answer) {
  const n = place(answer);
  const level = (part) => interval([outcome[part].mean[n], outcome[part].q05[n], outcome[part].q95[n]]);
  const gap = outcome.difference && interval([outcome.difference.diff[n], outcome.difference.ci_low[n], outcome.difference.ci_high[n]], true);
  return `${monthWords(answer.months[n])}: ${level("scenario")}${outcome.against ? `, ${state.view.played ? "as it would have been" : "without it"} ${level("against")}; difference ${gap}` : ""}`;
}

function endings(answer, prefix) {
  const paired = answer.branch !== null;
  const [without, withIt] = state.view.played ? ["As it would have been", "As you have played"] : ["Without it", "With it"];
  const heads = ["Outcome", ...(paired ? [without, withIt, "Difference", "In words"] : ["At the end"])];
  const cells = (one) => (paired ? [[without, interval(one.baseline)], [withIt, interval(one.scenario)], ["Difference", interval(one.difference, true)], ["In words", one.brief]] : [["At the end", interval(one.scenario)]]);
  return el("table", { class: "ends" },
    el("caption", {}, `${prefix}How outcomes end, in ${monthWords(answer.months.at(-1))}: mean and middle 90 % of histories${paired ? "; of the difference the 95 % interval of its mean, which is Monte-Carlo error only" : ""}.`),
    el("thead", {}, el("tr", {}, heads.map((head) => el("th", { scope: "col" }, head)))),
    el("tbody", {}, answer.endings.map((ending) => el("tr", {}, el("th", { scope: "row" }, ending.label), cells(ending).map(([head, words]) => el("td", { "data-label": head }, words))))));
}
