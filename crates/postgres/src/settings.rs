//! Settings that clients look at and set when they connect.
//!
//! None of them changes an answer: a value that would is refused, so that a
//! client never believes in one that does not hold.

use std::time::Duration;

use crate::fault::Fault;

/// Version that clients are told: whose dialect and catalog they expect.
const VERSION: &str = "16.0";

/// What can be set to one value alone, and what that may be called.
const FIXED: [(&str, &[&str]); 15] = [
    ("client_encoding", &["UTF8", "utf-8", "unicode"]),
    ("server_encoding", &["UTF8"]),
    ("timezone", &["UTC", "etc/utc", "gmt", "z", "0"]),
    ("datestyle", &["ISO, MDY", "iso", "iso, ymd", "iso, dmy"]),
    ("intervalstyle", &["postgres"]),
    ("standard_conforming_strings", &["on", "true", "1", "yes"]),
    ("integer_datetimes", &["on"]),
    ("bytea_output", &["hex"]),
    (
        "search_path",
        &["public", "\"$user\", public", "$user, public"],
    ),
    ("transaction_read_only", &["on", "true", "1", "yes"]),
    ("default_transaction_read_only", &["on", "true", "1", "yes"]),
    ("row_security", &["on", "off"]),
    ("is_superuser", &["off"]),
    ("in_hot_standby", &["off"]),
    ("max_identifier_length", &["63"]),
];

/// What can be set to anything, since it changes nothing here: what is told
/// where it is shown.
const FREE: [(&str, &str); 14] = [
    ("application_name", ""),
    ("extra_float_digits", "1"),
    ("client_min_messages", "notice"),
    ("lock_timeout", "0"),
    ("idle_in_transaction_session_timeout", "0"),
    ("idle_session_timeout", "0"),
    ("transaction_isolation", "repeatable read"),
    ("default_transaction_isolation", "repeatable read"),
    ("transaction_deferrable", "off"),
    ("default_transaction_deferrable", "off"),
    ("synchronous_commit", "off"),
    ("jit", "off"),
    ("work_mem", "4MB"),
    ("geqo", "off"),
];

/// What clients are told when they connect.
const TOLD: [(&str, &str); 10] = [
    ("server_encoding", "server_encoding"),
    ("client_encoding", "client_encoding"),
    ("DateStyle", "datestyle"),
    ("IntervalStyle", "intervalstyle"),
    ("TimeZone", "timezone"),
    ("integer_datetimes", "integer_datetimes"),
    ("standard_conforming_strings", "standard_conforming_strings"),
    ("is_superuser", "is_superuser"),
    ("in_hot_standby", "in_hot_standby"),
    (
        "default_transaction_read_only",
        "default_transaction_read_only",
    ),
];

/// Settings of a connection.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Settings {
    /// Longest time of a query, if shorter than the server's.
    pub(crate) statement_timeout: Option<Duration>,
}

impl Settings {
    /// Sets something; `None` puts it back. `None` is returned where there is
    /// no such setting.
    pub(crate) fn set(&mut self, name: &str, value: Option<&str>) -> Option<Result<(), Fault>> {
        let value = value.map(str::trim);
        if name.eq_ignore_ascii_case("statement_timeout") {
            let timeout = value.map_or(Some(Duration::ZERO), duration);
            return Some(timeout.map_or(Err(Fault::setting()), |timeout| {
                self.statement_timeout = (!timeout.is_zero()).then_some(timeout);
                Ok(())
            }));
        }
        if FREE
            .iter()
            .any(|(known, _)| known.eq_ignore_ascii_case(name))
        {
            return Some(Ok(()));
        }
        let known = FIXED
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        let (_, values) = known?;
        let fits = value.is_none_or(|value| values.iter().any(|v| v.eq_ignore_ascii_case(value)));
        let reads = name.to_ascii_lowercase().ends_with("read_only");
        Some(match (fits, reads) {
            (true, _) => Ok(()),
            (false, true) => Err(Fault::read_only()),
            (false, false) => Err(Fault::setting()),
        })
    }

    /// What a setting is; `None` where there is none of this name.
    pub(crate) fn show(&self, name: &str) -> Option<String> {
        let is = |known: &str| known.eq_ignore_ascii_case(name);
        if is("statement_timeout") {
            let timeout = self.statement_timeout.unwrap_or_default();
            return Some(format!("{}ms", timeout.as_millis()));
        }
        if is("server_version") {
            return Some(server_version());
        }
        if is("server_version_num") {
            return Some("160000".into());
        }
        let free = FREE.iter().find(|(known, _)| is(known));
        let fixed = || FIXED.iter().find(|(known, _)| is(known));
        free.map(|(_, value)| *value)
            .or_else(|| fixed().map(|(_, values)| values[0]))
            .map(str::to_owned)
    }

    /// Names and values that a client is told when it connects.
    pub(crate) fn told(&self) -> Vec<(String, String)> {
        let told = TOLD.iter().map(|(name, known)| {
            let value = self.show(known).unwrap_or_default();
            ((*name).to_owned(), value)
        });
        [("server_version".to_owned(), server_version())]
            .into_iter()
            .chain(told)
            .collect()
    }
}

/// The version as clients read it: theirs first, then ours.
fn server_version() -> String {
    format!("{VERSION} (Safeground {})", env!("CARGO_PKG_VERSION"))
}

/// What `version()` says.
pub(crate) fn version() -> String {
    format!(
        "PostgreSQL {VERSION} (Safeground {}, releases alone)",
        env!("CARGO_PKG_VERSION")
    )
}

/// A time such as `5000`, `500ms`, `5s` or `2min`; in milliseconds without a
/// unit.
fn duration(text: &str) -> Option<Duration> {
    let end = text.find(|c: char| !c.is_ascii_digit());
    let (number, unit) = text.split_at(end.unwrap_or(text.len()));
    let milliseconds = match unit.trim() {
        "" | "ms" => 1,
        "s" => 1_000,
        "min" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    let number: u64 = number.parse().ok()?;
    Some(Duration::from_millis(number.checked_mul(milliseconds)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_change_answers_cannot_be_set_and_what_holds_is_shown() {
        let mut settings = Settings::default();
        let mut set = |name: &str, value: &str| settings.set(name, Some(value));
        assert_eq!(set("application_name", "x"), Some(Ok(())));
        assert_eq!(set("TimeZone", "utc"), Some(Ok(())));
        assert_eq!(set("TimeZone", "Asia/Kolkata"), Some(Err(Fault::setting())));
        let read_only = Some(Err(Fault::read_only()));
        assert_eq!(set("default_transaction_read_only", "off"), read_only);
        assert_eq!(set("datafusion.execution.batch_size", "1"), None);
        assert_eq!(set("statement_timeout", "2min"), Some(Ok(())));
        assert_eq!(
            set("statement_timeout", "soon"),
            Some(Err(Fault::setting()))
        );
        assert_eq!(settings.statement_timeout, Some(Duration::from_secs(120)));
        assert_eq!(
            settings.show("STATEMENT_TIMEOUT").as_deref(),
            Some("120000ms")
        );
        settings.set("statement_timeout", None);
        assert_eq!(settings.statement_timeout, None);
        for (name, value) in settings.told() {
            assert_eq!(settings.show(&name), Some(value), "{name}");
        }
        assert_eq!(settings.show("all"), None);
    }
}
