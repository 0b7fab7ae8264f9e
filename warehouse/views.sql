-- Views and macros over one release. The tables, and as_of(), capability_names(), friction_names(), known_model(),
-- mirrored() and pairs_of(), are created before this file is run: see views.py. The comments below become part of the
-- data dictionary; a line with a star describes a column that no table has: name: meaning | meaning of a null.

-- cost_usd_at(input_price, output_price, input_tokens, output_tokens, requests, cached_price := NULL, cached_share := 0):
--   Cost in USD of a workload at list prices per million tokens: tokens are per request, `cached_share` of the
--   input is paid at `cached_price`, or at the input price where there is none. Null when a price is null.
--   Price tiers are ignored: use the prices of `offers_at`, or the published costs in `offer_scenario_costs`.
CREATE OR REPLACE MACRO cost_usd_at(
    input_price, output_price, input_tokens, output_tokens, requests, cached_price := NULL, cached_share := 0
) AS (
    requests::DOUBLE * (
        input_tokens::DOUBLE * (
            (1 - cached_share::DOUBLE) * input_price::DOUBLE
            + cached_share::DOUBLE * coalesce(cached_price, input_price)::DOUBLE
        )
        + output_tokens::DOUBLE * output_price::DOUBLE
    ) / 1e6
);

-- offers_eligible: Offers that costs and statistics use, without aggregators' list entries, whose operator is unknown;
--   columns of `offers`.
CREATE OR REPLACE VIEW offers_eligible AS
SELECT * FROM offers WHERE eligible AND route_kind <> 'aggregate';

-- offers_at(prompt_tokens): Every offer (columns of `offers`) at the prices for a prompt of that many tokens: the
--   tier with the largest `min_prompt_tokens` that is not above it replaces the prices of the whole request; an input
--   or output price that it leaves null is the offer's own, a cache price that it leaves null is none. Where the tier is
--   marginal no single price applies to the request, and prices are null; `offer_scenario_costs` has such costs.
CREATE OR REPLACE MACRO offers_at(prompt_tokens) AS TABLE
SELECT
    tiered.* EXCLUDE (tier) REPLACE (
        CASE
            WHEN NOT coalesce(tier.is_marginal, false) THEN coalesce(tier.input_usd_per_mtok, input_usd_per_mtok)
        END AS input_usd_per_mtok,
        CASE
            WHEN NOT coalesce(tier.is_marginal, false) THEN coalesce(tier.output_usd_per_mtok, output_usd_per_mtok)
        END AS output_usd_per_mtok,
        CASE
            WHEN tier IS NULL THEN cache_read_usd_per_mtok
            WHEN NOT tier.is_marginal THEN tier.cache_read_usd_per_mtok
        END AS cache_read_usd_per_mtok,
        CASE
            WHEN tier IS NULL THEN cache_write_usd_per_mtok
            WHEN NOT tier.is_marginal THEN tier.cache_write_usd_per_mtok
        END AS cache_write_usd_per_mtok,
        CASE
            WHEN NOT coalesce(tier.is_marginal, false)
            THEN (
                3 * coalesce(tier.input_usd_per_mtok, input_usd_per_mtok)
                + coalesce(tier.output_usd_per_mtok, output_usd_per_mtok)
            ) / 4
        END AS blended_3to1_usd_per_mtok
    )
FROM (
    -- The greatest struct is the one with the greatest first field: min_prompt_tokens.
    SELECT *, list_max([step FOR step IN price_tiers IF step.min_prompt_tokens <= prompt_tokens]) AS tier FROM offers
) AS tiered;

