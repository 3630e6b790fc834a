//! Who writes to the log, and by which clock.

use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, Utc};
use safeground_privacy::audit::Author;

use super::GovernError;

/// Most characters of a name.
const MOST_CHARACTERS: usize = 64;

/// Who writes to the audit log, and the clock of its entries.
#[derive(Clone)]
pub struct Scribe {
    author: Author,
    clock: Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>,
}

impl Scribe {
    /// The user who runs this process, by the system's clock.
    #[must_use]
    pub fn of_system() -> Self {
        Self {
            author: Author {
                user: user(),
                named: None,
            },
            clock: Arc::new(Utc::now),
        }
    }

    /// The same under a name that the user gives: see [`person`].
    #[must_use]
    pub fn named(mut self, name: Option<String>) -> Self {
        self.author.named = name;
        self
    }

    /// The same by another clock, for tests.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Who.
    #[must_use]
    pub fn author(&self) -> &Author {
        &self.author
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        (self.clock)()
    }
}

impl std::fmt::Debug for Scribe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Scribe").field(&self.author).finish()
    }
}

impl Default for Scribe {
    fn default() -> Self {
        Self::of_system()
    }
}

/// A time as entries and approvals write it: always of the same length, in UTC.
pub(super) fn text(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// A name of a person, checked; white space around and within it is made one
/// space.
///
/// # Errors
/// [`GovernError::Name`].
pub fn person(name: &str) -> Result<String, GovernError> {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let plain = |c: char| c.is_alphanumeric() || is_mark(c) || " .-'’".contains(c);
    let length = name.chars().count();
    if length == 0 || length > MOST_CHARACTERS || !name.chars().all(plain) {
        return Err(GovernError::Name(
            name.chars().take(MOST_CHARACTERS).collect(),
        ));
    }
    Ok(name)
}

/// Whether a character is one of the signs of Indian scripts that stand within
/// words and are no letters, such as the virama.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{0900}'..='\u{0dff}')
}

/// User of the operating system: its name where the system's list has one, and
/// its number, which alone the system vouches for.
#[cfg(unix)]
fn user() -> String {
    let number = rustix::process::getuid().as_raw();
    let name = std::fs::read_to_string("/etc/passwd")
        .ok()
        .and_then(|list| name_in(&list, number));
    match name {
        Some(name) => format!("{name} ({number})"),
        None => number.to_string(),
    }
}

/// User of the operating system, as its environment names it.
#[cfg(not(unix))]
fn user() -> String {
    std::env::var("USERNAME").unwrap_or_else(|_| "unknown".to_owned())
}

#[cfg(unix)]
fn name_in(list: &str, number: u32) -> Option<String> {
    list.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        let own: u32 = fields.nth(1)?.parse().ok()?;
        (own == number).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_people_in_any_script() {
        assert_eq!(person("  Anita   D'Souza "), Ok("Anita D'Souza".into()));
        assert_eq!(person("अनीता देवी"), Ok("अनीता देवी".into()));
        for odd in ["", " ", "a\u{202e}b", "a\nb:", "x/y", &"a".repeat(65)] {
            assert!(person(odd).is_err(), "{odd:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_user_is_found_by_number_and_not_by_what_the_environment_says() {
        let list = "root:x:0:0:root:/root:/bin/sh\nasha:x:1000:1000::/home/asha:/bin/sh\n";
        assert_eq!(name_in(list, 1000).as_deref(), Some("asha"));
        assert_eq!(name_in(list, 7), None);
        let scribe = Scribe::of_system();
        let number = rustix::process::getuid().as_raw().to_string();
        assert!(scribe.author().user.contains(&number));
    }
}
