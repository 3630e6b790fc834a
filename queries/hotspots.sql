-- Purpose: where one theme concentrates, highest score first, with everything needed to defend the ranking.
-- Audience: research
-- Parameters: $layer (such as district), $theme (such as child_marriage), $period (such as 2024)
-- Columns: name, count, rate, eb_rate with its 95 % interval, gi_class with its q, score with interval, rank with interval
-- Units: rates as the theme's unit in the manifest; score 0 to 100
-- Caveats: recorded cases follow reporters; a rank without its interval says too much; where everything neighbours everything there is no score, and the rate decides.
-- Run: audience=research; layer=district; theme=child_marriage; period=2024
SELECT p.name, s.unit_id, s.count, s.rate, s.eb_rate, s.eb_low, s.eb_high,
       s.gi_class, s.gi_q, s.score, s.score_low, s.score_high, s.rank, s.rank_low, s.rank_high
FROM scores s
LEFT JOIN places p ON p.place_id = s.unit_id
WHERE s.layer = $layer AND s.theme = $theme AND s.period = $period AND s.status = 'available'
ORDER BY s.score DESC NULLS LAST, s.eb_rate DESC NULLS LAST, s.unit_id;
