-- Purpose: is there a cluster of places with more recorded cases than one rate everywhere explains, wherever and however large it is (Kulldorff's scan).
-- Audience: research
-- Parameters: $layer (such as district), $theme (such as child_marriage), $period (such as 2024)
-- Columns: cluster, its units, radius, cases observed and expected, relative risk, p, names of its units, units with a value, units left out
-- Units: radius in metres; relative risk is a ratio of rates
-- Caveats: circles only. Only clusters with p of at most 0.05, which is already corrected for all circles looked at. Units without a value are left out, as if they were not there: an edge there may be the edge of what is shown. A cluster of records may be a cluster of good recording. The relative risk is of the circle chosen because it is high, and has no interval.
-- Run: audience=research; layer=district; theme=child_marriage; period=2024
WITH units AS (
  SELECT s.unit_id, s.count, s.exposure, p.name, p.latitude, p.longitude
  FROM scores s
  JOIN places p ON p.place_id = s.unit_id
  WHERE s.layer = $layer AND s.theme = $theme AND s.period = $period
), scanned AS (
  SELECT *
  FROM scan_poisson(input => (SELECT * FROM units WHERE count IS NOT NULL AND exposure > 0),
                    id => unit_id, value => count, exposure => exposure,
                    latitude => latitude, longitude => longitude, simulations => 999, seed => 7)
)
SELECT c.cluster, c.units, c.radius_m, c.observed, c.expected, c.relative_risk, c.p,
       STRING_AGG(u.name, ', ' ORDER BY u.name) AS names,
       (SELECT COUNT(count) FROM units) AS units_with_value,
       (SELECT COUNT(*) - COUNT(count) FROM units) AS units_left_out
FROM scanned c
JOIN units u ON u.unit_id = c.unit_id
WHERE c.p <= 0.05
GROUP BY c.cluster, c.units, c.radius_m, c.observed, c.expected, c.relative_risk, c.p
ORDER BY c.cluster;
