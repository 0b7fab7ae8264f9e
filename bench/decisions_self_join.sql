-- Expressions of one workload for pairs_self_join.sql, by the step that they stand in. {s} is the workload; {cost},
-- {quality}, {context}, {operators} and {openness} are its weights.

-- facing
a.state_{s} * 3 + b.state_{s} AS gate_{s},
(a.known_{s} & b.known_{s}) | CASE WHEN q.mean_{s} IS NULL THEN 0 ELSE 2 END AS known_{s},
a.open_{s} | b.open_{s} AS open_{s},
a.cost_{s} / b.cost_{s} AS ratio_{s},
greatest(-1, least(1, coalesce((b.log_cost_{s} - a.log_cost_{s}) / 5, -1))) AS cost_low_{s},
greatest(-1, least(1, coalesce((b.log_cost_{s} - a.log_cost_{s}) / 5, 1))) AS cost_high_{s},
greatest(-1, least(1, coalesce((q.mean_{s} - 1.96 * q.error_{s}) / 2, -1))) AS quality_low_{s},
greatest(-1, least(1, coalesce((q.mean_{s} + 1.96 * q.error_{s}) / 2, 1))) AS quality_high_{s},
a.context_least_{s} - b.context_greatest_{s} AS context_low_{s},
a.context_greatest_{s} - b.context_least_{s} AS context_high_{s},
coalesce(a.cost_{s} / b.cost_{s} < 1 / 1.1, false) OR coalesce(a.capped_{s} > b.capped_{s}, false)
    OR coalesce(a.operator_count > b.operator_count, false) AS better_a_{s},
coalesce(a.cost_{s} / b.cost_{s} > 1.1, false) OR coalesce(a.capped_{s} < b.capped_{s}, false)
    OR coalesce(a.operator_count < b.operator_count, false) AS better_b_{s}

-- scored
{cost} * (known_{s} & 1) + {quality} * (known_{s} >> 1 & 1) + {context} * (known_{s} >> 2 & 1)
    + {operators} * (known_{s} >> 3 & 1) + {openness} * (known_{s} >> 4 & 1) AS weight_{s},
CASE WHEN gate_{s} = 8 AND weight_{s} >= 0.6 - 1e-9 THEN
    {cost} * cost_low_{s} + {quality} * quality_low_{s} + {context} * context_low_{s}
        + {operators} * operators_low + {openness} * openness_low
END AS low_{s},
CASE WHEN gate_{s} = 8 AND weight_{s} >= 0.6 - 1e-9 THEN
    {cost} * cost_high_{s} + {quality} * quality_high_{s} + {context} * context_high_{s}
        + {operators} * operators_high + {openness} * openness_high
END AS high_{s},
CASE
    WHEN low_{s} > 0.05 + 1e-9 THEN
        (low_{s} - 0.05) / sqrt(greatest(1e-18, {cost} * cost_low_{s} ^ 2 + {quality} * quality_low_{s} ^ 2
            + {context} * context_low_{s} ^ 2 + {operators} * operators_low ^ 2 + {openness} * openness_low ^ 2
            - low_{s} ^ 2) / 51)
    WHEN high_{s} < -0.05 - 1e-9 THEN
        (-high_{s} - 0.05) / sqrt(greatest(1e-18, {cost} * cost_high_{s} ^ 2 + {quality} * quality_high_{s} ^ 2
            + {context} * context_high_{s} ^ 2 + {operators} * operators_high ^ 2 + {openness} * openness_high ^ 2
            - high_{s} ^ 2) / 51)
END AS z_{s}

-- published
CASE
    WHEN gate_{s} = 6 THEN 'a'
    WHEN gate_{s} = 2 THEN 'b'
    WHEN gate_{s} = 0 THEN 'neither'
    WHEN low_{s} IS NULL THEN 'abstain'
    WHEN z_{s} >= 1.2815515655446004 THEN CASE WHEN low_{s} > 0 THEN 'a' ELSE 'b' END
    WHEN low_{s} >= -0.05 - 1e-9 AND high_{s} <= 0.05 + 1e-9 THEN 'tie'
    ELSE 'depends'
END AS verdict_{s},
CASE
    WHEN gate_{s} IN (6, 7) THEN 'a'
    WHEN gate_{s} IN (2, 5) THEN 'b'
    WHEN gate_{s} < 8 THEN 'unknown'
    WHEN better_a_{s} AND better_b_{s} THEN 'trade_off'
    WHEN known_{s} & 13 <> 13 THEN 'unknown'
    WHEN better_a_{s} THEN 'a'
    WHEN better_b_{s} THEN 'b'
    ELSE 'even'
END AS lead_{s},
ratio_{s}::FLOAT AS cost_ratio_{s}

-- detail
CASE
    WHEN gate_{s} IN (2, 6) THEN 'gate'
    WHEN gate_{s} = 0 THEN 'both_fail'
    WHEN gate_{s} < 8 THEN CASE
        WHEN open_{s} & 1 <> 0 THEN 'vision_not_established'
        WHEN open_{s} & 2 <> 0 THEN 'function_calling_not_established'
        WHEN open_{s} & 4 <> 0 THEN 'structured_outputs_not_established'
        ELSE 'context_not_established'
    END
    WHEN low_{s} IS NULL THEN 'coverage'
    WHEN z_{s} >= 1.2815515655446004 THEN 'score'
    WHEN z_{s} IS NOT NULL THEN 'not_robust'
    WHEN low_{s} >= -0.05 - 1e-9 AND high_{s} <= 0.05 + 1e-9 THEN 'within_margin'
    ELSE 'interval_open'
END AS reason_{s},
CASE
    WHEN high_{s} <= 1e-9 THEN round(least(high_{s}, 0), 3)
    WHEN low_{s} >= -1e-9 THEN round(greatest(low_{s}, 0), 3)
END::FLOAT AS margin_{s},
round(weight_{s}, 3)::FLOAT AS coverage_{s},
-- Abramowitz and Stegun 26.2.17: within 7.5e-8 of the normal distribution for z above 0, and here z always is.
(1 - exp(-(z_{s} * z_{s}) / 2) / 2.5066282746310002 * (
    0.319381530 / (1 + 0.2316419 * z_{s}) - 0.356563782 / (1 + 0.2316419 * z_{s}) ^ 2
    + 1.781477937 / (1 + 0.2316419 * z_{s}) ^ 3 - 1.821255978 / (1 + 0.2316419 * z_{s}) ^ 4
    + 1.330274429 / (1 + 0.2316419 * z_{s}) ^ 5
))::FLOAT AS robust_{s},
CASE
    WHEN ratio_{s} IS NOT NULL THEN 'both_known'
    WHEN b_has_cost_{s} THEN 'a_unknown'
    WHEN a_has_cost_{s} THEN 'b_unknown'
    ELSE 'both_unknown'
END AS cost_state_{s}
