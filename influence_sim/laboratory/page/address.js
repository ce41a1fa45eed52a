// The part of the address after #: the questions, as differences from shipped scenarios, and the view.
//
//   SCENARIO&ACTOR.INSTRUMENT.TARGET=2019-01:0.5;2020-01:0&PARAMETER=2,OTHER&tab=map
//
// A lever or circumstance has its dated values, FROM[..UNTIL][:VALUE] separated by ;, or nothing if it is not set.
// Two questions are separated by a comma; after / comes what a question is compared with, if that is changed, too.
// Anything else is encoded after ~, as in addresses of earlier versions.

import { changedTitle, complete, fresh, NEW, same, shipped, theatre, withoutDefaults } from "./scenarios.js";

const NUMBERS = ["replicates", "seed", "count", "months"];
const LISTS = ["forums", "changes"]; // from which a question can only remove entries
const CHANGES = ["question", "claims"]; // besides levers and circumstances, these make it another scenario
const LEVER = 3; // parts of its name
const VIEWED = { tab: String, replicate: Number, played: Boolean, play: (text) => game(JSON.parse(decoded(text))) };

/** The address of a state, its questions and the view, or of the questions alone. */
export function address(state, view = true) {
  return `${location.href.split("#")[0]}#${readable(state, view) ?? `~${encoded(written(state, view))}`}`;
}

/** A state as text, in full. */
export function written(state, view = true) {
  return JSON.stringify({ questions: state.questions.map(withoutDefaults), ...(state.active && { active: state.active }), ...(view && Object.keys(state.view).length && { view: state.view }) });
}

function readable(state, view) {
  const texts = state.questions.map(questionText);
  if (texts.includes(null)) return null;
  const viewed = Object.entries(view ? state.view : {}).filter(([key]) => Object.hasOwn(VIEWED, key)).map(([key, value]) => `&${key}=${key === "play" ? encoded(JSON.stringify(value)) : encodeURIComponent(value)}`);
  return texts.join(",") + (view && state.active ? "&edit=1" : "") + viewed.join("");
}

/** A question as its fewest differences from a scenario; null if it cannot be written so. */
function questionText(question) {
  const candidates = [NEW, ...theatre.scenarios.map(({ name }) => name)].map((name) => difference(question, name)).filter((text) => text !== null);
  if (!candidates.length) return null;
  const againstText = question.against ? questionText(complete({ scenario: { ...question.against, extends: null } })) : "";
  if (againstText === null) return null;
  const size = (text) => [text.split("&").length, text.length];
  const [best] = candidates.sort((left, right) => size(left)[0] - size(right)[0] || size(left)[1] - size(right)[1]);
  return best + (question.against ? `/${againstText}` : "");
}

function difference(question, name) {
  const base = baseQuestion(name), [current, defaults] = [settings(question), settings(base)];
  const changes = {};
  for (const key of Object.keys({ ...current, ...defaults })) if (current[key] !== defaults[key]) changes[key] = current[key] ?? "";
  for (const list of LISTS) {
    const indices = question.scenario[list].map((entry) => base.scenario[list].findIndex((other) => same(entry, other)));
    if (indices.length < base.scenario[list].length) changes[list] = indices.join(".");
    if (indices.includes(-1)) return null;
  }
  const { name: _, title: __, ...rest } = changes;
  const expected = settings(withName(base, rest));
  for (const key of ["name", "title"]) if (current[key] !== expected[key]) rest[key] = current[key];
  const text = name + Object.entries(rest).map(([key, value]) => `&${key}=${value}`).join("");
  return !/[,/]/.test(text) && same(settings(parseQuestion(decodeURIComponent(text))), current) ? text : null;
}

const baseQuestion = (name) => (name === NEW ? fresh() : shipped(name));

/** A question as in an address: each dated lever and circumstance, each assumption, and the rest, by name. */
function settings(question) {
  const { scenario } = question, values = {};
  for (const item of scenario.interventions) {
    const key = [item.actor, item.do, item.target].join(".");
    values[key] = [...(key in values ? [values[key]] : []), dated(item.from, item.until, item.level ?? 1, 1)].join(";");
  }
  for (const [name, series] of Object.entries(scenario.conditions)) values[name] = Object.keys(series).sort().map((month) => dated(month, null, series[month])).join(";");
  for (const [name, value] of Object.entries(scenario.parameters)) values[name] = String(value);
  for (const key of NUMBERS) values[key] = String(question[key] ?? "");
  return { ...values, worlds: question.worlds, asks: scenario.asks.join("."), against: scenario.against, claims: scenario.claims.join("."), name: scenario.name, title: encodeWords(scenario.title ?? ""), question: encodeWords(scenario.question) };
}

const dated = (from, until, value, implicit) => `${from}${until ? `..${until}` : ""}${value === implicit ? "" : `:${value}`}`;
const encodeWords = (text) => encodeURIComponent(text).replaceAll("%20", "+").replaceAll("%", "%25");
const decodeWords = (text) => decodeURIComponent(text.replaceAll("+", "%20"));

