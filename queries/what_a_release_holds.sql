-- Purpose: what a release holds: each layer and theme with its periods, its protection and the share of it that has a value.
-- Audience: public
-- Parameters: none
-- Columns: layer, theme, first and last period, protection, standard deviation of the noise, rows of scores, rows with a value, share with a value
-- Units: rows are units times periods; noise in the unit of the count; share 0 to 1
-- Caveats: a row without a value is no zero. Published indicators are as their publisher gave them: their protection is empty.
-- Run: audience=public
WITH held AS (
  SELECT layer, theme, COUNT(*) AS unit_periods,
         SUM(CASE WHEN status = 'available' THEN 1 ELSE 0 END) AS with_value
  FROM scores
  GROUP BY layer, theme
), described AS (
  SELECT layer, theme, MIN(period) AS first_period, MAX(period) AS last_period, COUNT(*) AS periods,
         MIN(protection) AS protection, MAX(noise_standard_deviation) AS noise_standard_deviation
  FROM coverage
  GROUP BY layer, theme
)
SELECT d.layer, d.theme, d.first_period, d.last_period, d.periods, d.protection, d.noise_standard_deviation,
       h.unit_periods, h.with_value, CAST(h.with_value AS DOUBLE) / h.unit_periods AS share_with_value
FROM described d
LEFT JOIN held h ON h.layer = d.layer AND h.theme = d.theme
ORDER BY d.layer, d.theme;
