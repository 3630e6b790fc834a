-- Purpose: where did recorded cases change between two periods, and is the change larger than chance and noise explain.
-- Audience: public
-- Parameters: $layer (such as district), $theme (such as child_marriage), $from (such as 2020), $to (such as 2024)
-- Columns: name, status in both periods, rate with its 95 % interval in both, change with its 95 % interval, verdict
-- Units: rates and change as the theme's unit in the manifest
-- Caveats: the interval of the change is made of the two intervals of the rates (Zou & Donner 2008, Statistics in Medicine 27:1693), which hold the noise of a public release; of 40 places without any change two are expected to look changed by it, so `intervals_apart` (the two rates' intervals do not even touch) is the verdict to quote. More recorded cases may mean more detection. Where either year has no value there is no change, not a change of zero.
-- Run: audience=public; layer=district; theme=child_marriage; from=2020; to=2024
WITH pair AS (
  SELECT COALESCE(a.unit_id, b.unit_id) AS unit_id, a.status AS status_from, b.status AS status_to,
         a.rate AS rate_from, a.rate_low AS low_from, a.rate_high AS high_from,
         b.rate AS rate_to, b.rate_low AS low_to, b.rate_high AS high_to
  FROM (SELECT * FROM scores WHERE layer = $layer AND theme = $theme AND period = $from) a
  FULL JOIN (SELECT * FROM scores WHERE layer = $layer AND theme = $theme AND period = $to) b
    ON a.unit_id = b.unit_id
), change AS (
  SELECT *, rate_to - rate_from AS change,
         rate_to - rate_from - SQRT(POWER(rate_to - low_to, 2) + POWER(high_from - rate_from, 2)) AS change_low,
         rate_to - rate_from + SQRT(POWER(high_to - rate_to, 2) + POWER(rate_from - low_from, 2)) AS change_high
  FROM pair
)
SELECT p.name, c.unit_id, c.status_from, c.status_to, c.rate_from, c.low_from, c.high_from,
       c.rate_to, c.low_to, c.high_to, c.change, c.change_low, c.change_high,
       CASE WHEN c.change_low IS NULL OR c.change_high IS NULL THEN 'not_known'
            WHEN c.low_to > c.high_from OR c.high_to < c.low_from THEN 'intervals_apart'
            WHEN c.change_low > 0 OR c.change_high < 0 THEN 'difference_excludes_zero'
            ELSE 'within_chance' END AS verdict
FROM change c
LEFT JOIN places p ON p.place_id = c.unit_id
ORDER BY c.change DESC NULLS LAST, c.unit_id;
