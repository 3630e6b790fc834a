-- Purpose: which hotspots depend on who counts as a neighbour: Gi* of the released rates under four definitions, beside the released class.
-- Audience: research
-- Parameters: $layer (such as district), $theme (such as child_marriage), $period (such as 2024)
-- Columns: name, released class and q, definitions under which the place is hot at q of at most 0.05, definitions with a result, smallest and largest z, empirical Bayes rate with its 95 % interval
-- Units: rates as the theme's unit in the manifest; z in standard deviations
-- Caveats: places that are hot under at least one definition. Hot under all four is sturdy; hot under one is a choice of the analyst. The released class uses withheld units too, which nobody outside can. Definitions: outlines that touch, 4 nearest, 8 nearest, within 150 km.
-- Run: audience=research; layer=district; theme=child_marriage; period=2024
WITH units AS (
  SELECT s.unit_id, s.gi_class, s.gi_q, s.eb_rate, s.eb_low, s.eb_high, p.name, p.geometry, p.latitude, p.longitude
  FROM scores s
  JOIN places p ON p.place_id = s.unit_id
  WHERE s.layer = $layer AND s.theme = $theme AND s.period = $period
), answers AS (
  SELECT unit_id, z, p_adjusted
  FROM getis_ord_gi(input => (SELECT * FROM units), id => unit_id, value => eb_rate,
                    neighbours => 'queen', geometry => geometry)
  UNION ALL
  SELECT unit_id, z, p_adjusted
  FROM getis_ord_gi(input => (SELECT * FROM units), id => unit_id, value => eb_rate,
                    neighbours => 'nearest', count => 4, latitude => latitude, longitude => longitude)
  UNION ALL
  SELECT unit_id, z, p_adjusted
  FROM getis_ord_gi(input => (SELECT * FROM units), id => unit_id, value => eb_rate,
                    neighbours => 'nearest', count => 8, latitude => latitude, longitude => longitude)
  UNION ALL
  SELECT unit_id, z, p_adjusted
  FROM getis_ord_gi(input => (SELECT * FROM units), id => unit_id, value => eb_rate,
                    neighbours => 'distance', distance_m => 150000, latitude => latitude, longitude => longitude)
), counted AS (
  SELECT unit_id, SUM(CASE WHEN z > 0 AND p_adjusted <= 0.05 THEN 1 ELSE 0 END) AS hot_definitions,
         COUNT(z) AS definitions, MIN(z) AS z_smallest, MAX(z) AS z_largest
  FROM answers
  GROUP BY unit_id
)
SELECT u.name, u.unit_id, u.gi_class, u.gi_q, c.hot_definitions, c.definitions, c.z_smallest, c.z_largest,
       u.eb_rate, u.eb_low, u.eb_high
FROM counted c
JOIN units u ON u.unit_id = c.unit_id
WHERE c.hot_definitions > 0
ORDER BY c.hot_definitions DESC, c.z_smallest DESC, u.unit_id;
