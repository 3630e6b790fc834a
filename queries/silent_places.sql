-- Purpose: places where a published indicator is high but few cases are on record: targets for outreach, never cold spots.
-- Audience: research
-- Parameters: $layer (such as district), $indicator (such as indicator:child_marriage), $theme (such as child_marriage), $period (such as 2024)
-- Columns: name, indicator value of the latest period with its percentile, status of the counts, recorded rate with its percentile
-- Units: indicator as published; rate as the theme's unit in the manifest; percentiles 0 to 1
-- Caveats: the indicator is a survey estimate with its own error; places without any record sort first.
-- Run: audience=research; layer=district; indicator=indicator:child_marriage; theme=child_marriage; period=2024
WITH latest AS (
  SELECT MAX(period) AS period FROM scores WHERE layer = $layer AND theme = $indicator
), expected AS (
  SELECT s.unit_id, s.rate AS indicator_value,
         PERCENT_RANK() OVER (ORDER BY s.rate) AS indicator_percentile
  FROM scores s JOIN latest l ON s.period = l.period
  WHERE s.layer = $layer AND s.theme = $indicator AND s.rate IS NOT NULL
), recorded AS (
  SELECT unit_id, status, rate,
         CASE WHEN rate IS NULL THEN NULL
              ELSE PERCENT_RANK() OVER (PARTITION BY rate IS NULL ORDER BY rate) END AS rate_percentile
  FROM scores
  WHERE layer = $layer AND theme = $theme AND period = $period
)
SELECT p.name, e.unit_id, e.indicator_value, e.indicator_percentile, r.status, r.rate, r.rate_percentile
FROM expected e
LEFT JOIN recorded r ON r.unit_id = e.unit_id
LEFT JOIN places p ON p.place_id = e.unit_id
WHERE e.indicator_percentile >= 0.75 AND COALESCE(r.rate_percentile, 0) < 0.5
ORDER BY r.rate_percentile NULLS FIRST, e.indicator_value DESC, e.unit_id;
