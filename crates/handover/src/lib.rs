//! A campaign plan as files that people work with: workbook, lists, maps.
