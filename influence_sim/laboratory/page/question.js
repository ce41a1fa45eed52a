// The question: its state, undo and redo.

import * as address from "./address.js";

const DEFAULTS = { against: null, replicates: 200, seed: 1, worlds: "plausible", count: 512 };
const PARTS = { question: "", claims: [], interventions: [], forums: [], conditions: {}, changes: [], parameters: {} };
export const NEW = "my_question"; // of a question that begins with nothing fixed
const MOST_UNDONE = 200;

export const state = { questions: [], active: 0, view: {} };
let theatre = null;
let listeners = [];
const past = [];
const future = [];
let current = "";

/** The question that is being edited. */
export const active = () => state.questions[state.active];

/** Calls `then(kind)` after each change: `whole` if the form must be rebuilt, otherwise what changed. */
export function listen(then) {
  listeners.push(then);
}

export function begin(menus) {
  theatre = menus;
  address.begin(menus);
  restore(address.read(location.hash) ?? { questions: [theatre.opened ? complete({ scenario: { ...theatre.opened, extends: null } }) : fresh()] });
  current = written();
  remember();
}

/** A question in which nothing is fixed. */
export function fresh() {
  return complete({ scenario: { schema_version: 1, name: NEW, title: "My question", extends: null } });
}

/** A question about a shipped scenario. */
export function shipped(name) {
  const entry = theatre.scenarios.find((scenario) => scenario.name === name);
  return entry && complete({ scenario: structuredClone({ ...entry.scenario, extends: null }) });
}

/** The shipped scenario that a question equals except for assumptions, which any scenario can have; "" if none. */
export function shippedName(question) {
  const entry = theatre.scenarios.find((scenario) => scenario.name === question.scenario.name);
  const bare = (scenario) => ({ ...scenario, extends: null, asks: null, against: null, parameters: {} });
  return entry && same(bare(entry.scenario), bare(question.scenario)) ? entry.name : "";
}

export function same(left, right) {
  if (typeof left !== "object" || left === null || typeof right !== "object" || right === null) return left === right;
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...keys].every((key) => same(left[key] ?? null, right[key] ?? null));
}

/** Changes the active question, or the whole state, by a function; can be undone. */
export function change(edit, kind = "answer") {
  edit(active(), state);
  const question = active();
  const original = theatre.scenarios.find((scenario) => scenario.name === question.scenario.name)?.scenario;
  if (original && !shippedName(question)) {
    question.scenario.name = NEW;
    if (question.scenario.title === original.title) question.scenario.title = changedTitle(original.title);
  }
  settle(kind);
}

/** The title of a shipped scenario once it is changed. */
export const changedTitle = (title) => `${title}, changed`.slice(0, 300);

/** Changes in progress, such as a moving slider, are answered at once and undone as one. */
let waiting = 0;
function settle(kind) {
  clearTimeout(waiting);
  waiting = 0;
  if (kind === "sliding") waiting = setTimeout(commit, 400);
  else if (kind === "tab") {
    current = written();
    remember();
  } else commit();
  for (const then of listeners) then(kind === "sliding" ? "answer" : kind);
}

function commit() {
  const now = written();
  if (now === current) return;
  past.push(current);
  if (past.length > MOST_UNDONE) past.shift();
  future.length = 0;
  current = now;
  remember();
}

export const canUndo = () => past.length > 0 || waiting > 0;
export const canRedo = () => future.length > 0;
export const undo = () => step(past, future);
export const redo = () => step(future, past);

function step(from, to) {
  clearTimeout(waiting);
  waiting = 0;
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

/** A question with the defaults of everything that an address may leave out. */
export function complete(partial) {
  const scenario = { schema_version: 1, name: NEW, title: null, extends: null, against: "baseline", ...structuredClone(PARTS), ...partial.scenario };
  if (!scenario.asks?.length) scenario.asks = [...theatre.question];
  return { ...DEFAULTS, months: null, ...partial, scenario };
}

function restore(saved) {
  state.questions = saved.questions.slice(0, 2).map(complete);
  state.active = saved.active === 1 && state.questions.length > 1 ? 1 : 0;
  state.view = saved.view ?? {};
}

const withoutDefaults = (question) => {
  const scenario = Object.fromEntries(Object.entries(question.scenario).filter(([key, value]) => !same(value, PARTS[key]) && value !== null));
  return { ...Object.fromEntries(Object.entries(question).filter(([key, value]) => value !== null && value !== DEFAULTS[key])), scenario };
};

/** The state as text, in full. */
export function written(view = true) {
  return JSON.stringify({ questions: state.questions.map(withoutDefaults), ...(state.active && { active: state.active }), ...(view && Object.keys(state.view).length && { view: state.view }) });
}

function remember() {
  history.replaceState(null, "", address.address());
}

addEventListener("hashchange", () => {
  const saved = address.read(location.hash);
  if (!saved) return remember();
  restore(saved);
  commit();
  for (const then of listeners) then("whole");
});
