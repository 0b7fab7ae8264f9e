-- Prices of each name of a usage log over time. Input: `usage_names` (provider, model, service_tier, provider_id,
-- model_id) and `usage_days` (provider, model, service_tier, day). A name has one row for each of its days and each span
-- of constant prices on it; together they cover all time, so that each line of the log meets exactly one.
WITH candidates AS (
    -- The offer of that key at that provider, else its offers of the model, else, where the provider is not known, the
    -- model's offers with a named operator. A missing batch or flex price lies below the standard one.
    SELECT
        names.provider,
        names.model,
        names.service_tier,
        names.provider_id IS NULL AS is_any_provider,
        offers.service_tier <> names.service_tier AS is_other_tier,
        offers.*
    FROM usage_names AS names
    INNER JOIN offers
        ON (lower(offers.provider_model_key) = names.model OR offers.model_id = names.model_id)
        AND (
            offers.provider_id = names.provider_id
            OR (names.provider_id IS NULL AND offers.operator_known AND NOT offers.is_price_outlier)
        )
        AND (
            offers.service_tier = names.service_tier
            OR (offers.service_tier = 'standard' AND names.service_tier IN ('batch', 'flex'))
        )
    QUALIFY 1 = rank() OVER (
        PARTITION BY names.provider, names.model, names.service_tier
        ORDER BY
            is_other_tier,
            NOT is_any_provider AND lower(offers.provider_model_key) <> names.model,
            offers.route_kind = 'aggregate',
            NOT is_any_provider AND offers.route_kind = 'direct' AND offers.route_tag <> '-'
    )
),

points AS (
    SELECT provider, model, service_tier, TIMESTAMPTZ '0001-01-01 00:00:00Z' AS valid_from FROM usage_names
    UNION
    SELECT candidates.provider, candidates.model, candidates.service_tier, history.valid_from
    FROM candidates
    INNER JOIN price_history AS history ON history.offer_id = candidates.offer_id AND history.known_to IS NULL
),

rivals AS (
    -- Prices that independent sources dispute, or that a check holds back: they bound the published ones.
    SELECT subject_id AS offer_id, field, min(list_min(claims)) AS low, max(list_max(claims)) AS high
    FROM (
        SELECT
            subject_id,
            field,
            [TRY_CAST(split_part(claim, '=', -1) AS DOUBLE) FOR claim IN claimed_values] AS claims
        FROM disagreements
        WHERE subject_kind = 'offer' AND state <> 'settled'
        UNION ALL
        SELECT subject_id, field, [TRY_CAST(candidate_value AS DOUBLE)] FROM holds
        WHERE subject_kind = 'offer' AND state = 'held'
    )
    GROUP BY subject_id, field
),

bounds AS (
    SELECT
        points.*,
        history.offer_id,
        history.field,
        history.usd_per_mtok AS usd,
        history.price_missing_reason AS missing,
        least(history.usd_per_mtok, rivals.low) AS low,
        greatest(history.usd_per_mtok, rivals.high) AS high
    FROM points
    INNER JOIN candidates USING (provider, model, service_tier)
    INNER JOIN price_history AS history
        ON history.offer_id = candidates.offer_id
        AND history.known_to IS NULL
        AND history.valid_from <= points.valid_from
        AND (history.valid_to IS NULL OR points.valid_from < history.valid_to)
    LEFT JOIN rivals
        ON rivals.offer_id = history.offer_id AND rivals.field = history.field AND history.valid_to IS NULL
),

offer_prices AS (
    SELECT
        provider,
        model,
        service_tier,
        valid_from,
        offer_id,
        min(usd) FILTER (field = 'input_usd_per_mtok') AS input,
        min(usd) FILTER (field = 'output_usd_per_mtok') AS output,
        min(low) FILTER (field = 'input_usd_per_mtok') AS input_low,
        max(high) FILTER (field = 'input_usd_per_mtok') AS input_high,
        min(low) FILTER (field = 'output_usd_per_mtok') AS output_low,
        max(high) FILTER (field = 'output_usd_per_mtok') AS output_high,
        coalesce(min(low) FILTER (field = 'cache_read_usd_per_mtok'), input_low) AS cache_read_low,
        coalesce(max(high) FILTER (field = 'cache_read_usd_per_mtok'), input_high) AS cache_read_high,
        coalesce(min(low) FILTER (field = 'cache_write_usd_per_mtok'), input_low) AS cache_write_low,
        coalesce(max(high) FILTER (field = 'cache_write_usd_per_mtok'), input_high) AS cache_write_high,
        coalesce(min(usd) FILTER (field = 'cache_read_usd_per_mtok'), input) AS cache_read,
        coalesce(min(usd) FILTER (field = 'cache_write_usd_per_mtok'), input) AS cache_write,
        count(usd) FILTER (field = 'cache_read_usd_per_mtok') > 0 AS lists_cache,
        bool_or(low < high) AS is_disputed,
        max(missing) AS missing
    FROM bounds
    GROUP BY provider, model, service_tier, valid_from, offer_id
),

