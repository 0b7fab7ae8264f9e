-- Each line of `usage_lines` with its cost. Input: `spans` (usage_prices.sql), and the macros release_as_of() and
-- long_write_factor(): the price of a cache write that is kept for an hour, over the input price.
CREATE MACRO line_cost(prices) AS (
    prompt_cost(
        input_tokens,
        struct_extract(prices, 'input'),
        struct_extract(prices, 'cache_read'),
        struct_extract(prices, 'cache_write'),
        cached_tokens,
        cache_write_tokens
    )
    + cache_write_long_tokens
    * (long_write_factor() * struct_extract(prices, 'input') - struct_extract(prices, 'cache_write'))
    + output_tokens * struct_extract(prices, 'output')
) / 1e6;

CREATE VIEW priced_lines AS
WITH met AS NOT MATERIALIZED (
    SELECT
        lines.*,
        spans.* EXCLUDE (provider, model, service_tier, day, valid_from, valid_to, reason),
        spans.reason AS span_reason,
        -- The prompts of a line of several requests may differ: whether one reached a price tier is then unknown.
        coalesce(
            input_tokens >= tiers_from
            AND (is_bucket OR price_tiers IS NULL OR cache_write_long_tokens > 0 OR published IS NULL),
            false
        ) AS is_tier_open,
        coalesce(input_tokens >= tiers_from, false) AND NOT is_tier_open AS is_tiered,
        NOT coalesce(lists_cache, true) AND cached_tokens > 0 AS is_unlisted,
        coalesce(
            time IS NULL
            OR requests < 0
            OR output_tokens < 0
            OR cached_tokens < 0
            OR cache_write_tokens < 0
            OR cached_tokens + cache_write_tokens > input_tokens,
            true
        ) AS is_unreadable
    FROM usage_lines AS lines
    INNER JOIN spans
        ON spans.provider = lines.provider
        AND spans.model = lines.model
        AND spans.service_tier = lines.service_tier
        AND spans.day = coalesce(lines.time, TIMESTAMPTZ '0001-01-01 00:00:00Z')::DATE
        AND spans.valid_from <= coalesce(lines.time, TIMESTAMPTZ '0001-01-01 00:00:00Z')
        AND spans.valid_to > coalesce(lines.time, TIMESTAMPTZ '0001-01-01 00:00:00Z')
),

flat AS NOT MATERIALIZED (
    SELECT
        *,
        CASE WHEN NOT is_unreadable THEN line_cost(published) END AS exact,
        CASE WHEN is_open AND NOT is_unreadable THEN line_cost(lowest) ELSE exact END AS low,
        CASE WHEN is_open AND NOT is_unreadable THEN line_cost(highest) ELSE exact END AS high,
        CASE
            WHEN is_tiered AND NOT is_unreadable
            THEN
                tiered_cost(
                    cost_bands(
                        published.input,
                        published.output,
                        published.cache_read,
                        published.cache_write,
                        price_tiers,
                        input_tokens::BIGINT
                    ),
                    input_tokens, cached_tokens, cache_write_tokens, output_tokens
                ) / 1e6
            ELSE exact
        END AS cost
    FROM met
)

SELECT
    time,
    provider,
    model,
    service_tier,
    requests,
    input_tokens,
    cached_tokens,
    cache_write_tokens,
    output_tokens,
    model_id,
    offer_id,
    CASE WHEN NOT is_tier_open THEN cost END AS cost_usd,
    CASE WHEN is_tiered THEN cost * coalesce(low / nullif(exact, 0), 1) ELSE low END
    - CASE WHEN is_unlisted THEN least(cached_tokens * lowest.cache_read / 1e6, low) ELSE 0 END AS low_usd,
    CASE
        WHEN is_tier_open THEN high * tier_ratio
        WHEN is_tiered THEN cost * coalesce(high / nullif(exact, 0), 1)
        ELSE high
    END AS high_usd,
    CASE
        WHEN time IS NULL THEN 'unreadable_time'
        WHEN model = '' THEN 'unreadable_model'
        WHEN is_unreadable THEN 'unreadable_tokens'
        WHEN span_reason IS NOT NULL THEN span_reason
        WHEN is_tier_open THEN 'tier_price_unknown'
        WHEN is_unlisted THEN 'cache_price_unlisted'
        WHEN time > release_as_of() THEN 'after_release'
    END AS reason
FROM flat;
