// The form on which a question is built. Menus offer only valid choices.

import { circumstance } from "./circumstances.js";
import { capital, el, menu, months, monthWords, put, remove } from "./dom.js";
import { active, change, listen, state } from "./question.js";
import { assumed, fresh, same, shipped, shippedName } from "./scenarios.js";

const SHOWN = 12; // sliders
const FOUND = 8; // of a search
const STEPS = 40; // of a slider
const OWN = "own"; // a question that is none of the shipped ones
const TYPING = 400; // milliseconds
let theatre = null;
let form = null;
let hanging = []; // the assumptions on which the answer hangs most, from the server
let searchText = "";

export function begin(menus, element) {
  theatre = menus;
  form = element;
  form.addEventListener("submit", (event) => event.preventDefault());
  draw();
  let timer = 0;
  listen((kind) => {
    if (kind !== "whole") return originOf(active()) !== document.getElementById("from").value && document.getElementById("from").replaceWith(start(active()));
    clearTimeout(timer);
    // While somebody types the beginning of a word in a menu, the menu is not replaced.
    const typing = form.querySelector("select:focus");
    if (typing && typing === window.event?.target) timer = setTimeout(draw, TYPING);
    else draw();
  });
}

/** Offers other sliders, unless somebody is moving one. */
export function offer(names) {
  if (!names.length || names.join() === hanging.join() || form.querySelector("#assumptions:focus-within")) return;
  hanging = names;
  put(document.getElementById("sliders"), sliders());
}

function draw() {
  const question = active();
  put(
    form,
    state.questions.length > 1 && tabs(),
    part("start", "Start from", [
      start(question),
      question.scenario.question && el("p", { class: "quoted" }, question.scenario.question),
      el("details", { id: "named" }, el("summary", {}, "Name it"), nameFields(question)),
    ]),
    part("deeds", "Who does what", [question.scenario.interventions.map(deed), rest(question), el("button", { type: "button", id: "add-deed", onclick: addDeed }, "Add what someone does")]),
    foldable("conditions", "Outside circumstances", circumstances(question)),
    foldable("asked", "What to look at", [asks(question), el("label", { for: "against" }, "Compared with"), against(question)]),
    foldable("assumptions", "Assumptions", [el("div", { id: "sliders" }, sliders()), search()]),
    el("details", { class: "part", id: "size" }, el("summary", {}, "How much is run"), size(question)),
  );
}

const part = (id, heading, children) => el("fieldset", { id }, el("legend", {}, heading), children);

const wide = matchMedia("(min-width: 62.01rem)").matches;
const toggled = new Set(); // parts that a user has opened or closed

/** A part that can be closed, and is closed at first on narrow screens. */
function foldable(id, heading, children) {
  const open = wide !== toggled.has(id);
  const toggle = (event) => (event.target.open === wide ? toggled.delete(id) : toggled.add(id));
  return el("details", { class: "part", id, open, ontoggle: toggle }, el("summary", {}, heading), children);
}

function tabs() {
  return el("div", { class: "which", role: "group", "aria-label": "Which question is edited" }, state.questions.map((question, index) =>
    el("button", { type: "button", id: `edit${index}`, "aria-pressed": String(index === state.active), onclick: () => change((_, session) => (session.active = index), "whole") }, `Question ${"AB"[index]}`)));
}

/** The entry in the menu of origins that a question has. */
function originOf(question) {
  const name = shippedName(question);
  if (name) return name === "baseline" ? "" : name;
  return same(question.scenario, { ...fresh().scenario, title: question.scenario.title }) ? "" : OWN;
}

/** The menu of questions to start from; a changed one is in it, too, under its own title. */
function start(question) {
  const origin = originOf(question);
  const pairs = theatre.scenarios.filter(({ name }) => name !== "baseline").map(({ name, title }) => [name, title]);
  return menu("from", [...(origin === OWN ? [[OWN, question.scenario.title ?? "a question of your own"]] : []), ["", "nothing fixed yet"], ...pairs], origin, (name) => name !== OWN && startFrom(name), { "aria-label": "Start from" });
}

function startFrom(name) {
  change((_, session) => {
    const previous = active();
    session.questions[session.active] = { ...(name ? shipped(name) : fresh()), replicates: previous.replicates, seed: previous.seed, months: previous.months, worlds: previous.worlds };
    for (const key of ["play", "played"]) delete session.view[key];
  }, "begun");
}

