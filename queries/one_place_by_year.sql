-- Purpose: all that a release says of one place: every theme in every period, with its interval or the reason why there is no value.
-- Audience: public
-- Parameters: $unit (such as district:9901)
-- Columns: theme, period, status, least and largest count, rate with its 95 % interval, eb_rate with its 95 % interval, unit of the theme
-- Units: rates as the column unit says
-- Caveats: years are not compared here; changes.sql says whether a change is larger than its interval. A band gives no rate, only the empirical Bayes rate.
-- Run: audience=public; unit=state:99
SELECT s.theme, s.period, s.status, s.count_low, s.count_high,
       s.rate, s.rate_low, s.rate_high, s.eb_rate, s.eb_low, s.eb_high, t.unit
FROM scores s
LEFT JOIN themes t ON t.code = s.theme
WHERE s.unit_id = $unit
ORDER BY s.theme, s.period;
