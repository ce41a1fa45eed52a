// The question: what it holds, how the address holds it, undo and redo.

const DEFAULTS = { against: null, replicates: 200, seed: 1, worlds: "plausible", count: 512 };
const PARTS = { question: "", claims: [], interventions: [], forums: [], conditions: {}, changes: [], parameters: {} };
const MOST_UNDONE = 200;

export const state = { questions: [], active: 0, view: {} };
let theatre = null;
let listeners = [];
const past = [];
const future = [];
let shown = "";

/** The question that is being edited. */
export const active = () => state.questions[state.active];

/** Calls `then(kind)` after each change: `whole` if the form must be built anew, otherwise what changed. */
export function listen(then) {
  listeners.push(then);
}

export function begin(menus) {
  theatre = menus;
  read(location.hash) || restore({ questions: [fresh()] });
  shown = written();
  remember();
}

/** A question in which nothing is fixed. */
export function fresh() {
  return whole({ scenario: { schema_version: 1, name: "my_question", title: "My question", extends: null } });
}

/** A question about a shipped scenario. */
export function shipped(name) {
  const found = theatre.scenarios.find((one) => one.name === name);
  return found && whole({ scenario: structuredClone({ ...found.scenario, extends: null }) });
}

/** The shipped scenario that a question is about to the letter, but for assumptions, which any scenario can be given. */
export function shippedName(question) {
  const found = theatre.scenarios.find((one) => one.name === question.scenario.name);
  const bare = (scenario) => ({ ...scenario, extends: null, asks: null, against: null, parameters: {} });
  return found && same(bare(found.scenario), bare(question.scenario)) ? found.name : "";
}

function same(one, other) {
  if (typeof one !== "object" || one === null || typeof other !== "object" || other === null) return one === other;
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...keys].every((key) => same(one[key] ?? null, other[key] ?? null));
}

/** Changes the active question, or the whole state, by a function; can be undone. */
export function change(edit, kind = "answer") {
  edit(active(), state);
  const question = active();
  const name = question.scenario.name;
  if (theatre.scenarios.some((one) => one.name === name) && !shippedName(question)) {
    const title = theatre.scenarios.find((one) => one.name === name).scenario.title;
    Object.assign(question.scenario, { name: "my_question", title: `${title}, changed`.slice(0, 300) });
  }
  settle(kind);
}

/** A change in progress, such as a slider that is being moved: answered at once, undone as one. */
let waiting = 0;
function settle(kind) {
  clearTimeout(waiting);
  waiting = 0;
  if (kind === "sliding") waiting = setTimeout(commit, 400);
  else if (kind === "tab") {
    shown = written();
    remember();
  } else commit();
  for (const then of listeners) then(kind === "sliding" ? "answer" : kind);
}

function commit() {
  const now = written();
  if (now === shown) return;
  past.push(shown);
  if (past.length > MOST_UNDONE) past.shift();
  future.length = 0;
  shown = now;
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
  to.push(shown);
  shown = from.pop();
  restore(JSON.parse(shown));
  remember();
  for (const then of listeners) then("whole");
}

/** What the server is asked. */
export function asked(question) {
  return structuredClone(Object.fromEntries(Object.entries(question).filter(([, value]) => value !== null)));
}

function whole(said) {
  const scenario = { schema_version: 1, name: "my_question", title: null, extends: null, against: "baseline", ...structuredClone(PARTS), ...said.scenario };
  if (!scenario.asks?.length) scenario.asks = [...theatre.question];
  return { ...DEFAULTS, months: null, ...said, scenario };
}

function restore(found) {
  state.questions = found.questions.slice(0, 2).map(whole);
  state.active = Math.min(found.active ?? 0, state.questions.length - 1);
  state.view = found.view ?? {};
}

const small = (question) => {
  const scenario = Object.fromEntries(Object.entries(question.scenario).filter(([key, value]) => !same(value, PARTS[key]) && value !== null));
  return { ...Object.fromEntries(Object.entries(question).filter(([key, value]) => value !== null && value !== DEFAULTS[key])), scenario };
};

function written(view = true) {
  return JSON.stringify({ questions: state.questions.map(small), ...(state.active && { active: state.active }), ...(view && Object.keys(state.view).length && { view: state.view }) });
}

/** The address that holds all of it, or the question alone: readable where shipped scenarios are asked about. */
export function address(view = true) {
  const names = state.questions.map(named);
  const own = view ? state.view : {};
  const readable = names.every(Boolean) && state.active === 0 && Object.keys(own).every((key) => SEEN.includes(key));
  const seen = Object.entries(own).map(([key, value]) => `&${key}=${value}`).join("");
  return `${location.href.split("#")[0]}#${readable ? names.join(",") + seen : `~${encoded(written(view))}`}`;
}

const SEEN = ["tab", "replicate"];

/** A question about a shipped scenario as an address has it, `NAME&ASSUMPTION=VALUE`; "" if anything else is changed. */
function named(question) {
  const name = shippedName(question);
  const { parameters } = question.scenario;
  if (!name || !same(small({ ...question, scenario: { ...question.scenario, parameters: shipped(name).scenario.parameters } }), small(shipped(name)))) return "";
  return name + Object.entries(parameters).map(([key, value]) => `&${key}=${value}`).join("");
}

/** Takes what `named` and `address` write. */
function readable(text) {
  const view = {};
  const found = text.split(",").map((part) => {
    const [name, ...settings] = part.split("&");
    const question = shipped(name);
    for (const [key, value] of settings.map((one) => one.split("="))) {
      if (SEEN.includes(key)) view[key] = key === "replicate" ? Number(value) : value;
      else if (question) question.scenario.parameters[key] = Number(value);
    }
    return question;
  });
  if (!found.every(Boolean)) return false;
  restore({ questions: found, view });
  return true;
}

function remember() {
  history.replaceState(null, "", address());
}

/** Takes the question from what stands behind # in an address; false if there is none. */
export function read(hash) {
  let text = hash.replace(/^#/, "");
  try {
    text = decodeURIComponent(text);
  } catch {
    return false;
  }
  if (!text) return false;
  if (!text.startsWith("~")) return readable(text);
  try {
    const found = JSON.parse(decoded(text.slice(1)));
    if (!Array.isArray(found.questions) || !found.questions.length || !found.questions.every((one) => sound(one.scenario))) return false;
    restore(found);
    return true;
  } catch {
    return false;
  }
}

/** Whether what an address says is built as the form needs it; whether it is right, the server says. */
function sound(scenario) {
  if (typeof scenario !== "object" || scenario === null) return false;
  const lists = ["interventions", "forums", "changes"].every((key) => scenario[key] === undefined || (Array.isArray(scenario[key]) && scenario[key].every((one) => typeof one === "object" && one !== null)));
  const maps = ["conditions", "parameters"].every((key) => scenario[key] === undefined || (typeof scenario[key] === "object" && scenario[key] !== null));
  return lists && maps && Array.isArray(scenario.asks ?? []) && (typeof (scenario.title ?? "") === "string") && (typeof (scenario.question ?? "") === "string");
}

function encoded(text) {
  const bytes = new TextEncoder().encode(text);
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function decoded(text) {
  const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
}

addEventListener("hashchange", () => {
  if (read(location.hash)) {
    commit();
    for (const then of listeners) then("whole");
  }
});
