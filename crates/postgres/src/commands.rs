//! Statements that clients send around their queries, answered here: they open
//! and end transactions, look at settings, and never reach a release.
//!
//! What is not listed is a query, and the gate decides on it.

use crate::fault::Fault;
use crate::settings::{Settings, version};
use crate::words::{Word, words};

/// A statement that is answered without a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Command {
    /// Nothing at all.
    Empty,
    /// A transaction begins.
    Begin,
    /// A transaction ends; `false` where it is rolled back.
    End(bool),
    /// A setting is given a value, or put back.
    Set(String, Option<String>),
    /// Something is accepted that changes nothing, and named in the answer.
    Accept(&'static str),
    /// All settings are put back; statements are forgotten, too.
    Discard,
    /// Settings are put back.
    ResetAll,
    /// A setting is shown.
    Show(String),
    /// A prepared statement is forgotten, or all.
    Deallocate(Option<String>),
    /// A constant is asked for.
    Constant {
        /// Its column.
        column: &'static str,
        /// Its value.
        value: String,
    },
    /// A transaction is to write.
    Write,
}

/// What a statement is, if it is answered here.
pub(crate) fn read(sql: &str) -> Option<Command> {
    let words = words(sql)?;
    let mut rest = Rest(&words);
    let command = match rest.next() {
        None => return Some(Command::Empty),
        Some(Word::Plain(first)) => match first.as_str() {
            "begin" => {
                rest.skip(&["work", "transaction"]);
                rest.begin()
            }
            "start" => rest.skip(&["transaction"]).then(|| rest.begin())?,
            "commit" | "end" => rest.end(true),
            "rollback" | "abort" => rest.end(false),
            "set" => rest.set(),
            "reset" => rest.name().map(|name| match name.as_str() {
                "all" => Command::ResetAll,
                _ => Command::Set(name, None),
            }),
            "show" => rest.show(),
            "discard" => rest.skip(&["all"]).then_some(Command::Discard),
            "deallocate" => {
                rest.skip(&["prepare"]);
                let all = rest.0.first().is_some_and(|word| word.is("all"));
                rest.name()
                    .map(|name| Command::Deallocate((!all).then_some(name)))
            }
            "unlisten" => rest.skip(&["*"]).then_some(Command::Accept("UNLISTEN")),
            "close" => rest
                .skip(&["all"])
                .then_some(Command::Accept("CLOSE CURSOR ALL")),
            "select" => rest.constant(),
            _ => None,
        },
        Some(_) => None,
    };
    command.filter(|_| rest.0.is_empty()).filter(is_known)
}

/// Whether a setting is one of those that there are: others are refused as any
/// statement is.
fn is_known(command: &Command) -> bool {
    match command {
        Command::Set(name, _) => Settings::default().set(name, None).is_some(),
        Command::Show(name) => Settings::default().show(name).is_some(),
        _ => true,
    }
}

/// Words that are left.
struct Rest<'a>(&'a [Word]);

impl<'a> Rest<'a> {
    fn next(&mut self) -> Option<&'a Word> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(first)
    }

    /// Goes on behind one of these, if the next word is one.
    fn skip(&mut self, any: &[&str]) -> bool {
        let found = self
            .0
            .first()
            .is_some_and(|word| any.iter().any(|a| word.is(a)));
        if found {
            self.0 = &self.0[1..];
        }
        found
    }

    /// Goes on behind all of these, if they come next.
    fn follow(&mut self, all: &[&str]) -> bool {
        let found = self.0.len() >= all.len() && self.0.iter().zip(all).all(|(word, a)| word.is(a));
        if found {
            self.0 = &self.0[all.len()..];
        }
        found
    }

    fn name(&mut self) -> Option<String> {
        self.next()?.value().map(str::to_owned)
    }

    /// A transaction of any modes but writing. Every transaction is of one
    /// release, so that all levels of isolation hold.
    fn begin(&mut self) -> Option<Command> {
        let writes = self.modes()?;
        Some(if writes {
            Command::Write
        } else {
            Command::Begin
        })
    }

    /// Modes of a transaction: whether it is to write.
    fn modes(&mut self) -> Option<bool> {
        let mut writes = false;
        while !self.0.is_empty() {
            let known = self.follow(&["isolation", "level", "read", "committed"])
                || self.follow(&["isolation", "level", "read", "uncommitted"])
                || self.follow(&["isolation", "level", "repeatable", "read"])
                || self.follow(&["isolation", "level", "serializable"])
                || self.follow(&["not", "deferrable"])
                || self.follow(&["deferrable"])
                || self.follow(&["read", "only"]);
            if !known {
                self.follow(&["read", "write"]).then_some(())?;
                writes = true;
            }
            self.skip(&[","]);
        }
        Some(writes)
    }

    fn end(&mut self, commits: bool) -> Option<Command> {
        self.skip(&["work", "transaction"]);
        self.follow(&["and", "no", "chain"]);
        Some(Command::End(commits))
    }

    fn set(&mut self) -> Option<Command> {
        if self.follow(&["session", "characteristics", "as", "transaction"])
            || self.follow(&["transaction"])
        {
            let writes = self.modes()?;
            return Some(if writes {
                Command::Write
            } else {
                Command::Accept("SET")
            });
        }
        self.skip(&["session", "local"]);
        let name = if self.follow(&["time", "zone"]) {
            "timezone".to_owned()
        } else if self.skip(&["names"]) {
            "client_encoding".to_owned()
        } else {
            let name = self.name()?;
            self.skip(&["=", "to"]).then_some(())?;
            name
        };
        // A value of several words, such as a list of schemas, as it reads.
        let mut value = String::new();
        while let Some(word) = self.next() {
            match word {
                Word::Quoted(text) if text.starts_with('$') => {
                    value.push_str(&format!("\"{text}\""));
                }
                Word::Sign(',') => value.push_str(", "),
                Word::Sign(sign @ ('-' | '.')) => value.push(*sign),
                word => value.push_str(word.value()?),
            }
        }
        let value = (!value.eq_ignore_ascii_case("default")).then_some(value);
        Some(Command::Set(name, value))
    }

    fn show(&mut self) -> Option<Command> {
        if self.follow(&["transaction", "isolation", "level"]) {
            return Some(Command::Show("transaction_isolation".into()));
        }
        if self.follow(&["time", "zone"]) {
            return Some(Command::Show("timezone".into()));
        }
        self.name().map(Command::Show)
    }

    /// What drivers ask when they connect.
    fn constant(&mut self) -> Option<Command> {
        self.follow(&["pg_catalog", "."]);
        let (column, value) = if self.follow(&["version", "(", ")"]) {
            ("version", version())
        } else if self.follow(&["current_schema", "(", ")"]) || self.follow(&["current_schema"]) {
            ("current_schema", "public".to_owned())
        } else {
            return None;
        };
        Some(Command::Constant { column, value })
    }
}

