//! Reading a log back.

use std::collections::BTreeSet;

use super::{AuditError, Entry};

/// The log as its entries leave it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trail {
    entries: Vec<Entry>,
    torn: Vec<u64>,
    next: u64,
    hashes: BTreeSet<String>,
}

impl Trail {
    /// Takes in what stands at the next number: an entry, or `None` where it
    /// cannot be read.
    ///
    /// An entry that cannot be read was cut short while it was written, and
    /// then its act did not happen: the next one follows the one before it. If
    /// it had been whole once, the next would follow it, and does not fit.
    ///
    /// # Errors
    /// [`AuditError::Missing`] where a number is left out,
    /// [`AuditError::Broken`] where the chain breaks.
    pub fn admit(&mut self, number: u64, entry: Option<Entry>) -> Result<(), AuditError> {
        if number != self.next {
            return Err(AuditError::Missing(self.next));
        }
        match entry {
            None => self.torn.push(number),
            Some(entry) if entry.fits(number, self.head()) => {
                self.hashes.insert(entry.hash.clone());
                self.entries.push(entry);
            }
            Some(_) => return Err(AuditError::Broken(number)),
        }
        self.next += 1;
        Ok(())
    }

    /// All entries, in order.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Numbers of entries that were cut short while they were written.
    #[must_use]
    pub fn torn(&self) -> &[u64] {
        &self.torn
    }

    /// Hash of the last entry; empty where there is none.
    #[must_use]
    pub fn head(&self) -> &str {
        self.entries.last().map_or("", |entry| &entry.hash)
    }

    /// Number of the entry that comes next.
    #[must_use]
    pub fn next_number(&self) -> u64 {
        self.next
    }

