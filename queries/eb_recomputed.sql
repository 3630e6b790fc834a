-- Purpose: can the released empirical Bayes rates be had again from the released counts, and how much do the withheld ones matter.
-- Audience: research
-- Parameters: $layer (such as district), $theme (such as child_marriage), $period (such as 2024), $per (what the theme's rate is per, such as 100000; a number, `per:=100000`)
-- Columns: units, units compared, largest and mean relative difference of rates, largest relative difference of the ends of intervals, correlation of the two rates
-- Units: relative differences, 0.01 is one per cent
-- Caveats: the release knows of the units that it withholds, and whoever recomputes does not; a difference is expected where a unit is withheld, and grows with their number.
-- Run: audience=research; layer=district; theme=child_marriage; period=2024; per:=100000
WITH published AS (
  SELECT unit_id, status, count, exposure, eb_rate, eb_low, eb_high
  FROM scores
  WHERE layer = $layer AND theme = $theme AND period = $period
), compared AS (
  SELECT p.unit_id, p.eb_rate, $per * e.rate AS again,
         ABS($per * e.rate / p.eb_rate - 1) AS difference,
         GREATEST(ABS($per * e.low / p.eb_low - 1), ABS($per * e.high / p.eb_high - 1)) AS interval_difference
  FROM eb_rate(input => (SELECT unit_id, count, exposure FROM published),
               id => unit_id, value => count, exposure => exposure) e
  JOIN published p ON p.unit_id = e.unit_id
)
SELECT COUNT(*) AS units, COUNT(difference) AS units_compared,
       MAX(difference) AS largest_difference, AVG(difference) AS mean_difference,
       MAX(interval_difference) AS largest_interval_difference, CORR(eb_rate, again) AS correlation
FROM compared;
