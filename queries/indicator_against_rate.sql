-- Purpose: do recorded cases follow a published indicator, such as the survey's prevalence of child marriage.
-- Audience: research
-- Parameters: $layer (such as district), $indicator (such as indicator:child_marriage), $indicator_period (such as 2023/2024), $period (such as 2024)
-- Columns: theme, units with both, units without, Pearson's r of the empirical Bayes rates with its 95 % interval, Spearman's rho, whether the interval excludes 0
-- Units: correlations -1 to 1
-- Caveats: the interval is Fisher's, for independent places, which neighbours are not: it is too narrow. Several themes are looked at; one in twenty excludes 0 by chance. A weak correlation may mean that records miss where the survey finds. Correlation of districts says nothing of children (the ecological fallacy).
-- Run: audience=research; layer=district; indicator=indicator:child_marriage; indicator_period=2023/2024; period=2024
WITH published AS (
  SELECT unit_id, rate AS figure
  FROM scores
  WHERE layer = $layer AND theme = $indicator AND period = $indicator_period
), pairs AS (
  SELECT s.theme, s.unit_id, s.eb_rate, f.figure
  FROM scores s
  LEFT JOIN published f ON f.unit_id = s.unit_id
  WHERE s.layer = $layer AND s.period = $period AND s.theme NOT LIKE 'indicator:%'
), ranked AS (
  SELECT theme, eb_rate, figure,
         RANK() OVER (PARTITION BY theme ORDER BY eb_rate)
           + (COUNT(*) OVER (PARTITION BY theme, eb_rate) - 1) / 2.0 AS rate_rank,
         RANK() OVER (PARTITION BY theme ORDER BY figure)
           + (COUNT(*) OVER (PARTITION BY theme, figure) - 1) / 2.0 AS figure_rank
  FROM pairs
  WHERE eb_rate IS NOT NULL AND figure IS NOT NULL
), answer AS (
  SELECT theme, COUNT(*) AS units, CORR(eb_rate, figure) AS pearson_r, CORR(rate_rank, figure_rank) AS spearman_rho,
         TANH(ATANH(CORR(eb_rate, figure)) - 1.959963984540054 / SQRT(NULLIF(COUNT(*), 3) - 3)) AS r_low,
         TANH(ATANH(CORR(eb_rate, figure)) + 1.959963984540054 / SQRT(NULLIF(COUNT(*), 3) - 3)) AS r_high
  FROM ranked
  GROUP BY theme
), all_units AS (
  SELECT theme, COUNT(*) AS units FROM pairs GROUP BY theme
)
SELECT u.theme, COALESCE(a.units, 0) AS units_with_both, u.units - COALESCE(a.units, 0) AS units_without,
       a.pearson_r, a.r_low, a.r_high, a.spearman_rho, a.r_low > 0 OR a.r_high < 0 AS excludes_zero
FROM all_units u
LEFT JOIN answer a ON a.theme = u.theme
ORDER BY u.theme;
