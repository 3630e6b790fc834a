-- Purpose: which places are hotspots of several kinds of harm at once, kind by kind.
-- Audience: planning
-- Parameters: $layer (such as block), $period (such as 2024)
-- Columns: name, district, children, themes with a hot class at q of at most 0.05, which they are, themes with a test, themes with a value of this place, smallest and largest q of the hot ones
-- Units: children; themes; q 0 to 1
-- Caveats: two themes or more. Themes are recorded by the same people, so that several hot themes may be one good recorder. Themes without a test here are no argument against. The 25 places with most themes, most children first.
-- Run: audience=planning; layer=block; period=2024
WITH hot AS (
  SELECT unit_id,
         SUM(CASE WHEN gi_class IN ('hot_99', 'hot_95') THEN 1 ELSE 0 END) AS hot_themes,
         STRING_AGG(CASE WHEN gi_class IN ('hot_99', 'hot_95') THEN theme END, ', ' ORDER BY theme) AS themes,
         COUNT(gi_q) AS tested_themes,
         SUM(CASE WHEN status = 'available' THEN 1 ELSE 0 END) AS themes_with_value,
         MIN(CASE WHEN gi_class IN ('hot_99', 'hot_95') THEN gi_q END) AS q_smallest,
         MAX(CASE WHEN gi_class IN ('hot_99', 'hot_95') THEN gi_q END) AS q_largest
  FROM scores
  WHERE layer = $layer AND period = $period AND theme NOT LIKE 'indicator:%'
    AND theme NOT IN ('outreach', 'welfare_gap', 'marriage_intervention')
  GROUP BY unit_id
)
SELECT p.name, h.unit_id, d.name AS lies_in, p.children, h.hot_themes, h.themes, h.tested_themes,
       h.themes_with_value, h.q_smallest, h.q_largest
FROM hot h
LEFT JOIN places p ON p.place_id = h.unit_id
LEFT JOIN places d ON d.place_id = p.parent_id
WHERE h.hot_themes >= 2
ORDER BY h.hot_themes DESC, p.children DESC, h.unit_id
LIMIT 25;
