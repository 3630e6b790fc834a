-- Purpose: which kinds of harm are recorded in the same places.
-- Audience: research
-- Parameters: $layer (such as district), $period (such as 2024)
-- Columns: two themes, units with a value in both, Pearson's r of the logarithms of empirical Bayes rates with its 95 % interval, whether the interval excludes 0
-- Units: correlations -1 to 1
-- Caveats: the same people record all themes, so that a correlation may be one of recording. Fisher's interval takes places as independent and is too narrow; of twenty pairs without any relation one excludes 0 by chance. A theme whose rates do not vary has no correlation.
-- Run: audience=research; layer=district; period=2024
WITH rates AS (
  SELECT theme, unit_id, LN(NULLIF(eb_rate, 0)) AS log_rate
  FROM scores
  WHERE layer = $layer AND period = $period AND eb_rate IS NOT NULL
    AND theme NOT LIKE 'indicator:%' AND theme NOT IN ('outreach', 'welfare_gap', 'marriage_intervention')
), pairs AS (
  SELECT a.theme AS theme_a, b.theme AS theme_b, COUNT(*) AS units, CORR(a.log_rate, b.log_rate) AS pearson_r
  FROM rates a
  JOIN rates b ON b.unit_id = a.unit_id AND a.theme < b.theme
  GROUP BY a.theme, b.theme
), limits AS (
  SELECT *, TANH(ATANH(pearson_r) - 1.959963984540054 / SQRT(GREATEST(units, 4) - 3)) AS r_low,
         TANH(ATANH(pearson_r) + 1.959963984540054 / SQRT(GREATEST(units, 4) - 3)) AS r_high
  FROM pairs
)
SELECT theme_a, theme_b, units, pearson_r, r_low, r_high, r_low > 0 OR r_high < 0 AS excludes_zero
FROM limits
ORDER BY theme_a, theme_b;
