-- Purpose: what each theme counts, per what, and what must be said beside it.
-- Audience: public
-- Parameters: none
-- Columns: code, title, unit, denominator, source, note
-- Units: none
-- Caveats: quote the note with the figure; without it a rate of recorded cases reads as a rate of harm.
-- Run: audience=public
SELECT code, title, unit, denominator, source, note
FROM themes
ORDER BY code;
