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
