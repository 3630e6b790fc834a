//! Prepared statements and portals of one connection, bounded in number and
//! bytes.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_pg::datatypes::into_pg_type;
use pgwire::api::Type;
use pgwire::api::portal::Format;
use pgwire::messages::extendedquery::{Bind, Parse};
use tokio::sync::OnceCell;

use crate::asking::Described;
use crate::catalog::{self, Listing};
use crate::commands::{self, Command};
use crate::fault::Fault;
use crate::rows::Rows;
use crate::values::{Sent, is_read};

/// Most statements, and most portals, of a connection: drivers keep up to a
/// hundred statements by themselves.
const MOST: usize = 128;

/// Most bytes of all of them together.
const MOST_BYTES: usize = 1 << 20;

/// Bytes that keeping one takes beside its texts.
const BYTES_OF_ONE: usize = 256;

/// What a statement is.
#[derive(Debug, PartialEq)]
pub(crate) enum Prepared {
    /// Answered without a query.
    Command(Command),
    /// What a client asks of the catalog, known by its text.
    Listing(Listing),
    /// A query.
    Query(String),
}

impl Prepared {
    /// What a text is.
    pub(crate) fn read(sql: String) -> Self {
        if let Some(command) = commands::read(&sql) {
            Self::Command(command)
        } else if let Some(listing) = catalog::read(&sql) {
            Self::Listing(listing)
        } else {
            Self::Query(sql)
        }
    }
}

/// A prepared statement.
pub(crate) struct Statement {
    /// What it is.
    pub(crate) prepared: Prepared,
    /// Types of its values as the client declared them; none for 0.
    declared: Vec<Option<Type>>,
    /// What it would give, once that was asked for.
    pub(crate) described: OnceCell<Described>,
    bytes: usize,
}

impl Statement {
    /// Whether the types of so many values are known without planning it.
    pub(crate) fn knows_types(&self, values: usize) -> bool {
        let known = self.declared.iter().take_while(|known| known.is_some());
        known.count() >= values
    }

    /// The types of its values: as declared, as planned where those can be read,
    /// or texts.
    pub(crate) fn types(&self) -> Vec<Type> {
        let planned = self.described.get();
        let planned = planned.map_or(&[][..], |described| &described.placeholders);
        let count = self.declared.len().max(planned.len());
        let types = (0..count).map(|position| {
            let declared = self.declared.get(position).cloned().flatten();
            let planned = || {
                let planned = planned.get(position)?.as_ref()?;
                into_pg_type(planned).ok().filter(is_read)
            };
            declared
                .or_else(planned)
                .filter(|known| *known != Type::UNKNOWN)
                .unwrap_or(Type::TEXT)
        });
        types.collect()
    }
}

/// A statement with its values, and its answer once it runs.
pub(crate) struct Portal {
    /// The statement.
    pub(crate) statement: Arc<Statement>,
    /// Its values.
    pub(crate) values: Vec<Sent>,
    /// Formats of the values.
    formats: Vec<i16>,
    /// Formats of the columns.
    pub(crate) results: Format,
    /// The answer.
    pub(crate) rows: Option<Rows>,
    /// Whether the answer was taken to its end.
    pub(crate) is_done: bool,
    bytes: usize,
}

impl Portal {
    /// Whether a value is in its binary form: no format is text, one is for
    /// all.
    pub(crate) fn is_binary(&self, position: usize) -> bool {
        let format = match self.formats.as_slice() {
            [all] => Some(all),
            formats => formats.get(position),
        };
        format == Some(&1)
    }
}

/// Statements and portals by their names; the one without a name gives way to
/// the next.
#[derive(Default)]
pub(crate) struct Portals {
    statements: HashMap<String, Arc<Statement>>,
    portals: HashMap<String, Portal>,
}

impl Portals {
    /// Keeps a statement.
    ///
    /// # Errors
    /// [`Fault::taken`], [`Fault::too_many_statements`].
    pub(crate) fn prepare(&mut self, parse: Parse) -> Result<(), Fault> {
        let name = parse.name.unwrap_or_default();
        if name.is_empty() {
            self.statements.remove(&name);
        } else if self.statements.contains_key(&name) {
            return Err(Fault::taken());
        }
        let bytes = BYTES_OF_ONE + name.len() + parse.query.len() + 4 * parse.type_oids.len();
        self.has_room(self.statements.len(), bytes)?;
        let declared = parse.type_oids.into_iter().map(Type::from_oid);
        let declared = declared.map(|known| known.filter(|known| *known != Type::UNKNOWN));
        let statement = Statement {
            declared: declared.collect(),
            prepared: Prepared::read(parse.query),
            described: OnceCell::new(),
            bytes,
        };
        self.statements.insert(name, Arc::new(statement));
        Ok(())
    }

