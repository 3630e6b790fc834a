-- Purpose: where would a raw rate mislead: the places whose rate the empirical Bayes estimate moves most, with the small numbers behind it.
-- Audience: research
-- Parameters: $layer (such as block), $theme (such as trafficking), $period (such as 2024)
-- Columns: name, count, exposure, raw rate with its 95 % interval and place in the list of raw rates, empirical Bayes rate with its 95 % interval and place in that list, ratio of the two rates
-- Units: rates as the theme's unit in the manifest
-- Caveats: the 15 places that move most, of those with a value. Only counts from the threshold up are shown, so that the raw rates of small places are high by selection: a small place with a low count is not in the list.
-- Run: audience=research; layer=block; theme=trafficking; period=2024
WITH shown AS (
  SELECT *, RANK() OVER (ORDER BY rate DESC) AS raw_place, RANK() OVER (ORDER BY eb_rate DESC) AS eb_place
  FROM scores
  WHERE layer = $layer AND theme = $theme AND period = $period AND rate IS NOT NULL AND eb_rate IS NOT NULL
)
SELECT p.name, s.unit_id, s.count, s.exposure, s.rate, s.rate_low, s.rate_high, s.raw_place,
       s.eb_rate, s.eb_low, s.eb_high, s.eb_place, s.eb_rate / NULLIF(s.rate, 0) AS ratio
FROM shown s
LEFT JOIN places p ON p.place_id = s.unit_id
ORDER BY ABS(LN(s.eb_rate / NULLIF(s.rate, 0))) DESC NULLS LAST, s.unit_id
LIMIT 15;
