"use strict";
// Answers the sliders from what was computed beforehand. Every position of a slider is a computed point.
(() => {
  const data = JSON.parse(document.getElementById("grid").textContent);
  const { sliders, outcomes, months, dates, at, years } = data;
  const panel = document.getElementById("panel");
  const inputs = sliders.map((_, i) => document.getElementById("s" + i));
  const outputs = sliders.map((_, i) => document.getElementById("o" + i));
  const cells = outcomes.map((_, k) => document.getElementById("n" + k));
  const bars = outcomes.map((_, k) => document.getElementById("b" + k));
  const which = document.getElementById("which");
  const said = document.getElementById("said");
  const shown = document.getElementById("shown");
  const chart = document.getElementById("chart");
  const points = data.ends.length / (3 * outcomes.length);
  const LINE = 10000;
  const SVG = chart.namespaceURI;

  const pointOf = (places) => places.reduce((sum, place, i) => sum * sliders[i].values.length + place, 0);
  const home = pointOf(sliders.map((s) => s.start));
  const endOf = (point, k) => data.ends.slice(3 * (point * outcomes.length + k), 3 * (point * outcomes.length + k) + 3);
  const levelOf = (point, arm, k) => data.levels[(point * 2 + arm) * outcomes.length + k];
  const lineOf = (point, arm, k) => {
    const first = ((point * 2 + arm) * outcomes.length + k) * at.length;
    return data.lines.slice(first, first + at.length).map((v) => v / LINE);
  };

  // As many decimals as tell a small difference, or its interval, from none; as in the tables of the page.
  const places = (numbers) => {
    const needed = numbers.filter((n) => Math.abs(n) > 1e-9).map((n) => -Number(n.toExponential(0).split("e")[1]));
    return Math.min(Math.max(3, ...needed), 4);
  };
  const plain = (value, decimals) => {
    const text = value.toFixed(decimals);
    return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "\u2212");
  };
  const signed = (value, decimals) => (Number(value.toFixed(decimals)) > 0 ? "+" : "") + plain(value, decimals);
  const TINY = 5e-5;
  const written = ([mean, low, high]) => {
    const largest = Math.max(...[mean, low, high].map(Math.abs));
    if (largest < TINY) return largest ? "\u2248 0" : "0";
    const decimals = places([mean, low, high]);
    return `${signed(mean, decimals)} [${signed(low, decimals)} to ${signed(high, decimals)}]`;
  };

  // A direction only where the interval leaves out zero.
  const sentence = (point, k) => {
    const [mean, low, high] = endOf(point, k);
    const { inner: name, ends: end, it, was } = outcomes[k];
    const start = `At these values, by ${months[months.length - 1]}, `;
    const than = data.against ? `under \u201c${data.against}\u201d` : `${it} otherwise would`;
    if (!mean && !low && !high) return `${start}${name} ${was} exactly ${data.against ? `as ${than}` : `what ${it} would otherwise be`}.`;
    if (low <= 0 && high >= 0)
      return `${start}it is uncertain whether ${name} ${end} higher or lower than ${than}: ${written([mean, low, high])}.`;
    const decimals = places([mean, low, high]);
    const ends = [low, high].map(Math.abs).sort((a, b) => a - b).map((n) => plain(n, decimals));
    const way = low > 0 ? "higher" : "lower";
    const size = Math.abs(mean) < TINY ? "less than 0.0001" : plain(Math.abs(mean), decimals);
    return `${start}${name} ${end} ${size} ${way} than ${than} (95 % interval ${ends[0]} to ${ends[1]}).`;
  };

  const element = (name, attributes, text) => {
    const made = document.createElementNS(SVG, name);
    for (const key in attributes) made.setAttribute(key, attributes[key]);
    if (text !== undefined) made.textContent = text;
    return made;
  };

  // The scales are those of the whole grid, so that what moves is the answer and not the axis.
  const reach = outcomes.map((_, k) => {
    let most = 1e-9;
    for (let point = 0; point < points; point++) for (const v of endOf(point, k)) most = Math.max(most, Math.abs(v));
    return most;
  });
  const reachOfAll = Math.max(...reach);
  const spans = outcomes.map((_, k) => {
    let low = Infinity, high = -Infinity;
    for (let point = 0; point < points; point++)
      for (const arm of [0, 1])
        for (const v of lineOf(point, arm, k)) { low = Math.min(low, v); high = Math.max(high, v); }
    const air = Math.max(high - low, 0.01) * 0.08;
    return [low - air, high + air];
  });

  const drawBar = (k, point, width) => {
    const height = 22, middle = height / 2;
    const x = (v) => width / 2 + (v / reachOfAll) * (width / 2 - 6);
    const [mean, low, high] = endOf(point, k);
    const [own] = endOf(home, k);
    bars[k].setAttribute("viewBox", `0 0 ${width} ${height}`);
    bars[k].replaceChildren(
      element("line", { class: "zero", x1: x(0), x2: x(0), y1: 0, y2: height }),
      element("line", { class: "own", x1: x(own), x2: x(own), y1: 2, y2: height - 2 }),
      element("line", { class: "stem", x1: x(0), x2: x(mean), y1: middle, y2: middle }),
      element("line", { class: "span", x1: x(low) - 0.5, x2: x(high) + 0.5, y1: middle, y2: middle }),
      element("circle", { class: "dot", cx: x(mean), cy: middle, r: 4.5 }),
    );
  };

  const ticksOf = (low, high) => {
    const rough = (high - low) / 4;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough);
    const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
    const found = [];
    for (let v = Math.ceil(low / step) * step; v <= high; v += step) found.push([v, plain(v, decimals)]);
    return found;
  };

  const drawChart = (k, point, width) => {
    const height = 210;
    const [left, right, top, foot] = [44, 74, 12, 24];
    const [low, high] = spans[k];
    const x = (step) => left + ((step - at[0]) / Math.max(at[at.length - 1] - at[0], 1)) * (width - left - right);
    const y = (v) => height - foot - ((v - low) / (high - low)) * (height - top - foot);
    const path = (values) => values.map((v, i) => `${i ? "L" : "M"}${x(at[i]).toFixed(1)} ${y(v).toFixed(1)}`).join("");
    const [scenario, baseline] = [0, 1].map((arm) => lineOf(point, arm, k));
    const ends = [scenario, baseline].map((line) => line[line.length - 1]);
    // The two names at the right keep apart even where the lines meet.
    let [one, other] = ends.map(y);
    if (Math.abs(one - other) < 16) {
      const centre = (one + other) / 2, up = one <= other ? -8 : 8;
      [one, other] = [centre + up, centre - up];
    }
    const parts = [element("title", { id: "chart-title" }, describe(k, ends, scenario[0]))];
    for (const [v, text] of ticksOf(low, high))
      parts.push(
        element("line", { class: "grid", x1: left, x2: width - right, y1: y(v), y2: y(v) }),
        element("text", { x: left - 6, y: y(v) + 4, "text-anchor": "end" }, text),
      );
    for (const [step, year] of years)
      if (step >= at[0] && step <= at[at.length - 1])
        parts.push(
          element("line", { class: "tick", x1: x(step), x2: x(step), y1: height - foot, y2: height - foot + 4 }),
          element("text", { x: x(step), y: height - 5, "text-anchor": "middle" }, year),
        );
    parts.push(
      element("path", { class: "ghost", d: path(lineOf(home, 0, k)) }),
      element("path", { class: "baseline", d: path(baseline) }),
      element("path", { class: "scenario", d: path(scenario) }),
      element("text", { class: "base", x: width - right + 6, y: other + 4 }, "baseline"),
      element("text", { class: "scen", x: width - right + 6, y: one + 4 }, "scenario"),
    );
    chart.setAttribute("viewBox", `0 0 ${width} ${height}`);
    chart.replaceChildren(...parts);
  };

  const describe = (k, ends, start) =>
    `${outcomes[k].label} (${outcomes[k].unit}) from ${plain(start, 3)} in ${months[0]} to ${plain(ends[0], 3)} in the ` +
    `scenario and ${plain(ends[1], 3)} in the baseline, ${months[months.length - 1]}`;

  const answer = () => {
    const begun = performance.now();
    const places = inputs.map((input) => Number(input.value));
    const point = pointOf(places), k = Number(which.value);
    // Widths are read before anything is written, so that the browser lays the page out once.
    const wide = chart.clientWidth || 320, narrow = bars.map((bar) => bar.clientWidth || 200);
    const values = sliders.map((slider, i) => slider.values[places[i]]);
    inputs.forEach((input, i) => {
      const label = sliders[i].labels[places[i]];
      input.setAttribute("aria-valuetext", label);
      outputs[i].textContent = label;
    });
    outcomes.forEach((_, j) => {
      cells[j].textContent = written(endOf(point, j));
      drawBar(j, point, narrow[j]);
    });
    drawChart(k, point, wide);
    said.textContent = sentence(point, k);
    const named = sliders.map((slider, i) => `${slider.name} = ${values[i]}`).join(", ");
    const own = point === home ? " (the run\u2019s own values)" : "";
    const took = performance.now() - begun;
    shown.textContent =
      `Shown: computed point ${point + 1} of ${points}, ${named}${own}; ${data.replicates} repetitions. There, ` +
      `${outcomes[k].inner} ${outcomes[k].ends} at ${plain(levelOf(point, 0, k), 3)} in the scenario and ` +
      `${plain(levelOf(point, 1, k), 3)} in the baseline.`;
    panel.dataset.point = point;
    panel.dataset.milliseconds = took.toFixed(3);
  };

  panel.hidden = false;
  const table = document.querySelector("details.fallback");
  table.open = false;
  for (const input of inputs) input.addEventListener("input", answer);
  which.addEventListener("change", answer);
  document.getElementById("reset").addEventListener("click", () => {
    inputs.forEach((input, i) => { input.value = sliders[i].start; });
    answer();
  });
  window.addEventListener("resize", answer);
  window.addEventListener("beforeprint", answer);
  answer();
})();
