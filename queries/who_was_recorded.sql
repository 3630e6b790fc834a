-- Purpose: how the recorded children of each place divide by sex, age band or how the case came to be known.
-- Audience: research
-- Parameters: $layer (such as district), $theme (such as child_marriage), $period (such as 2024), $breakdown (sex, age_band, detection_mode; method for marriage_intervention)
-- Columns: place, class, status, children of the class, all children, share of the class
-- Units: children; share of all children of the place, theme and period
-- Caveats: a class is told only where the count of all is, and another beside it may be withheld to cover one that is small: an empty count is not zero. A child recorded under two classes counts in both. Who is recorded depends on who is looked for.
-- Run: audience=research; layer=district; theme=child_marriage; period=2024; breakdown=sex
SELECT p.name, b.unit_id, b.class, b.status, b.count, s.count AS all_children,
       CAST(b.count AS DOUBLE) / s.count AS share
FROM breakdowns b
JOIN scores s
  ON s.layer = b.layer AND s.unit_id = b.unit_id AND s.theme = b.theme AND s.period = b.period
LEFT JOIN places p ON p.layer = b.layer AND p.place_id = b.unit_id
WHERE b.layer = $layer AND b.theme = $theme AND b.period = $period AND b.breakdown = $breakdown
ORDER BY b.unit_id, b.class;
