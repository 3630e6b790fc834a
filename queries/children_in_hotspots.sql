-- Purpose: how many children live in hotspots of each theme: the size of a programme that would cover them all.
-- Audience: planning
-- Parameters: $layer (such as block), $period (such as 2024)
-- Columns: theme, units, units with a hot class at q of at most 0.05, of these with a value of their own, children in them, share of all children, children in units of which no value is shown
-- Units: children (households for outreach); share 0 to 1
-- Caveats: children who live there, not children harmed. A hot class can lie on a place whose own value is withheld, since it speaks of the neighbourhood. Children in places without a value may be at the same risk and are counted beside.
-- Run: audience=planning; layer=block; period=2024
SELECT theme, COUNT(*) AS units,
       SUM(CASE WHEN gi_class IN ('hot_99', 'hot_95') THEN 1 ELSE 0 END) AS hot,
       SUM(CASE WHEN gi_class IN ('hot_99', 'hot_95') AND status = 'available' THEN 1 ELSE 0 END) AS hot_with_value,
       SUM(CASE WHEN gi_class IN ('hot_99', 'hot_95') THEN exposure ELSE 0 END) AS children_in_hotspots,
       SUM(CASE WHEN gi_class IN ('hot_99', 'hot_95') THEN exposure ELSE 0 END) / SUM(exposure) AS share_of_children,
       SUM(CASE WHEN status <> 'available' THEN exposure ELSE 0 END) AS children_without_value
FROM scores
WHERE layer = $layer AND period = $period AND theme NOT LIKE 'indicator:%'
GROUP BY theme
ORDER BY theme;
