"use strict";
// Same arithmetic, in the same order, as monthly_costs in transforms/pairs/costs.py: the figures agree to the cent.
const roundHalfEven = (value) => {
  const low = Math.floor(value);
  return value - low === 0.5 ? low + (low % 2) : Math.round(value);
};

const priceBands = (offer, promptTokens) => {
  const reached = offer.price_tiers.filter((tier) => tier.min_prompt_tokens <= promptTokens)
    .sort((a, b) => a.min_prompt_tokens - b.min_prompt_tokens);
  const whole = reached.filter((tier) => !tier.is_marginal).pop();
  let { input_usd_per_mtok: input, output_usd_per_mtok: output, cache_read_usd_per_mtok: cached } = offer;
  if (whole) {
    input = whole.input_usd_per_mtok ?? input;
    output = whole.output_usd_per_mtok ?? output;
    cached = whole.cache_read_usd_per_mtok;
  }
  const bands = [{ start: 0, input, output, cached }];
  for (const tier of reached.filter((each) => each.is_marginal && each.min_prompt_tokens > (whole?.min_prompt_tokens ?? -1))) {
    input = tier.input_usd_per_mtok ?? input;
    output = tier.output_usd_per_mtok ?? output;
    bands.push({ start: tier.min_prompt_tokens, input, output, cached: tier.cache_read_usd_per_mtok });
  }
  return bands;
};

const monthlyCost = (offer, traffic) => {
  const bands = priceBands(offer, traffic.prompt_tokens);
  const cachedTokens = roundHalfEven(traffic.prompt_tokens * traffic.cached_share);
  let microUsd = 0;
  bands.forEach((band, at) => {
    const tokens = (at + 1 < bands.length ? bands[at + 1].start : traffic.prompt_tokens) - band.start;
    const cached = traffic.prompt_tokens ? tokens * cachedTokens / traffic.prompt_tokens : 0;
    microUsd += (tokens - cached) * band.input + cached * (band.cached ?? band.input);
  });
  microUsd += traffic.output_tokens * bands[bands.length - 1].output;
  return roundHalfEven(microUsd * traffic.requests_per_month / 1e6 * 1e6) / 1e6;
};

const fits = (offer, traffic) =>
  offer.serves.includes(traffic.scenario_id)
  && (offer.context_tokens === null || offer.context_tokens >= traffic.prompt_tokens + traffic.output_tokens)
  && (offer.max_output_tokens === null || offer.max_output_tokens >= traffic.output_tokens);

// Cost on a price basis with the seller; null where no offer serves the traffic.
const costOf = (side, traffic, basis) => {
  let offers = side.offers.filter((offer) => fits(offer, traffic));
  if (basis === "best") offers = offers.filter((offer) => offer.is_best);
  if (basis === "list") {
    const own = offers.filter((offer) => offer.is_list);
    offers = own.length ? own : offers.filter((offer) => offer.operator_known);
  }
  if (!offers.length) return null;
  const priced = offers.map((offer) => [monthlyCost(offer, traffic), offer.seller]).sort((a, b) => a[0] - b[0]);
  if (basis !== "list") return { usd: priced[0][0], seller: priced[0][1] };
  const middle = (priced.length - 1) / 2;
  const [low, high] = [priced[Math.floor(middle)], priced[Math.ceil(middle)]];
  const seller = priced.length > 1 ? `median of ${priced.length} offers` : low[1];
  return { usd: (low[0] + high[0]) / 2, seller };
};

// Python rounds the exact binary value half to even; toFixed rounds a tie up. A tie is an odd number of eighths.
const formatUsd = (usd) => {
  const text = (usd % 0.5 === 0.125 ? usd - 0.005 : usd).toFixed(2);
  return `$${text.replace(/\B(?=(\d{3})+\.)/g, ",")}`;
};

const setUp = (form) => {
  const data = JSON.parse(document.getElementById("cost-data").textContent);
  const outputs = [...form.querySelectorAll("output")];
  const bars = [...form.querySelectorAll(".cost-bars i")];
  const note = form.querySelector(".cost-note");
  const buttons = [...form.querySelectorAll(".preset")];
  const fields = ["requests_per_month", "prompt_tokens", "output_tokens"];
  let preset = data.presets[0];
  const readTraffic = () => ({
    scenario_id: preset.scenario_id,
    cached_share: Math.min(100, Math.max(0, Number(form.elements.cached_percent.value))) / 100,
    ...Object.fromEntries(fields.map((name) => [name, Math.max(0, Math.round(Number(form.elements[name].value)))])),
  });
  const compare = (costs) => {
    if (costs.includes(null)) return "A cost is unknown: no offer with this price meets the requirements of the workload.";
    const [low, high] = costs[0].usd <= costs[1].usd ? [0, 1] : [1, 0];
    if (formatUsd(costs[low].usd) === formatUsd(costs[high].usd)) return "Both cost the same.";
    const ratio = costs[low].usd > 0 ? `, ${(costs[high].usd / costs[low].usd).toPrecision(2)} times less` : "";
    return `${data.sides[low].name} saves ${formatUsd(costs[high].usd - costs[low].usd)} a month${ratio}.`;
  };
  const update = () => {
    const traffic = readTraffic();
    const costs = data.sides.map((side) => costOf(side, traffic, form.elements.basis.value));
    const most = Math.max(...costs.map((cost) => cost?.usd ?? 0)) || 1;
    costs.forEach((cost, at) => {
      outputs[at].textContent = cost ? `${formatUsd(cost.usd)} · ${cost.seller}` : "unknown";
      bars[at].style.width = `${cost ? 100 * cost.usd / most : 0}%`;
    });
    note.textContent = `${compare(costs)} Reasoning tokens are not counted.`;
  };
  const choose = (chosen) => {
    preset = chosen;
    for (const name of fields) form.elements[name].value = chosen[name];
    form.elements.cached_percent.value = Math.round(100 * chosen.cached_share);
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.preset === chosen.scenario_id));
    update();
  };
  buttons.forEach((button, at) => button.addEventListener("click", () => choose(data.presets[at])));
  form.addEventListener("input", update);
  form.addEventListener("submit", (event) => event.preventDefault());
  choose(preset);
  form.hidden = false;
  document.getElementById("presets").open = false;
};
if (typeof document !== "undefined") setUp(document.getElementById("cost-form"));
