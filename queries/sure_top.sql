-- Purpose: which places are surely among the first of a ranking, and which only may be.
-- Audience: public
-- Parameters: $layer (such as district), $theme (such as child_marriage), $period (such as 2024), $n (such as 5; a number, `n:=5`)
-- Columns: name, rank with its interval, score with its interval, whether the place is surely or possibly among the first n
-- Units: score 0 to 100; ranks from 1
-- Caveats: more than n places are listed, since more than n may be among the first n. A place without a value has no rank and is in no list: count them with kinds_of_nothing.sql.
-- Run: audience=public; layer=district; theme=child_marriage; period=2024; n:=5
SELECT p.name, s.unit_id, s.rank, s.rank_low, s.rank_high, s.score, s.score_low, s.score_high,
       CASE WHEN s.rank_high <= $n THEN 'surely' ELSE 'possibly' END AS among_the_first
FROM scores s
LEFT JOIN places p ON p.place_id = s.unit_id
WHERE s.layer = $layer AND s.theme = $theme AND s.period = $period
  AND s.status = 'available' AND s.rank_low <= $n
ORDER BY s.rank, s.unit_id;
