// What stands behind # in the address: all that is asked, as differences from shipped scenarios, and what is looked at.
//
//   SCENARIO&ACTOR.INSTRUMENT.TARGET=2019-01:0.5;2020-01:0&PARAMETER=2,OTHER&tab=map
//
// A lever or circumstance has its dated values, FROM[..UNTIL][:VALUE] with ; between them, or nothing if it is not set.
// Two questions have a comma between them; behind / stands what a question is compared with, if that is changed, too.
// What cannot be said like this stands in code behind ~, as in addresses of earlier versions.

import { changed, fresh, NEW, same, shipped, state, whole, written } from "./question.js";

const NUMBERS = ["replicates", "seed", "count", "months"];
const LISTS = ["forums", "changes"]; // of which a question can only take something away
const CHANGES = ["question", "claims"]; // beside levers and circumstances: with these it is another scenario
const LEVER = 3; // parts of its name
const VIEWED = { tab: String, replicate: Number, played: Boolean, play: (text) => game(JSON.parse(decoded(text))) };
let theatre = null;

export const begin = (menus) => (theatre = menus);

/** The address that holds all of it, or the question alone. */
export function address(view = true) {
  return `${location.href.split("#")[0]}#${readable(view) ?? `~${encoded(written(view))}`}`;
}

function readable(view) {
  const asked = state.questions.map(said);
  if (asked.includes(null)) return null;
  const seen = Object.entries(view ? state.view : {}).filter(([key]) => Object.hasOwn(VIEWED, key)).map(([key, value]) => `&${key}=${key === "play" ? encoded(JSON.stringify(value)) : encodeURIComponent(value)}`);
  return asked.join(",") + (view && state.active ? "&edit=1" : "") + seen.join("");
}

/** A question by its fewest differences from a scenario; null if it is none that can be said. */
function said(question) {
  const ways = [NEW, ...theatre.scenarios.map(({ name }) => name)].map((name) => difference(question, name)).filter((text) => text !== null);
  if (!ways.length) return null;
  const other = question.against ? said(whole({ scenario: { ...question.against, extends: null } })) : "";
  if (other === null) return null;
  const size = (text) => [text.split("&").length, text.length];
  const [best] = ways.sort((one, other) => size(one)[0] - size(other)[0] || size(one)[1] - size(other)[1]);
  return best + (question.against ? `/${other}` : "");
}

function difference(question, name) {
  const base = based(name), [own, usual] = [settings(question), settings(base)];
  const found = {};
  for (const key of Object.keys({ ...own, ...usual })) if (own[key] !== usual[key]) found[key] = own[key] ?? "";
  for (const list of LISTS) {
    const places = question.scenario[list].map((one) => base.scenario[list].findIndex((other) => same(one, other)));
    if (places.length < base.scenario[list].length) found[list] = places.join(".");
    if (places.includes(-1)) return null;
  }
  const { name: _, title: __, ...rest } = found;
  const implied = settings(renamed(base, rest));
  for (const key of ["name", "title"]) if (own[key] !== implied[key]) rest[key] = own[key];
  const text = name + Object.entries(rest).map(([key, value]) => `&${key}=${value}`).join("");
  return !/[,/]/.test(text) && same(settings(parsed(decodeURIComponent(text))), own) ? text : null;
}

const based = (name) => (name === NEW ? fresh() : shipped(name));

/** A question as an address has it: by name each dated lever and circumstance, each assumption, and the rest. */
function settings(question) {
  const { scenario } = question, found = {};
  for (const one of scenario.interventions) {
    const key = [one.actor, one.do, one.target].join(".");
    found[key] = [...(key in found ? [found[key]] : []), dated(one.from, one.until, one.level ?? 1, 1)].join(";");
  }
  for (const [name, series] of Object.entries(scenario.conditions)) found[name] = Object.keys(series).sort().map((month) => dated(month, null, series[month])).join(";");
  for (const [name, value] of Object.entries(scenario.parameters)) found[name] = String(value);
  for (const key of NUMBERS) found[key] = String(question[key] ?? "");
  return { ...found, worlds: question.worlds, asks: scenario.asks.join("."), against: scenario.against, claims: scenario.claims.join("."), name: scenario.name, title: words(scenario.title ?? ""), question: words(scenario.question) };
}

const dated = (from, until, value, usual) => `${from}${until ? `..${until}` : ""}${value === usual ? "" : `:${value}`}`;
const words = (text) => encodeURIComponent(text).replaceAll("%20", "+").replaceAll("%", "%25");
const unworded = (text) => decodeURIComponent(text.replaceAll("+", "%20"));

