// The page: asks the server when the question changes, and draws what comes back.

import { ask, drop, follow, problemText, Refused } from "./api.js";
import * as form from "./ask.js";
import { el, put } from "./dom.js";
import { map } from "./map.js";
import { play } from "./play.js";
import * as questions from "./question.js";
import { answers, outcomes, sure } from "./see.js";
import { stances } from "./stances.js";
import { replicate, story } from "./story.js";
import { take } from "./take.js";
import { why } from "./why.js";

const { state } = questions;
const REST = 500; // milliseconds until a question rests
const TABS = { outcomes: "Outcomes", stances: "Who does what", map: "Map", story: "One history", why: "Why", play: "Play an actor", take: "Take along" };
const ASKED = { stances: "who", map: "who", story: "history", why: "why" };

let theatre = null;
let results = [];
let restTimer = 0;
let changedAt = 0; // when the question changed last

const byId = (id) => document.getElementById(id);

async function begin() {
  theatre = await ask("theatre");
  document.title = `What if? ${theatre.title}`;
  put(byId("theatre"), theatre.title);
  put(byId("about"), `influence_sim ${theatre.tool}, model ${theatre.model}. ${theatre.background} A model of an argument, not a forecast: compare differences, and see what they hang on.`);
  questions.begin(theatre);
  form.begin(theatre, byId("ask"));
  byId("undo").onclick = questions.undo;
  byId("redo").onclick = questions.redo;
  byId("beside").onclick = toggleSecond;
  for (const link of document.querySelectorAll("a[href='#see']")) link.onclick = toAnswer;
  addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z" || event.target.matches("input[type=text], input[type=search], textarea")) return;
    event.preventDefault();
    (event.shiftKey ? questions.redo : questions.undo)();
  });
  let width = innerWidth;
  addEventListener("resize", () => width !== innerWidth && ((width = innerWidth), draw()));
  // On narrow screens the answer is far from the sliders: while it is out of sight, the foot of the page shows it.
  new IntersectionObserver(([entry]) => (byId("ahead").hidden = entry.isIntersecting || entry.boundingClientRect.top < 0)).observe(byId("answers"));
  questions.listen(changed);
  tabs();
  changed("whole");
  document.body.dataset.ready = "true";
}

/** Asks again the questions that have changed. */
function changed(kind) {
  changedAt = performance.now();
  byId("undo").disabled = !questions.canUndo();
  byId("redo").disabled = !questions.canRedo();
  byId("beside").setAttribute("aria-pressed", String(state.questions.length > 1));
  put(byId("beside"), state.questions.length > 1 ? "Take the second question away" : "Set a second question beside it");
  results.length = Math.min(results.length, state.questions.length);
  state.questions.forEach((question, index) => {
    const text = JSON.stringify(questions.asked(question));
    const result = (results[index] ??= { asked: "" });
    if (result.asked !== text) Object.assign(result, { asked: text, stale: true });
    if (result.stale) renew(index);
  });
  tabs();
  if (kind !== "answer") draw();
}

/** Asks for an answer; while one is pending, only the newest question is kept, so that answers keep coming. */
async function renew(index) {
  const result = results[index];
  if (result.running) return;
  result.running = true;
  showBusy();
  drop(`worlds${index}`);
  while (result.stale) {
    result.stale = false;
    const question = questions.asked(state.questions[index]);
    try {
      const answer = await ask("answer", question, `answer${index}`);
      if (results[index] !== result) return;
      if (answer) Object.assign(result, { answer, problems: null, worlds: null, who: null, history: null, why: null });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      result.problems = error.problems;
    }
    draw();
    document.body.dataset.milliseconds = Math.round(performance.now() - changedAt);
    document.body.dataset.answered = Number(document.body.dataset.answered ?? 0) + 1;
  }
  result.running = false;
  showBusy();
  clearTimeout(restTimer);
  restTimer = setTimeout(tryWorlds, REST);
}

/** Whether what is seen answers an earlier question; it is dimmed if that lasts. */
function showBusy() {
  byId("see").setAttribute("aria-busy", String(results.some(({ running }) => running)));
}

/** Tries the questions in worlds, once they rest. */
function tryWorlds() {
  state.questions.forEach((_, index) => {
    const result = results[index];
    if (result?.stale || result?.running || !result?.answer || result.problems || result.worlds || result.answer.branch === null) return;
    result.worlds = null;
    const { asked } = result;
    follow("worlds", JSON.parse(asked), `worlds${index}`, (step) => {
      if (results[index] !== result || result.asked !== asked) return;
      result.worlds = step;
      const place = byId(`sure${index}`);
      if (place) put(place, [sure(result)].flat());
      if (step.hangs && index === state.active) form.offer(step.hangs);
    }).catch((error) => {
      if (!(error instanceof Refused)) throw error;
    });
  });
}

