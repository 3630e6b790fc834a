-- Purpose: do the map of H3 cells and the map of districts tell the same story: cells by their class against the class of the district that holds their centre.
-- Audience: research
-- Parameters: $cells (such as h3_r5), $layer (such as district), $theme (such as child_marriage), $period (such as 2024)
-- Columns: class of the district, class of the cell, cells, cells whose own value is shown, districts
-- Units: cells
-- Caveats: a hot cell in a quiet district is what districts hide, and a quiet cell in a hot district what cells resolve; neither is an error. Cells and districts have other neighbours and other protection. A centre on water or beyond the outlines lies in no district. Class `none` has no test.
-- Run: audience=research; cells=h3_r5; layer=district; theme=child_marriage; period=2024
WITH cells AS (
  SELECT unit_id, status, COALESCE(gi_class, 'none') AS cell_class,
         st_point(h3_cell_to_lng(unit_id), h3_cell_to_lat(unit_id)) AS centre
  FROM scores
  WHERE layer = $cells AND theme = $theme AND period = $period
), districts AS (
  SELECT s.unit_id, COALESCE(s.gi_class, 'none') AS district_class, st_geomfromwkb(p.geometry) AS outline
  FROM scores s
  JOIN places p ON p.place_id = s.unit_id
  WHERE s.layer = $layer AND s.theme = $theme AND s.period = $period AND p.geometry IS NOT NULL
), located AS (
  SELECT c.unit_id AS cell, MIN(d.unit_id) AS district
  FROM cells c
  JOIN districts d ON st_contains(d.outline, c.centre)
  GROUP BY c.unit_id
)
SELECT COALESCE(d.district_class, 'in no district') AS district_class, c.cell_class, COUNT(*) AS cells,
       SUM(CASE WHEN c.status = 'available' THEN 1 ELSE 0 END) AS cells_with_value,
       COUNT(DISTINCT d.unit_id) AS districts
FROM cells c
LEFT JOIN located l ON l.cell = c.unit_id
LEFT JOIN districts d ON d.unit_id = l.district
GROUP BY COALESCE(d.district_class, 'in no district'), c.cell_class
ORDER BY district_class, c.cell_class;
