//! What one value can show, and how often a column showed it.

/// Something a single value shows. Whether it means personal data is decided
/// for the column as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Signal {
    /// A number of at most seven digits, or one with decimals.
    SmallNumber,
    /// A whole number of more than seven digits.
    LargeNumber,
    /// Letters.
    Text,
    /// Six digits or more, unless it is a number with decimals.
    ManyDigits,
    /// A phone number that nothing else could be.
    Phone,
    /// Digits that a phone number could be grouped in, or a landline number.
    PossiblePhone,
    /// Ten digits and nothing else.
    TenDigits,
    /// Ten digits beginning with 6 to 9 and nothing else.
    TenDigitsMobile,
    /// Eight, nine or eleven digits and nothing else, or more than seven
    /// digits before decimals.
    NearTenDigits,
    /// A mobile number after `0` or `91` and nothing else.
    PrefixedMobile,
    /// Twelve digits and nothing else, the first 2 to 9.
    TwelveDigits,
    /// The same with a valid check digit.
    TwelveDigitsValid,
    /// Twelve digits, the first 2 to 9, in groups of four or inside text.
    TwelveInContext,
    /// The same with a valid check digit.
    TwelveInContextValid,
    /// An Aadhaar number named as such, or masked.
    Aadhaar,
    /// A PAN.
    Pan,
    /// Three letters and seven digits.
    EpicShape,
    /// The same where the digits begin with two zeros, as serial numbers do.
    EpicSerial,
    /// An EPIC number named as such.
    Epic,
    /// An e-mail address.
    Email,
    /// A case number named as such, or a CNR number.
    Case,
    /// A number and a year, as case numbers are written.
    CaseShape,
    /// The same where the number could be a month.
    MonthShape,
    /// An IFSC code of a known bank, or a payment address.
    Bank,
    /// The shape of an IFSC code.
    IfscShape,
    /// A pair of precise coordinates, degrees with seconds, or a plus code.
    CoordinatePair,
    /// A number with more than two decimals within 180 degrees.
    PreciseDegrees,
    /// Four to eight decimals, and a latitude of India.
    LikeLatitude,
    /// Four to eight decimals, and a longitude of India.
    LikeLongitude,
    /// An H3 cell finer than resolution 8.
    FineCell,
    /// A digest.
    Digest,
    /// Two words or more of which one is a person's name, and none a place.
    PersonName,
    /// One word, a given name.
    SingleName,
    /// A title or a relation (`Smt`, `w/o`) beside another word.
    Honorific,
    /// Two or more words of a postal address.
    Address,
    /// Three words or more.
    SeveralWords,
    /// Five words or more, one of which only sentences have.
    Narrative,
    /// Eight words or more.
    LongText,
    /// Not a signal: how many there are.
    Count,
}

/// The signals of one value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Signals(u64);

impl Signals {
    pub(super) fn add(&mut self, signal: Signal) {
        self.0 |= 1 << signal as u8;
    }

    pub(super) fn add_if(&mut self, condition: bool, signal: Signal) {
        self.0 |= u64::from(condition) << signal as u8;
    }

    pub(super) fn has(self, signal: Signal) -> bool {
        self.0 >> signal as u8 & 1 == 1
    }
}

/// How many values showed each signal.
#[derive(Debug, Clone)]
pub(super) struct Tally([u64; Signal::Count as usize]);

impl Default for Tally {
    fn default() -> Self {
        Self([0; Signal::Count as usize])
    }
}

impl Tally {
    pub(super) fn count(&mut self, signals: Signals) {
        let mut rest = signals.0;
        while rest != 0 {
            self.0[rest.trailing_zeros() as usize] += 1;
            rest &= rest - 1;
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (count, more) in self.0.iter_mut().zip(other.0) {
            *count += more;
        }
    }

    pub(super) fn of(&self, signal: Signal) -> u64 {
        self.0[signal as usize]
    }
}
