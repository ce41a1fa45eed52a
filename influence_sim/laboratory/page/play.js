// Play an actor: sit in its chair for one history, choose quarter by quarter, and see who answers.

import { ask, problemText, Refused } from "./api.js";
import { chart } from "./chart.js";
import { capital, el, later, menu, monthWords, percent, put, signed } from "./dom.js";
import { active, asked, change, state } from "./question.js";
import { groups, replicate } from "./story.js";

const QUARTER = 3;
let arriving = false; // whether the next turn was requested: its heading gets the focus
const go = (edit) => {
  arriving = true;
  change(edit, "view");
};

/** Draws the current state of the game; the choices are part of the address, so that nothing is lost. */
export async function play(panel, answer, theatre) {
  const game = state.view.play;
  if (!game) return begin(panel, theatre);
  const { record_ends: first } = theatre.calendar;
  const last = answer.months.at(-1);
  const turns = game.turns;
  const month = turns ? later(first, turns * QUARTER - 1) : first;
  let data;
  try {
    data = await ask("play", { ...asked(active()), actor: game.actor, choices: spans(game, first, last), month: month > last ? last : month, replicate: game.replicate }, "play");
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return put(panel, el("ul", { role: "alert" }, error.problems.map((problem) => el("li", {}, problemText(problem)))), leave());
  }
  if (data && panel.isConnected) turn(panel, data, game, answer, theatre, first, last);
}

function begin(panel, theatre) {
  const who = theatre.actors.filter((actor) => actor.stances.length);
  const chosen = { actor: theatre.roles.challenger };
  put(panel,
    el("p", {}, "Sit in one actor\u2019s chair. Each quarter you decide what it does, or let it decide as it would; you see what its options are worth to it, and who answers. At the end the same choices are held against what it would have done, over many histories."),
    el("div", { class: "controls" }, el("label", { for: "chair" }, "Play"), menu("chair", who.map((actor) => [actor.name, actor.label]), chosen.actor, (name) => (chosen.actor = name)),
      el("button", { type: "button", id: "sit", class: "main", onclick: () => go((_, session) => (session.view.play = { actor: chosen.actor, replicate: replicate(), turns: 0, choices: [] })) }, "Take the chair")));
}

/** The choices for the server: those of each quarter, cut at the end. */
const spans = (game, first, last) => game.choices.flatMap((chosen, turn) => Object.entries(chosen).map(([stance, option]) => {
  const from = later(first, turn * QUARTER), until = later(first, turn * QUARTER + QUARTER - 1);
  return { from, until: until > last ? last : until, stance, option };
}));

