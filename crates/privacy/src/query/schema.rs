//! What may be asked: tables, columns and their public lists.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{Calendar, SchemaError, grammar};
use crate::AudiencePolicy;
use crate::noise::{ContributionBound, hexadecimal};

/// Most keys of one public list.
const MOST_KEYS: usize = 20_000;

/// Everything that may be asked of a lake. All of it is public.
///
/// There is one account for all tables, since a child may be in each of them:
/// with an account for each, a child could lose the whole budget several times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Schema {
    account: String,
    tables: BTreeMap<String, Table>,
    /// Columns by table that are too fine for sexual abuse.
    #[serde(skip)]
    narrow: BTreeSet<(String, String)>,
    #[serde(skip)]
    digest: String,
}

/// A table that may be asked about. Rows without a child's pseudonym are not
/// part of it: what cannot be bounded by child cannot be covered by noise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Table {
    /// Its periods, asked about as column `period`.
    pub calendar: Calendar,
    /// The most rows of one child and year that count.
    pub rows_per_child: u32,
    /// The most groups of one answer that one child and year counts in.
    pub groups_per_child: u32,
    /// Columns by name, `period` apart.
    pub columns: BTreeMap<String, Column>,
    /// Which rows are about sexual abuse.
    pub sexual_abuse: SexualAbuse,
}

/// A column that may be asked about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Column {
    /// One of a public list of codes, such as an age band.
    Category {
        /// The list, sorted.
        keys: Vec<String>,
    },
    /// A place of one level of the policy.
    Place {
        /// Level, such as `district`.
        level: String,
        /// All its places, sorted.
        keys: Vec<String>,
    },
    /// An H3 cell of one resolution of the policy.
    Cell {
        /// Resolution.
        resolution: u8,
        /// All its cells, sorted.
        keys: Vec<String>,
    },
    /// A whole number, in the unit the column's name tells, for sums.
    Number {
        /// Lowest value a question may clamp to.
        lowest: i64,
        /// Highest.
        highest: i64,
    },
}

/// Which rows of a table are about sexual abuse, which the policy answers at
/// wide levels only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SexualAbuse {
    /// None can be.
    Absent,
    /// Any may be.
    Throughout,
    /// Those with one of these keys in this column.
    Keys {
        /// Column.
        column: String,
        /// Keys, all of the column's list.
        keys: Vec<String>,
    },
}

impl Schema {
    /// A schema that offers nothing finer than the policy of research.
    ///
    /// `account` is the data set's name in the ledger. A place column needs a
    /// level of the policy, a cell column a resolution of it, periods are not
    /// shorter than the policy's, and a table that is about sexual abuse
    /// throughout has no place below its finest level, and no cells.
    ///
    /// # Errors
    /// [`SchemaError`] naming table, column and what is allowed.
    pub fn new(
        account: &str,
        tables: Vec<(String, Table)>,
        research: &AudiencePolicy,
    ) -> Result<Self, SchemaError> {
        let mut by_name = BTreeMap::new();
        let mut narrow = BTreeSet::new();
        for (name, table) in tables {
            check_name(&name)?;
            check_table(&name, &table, research)?;
            for (column_name, column) in &table.columns {
                if column.is_narrow(research) {
                    narrow.insert((name.clone(), column_name.clone()));
                }
            }
            if by_name.contains_key(&name) {
                return Err(SchemaError::Twice(name));
            }
            by_name.insert(name, table);
        }
        let mut hash = Sha256::new();
        let mut bind = |part: &str| {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        };
        bind("safeground query schema 1");
        bind(account);
        for (name, table) in &by_name {
            bind(name);
            table.bind(&mut bind);
        }
        let digest = hexadecimal(&hash.finalize());
        Ok(Self {
            account: account.to_owned(),
            tables: by_name,
            narrow,
            digest,
        })
    }

    /// Name of the data set in the ledger.
    #[must_use]
    pub fn account(&self) -> &str {
        &self.account
    }

    /// Tables by name.
    #[must_use]
    pub fn tables(&self) -> &BTreeMap<String, Table> {
        &self.tables
    }

    /// Whether a column is too fine for sexual abuse.
    pub(super) fn is_narrow(&self, table: &str, column: &str) -> bool {
        self.narrow.contains(&(table.to_owned(), column.to_owned()))
    }

    /// SHA-256 of all of it, in hexadecimal.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }
}

