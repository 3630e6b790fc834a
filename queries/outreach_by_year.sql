-- Purpose: how far did campaigns reach in each year, and in how many places is that not known.
-- Audience: planning
-- Parameters: $layer (such as block)
-- Columns: period, units, with a value, below the threshold, not observed, households in units with a value, visits, visits for 100 households there, smallest, middle and largest reach of a unit, share of all households that live in units without a value
-- Units: households; visits in per cent of households; share 0 to 1
-- Caveats: a household visited twice counts twice. The total is of places with a value alone, and says nothing of the others, which are counted beside it and not taken as zero. Exact counts have no sampling error; whether all visits were recorded is another matter.
-- Run: audience=planning; layer=block
SELECT period, COUNT(*) AS units,
       SUM(CASE WHEN status = 'available' THEN 1 ELSE 0 END) AS with_value,
       SUM(CASE WHEN status = 'below_threshold' THEN 1 ELSE 0 END) AS below_threshold,
       SUM(CASE WHEN status = 'not_observed' THEN 1 ELSE 0 END) AS not_observed,
       SUM(CASE WHEN count IS NOT NULL THEN exposure END) AS households,
       SUM(CASE WHEN exposure IS NOT NULL THEN count END) AS visits,
       100.0 * SUM(CASE WHEN exposure IS NOT NULL THEN count END)
         / SUM(CASE WHEN count IS NOT NULL THEN exposure END) AS reached,
       MIN(rate) AS reached_smallest, MEDIAN(rate) AS reached_middle, MAX(rate) AS reached_largest,
       SUM(CASE WHEN count IS NULL THEN exposure ELSE 0 END) / SUM(exposure) AS share_of_households_not_known
FROM scores
WHERE layer = $layer AND theme = 'outreach'
GROUP BY period
ORDER BY period;
