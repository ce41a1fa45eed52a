// Questions as data: new ones, those of shipped scenarios, and what may be left out.

const DEFAULTS = { against: null, replicates: 200, seed: 1, worlds: "plausible", count: 512 };
const PARTS = { question: "", claims: [], interventions: [], forums: [], conditions: {}, changes: [], parameters: {} };
export const NEW = "my_question"; // of a question that begins with nothing fixed

export let theatre = null;
export const setTheatre = (menus) => (theatre = menus);

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

/** The value of an assumption in words: the name of a choice, or a short number. */
export const assumed = (spec, value) => spec.choices.find((choice) => choice.value === value)?.name ?? String(Number(value.toPrecision(3))).replace("-", "\u2212");

/** The title of a shipped scenario once it is changed. */
export const changedTitle = (title) => `${title}, changed`.slice(0, 300);

/** A question with the defaults of everything that an address may leave out. */
export function complete(partial) {
  const scenario = { schema_version: 1, name: NEW, title: null, extends: null, against: "baseline", ...structuredClone(PARTS), ...partial.scenario };
  if (!scenario.asks?.length) scenario.asks = [...theatre.question];
  return { ...DEFAULTS, months: null, ...partial, scenario };
}

/** A question without these. */
export const withoutDefaults = (question) => {
  const scenario = Object.fromEntries(Object.entries(question.scenario).filter(([key, value]) => !same(value, PARTS[key]) && value !== null));
  return { ...Object.fromEntries(Object.entries(question).filter(([key, value]) => value !== null && value !== DEFAULTS[key])), scenario };
};
