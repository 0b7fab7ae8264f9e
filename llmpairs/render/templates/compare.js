// First screen of any pair from the files of api/v1/: the same blocks as llmpairs/pages/layout/first_screen.py.
const phrases = JSON.parse(document.getElementById("phrases").textContent);
const texts = phrases.first_screen;
const API = "../api/v1/";
const main = document.getElementById("main");
const status = document.getElementById("status");

const fill = (template, values) => template.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const joinNames = (names) => (names.length === 1 ? names[0] : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`);
const position = (letter) => letter.charCodeAt(0) - "a".charCodeAt(0);
const round = (value) => Math.round(value * 100) / 100;

const make = (tag, className = "", ...children) => {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
};

const load = async (name) => {
  const response = await fetch(API + name);
  if (response.status === 404) return null;
  if (!response.ok) throw new Error(`${name}: the server answers ${response.status}`);
  return response.json();
};

const renderHeadline = (shard, at, names) => {
  const sides = { a: names[0], b: names[1] };
  const cost = fill(phrases.cost[position(shard.cost[at])], { ...sides, number: shard.cost_number[at] });
  const sure = shard.sure[at] === 100 ? phrases.sure.nearly_certain : fill(phrases.sure.percent, { number: shard.sure[at] });
  const quality = fill(phrases.quality[position(shard.quality[at])], {
    ...sides, sure, difference: shard.difference[at]?.toFixed(1), basis: phrases.basis[position(shard.basis[at])],
  });
  return fill(texts.headline, { cost, quality });
};

const describeOneSided = (sides) => {
  const found = sides.map((side, at) => [side.name, phrases.capabilities.filter(
    (_, bit) => side.capabilities[bit] === "y" && sides[1 - at].capabilities[bit] === "n",
  )]).filter(([, names]) => names.length);
  const sentence = ([name, names]) =>
    fill(texts.only_one, { name, capabilities: joinNames(names.slice(0, phrases.max_capabilities)) });
  return found.length ? found.map(sentence).join(" ") : texts.no_difference;
};

const makeBar = (name, tone, { text, note, end, interval }) => {
  const bar = make("span", "bar");
  bar.setAttribute("aria-hidden", "true");
  const add = (className, style) => Object.assign(bar.appendChild(make("i", className)).style, style);
  if (interval) {
    add(`interval fill-${tone}`, { left: `${interval[0]}%`, width: `${round(interval[1] - interval[0])}%` });
    add(`dot fill-${tone}`, { left: `${end}%` });
  } else if (end !== null) add(`fill-${tone}`, { width: `${end}%` });
  const value = make("span", "bar-value", end === null ? make("span", "tone-unknown", text) : text);
  if (note) value.append(" ", make("span", "note", note));
  return [make("span", `bar-label tone-${tone}`, name), value, bar];
};

const makeCard = (title, sides, bars, about) => {
  const inner = make("div", "bars", ...sides.flatMap((side, at) => makeBar(side.name, "ab"[at], bars[at])));
  const card = make("div", "card", make("p", "card-title", title), inner);
  card.setAttribute("role", "group");
  card.setAttribute("aria-label", title);
  if (about) card.append(make("p", "card-about", about));
  return card;
};

const scale = (figures) => {
  const most = Math.max(...figures.map((figure) => figure.value ?? 0)) || 1;
  return figures.map(({ value, text }) => ({ text, end: value === null ? null : round(100 * value / most) }));
};

const priceCard = (sides) => {
  const [prices, best] = ["list_price", "best_price"].map((key) => sides.map((side) => side.figures[key]));
  const medians = sides.filter((side) => side.figures.is_median).map((side) => side.name);
  const about = medians.length ? [fill(texts.median, { names: joinNames(medians) })] : [];
  if (prices.some((price, at) => price.value !== best[at].value)) {
    about.push(fill(texts.best_price, { a: best[0].text, b: best[1].text }));
  }
  return makeCard(texts.list_price, sides, scale(prices), about.join(" "));
};

const qualityCard = (sides) => {
  const found = sides.map((side) => side.figures.quality);
  const known = found.filter(Boolean);
  const low = Math.min(...known.map((row) => row.low95)) - phrases.quality_margin;
  const width = Math.max(...known.map((row) => row.high95)) + phrases.quality_margin - low;
  const place = (value) => round(100 * (value - low) / width);
  const bars = found.map((row) => (row
    ? { text: row.text, note: row.interval, end: place(row.index), interval: [place(row.low95), place(row.high95)] }
    : { text: phrases.unknown, end: null }));
  const about = known.some((row) => row.is_estimated) ? texts.quality_estimated : texts.quality_scale;
  return makeCard(texts.quality, sides, bars, about);
};

const figureCard = (sides, key, about = "") => makeCard(texts[key], sides, scale(sides.map((side) => side.figures[key])), about);

const fourthCard = (sides) => {
  const [a, b] = sides.map((side) => side.figures.speed_offers);
  return a && b ? figureCard(sides, "speed", fill(texts.speed_offers, { a, b })) : figureCard(sides, "max_output_tokens");
};

const makeChips = (shard, at, names) => {
  const labels = [["overall", texts.overall], ...phrases.presets.map((each) => [each.scenario_id, each.label])];
  return make("ul", "chips", ...labels.map(([kind, label]) => {
    const outcome = position(shard.outcomes[kind][at]);
    const id = phrases.outcome_ids[outcome];
    const text = fill(phrases.outcomes[outcome], { a: names[0], b: names[1] });
    const chip = make("li", ["a", "b"].includes(id) ? `chip chip-${id}` : "chip", make("span", "chip-label", label), ` ${text}`);
    chip.title = phrases.reasons[position(shard.reasons[kind][at])];
    return chip;
  }));
};

const makeSpecs = (sides) => {
  const rows = phrases.specs.map((spec) => [spec, sides.map((side) => side.specs[spec.field])]);
  const shown = rows.filter(([, values]) => values.some((value) => value !== null));
  const header = (scope, text, className = "") => Object.assign(make("th", className, text), { scope });
  const body = shown.map(([spec, values]) => make("tr", "", header("row", spec.label), ...values.map(
    (value) => make("td", "", value ?? make("span", "tone-unknown", phrases.unknown)),
  )));
  const heads = sides.map((side, at) => header("col", side.name, `tone-${"ab"[at]}`));
  const table = make("table", "even of-3", make("caption", "", texts.published_specs),
    make("thead", "", make("tr", "", make("td"), ...heads)), make("tbody", "", ...body));
  const region = Object.assign(make("div", "table", table), { tabIndex: 0 });
  region.setAttribute("role", "region");
  region.setAttribute("aria-label", texts.published_specs);
  const unknown = rows.filter(([spec, values]) => !spec.only_if_known && values.every((value) => value === null));
  const names = unknown.map(([spec]) => spec.label).join(", ").toLowerCase();
  return unknown.length ? [region, make("p", "muted", fill(texts.unknown_specs, { names }))] : [region];
};

const makeLink = (href, text) => Object.assign(make("a", "", text), { href });

// The page's own calculator reads the same data as on a whole page.
const startCalculator = (sides) => {
  const data = { presets: phrases.presets, sides };
  main.append(Object.assign(make("script"), { type: "application/json", id: "cost-data", textContent: JSON.stringify(data) }));
  document.querySelectorAll(".cost-bars .bar-label").forEach((label, at) => { label.textContent = sides[at].name; });
  document.body.append(Object.assign(make("script"), { src: "../calculator.js" }));
};

const show = (sides, shard) => {
  const at = sides[1].position - shard.first;
  const names = sides.map((side) => side.name);
  document.title = `${names[0]} vs ${names[1]}`;
  const heading = document.querySelector("h1");
  heading.replaceChildren(make("span", "name tone-a", names[0]), " ", make("span", "versus", "vs"), " ", make("span", "name tone-b", names[1]));
  const cards = make("div", "cards", priceCard(sides), qualityCard(sides), figureCard(sides, "context_tokens"), fourthCard(sides));
  const lead = document.getElementById("lead");
  lead.replaceChildren(make("p", "headline", renderHeadline(shard, at, names)), make("p", "muted", describeOneSided(sides)),
    makeChips(shard, at, names), cards);
  const links = sides.map((side) => makeLink(`../models/${side.slug}.html`, `${side.name}: offers, scores and sources`));
  if (sides[0].full_pages.includes(sides[1].slug)) {
    links.unshift(makeLink(`../pairs/${sides[0].slug}-vs-${sides[1].slug}.html`, "Whole comparison with sources"));
  }
  document.getElementById("specs-body").replaceChildren(...makeSpecs(sides));
  document.getElementById("links").replaceChildren(...links.map((link) => make("li", "", link)));
  document.getElementById("pair").hidden = false;
  status.hidden = true;
  startCalculator(sides);
};

const leadTo = (a, b) => location.replace(`?a=${encodeURIComponent(a)}&b=${encodeURIComponent(b)}`);
const loadIndex = () => load("index.json");
const startChooser = (index) => {
  const compared = index.models.filter((model) => model.position !== null);
  setUpChooser(document.getElementById("chooser"), compared.map((each) => [each.model_id, each.name, each.slug]),
    (a, b) => location.assign(`?a=${encodeURIComponent(a)}&b=${encodeURIComponent(b)}`));
};

// The model of an address: its slug, a former one, else its id or name in any spelling.
const findModel = (models, slug) => models.find((model) => model.slug === slug || model.former_slugs.includes(slug))
  ?? models.find((model) => namesOf(model.model_id, model.name, model.slug).includes(squeeze(slug)));

// Why there is nothing to compare; the chooser below always leads on.
const explain = (slugs, index) => {
  const models = slugs.map((slug) => slug ? findModel(index.models, slug) : undefined);
  const missing = models.findIndex((model) => !model);
  if (missing >= 0) return [slugs[missing] ? `No model has the address ${slugs[missing]}. Choose from the list.` : "Choose two models."];
  const renamed = models.map((model) => model.slug);
  if (renamed.join() !== slugs.join()) return leadTo(...renamed);
  if (models[0] === models[1]) return [`Both sides are ${models[0].name}. Choose another second model.`];
  const absent = models.find((model) => model.position === null);
  return [`${absent.name} is not compared: it has no live offer or writes no text. `, makeLink(`../models/${absent.slug}.html`, "Its page"), " has the rest."];
};

const start = async () => {
  const params = new URLSearchParams(location.search);
  const slugs = ["a", "b"].map((name) => params.get(name) ?? "");
  const file = (folder, slug) => load(`${folder}/${encodeURIComponent(slug)}.json`);
  const [left, right, shard] = slugs.every(Boolean) && slugs[0] !== slugs[1]
    ? await Promise.all([file("models", slugs[0]), file("models", slugs[1]), file("pairs", slugs[0])]) : [];
  if (left && right && left.position !== null && right.position !== null) {
    if (left.position > right.position) return leadTo(slugs[1], slugs[0]);
    show([left, right], shard);
    document.getElementById("chooser").addEventListener("focusin", () => loadIndex().then(startChooser), { once: true });
    document.getElementById("chooser").hidden = false;
    return undefined;
  }
  const index = await loadIndex();
  const message = explain(slugs, index);
  if (message) status.replaceChildren(...message);
  startChooser(index);
  return undefined;
};

start().catch((error) => {
  status.hidden = false;
  status.textContent = location.protocol === "file:"
    ? "This page reads files beside it, which a browser allows only from a server: run llmpairs export site --serve."
    : `The comparison could not be loaded (${error.message}). Load the page again.`;
});
