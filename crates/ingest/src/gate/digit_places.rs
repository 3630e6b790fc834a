//! Which digits stand at which place of the numbers that may be mobile
//! numbers, to tell them from codes and serial numbers.

/// How often each digit stood at each of ten places.
#[derive(Debug, Clone, Default)]
pub(super) struct DigitPlaces {
    seen: u64,
    counts: [[u64; 10]; 10],
}

impl DigitPlaces {
    /// Counts a number of ten ASCII digits.
    pub(super) fn see(&mut self, digits: &[u8]) {
        debug_assert_eq!(digits.len(), 10);
        self.seen += 1;
        for (counts, digit) in self.counts.iter_mut().zip(digits) {
            counts[usize::from(digit - b'0')] += 1;
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.seen == 0
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.seen += other.seen;
        for (counts, more) in self.counts.iter_mut().zip(&other.counts) {
            for (count, more) in counts.iter_mut().zip(more) {
                *count += more;
            }
        }
    }

    /// Whether the numbers are built like codes or counted up: among the last
    /// five places, which are random in phone numbers, one digit has two
    /// thirds of a place. Of eight random numbers one in a thousand looks so;
    /// fewer say nothing. A number that is repeated throughout is no code.
    pub(super) fn is_code(&self) -> bool {
        if self.seen < 8 {
            return false;
        }
        let taken = |counts: &[u64; 10]| counts.iter().any(|count| count * 3 > self.seen * 2);
        let places = self.counts[5..]
            .iter()
            .filter(|counts| taken(counts))
            .count();
        (1..5).contains(&places)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(numbers: impl Iterator<Item = u64>) -> DigitPlaces {
        let mut places = DigitPlaces::default();
        for number in numbers {
            places.see(format!("{number:010}").as_bytes());
        }
        places
    }

    #[test]
    fn serial_numbers_are_codes_and_scattered_numbers_are_not() {
        assert!(places(9_000_000_001..9_000_009_999).is_code());
        assert!(
            !places((0..1_000).map(|i| 9_000_000_000 + i * 982_451_653 % 1_000_000_000)).is_code()
        );
        assert!(!places(std::iter::repeat_n(9_876_543_210, 100)).is_code());
        assert!(!places(9_000_000_001..9_000_000_008).is_code());
    }
}
