"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const pages = new Set(data.pairs.map(([a, b]) => `${data.models[a][2]}-vs-${data.models[b][2]}`));
  setUpChooser(document.getElementById("chooser"), data.models, (a, b) => {
    const whole = [`${a}-vs-${b}`, `${b}-vs-${a}`].find((name) => pages.has(name));
    location.href = whole ? `pairs/${whole}.html` : `compare/index.html?a=${encodeURIComponent(a)}&b=${encodeURIComponent(b)}`;
  });

  // The table is the data: what it shows is what is filtered, sorted and drawn.
  const COLUMNS = ["name", "developer", "quality", "best", "list", "context", "offers", "inputs", "licence"];
  const NUMERIC = new Set(["quality", "best", "list", "context", "offers"]);
  const table = document.getElementById("models");
  const readNumber = (text) => (/\d/.test(text) ? Number(text.replace(/[^\d.]/g, "")) : null);
  const models = [...table.tBodies[0].rows].map((row) => {
    const cells = [...row.cells].map((cell) => cell.textContent);
    const values = COLUMNS.map((name, at) => [name, NUMERIC.has(name) ? readNumber(cells[at].replace("est.", "")) : cells[at]]);
    return {
      row, ...Object.fromEntries(values), isEstimated: cells[2].includes("est."), kind: row.dataset.kind,
      capabilities: row.dataset.capabilities, href: row.querySelector("a").href, key: squeeze(cells[0] + cells[1]),
    };
  });

  const sortBy = (name, isDescending) => {
    const sign = isDescending ? -1 : 1;
    const compare = (a, b) => (NUMERIC.has(name) ? a - b : a.localeCompare(b));
    const ordered = [...models].sort(({ [name]: a }, { [name]: b }) => {
      if (a === null || b === null) return (a === null) - (b === null);
      return sign * compare(a, b);
    });
    table.tBodies[0].append(...ordered.map((model) => model.row));
  };
  [...table.tHead.rows[0].cells].forEach((head, at) => {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "sort", textContent: head.textContent });
    button.addEventListener("click", () => {
      const isFirst = !head.ariaSort;
      const isDescending = isFirst ? ["quality", "context", "offers"].includes(COLUMNS[at]) : head.ariaSort === "ascending";
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", isDescending ? "descending" : "ascending");
      sortBy(COLUMNS[at], isDescending);
    });
    head.replaceChildren(button);
  });

  const WIDE = 640, LEFT = 34, BOTTOM = 40, TOP = 12, RIGHT = 16;
  const drawing = document.getElementById("drawing");
  const point = document.getElementById("point");
  let front = [];
  let chosen = -1;
  let places = new Map();
  const svg = (tag, attributes, text = "") => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.textContent = text;
    return element;
  };
  const findFront = (shown) => {
    let best = -Infinity;
    return shown.filter((model) => !model.isEstimated).sort((a, b) => a.best - b.best || b.quality - a.quality).filter((model) => {
      const isBetter = model.quality > best;
      best = Math.max(best, model.quality);
      return isBetter;
    });
  };
  const describe = (model) => {
    const estimate = model.isEstimated ? ", estimated" : "";
    point.textContent = `${model.name}: $${model.best} per 1M tokens, quality ${model.quality}${estimate}`;
    const ring = drawing.querySelector(".ring");
    const [x, y] = places.get(model);
    ring.setAttribute("cx", x);
    ring.setAttribute("cy", y);
    ring.removeAttribute("visibility");
  };
  const axes = (chart, { x, y, low, high, floor, ceiling, width, height }) => {
    for (let power = Math.ceil(Math.log10(low)); power <= Math.log10(high); power += 1) {
      const at = x(10 ** power);
      chart.append(svg("line", { class: "grid", x1: at, x2: at, y1: TOP, y2: height - BOTTOM }));
      chart.append(svg("text", { class: "tick", x: at, y: height - BOTTOM + 16, "text-anchor": "middle" }, `$${Number((10 ** power).toPrecision(1))}`));
    }
    for (let value = Math.ceil(floor / 10) * 10; value <= ceiling; value += 10) {
      chart.append(svg("line", { class: "grid", x1: LEFT, x2: width - RIGHT, y1: y(value), y2: y(value) }));
      chart.append(svg("text", { class: "tick", x: LEFT - 6, y: y(value) + 4, "text-anchor": "end" }, value));
    }
    chart.append(svg("text", { class: "tick", x: width - RIGHT, y: height - 6, "text-anchor": "end" }, "best price, $ per 1M tokens (logarithmic)"));
  };
  // Names of the front, each where it covers no earlier one.
  const labelFront = (chart, width) => {
    const taken = [];
    for (const model of front) {
      const [x, y] = places.get(model);
      const length = model.name.length * 6.4;
      const start = Math.max(LEFT, Math.min(x - length / 2, width - RIGHT - length));
      const box = [start, y - 22, start + length, y - 8];
      if (taken.some((other) => box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3])) continue;
      taken.push(box);
      chart.append(svg("text", { class: "front-name", x: start, y: y - 10 }, model.name));
    }
  };
  const draw = (visible) => {
    const shown = visible.filter((model) => model.best > 0 && model.quality !== null);
    document.getElementById("plot").hidden = shown.length < 2;
    if (shown.length < 2) return;
    const width = drawing.clientWidth, height = width < WIDE ? 300 : 400;
    const prices = shown.map((model) => model.best), qualities = shown.map((model) => model.quality);
    const [low, high] = [Math.min(...prices) * 0.9, Math.max(...prices) * 1.1];
    const [floor, ceiling] = [Math.min(...qualities) - 2, Math.max(...qualities) + 4];
    const x = (price) => LEFT + (width - LEFT - RIGHT) * Math.log(price / low) / Math.log(high / low);
    const y = (quality) => TOP + (height - TOP - BOTTOM) * (ceiling - quality) / (ceiling - floor);
    places = new Map(shown.map((model) => [model, [x(model.best), y(model.quality)]]));
    front = findFront(shown);
    chosen = -1;
    const chart = svg("svg", { width, height, "aria-hidden": "true" });
    axes(chart, { x, y, low, high, floor, ceiling, width, height });
    const steps = front.map((model) => places.get(model)).map(([px, py], at) => (at ? `H${px}V${py}` : `M${px},${py}`));
    chart.append(svg("path", { class: "front", d: `${steps.join("")}H${width - RIGHT}` }));
    for (const model of shown) {
      const [cx, cy] = places.get(model);
      const style = front.includes(model) ? "best" : model.isEstimated ? "estimated" : "measured";
      chart.append(svg("circle", { class: `model ${style}`, cx, cy, r: front.includes(model) ? 5 : 3.5 }));
    }
    labelFront(chart, width);
    chart.append(svg("circle", { class: "ring", r: 8, visibility: "hidden" }));
    drawing.replaceChildren(chart);
  };
  const nearest = (event) => {
    const box = drawing.getBoundingClientRect();
    const distance = ([, [x, y]]) => Math.hypot(x - event.clientX + box.left, y - event.clientY + box.top);
    const found = [...places].map((entry) => [distance(entry), entry[0]]).sort(([a], [b]) => a - b)[0];
    return found && found[0] < 24 ? found[1] : null;
  };
  drawing.addEventListener("pointermove", (event) => {
    const model = nearest(event);
    drawing.style.cursor = model ? "pointer" : "";
    if (model) describe(model);
  });
  drawing.addEventListener("click", (event) => {
    const model = nearest(event);
    if (!model) return;
    describe(model);
    if (event.pointerType !== "touch") location.href = model.href;
  });
  drawing.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step) {
      event.preventDefault();
      chosen = chosen < 0 && step < 0 ? front.length - 1 : Math.max(0, Math.min(front.length - 1, chosen + step));
      describe(front[chosen]);
    } else if (event.key === "Enter" && chosen >= 0) location.href = front[chosen].href;
  });

  const filters = document.getElementById("filters");
  const matches = (wanted) => (model) => wanted.words.every((word) => model.key.includes(word))
    && (!wanted.kind || model.kind === wanted.kind)
    && (!wanted.developer || model.developer === wanted.developer)
    && (wanted.price === "" || (model.best !== null && model.best <= Number(wanted.price)))
    && (wanted.context === "" || (model.context !== null && model.context >= Number(wanted.context)))
    && (wanted.capability === "" || model.capabilities[wanted.capability] === "y")
    && (!wanted.input || model.inputs.split(", ").includes(wanted.input))
    && (!wanted.licence || model.licence === wanted.licence);
  const update = () => {
    const wanted = Object.fromEntries(new FormData(filters));
    wanted.words = wanted.text.split(/\s+/).map(squeeze).filter(Boolean);
    const visible = new Set(models.filter(matches(wanted)));
    for (const model of models) model.row.hidden = !visible.has(model);
    document.getElementById("found").textContent = `${visible.size} of ${models.length} models`;
    draw([...visible]);
  };
  filters.addEventListener("input", update);
  filters.addEventListener("submit", (event) => event.preventDefault());
  filters.hidden = false;
  document.getElementById("plot").hidden = false;
  update();
  let width = drawing.clientWidth;
  window.addEventListener("resize", () => {
    if (drawing.clientWidth !== width) update();
    width = drawing.clientWidth;
  });
})();
