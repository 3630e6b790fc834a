-- Purpose: the blocks of a district by what is known of their villages: how many have a band, how many are withheld, where nobody looked.
-- Audience: planning
-- Parameters: $district (such as district:9934), $theme (such as child_marriage), $period (such as 2024)
-- Columns: name, status and band of the block, its empirical Bayes rate with its 95 % interval, villages, with a band, below the threshold, not observed, without data, share of the block's children in villages with a band
-- Units: villages; rate as the theme's unit in the manifest; share 0 to 1
-- Caveats: a village is shown where its figures can be told without telling of a child; the number of bands says more about the size of villages than about harm. Never add bands up.
-- Run: audience=planning; district=district:9934; theme=child_marriage; period=2024
WITH villages AS (
  SELECT p.parent_id AS block, COUNT(*) AS villages,
         SUM(CASE WHEN s.status = 'available' THEN 1 ELSE 0 END) AS with_band,
         SUM(CASE WHEN s.status = 'below_threshold' THEN 1 ELSE 0 END) AS below_threshold,
         SUM(CASE WHEN s.status = 'not_observed' THEN 1 ELSE 0 END) AS not_observed,
         SUM(CASE WHEN s.status = 'no_data' OR s.status IS NULL THEN 1 ELSE 0 END) AS no_data,
         CAST(SUM(CASE WHEN s.status = 'available' THEN p.children ELSE 0 END) AS DOUBLE) / SUM(p.children) AS share_of_children
  FROM places p
  LEFT JOIN (SELECT * FROM scores WHERE layer = 'village' AND theme = $theme AND period = $period) s
    ON s.unit_id = p.place_id
  WHERE p.layer = 'village'
  GROUP BY p.parent_id
)
SELECT b.name, b.place_id, s.status, s.count_low AS band_low, s.count_high AS band_high,
       s.eb_rate, s.eb_low, s.eb_high,
       v.villages, v.with_band, v.below_threshold, v.not_observed, v.no_data, v.share_of_children
FROM places b
LEFT JOIN villages v ON v.block = b.place_id
LEFT JOIN (SELECT * FROM scores WHERE layer = 'block' AND theme = $theme AND period = $period) s
  ON s.unit_id = b.place_id
WHERE b.layer = 'block' AND b.parent_id = $district
ORDER BY b.place_id;
