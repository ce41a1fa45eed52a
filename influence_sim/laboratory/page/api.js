// Asks the server. Of each kind of question only the newest counts; if the server is gone, the page says so and waits.

import { el, put } from "./dom.js";

const RETRY = 1500; // milliseconds
const running = new Map();
let gone = false;
const backListeners = [];

export class Refused extends Error {
  constructor(problems) {
    super(problems.map(problemText).join("\n"));
    this.problems = problems;
  }
}

/** A problem in words: place, value, rule and hint. */
export function problemText({ path, value, rule, hint }) {
  const where = [path, value && `\u201c${value}\u201d`].filter(Boolean).join(" ");
  return `${where}${where ? ": " : ""}${rule}${hint ? `; ${hint}` : ""}`;
}

/** Calls `listener` whenever a server that was gone is back. */
export function whenBack(listener) {
  backListeners.push(listener);
}

/** The server's answer; null if a newer question of this kind came meanwhile. */
export async function ask(kind, question, slot = kind) {
  const response = await send(kind, question, slot);
  return response && response.json();
}

/** Calls `each` with every line of JSON as it comes. */
export async function follow(kind, question, slot, each) {
  const response = await send(kind, question, slot);
  if (!response) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      const lines = (rest + part.value).split("\n");
      rest = lines.pop();
      for (const line of lines) each(JSON.parse(line));
    }
  } catch (error) {
    if (error.name !== "AbortError") markLost();
  }
}

/** A file that the server makes. */
export async function file(kind, question) {
  const response = await send(kind, question, `file ${kind}`);
  return response && response.blob();
}

export function drop(slot) {
  running.get(slot)?.abort();
}

async function send(kind, question, slot) {
  drop(slot);
  const control = new AbortController();
  running.set(slot, control);
  for (;;) {
    let response;
    try {
      response = await fetch(`api/${kind}`, {
        method: question === undefined ? "GET" : "POST",
        headers: { "Content-Type": "application/json" },
        body: question === undefined ? undefined : JSON.stringify(question),
        signal: control.signal,
      });
    } catch (error) {
      if (error.name === "AbortError") return null;
      markLost();
      throw new Refused([{ path: "", value: "", rule: "the lab\u2019s server does not answer", hint: "" }]);
    }
    if (control.signal.aborted) return null;
    markBack();
    if (response.ok) return response;
    if (response.status === 503) {
      await new Promise((resolve) => setTimeout(resolve, 1000 * Number(response.headers.get("Retry-After") ?? 1)));
      if (control.signal.aborted) return null;
      continue;
    }
    const body = await response.json().catch(() => ({ problems: [{ path: "", value: "", rule: `the server said ${response.status}`, hint: "" }] }));
    throw new Refused(body.problems);
  }
}

function markLost() {
  if (gone) return;
  gone = true;
  const bar = document.getElementById("gone");
  put(bar, el("p", {}, "The lab\u2019s server does not answer: it may have been ended. Nothing is lost; this page asks again until it is back. To start it: ", el("code", {}, "influence-sim lab")));
  bar.hidden = false;
  const again = async () => {
    try {
      await fetch("api/health");
      markBack();
    } catch {
      setTimeout(again, RETRY);
    }
  };
  setTimeout(again, RETRY);
}

function markBack() {
  if (!gone) return;
  gone = false;
  document.getElementById("gone").hidden = true;
  for (const listener of backListeners) listener();
}
