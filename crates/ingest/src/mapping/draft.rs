//! First drafts of mappings.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use safeground_schema::{FieldKind, FieldSpec, Level, Table};

use super::Mapping;
use super::guess::{self, LevelColumns};
use super::profile::{DateForm, Profile, profiles};
use crate::IngestError;
use crate::convert::text::CodeTable;
use crate::error::toml_key;

/// Writes a first draft of a mapping by looking at the headers and the first
/// rows of a file. The draft is TOML with comments: it says what it could not
/// decide and whether it loads as it is. It proposes decisions about columns
/// that look like personal data, as comments, and shows no value of such a
/// column. Where no table is given the one whose fields fit best is taken.
///
/// # Errors
/// If the file cannot be read.
pub fn draft(file: &Path, table: Option<Table>) -> Result<String, IngestError> {
    let (profiles, rows) = profiles(file)?;
    let guessed = table.or_else(|| guess::table(&profiles));
    let mut draft = Draft {
        table: guessed.unwrap_or(Table::Incidents),
        profiles: &profiles,
        used: BTreeSet::new(),
        open: Vec::new(),
        text: String::new(),
    };
    if guessed.is_none() {
        draft.open.push(format!(
            "the table: the headers fit none best; one of {}",
            names(Table::ALL.iter().map(|table| table.name()))
        ));
    }
    draft.source();
    draft.columns();
    draft.locate();
    draft.personal_data();
    Ok(draft.finish(file, rows))
}

struct Draft<'p> {
    table: Table,
    profiles: &'p [Profile],
    used: BTreeSet<&'p str>,
    /// What could not be decided.
    open: Vec<String>,
    text: String,
}

impl<'p> Draft<'p> {
    fn line(&mut self, line: impl AsRef<str>) {
        self.text.push_str(line.as_ref());
        self.text.push('\n');
    }

