// Play an actor: sit in its chair for one history, choose quarter by quarter, and see who answers.

import { ask, Refused, words as inWords } from "./api.js";
import { chart } from "./chart.js";
import { capital, el, later, menu, monthWords, percent, put, signed } from "./dom.js";
import { active, asked, change, state } from "./question.js";
import { groups, replicate } from "./story.js";

const QUARTER = 3;
let arriving = false; // at a turn that was asked for: its heading gets the focus
const go = (edit) => {
  arriving = true;
  change(edit, "view");
};

/** Draws the game as it stands; the choices are part of the address, so that nothing is lost. */
export async function play(panel, answer, theatre) {
  const game = state.view.play;
  if (!game) return begin(panel, theatre);
  const { record_ends: first } = theatre.calendar;
  const last = answer.months.at(-1);
  const turns = game.turns;
  const month = turns ? later(first, turns * QUARTER - 1) : first;
  let found;
  try {
    found = await ask("play", { ...asked(active()), actor: game.actor, choices: spans(game, first, last), month: month > last ? last : month, replicate: game.replicate }, "play");
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return put(panel, el("ul", { role: "alert" }, error.problems.map((one) => el("li", {}, inWords(one)))), leave());
  }
  if (found && panel.isConnected) turn(panel, found, game, answer, theatre, first, last);
}

function begin(panel, theatre) {
  const who = theatre.actors.filter((one) => one.stances.length);
  const chosen = { actor: theatre.roles.challenger };
  put(panel,
    el("p", {}, "Sit in one actor\u2019s chair. Each quarter you decide what it does, or let it decide as it would; you see what its options are worth to it, and who answers. At the end the same choices are held against what it would have done, over many histories."),
    el("div", { class: "controls" }, el("label", { for: "chair" }, "Play"), menu("chair", who.map((one) => [one.name, one.label]), chosen.actor, (name) => (chosen.actor = name)),
      el("button", { type: "button", id: "sit", class: "main", onclick: () => go((_, whole) => (whole.view.play = { actor: chosen.actor, replicate: replicate(), turns: 0, choices: [] })) }, "Take the chair")));
}

/** The choices as the server takes them: each quarter's, cut at the end. */
const spans = (game, first, last) => game.choices.flatMap((own, turn) => Object.entries(own).map(([stance, option]) => {
  const from = later(first, turn * QUARTER), until = later(first, turn * QUARTER + QUARTER - 1);
  return { from, until: until > last ? last : until, stance, option };
}));

