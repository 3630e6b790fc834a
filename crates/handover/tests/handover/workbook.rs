//! A workbook as planners fill it: read, changed and written anew by another
//! hand, so that nothing of the original's form is left but its cells.

use std::io::Cursor;

use calamine::{Data, DataType as _, Reader as _, Xlsx};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
use safeground_handover::{Language, PlanDocument, export};

/// What is written into a cell.
#[derive(Debug, Clone)]
pub enum Put {
    Text(&'static str),
    Number(f64),
    Date(u8),
    Nothing,
}

/// The sheets of a workbook as grids.
#[derive(Debug, Clone)]
pub struct Filled(pub Vec<(String, Vec<Vec<Data>>)>);

impl Filled {
    /// The workbook of a plan, not filled yet.
    pub fn of(plan: &PlanDocument, language: &Language) -> Self {
        let bytes = export::xlsx(plan, language).unwrap();
        let mut workbook: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes)).unwrap();
        let sheets = workbook.worksheets().into_iter().map(|(name, range)| {
            let (first_row, first_column) = range.start().unwrap_or((0, 0));
            let mut grid = vec![Vec::new(); first_row as usize];
            for row in range.rows() {
                let mut cells = vec![Data::Empty; first_column as usize];
                cells.extend(row.iter().cloned());
                grid.push(cells);
            }
            (name, grid)
        });
        Self(sheets.collect())
    }

    pub fn grid(&mut self, sheet: &str) -> &mut Vec<Vec<Data>> {
        let found = self.0.iter_mut().find(|(name, _)| name == sheet);
        &mut found.unwrap().1
    }

    /// Column of a key in a walk list.
    pub fn column(&mut self, sheet: &str, key: &str) -> usize {
        let keys = &self.grid(sheet)[3];
        keys.iter()
            .position(|cell| cell.as_string().as_deref() == Some(key))
            .unwrap()
    }

    /// Writes into the row of a visit of a walk list; the first is 0.
    pub fn put(&mut self, sheet: &str, visit: usize, key: &str, put: Put) {
        let column = self.column(sheet, key);
        let row = &mut self.grid(sheet)[5 + visit];
        row.resize(row.len().max(column + 1), Data::Empty);
        row[column] = match put {
            Put::Text(text) => Data::String(text.to_owned()),
            Put::Number(number) => Data::Float(number),
            // The serial number of 1 December 2026 is 46357.
            Put::Date(day) => Data::Float(46_356.0 + f64::from(day)),
            Put::Nothing => Data::Empty,
        };
    }

    /// A visit done on a day of December 2026.
    pub fn done(&mut self, sheet: &str, visit: usize, day: u8, households: f64) {
        self.put(sheet, visit, "visited_on", Put::Date(day));
        self.put(sheet, visit, "outcome", Put::Text("done"));
        self.put(sheet, visit, "households_reached", Put::Number(households));
        self.put(sheet, visit, "pledges", Put::Number(12.0));
        self.put(sheet, visit, "refusals", Put::Number(1.0));
    }

    /// The workbook as bytes.
    pub fn bytes(&self) -> Vec<u8> {
        let mut workbook = Workbook::new();
        let date = Format::new().set_num_format("dd/mm/yyyy");
        for (name, grid) in &self.0 {
            let sheet = workbook.add_worksheet();
            sheet.set_name(name).unwrap();
            for (row, cells) in (0u32..).zip(grid) {
                for (column, cell) in (0u16..).zip(cells) {
                    match cell {
                        Data::Empty => {}
                        Data::Float(serial) if (46_000.0..47_000.0).contains(serial) => {
                            let moment = ExcelDateTime::from_serial_datetime(*serial).unwrap();
                            sheet
                                .write_datetime_with_format(row, column, &moment, &date)
                                .unwrap();
                        }
                        Data::Float(number) => {
                            sheet.write_number(row, column, *number).unwrap();
                        }
                        Data::DateTime(moment) => {
                            let moment =
                                ExcelDateTime::from_serial_datetime(moment.as_f64()).unwrap();
                            sheet
                                .write_datetime_with_format(row, column, &moment, &date)
                                .unwrap();
                        }
                        other => {
                            sheet.write_string(row, column, other.to_string()).unwrap();
                        }
                    }
                }
            }
        }
        workbook.save_to_buffer().unwrap()
    }
}