/// What is told of a command that shows something: a column and its value.
pub(crate) fn shown(command: &Command, settings: &Settings) -> Result<(String, String), Fault> {
    match command {
        Command::Show(name) => {
            let value = settings.show(name).ok_or_else(Fault::setting)?;
            Ok((name.to_ascii_lowercase(), value))
        }
        Command::Constant { column, value } => Ok(((*column).to_owned(), value.clone())),
        _ => Err(Fault::internal()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_clients_send_around_their_queries_is_known() {
        let set = |name: &str, value: &str| Command::Set(name.into(), Some(value.into()));
        for (sql, expected) in [
            ("", Command::Empty),
            (" ; -- nothing", Command::Empty),
            ("BEGIN", Command::Begin),
            (
                "begin isolation level serializable read only, deferrable;",
                Command::Begin,
            ),
            ("START TRANSACTION READ ONLY", Command::Begin),
            ("BEGIN READ WRITE", Command::Write),
            ("COMMIT", Command::End(true)),
            ("END TRANSACTION", Command::End(true)),
            ("ROLLBACK AND NO CHAIN", Command::End(false)),
            ("SET extra_float_digits = 3", set("extra_float_digits", "3")),
            (
                "SET application_name TO 'PostgreSQL JDBC'",
                set("application_name", "PostgreSQL JDBC"),
            ),
            (
                "SET SESSION search_path = \"$user\", public",
                set("search_path", "\"$user\", public"),
            ),
            ("SET TIME ZONE 'UTC'", set("timezone", "UTC")),
            (
                "SET datestyle TO DEFAULT",
                Command::Set("datestyle".into(), None),
            ),
            ("RESET ALL", Command::ResetAll),
            (
                "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
                Command::Accept("SET"),
            ),
            (
                "show transaction isolation level",
                Command::Show("transaction_isolation".into()),
            ),
            (
                "SHOW standard_conforming_strings",
                Command::Show("standard_conforming_strings".into()),
            ),
            ("DISCARD ALL", Command::Discard),
            ("DEALLOCATE ALL", Command::Deallocate(None)),
            (
                "DEALLOCATE \"_pg3_0\"",
                Command::Deallocate(Some("_pg3_0".into())),
            ),
            ("UNLISTEN *", Command::Accept("UNLISTEN")),
        ] {
            assert_eq!(read(sql), Some(expected), "{sql}");
        }
        let version = read("select pg_catalog.version()").unwrap();
        let (column, value) = shown(&version, &Settings::default()).unwrap();
        assert_eq!(column, "version");
        assert!(value.starts_with("PostgreSQL 16"));
    }

    #[test]
    fn whatever_else_is_left_to_the_gate() {
        for sql in [
            "SELECT 1",
            "SELECT version() FROM scores",
            "BEGIN; SELECT 1",
            "BEGIN SELECT 1",
            "COMMIT PREPARED 'a'",
            "SET datafusion.catalog.information_schema = true",
            "SET ROLE admin",
            "SET SESSION AUTHORIZATION admin",
            "SHOW ALL",
            "SHOW TABLES",
            "RESET datafusion.execution.batch_size",
            "SAVEPOINT a",
            "ROLLBACK TO a",
            "CLOSE a",
            "EXPLAIN BEGIN",
            "SET application_name",
            "'BEGIN'",
        ] {
            assert_eq!(read(sql), None, "{sql}");
        }
    }
}
