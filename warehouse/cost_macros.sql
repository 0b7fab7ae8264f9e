-- cost_bands(input_price, output_price, cache_read_price, cache_write_price, tiers, prompt_tokens): The prices of a
--   prompt of that length, as a list of spans from `start` tokens on, with the prices of a row of `price_tiers`. The
--   longest tier that the prompt reaches sets the price of the whole prompt; each longer marginal tier adds a span. A tier
--   without an input or output price keeps the one before it; without a cache price it has none.
CREATE OR REPLACE MACRO cost_bands(
    input_price, output_price, cache_read_price, cache_write_price, tiers, prompt_tokens
) AS (
    list_transform(
        [list_max([tier FOR tier IN tiers IF tier.min_prompt_tokens <= prompt_tokens AND NOT tier.is_marginal])],
        lambda whole: list_prepend(
            {
                'start': 0::BIGINT,
                'input': coalesce(whole.input_usd_per_mtok, input_price)::DOUBLE,
                'output': coalesce(whole.output_usd_per_mtok, output_price)::DOUBLE,
                'cache_read': CASE WHEN whole IS NULL THEN cache_read_price ELSE whole.cache_read_usd_per_mtok END::DOUBLE,
                'cache_write':
                    CASE WHEN whole IS NULL THEN cache_write_price ELSE whole.cache_write_usd_per_mtok END::DOUBLE
            },
            [
                {
                    'start': tier.min_prompt_tokens,
                    'input': tier.input_usd_per_mtok,
                    'output': tier.output_usd_per_mtok,
                    'cache_read': tier.cache_read_usd_per_mtok,
                    'cache_write': tier.cache_write_usd_per_mtok
                }
                FOR tier IN list_sort(tiers)
                IF tier.is_marginal AND tier.min_prompt_tokens <= prompt_tokens
                AND tier.min_prompt_tokens > coalesce(whole.min_prompt_tokens, -1)
            ]
        )
    )[1]
);

-- prompt_cost(tokens, input_price, cache_read_price, cache_write_price, cache_read_share, cache_write_share): Cost of
--   prompt tokens in millionths of a dollar. Tokens that are read from or written to the cache cost the input price
--   where no cache price is listed.
CREATE OR REPLACE MACRO prompt_cost(
    tokens, input_price, cache_read_price, cache_write_price, cache_read_tokens, cache_write_tokens
) AS (
    (tokens - cache_read_tokens - cache_write_tokens) * input_price
    + cache_read_tokens * coalesce(cache_read_price, input_price)
    + cache_write_tokens * coalesce(cache_write_price, input_price)
);

-- tiered_cost(bands, prompt_tokens, cache_read_tokens, cache_write_tokens, output_tokens): Cost of one request in
--   millionths of a dollar at the prices of `cost_bands`; tokens of the cache are spread evenly over the prompt.
CREATE OR REPLACE MACRO tiered_cost(bands, prompt_tokens, cache_read_tokens, cache_write_tokens, output_tokens) AS (
    list_transform(
        [bands],
        lambda spans: list_sum(
            list_transform(
                spans,
                lambda span, place: list_transform(
                    [{
                        'tokens': (coalesce(spans[place + 1].start, prompt_tokens) - span.start)::DOUBLE,
                        'input': [each.input FOR each IN spans[1:place] IF each.input IS NOT NULL][-1]
                    }],
                    lambda own: prompt_cost(
                        own.tokens, own.input, span.cache_read, span.cache_write,
                        own.tokens * cache_read_tokens / greatest(prompt_tokens, 1),
                        own.tokens * cache_write_tokens / greatest(prompt_tokens, 1)
                    )
                )[1]
            )
        ) + output_tokens::DOUBLE * [each.output FOR each IN spans IF each.output IS NOT NULL][-1]
    )[1]
);

-- request_cost_usd(offer, prompt_tokens, output_tokens, cache_read_tokens, cache_write_tokens): Cost in USD of one request
--   on an offer, given as a row of `offers` or of `price_tiers` of its prices: price tiers by prompt length, cache reads
--   and cache writes included. Tokens of the cache are part of the prompt. Null when the input or output price is null.
CREATE OR REPLACE MACRO request_cost_usd(
    offer, prompt_tokens, output_tokens, cache_read_tokens := 0, cache_write_tokens := 0
) AS (
    CASE
        WHEN struct_extract(offer, 'price_tiers') IS NULL THEN
            prompt_cost(
                prompt_tokens::DOUBLE,
                struct_extract(offer, 'input_usd_per_mtok'),
                struct_extract(offer, 'cache_read_usd_per_mtok'),
                struct_extract(offer, 'cache_write_usd_per_mtok'),
                cache_read_tokens::DOUBLE,
                cache_write_tokens::DOUBLE
            ) + output_tokens::DOUBLE * struct_extract(offer, 'output_usd_per_mtok')
        ELSE tiered_cost(
            cost_bands(
                struct_extract(offer, 'input_usd_per_mtok'),
                struct_extract(offer, 'output_usd_per_mtok'),
                struct_extract(offer, 'cache_read_usd_per_mtok'),
                struct_extract(offer, 'cache_write_usd_per_mtok'),
                struct_extract(offer, 'price_tiers'),
                prompt_tokens
            ),
            prompt_tokens, cache_read_tokens, cache_write_tokens, output_tokens
        )
    END / 1e6
);
