// One history, month by month: who changed course, and what decided it.

import { chart } from "./chart.js";
import { capital, el, monthWords, put, signed } from "./dom.js";
import { change, state } from "./question.js";

const PACE = 450; // milliseconds a month
let at = null;
let timer = 0;

export function story(panel, data, answer, theatre) {
  const months = answer.months;
  const branch = answer.branch ? months.indexOf(answer.branch) : 0;
  at = Math.min(at ?? Math.max(branch, 0), months.length - 1);
  const list = el("div", { class: "moves", id: "moves", role: "region", tabindex: "0", "aria-label": "Who has changed course" });
  const plots = answer.outcomes.map((outcome, n) => [outcome, el("div", { class: "plot" }), n]);
  const slider = el("input", { id: "when", type: "range", min: 0, max: months.length - 1, ".value": at, oninput: () => go(Number(slider.value)) });
  const output = el("output", { for: "when", class: "big" });
  const playButton = el("button", { type: "button", id: "run", onclick: toggle }, "Play");
  const number = el("input", { id: "replicate", type: "number", min: 0, max: 999, ".value": data.replicate, onchange: (event) => change((_, session) => (session.view.replicate = Math.min(Math.max(Math.round(Number(event.target.value)) || 0, 0), 999)), "view") });
  put(panel,
    el("p", { class: "hint" }, "One history of many: the dice fall once for every actor and month, the same on both sides. What is marked \u201cnew\u201d would not have happened then without what the question fixes. A motive\u2019s number is what it adds to the worth of the new course.", data.paths.against && " In the charts, dashed: without it."),
    el("div", { class: "controls" }, el("label", { for: "replicate" }, "History no."), number,
      el("button", { type: "button", id: "other", onclick: () => change((_, session) => (session.view.replicate = (data.replicate + 1) % 1000), "view") }, "Another"),
      el("span", { class: "steps" }, el("button", { type: "button", id: "back", "aria-label": "A month back", onclick: () => go(at - 1) }, "\u2039"), playButton, el("button", { type: "button", id: "on", "aria-label": "A month on", onclick: () => go(at + 1) }, "\u203a"))),
    el("div", { class: "controls" }, el("label", { for: "when", class: "sr" }, "Month"), slider, output),
    el("div", { class: "beside" }, list, el("div", {}, plots.map(([one, plot]) => el("figure", {}, el("figcaption", {}, one.label), plot)))));
  const cursors = plots.map(([one, plot, n]) => chart(plot, { months, branch: answer.branch ? branch : -1, height: 130, words: `${one.label} in this history`, at: { month: () => at, read: go }, series: [data.paths.against && { name: "against", line: data.paths.against[n], bands: [] }, { name: "scenario", line: data.paths.scenario[n], bands: [] }].filter(Boolean) }));
  go(at);

  function go(step) {
    at = Math.min(Math.max(step, 0), months.length - 1);
    slider.value = at;
    slider.setAttribute("aria-valuetext", monthWords(months[at]));
    output.textContent = monthWords(months[at]);
    for (const move of cursors) move(at);
    const until = data.moves.filter((move) => move.month <= months[at]).reverse();
    put(list, groups(until, months[at], theatre), !until.length && el("p", {}, "Nobody has changed course so far."));
    if (at === months.length - 1) stop();
  }
  function toggle() {
    if (timer) return stop();
    if (at === months.length - 1) at = Math.max(branch - 1, 0);
    playButton.textContent = "Pause";
    timer = setInterval(() => (panel.hidden || !slider.isConnected ? stop() : go(at + 1)), PACE);
  }
  function stop() {
    clearInterval(timer);
    timer = 0;
    playButton.textContent = "Play";
  }
}

/** Changes of course, those of a month together, the latest first. */
export function groups(moves, now, theatre) {
  const months = [...new Set(moves.map((move) => move.month))];
  return months.map((month) => el("section", { class: month === now ? "now" : "" }, el("h3", {}, monthWords(month)), el("ul", {}, moves.filter((move) => move.month === month).map((one) => sentence(one, theatre)))));
}

function sentence(move, theatre) {
  const actor = theatre.actors.find(({ name }) => name === move.actor);
  const motives = move.motives.map((motive) => [motive.words, motive.towards && ` (${motive.towards})`, ` ${signed(motive.worth, 2)}`].filter(Boolean).join("")).join(", ");
  const about = move.motives.map((motive) => motive.about && `${capital(motive.words)}: ${motive.about}`).filter(Boolean).join(" ");
  const decided = motives ? `What decided it: ${motives}` : "Chance decided it: nothing spoke for it";
  return el("li", {},
    el("b", {}, capital(actor?.within ?? move.actor)), ` ${move.words}`,
    move.fixed ? el("span", { class: "flag" }, "without effect: the question sets this") : move.new && el("span", { class: "flag new" }, "new"),
    about ? el("details", { class: "why" }, el("summary", {}, decided), about) : el("span", { class: "why" }, decided));
}

export const replicate = () => state.view.replicate ?? 0;
