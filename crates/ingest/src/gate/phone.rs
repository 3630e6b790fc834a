//! Phone numbers and Aadhaar numbers among the digits of a text.
//!
//! Digits are taken in groups, the stretches between what separates them.
//! Windows of neighbouring groups are joined, and the groups must be as
//! people write such numbers: `98765 43210`, `987-654-3210`, single digits;
//! two by two only beside a word such as `mobile`. That keeps lists of
//! numbers, ranges and dates from being taken for phone numbers.

use super::aadhaar::{has_shape, verhoeff_is_valid};
use super::signal::{Signal, Signals};

/// A stretch of digits in a text.
#[derive(Debug, Clone, Copy)]
struct Group {
    start: usize,
    end: usize,
}

impl Group {
    fn len(self) -> usize {
        self.end - self.start
    }
}

/// What is around the digits of a value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Surroundings {
    /// Letters of any script besides.
    pub(super) letters: bool,
    /// A word such as `mobile` or `call`.
    pub(super) phone_word: bool,
    /// A word such as `aadhaar` or `UID`.
    pub(super) aadhaar_word: bool,
}

/// Looks at every window of digit groups of a unified text.
pub(super) fn look(text: &str, around: Surroundings, signals: &mut Signals) {
    let bytes = text.as_bytes();
    let groups = groups(bytes);
    let mut digits = [0_u8; 16];
    for first in 0..groups.len() {
        let mut length = 0;
        for last in first..groups.len() {
            if last > first && !is_light(&bytes[groups[last - 1].end..groups[last].start]) {
                break;
            }
            let group = groups[last];
            if length + group.len() > digits.len() {
                break;
            }
            digits[length..length + group.len()].copy_from_slice(&bytes[group.start..group.end]);
            length += group.len();
            if length >= 10 {
                let window = Window {
                    bytes,
                    groups: &groups,
                    first,
                    last,
                    digits: &digits[..length],
                };
                window.look(around, signals);
            }
        }
    }
}

/// A number that was spelt as words, which only phone numbers and the like
/// are.
pub(super) fn look_at_spelt(digits: &str, signals: &mut Signals) {
    let digits = digits.as_bytes();
    signals.add_if(mobile(digits).is_some(), Signal::Phone);
    if has_shape(digits) {
        signals.add(Signal::TwelveInContext);
        signals.add_if(verhoeff_is_valid(digits), Signal::TwelveInContextValid);
    }
}

/// The ten digits of a mobile number, given with or without `0`, `91`, `091`
/// or `0091`.
pub(super) fn mobile(digits: &[u8]) -> Option<&[u8]> {
    let (prefix, number) = digits.split_at_checked(digits.len().checked_sub(10)?)?;
    let known = matches!(prefix, b"" | b"0" | b"91" | b"091" | b"0091" | b"910");
    (known && number[0] >= b'6').then_some(number)
}

struct Window<'a> {
    bytes: &'a [u8],
    groups: &'a [Group],
    first: usize,
    last: usize,
    digits: &'a [u8],
}

