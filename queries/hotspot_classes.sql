-- Purpose: how many hotspots and coldspots does each theme have, and how many would chance alone give without the correction for many tests.
-- Audience: public
-- Parameters: $layer (such as h3_r5), $period (such as 2024)
-- Columns: theme, units, units tested, units with a hot and a cold class by confidence, units with an uncorrected p below 0.05, such units expected by chance
-- Units: units of the layer
-- Caveats: classes are after the Benjamini-Hochberg correction; neighbouring tests share data, so the number expected by chance is an average with a wide spread. A coldspot of recorded cases may be a place where nobody records.
-- Run: audience=public; layer=h3_r5; period=2024
SELECT theme, COUNT(*) AS units, COUNT(gi_p) AS tested,
       SUM(CASE WHEN gi_class = 'hot_99' THEN 1 ELSE 0 END) AS hot_99,
       SUM(CASE WHEN gi_class = 'hot_95' THEN 1 ELSE 0 END) AS hot_95,
       SUM(CASE WHEN gi_class = 'hot_90' THEN 1 ELSE 0 END) AS hot_90,
       SUM(CASE WHEN gi_class = 'cold_90' THEN 1 ELSE 0 END) AS cold_90,
       SUM(CASE WHEN gi_class = 'cold_95' THEN 1 ELSE 0 END) AS cold_95,
       SUM(CASE WHEN gi_class = 'cold_99' THEN 1 ELSE 0 END) AS cold_99,
       SUM(CASE WHEN gi_p < 0.05 THEN 1 ELSE 0 END) AS uncorrected,
       0.05 * COUNT(gi_p) AS expected_by_chance
FROM scores
WHERE layer = $layer AND period = $period
GROUP BY theme
ORDER BY theme;
