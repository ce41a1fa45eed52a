// The question: its state, undo and redo.

import { address, read, written } from "./address.js";
import { changedTitle, complete, fresh, NEW, setTheatre, shippedName, theatre } from "./scenarios.js";

const MOST_UNDONE = 200;
const STEPS = ["begun", "tab", "view"];

export const state = { questions: [], active: 0, view: {} };
let listeners = [];
const past = [];
const future = [];
let current = "";
let begun = 0; // which of the questions begun here is shown; the browser's history says the same of its entries

/** The question that is being edited. */
export const active = () => state.questions[state.active];

/** Calls `then(kind)` after each change: `whole` if the form must be rebuilt, otherwise what changed. */
export function listen(then) {
  listeners.push(then);
}

export function begin(menus) {
  setTheatre(menus);
  begun = history.state?.begun ?? 0;
  restore(read(location.hash) ?? { questions: [theatre.opened ? complete({ scenario: { ...theatre.opened, extends: null } }) : fresh()] });
  current = written(state);
  remember();
  addEventListener("popstate", follow);
}

/** Takes up an address that somebody has typed, or to which the browser goes back: of the same question only the view. */
function follow({ state: entry }) {
  note();
  const saved = read(location.hash);
  if (!saved) return remember();
  if (entry?.begun === begun) {
    state.view = saved.view ?? {};
    current = written(state);
  } else {
    restore(saved);
    begun = entry?.begun ?? begun + 1;
    note();
  }
  remember();
  for (const then of listeners) then("whole");
}

/**
 * Changes the active question, or the whole state, by a function; can be undone. What begins another question (`begun`)
 * and what shows another side of it (`tab`, `view`) is a step of the browser's history, too.
 */
export function change(edit, kind = "answer") {
  if (waiting && kind !== "sliding") commit();
  edit(active(), state);
  const question = active();
  const original = theatre.scenarios.find((scenario) => scenario.name === question.scenario.name)?.scenario;
  if (original && !shippedName(question)) {
    question.scenario.name = NEW;
    if (question.scenario.title === original.title) question.scenario.title = changedTitle(original.title);
  }
  settle(kind);
}

/** Changes in progress, such as a moving slider, are answered at once and undone as one. */
let waiting = 0;
function settle(kind) {
  clearTimeout(waiting);
  waiting = 0;
  if (kind === "begun") begun += 1;
  if (kind === "tab") current = written(state);
  if (kind === "sliding") waiting = setTimeout(commit, 400);
  else commit(STEPS.includes(kind));
  for (const then of listeners) then({ sliding: "answer", begun: "whole" }[kind] ?? kind);
}

function commit(isStep = false) {
  note();
  remember(isStep);
}

/** Notes the state for undo. */
function note() {
  clearTimeout(waiting);
  waiting = 0;
  const now = written(state);
  if (now === current) return;
  past.push(current);
  if (past.length > MOST_UNDONE) past.shift();
  future.length = 0;
  current = now;
}

export const canUndo = () => past.length > 0 || waiting > 0;
export const canRedo = () => future.length > 0;
export const undo = () => step(past, future);
export const redo = () => step(future, past);

function step(from, to) {
  commit();
  if (!from.length) return;
  to.push(current);
  current = from.pop();
  restore(JSON.parse(current));
  remember();
  for (const then of listeners) then("whole");
}

/** A question as sent to the server. */
export function asked(question) {
  return structuredClone(Object.fromEntries(Object.entries(question).filter(([, value]) => value !== null)));
}

function restore(saved) {
  state.questions = saved.questions.slice(0, 2).map(complete);
  state.active = saved.active === 1 && state.questions.length > 1 ? 1 : 0;
  state.view = saved.view ?? {};
}

/** Writes the state into the address: of this entry of the browser's history, or of a new one. */
function remember(isStep = false) {
  const url = address(state);
  history[isStep && url !== location.href ? "pushState" : "replaceState"]({ begun }, "", url);
}