impl Window<'_> {
    fn look(&self, around: Surroundings, signals: &mut Signals) {
        let groups = &self.groups[self.first..=self.last];
        let single = groups.len() == 1;
        if single && self.is_inside_a_code() {
            return;
        }
        let plus = groups[0].start > 0 && self.bytes[groups[0].start - 1] == b'+';
        if plus && self.is_whole() && (11..=15).contains(&self.digits.len()) {
            signals.add(Signal::Phone);
        }
        if single && !around.letters {
            self.look_alone(signals);
        }
        if mobile(self.digits).is_some() {
            let strong = if single {
                // Alone in its cell it is for the column to decide.
                around.letters || around.phone_word || plus || self.digits.len() >= 13
            } else {
                self.is_whole() && self.is_grouped_as_mobile()
            };
            let spelt = strong || around.phone_word && self.is_whole();
            signals.add_if(spelt, Signal::Phone);
            let possible = !spelt && !single && self.is_whole() && !self.is_range();
            signals.add_if(possible, Signal::PossiblePhone);
        }
        if self.is_landline() {
            let sure = around.phone_word && self.is_whole();
            signals.add_if(sure, Signal::Phone);
            signals.add_if(!sure, Signal::PossiblePhone);
        }
        if has_shape(self.digits) {
            self.look_for_aadhaar(around, signals);
        }
    }

    /// Digits with signs around but no words, such as `9876543210;`, count
    /// like digits alone in their cell.
    fn look_alone(&self, signals: &mut Signals) {
        let start = self.groups[self.first].start;
        let is_fraction =
            start > 1 && self.bytes[start - 1] == b'.' && self.bytes[start - 2].is_ascii_digit();
        if is_fraction {
            return;
        }
        let mobile = mobile(self.digits).is_some();
        match self.digits.len() {
            10 => {
                signals.add(Signal::TenDigits);
                signals.add_if(mobile, Signal::TenDigitsMobile);
            }
            11 | 12 => signals.add_if(mobile, Signal::PrefixedMobile),
            _ => {}
        }
        if has_shape(self.digits) {
            signals.add(Signal::TwelveDigits);
            signals.add_if(verhoeff_is_valid(self.digits), Signal::TwelveDigitsValid);
        }
    }

    fn look_for_aadhaar(&self, around: Surroundings, signals: &mut Signals) {
        let groups = &self.groups[self.first..=self.last];
        let valid = verhoeff_is_valid(self.digits);
        let by_four = groups.len() == 3 && groups.iter().all(|group| group.len() == 4);
        let single_digits = groups.len() == 12;
        let whole = self.is_whole();
        signals.add_if(valid && whole && around.aadhaar_word, Signal::Aadhaar);
        if whole && (by_four || single_digits || groups.len() == 1 && around.letters) {
            signals.add(Signal::TwelveInContext);
            signals.add_if(valid, Signal::TwelveInContextValid);
        } else if whole && groups.len() > 1 && self.gaps_are_alike() {
            signals.add(Signal::TwelveDigits);
            signals.add_if(valid, Signal::TwelveDigitsValid);
        }
    }

    /// Whether the window is not part of a longer list: no neighbouring group
    /// of three digits or more, or of the same length as its neighbour, is
    /// separated from it just as the window's own groups are.
    fn is_whole(&self) -> bool {
        if self.first == self.last {
            return true;
        }
        let inner = self.gap(self.first);
        let continues = |gap: &[u8], outer: Group, edge: Group| {
            gap == inner && (outer.len() >= 3 || outer.len() == edge.len())
        };
        let before = self.first > 0
            && continues(
                self.gap(self.first - 1),
                self.groups[self.first - 1],
                self.groups[self.first],
            );
        let after = self.last + 1 < self.groups.len()
            && continues(
                self.gap(self.last),
                self.groups[self.last + 1],
                self.groups[self.last],
            );
        !before && !after
    }

    /// The bytes between a group and the next.
    fn gap(&self, group: usize) -> &[u8] {
        &self.bytes[self.groups[group].end..self.groups[group + 1].start]
    }

    fn gaps_are_alike(&self) -> bool {
        (self.first + 1..self.last).all(|group| self.gap(group) == self.gap(self.first))
    }

    fn is_grouped_as_mobile(&self) -> bool {
        // The prefix may be a group of its own; it says little.
        let mut lengths = [0_usize; 16];
        let mut count = 0;
        let mut prefix = self.digits.len() - 10;
        let mut has_prefix_group = false;
        let mut first_of_number = self.first;
        for (index, group) in self.groups[self.first..=self.last].iter().enumerate() {
            let own = group.len().saturating_sub(prefix);
            prefix = prefix.saturating_sub(group.len());
            if own > 0 {
                if count == 0 {
                    first_of_number = self.first + index;
                }
                lengths[count] = own;
                count += 1;
            } else {
                has_prefix_group = true;
            }
        }
        match lengths[..count] {
            [10] => has_prefix_group,
            [5, 5] | [4, 6] | [6, 4] => {
                // One dot makes a decimal number.
                has_prefix_group || self.gap(first_of_number) != b"." && !self.is_range()
            }
            [3, 3, 4]
            | [4, 3, 3]
            | [3, 4, 3]
            | [2, 4, 4]
            | [4, 4, 2]
            | [5, 3, 2]
            | [5, 2, 3]
            | [2, 3, 5]
            | [3, 2, 5] => has_prefix_group || self.gaps_are_alike() || self.has_bracket(),
            [3, 7] => self.gap(first_of_number) != b".",
            [1, 1, 1, 1, 1, 1, 1, 1, 1, 1] => true,
            [2, 2, 2, 2, 2] => has_prefix_group,
            _ => false,
        }
    }

    /// Two numbers with a dash between, one of them round: `60000-70000`.
    fn is_range(&self) -> bool {
        let round = |group: Group| {
            let digits = &self.bytes[group.start..group.end];
            digits.len() >= 4 && (digits.ends_with(b"00") || digits.ends_with(b"99"))
        };
        let (first, last) = (self.groups[self.first], self.groups[self.last]);
        self.last == self.first + 1
            && self.gap(self.first).contains(&b'-')
            && (round(first) || round(last))
    }

    fn has_bracket(&self) -> bool {
        let start = self.groups[self.first].start;
        start > 0 && self.bytes[start - 1] == b'('
    }

    /// An area code after `0` or `+91`, then the subscriber's number.
    fn is_landline(&self) -> bool {
        let groups = &self.groups[self.first..=self.last];
        let (area, subscriber) = match groups {
            [area, subscriber] if self.bytes[area.start] == b'0' => (area.len() - 1, subscriber),
            [country, area, subscriber] if &self.bytes[country.start..country.end] == b"91" => {
                (area.len(), subscriber)
            }
            _ => return false,
        };
        let gap = self.gap(self.last - 1);
        self.is_whole()
            && (2..=4).contains(&area)
            && (6..=8).contains(&subscriber.len())
            && area + subscriber.len() == 10
            && matches!(self.bytes[subscriber.start], b'2'..=b'7')
            && gap != b"."
    }

    /// Whether the one group is part of a code in which letters and digits
    /// alternate, such as a digest.
    fn is_inside_a_code(&self) -> bool {
        let group = self.groups[self.first];
        let letter = |byte: &u8| byte.is_ascii_alphanumeric();
        let start = group.start
            - self.bytes[..group.start]
                .iter()
                .rev()
                .take_while(|byte| letter(byte))
                .count();
        let end = group.end
            + self.bytes[group.end..]
                .iter()
                .take_while(|byte| letter(byte))
                .count();
        let changes = self.bytes[start..end]
            .windows(2)
            .filter(|pair| pair[0].is_ascii_digit() != pair[1].is_ascii_digit())
            .count();
        changes > 4
    }
}

