-- Purpose: how many child marriages were answered for each one recorded, and where is that surely less than in the whole.
-- Audience: research
-- Parameters: $layer (such as district), $period (such as 2024)
-- Columns: name, status and count of recorded child marriages, status and count of those answered, answered for each recorded with its 95 % interval, verdict against all shown places together
-- Units: marriages answered for each recorded one
-- Caveats: two lists of children that are not linked: an answered marriage need not be among the recorded ones, and the ratio is no share. The interval takes both as independent Poisson counts on the logarithm. Where either is withheld or nobody looked there is no ratio; low is a question about response, not a verdict on those who respond.
-- Run: audience=research; layer=district; period=2024
WITH pairs AS (
  SELECT r.unit_id, r.status AS recorded_status, r.count AS recorded, a.status AS answered_status, a.count AS answered
  FROM (SELECT * FROM scores WHERE layer = $layer AND theme = 'child_marriage' AND period = $period) r
  LEFT JOIN (SELECT * FROM scores WHERE layer = $layer AND theme = 'marriage_intervention' AND period = $period) a
    ON a.unit_id = r.unit_id
), whole AS (
  SELECT SUM(CAST(answered AS DOUBLE)) / SUM(recorded) AS ratio
  FROM pairs
  WHERE answered IS NOT NULL AND recorded > 0
), ratios AS (
  SELECT p.*, CAST(p.answered AS DOUBLE) / NULLIF(p.recorded, 0) AS ratio,
         EXP(1.959963984540054 * SQRT(1.0 / NULLIF(p.answered, 0) + 1.0 / NULLIF(p.recorded, 0))) AS factor
  FROM pairs p
)
SELECT n.name, r.unit_id, r.recorded_status, r.recorded, r.answered_status, r.answered,
       r.ratio, r.ratio / r.factor AS ratio_low, r.ratio * r.factor AS ratio_high,
       CASE WHEN r.ratio IS NULL OR r.factor IS NULL THEN 'not_known'
            WHEN r.ratio * r.factor < w.ratio THEN 'surely_less'
            WHEN r.ratio / r.factor > w.ratio THEN 'surely_more'
            ELSE 'about_the_same' END AS against_the_whole
FROM ratios r
CROSS JOIN whole w
LEFT JOIN places n ON n.place_id = r.unit_id
ORDER BY r.ratio NULLS LAST, r.unit_id;
