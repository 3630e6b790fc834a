-- Purpose: does a theme cluster on the map at all, whichever rate is taken and whoever counts as neighbour.
-- Audience: research
-- Parameters: $layer (such as district), $theme (such as child_marriage), $period (such as 2024)
-- Columns: measure, neighbours, Moran's I with its expectation, z, p, p of 999 permutations, units in it, units left out, status
-- Units: Moran's I has none; p-values 0 to 1
-- Caveats: four answers to one question, not four findings: quote all. Units without a value are left out, and those are the quiet ones. The last row standardises counts for the size of places (Assunção & Reis 1999). The 6 nearest are of all places; those without a value then drop out. For layers of places with an outline.
-- Run: audience=research; layer=district; theme=child_marriage; period=2024
WITH units AS (
  SELECT s.unit_id, s.count, s.exposure, s.rate, s.eb_rate, p.geometry, p.latitude, p.longitude
  FROM scores s
  JOIN places p ON p.place_id = s.unit_id
  WHERE s.layer = $layer AND s.theme = $theme AND s.period = $period
), answers AS (
  SELECT 1 AS line, 'empirical Bayes rate' AS measure, 'queen' AS neighbours, *
  FROM global_moran(input => (SELECT * FROM units), id => unit_id, value => eb_rate,
                    neighbours => 'queen', geometry => geometry, permutations => 999, seed => 7)
  UNION ALL
  SELECT 2, 'empirical Bayes rate', '6 nearest', *
  FROM global_moran(input => (SELECT * FROM units), id => unit_id, value => eb_rate,
                    neighbours => 'nearest', count => 6, latitude => latitude, longitude => longitude,
                    permutations => 999, seed => 7)
  UNION ALL
  SELECT 3, 'raw rate', 'queen', *
  FROM global_moran(input => (SELECT * FROM units), id => unit_id, value => rate,
                    neighbours => 'queen', geometry => geometry, permutations => 999, seed => 7)
  UNION ALL
  SELECT 4, 'standardised count', 'queen', *
  FROM global_moran(input => (SELECT * FROM units), id => unit_id, value => count, exposure => exposure,
                    neighbours => 'queen', geometry => geometry, permutations => 999, seed => 7)
)
SELECT a.measure, a.neighbours, a.statistic AS moran_i, a.expected, a.z, a.p, a.p_permutation, a.units,
       (SELECT COUNT(*) FROM units) - a.units AS units_left_out, a.status
FROM answers a
ORDER BY a.line;
