"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const squeeze = (text) => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "");
const rows = [...document.querySelectorAll("#models tbody tr")].map((row) => [row, squeeze(row.textContent)]);
const search = document.getElementById("search");
const found = document.getElementById("found");
search.addEventListener("input", () => {
  const words = search.value.split(/\s+/).map(squeeze).filter(Boolean);
  let count = 0;
  for (const [row, text] of rows) {
    row.hidden = !words.every((word) => text.includes(word));
    count += row.hidden ? 0 : 1;
  }
  found.textContent = words.length ? `${count} found` : "";
});
document.getElementById("searching").hidden = false;

const chooser = document.getElementById("chooser");
const answer = document.getElementById("answer");
const pages = new Set(data.pairs.map(([a, b]) => `${a} ${b}`));
for (const [, name] of data.models) {
  document.getElementById("names").append(new Option(name, name));
}
const find = (typed) => {
  const wanted = squeeze(typed);
  const same = data.models.findIndex(([id, name]) => [id, name, id.split("/")[1]].map(squeeze).includes(wanted));
  return same >= 0 || !wanted ? same : data.models.findIndex(([id, name]) => squeeze(id + name).includes(wanted));
};
chooser.addEventListener("submit", (event) => {
  event.preventDefault();
  const [a, b] = [find(chooser.a.value), find(chooser.b.value)];
  if (a < 0 || b < 0) {
    answer.textContent = `No model is called ${a < 0 ? chooser.a.value : chooser.b.value}.`;
  } else if (a === b) {
    answer.textContent = "These are one model.";
  } else if (pages.has(`${a} ${b}`) || pages.has(`${b} ${a}`)) {
    location.href = `pairs/${data.models[a][2]}-vs-${data.models[b][2]}.html`;
  } else {
    answer.textContent = `No page here; run: llmpairs compare ${data.models[a][0]} ${data.models[b][0]} --open`;
  }
});
chooser.hidden = false;