/** A scenario that is no longer what is shipped has a name of its own. */
function renamed(question, found) {
  const other = Object.keys(found).some((key) => lever(key) || Object.hasOwn(circumstances(), key) || LISTS.includes(key) || CHANGES.includes(key));
  return other && question.scenario.name !== NEW ? { ...question, scenario: { ...question.scenario, name: NEW, title: changed(question.scenario.title) } } : question;
}

const lever = (key) => key.split(".").length === LEVER && theatre.actors.some(({ name }) => key.startsWith(`${name}.`)) && !theatre.parameters.some(({ name }) => name === key);
const circumstances = () => Object.fromEntries(theatre.conditions.map((one) => [one.name, one]));

/** The question that a text says; null if it begins with no scenario. */
function parsed(text) {
  const [name, ...rest] = text.split("&");
  const base = based(name);
  if (!base) return null;
  const found = Object.fromEntries(rest.map((one) => [one.split("=")[0], one.slice(one.indexOf("=") + 1)]));
  const question = renamed(base, found), { scenario } = question;
  for (const [key, value] of Object.entries(found)) {
    if (NUMBERS.includes(key)) question[key] = value === "" ? null : Number(value);
    else if (key === "worlds") question.worlds = value;
    else if (key === "against" || key === "name") scenario[key] = value || scenario[key];
    else if (key === "title" || key === "question") scenario[key] = unworded(value);
    else if (key === "asks" || key === "claims") scenario[key] = value ? value.split(".") : [];
    else if (LISTS.includes(key)) scenario[key] = value ? value.split(".").map((place) => scenario[key][place]).filter(Boolean) : [];
    else if (Object.hasOwn(circumstances(), key)) value ? (scenario.conditions[key] = Object.fromEntries(spans(value).map(([from, , own]) => [from, own]))) : delete scenario.conditions[key];
    else if (lever(key)) {
      const [actor, what, target] = key.split(".");
      scenario.interventions = [...scenario.interventions.filter((one) => [one.actor, one.do, one.target].join(".") !== key), ...spans(value).map(([from, until, level]) => ({ from, until, actor, do: what, target, level }))];
    } else if (value === "") delete scenario.parameters[key];
    else scenario.parameters[key] = Number(value);
  }
  return question;
}

const spans = (text) => text.split(";").filter(Boolean).map((one) => {
  const [span, value] = one.split(":"), [from, until] = span.split("..");
  return [from, until ?? null, value === undefined ? 1 : Number(value)];
});

/** What an address says: questions, the one that is edited, and what is looked at; null if it says nothing that can be asked. */
export function read(hash) {
  try {
    const text = decodeURIComponent(hash.replace(/^#/, ""));
    if (text.startsWith("~")) return sound(JSON.parse(decoded(text.slice(1))));
    const view = {};
    let active = 0;
    const questions = text.split(",").map((part) => {
      const kept = part.split("&").filter((one) => {
        const [key, value] = one.split("=");
        if (key === "edit") active = Number(value);
        else if (Object.hasOwn(VIEWED, key)) view[key] = VIEWED[key](value);
        return !(key === "edit" || Object.hasOwn(VIEWED, key));
      });
      const [own, other] = kept.join("&").split("/").map(parsed);
      return own && other !== null && { ...own, against: other?.scenario ?? null };
    });
    return questions.every(Boolean) ? sound({ questions, active, view }) : null;
  } catch {
    return null;
  }
}

/** What is built as the form needs it, or null; whether it is right, the server says. */
function sound(found) {
  const plain = (one) => typeof one === "object" && one !== null;
  const scenarios = found.questions.flatMap(({ scenario, against }) => (against ? [scenario, against] : [scenario]));
  const fits = (one) => plain(one)
    && ["interventions", "forums", "changes"].every((key) => one[key] === undefined || (Array.isArray(one[key]) && one[key].every(plain)))
    && ["conditions", "parameters"].every((key) => one[key] === undefined || plain(one[key])) && Object.values(one.conditions ?? {}).every(plain)
    && ["asks", "claims"].every((key) => Array.isArray(one[key] ?? [])) && ["title", "question", "name"].every((key) => typeof (one[key] ?? "") === "string");
  if (!scenarios.length || !scenarios.every(fits)) return null;
  if (!game(found.view?.play)) delete found.view?.play;
  return found;
}

/** A game as it stands, if it is one. */
const game = (one) => (typeof one?.actor === "string" && Number.isInteger(one.turns) && Array.isArray(one.choices) && one.choices.every((own) => typeof own === "object" && own !== null) ? one : undefined);

function encoded(text) {
  const bytes = new TextEncoder().encode(text);
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function decoded(text) {
  const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
}
