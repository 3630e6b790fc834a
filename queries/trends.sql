-- Purpose: where do recorded rates rise or fall year after year (Mann-Kendall), how fast (Sen's slope), and how sure is that.
-- Audience: research
-- Parameters: $layer (such as district), $theme (such as child_marriage)
-- Columns: name, periods with a value, tau-b, exact p, p after the correction, slope per year with its 95 % interval, verdict
-- Units: slope as the theme's unit in the manifest, per year
-- Caveats: five years rank in 120 ways, so that no exact p can be below 0.0167, and after the correction for many places nothing may be left: that is the data's answer. Rates here are the raw ones; their own intervals do not enter the test. A year without a value is left out, and shortens the series. The 15 places with the smallest p, largest slope first among equals.
-- Run: audience=research; layer=district; theme=child_marriage
SELECT p.name, m.unit_id, m.periods, m.tau_b, m.p, m.p_adjusted, m.slope, m.slope_low, m.slope_high,
       CASE WHEN m.status <> 'computed' THEN m.status
            WHEN m.p_adjusted <= 0.05 AND m.slope > 0 THEN 'rises'
            WHEN m.p_adjusted <= 0.05 AND m.slope < 0 THEN 'falls'
            WHEN m.p <= 0.05 THEN 'only_before_correction'
            ELSE 'no_trend_shown' END AS verdict
FROM mann_kendall(input => (SELECT unit_id, CAST(period AS BIGINT) AS year, rate
                            FROM scores WHERE layer = $layer AND theme = $theme),
                  id => unit_id, time => year, value => rate, distribution => 'exact') m
LEFT JOIN places p ON p.place_id = m.unit_id
ORDER BY m.p NULLS LAST, ABS(m.slope) DESC NULLS LAST, m.unit_id
LIMIT 15;
