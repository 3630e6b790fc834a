-- Purpose: which places are among the first of the ranking year after year, rather than once.
-- Audience: public
-- Parameters: $layer (such as district), $theme (such as child_marriage), $n (such as 5; a number, `n:=5`)
-- Columns: name, periods of the release, periods with a rank, periods surely among the first n, periods possibly so, best and worst end of all rank intervals
-- Units: periods; ranks from 1
-- Caveats: a period without a rank is neither in nor out. A place that is always first may be where recording works best.
-- Run: audience=public; layer=district; theme=child_marriage; n:=5
SELECT p.name, s.unit_id, COUNT(*) AS periods, COUNT(s.rank) AS periods_with_rank,
       SUM(CASE WHEN s.rank_high <= $n THEN 1 ELSE 0 END) AS periods_surely,
       SUM(CASE WHEN s.rank_low <= $n THEN 1 ELSE 0 END) AS periods_possibly,
       MIN(s.rank_low) AS best_rank, MAX(s.rank_high) AS worst_rank
FROM scores s
LEFT JOIN places p ON p.place_id = s.unit_id
WHERE s.layer = $layer AND s.theme = $theme
GROUP BY p.name, s.unit_id
HAVING SUM(CASE WHEN s.rank_low <= $n THEN 1 ELSE 0 END) > 0
ORDER BY periods_surely DESC, periods_possibly DESC, s.unit_id;
