//! Ways as they are told: in the request, or in a CSV file that it names.

use super::MOST_FAULTS;
use crate::CampaignError;
use crate::ask::{TravelAsk, UntoldAsk, WayAsk};

/// Most ways of a request.
const MOST_WAYS: usize = 1_000_000;

/// Columns of a file of ways.
const COLUMNS: [&str; 4] = ["from", "to", "km", "minutes"];

impl TravelAsk {
    /// Whether nothing is told.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.matrix.is_none() && self.ways.is_empty() && self.untold == UntoldAsk::GreatCircle
    }

    /// Adds the ways of a CSV file: the columns `from`, `to`, `km` and
    /// `minutes` in any order, others passed over; `minutes` may be absent or
    /// empty. O(rows).
    ///
    /// # Errors
    /// [`CampaignError::Ways`] with the line of each row that cannot be read;
    /// nothing is added then.
    pub fn add_csv(&mut self, file: &str, text: &str) -> Result<(), CampaignError> {
        let mut faults = Faults::default();
        let text = text.trim_start_matches('\u{feff}');
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let headings = reader.headers().cloned().unwrap_or_default();
        let at = COLUMNS.map(|column| {
            headings
                .iter()
                .position(|heading| heading.eq_ignore_ascii_case(column))
        });
        let [Some(from), Some(to), Some(km), minutes] = at else {
            faults.add(format!(
                "{file}, line 1: the columns are `{}`; expected from, to, km and perhaps minutes",
                headings.iter().collect::<Vec<_>>().join(", ")
            ));
            return Err(faults.error());
        };
        let mut ways = Vec::new();
        for row in reader.records() {
            let row = match row {
                Ok(row) => row,
                Err(error) => {
                    faults.add(format!("{file}: {error}"));
                    continue;
                }
            };
            let line = row.position().map_or(0, csv::Position::line);
            let cell = |column: usize| row.get(column).unwrap_or_default();
            let mut number = |column: usize| match cell(column).parse::<f64>() {
                Ok(value) if value.is_finite() && value >= 0.0 => Some(value),
                _ => {
                    faults.add(format!(
                        "{file}, line {line}: {} is `{}`; expected a number, not below zero",
                        headings.get(column).unwrap_or_default(),
                        cell(column)
                    ));
                    None
                }
            };
            let km = number(km);
            let minutes = match minutes.filter(|column| !cell(*column).is_empty()) {
                Some(column) => number(column).map(Some),
                None => Some(None),
            };
            if let (Some(km), Some(minutes)) = (km, minutes) {
                ways.push(WayAsk {
                    from: cell(from).to_owned(),
                    to: cell(to).to_owned(),
                    km,
                    minutes,
                    line: Some(line),
                });
            }
        }
        faults.none()?;
        self.ways.extend(ways);
        Ok(())
    }

    /// Checks what needs no release.
    pub(crate) fn check(&self) -> Result<(), CampaignError> {
        if let Some(file) = &self.matrix {
            return Err(CampaignError::Setting {
                field: "travel.matrix".to_owned(),
                value: file.clone(),
                expected: "the ways themselves, as `travel.ways`: files are read by `safeground \
                           plan make` alone",
            });
        }
        if self.untold == UntoldAsk::Refuse && self.ways.is_empty() {
            return Err(CampaignError::Setting {
                field: "travel.untold".to_owned(),
                value: "refuse".to_owned(),
                expected: "ways beside it, in travel.ways or the file of travel.matrix; without \
                           any, leave it out",
            });
        }
        if self.ways.len() > MOST_WAYS {
            return Err(CampaignError::TooLarge {
                field: "travel.ways",
                what: "ways",
                found: self.ways.len(),
                most: MOST_WAYS,
                remedy: "leave out places that cannot be chosen".to_owned(),
            });
        }
        let mut faults = Faults::default();
        for (number, way) in self.ways.iter().enumerate() {
            for (what, value) in [("km", Some(way.km)), ("minutes", way.minutes)] {
                if value.is_some_and(|value| !(value.is_finite() && value >= 0.0)) {
                    let value = value.unwrap_or_default();
                    faults.add(format!(
                        "{}: {what} is {value}; expected a number, not below zero",
                        way.label(number)
                    ));
                }
            }
        }
        faults.none()
    }
}

impl WayAsk {
    /// Where it stands, for whoever wrote it.
    pub(super) fn label(&self, number: usize) -> String {
        match self.line {
            Some(line) => format!("the ways, line {line}"),
            None => format!("travel.ways[{number}]"),
        }
    }
}

/// Faults of ways, as many as can be told at once.
#[derive(Default)]
pub(super) struct Faults {
    told: Vec<String>,
    all: usize,
}

impl Faults {
    pub(super) fn add(&mut self, fault: String) {
        self.all += 1;
        if self.told.len() < MOST_FAULTS {
            self.told.push(fault);
        }
    }

    pub(super) fn error(self) -> CampaignError {
        CampaignError::Ways {
            count: self.all,
            faults: self.told,
        }
    }

    pub(super) fn none(self) -> Result<(), CampaignError> {
        if self.all == 0 {
            Ok(())
        } else {
            Err(self.error())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::faults;
    use super::*;

    #[test]
    fn a_file_is_read_by_its_headings_and_bad_rows_are_named_by_line() {
        let mut travel = TravelAsk::default();
        let text = "\u{feff}To,note,FROM,km,minutes\nvillage:1,x,village:0,3.5,\nvillage:2,,\"village:0\", 4 ,12\n";
        travel.add_csv("roads.csv", text).unwrap();
        assert_eq!(travel.ways.len(), 2);
        assert_eq!(travel.ways[0].minutes, None);
        assert_eq!(travel.ways[1].from, "village:0");
        assert_eq!(travel.ways[1].minutes, Some(12.0));
        let bad = "from,to,km,minutes\na,b,far,1\na,b,1,1\na,b,-2,1\na,b,1,NaN\na,b\n";
        let found = faults(travel.add_csv("roads.csv", bad).unwrap_err());
        assert_eq!(found.len(), 4, "{found:?}");
        assert!(
            found[0].contains("roads.csv, line 2: km is `far`"),
            "{found:?}"
        );
        assert!(found[1].contains("line 4: km is `-2`"), "{found:?}");
        assert!(found[2].contains("line 5: minutes is `NaN`"), "{found:?}");
        assert!(found[3].contains("line: 6"), "{found:?}");
        assert_eq!(travel.ways.len(), 2);
        let none = faults(travel.add_csv("roads.csv", "a,b\n1,2\n").unwrap_err());
        assert!(none[0].contains("line 1"), "{none:?}");
    }
}