-- offer_costs_of(model, requests, input_tokens, output_tokens, cached_share := 0, cache_write_share := 0, must_have := [],
--   context_at_least := NULL): Offers of one model (columns of `offers`) that can serve the traffic, standard and batch,
--   with the cost of all its requests; an offer of unknown limits counts unless `context_at_least` is given. Tokens are
--   per request; `must_have` names capabilities. The rules are those of the published workloads.
--   * cost_usd: USD for all requests, rounded to a millionth. | never null
CREATE OR REPLACE MACRO offer_costs_of(
    model, requests, input_tokens, output_tokens, cached_share := 0, cache_write_share := 0,
    must_have := CAST([] AS VARCHAR[]), context_at_least := NULL
) AS TABLE
SELECT
    priced.* EXCLUDE (has_endpoint),
    round_even(
        requests::DOUBLE * request_cost_usd(
            priced,
            input_tokens,
            output_tokens,
            round_even(input_tokens * cached_share::DOUBLE, 0)::BIGINT,
            round_even(input_tokens * cache_write_share::DOUBLE, 0)::BIGINT
        ),
        6
    ) AS cost_usd
FROM (
    SELECT
        *,
        bool_or(route_kind = 'via_aggregator') OVER (PARTITION BY provider_id, service_tier) AS has_endpoint
    FROM offers
    WHERE model_id = model
    AND offer_status = 'active'
    AND ineligible_reason IS DISTINCT FROM 'expired'
    AND service_tier IN ('standard', 'batch')
    AND price_kind = 'metered'
    AND input_usd_per_mtok IS NOT NULL
    AND output_usd_per_mtok IS NOT NULL
) AS priced
WHERE NOT (route_kind = 'aggregate' AND has_endpoint)
AND coalesce(
    context_tokens >= coalesce(context_at_least, input_tokens + output_tokens), context_at_least IS NULL
)
AND coalesce(max_output_tokens >= output_tokens, true)
AND len(must_have) = (
    SELECT count(*) FROM offer_capabilities AS own
    WHERE own.offer_id = priced.offer_id AND own.effective = 'yes' AND list_contains(must_have, own.capability)
)
AND NOT EXISTS (
    FROM model_capabilities AS stated
    WHERE stated.model_id = model AND stated.state = 'no' AND list_contains(must_have, stated.capability)
);

-- cost_of(model, requests, input_tokens, output_tokens, cached_share := 0, cache_write_share := 0, batch_share := 0,
--   must_have := [], context_at_least := NULL): Cost of any traffic on one model, one row for each price basis: `list`,
--   `best` and `any` as in `model_scenario_costs`. `batch_share` of the requests is paid at batch prices. Published
--   workloads give the published costs. An id that no model has is an error, as in `known_model`.
--   * basis: Price basis: list, best or any. | never null
--   * cost_usd: USD for all requests. | no offer can serve a part of the traffic; see `reason`
--   * offer_id: Offer of the requests at standard prices. | there are none, or the median of several offers was used
--   * batch_offer_id: Offer of the requests at batch prices. | there are none, or the median of several offers was used
--   * offer_count: Offers that can serve the traffic; the fewer of standard and batch. | never null
--   * reason: Why there is no cost: no_eligible_offer, or no_named_operator whose price is no outlier. | the cost is known
CREATE OR REPLACE MACRO cost_of(
    model, requests, input_tokens, output_tokens, cached_share := 0, cache_write_share := 0, batch_share := 0,
    must_have := CAST([] AS VARCHAR[]), context_at_least := NULL
) AS TABLE
WITH served AS (
    SELECT
        service_tier,
        offer_id,
        cost_usd,
        operator_known,
        operator_known AND NOT is_price_outlier AS is_best,
        operator_known AND is_list_offer AS is_list,
        median(cost_usd) FILTER (operator_known AND is_list_offer) OVER (PARTITION BY service_tier) AS own_median
    FROM offer_costs_of(
        model, requests, input_tokens, output_tokens, cached_share := cached_share,
        cache_write_share := cache_write_share, must_have := must_have, context_at_least := context_at_least
    )
),

