-- Purpose: which places lie in a cluster of high rates, of low rates, or stand out from their neighbours (LISA), and does it survive the correction for many tests.
-- Audience: research
-- Parameters: $layer (such as district), $theme (such as child_marriage), $period (such as 2024)
-- Columns: name, quadrant, class after the correction, local Moran's I, p, p after the correction, neighbours, empirical Bayes rate with its 95 % interval
-- Units: rates as the theme's unit in the manifest; p-values 0 to 1
-- Caveats: rows with an uncorrected p of at most 0.05; those of class `not_significant` are shown so that nobody reports them by mistake. Counts are standardised for the size of places; p by 9,999 permutations. Low-low is quiet, not safe.
-- Run: audience=research; layer=district; theme=child_marriage; period=2024
WITH units AS (
  SELECT s.unit_id, s.count, s.exposure, s.eb_rate, s.eb_low, s.eb_high, p.name, p.geometry
  FROM scores s
  JOIN places p ON p.place_id = s.unit_id
  WHERE s.layer = $layer AND s.theme = $theme AND s.period = $period
)
SELECT u.name, m.unit_id, m.quadrant, m.class, m.statistic AS local_moran_i, m.p, m.p_adjusted, m.neighbours,
       u.eb_rate, u.eb_low, u.eb_high
FROM local_moran(input => (SELECT unit_id, count, exposure, geometry FROM units),
                 id => unit_id, value => count, exposure => exposure,
                 neighbours => 'queen', geometry => geometry, permutations => 9999, seed => 7) m
JOIN units u ON u.unit_id = m.unit_id
WHERE m.p <= 0.05
ORDER BY m.p_adjusted, m.p, m.unit_id;