function draw() {
  answers(byId("answers"), results);
  put(byId("ahead"), results.map(({ answer }) => answer && el("span", {}, `${answer.answer.finding} `, answer.answer.numbers && el("b", {}, answer.answer.numbers.split(",")[0]), " ")));
  const tab = currentTab();
  for (const name of Object.keys(TABS)) byId(`panel-${name}`).hidden = name !== tab;
  byId("whose").hidden = state.questions.length < 2 || tab === "outcomes";
  byId("whose").textContent = `Of question ${"AB"[state.active]}, which is the one that is edited.`;
  const panel = byId(`panel-${tab}`);
  const result = results[state.active];
  if (result?.problems) return put(panel, el("p", { class: "hint" }, "Above stands what is wrong with the question."));
  if (!result?.answer) return;
  if (tab === "outcomes") return outcomes(panel, results);
  if (tab === "take") {
    const charts = byId("panel-outcomes"); // of which pictures are made: drawn at its width, and not shown
    charts.hidden = false;
    outcomes(charts, results);
    charts.hidden = true;
    return take(panel, result.answer);
  }
  if (tab === "play") return play(panel, result.answer, theatre).catch(showProblems);
  look(tab, panel, result).catch(showProblems);
}

/** Shows a tab that needs another request, which is sent when the tab is opened and kept while the question stays. */
async function look(tab, panel, result) {
  if (result.answer.branch === null && tab === "why") return put(panel, el("p", {}, "Nothing is fixed yet, so that there is nothing to explain."));
  const kind = ASKED[tab];
  const number = replicate();
  if (kind === "history" && result.history?.replicate !== number) result.history = null;
  if (!result[kind]) {
    if (!panel.hasChildNodes()) put(panel, el("p", { role: "status" }, "\u2026"));
    const { asked, answer } = result;
    const data = await ask(kind, { ...JSON.parse(asked), ...(kind === "history" && { replicate: number }) });
    if (!data || result.answer !== answer || currentTab() !== tab) return;
    result[kind] = data;
  }
  const label = result.answer.outcomes[0].label;
  if (tab === "stances") stances(panel, result.who, result.answer, theatre);
  if (tab === "map") map(panel, result.who, result.answer);
  if (tab === "story") story(panel, result.history, result.answer, theatre);
  if (tab === "why") why(panel, result.why, result.answer, label);
}

function showProblems(error) {
  if (!(error instanceof Refused)) throw error;
  put(byId(`panel-${currentTab()}`), el("ul", { role: "alert" }, error.problems.map((problem) => el("li", {}, problemText(problem)))));
}

const currentTab = () => (Object.hasOwn(TABS, state.view.tab ?? "") ? state.view.tab : "outcomes");

function tabs() {
  const names = Object.keys(TABS);
  if (!byId("panel-outcomes")) put(byId("panels"), names.map((name) => el("div", { id: `panel-${name}`, role: "tabpanel", "aria-labelledby": `tab-${name}`, tabindex: "0", hidden: true })));
  const go = (name) => {
    questions.change((_, session) => (name === "outcomes" ? delete session.view.tab : (session.view.tab = name)), "tab");
    byId(`tab-${name}`).focus();
  };
  const keys = (event) => {
    const at = names.indexOf(currentTab());
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: names.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    go(names[(to + names.length) % names.length]);
  };
  put(byId("tabs"), names.map((name) => el("button", { type: "button", role: "tab", id: `tab-${name}`, "aria-controls": `panel-${name}`, "aria-selected": String(name === currentTab()), tabindex: name === currentTab() ? "0" : "-1", onclick: () => go(name), onkeydown: keys }, TABS[name])));
}

/** Goes to the answer; the part of the address behind # is the question's. */
function toAnswer(event) {
  event.preventDefault();
  byId("see").scrollIntoView();
  byId("see").focus();
}

/** Adds a second question, a copy of the first, or removes it. */
function toggleSecond() {
  questions.change((question, session) => {
    if (session.questions.length > 1) session.questions = [question];
    else session.questions.push(structuredClone(question));
    session.active = session.questions.length - 1;
  }, "begun");
}

begin();