    /// Checks that an entry is there whose hash somebody kept elsewhere: this
    /// alone shows that the end of a log was not cut off.
    ///
    /// # Errors
    /// [`AuditError::CutBack`] where it is not.
    pub fn holds(&self, hash: &str) -> Result<(), AuditError> {
        if self.hashes.contains(hash) {
            Ok(())
        } else {
            Err(AuditError::CutBack(hash.to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{Act, Author};

    fn entry(number: u64, previous: &str, load: &str) -> Entry {
        let author = Author {
            user: "asha (1000)".into(),
            named: (number == 1).then(|| "Asha".into()),
        };
        let act = Act::Undo { load: load.into() };
        Entry::following(number, previous, "2026-11-26T10:00:00Z".into(), author, act)
    }

    fn chain(length: u64) -> Vec<Entry> {
        let mut chain: Vec<Entry> = Vec::new();
        for number in 0..length {
            let previous = chain.last().map_or("", |entry| &entry.hash).to_owned();
            chain.push(entry(number, &previous, &format!("load-{number}")));
        }
        chain
    }

    fn read(entries: impl IntoIterator<Item = (u64, Option<Entry>)>) -> Result<Trail, AuditError> {
        let mut trail = Trail::default();
        for (number, entry) in entries {
            trail.admit(number, entry)?;
        }
        Ok(trail)
    }

    fn numbered(entries: Vec<Entry>) -> Vec<(u64, Option<Entry>)> {
        (0..).zip(entries.into_iter().map(Some)).collect()
    }

    #[test]
    fn an_entry_reads_back_from_json_as_it_was_written() {
        for entry in chain(2) {
            let text = serde_json::to_string(&entry).unwrap();
            assert!(!text.contains('\n'));
            assert_eq!(serde_json::from_str::<Entry>(&text).unwrap(), entry);
        }
    }

    #[test]
    fn an_entry_that_was_changed_taken_out_put_in_or_moved_is_told_by_its_number() {
        assert_eq!(read(numbered(chain(5))).unwrap().entries().len(), 5);
        let changes: [fn(&mut Entry); 5] = [
            |e| e.time = "2026-11-26T10:00:01Z".into(),
            |e| e.author.user = "ravi (1001)".into(),
            |e| e.author.named = Some("Ravi".into()),
            |e| e.act = Act::Purge,
            |e| e.previous = "0".repeat(64),
        ];
        for change in changes {
            let mut entries = chain(5);
            change(&mut entries[2]);
            assert_eq!(read(numbered(entries.clone())), Err(AuditError::Broken(2)));
            // Whoever computes its hash anew breaks the next one.
            entries[2].hash = entries[2].own_hash();
            let broken = read(numbered(entries)).unwrap_err();
            assert!(matches!(broken, AuditError::Broken(2 | 3)), "{broken}");
        }
        let mut entries = numbered(chain(5));
        entries.remove(2);
        assert_eq!(read(entries), Err(AuditError::Missing(2)));
        let mut entries = chain(5);
        entries.remove(2);
        assert_eq!(read(numbered(entries)), Err(AuditError::Broken(2)));
        let mut entries = chain(5);
        entries.swap(2, 3);
        assert_eq!(read(numbered(entries)), Err(AuditError::Broken(2)));
    }

    #[test]
    fn a_cut_end_shows_to_whoever_kept_a_hash() {
        let entries = chain(5);
        let kept = entries[4].hash.clone();
        let whole = read(numbered(entries.clone())).unwrap();
        assert_eq!(whole.holds(&kept), Ok(()));
        let cut = read(numbered(entries[..4].to_vec())).unwrap();
        assert_eq!(cut.holds(&kept), Err(AuditError::CutBack(kept)));
    }

    #[test]
    fn a_write_cut_short_is_passed_over_and_a_whole_entry_cannot_be_torn_later() {
        let mut entries = numbered(chain(2));
        entries.push((2, None));
        let previous = entries[1].1.as_ref().unwrap().hash.clone();
        entries.push((3, Some(entry(3, &previous, "load-3"))));
        let trail = read(entries).unwrap();
        assert_eq!((trail.torn(), trail.next_number()), (&[2][..], 4));
        // Entry 2 was whole when entry 3 was written.
        let mut entries = numbered(chain(4));
        entries[2].1 = None;
        assert_eq!(read(entries), Err(AuditError::Broken(3)));
    }

    #[test]
    fn no_detail_of_an_act_is_left_out_of_its_hash() {
        let acts = [
            r#"{"act":"secret_made","lake":"a"}"#,
            r#"{"act":"steward_registered","steward":"a","public_key":"b","vouched_by":"c","vouch":"d"}"#,
            r#"{"act":"steward_retired","steward":"a","retired_by":"b","retirement":"c"}"#,
            r#"{"act":"policy_approved","policy":"a","rules":["b"],"steward":"c","expires":"d","approval":"e"}"#,
            r#"{"act":"override_used","policy":"a","rules":["b"],"approved_by":["c"]}"#,
            r#"{"act":"release_made","audience":"public","release":"a","policy":"b","lake_entry":"c"}"#,
            r#"{"act":"release_withdrawn","audience":"research","release":"a","instead":"b"}"#,
            r#"{"act":"raw_statement","statement":"a","tables":["b"]}"#,
            r#"{"act":"undo","load":"a"}"#,
            r#"{"act":"purge"}"#,
            r#"{"act":"question","question":"a","epsilon":"b","token":"c"}"#,
            r#"{"act":"token_made","token":"a","audience":"planning","expires":"b"}"#,
            r#"{"act":"token_revoked","token":"a"}"#,
        ];
        for text in acts {
            let act: Act = serde_json::from_str(text).unwrap();
            let json = serde_json::to_value(&act).unwrap();
            let fields = json.as_object().unwrap();
            assert_eq!(fields["act"], act.code());
            // No field of an act has the name of one of its entry.
            let author = Author {
                user: "a".into(),
                named: Some("b".into()),
            };
            let mut entry = Entry::following(0, "", "c".into(), author, act.clone());
            entry.signature = "d".into();
            let line = serde_json::to_string(&entry).unwrap();
            assert_eq!(serde_json::from_str::<Entry>(&line).unwrap(), entry);
            assert_eq!(
                fields.len(),
                1 + act.details().len(),
                "all but the code: {text}"
            );
        }
    }
}
