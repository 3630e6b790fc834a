-- Purpose: would last period's map have found this period's recorded cases: share of cases in the places that it ranked first.
-- Audience: research
-- Parameters: $layer (such as district), $from (such as 2023), $to (such as 2024), $share (share of children who live in the places chosen, such as 0.2; a number, `share:=0.2`)
-- Columns: theme, units with a value in both periods, units without, prediction accuracy index by rate, by empirical Bayes rate, by score, and by rate of the same period, which is the best that could be
-- Units: index: share of cases found over share of children covered; 1 is chance, 1 / share the most
-- Caveats: only places shown in both periods enter, so the index speaks of them alone. Persistence of recording looks like persistence of harm. One pair of periods has no interval: run it for every pair before quoting it.
-- Run: audience=research; layer=district; from=2023; to=2024; share:=0.2
WITH pairs AS (
  SELECT b.theme, b.unit_id, CAST(b.count AS DOUBLE) AS cases, b.exposure, b.rate AS rate_now,
         a.rate, a.eb_rate, a.score
  FROM (SELECT * FROM scores WHERE layer = $layer AND period = $to) b
  LEFT JOIN (SELECT * FROM scores WHERE layer = $layer AND period = $from) a
    ON a.theme = b.theme AND a.unit_id = b.unit_id
  WHERE b.theme NOT IN ('outreach', 'welfare_gap', 'marriage_intervention')
)
SELECT theme, SUM(CASE WHEN cases IS NOT NULL AND rate IS NOT NULL THEN 1 ELSE 0 END) AS units_with_both,
       SUM(CASE WHEN cases IS NULL OR rate IS NULL THEN 1 ELSE 0 END) AS units_without,
       pai(rate, cases, exposure, $share) AS by_rate,
       pai(eb_rate, cases, exposure, $share) AS by_eb_rate,
       pai(score, cases, exposure, $share) AS by_score,
       pai(CASE WHEN rate IS NOT NULL THEN rate_now END, cases, exposure, $share) AS best_possible
FROM pairs
GROUP BY theme
ORDER BY theme;
