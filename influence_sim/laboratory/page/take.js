// Take along: the address, the files, the table, the charts, and the same on the command line and in Python.

import { address } from "./address.js";
import { file } from "./api.js";
import { el, put } from "./dom.js";
import { active, asked, state } from "./question.js";

export function take(panel, answer) {
  const name = answer.scenario.name;
  const { outcomes } = answer;
  put(panel,
    block("address", "This address holds the whole question; it opens the same numbers in any lab of this version", address(state, false)),
    el("table", { class: "files" }, el("caption", { class: "sr" }, "Files to download"), el("tbody", {},
      row("The question, as a scenario file", Object.entries(answer.files).map(([each, text]) => ["yaml", `yaml-${each}`, each, () => save(each, new Blob([text], { type: "application/yaml" }))])),
      row("Numbers", [["csv", "csv", "What is shown", () => save(`${name}.csv`, new Blob([table(answer)], { type: "text/csv" }))], ["csv", "summary", "All outcomes", async () => { const blob = await file("table", asked(active())); if (blob) save(`${name}-summary.csv`, blob); }]]),
      answer.branch && row("Pages to print or send", [["html", "brief", "One side of paper"], ["html", "report", "The full report"]].map(([kind, id, words]) => [kind, id, words, (event) => page(id, `${name}-${id}.html`, event.currentTarget)])),
      outcomes.map((outcome, index) => row(`Chart: ${outcome.label}`, ["svg", "png"].map((kind) => [kind, `${kind}-${outcome.name}`, kind.toUpperCase(), () => picture(kind, index, `${name}-${outcome.name}`, answer.scenario.title)]))))),
    el("p", { id: "making", class: "hint", role: "status" }),
    block("command", `On the command line${answer.command.includes(".yaml") ? ", in the folder where the scenario was saved" : ""}`, answer.command),
    block("python", "In Python", answer.python));
}

const row = (words, files) => el("tr", {}, el("th", { scope: "row" }, words), el("td", {}, files.map(([kind, id, label, get]) => el("button", { type: "button", id, "aria-label": `${words}: ${label}, ${kind.toUpperCase()}`, onclick: get }, label, kind.toUpperCase() !== label && !label.includes(".") && el("span", { class: "unit" }, ` ${kind.toUpperCase()}`)))));

/** Makes a page, which takes a while: its button is disabled meanwhile, and errors are shown. */
async function page(kind, fileName, button) {
  const status = document.getElementById("making");
  button.disabled = true;
  status.textContent = "The page is being made, which takes up to a minute \u2026";
  try {
    const blob = await file(kind, asked(active()));
    if (blob) save(fileName, blob);
    status.textContent = "";
  } catch (error) {
    status.textContent = error.message;
  }
  button.disabled = false;
}

function block(id, words, text) {
  const status = el("span", { role: "status", class: "hint" });
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      status.textContent = "copied";
    } catch {
      getSelection().selectAllChildren(document.getElementById(id));
      status.textContent = "selected; copy it with Ctrl+C";
    }
  };
  return el("div", { class: "copied" }, el("p", { id: `${id}-words` }, words), el("pre", { id, tabindex: "0", role: "group", "aria-labelledby": `${id}-words` }, el("code", {}, text)), el("button", { type: "button", id: `copy-${id}`, onclick: copy }, "Copy"), status);
}

/** The asked outcomes by month, in full: one row for each outcome and month. */
export function table(answer) {
  const parts = ["scenario", "against", "difference"];
  const heads = parts.flatMap((part) => Object.keys(answer.outcomes[0][part] ?? {}).map((key) => [part, key]));
  const lines = [["outcome", "month", ...heads.map(([part, key]) => (part === "difference" ? key : `${part}_${key}`))]];
  for (const one of answer.outcomes) answer.months.forEach((month, n) => lines.push([one.name, month, ...heads.map(([part, key]) => one[part][key][n] ?? "")]));
  return lines.map((line) => line.join(",")).join("\n") + "\n";
}

export function save(name, blob) {
  const link = el("a", { href: URL.createObjectURL(blob), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

const LOOKS = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-opacity", "font-size", "font-family", "font-weight"];

/** An outcome's charts as one picture, in the style of the page, light as paper, with a heading. */
async function picture(kind, index, name, title) {
  const figure = document.querySelectorAll("#panel-outcomes .column")[state.active].querySelectorAll(".outcome")[index];
  const drawings = [...figure.querySelectorAll("svg.chart")];
  const width = drawings.reduce((sum, one) => sum + Number(one.getAttribute("width")) + 16, 0), height = 286;
  document.documentElement.classList.add("light");
  const root = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  for (const [key, value] of Object.entries({ xmlns: "http://www.w3.org/2000/svg", width, height, viewBox: `0 0 ${width} ${height}` })) root.setAttribute(key, value);
  const paper = document.createElementNS(root.namespaceURI, "rect");
  for (const [key, value] of Object.entries({ width, height, fill: getComputedStyle(document.body).backgroundColor })) paper.setAttribute(key, value);
  const write = (text, y, size, weight) => {
    const line = document.createElementNS(root.namespaceURI, "text");
    for (const [key, value] of Object.entries({ x: 12, y, "font-size": size, "font-weight": weight, "font-family": "sans-serif", fill: getComputedStyle(document.body).color })) line.setAttribute(key, value);
    line.textContent = text;
    return line;
  };
  const [label, unit] = ["b", ".unit"].map((part) => figure.querySelector(part).textContent.trim());
  const [beside, dashed, bands] = drawings.length > 1 ? [", and the difference", ", dashed without what the question fixes", ", of the difference the 95\u00a0% interval of its mean and 90\u00a0%"] : ["", "", ""];
  root.append(paper, write(`${label} (${unit})${beside}`, 22, 15, 600), write(title, 40, 12, 400), write(`lines: mean${dashed}; bands: middle 50\u00a0% and 90\u00a0% of histories${bands}`, 56, 11, 400));
  let x = 8;
  for (const drawing of drawings) {
    const copy = drawing.cloneNode(true);
    const pairs = [[drawing, copy], ...[...drawing.querySelectorAll("*")].map((one, n) => [one, copy.querySelectorAll("*")[n]])];
    for (const [one, other] of pairs) {
      const looks = getComputedStyle(one);
      for (const look of LOOKS) other.setAttribute(look, looks.getPropertyValue(look));
      if (one.matches(".cursor")) other.remove();
      other.removeAttribute("class");
    }
    copy.setAttribute("x", x);
    copy.setAttribute("y", 70);
    root.append(copy);
    x += Number(drawing.getAttribute("width")) + 16;
  }
  document.documentElement.classList.remove("light");
  const text = new XMLSerializer().serializeToString(root);
  if (kind === "svg") return save(`${name}.svg`, new Blob([text], { type: "image/svg+xml" }));
  const image = new Image();
  image.src = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  await image.decode();
  const canvas = el("canvas", { width: 2 * width, height: 2 * height });
  canvas.getContext("2d").drawImage(image, 0, 0, 2 * width, 2 * height);
  URL.revokeObjectURL(image.src);
  canvas.toBlob((blob) => save(`${name}.png`, blob), "image/png");
}
