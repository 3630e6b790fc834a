-- Purpose: where families miss the welfare they are entitled to, beside recorded burden: the service gap and a theme, side by side and never added.
-- Audience: research
-- Parameters: $layer (such as block), $theme (such as child_labour), $period (such as 2024)
-- Columns: name, district, service gap in per cent with its 95 % interval, its hotspot class with q, status of the theme, its empirical Bayes rate with its 95 % interval, its hotspot class with q
-- Units: gap in per cent of those found eligible; rate as the theme's unit in the manifest
-- Caveats: the 20 places with the largest lower limit of the gap, so that a large gap among few eligible does not lead the list. Eligible means found eligible: where nobody looks for entitled families there is no gap on record. Places without a value are not listed; count them with kinds_of_nothing.sql.
-- Run: audience=research; layer=block; theme=child_labour; period=2024
SELECT p.name, g.unit_id, d.name AS lies_in, g.rate AS gap, g.rate_low AS gap_low, g.rate_high AS gap_high,
       g.gi_class AS gap_class, g.gi_q AS gap_q,
       b.status, b.eb_rate, b.eb_low, b.eb_high, b.gi_class, b.gi_q
FROM (SELECT * FROM scores WHERE layer = $layer AND theme = 'welfare_gap' AND period = $period
      AND status = 'available' AND rate_low IS NOT NULL) g
LEFT JOIN (SELECT * FROM scores WHERE layer = $layer AND theme = $theme AND period = $period) b
  ON b.unit_id = g.unit_id
LEFT JOIN places p ON p.place_id = g.unit_id
LEFT JOIN places d ON d.place_id = p.parent_id
ORDER BY g.rate_low DESC, g.unit_id
LIMIT 20;
