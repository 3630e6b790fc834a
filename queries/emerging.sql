-- Purpose: which places are new, lasting, growing or fading hotspots and coldspots of a theme.
-- Audience: research
-- Parameters: $layer (such as district), $theme (such as child_marriage)
-- Columns: name, category, periods with a result, hot and cold periods, trend of z with its p, status and empirical Bayes rate of the last period with its 95 % interval
-- Units: rates as the theme's unit in the manifest; z in standard deviations
-- Caveats: places with a pattern, and those without any value, which are no cold spots. Categories name shapes in a few years; the trend's p is uncorrected over places.
-- Run: audience=research; layer=district; theme=child_marriage
WITH history AS (
  SELECT s.unit_id, CAST(s.period AS BIGINT) AS year, s.status, s.eb_rate, s.eb_low, s.eb_high, p.name, p.geometry
  FROM scores s
  JOIN places p ON p.place_id = s.unit_id
  WHERE s.layer = $layer AND s.theme = $theme
), last AS (
  SELECT * FROM history WHERE year = (SELECT MAX(year) FROM history)
)
SELECT l.name, e.unit_id, COALESCE(e.category, e.status) AS category, e.periods, e.hot_periods, e.cold_periods,
       e.trend_z, e.trend_p, l.status, l.eb_rate, l.eb_low, l.eb_high
FROM emerging_hotspots(input => (SELECT unit_id, year, eb_rate, geometry FROM history),
                       id => unit_id, time => year, value => eb_rate,
                       neighbours => 'queen', geometry => geometry) e
LEFT JOIN last l ON l.unit_id = e.unit_id
WHERE COALESCE(e.category, e.status) <> 'no_pattern'
ORDER BY category, e.unit_id;
