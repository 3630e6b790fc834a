-- Purpose: where is recorded burden high and reach low: the theme's rate beside the households reached, each with its interval, never made into one number.
-- Audience: planning
-- Parameters: $layer (such as district), $theme (such as child_marriage), $period (such as 2024)
-- Columns: name, status, empirical Bayes rate with its 95 % interval, status of outreach, households reached in per cent with its 95 % interval, group
-- Units: rate as the theme's unit in the manifest; per cent of households
-- Caveats: a place is high or low only if its whole interval lies on that side of the median place, otherwise `unclear`. Places without a value are in no group: look at their status. Low reach makes for few records, so low burden with low reach is a question, not an answer. Reach counts visits; above 100 is possible.
-- Run: audience=planning; layer=district; theme=child_marriage; period=2024
WITH both_sides AS (
  SELECT b.unit_id, b.status, b.eb_rate, b.eb_low, b.eb_high,
         o.status AS outreach_status, o.rate AS reached, o.rate_low AS reached_low, o.rate_high AS reached_high
  FROM (SELECT * FROM scores WHERE layer = $layer AND theme = $theme AND period = $period) b
  LEFT JOIN (SELECT * FROM scores WHERE layer = $layer AND theme = 'outreach' AND period = $period) o
    ON o.unit_id = b.unit_id
), middle AS (
  SELECT MEDIAN(eb_rate) AS eb_rate, MEDIAN(reached) AS reached FROM both_sides
), judged AS (
  SELECT s.*,
         CASE WHEN s.eb_low > m.eb_rate THEN 'high' WHEN s.eb_high < m.eb_rate THEN 'low' ELSE 'unclear' END AS burden,
         CASE WHEN s.reached_low > m.reached THEN 'high' WHEN s.reached_high < m.reached THEN 'low' ELSE 'unclear' END AS reach
  FROM both_sides s CROSS JOIN middle m
)
SELECT p.name, j.unit_id, j.status, j.eb_rate, j.eb_low, j.eb_high,
       j.outreach_status, j.reached, j.reached_low, j.reached_high,
       CASE WHEN j.eb_low IS NULL OR j.reached_low IS NULL THEN 'not_known'
            ELSE CONCAT(j.burden, ' burden, ', j.reach, ' reach') END AS burden_and_reach
FROM judged j
LEFT JOIN places p ON p.place_id = j.unit_id
ORDER BY burden_and_reach, j.eb_rate DESC NULLS LAST, j.unit_id;
