-- Purpose: the villages of a block by how many of their households were reached, with what is known of a theme there: whom to visit next.
-- Audience: planning
-- Parameters: $block (such as block:99206), $theme (such as child_marriage), $period (such as 2024)
-- Columns: name, households, children, status of outreach, households reached in per cent with its 95 % interval, status and band of the theme, its empirical Bayes rate with its 95 % interval
-- Units: reach in per cent of households, visits counted twice if made twice; rate as the theme's unit in the manifest
-- Caveats: villages where nobody looked come first, then those where fewer households were reached than may be told, then the least reached. `below_threshold` holds zero and is never "no case here": plan such villages with the rate of the block. An empty upper end of a band is an open one.
-- Run: audience=planning; block=block:99206; theme=child_marriage; period=2024
SELECT p.name, p.place_id, p.households, p.children, o.status AS outreach_status,
       o.rate AS reached, o.rate_low AS reached_low, o.rate_high AS reached_high,
       t.status AS theme_status, t.count_low AS band_low, t.count_high AS band_high, t.eb_rate, t.eb_low, t.eb_high
FROM places p
LEFT JOIN (SELECT * FROM scores WHERE layer = 'village' AND theme = 'outreach' AND period = $period) o
  ON o.unit_id = p.place_id
LEFT JOIN (SELECT * FROM scores WHERE layer = 'village' AND theme = $theme AND period = $period) t
  ON t.unit_id = p.place_id
WHERE p.layer = 'village' AND p.parent_id = $block
ORDER BY CASE o.status WHEN 'not_observed' THEN 0 WHEN 'below_threshold' THEN 1 ELSE 2 END,
         o.rate, p.place_id;
