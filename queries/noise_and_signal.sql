-- Purpose: how large is the noise of a public release against the counts that it protects, and how much of each layer has a value.
-- Audience: public
-- Parameters: $period (such as 2024)
-- Columns: layer, theme, units, units with a value, standard deviation of the noise, median count, median half width of the 95 % noise interval as a share of the count, units where it is more than half the count
-- Units: counts as the theme says; share of the count
-- Caveats: of units with a value only, so that the least certain ones are missing from the median. Layers without noise have no standard deviation, and a half width of 0.
-- Run: audience=public; period=2024
WITH width AS (
  SELECT layer, theme, count, CAST(count_high - count_low AS DOUBLE) / 2 / NULLIF(count, 0) AS half_width
  FROM scores
  WHERE period = $period AND theme NOT LIKE 'indicator:%'
)
SELECT w.layer, w.theme, COUNT(*) AS units, COUNT(w.count) AS units_with_value,
       MAX(c.noise_standard_deviation) AS noise_standard_deviation,
       MEDIAN(CAST(w.count AS DOUBLE)) AS median_count, MEDIAN(w.half_width) AS median_half_width,
       SUM(CASE WHEN w.half_width > 0.5 THEN 1 ELSE 0 END) AS mostly_noise
FROM width w
LEFT JOIN coverage c ON c.layer = w.layer AND c.theme = w.theme AND c.period = $period
GROUP BY w.layer, w.theme
ORDER BY w.layer, w.theme;