spans AS (
    SELECT
        points.*,
        coalesce(lead(points.valid_from) OVER names, TIMESTAMPTZ '9999-12-31 00:00:00Z') AS valid_to,
        count(candidates.offer_id) AS offer_count,
        count(prices.input + prices.output) AS priced_count,
        CASE WHEN count(DISTINCT candidates.model_id) = 1 THEN min(candidates.model_id) END AS offer_model_id,
        CASE WHEN count(candidates.offer_id) = 1 THEN min(candidates.offer_id) END AS offer_id,
        bool_or(candidates.is_other_tier) AS is_other_tier,
        bool_or(candidates.is_any_provider) AS is_any_provider,
        bool_or(prices.is_disputed) AS is_disputed,
        bool_and(prices.lists_cache) AS lists_cache,
        max(prices.missing) AS missing,
        CASE
            WHEN count(DISTINCT [prices.input, prices.output, prices.cache_read, prices.cache_write])
                FILTER (prices.input + prices.output IS NOT NULL) = 1
            AND NOT bool_or(candidates.is_other_tier OR candidates.is_any_provider)
            THEN
                any_value(
                    {
                        'input': prices.input,
                        'output': prices.output,
                        'cache_read': prices.cache_read,
                        'cache_write': prices.cache_write
                    }
                ) FILTER (prices.input + prices.output IS NOT NULL)
        END AS published,
        min(prices.input_low) AS input_low,
        max(prices.input_high) AS input_high,
        min(prices.output_low) AS output_low,
        max(prices.output_high) AS output_high,
        min(prices.cache_read_low) AS cache_read_low,
        max(prices.cache_read_high) AS cache_read_high,
        min(prices.cache_write_low) AS cache_write_low,
        max(prices.cache_write_high) AS cache_write_high,
        min(candidates.price_tiers[1].min_prompt_tokens) AS tiers_from,
        max(
            list_max(
                [
                    greatest(
                        1.0,
                        tier.input_usd_per_mtok / nullif(candidates.input_usd_per_mtok, 0),
                        tier.output_usd_per_mtok / nullif(candidates.output_usd_per_mtok, 0)
                    )
                    FOR tier IN candidates.price_tiers
                ]
            )
        ) AS tier_ratio,
        -- Tiers have no history: they are known where the offer still has the prices that it had then.
        CASE
            WHEN count(DISTINCT candidates.price_tiers) = 1
            AND bool_and(
                candidates.price_tiers IS NOT NULL
                AND prices.input = candidates.input_usd_per_mtok
                AND prices.output = candidates.output_usd_per_mtok
            ) THEN any_value(candidates.price_tiers)
        END AS price_tiers
    FROM points
    LEFT JOIN candidates USING (provider, model, service_tier)
    LEFT JOIN offer_prices AS prices
        ON prices.provider = points.provider
        AND prices.model = points.model
        AND prices.service_tier = points.service_tier
        AND prices.valid_from = points.valid_from
        AND prices.offer_id = candidates.offer_id
    GROUP BY points.provider, points.model, points.service_tier, points.valid_from
    WINDOW names AS (PARTITION BY points.provider, points.model, points.service_tier ORDER BY points.valid_from)
)

SELECT
    days.day,
    spans.valid_from,
    spans.valid_to,
    provider,
    model,
    service_tier,
    offer_id,
    published,
    {
        'input': CASE WHEN is_other_tier THEN 0.0 ELSE input_low END,
        'output': CASE WHEN is_other_tier THEN 0.0 ELSE output_low END,
        'cache_read': CASE WHEN is_other_tier THEN 0.0 ELSE cache_read_low END,
        'cache_write': CASE WHEN is_other_tier THEN 0.0 ELSE cache_write_low END
    } AS lowest,
    {
        'input': input_high, 'output': output_high, 'cache_read': cache_read_high, 'cache_write': cache_write_high
    } AS highest,
    lists_cache,
    tiers_from,
    tier_ratio,
    price_tiers,
    coalesce(offer_model_id, names.model_id) AS model_id,
    published IS NULL OR lowest <> published OR highest <> published AS is_open,
    CASE
        WHEN offer_count = 0 AND coalesce(offer_model_id, names.model_id) IS NULL THEN 'model_unknown'
        WHEN offer_count = 0 THEN 'no_offer'
        WHEN priced_count = 0 AND spans.valid_from < TIMESTAMPTZ '1000-01-01 00:00:00Z' THEN 'before_first_price'
        WHEN priced_count = 0 THEN 'no_price_' || coalesce(missing, 'not_listed')
        WHEN is_other_tier THEN 'no_price_for_tier'
        WHEN NOT is_open THEN NULL
        WHEN is_any_provider THEN 'provider_unknown'
        WHEN is_disputed THEN 'disputed_price'
        ELSE 'several_prices'
    END AS reason
FROM spans
INNER JOIN usage_names AS names USING (provider, model, service_tier)
INNER JOIN usage_days AS days
    ON days.provider = spans.provider
    AND days.model = spans.model
    AND days.service_tier = spans.service_tier
    AND spans.valid_from < (days.day + 1)::TIMESTAMPTZ
    AND spans.valid_to > days.day::TIMESTAMPTZ;
