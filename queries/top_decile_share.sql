-- Purpose: how concentrated is each theme: the share of recorded cases in the tenth (or other share) of places with most of them, beside the children who live there.
-- Audience: public
-- Parameters: $layer (such as district), $period (such as 2024), $top (such as 0.1; a number, `top:=0.1`)
-- Columns: theme, units, units with a value, share of cases in the top units, share of the denominator in the same units, Gini coefficient of counts
-- Units: shares 0 to 1; Gini 0 (all equal) to 1
-- Caveats: shares are of what is shown: places without a value hold cases as well, and every one of them lowers what can be said. The places are chosen by their counts, so chance and noise make the share larger than it is; compare it with the share of children, never with the share of places alone. The cut may go through a place, of which that part counts.
-- Run: audience=public; layer=district; period=2024; top:=0.1
WITH shown AS (
  SELECT theme, unit_id, CAST(count AS DOUBLE) AS cases, exposure,
         ROW_NUMBER() OVER (PARTITION BY theme ORDER BY count DESC, unit_id) AS place_number,
         COUNT(*) OVER (PARTITION BY theme) AS shown
  FROM scores
  WHERE layer = $layer AND period = $period AND count IS NOT NULL
), cut AS (
  SELECT *, LEAST(GREATEST($top * shown - (place_number - 1), 0), 1) AS part
  FROM shown
), units AS (
  SELECT theme, COUNT(*) AS units FROM scores WHERE layer = $layer AND period = $period GROUP BY theme
)
SELECT c.theme, MAX(u.units) AS units, COUNT(*) AS units_with_value,
       SUM(c.part * c.cases) / SUM(c.cases) AS share_of_cases,
       SUM(c.part * c.exposure) / SUM(c.exposure) AS share_of_denominator,
       gini(c.cases) AS gini
FROM cut c
JOIN units u ON u.theme = c.theme
GROUP BY c.theme
ORDER BY c.theme;
