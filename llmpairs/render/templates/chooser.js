"use strict";
const squeeze = (text) => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "");
const namesOf = (id, name, slug) => [id, name, slug, id.split("/")[1]].map(squeeze);

// Fills the names of a chooser; `open` gets the two slugs. Models are [id, name, slug].
const setUpChooser = (form, models, open) => {
  const answer = form.querySelector("output");
  form.querySelector("datalist").append(...models.map(([, name]) => new Option(name, name)));
  const find = (typed) => {
    const wanted = squeeze(typed);
    return models.find((model) => namesOf(...model).includes(wanted))
      ?? (wanted ? models.find(([id, name]) => squeeze(id + name).includes(wanted)) : undefined);
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const [a, b] = [find(form.elements.a.value), find(form.elements.b.value)];
    if (!a || !b) answer.textContent = `No model is called ${(a ? form.elements.b : form.elements.a).value}.`;
    else if (a === b) answer.textContent = `Both names are ${a[1]}. Choose another second model.`;
    else open(a[2], b[2]);
  });
  form.hidden = false;
};