function nameFields(question) {
  const set = (key) => (event) => change((question) => (question.scenario[key] = event.target.value), "answer");
  return [
    el("label", { for: "title" }, "Title"),
    el("input", { id: "title", type: "text", maxlength: 300, ".value": question.scenario.title ?? "", onchange: set("title") }),
    el("label", { for: "words" }, "Question, in plain words"),
    el("textarea", { id: "words", maxlength: 1000, rows: 3, ".value": question.scenario.question, onchange: set("question") }),
  ];
}

// Who does what.

const unique = (list) => [...new Set(list)];
const label = (name) => theatre.targets[name] ?? name.replaceAll("_", " ");
const actionsOf = (actor) => unique(theatre.levers.filter(([who]) => who === actor).map(([, what]) => what));
const targets = (actor, what) => unique(theatre.levers.filter(([who, act]) => who === actor && act === what).map(([, , whom]) => whom));
const does = (what) => theatre.instruments[what]?.does.replace("{target}", "\u2026") ?? what;

function deed(item, index) {
  const edit = (key, value, kind = "whole") => change((question) => {
    const edited = question.scenario.interventions[index];
    edited[key] = value;
    if (key === "actor" && !actionsOf(value).includes(edited.do)) edited.do = actionsOf(value)[0];
    if (!targets(edited.actor, edited.do).includes(edited.target)) [edited.target] = targets(edited.actor, edited.do);
  }, kind);
  const who = theatre.actors.filter(({ name }) => actionsOf(name).length).map(({ name, label: words }) => [name, words]);
  const id = `deed${index}`;
  const withCurrent = (pairs, value) => (pairs.some(([name]) => name === value) ? pairs : [...pairs, [value, String(value)]]);
  return el("div", { class: "deed", role: "group", "aria-label": `What is fixed, no. ${index + 1}` },
    menu(`${id}actor`, withCurrent(who, item.actor), item.actor, (value) => edit("actor", value), { "aria-label": "Who" }),
    menu(`${id}do`, withCurrent(actionsOf(item.actor).map((what) => [what, does(what)]), item.do), item.do, (value) => edit("do", value), { "aria-label": "Does what" }),
    menu(`${id}target`, withCurrent(targets(item.actor, item.do).map((whom) => [whom, label(whom)]), item.target), item.target, (value) => edit("target", value), { "aria-label": "To whom" }),
    el("div", { class: "when" },
      el("label", { for: `${id}from` }, "from"), month(`${id}from`, item.from, (value) => edit("from", value)),
      el("label", { for: `${id}until` }, "until"), month(`${id}until`, item.until ?? "", (value) => edit("until", value || null), "the end")),
    el("div", { class: "level" },
      el("label", { for: `${id}level` }, "How strongly"),
      el("input", { id: `${id}level`, type: "range", min: 0, max: 1, step: 0.05, ".value": item.level ?? 1, "aria-valuetext": strength(item.level ?? 1), oninput: (event) => {
        const level = Number(event.target.value);
        event.target.setAttribute("aria-valuetext", strength(level));
        event.target.nextSibling.textContent = strength(level);
        edit("level", level, "sliding");
      } }),
      el("output", { for: `${id}level` }, strength(item.level ?? 1))),
    remove(`Remove no. ${index + 1}`, "add-deed", () => change((question) => question.scenario.interventions.splice(index, 1), "whole")));
}

const strength = (level) => (level === 0 ? "not at all" : level === 1 ? "in full" : `${Math.round(100 * level)}\u00a0%`);

/** A menu of all months; an empty value stands for `open`. */
function month(id, value, set, open = "") {
  const all = months(theatre.calendar.start, theatre.calendar.last).map((one) => [one, one]);
  const pairs = open ? [["", open], ...all] : all;
  return menu(id, pairs.some(([one]) => one === value) ? pairs : [...pairs, [value, value]], value, set);
}

function addDeed() {
  change((question) => {
    const used = new Set(question.scenario.interventions.map((item) => [item.actor, item.do, item.target].join(" ")));
    const free = theatre.levers.filter((lever) => !used.has(lever.join(" ")));
    const example = theatre.example.map((words) => words.split(" ")).find((lever) => !used.has(lever.join(" ")));
    const [actor, what, target] = example ?? free[0];
    question.scenario.interventions.push({ from: theatre.calendar.record_ends, until: null, actor, do: what, target, level: 1 });
  }, "whole");
  document.getElementById(`deed${active().scenario.interventions.length - 1}actor`)?.focus();
}