parts AS (
    SELECT
        service_tier,
        share,
        count(offer_id) AS offer_count,
        min({ 'usd': cost_usd, 'offer_id': offer_id }) FILTER (is_best) AS best,
        min({ 'usd': cost_usd, 'offer_id': offer_id }) FILTER (offer_id IS NOT NULL) AS cheapest,
        {
            'usd': coalesce(any_value(own_median), median(cost_usd) FILTER (operator_known)),
            'offer_id': min(offer_id) FILTER (is_list AND cost_usd = own_median)
        } AS listed
    FROM (VALUES ('standard', 1 - batch_share::DOUBLE), ('batch', batch_share::DOUBLE)) AS tiers (service_tier, share)
    LEFT JOIN served USING (service_tier)
    WHERE share > 0 AND known_model(model) IS NOT NULL
    GROUP BY service_tier, share
),

bases AS (
    SELECT service_tier, share, offer_count, unnest(['list', 'best', 'any']) AS basis, unnest([listed, best, cheapest]) AS cost
    FROM parts
)

SELECT
    model AS model_id,
    basis,
    CASE WHEN count(cost.usd) = count(*) THEN sum(share * cost.usd) END AS cost_usd,
    max(cost.offer_id) FILTER (service_tier = 'standard') AS offer_id,
    max(cost.offer_id) FILTER (service_tier = 'batch') AS batch_offer_id,
    min(offer_count) AS offer_count,
    CASE
        WHEN min(offer_count) = 0 THEN 'no_eligible_offer'
        WHEN count(cost.usd) < count(*) THEN 'no_named_operator'
    END AS reason
FROM bases
GROUP BY basis
ORDER BY list_position(['list', 'best', 'any'], basis);

-- cost_per_solved: Published runs that state what they cost beside the share of tasks that they solved: the price of an
--   answer, reasoning included. Compare rows of one benchmark, version and harness. A cost of 0 is one that the
--   benchmark did not know. The model's prices per million tokens are those of today.
--   * run_cost_usd: Cost as published: of the whole run, or of a task; see `cost_per_solved_rules`. | never null
--   * solved_percent: Share of the tasks that the run solved. | never null
--   * cost_per_solved_usd: Cost of the run over its solved tasks, USD. | never null
--   * cost_capture_id: Archived response with the cost. | never null
--   * blended_3to1_usd_per_mtok: Blended price of the model, basis `best`, USD per 1,000,000 tokens. | no offer with a named operator
CREATE OR REPLACE VIEW cost_per_solved AS
SELECT
    solved.model_id,
    solved.benchmark,
    solved.version,
    solved.harness,
    solved.effort,
    solved.evaluator_class,
    solved.evaluated_on,
    cost.value AS run_cost_usd,
    solved.value AS solved_percent,
    cost.value / (rules.tasks * solved.value / 100) AS cost_per_solved_usd,
    solved.source_id,
    cost.capture_id AS cost_capture_id,
    models.best_blended_usd_per_mtok AS blended_3to1_usd_per_mtok
FROM benchmark_scores AS solved
INNER JOIN cost_per_solved_rules AS rules
    ON (solved.benchmark = rules.family OR starts_with(solved.benchmark, rules.family || '-'))
    AND solved.metric = rules.solved_metric
INNER JOIN benchmark_scores AS cost
    ON cost.metric = rules.cost_metric
    AND cost.model_id = solved.model_id
    AND cost.source_id = solved.source_id
    AND cost.benchmark = solved.benchmark
    AND cost.version = solved.version
    AND cost.harness = solved.harness
    AND cost.effort = solved.effort
    AND cost.evaluator_class = solved.evaluator_class
    -- Figures of two runs of one model say nothing together.
    AND cost.provider_model_key = solved.provider_model_key
    AND cost.printed_harness IS NOT DISTINCT FROM solved.printed_harness
    AND cost.evaluated_on IS NOT DISTINCT FROM solved.evaluated_on
LEFT JOIN models ON models.model_id = solved.model_id
WHERE cost.value > 0 AND solved.value > 0 AND solved.unit = 'percent' AND cost.unit = 'usd';

