-- Purpose: what lies around a place: the places within a distance, with what is known of a theme in each.
-- Audience: planning
-- Parameters: $unit (such as block:99027), $layer (such as block), $theme (such as trafficking), $period (such as 2024), $distance_km (such as 25; a number, `distance_km:=25`)
-- Columns: name, district, distance, children, status, band, empirical Bayes rate with its 95 % interval, hotspot class with q
-- Units: kilometres along the great circle; rate as the theme's unit in the manifest
-- Caveats: distance of representative points, not of borders and not along roads. The class already looks at neighbours. An empty upper end of a band is an open one.
-- Run: audience=planning; unit=block:99027; layer=block; theme=trafficking; period=2024; distance_km:=40
WITH here AS (
  SELECT latitude, longitude FROM places WHERE place_id = $unit
), near AS (
  SELECT p.place_id, p.name, p.parent_id, p.children,
         h3_great_circle_distance(h.latitude, h.longitude, p.latitude, p.longitude, 'km') AS distance_km
  FROM places p
  CROSS JOIN here h
  WHERE p.layer = $layer
)
SELECT n.name, n.place_id, d.name AS lies_in, n.distance_km, n.children,
       s.status, s.count_low AS band_low, s.count_high AS band_high, s.eb_rate, s.eb_low, s.eb_high, s.gi_class, s.gi_q
FROM near n
LEFT JOIN places d ON d.place_id = n.parent_id
LEFT JOIN (SELECT * FROM scores WHERE layer = $layer AND theme = $theme AND period = $period) s
  ON s.unit_id = n.place_id
WHERE n.distance_km <= $distance_km
ORDER BY n.distance_km, n.place_id;
