//! The last values seen and what they showed, since most columns repeat
//! themselves.

use super::signal::Signals;

/// Values remembered.
const SLOTS: usize = 1024;

/// Longest value remembered, in bytes.
const LONGEST: usize = 256;

/// A value and its signals in each slot; the hash of a value names its slot,
/// and the value itself is compared, so that no two can be confused.
#[derive(Debug, Clone, Default)]
pub(super) struct Memory {
    slots: Vec<(String, Signals)>,
}

impl Memory {
    /// What this value showed, if it is remembered.
    pub(super) fn recall(&self, value: &str) -> Option<Signals> {
        self.slots
            .get(slot(value))
            .filter(|(remembered, _)| remembered == value)
            .map(|(_, signals)| *signals)
    }

    /// Remembers a value in place of an earlier one.
    pub(super) fn keep(&mut self, value: &str, signals: Signals) {
        if value.len() > LONGEST {
            return;
        }
        if self.slots.is_empty() {
            self.slots
                .resize(SLOTS, (String::new(), Signals::default()));
        }
        let (remembered, known) = &mut self.slots[slot(value)];
        remembered.clear();
        remembered.push_str(value);
        *known = signals;
    }
}

/// Mixes eight bytes at a time (the multiplier is 2^64 over the golden ratio).
fn slot(value: &str) -> usize {
    let mut hash = value.len() as u64;
    for part in value.as_bytes().chunks(8) {
        let mut word = [0; 8];
        word[..part.len()].copy_from_slice(part);
        hash = (hash.rotate_left(5) ^ u64::from_le_bytes(word)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
    usize::try_from(hash >> 54).expect("ten bits") % SLOTS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::signal::Signal;

    #[test]
    fn a_value_is_recalled_until_another_takes_its_place() {
        let mut memory = Memory::default();
        assert_eq!(memory.recall("a"), None);
        let mut signals = Signals::default();
        signals.add(Signal::Text);
        memory.keep("a", signals);
        assert_eq!(memory.recall("a"), Some(signals));
        assert_eq!(memory.recall("b"), None);
        for number in 0..100_000 {
            memory.keep(&number.to_string(), Signals::default());
        }
        assert_eq!(memory.recall("a"), None);
    }
}