-- usd_per_mchar: Price of the same text: list prices of every offer per million characters, by language, from the
--   characters per token of the model's tokenizer. Low and high are equal where the tokenizer is known; else they are
--   bounds over all measured tokenizers.
--   * input_usd_per_mchar_low: Input price, USD per 1,000,000 characters, at the most characters per token. | no input price
--   * input_usd_per_mchar_high: The same at the fewest characters per token. | no input price
--   * output_usd_per_mchar_low: Output price, USD per 1,000,000 characters, at the most characters per token. | no output price
--   * output_usd_per_mchar_high: The same at the fewest characters per token. | no output price
CREATE OR REPLACE VIEW usd_per_mchar AS
SELECT
    offers.offer_id,
    offers.model_id,
    rates.tokenizer,
    rates.language,
    offers.input_usd_per_mtok / rates.chars_per_token_high AS input_usd_per_mchar_low,
    offers.input_usd_per_mtok / rates.chars_per_token_low AS input_usd_per_mchar_high,
    offers.output_usd_per_mtok / rates.chars_per_token_high AS output_usd_per_mchar_low,
    offers.output_usd_per_mtok / rates.chars_per_token_low AS output_usd_per_mchar_high
FROM offers
JOIN model_tokenizers USING (model_id)
JOIN tokenizer_rates AS rates USING (tokenizer);

-- outcome_of(model_a, model_b): Every outcome of one pair with what it compares, one row a workload, and
--   `overall` without requirements. Costs are those of the basis `best`; overall: blended prices per million tokens.
--   * outcome: Outcome, with model_a as side A. | never null
--   * reason: Rule that gave it. | never null
--   * domain: Quality domain compared; `general` where a side has no index in the workload's own. | a side has none
--   * cost_a_usd: Cost of A, USD per month. | no eligible offer with a named operator whose price is no outlier
--   * cost_b_usd: Cost of B, USD per month. | as for A
--   * cost_ratio: Cost of A over that of B. | a cost is unknown, or B's is 0
--   * offer_a_id: Offer of A's cost. | no cost, or overall
--   * offer_b_id: Offer of B's cost. | no cost, or overall
--   * index_a: Quality index of A. | a side has none
--   * index_b: Quality index of B. | a side has none
--   * basis_a: Whether A's index is measured or estimated. | a side has none
--   * basis_b: Whether B's index is measured or estimated. | a side has none
--   * difference: Index of A minus that of B, points. | a side has none
--   * difference_low95: Lower end of its 95% interval. | a side has none
--   * difference_high95: Upper end of its 95% interval. | a side has none
CREATE OR REPLACE MACRO outcome_of(model_a, model_b) AS TABLE
WITH costs AS (
    SELECT model_id, scenario_id, best_usd AS usd, best_offer_id AS offer_id FROM model_scenario_costs
    UNION ALL
    SELECT model_id, 'overall', best_blended_usd_per_mtok, NULL FROM models
),
quality AS (
    SELECT
        a.domain,
        a.index AS index_a,
        b.index AS index_b,
        a.basis AS basis_a,
        b.basis AS basis_b,
        sqrt(
            a.sd_own ** 2 + b.sd_own ** 2 + (a.sd_factor_1 - b.sd_factor_1) ** 2 + (a.sd_factor_2 - b.sd_factor_2) ** 2
            + (a.sd_factor_3 - b.sd_factor_3) ** 2 + (a.sd_factor_4 - b.sd_factor_4) ** 2
        ) AS sd
    FROM model_quality AS a INNER JOIN model_quality AS b USING (domain)
    WHERE a.model_id = model_a AND b.model_id = model_b
)
SELECT
    outcomes.scenario_id,
    outcome,
    reason,
    cost_a.usd AS cost_a_usd,
    cost_b.usd AS cost_b_usd,
    cost_a.usd / nullif(cost_b.usd, 0) AS cost_ratio,
    cost_a.offer_id AS offer_a_id,
    cost_b.offer_id AS offer_b_id,
    compared.domain,
    index_a,
    index_b,
    basis_a,
    basis_b,
    index_a - index_b AS difference,
    index_a - index_b - ahead_z() * sd AS difference_low95,
    index_a - index_b + ahead_z() * sd AS difference_high95