/** Parts of a shipped scenario that the form only shows: invitations and meetings, dated assumptions. */
function rest(question) {
  const line = (key, index, words) => el("div", { class: "line" }, el("p", {}, words), remove(`Remove: ${words}`, "add-deed", () => change((question) => question.scenario[key].splice(index, 1), "whole")));
  const forums = question.scenario.forums.map((item, index) => {
    const invited = item.invite?.length ? `${item.invite.map(label).join(", ")} invited from ${monthWords(item.from)}` : "";
    const meets = item.meets?.length ? `meets in ${item.meets.map(monthWords).join(", ")}` : "";
    return line("forums", index, `${capital(label(item.forum))}: ${[invited, meets].filter(Boolean).join("; ")}`);
  });
  const changes = question.scenario.changes.map((item, index) => {
    const values = Object.entries(item.set ?? {}).map(([name, value]) => (parameterOf(name) ? `${parameterOf(name).words}: ${assumed(parameterOf(name), value)}` : `${name} = ${value}`)).join(", ");
    return line("changes", index, `${values} from ${monthWords(item.from)}${item.until ? ` until ${monthWords(item.until)}` : ""}`);
  });
  return [...forums, ...changes];
}

// Circumstances.

function circumstances(question) {
  const names = Object.keys(question.scenario.conditions);
  const hint = "Draw on the timeline, or drag its points; a value holds until the next point. By keyboard: arrows move a point, Enter adds one, Delete takes it away.";
  return [names.length > 0 && el("p", { class: "hint", id: "drawing" }, hint), names.map((name) => circumstance(name, theatre)), addCondition(question)];
}

function addCondition(question) {
  const free = theatre.conditions.filter(({ name }) => !(name in question.scenario.conditions));
  const add = (name) => name && change((question) => (question.scenario.conditions[name] = { [theatre.calendar.record_ends]: free.find((item) => item.name === name).default }), "whole");
  return free.length > 0 && menu("add-condition", [["", "Add a circumstance \u2026"], ...free.map(({ name, label: words }) => [name, words])], "", add, { "aria-label": "Add a circumstance" });
}

// What to look at, and against what.

function asks(question) {
  const set = (index) => (value) => change((question) => { value ? (question.scenario.asks[index] = value) : question.scenario.asks.splice(index, 1); question.scenario.asks = unique(question.scenario.asks); }, "whole");
  const pairs = theatre.outcomes.map(({ name, label: labelText }) => [name, labelText]);
  return [0, 1, 2].slice(0, question.scenario.asks.length + 1).map((index) => {
    const current = question.scenario.asks[index] ?? "";
    const isTaken = (name) => name !== current && question.scenario.asks.includes(name);
    const labelText = ["Above all", "and", "and"][index];
    return [el("label", { for: `asks${index}` }, labelText), menu(`asks${index}`, [...(index ? [["", "nothing more"]] : []), ...pairs.filter(([name]) => !isTaken(name))], current, set(index))];
  });
}

function against(question) {
  const current = question.against ? "" : question.scenario.against;
  const pairs = theatre.scenarios.map(({ name, title }) => [name, title]);
  const set = (value) => change((question) => value && ((question.against = null), (question.scenario.against = value)), "whole");
  return menu("against", current ? pairs : [["", question.against.title ?? "another question"], ...pairs], current, set);
}

// Assumptions.

const parameterOf = (name) => theatre.parameters.find((parameter) => parameter.name === name);

function sliders() {
  const changed = Object.keys(active().scenario.parameters);
  const names = unique([...changed, ...(hanging.length ? hanging : theatre.sliders)]).filter(parameterOf).slice(0, Math.max(SHOWN, changed.length));
  const intro = hanging.length ? "Those on which this answer hangs most, as tried in other worlds." : "Some to begin with; those on which the answer hangs most follow.";
  return [el("p", { class: "hint" }, `${intro} Both sides of the comparison get the same.`), names.map(knob)];
}