impl Table {
    fn bind(&self, bind: &mut impl FnMut(&str)) {
        let list = |bind: &mut dyn FnMut(&str), keys: &[String]| {
            bind(&keys.len().to_string());
            keys.iter().for_each(|key| bind(key));
        };
        list(bind, &Vec::from(self.calendar));
        bind(&self.rows_per_child.to_string());
        bind(&self.groups_per_child.to_string());
        bind(&self.columns.len().to_string());
        for (name, column) in &self.columns {
            bind(name);
            match column {
                Column::Category { keys } => {
                    bind("category");
                    list(bind, keys);
                }
                Column::Place { level, keys } => {
                    bind("place");
                    bind(level);
                    list(bind, keys);
                }
                Column::Cell { resolution, keys } => {
                    bind("cell");
                    bind(&resolution.to_string());
                    list(bind, keys);
                }
                Column::Number { lowest, highest } => {
                    bind("number");
                    bind(&lowest.to_string());
                    bind(&highest.to_string());
                }
            }
        }
        match &self.sexual_abuse {
            SexualAbuse::Absent => bind("absent"),
            SexualAbuse::Throughout => bind("throughout"),
            SexualAbuse::Keys { column, keys } => {
                bind("keys");
                bind(column);
                list(bind, keys);
            }
        }
    }
}

impl Column {
    /// The public list of keys; `None` for a number.
    #[must_use]
    pub fn keys(&self) -> Option<&[String]> {
        match self {
            Self::Category { keys } | Self::Place { keys, .. } | Self::Cell { keys, .. } => {
                Some(keys)
            }
            Self::Number { .. } => None,
        }
    }

    /// Whether it is too fine for sexual abuse. Cells always are: they do not
    /// follow the borders that the policy's level has.
    fn is_narrow(&self, policy: &AudiencePolicy) -> bool {
        match self {
            Self::Place { level, .. } => !policy.allows_level(level, true),
            Self::Cell { .. } => true,
            Self::Category { .. } | Self::Number { .. } => false,
        }
    }
}

fn check_name(name: &str) -> Result<(), SchemaError> {
    let letters = name
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    let starts = name.starts_with(|first: char| first.is_ascii_lowercase());
    // The lake names pseudonyms `…_key`; none of them may be asked about.
    let sound = letters && starts && name.len() <= 63 && !name.ends_with("_key");
    if !sound || grammar::is_reserved(name) {
        return Err(SchemaError::Name(name.to_owned()));
    }
    Ok(())
}

fn check_table(name: &str, table: &Table, policy: &AudiencePolicy) -> Result<(), SchemaError> {
    for bound in [table.rows_per_child, table.groups_per_child] {
        ContributionBound::new(bound).map_err(|_| SchemaError::Bound {
            table: name.to_owned(),
            bound,
        })?;
    }
    let too_fine = |offered: String, allowed: String| SchemaError::TooFine {
        table: name.to_owned(),
        offered,
        allowed,
    };
    // Quarters are no finer than the policy: its period is that of tables
    // without noise, and every answer here carries noise.
    if let SexualAbuse::Keys { column, keys } = &table.sexual_abuse {
        let listed = table.columns.get(column).and_then(Column::keys);
        let known = |key| listed.is_some_and(|list| list.contains(key));
        if keys.is_empty() || !keys.iter().all(known) {
            return Err(SchemaError::SexualAbuse {
                table: name.to_owned(),
                column: column.clone(),
            });
        }
    }
    let throughout = table.sexual_abuse == SexualAbuse::Throughout;
    for (column_name, column) in &table.columns {
        check_name(column_name)?;
        match column {
            Column::Category { .. } => {}
            Column::Place { level, .. } => {
                if !policy.allows_level(level, throughout) {
                    return Err(too_fine(
                        format!("level `{level}`"),
                        policy.levels.join(", "),
                    ));
                }
            }
            Column::Cell { resolution, .. } => {
                if throughout || !policy.h3_resolutions.contains(resolution) {
                    let allowed = format!("{:?}, without sexual abuse", policy.h3_resolutions);
                    return Err(too_fine(format!("resolution {resolution}"), allowed));
                }
            }
            Column::Number { lowest, highest } => {
                check_range(name, table.rows_per_child, column_name, *lowest, *highest)?;
            }
        }
        if column.keys().is_some_and(|keys| !is_public_list(keys)) {
            return Err(SchemaError::Keys {
                table: name.to_owned(),
                column: column_name.clone(),
            });
        }
    }
    Ok(())
}

fn check_range(
    table: &str,
    rows_per_child: u32,
    column: &str,
    lowest: i64,
    highest: i64,
) -> Result<(), SchemaError> {
    let magnitude = lowest.unsigned_abs().max(highest.unsigned_abs());
    let most = magnitude.saturating_mul(u64::from(rows_per_child));
    if lowest >= highest || most > 1000 {
        return Err(SchemaError::Range {
            table: table.to_owned(),
            column: column.to_owned(),
            lowest,
            highest,
        });
    }
    Ok(())
}

fn is_public_list(keys: &[String]) -> bool {
    let sound = |key: &String| (1..=80).contains(&key.len()) && key.chars().all(grammar::in_key);
    (1..=MOST_KEYS).contains(&keys.len())
        && keys.iter().all(sound)
        && keys.is_sorted_by(|a, b| a < b)
}