FROM pair_outcomes(model_a, model_b) AS outcomes
LEFT JOIN costs AS cost_a ON cost_a.model_id = model_a AND cost_a.scenario_id = outcomes.scenario_id
LEFT JOIN costs AS cost_b ON cost_b.model_id = model_b AND cost_b.scenario_id = outcomes.scenario_id
LEFT JOIN quality AS compared
    ON compared.domain = CASE
        WHEN outcomes.domain IN (SELECT domain FROM quality) THEN outcomes.domain ELSE 'general'
    END
ORDER BY place;

-- offer_wide: Every offer (columns of `offers`) with its model, its provider and its capabilities; a capability in
--   neither list is unknown.
--   * model_name: Display name of the model. | the key is not resolved to a model
--   * model_context_tokens: Context window of the model itself, tokens. | no source states it
--   * provider_name: Display name of the provider. | never null
--   * provider_kind: Kind of provider: developer, host, cloud or aggregator. | never null
--   * provider_country: ISO 3166 code of the country of the provider's seat. | not on record
--   * capabilities_yes: Capabilities of the offer, by its own claims, else its model's; sorted. | never null
--   * capabilities_no: Capabilities that the offer does not have, by its own claims, else its model's; sorted. | never null
--   * capabilities_inherited: Capabilities of both lists that come from the model; sorted. | never null
CREATE OR REPLACE VIEW offer_wide AS
SELECT
    offers.*,
    models.display_name AS model_name,
    models.developer_id,
    models.license_spdx,
    models.context_tokens AS model_context_tokens,
    providers.name AS provider_name,
    providers.kind AS provider_kind,
    providers.country AS provider_country,
    coalesce(stated.capabilities_yes, []) AS capabilities_yes,
    coalesce(stated.capabilities_no, []) AS capabilities_no,
    coalesce(stated.capabilities_inherited, []) AS capabilities_inherited
FROM offers
LEFT JOIN models USING (model_id)
LEFT JOIN providers USING (provider_id)
LEFT JOIN (
    SELECT
        offer_id,
        list(capability ORDER BY capability) FILTER (effective = 'yes') AS capabilities_yes,
        list(capability ORDER BY capability) FILTER (effective = 'no') AS capabilities_no,
        list(capability ORDER BY capability) FILTER (is_inherited) AS capabilities_inherited
    FROM offer_capabilities
    GROUP BY offer_id
) AS stated USING (offer_id);

-- models_wide: Every model (columns of `models`) with its capabilities by state and its monthly cost by workload.
--   * capabilities_yes: Capabilities with a known yes, sorted. | never null
--   * capabilities_no: Capabilities with a known no, sorted. | never null
--   * capabilities_unknown: Capabilities that are unknown, sorted. | never null
--   * monthly_cost_best_usd: USD per month on the price basis `best` (named operators, no outlier), by workload. | never null; a workload that is not in the map has no such offer
--   * monthly_cost_list_usd: USD per month on the price basis `list`, by workload. | never null; a workload that is not in the map has no such offer
--   * monthly_cost_usd: USD per month on the cheapest offer of any kind, by workload. | never null; a workload that is not in the map has no cost, see `state` of `model_scenario_costs`
--   * monthly_cost_direct_usd: USD per month on the cheapest direct offer, by workload. | never null; a workload that is not in the map has no eligible direct offer
CREATE OR REPLACE VIEW models_wide AS
SELECT
    models.*,
    coalesce(stated.capabilities_yes, []) AS capabilities_yes,
    coalesce(stated.capabilities_no, []) AS capabilities_no,
    coalesce(stated.capabilities_unknown, []) AS capabilities_unknown,
    coalesce(costs.monthly_cost_best_usd, MAP {}) AS monthly_cost_best_usd,
    coalesce(costs.monthly_cost_list_usd, MAP {}) AS monthly_cost_list_usd,
    coalesce(costs.monthly_cost_usd, MAP {}) AS monthly_cost_usd,
    coalesce(costs.monthly_cost_direct_usd, MAP {}) AS monthly_cost_direct_usd
