WITH shared AS (
    SELECT a.model_id AS low, b.model_id AS high, count(*) AS both_have
    FROM strict_rows AS a
    JOIN strict_rows AS b USING (score_row)
    WHERE a.model_id < b.model_id
    GROUP BY ALL
),
leads AS (
    SELECT
        a.model_id AS low,
        b.model_id AS high,
        count(*) AS both_have,
        count(*) FILTER (a.value > b.value) AS a_ahead,
        count(*) FILTER (b.value > a.value) AS b_ahead
    FROM best_rows AS a
    JOIN best_rows AS b USING (score_row)
    WHERE a.model_id < b.model_id
    GROUP BY ALL
),
joined AS (
    SELECT
        a.model_id AS model_a_id,
        b.model_id AS model_b_id,
        coalesce(n.relation, CASE WHEN a.family = b.family OR a.base = b.base THEN 'sibling' ELSE 'none' END)
            AS relation,
        b.released_day - a.released_day AS release_gap_days,
        (a.context / nullif(b.context, 0))::FLOAT AS context_ratio,
        a.license = b.license AS same_license,
        (bit_count(a.operators0 & b.operators0) + bit_count(a.operators1 & b.operators1)
            + bit_count(a.operators2 & b.operators2))::SMALLINT AS shared_operator_count,
        (bit_count(a.providers0 & b.providers0) + bit_count(a.providers1 & b.providers1)
            + bit_count(a.providers2 & b.providers2))::SMALLINT AS shared_provider_count,
        a.yes & b.no AS a_only_capabilities,
        a.no & b.yes AS b_only_capabilities,
        a.yes & b.yes AS both_capabilities,
        a.unknown | b.unknown AS not_established_capabilities,
        (a.list_price / b.list_price)::FLOAT AS list_price_ratio,
        CASE
            WHEN a.cost_seed_chat IS NOT NULL AND b.cost_seed_chat IS NOT NULL THEN 'both_known'
            WHEN b.cost_seed_chat IS NOT NULL THEN 'a_unknown'
            WHEN a.cost_seed_chat IS NOT NULL THEN 'b_unknown'
            ELSE 'both_unknown'
        END AS cost_state_seed_chat,
        {ratios},
        coalesce(shared.both_have, 0)::SMALLINT AS shared_benchmark_count,
        coalesce(leads.both_have, 0)::SMALLINT AS indicative_benchmark_count,
        coalesce(leads.a_ahead, 0)::SMALLINT AS a_benchmark_wins,
        coalesce(leads.b_ahead, 0)::SMALLINT AS b_benchmark_wins,
        CASE WHEN a.has_provider AND b.has_provider THEN 0 ELSE 2 END
            + CASE WHEN a.license <> b.license OR a.license_class <> b.license_class THEN 128 ELSE 0 END
            + CASE WHEN ((a.yes & b.no) | (a.no & b.yes)) & 128 <> 0 THEN 512 ELSE 0 END AS mutual,
        CASE WHEN a.yes & b.no <> 0 THEN 4 ELSE 0 END
            + CASE WHEN a.yes & b.unknown <> 0 THEN 8 ELSE 0 END
            + CASE WHEN b.context < a.context THEN 16 ELSE 0 END
            + CASE WHEN b.max_output < a.max_output THEN 32 ELSE 0 END
            + CASE WHEN b.list_price > a.list_price * 1.1 THEN 64 ELSE 0 END
            + CASE WHEN a.modalities & b.modalities_lacking <> 0 THEN 256 ELSE 0 END
            + CASE WHEN b.is_ending THEN 2048 ELSE 0 END AS there,
        CASE WHEN b.yes & a.no <> 0 THEN 4 ELSE 0 END
            + CASE WHEN b.yes & a.unknown <> 0 THEN 8 ELSE 0 END
            + CASE WHEN a.context < b.context THEN 16 ELSE 0 END
            + CASE WHEN a.max_output < b.max_output THEN 32 ELSE 0 END
            + CASE WHEN a.list_price > b.list_price * 1.1 THEN 64 ELSE 0 END
            + CASE WHEN b.modalities & a.modalities_lacking <> 0 THEN 256 ELSE 0 END
            + CASE WHEN a.is_ending THEN 2048 ELSE 0 END AS back,
        least(a.completeness, b.completeness) AS completeness_min,
        least(a.oldest_fact_at, b.oldest_fact_at) AS oldest_fact_at,
        least(a.open_issues + b.open_issues, 32767)::SMALLINT AS open_issue_count,
        a.is_single_witness OR b.is_single_witness AS is_unsure,
        coalesce(n.relation = 'snapshot', false) OR coalesce(a.snapshot_of = b.snapshot_of, false)
            AS is_snapshot,
        hash(a.fingerprint, b.fingerprint) AS fingerprints
    FROM sides AS a
    JOIN sides AS b ON a.model_id < b.model_id
    LEFT JOIN bases AS n ON n.low = a.model_id AND n.high = b.model_id
    LEFT JOIN shared ON shared.low = a.model_id AND shared.high = b.model_id
    LEFT JOIN leads ON leads.low = a.model_id AND leads.high = b.model_id
),
kinds AS (
    SELECT
        *,
        (there + mutual + CASE WHEN mutual & 2 = 0 AND shared_provider_count = 0 THEN 1 ELSE 0 END)::SMALLINT
            AS friction_kinds_a_to_b,
        (back + mutual + CASE WHEN mutual & 2 = 0 AND shared_provider_count = 0 THEN 1 ELSE 0 END)::SMALLINT
            AS friction_kinds_b_to_a
    FROM joined
)
SELECT
    model_a_id, model_b_id, relation, release_gap_days, context_ratio, same_license,
    shared_operator_count, shared_provider_count, a_only_capabilities, b_only_capabilities,
    both_capabilities, not_established_capabilities, list_price_ratio,
    shared_benchmark_count, indicative_benchmark_count, a_benchmark_wins, b_benchmark_wins,
    {columns}, cost_state_seed_chat,
    CASE
        WHEN friction_kinds_a_to_b & 2308 <> 0 THEN 'high'
        WHEN friction_kinds_a_to_b & 1755 <> 0 THEN 'medium'
        WHEN friction_kinds_a_to_b <> 0 THEN 'low'
        ELSE 'none'
    END AS friction_a_to_b,
    CASE
        WHEN friction_kinds_b_to_a & 2308 <> 0 THEN 'high'
        WHEN friction_kinds_b_to_a & 1755 <> 0 THEN 'medium'
        WHEN friction_kinds_b_to_a <> 0 THEN 'low'
        ELSE 'none'
    END AS friction_b_to_a,
    friction_kinds_a_to_b, friction_kinds_b_to_a, completeness_min, oldest_fact_at, open_issue_count,
    hash(fingerprints, relation, release_gap_days, context_ratio, same_license, shared_operator_count,
        shared_provider_count, a_only_capabilities, b_only_capabilities, both_capabilities,
        not_established_capabilities, list_price_ratio,
        shared_benchmark_count, indicative_benchmark_count, a_benchmark_wins, b_benchmark_wins,
        {columns}, cost_state_seed_chat,
        friction_kinds_a_to_b, friction_kinds_b_to_a, completeness_min, open_issue_count) AS content_hash
FROM kinds