    fn profile(&self, name: &str) -> Option<&'p Profile> {
        self.profiles.iter().find(|profile| profile.name == name)
    }

    fn source(&mut self) {
        self.line("\n[source]");
        let forms: Vec<DateForm> = self.profiles.iter().map(Profile::date_form).collect();
        let order = forms.iter().find_map(|form| match form {
            DateForm::Ordered(order) => Some(*order),
            _ => None,
        });
        match order {
            Some(order) => {
                let order = match order {
                    super::file::DateOrder::Dmy => "dmy",
                    super::file::DateOrder::Mdy => "mdy",
                    super::file::DateOrder::Ymd => "ymd",
                };
                self.line(format!("date_order = \"{order}\""));
            }
            None if forms.contains(&DateForm::Ambiguous) => {
                self.line("# date_order = \"dmy\"   # or \"mdy\" or \"ymd\"");
                self.open
                    .push("`date_order`: the dates can be read in more than one order".into());
            }
            None => {}
        }
        self.line("# missing = [\"NA\", \"*\"]   # texts that mean \"no value\"");
    }

    fn columns(&mut self) {
        let levels = guess::levels(self.profiles);
        for field in self.table.fields() {
            if self.follows_place(field) {
                continue;
            }
            let place_name = (self.table == Table::Places && field.name == "name")
                .then(|| levels.iter().find_map(|level| level.name.as_deref()))
                .flatten()
                .and_then(|name| self.profile(name));
            let found = place_name.or_else(|| {
                self.profiles.iter().find(|profile| {
                    !self.used.contains(profile.name.as_str()) && guess::fits(field, profile)
                })
            });
            match found {
                Some(profile) => self.column(field, profile),
                None if !field.nullable && !matches!(field.kind, FieldKind::Place) => {
                    self.unknown(field);
                }
                None => {}
            }
        }
    }

    /// Fields that a place takes from the way it is located.
    fn follows_place(&self, field: &FieldSpec) -> bool {
        self.table == Table::Places && matches!(field.name, "level" | "vintage")
    }

    fn column(&mut self, field: &FieldSpec, profile: &'p Profile) {
        self.used.insert(&profile.name);
        let key = toml_key(&profile.name);
        if matches!(field.kind, FieldKind::Key) {
            // Whether it is an identifier is for the steward to say.
            self.line(format!(
                "\n# [columns.{}]   # with {key} = \"key_hash\" under [pii]",
                field.name
            ));
            self.line(format!("# from = {key}"));
            return;
        }
        self.line(format!("\n[columns.{}]", field.name));
        self.line(format!("from = {key}"));
        if let Some(allowed) = field.codes() {
            self.codes(field, profile, &allowed);
        }
        if matches!(field.kind, FieldKind::Integer | FieldKind::Number)
            && profile.numbers < profile.filled
        {
            self.line(format!(
                "# {} of {} cells are no number",
                profile.filled - profile.numbers,
                profile.filled
            ));
        }
    }

    fn codes(&mut self, field: &FieldSpec, profile: &Profile, allowed: &[&str]) {
        let table = CodeTable::new(&std::collections::BTreeMap::new(), allowed).unwrap_or_default();
        let texts = profile.texts();
        let unknown: Vec<&&str> = texts
            .iter()
            .filter(|text| table.translate(text).is_err())
            .collect();
        if unknown.is_empty() && !texts.is_empty() {
            return;
        }
        self.line(format!("# codes: {}", names(allowed.iter().copied())));
        if !unknown.is_empty() {
            let entries: Vec<String> = unknown
                .iter()
                .map(|text| format!("{} = \"?\"", toml_key(text)))
                .collect();
            self.line(format!("# codes = {{ {} }}", entries.join(", ")));
        }
        self.open.push(format!(
            "`columns.{}.codes`: what the texts of column `{}` mean",
            field.name, profile.name
        ));
    }

    fn unknown(&mut self, field: &FieldSpec) {
        self.line(format!("\n# [columns.{}]   # needed", field.name));
        match field.codes() {
            Some(codes) => self.line(format!(
                "# constant = \"{}\"   # or from a column; codes: {}",
                codes.first().copied().unwrap_or_default(),
                names(codes.iter().copied())
            )),
            None => self.line(format!("# from = \"?\"   # {}", field.description)),
        }
        self.open.push(format!(
            "`columns.{}`: no header fits; {}",
            field.name, field.description
        ));
    }

    fn locate(&mut self) {
        let has_place = self.table.field("place_id").is_some();
        if !has_place {
            self.open.push(
                "[[locate]]: which columns tell the places that this table ties together".into(),
            );
            return;
        }
        let levels = guess::levels(self.profiles);
        let located = if self.table == Table::Places {
            self.define_place(&levels)
        } else {
            self.find_place(&levels) || self.find_point()
        };
        if !located {
            self.line("\n# [[locate]]   # needed\n# by = \"lgd\"\n# layer = \"district\"\n# column = \"?\"");
            self.open
                .push("[[locate]]: no header tells the place of a row".into());
        }
    }

    fn mark(&mut self, column: &str) {
        if let Some(profile) = self.profile(column) {
            self.used.insert(&profile.name);
        }
    }

    fn by_code(&mut self, level: &LevelColumns, code: &str, head: &str) {
        let (by, layer) = if level.is_census {
            ("census2011", format!("{}@2011", level.level))
        } else {
            ("lgd", level.level.to_string())
        };
        self.line(format!(
            "\n[[locate]]{head}\nby = \"{by}\"   # or \"{}\"\nlayer = \"{layer}\"\ncolumn = {}",
            if level.is_census { "lgd" } else { "census2011" },
            toml_key(code)
        ));
        self.mark(code);
    }

    fn define_place(&mut self, levels: &[LevelColumns]) -> bool {
        let mut coded = levels
            .iter()
            .filter_map(|level| level.code.as_deref().map(|code| (level, code)));
        let Some((level, code)) = coded.next() else {
            return false;
        };
        self.by_code(level, code, "");
        self.line("create = true");
        if let Some((parent, code)) = coded.next() {
            self.by_code(parent, code, "\nfield = \"parent_id\"");
        }
        true
    }

    fn find_place(&mut self, levels: &[LevelColumns]) -> bool {
        if let Some((level, code)) = levels
            .iter()
            .find_map(|level| level.code.as_deref().map(|code| (level, code)))
        {
            self.by_code(level, code, "");
            return true;
        }
        let mut named = levels
            .iter()
            .filter_map(|level| level.name.as_deref().map(|name| (level.level, name)));
        let Some((level, name)) = named.next() else {
            return false;
        };
        self.line(format!(
            "\n[[locate]]\nby = \"name\"\nlayer = \"{level}\"\ncolumn = {}",
            toml_key(name)
        ));
        self.mark(name);
        if let Some((parent, name)) = named.next() {
            self.line(format!(
                "within = {{ layer = \"{parent}\", column = {} }}",
                toml_key(name)
            ));
            self.mark(name);
        } else if level != Level::State {
            self.open.push(
                "`locate.within`: names repeat between states; no header tells the parent".into(),
            );
        }
        true
    }

    fn find_point(&mut self) -> bool {
        let find = |name: &str| {
            let field = Table::Places.field(name)?;
            self.profiles
                .iter()
                .find(|profile| guess::fits(field, profile))
                .map(|profile| profile.name.clone())
        };
        let (Some(latitude), Some(longitude)) = (find("latitude"), find("longitude")) else {
            return false;
        };
        if self.table.field("h3").is_none() {
            return false;
        }
        self.line(format!(
            "\n[[locate]]\nby = \"coordinates\"   # stored as H3 cells\nlatitude = {}\nlongitude = {}\n# area = [68.0, 6.0, 98.0, 38.0]   # west, south, east, north",
            toml_key(&latitude),
            toml_key(&longitude)
        ));
        self.mark(&latitude);
        self.mark(&longitude);
        true
    }

    fn personal_data(&mut self) {
        let suspicious: Vec<&Profile> = self
            .profiles
            .iter()
            .filter(|profile| profile.is_suspicious())
            .collect();
        if suspicious.is_empty() {
            return;
        }
        self.line("\n# Columns that look like personal data. The load stops until each has a decision:\n# \"drop\", \"key_hash\", { coarsen = 2 }, { coarsen = \"month\" } or { allow = \"why it is harmless\" }.\n[pii]");
        for profile in suspicious {
            let reasons: Vec<String> = profile
                .findings
                .iter()
                .map(|finding| {
                    format!(
                        "{} ({} of {})",
                        finding.detector, finding.samples, finding.seen
                    )
                })
                .collect();
            self.line(format!(
                "# {} = \"drop\"   # {}",
                toml_key(&profile.name),
                reasons.join(", ")
            ));
            self.open.push(format!(
                "[pii]: whether to drop, hash, coarsen or allow column `{}`",
                profile.name
            ));
        }
    }

    fn finish(self, file: &Path, rows: u64) -> String {
        let mut head = String::new();
        let name = file
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let body = format!("version = 1\ntable = \"{}\"\n{}", self.table, self.text);
        let _ = writeln!(
            head,
            "# First draft for {name}, made from its headers and {rows} rows. Read and correct it;\n# every key is explained in data-schema/mapping.md."
        );
        if !self.open.is_empty() {
            let _ = writeln!(head, "#\n# Not decided:");
            for open in &self.open {
                let _ = writeln!(head, "# - {}", open.replace('\n', " "));
            }
        }
        if let Err(error) = Mapping::parse(&body) {
            let _ = writeln!(head, "#\n# This draft does not load yet:");
            for line in error.to_string().lines() {
                let _ = writeln!(head, "#   {line}");
            }
        }
        let unused: Vec<&str> = self
            .profiles
            .iter()
            .map(|profile| profile.name.as_str())
            .filter(|name| !self.used.contains(name))
            .collect();
        if !unused.is_empty() {
            let _ = writeln!(
                head,
                "#\n# Columns not used: {}",
                names(unused.iter().copied()).replace('\n', " ")
            );
        }
        format!("{head}\n{body}")
    }
}

fn names<'n>(names: impl Iterator<Item = &'n str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}