FROM models
LEFT JOIN (
    SELECT
        model_id,
        list(capability ORDER BY capability) FILTER (state = 'yes') AS capabilities_yes,
        list(capability ORDER BY capability) FILTER (state = 'no') AS capabilities_no,
        list(capability ORDER BY capability) FILTER (state = 'unknown') AS capabilities_unknown
    FROM model_capabilities
    GROUP BY model_id
) AS stated USING (model_id)
LEFT JOIN (
    SELECT
        model_id,
        map_from_entries(
            list((scenario_id, best_usd) ORDER BY scenario_id) FILTER (best_usd IS NOT NULL)
        ) AS monthly_cost_best_usd,
        map_from_entries(
            list((scenario_id, list_usd) ORDER BY scenario_id) FILTER (list_usd IS NOT NULL)
        ) AS monthly_cost_list_usd,
        map_from_entries(
            list((scenario_id, cheapest_usd) ORDER BY scenario_id) FILTER (cheapest_usd IS NOT NULL)
        ) AS monthly_cost_usd,
        map_from_entries(
            list((scenario_id, cheapest_direct_usd) ORDER BY scenario_id) FILTER (cheapest_direct_usd IS NOT NULL)
        ) AS monthly_cost_direct_usd
    FROM model_scenario_costs
    GROUP BY model_id
) AS costs USING (model_id);

-- pairs_wide: Every pair (columns of `pairs`, bit sets as lists) with the columns of `models_wide` for both sides, as
--   a_... and b_..., with the same meaning.
CREATE OR REPLACE VIEW pairs_wide AS
SELECT
    pairs.* REPLACE (
        capability_names(pairs.a_only_capabilities) AS a_only_capabilities,
        capability_names(pairs.b_only_capabilities) AS b_only_capabilities,
        capability_names(pairs.both_capabilities) AS both_capabilities,
        capability_names(pairs.not_established_capabilities) AS not_established_capabilities,
        friction_names(pairs.friction_kinds_a_to_b) AS friction_kinds_a_to_b,
        friction_names(pairs.friction_kinds_b_to_a) AS friction_kinds_b_to_a
    ),
    COLUMNS(a.* EXCLUDE (model_id)) AS 'a_\0',
    COLUMNS(b.* EXCLUDE (model_id)) AS 'b_\0'
FROM pairs
LEFT JOIN models_wide AS a ON a.model_id = pairs.model_a_id
LEFT JOIN models_wide AS b ON b.model_id = pairs.model_b_id;

-- price_changes: Each change of a price as currently recorded, with the price before; corrections are not changes.
--   Where `old_source_id` differs from `source_id`, another source was chosen; the real price may be unchanged.
--   * changed_at: From when the new price applied, UTC. | never null
--   * old_usd_per_mtok: The price before, USD per 1,000,000 tokens. | there was no usable price
--   * new_usd_per_mtok: The price since, USD per 1,000,000 tokens. | there is no usable price
--   * ratio: New price over old. | one of them is unknown, or the old one is 0
--   * old_source_id: Source of the price before. | no source: a reviewer decided, or the offer was retired
CREATE OR REPLACE VIEW price_changes AS
SELECT
    history.offer_id,
    offers.model_id,
    offers.provider_id,
    history.field,
    history.valid_from AS changed_at,
    history.old_usd_per_mtok,
    history.usd_per_mtok AS new_usd_per_mtok,
    history.usd_per_mtok / nullif(history.old_usd_per_mtok, 0) AS ratio,
    history.old_source_id,
    history.source_id,
    history.capture_id
FROM (
    SELECT
        *,
        lag(usd_per_mtok) OVER spans AS old_usd_per_mtok,
        lag(source_id) OVER spans AS old_source_id,
        lag(valid_from) OVER spans AS old_valid_from
    FROM price_history
    WHERE known_to IS NULL
    WINDOW spans AS (PARTITION BY offer_id, field ORDER BY valid_from)
) AS history
LEFT JOIN offers USING (offer_id)
WHERE history.old_valid_from IS NOT NULL AND history.old_usd_per_mtok IS DISTINCT FROM history.usd_per_mtok;
