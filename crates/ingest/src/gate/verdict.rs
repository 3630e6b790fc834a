//! From what a column showed to what it holds.

use super::aadhaar::is_above_chance;
use super::digit_places::DigitPlaces;
use super::header::{Plainness, Says};
use super::signal::{Signal, Tally};
use super::{ColumnRole, Detector, Evidence, Finding};

/// All that is known of a column once its values were seen.
pub(super) struct Evidenced<'a> {
    pub(super) role: ColumnRole,
    pub(super) says: &'a Says,
    pub(super) seen: u64,
    pub(super) tally: &'a Tally,
    pub(super) mobile_places: &'a DigitPlaces,
    pub(super) distinct_texts: u64,
    pub(super) distinct_sentences: u64,
    pub(super) distinct_long_texts: u64,
}

impl Evidenced<'_> {
    /// The findings, by values where they suffice and else by the header.
    pub(super) fn findings(&self, column: &str) -> Vec<Finding> {
        Detector::ALL
            .iter()
            .filter_map(|&detector| {
                let (evidence, samples) = match self.by_values(detector) {
                    Some(samples) => (Evidence::Values, samples),
                    None => (Evidence::Header, self.by_header(detector)?),
                };
                Some(Finding {
                    column: column.to_owned(),
                    detector,
                    evidence,
                    samples,
                    seen: self.seen,
                })
            })
            .collect()
    }

    fn of(&self, signal: Signal) -> u64 {
        self.tally.of(signal)
    }

    /// Whether a count is at least this percentage of the values seen.
    fn is_share(&self, count: u64, percent: u64) -> bool {
        count > 0 && count * 100 >= self.seen * percent
    }

    /// How many values show what the detector looks for, if that is enough.
    fn by_values(&self, detector: Detector) -> Option<u64> {
        let one = |signal: Signal| Some(self.of(signal)).filter(|count| *count > 0);
        match detector {
            Detector::PersonName => self.person_names(),
            Detector::Phone => self.phones(),
            Detector::Aadhaar => self.aadhaar(),
            Detector::Pan => one(Signal::Pan),
            Detector::Epic => self.epic(),
            Detector::Email => one(Signal::Email),
            Detector::CaseNumber => self.case_numbers(),
            Detector::BankAccount => one(Signal::Bank).or_else(|| {
                let shaped = self.of(Signal::IfscShape);
                (shaped >= 3 && self.is_share(shaped, 50)).then_some(shaped)
            }),
            Detector::Address => {
                let found = self.of(Signal::Address);
                (self.role != ColumnRole::PlaceName && found >= 3 && self.is_share(found, 10))
                    .then_some(found)
            }
            Detector::FreeText => self.free_text(),
            Detector::Coordinates => self.coordinates(),
            Detector::FineCell => {
                one(Signal::FineCell).filter(|_| self.role != ColumnRole::Geometry)
            }
            Detector::Digest => one(Signal::Digest)
                .filter(|found| self.role != ColumnRole::Geometry && self.is_share(*found, 10)),
            Detector::IdentityDocument | Detector::BirthDate => None,
        }
    }

    /// How many values the header speaks of, unless they contradict it or
    /// the role lifts it.
    fn by_header(&self, detector: Detector) -> Option<u64> {
        let (_, plainness) = *self.says.iter().find(|(said, _)| *said == detector)?;
        if self.seen == 0 || plainness == Plainness::Vague && self.role != ColumnRole::Other {
            return None;
        }
        let numbers = self.of(Signal::SmallNumber);
        let mostly_numbers = self.is_share(numbers, 90);
        // Yes and no, kinds and levels: a short list of texts.
        let few_texts = self.distinct_texts <= 5 && self.seen > 20;
        let held = match detector {
            Detector::PersonName => match plainness {
                Plainness::Plain => !(mostly_numbers || few_texts && self.names() == 0),
                // A bare `name` needs texts; a bare `victim` needs names.
                Plainness::Vague => {
                    !self.is_share(numbers + self.of(Signal::LargeNumber), 90)
                        && !few_texts
                        && self.of(Signal::Text) > 0
                }
            },
            Detector::Phone | Detector::Aadhaar => {
                let digits = self.of(Signal::ManyDigits);
                match plainness {
                    Plainness::Plain => {
                        !mostly_numbers
                            && (digits > 0 || !few_texts && numbers == 0 && self.distinct_texts > 2)
                    }
                    Plainness::Vague => {
                        let twelve =
                            self.of(Signal::TwelveDigits) + self.of(Signal::TwelveInContext);
                        self.is_share(twelve, 50)
                    }
                }
            }
            Detector::CaseNumber => match plainness {
                Plainness::Plain => true,
                Plainness::Vague => !self.is_share(numbers, 50) && !few_texts,
            },
            Detector::BirthDate => {
                self.of(Signal::ManyDigits) > 0 && !self.is_share(self.of(Signal::SmallNumber), 90)
                    || self.of(Signal::Text) > 0 && !few_texts
            }
            Detector::FreeText => {
                let several = self.of(Signal::SeveralWords);
                match plainness {
                    Plainness::Plain => several > 0 && (self.distinct_texts > 5 || self.seen <= 20),
                    Plainness::Vague => {
                        let long = self.of(Signal::LongText);
                        self.is_share(several, 20)
                            && self.distinct_long_texts > 5
                            && self.distinct_long_texts * 2 > long.min(1000)
                    }
                }
            }
            Detector::Coordinates => {
                let precise = self.of(Signal::PreciseDegrees);
                return (precise > 0
                    && !matches!(self.role, ColumnRole::Coordinate | ColumnRole::Geometry))
                .then_some(precise);
            }
            Detector::Address => !mostly_numbers && !few_texts,
            _ => !(self.is_decimal() || few_texts && self.of(Signal::ManyDigits) == 0),
        };
        held.then_some(self.seen)
    }

    /// Whether the values are small numbers, which no document number is.
    fn is_decimal(&self) -> bool {
        self.is_share(self.of(Signal::SmallNumber), 90) && self.of(Signal::ManyDigits) == 0
    }

    fn names(&self) -> u64 {
        self.of(Signal::PersonName) + self.of(Signal::SingleName)
    }

    /// Names of persons: a third of the texts, or most of them where the
    /// column is used as the name of a place.
    fn person_names(&self) -> Option<u64> {
        let texts = self.of(Signal::Text);
        let found = self.of(Signal::PersonName);
        let single = self.of(Signal::SingleName);
        let honorific = self.of(Signal::Honorific);
        let (least, percent, counted) = match self.role {
            ColumnRole::PlaceName => (5, 60, found.max(honorific)),
            // A list of few texts is a list of codes.
            _ if self.distinct_texts <= 5 && self.seen > 50 => return None,
            _ => (3, 33, found + single),
        };
        let counted = counted.max(honorific);
        (counted >= least && counted * 100 >= texts * percent).then_some(counted)
    }

    fn phones(&self) -> Option<u64> {
        let sure = self.of(Signal::Phone);
        let ten = self.of(Signal::TenDigits);
        let mobile = self.of(Signal::TenDigitsMobile);
        let prefixed = self.of(Signal::PrefixedMobile);
        let possible = self.of(Signal::PossiblePhone);
        let mut found = sure;
        // Of random numbers of ten digits four in ten begin like a mobile
        // number, and amounts spread over neighbouring lengths.
        let alone = mobile > 0
            && mobile * 4 >= ten * 3
            && self.of(Signal::NearTenDigits) <= mobile
            && !self.mobile_places.is_code();
        if alone {
            found += mobile;
        }
        let twelve = self.of(Signal::TwelveDigits);
        let prefixed_alone = prefixed > 0
            && prefixed * 4 >= twelve.max(self.of(Signal::NearTenDigits)) * 3
            && !self.mobile_places.is_code();
        if prefixed_alone {
            found += prefixed;
        }
        if possible >= 3 && self.is_share(possible, 30) {
            found += possible;
        }
        (found > 0).then_some(found)
    }

    fn aadhaar(&self) -> Option<u64> {
        let named = self.of(Signal::Aadhaar);
        let mut found = named;
        let (alone, alone_valid) = (
            self.of(Signal::TwelveDigits),
            self.of(Signal::TwelveDigitsValid),
        );
        if is_above_chance(alone_valid, alone) {
            found += alone_valid;
        }
        // Groups of four, or standing in a sentence, are context: then one
        // valid number is enough, unless a column of them shows chance.
        let (context, context_valid) = (
            self.of(Signal::TwelveInContext),
            self.of(Signal::TwelveInContextValid),
        );
        if context_valid > 0 && context_valid * 4 >= context {
            found += context_valid;
        }
        (found > 0).then_some(found)
    }

    fn epic(&self) -> Option<u64> {
        let named = self.of(Signal::Epic);
        let shaped = self.of(Signal::EpicShape);
        let serial = self.of(Signal::EpicSerial);
        let column = shaped >= 3 && self.is_share(shaped, 30) && serial * 5 <= shaped;
        (named > 0 || column).then_some(shaped.max(named))
    }

    fn case_numbers(&self) -> Option<u64> {
        let named = self.of(Signal::Case);
        let shaped = self.of(Signal::CaseShape);
        // Were they months, the numbers would end at twelve.
        let column = shaped >= 3
            && self.is_share(shaped, 30)
            && self.of(Signal::MonthShape) * 5 <= shaped * 4;
        // `FIR No. 12/2019` is named and has the shape as well.
        (named > 0 || column).then_some(if column { named.max(shaped) } else { named })
    }

    /// Sentences, or long texts, that differ from row to row as labels do not.
    fn free_text(&self) -> Option<u64> {
        let narrative = self.of(Signal::Narrative);
        let long = self.of(Signal::LongText);
        let varied = |distinct: u64, count: u64| distinct * 2 > count.min(1000);
        let sentences = narrative >= 3
            && (self.is_share(narrative, 2) || narrative >= 20)
            && varied(self.distinct_sentences, narrative);
        let texts = self.distinct_long_texts >= 20
            && self.is_share(long, 20)
            && varied(self.distinct_long_texts, long);
        (sentences || texts).then_some(narrative.max(long))
    }

    fn coordinates(&self) -> Option<u64> {
        if matches!(self.role, ColumnRole::Coordinate | ColumnRole::Geometry) {
            return None;
        }
        let pairs = self.of(Signal::CoordinatePair);
        let numbers = self.of(Signal::SmallNumber);
        let alike = self
            .of(Signal::LikeLatitude)
            .max(self.of(Signal::LikeLongitude));
        let degrees = self.role != ColumnRole::Measure && alike >= 3 && alike * 10 >= numbers * 8;
        let found = if degrees { pairs + alike } else { pairs };
        (found > 0).then_some(found)
    }
}
