-- Purpose: what rate does the place have in which the middle child lives, and the children at the ends.
-- Audience: public
-- Parameters: $layer (such as district), $period (such as 2024)
-- Columns: theme, units with a value, share of the denominator that lives in them, tenth, half and nine tenths of the denominator by empirical Bayes rate, largest over smallest of these
-- Units: rates as the theme's unit in the manifest; share 0 to 1
-- Caveats: weighted by the denominator of the theme (children, or households for outreach), not by places. Quantiles are of places, not of children's own risk: how cases lie within a place is not known. Empirical Bayes rates are drawn towards one another, which makes the spread smaller; a ratio of 1 means that counts vary no more than by chance.
-- Run: audience=public; layer=district; period=2024
SELECT theme, COUNT(eb_rate) AS units_with_value,
       SUM(CASE WHEN eb_rate IS NOT NULL THEN exposure ELSE 0 END) / SUM(exposure) AS share_of_denominator,
       weighted_quantile(eb_rate, exposure, 0.1) AS rate_tenth,
       weighted_quantile(eb_rate, exposure, 0.5) AS rate_half,
       weighted_quantile(eb_rate, exposure, 0.9) AS rate_nine_tenths,
       weighted_quantile(eb_rate, exposure, 0.9) / weighted_quantile(eb_rate, exposure, 0.1) AS ratio
FROM scores
WHERE layer = $layer AND period = $period AND theme NOT LIKE 'indicator:%'
GROUP BY theme
ORDER BY theme;