function turn(panel, data, game, answer, theatre, first, last) {
  const actor = theatre.actors.find((actor) => actor.name === game.actor);
  const begins = later(first, game.turns * QUARTER), ends = later(first, game.turns * QUARTER + QUARTER - 1);
  const over = begins > last;
  const pending = { ...game.pending };
  const before = game.turns ? later(first, (game.turns - 1) * QUARTER) : "";
  const news = data.moves.filter((move) => move.actor !== game.actor && move.month >= (over ? first : before || later(first, -6))).reverse();
  const heading = over ? `the end: ${monthWords(last)}` : `${monthWords(begins)} to ${monthWords(ends > last ? last : ends)}`;
  const plots = answer.outcomes.map((outcome, n) => [outcome, el("div", { class: "plot" }), n]);
  const done = game.choices.filter((chosen) => Object.keys(chosen).length).length;
  put(panel,
    el("h3", { id: "turn", tabindex: "-1" }, `${capital(actor.within)}, ${heading}`),
    !over && el("p", { class: "hint" }, "At the right stands how likely it would choose so by itself, whenever it reviews the policy or is asked to a meeting."),
    !over && el("form", { class: "options", onsubmit: (event) => { event.preventDefault(); next(); } }, data.stances.map((one) => stance(one, pending)),
      el("div", { class: "controls" }, el("button", { type: "submit", id: "next", class: "main" }, "Play this quarter"), el("button", { type: "button", id: "rest", onclick: () => end() }, "Play on like this to the end"), leave())),
    over && el("div", { class: "controls" }, el("button", { type: "button", id: "compare", class: "main", disabled: !done, onclick: () => compare(data) }, `Compare over ${active().replicates} histories`), el("button", { type: "button", id: "replay", onclick: () => go((_, session) => (session.view.play = { ...game, turns: 0, choices: [], pending: {} })) }, "Play it again"), leave(), !done && el("p", { class: "hint" }, "You have left everything to the actor, so that there is nothing to compare.")),
    el("div", { class: "beside" },
      el("div", { class: "moves", role: "region", tabindex: "0", "aria-label": "What others did" }, el("h3", {}, game.turns ? "Who else changed course, and why" : "What happened lately"),
        game.turns > 0 && news.some((move) => move.new) && el("p", { class: "hint" }, "What is marked \u201cnew\u201d is an answer to your choices: it would not have happened then without them."), news.length ? groups(news, "", theatre) : el("p", {}, "Nobody else changed course.")),
      el("div", {}, plots.map(([one, plot]) => el("figure", {}, el("figcaption", {}, `${one.label}: yours, and dashed what would have been`), plot)))));
  if (arriving) document.getElementById("turn").focus();
  arriving = false;
  for (const [one, plot, n] of plots) {
    chart(plot, { months: answer.months, branch: answer.months.indexOf(first), height: 130, words: `${one.label} as you have played`, series: [{ name: "against", line: data.paths.against[n], bands: [] }, { name: "scenario", line: data.paths.scenario[n], bands: [] }] });
  }

  function next() {
    go((_, session) => (session.view.play = { ...game, turns: game.turns + 1, choices: [...game.choices, clean(pending, data)], pending }));
  }
  function end() {
    const choices = [...game.choices];
    let turns = game.turns;
    while (later(first, turns * QUARTER) <= last) {
      choices.push(clean(pending, data));
      turns += 1;
    }
    go((_, session) => (session.view.play = { ...game, turns, choices, pending }));
  }
}

/** The pending choices among the stances on offer. */
const clean = (pending, data) => Object.fromEntries(data.stances.map((stance) => [stance.stance, pending[stance.stance]]).filter(([, option]) => option));

function stance(entry, pending) {
  const id = `stance-${entry.stance}`;
  const heading = el("legend", {}, entry.seat ? `The invitation: ${entry.words}?` : capital(entry.words));
  if (entry.fixed) return el("fieldset", {}, heading, el("p", { class: "hint" }, "The question fixes this."));
  const held = entry.options.find((option) => option.held);
  const choice = (value, words, detail, odds) => el("label", { class: "option" },
    el("input", { type: "radio", name: id, value, id: `${id}-${value}`, checked: (pending[entry.stance] ?? "") === value, onchange: () => (pending[entry.stance] = value) }), el("span", {}, words, detail && el("span", { class: "why" }, detail)), odds !== undefined && el("span", { class: "odds" }, percent(odds)));
  return el("fieldset", {}, heading,
    choice("", "Let it choose", held && `it now ${held.words}`),
    entry.options.map((option) => choice(option.option, capital(option.words), [option.probability === 0 ? "Would come to nothing now, whatever it is worth" : `Worth ${signed(option.value, 2)} to it`, option.probability > 0 && option.motives.length > 0 && `: ${option.motives.map(motiveText).join(", ")}`], option.probability)));
}

const motiveText = ({ words, towards, worth }) => `${words}${towards ? ` (${towards})` : ""} ${signed(worth, 2)}`;

const leave = () => el("button", { type: "button", id: "leave", onclick: () => (change((_, session) => delete session.view.play, "view"), document.getElementById("tab-play").focus()) }, "Leave the chair");

/** Compares the played path with what the actor would have done: the question as it was before. */
function compare(data) {
  change((question, session) => {
    const before = structuredClone(question.scenario);
    const isEmpty = !before.interventions.length && !before.forums.length && !before.changes.length && !Object.keys(before.conditions).length && !Object.keys(before.parameters).length;
    const played = { ...structuredClone(question), scenario: { ...data.scenario, extends: null }, against: isEmpty ? null : before };
    session.questions = [played];
    session.active = 0;
    session.view = { played: true };
  }, "begun");
  document.getElementById("tab-outcomes").focus();
}