/** Gives a scenario that is no longer the shipped one a name of its own. */
function withName(question, changes) {
  const isChanged = Object.keys(changes).some((key) => lever(key) || Object.hasOwn(circumstances(), key) || LISTS.includes(key) || CHANGES.includes(key));
  return isChanged && question.scenario.name !== NEW ? { ...question, scenario: { ...question.scenario, name: NEW, title: changedTitle(question.scenario.title) } } : question;
}

const lever = (key) => key.split(".").length === LEVER && theatre.actors.some(({ name }) => key.startsWith(`${name}.`)) && !theatre.parameters.some(({ name }) => name === key);
const circumstances = () => Object.fromEntries(theatre.conditions.map((condition) => [condition.name, condition]));

/** The question in a text; null if it begins with no scenario. */
function parseQuestion(text) {
  const [name, ...rest] = text.split("&");
  const base = baseQuestion(name);
  if (!base) return null;
  const values = Object.fromEntries(rest.map((part) => [part.split("=")[0], part.slice(part.indexOf("=") + 1)]));
  const question = withName(base, values), { scenario } = question;
  for (const [key, value] of Object.entries(values)) {
    if (NUMBERS.includes(key)) question[key] = value === "" ? null : Number(value);
    else if (key === "worlds") question.worlds = value;
    else if (key === "against" || key === "name") scenario[key] = value || scenario[key];
    else if (key === "title" || key === "question") scenario[key] = decodeWords(value);
    else if (key === "asks" || key === "claims") scenario[key] = value ? value.split(".") : [];
    else if (LISTS.includes(key)) scenario[key] = value ? value.split(".").map((place) => scenario[key][place]).filter(Boolean) : [];
    else if (Object.hasOwn(circumstances(), key)) value ? (scenario.conditions[key] = Object.fromEntries(spans(value).map(([from, , value]) => [from, value]))) : delete scenario.conditions[key];
    else if (lever(key)) {
      const [actor, what, target] = key.split(".");
      scenario.interventions = [...scenario.interventions.filter((item) => [item.actor, item.do, item.target].join(".") !== key), ...spans(value).map(([from, until, level]) => ({ from, until, actor, do: what, target, level }))];
    } else if (value === "") delete scenario.parameters[key];
    else scenario.parameters[key] = Number(value);
  }
  return question;
}

const spans = (text) => text.split(";").filter(Boolean).map((span) => {
  const [months, value] = span.split(":"), [from, until] = months.split("..");
  return [from, until ?? null, value === undefined ? 1 : Number(value)];
});

/** Questions, the index of the edited one, and the view from an address; null if it has no valid questions. */
export function read(hash) {
  try {
    const text = decodeURIComponent(hash.replace(/^#/, ""));
    if (text.startsWith("~")) return validated(JSON.parse(decoded(text.slice(1))));
    const view = {};
    let active = 0;
    const questions = text.split(",").map((part) => {
      const parts = part.split("&").filter((part) => {
        const [key, value] = part.split("=");
        if (key === "edit") active = Number(value);
        else if (Object.hasOwn(VIEWED, key)) view[key] = VIEWED[key](value);
        return !(key === "edit" || Object.hasOwn(VIEWED, key));
      });
      const [question, other] = parts.join("&").split("/").map(parseQuestion);
      return question && other !== null && { ...question, against: other?.scenario ?? null };
    });
    return questions.every(Boolean) ? validated({ questions, active, view }) : null;
  } catch {
    return null;
  }
}

/** The saved state if it has the shape that the form needs, otherwise null; the server checks the rest. */
function validated(saved) {
  const isObject = (value) => typeof value === "object" && value !== null;
  const scenarios = saved.questions.flatMap(({ scenario, against }) => (against ? [scenario, against] : [scenario]));
  const fits = (value) => isObject(value)
    && ["interventions", "forums", "changes"].every((key) => value[key] === undefined || (Array.isArray(value[key]) && value[key].every(isObject)))
    && ["conditions", "parameters"].every((key) => value[key] === undefined || isObject(value[key])) && Object.values(value.conditions ?? {}).every(isObject)
    && ["asks", "claims"].every((key) => Array.isArray(value[key] ?? [])) && ["title", "question", "name"].every((key) => typeof (value[key] ?? "") === "string");
  if (!scenarios.length || !scenarios.every(fits)) return null;
  if (!game(saved.view?.play)) delete saved.view?.play;
  return saved;
}

/** A game if it is a valid one. */
const game = (value) => (typeof value?.actor === "string" && Number.isInteger(value.turns) && Array.isArray(value.choices) && value.choices.every((choice) => typeof choice === "object" && choice !== null) ? value : undefined);

function encoded(text) {
  const bytes = new TextEncoder().encode(text);
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function decoded(text) {
  const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
}