    /// Keeps a portal for a statement.
    ///
    /// # Errors
    /// [`Fault::unknown_statement`], [`Fault::taken`],
    /// [`Fault::too_many_statements`], [`Fault::parameters`] for formats that
    /// are none.
    pub(crate) fn bind(&mut self, bind: Bind) -> Result<(), Fault> {
        let statement = self.statement(bind.statement_name.as_deref())?;
        let name = bind.portal_name.unwrap_or_default();
        if name.is_empty() {
            self.portals.remove(&name);
        } else if self.portals.contains_key(&name) {
            return Err(Fault::taken());
        }
        let formats = bind.parameter_format_codes;
        let known = |formats: &[i16]| formats.iter().all(|format| matches!(format, 0 | 1));
        let fits = formats.len() <= 1 || formats.len() == bind.parameters.len();
        if !fits || !known(&formats) || !known(&bind.result_column_format_codes) {
            return Err(Fault::parameters());
        }
        let results = match bind.result_column_format_codes.as_slice() {
            [] | [0] => Format::UnifiedText,
            [_] => Format::UnifiedBinary,
            several => Format::Individual(several.to_vec()),
        };
        let values = bind.parameters.iter().flatten();
        let values: usize = values.map(|value| value.len()).sum();
        let bytes = BYTES_OF_ONE + name.len() + values + 32 * bind.parameters.len();
        self.has_room(self.portals.len(), bytes)?;
        // Copied, so that no value keeps the whole message in memory.
        let copied = |value: &Sent| value.as_ref().map(|value| value.to_vec().into());
        let portal = Portal {
            statement,
            values: bind.parameters.iter().map(copied).collect(),
            formats,
            results,
            rows: None,
            is_done: false,
            bytes,
        };
        self.portals.insert(name, portal);
        Ok(())
    }

    fn has_room(&self, count: usize, bytes: usize) -> Result<(), Fault> {
        let statements = self.statements.values().map(|statement| statement.bytes);
        let portals = self.portals.values().map(|portal| portal.bytes);
        let kept: usize = statements.chain(portals).sum();
        if count >= MOST || kept + bytes > MOST_BYTES {
            return Err(Fault::too_many_statements(MOST, MOST_BYTES));
        }
        Ok(())
    }

    /// A statement.
    ///
    /// # Errors
    /// [`Fault::unknown_statement`].
    pub(crate) fn statement(&self, name: Option<&str>) -> Result<Arc<Statement>, Fault> {
        let found = self.statements.get(name.unwrap_or_default());
        found.cloned().ok_or_else(Fault::unknown_statement)
    }

    /// A portal.
    ///
    /// # Errors
    /// [`Fault::unknown_statement`].
    pub(crate) fn portal(&mut self, name: Option<&str>) -> Result<&mut Portal, Fault> {
        let found = self.portals.get_mut(name.unwrap_or_default());
        found.ok_or_else(Fault::unknown_statement)
    }

    /// Forgets a statement; whether there was one. Its portals stay.
    pub(crate) fn forget(&mut self, name: Option<&str>) -> bool {
        self.statements.remove(name.unwrap_or_default()).is_some()
    }

    /// Forgets all statements.
    pub(crate) fn forget_all(&mut self) {
        self.statements.clear();
    }

    /// Closes a portal: what runs for it is stopped.
    pub(crate) fn close(&mut self, name: Option<&str>) {
        self.portals.remove(name.unwrap_or_default());
    }

    /// Closes all portals, as the end of a transaction does.
    pub(crate) fn close_all(&mut self) {
        self.portals.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(name: &str, sql: &str) -> Parse {
        Parse::new(Some(name.into()), sql.into(), vec![23, 0])
    }

    #[test]
    fn statements_are_bounded_in_number_and_bytes_and_closing_makes_room() {
        let mut portals = Portals::default();
        for number in 0..MOST {
            portals
                .prepare(parse(&number.to_string(), "SELECT $1"))
                .unwrap();
        }
        let full = Fault::too_many_statements(MOST, MOST_BYTES);
        assert_eq!(
            portals.prepare(parse("more", "SELECT 1")),
            Err(full.clone())
        );
        assert_eq!(portals.prepare(parse("0", "SELECT 1")), Err(Fault::taken()));
        assert!(portals.forget(Some("0")) && !portals.forget(Some("0")));
        portals.prepare(parse("more", "SELECT 1")).unwrap();
        portals.forget_all();
        portals
            .prepare(parse("", &"a".repeat(MOST_BYTES / 2)))
            .unwrap();
        portals
            .prepare(parse("", &"b".repeat(MOST_BYTES / 2)))
            .unwrap();
        let large = portals.prepare(parse("a", &"c".repeat(MOST_BYTES / 2)));
        assert_eq!(large, Err(full));
    }

    #[test]
    fn a_portal_has_formats_that_fit_its_values() {
        let mut portals = Portals::default();
        portals.prepare(parse("a", "SELECT $1, $2")).unwrap();
        let bind = |formats: Vec<i16>, results| {
            let values = vec![None, None];
            Bind::new(None, Some("a".into()), formats, values, results)
        };
        portals.bind(bind(vec![1], vec![])).unwrap();
        assert!(portals.portal(None).unwrap().is_binary(1));
        portals.bind(bind(vec![0, 1], vec![1, 0])).unwrap();
        let portal = portals.portal(None).unwrap();
        assert!(!portal.is_binary(0) && portal.is_binary(1));
        for bad in [
            bind(vec![0, 1, 1], vec![]),
            bind(vec![2], vec![]),
            bind(vec![], vec![-1]),
        ] {
            assert_eq!(portals.bind(bad), Err(Fault::parameters()));
        }
        let nobody = Bind::new(None, Some("b".into()), vec![], vec![], vec![]);
        assert_eq!(portals.bind(nobody), Err(Fault::unknown_statement()));
        portals.close_all();
        assert!(portals.portal(None).is_err());
        assert_eq!(
            portals.statement(Some("a")).unwrap().types(),
            [Type::INT4, Type::TEXT]
        );
    }
}
