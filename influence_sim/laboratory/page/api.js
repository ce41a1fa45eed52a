// Asks the server. Of each kind of question only the newest counts; if the server is gone, the page says so, and asks
// again once it is back.

import { el, put } from "./dom.js";

const RETRY = 1500; // milliseconds
const running = new Map();
let back = null; // while the server is gone, a promise of its return

export class Refused extends Error {
  constructor(problems) {
    super(problems.map(problemText).join("\n"));
    this.problems = problems;
  }
}

/** Places of a question, as the server calls them, and where they stand in the form. */
const PLACES = [
  [/\b(?:scenario\.)?interventions\[(\d+)\]\.?/g, (_, index) => `\u201cWho does what\u201d, no. ${Number(index) + 1} `],
  [/\bscenario\.conditions\./g, "\u201cOutside circumstances\u201d, "],
  [/\bscenario\.parameters\./g, "\u201cAssumptions\u201d, "],
  [/\bscenario\.asks\b/g, "\u201cWhat to look at\u201d"],
];
const inForm = (text) => PLACES.reduce((words, [place, form]) => words.replace(place, form), text).trim();

/** A problem in words: place, value, rule and hint. */
export function problemText({ path, value, rule, hint }) {
  const where = [inForm(path), value && `\u201c${value}\u201d`].filter(Boolean).join(" ");
  return `${where}${where ? ": " : ""}${inForm(rule)}${hint ? `; ${hint}` : ""}`;
}

/** The server's answer; null if a newer question of this kind came meanwhile. */
export const ask = (kind, question, slot = kind) => whole("json", kind, question, slot);

/** A file that the server makes. */
export const file = (kind, question) => whole("blob", kind, question, `file ${kind}`);

async function whole(form, kind, question, slot) {
  const signal = take(slot);
  for (;;) {
    const response = await send(kind, question, signal);
    if (!response) return null;
    try {
      return await response[form]();
    } catch (error) {
      if (signal.aborted) return null;
      if (!(error instanceof TypeError)) throw error; // the connection broke off
      await serverBack();
    }
  }
}

/** Calls `each` with every line of JSON as it comes. */
export async function follow(kind, question, slot, each) {
  const signal = take(slot);
  for (;;) {
    const response = await send(kind, question, signal);
    if (!response) return;
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    const next = () => reader.read().catch(() => null); // null: stopped, or broken off
    let rest = "", part = await next();
    for (; part && !part.done; part = await next()) {
      const lines = (rest + part.value).split("\n");
      rest = lines.pop();
      for (const line of lines) each(JSON.parse(line));
    }
    if (part || signal.aborted) return;
    await serverBack();
  }
}

export function drop(slot) {
  running.get(slot)?.abort();
}

/** Stops what runs in a slot, and takes its place. */
function take(slot) {
  drop(slot);
  const control = new AbortController();
  running.set(slot, control);
  return control.signal;
}

async function send(kind, question, signal) {
  for (;;) {
    let response = null;
    try {
      response = await fetch(`api/${kind}`, {
        method: question === undefined ? "GET" : "POST",
        headers: { "Content-Type": "application/json" },
        body: question === undefined ? undefined : JSON.stringify(question),
        signal,
      });
    } catch {
      if (!signal.aborted) await serverBack();
    }
    if (response?.status === 503) await pause(1000 * Number(response.headers.get("Retry-After") ?? 1));
    if (signal.aborted) return null;
    if (response?.ok) return response;
    if (!response || response.status === 503) continue;
    const body = await response.json().catch(() => ({ problems: [{ path: "", value: "", rule: `the server said ${response.status}`, hint: "" }] }));
    throw new Refused(body.problems);
  }
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Says that the server is gone, and waits until it is back. */
function serverBack() {
  return (back ??= waited().finally(() => (back = null)));
}

async function waited() {
  const bar = document.getElementById("gone");
  put(bar, el("p", {}, "The lab\u2019s server does not answer: it may have been ended. Nothing is lost; this page asks again until it is back. To start it: ", el("code", {}, "influence-sim lab")));
  bar.hidden = false;
  do await pause(RETRY);
  while (!(await fetch("api/health").then(() => true, () => false)));
  bar.hidden = true;
}
