-- Purpose: how much of a map is known, and why the rest is not.
-- Audience: public
-- Parameters: $layer (such as district)
-- Columns: theme, period, status, units
-- Units: units of the layer
-- Caveats: below_threshold holds zero as well; not_observed says that nobody looked, not that nothing happened.
-- Run: audience=public; layer=h3_r4
SELECT theme, period, status, COUNT(*) AS units
FROM scores
WHERE layer = $layer
GROUP BY theme, period, status
ORDER BY theme, period, status;