function knob(name) {
  const spec = parameterOf(name);
  const value = active().scenario.parameters[name] ?? spec.default;
  const move = (to) => change((question) => (to === spec.default ? delete question.scenario.parameters[name] : (question.scenario.parameters[name] = to)), "sliding");
  const id = `p-${name}`;
  const about = el("details", { id: `about-${name}` }, el("summary", { "aria-label": `Source and range of: ${spec.words}` }, "source"), el("p", {},
    `${spec.status === "assumed" ? "Nobody has measured it" : capital(spec.status)}${spec.source ? ` (${spec.source})` : ""}. ${spec.choices.length ? "" : `From ${spec.low} to ${spec.high} (${spec.unit}); `}${capital(assumed(spec, spec.default))} by default. `, el("code", {}, name)));
  if (spec.choices.length) {
    const radio = (choice) => el("input", { type: "radio", name: id, id: `${id}-${choice.value}`, ".checked": choice.value === value, onchange: () => move(choice.value) });
    const options = spec.choices.map((choice) => el("label", { class: "option" }, radio(choice), el("span", {}, choice.name, choice.meaning && el("span", { class: "unit" }, ` ${choice.meaning}`))));
    return el("div", { class: "knob", id, role: "radiogroup", "aria-labelledby": `${id}-words` }, el("p", { id: `${id}-words` }, spec.words), about, el("div", {}, options));
  }
  const changed = value !== spec.default;
  const input = el("input", { id, type: "range", min: spec.low, max: spec.high, step: (spec.high - spec.low) / STEPS, list: `l-${name}`, ".value": value });
  const output = el("output", { for: id, class: changed ? "changed" : "" }, assumed(spec, value));
  const reset = el("button", { type: "button", class: "plain", disabled: !changed, "aria-label": `Back to the default of: ${spec.words}`, onclick: () => { input.value = spec.default; take(spec.default); input.focus(); } }, "default");
  const take = (to) => {
    output.textContent = assumed(spec, to);
    output.className = to === spec.default ? "" : "changed";
    reset.disabled = to === spec.default;
    move(to);
  };
  input.addEventListener("input", () => {
    const near = Math.abs(input.value - spec.default) < (spec.high - spec.low) / STEPS / 1.9;
    take(near ? spec.default : Number(Number(input.value).toPrecision(6)));
  });
  return el("div", { class: "knob" }, el("label", { for: id }, spec.words), about, el("div", { class: "slide" }, input, output, reset),
    el("datalist", { id: `l-${name}` }, el("option", { value: spec.default })));
}

function search() {
  const list = el("div", { id: "found" });
  const find = () => {
    const words = searchText.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = (one) => words.every((word) => `${one.name} ${one.words} ${one.source}`.toLowerCase().includes(word));
    const matches = words.length ? theatre.parameters.filter(fits) : [];
    const shownNames = new Set([...form.querySelectorAll("#sliders [id^='about-']")].map((one) => one.id.slice("about-".length)));
    put(list, words.length > 0 && el("p", { class: "hint", role: "status" }, matches.length === 1 ? "1 assumption" : `${matches.length} assumptions${matches.length > FOUND ? `, the first ${FOUND} of them` : ""}`),
      matches.filter(({ name }) => !shownNames.has(name)).slice(0, FOUND).map(({ name }) => knob(name)));
  };
  const box = el("input", { id: "search", type: "search", ".value": searchText, oninput: (event) => { searchText = event.target.value; find(); } });
  queueMicrotask(find);
  return [el("label", { for: "search" }, `Search all ${theatre.parameters.length}`), box, list];
}

// How much is run.

function size(question) {
  const set = (key) => (value) => change((question) => (question[key] = typeof question[key] === "number" ? Number(value) : value), "answer");
  const integerField = (key, low, high) => el("input", { id: key, type: "number", min: low, max: high, step: 1, ".value": question[key], onchange: (event) => change((question) => (question[key] = Math.round(Number(event.target.value)) || low), "answer") });
  const counts = unique([50, 200, 500, theatre.limits.replicates, question.replicates]).filter((count) => count <= theatre.limits.replicates).sort((a, b) => a - b);
  return [
    el("label", { for: "replicates" }, "Histories of either side"), menu("replicates", counts.map((count) => [String(count), String(count)]), String(question.replicates), set("replicates")),
    el("label", { for: "worlds" }, "Tried in worlds"), menu("worlds", [["plausible", "that the record does not rule out"], ["prior", "of all that is assumed possible"]], question.worlds, set("worlds")),
    el("label", { for: "count" }, "How many"), menu("count", unique([64, 256, 512, 1024, question.count]).map((count) => [String(count), String(count)]), String(question.count), set("count")),
    el("label", { for: "seed" }, "Seed of the draws"), integerField("seed", 0, 1e9),
  ];
}
