-- Purpose: where did nobody look, for how many years, and how many children live there.
-- Audience: planning
-- Parameters: $layer (such as block), $theme (such as child_marriage)
-- Columns: name, district, children, periods, periods not observed, first and last of them, last period in which somebody looked
-- Units: children; periods
-- Caveats: observed means recorded effort, or any record; effort that is not reported is not seen. An empty last period means never within the release. Nothing here says what would have been found.
-- Run: audience=planning; layer=block; theme=child_marriage
SELECT p.name, s.unit_id, d.name AS lies_in, p.children, COUNT(*) AS periods,
       SUM(CASE WHEN s.status = 'not_observed' THEN 1 ELSE 0 END) AS periods_not_observed,
       MIN(CASE WHEN s.status = 'not_observed' THEN s.period END) AS first_not_observed,
       MAX(CASE WHEN s.status = 'not_observed' THEN s.period END) AS last_not_observed,
       MAX(CASE WHEN s.status NOT IN ('not_observed', 'no_data') THEN s.period END) AS last_observed
FROM scores s
LEFT JOIN places p ON p.place_id = s.unit_id
LEFT JOIN places d ON d.place_id = p.parent_id
WHERE s.layer = $layer AND s.theme = $theme
GROUP BY p.name, s.unit_id, d.name, p.children
HAVING SUM(CASE WHEN s.status = 'not_observed' THEN 1 ELSE 0 END) > 0
ORDER BY periods_not_observed DESC, p.children DESC, s.unit_id;
