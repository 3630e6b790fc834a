-- Purpose: does the method find a pattern where there should be none: the tests of the map on an indicator that is known to follow no place.
-- Audience: research
-- Parameters: $layer (such as district), $control (such as indicator:control_no_pattern)
-- Columns: period, units, Gi* tests, places called hot or cold after the correction, places with an uncorrected p below 0.05, such places expected by chance, spread of z
-- Units: units of the layer; z in standard deviations
-- Caveats: a control with hotspots casts doubt on every hotspot of the release; one without proves little, since it is one draw. Run it with any indicator of which no map is expected.
-- Run: audience=research; layer=district; control=indicator:control_no_pattern
SELECT period, COUNT(*) AS units, COUNT(gi_p) AS tested,
       SUM(CASE WHEN gi_class LIKE 'hot%' THEN 1 ELSE 0 END) AS hot,
       SUM(CASE WHEN gi_class LIKE 'cold%' THEN 1 ELSE 0 END) AS cold,
       SUM(CASE WHEN gi_p < 0.05 THEN 1 ELSE 0 END) AS uncorrected,
       0.05 * COUNT(gi_p) AS expected_by_chance,
       STDDEV(gi_z) AS standard_deviation_of_z
FROM scores
WHERE layer = $layer AND theme = $control
GROUP BY period
ORDER BY period;
