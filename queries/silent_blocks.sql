-- Purpose: blocks of which no theme of harm shows a value: how many children live there, and whether anybody looked.
-- Audience: planning
-- Parameters: $layer (such as block), $period (such as 2024)
-- Columns: name, district, children, themes below the threshold, not observed and without data, status of outreach, households reached in per cent with its 95 % interval
-- Units: children; themes; per cent of households
-- Caveats: silence of records is not absence of harm. `below_threshold` may be withheld to protect a neighbour's figure, and says nothing about how few. Most children first.
-- Run: audience=planning; layer=block; period=2024
WITH harm AS (
  SELECT unit_id,
         SUM(CASE WHEN status IN ('available', 'zero') THEN 1 ELSE 0 END) AS with_value,
         SUM(CASE WHEN status = 'below_threshold' THEN 1 ELSE 0 END) AS below_threshold,
         SUM(CASE WHEN status = 'not_observed' THEN 1 ELSE 0 END) AS not_observed,
         SUM(CASE WHEN status = 'no_data' THEN 1 ELSE 0 END) AS no_data
  FROM scores
  WHERE layer = $layer AND period = $period AND theme NOT LIKE 'indicator:%'
    AND theme NOT IN ('outreach', 'welfare_gap', 'marriage_intervention')
  GROUP BY unit_id
)
SELECT p.name, h.unit_id, d.name AS lies_in, p.children, h.below_threshold, h.not_observed, h.no_data,
       o.status AS outreach_status, o.rate AS reached, o.rate_low AS reached_low, o.rate_high AS reached_high
FROM harm h
JOIN places p ON p.place_id = h.unit_id
LEFT JOIN places d ON d.place_id = p.parent_id
LEFT JOIN (SELECT * FROM scores WHERE layer = $layer AND theme = 'outreach' AND period = $period) o
  ON o.unit_id = h.unit_id
WHERE h.with_value = 0
ORDER BY p.children DESC, h.unit_id;
