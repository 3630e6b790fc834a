//! Runs calls and gathers what is wrong with them.

use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Faults found so far. Whoever makes one ends with [`Faults::none`].
#[derive(Default)]
pub(super) struct Faults(Vec<String>);

impl Faults {
    /// A call that may refuse, but must neither panic nor give a NaN or a
    /// p-value that is no probability.
    pub(super) fn sane<T: Debug>(&mut self, call: &str, work: impl FnOnce() -> T) {
        let Some(text) = self.run(call, work) else {
            return;
        };
        if text.contains("NaN") && !text.starts_with("Err(") {
            self.add(call, "gives NaN", &text);
        }
        for (field, value) in numbers(&text) {
            let is_probability = field == "p" || field.starts_with("p_") || field.ends_with("_p");
            if is_probability && !(0.0..=1.0).contains(&value) {
                self.add(call, "gives a p-value beyond 0 and 1", &text);
            }
        }
    }

    /// A call whose answer is undefined: an error, or `None` throughout.
    pub(super) fn undefined<T: Debug>(&mut self, call: &str, work: impl FnOnce() -> T) {
        if let Some(text) = self.run(call, work)
            && !text.starts_with("Err(")
            && (text.contains("Some(") || text.contains(": "))
        {
            self.add(call, "answers what is undefined", &text);
        }
    }

    /// A call that must be refused.
    pub(super) fn refused<T: Debug>(&mut self, call: &str, work: impl FnOnce() -> T) {
        if let Some(text) = self.run(call, work)
            && !text.starts_with("Err(")
        {
            self.add(call, "is not refused", &text);
        }
    }

    fn run<T: Debug>(&mut self, call: &str, work: impl FnOnce() -> T) -> Option<String> {
        match catch_unwind(AssertUnwindSafe(work)) {
            Ok(result) => Some(format!("{result:?}")),
            Err(_) => {
                self.add(call, "panics", "");
                None
            }
        }
    }

    fn add(&mut self, call: &str, fault: &str, text: &str) {
        let start: String = text.chars().take(300).collect();
        self.0.push(format!("{call} {fault}: {start}"));
    }

    /// Fails if there is a fault.
    pub(super) fn none(self) {
        assert!(
            self.0.is_empty(),
            "{} faults:\n{}",
            self.0.len(),
            self.0.join("\n")
        );
    }
}

/// Named numbers in the debug output of a result.
fn numbers(text: &str) -> impl Iterator<Item = (&str, f64)> {
    text.split([',', '{', '}', '[', ']']).filter_map(|field| {
        let (name, value) = field.split_once(": ")?;
        let value = value.trim();
        let value = value.strip_prefix("Some(").unwrap_or(value);
        let value = value.trim_end_matches(')');
        Some((name.trim(), value.parse().ok()?))
    })
}

#[test]
fn faults_are_seen() {
    #[derive(Debug)]
    #[expect(dead_code, reason = "only its debug output is looked at")]
    struct Result {
        p: Option<f64>,
    }
    let found = |work: &dyn Fn() -> Option<Result>| {
        let mut faults = Faults::default();
        faults.sane("a call", work);
        faults.0.len()
    };
    assert_eq!(found(&|| Some(Result { p: Some(0.5) })), 0);
    assert_eq!(found(&|| Some(Result { p: Some(1.5) })), 1);
    assert_eq!(found(&|| Some(Result { p: Some(f64::NAN) })), 2);
    let mut faults = Faults::default();
    faults.undefined("a call", || Some(Result { p: None }));
    faults.undefined("a call", || None::<Result>);
    faults.refused("a call", || Err::<(), _>(1));
    faults.refused("a call", || Ok::<_, ()>(1));
    assert_eq!(faults.0.len(), 2);
}