function turn(panel, found, game, answer, theatre, first, last) {
  const actor = theatre.actors.find((one) => one.name === game.actor);
  const begins = later(first, game.turns * QUARTER), ends = later(first, game.turns * QUARTER + QUARTER - 1);
  const over = begins > last;
  const pending = { ...game.pending };
  const before = game.turns ? later(first, (game.turns - 1) * QUARTER) : "";
  const news = found.moves.filter((one) => one.actor !== game.actor && one.month >= (before || later(first, -6))).reverse();
  const heading = over ? `The end: ${monthWords(last)}` : `${monthWords(begins)} to ${monthWords(ends > last ? last : ends)}`;
  const plots = answer.outcomes.map((one, n) => [one, el("div", { class: "plot" }), n]);
  const done = game.choices.filter((own) => Object.keys(own).length).length;
  put(panel,
    el("h3", { id: "turn", tabindex: "-1" }, `${capital(actor.within)}, ${heading}`),
    !over && el("p", { class: "hint" }, "At the right stands how likely it would choose so by itself, whenever it reviews the policy or is asked to a meeting."),
    !over && el("form", { class: "options", onsubmit: (event) => { event.preventDefault(); next(); } }, found.stances.map((one) => stance(one, pending)),
      el("div", { class: "controls" }, el("button", { type: "submit", id: "next", class: "main" }, "Play this quarter"), el("button", { type: "button", id: "rest", onclick: () => end() }, "Play on like this to the end"), leave())),
    over && el("div", { class: "controls" }, el("button", { type: "button", id: "compare", class: "main", disabled: !done, onclick: () => compare(found) }, `Compare over ${active().replicates} histories`), el("button", { type: "button", id: "replay", onclick: () => go((_, whole) => (whole.view.play = { ...game, turns: 0, choices: [], pending: {} })) }, "Play it again"), leave(), !done && el("p", { class: "hint" }, "You have left everything to the actor, so that there is nothing to compare.")),
    el("div", { class: "beside" },
      el("div", { class: "moves", role: "region", tabindex: "0", "aria-label": "Who answered" }, el("h3", {}, game.turns ? "Who answered, and why" : "What happened lately"), news.length ? groups(news, "", theatre) : el("p", {}, "Nobody else changed his mind.")),
      el("div", {}, plots.map(([one, plot]) => el("figure", {}, el("figcaption", {}, `${one.label}: yours, and dashed what would have been`), plot)))));
  if (arriving) document.getElementById("turn").focus();
  arriving = false;
  for (const [one, plot, n] of plots) {
    const own = [...found.paths.scenario[n], ...new Array(Math.max(0, answer.months.length - found.paths.scenario[n].length)).fill(null)];
    chart(plot, { months: answer.months, branch: answer.months.indexOf(first), height: 130, words: `${one.label} as you have played`, series: [{ name: "against", line: found.paths.against[n], bands: [] }, { name: "scenario", line: own.filter((value) => value !== null), bands: [] }] });
  }

  function next() {
    go((_, whole) => (whole.view.play = { ...game, turns: game.turns + 1, choices: [...game.choices, clean(pending, found)], pending }));
  }
  function end() {
    const choices = [...game.choices];
    let turns = game.turns;
    while (later(first, turns * QUARTER) <= last) {
      choices.push(clean(pending, found));
      turns += 1;
    }
    go((_, whole) => (whole.view.play = { ...game, turns, choices, pending }));
  }
}

/** What has been chosen, of what there was to choose. */
const clean = (pending, found) => Object.fromEntries(found.stances.map((one) => [one.stance, pending[one.stance]]).filter(([, option]) => option));

function stance(one, pending) {
  const id = `stance-${one.stance}`;
  const heading = el("legend", {}, one.seat ? `The invitation: ${one.words}?` : capital(one.words));
  if (one.fixed) return el("fieldset", {}, heading, el("p", { class: "hint" }, "The question fixes this."));
  const kept = one.options.find((option) => option.held);
  const choice = (value, words, detail, odds) => el("label", { class: "option" },
    el("input", { type: "radio", name: id, value, id: `${id}-${value}`, checked: (pending[one.stance] ?? "") === value, onchange: () => (pending[one.stance] = value) }), el("span", {}, words, detail && el("span", { class: "why" }, detail)), odds !== undefined && el("span", { class: "odds" }, percent(odds)));
  return el("fieldset", {}, heading,
    choice("", "Let it choose", kept && `it now ${kept.words}`),
    one.options.map((option) => choice(option.option, capital(option.words), [`Worth ${signed(option.value, 2)} to it`, option.motives.length > 0 && `: ${option.motives.map(told).join(", ")}`], option.probability)));
}

const told = (each) => `${each.words}${each.towards ? ` (${each.towards})` : ""} ${signed(each.worth, 2)}`;

const leave = () => el("button", { type: "button", id: "leave", onclick: () => (change((_, whole) => delete whole.view.play, "view"), document.getElementById("tab-play").focus()) }, "Leave the chair");

/** Sets the played path beside what the actor would have done: the question as it was is what it is compared with. */
function compare(found) {
  change((one, whole) => {
    const before = structuredClone(one.scenario);
    const nothing = !before.interventions.length && !before.forums.length && !before.changes.length && !Object.keys(before.conditions).length && !Object.keys(before.parameters).length;
    const played = { ...structuredClone(one), scenario: { ...found.scenario, extends: null }, against: nothing ? null : before };
    whole.questions = [played];
    whole.active = 0;
    whole.view = { played: true };
  }, "whole");
  document.getElementById("tab-outcomes").focus();
}
