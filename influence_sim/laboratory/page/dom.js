// Makes elements. Anything from the server or a user becomes text, never markup.

const SVG = "http://www.w3.org/2000/svg";

/** An element: attributes, `on…` listeners and properties that begin with a dot; children are text or elements. */
export function el(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same of SVG. */
export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name.startsWith(".")) element[name.slice(1)] = value;
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...present(children));
  return element;
}

const present = (children) => children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);

/** Replaces the children of an element; the element with the focus, by its id, keeps it. */
export function put(element, ...children) {
  const focused = element.contains(document.activeElement) ? document.activeElement.id : "";
  const open = new Set([...element.querySelectorAll("details[open][id]")].map((one) => one.id));
  element.replaceChildren(...present(children));
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

/** A menu: pairs of value and words, or groups of them as `[heading, pairs]` with an array inside. */
export function menu(id, pairs, current, onChange, attributes = {}) {
  const option = ([value, words]) => el("option", { value, selected: value === current }, words);
  const options = pairs.map((pair) => (Array.isArray(pair[1]) ? el("optgroup", { label: pair[0] }, pair[1].map(option)) : option(pair)));
  return el("select", { id, onchange: (event) => onChange(event.target.value), ...attributes }, options);
}

export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
export const percent = (share) => `${Math.round(100 * share)}\u00a0%`;
export const signed = (value, digits) => (Number(value.toFixed(digits)) === 0 ? (0).toFixed(digits) : `${value > 0 ? "+" : "\u2212"}${Math.abs(value).toFixed(digits)}`);
export const plain = (value, digits) => value.toFixed(digits).replace("-", "\u2212");

/** Decimals that distinguish the values from zero, three or four. */
export function decimals(...values) {
  const sizes = values.map(Math.abs).filter((size) => size > 1e-9);
  return Math.min(Math.max(3, ...sizes.map((size) => -Math.floor(Math.log10(Number(size.toPrecision(1)))))), 4);
}

const NAMES = "January February March April May June July August September October November December".split(" ");
/** `January 2018` for `2018-01`. */
export const monthWords = (month) => `${NAMES[Number(month.slice(5)) - 1]} ${month.slice(0, 4)}`;
/** The month `by` months later. */
export function later(month, by) {
  const total = Number(month.slice(0, 4)) * 12 + Number(month.slice(5)) - 1 + by;
  return `${Math.floor(total / 12)}-${String((total % 12) + 1).padStart(2, "0")}`;
}
/** How many months from one to another. */
export const count = (start, end) => (Number(end.slice(0, 4)) - Number(start.slice(0, 4))) * 12 + Number(end.slice(5)) - Number(start.slice(5));
/** All months from one to another. */
export const months = (start, end) => Array.from({ length: count(start, end) + 1 }, (_, n) => later(start, n));

/** A small button that removes something, after which the focus goes to `next`. */
export const remove = (words, next, then) => el("button", { type: "button", class: "remove", "aria-label": words, title: words, onclick: () => (then(), document.getElementById(next)?.focus()) }, "\u00d7");