/// Whether what stands between two groups may stand inside a phone number.
fn is_light(gap: &[u8]) -> bool {
    gap.len() <= 3
        && gap.iter().all(|byte| {
            matches!(
                byte,
                b' ' | b'\t' | b'.' | b'-' | b'(' | b')' | b'_' | b'*' | b'~'
            )
        })
}

fn groups(bytes: &[u8]) -> Vec<Group> {
    let mut groups = Vec::new();
    let mut position = 0;
    while position < bytes.len() {
        if bytes[position].is_ascii_digit() {
            let length = bytes[position..]
                .iter()
                .take_while(|byte| byte.is_ascii_digit())
                .count();
            groups.push(Group {
                start: position,
                end: position + length,
            });
            position += length;
        } else {
            position += 1;
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signals(text: &str) -> Signals {
        let mut signals = Signals::default();
        let around = Surroundings {
            letters: text.bytes().any(|byte| byte.is_ascii_alphabetic()),
            phone_word: text.contains("mob"),
            aadhaar_word: text.contains("aadhaar"),
        };
        look(text, around, &mut signals);
        signals
    }

    #[test]
    fn mobile_numbers_are_found_however_they_are_grouped() {
        for text in [
            "ph9876543210",
            "98765 43210",
            "98765-43210",
            "987.654.3210",
            "(987) 654-3210",
            "9 8 7 6 5 4 3 2 1 0",
            "9.8.7.6.5.4.3.2.1.0",
            "+91-98765-43210",
            "+91 9876543210",
            "0 98765 43210",
            "mob 98 76 54 32 10",
            "sr 2 98765 43210 ok",
            "00919876543210",
            "call 9876543210/9123456780",
        ] {
            assert!(signals(text).has(Signal::Phone), "{text}");
        }
    }

    #[test]
    fn lists_ranges_decimals_and_dates_are_not_phone_numbers() {
        for text in [
            "60000-70000",
            "65432.12345",
            "12345 67890 23456 34567",
            "60 65 70 75 80",
            "09-12-2019 1030",
            "650-700 120-400",
            "a9876543210f1e2d3c4b5",
            "8123",
        ] {
            assert!(!signals(text).has(Signal::Phone), "{text}");
        }
    }

    #[test]
    fn aadhaar_numbers_are_checked() {
        let valid = "2341 2341 2346";
        let digits: Vec<u8> = valid.bytes().filter(u8::is_ascii_digit).collect();
        assert!(verhoeff_is_valid(&digits));
        assert!(signals(valid).has(Signal::TwelveInContextValid));
        assert!(signals("aadhaar 234123412346").has(Signal::Aadhaar));
        let other = signals("2341 2341 2347");
        assert!(other.has(Signal::TwelveInContext) && !other.has(Signal::TwelveInContextValid));
        assert!(!signals("2341 2341 2346 1234").has(Signal::TwelveInContext));
    }
}
