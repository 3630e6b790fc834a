//! What the gate can find, and how it reports it.

macro_rules! detectors {
    ($($variant:ident = $code:literal, $description:literal;)+) => {
        /// A kind of personal data. Codes never change their meaning.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Detector {
            $(#[doc = $description] $variant,)+
        }

        impl Detector {
            /// All detectors in their documented order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The code used in errors, reports and documentation.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// What was found, for people.
            #[must_use]
            pub fn description(self) -> &'static str {
                match self { $(Self::$variant => $description,)+ }
            }
        }
    };
}

detectors! {
    PersonName = "person_name", "Names of persons.";
    Phone = "phone", "Phone numbers.";
    Aadhaar = "aadhaar", "Aadhaar numbers: twelve digits with a valid check digit.";
    Pan = "pan", "Permanent account numbers (PAN) of the income tax department.";
    Epic = "epic", "Voter identity card numbers (EPIC).";
    IdentityDocument = "identity_document", "Numbers of other identity documents, such as ration cards or passports.";
    Email = "email", "E-mail addresses.";
    CaseNumber = "case_number", "FIR, case or CNR numbers, by which a case can be looked up.";
    BankAccount = "bank_account", "Bank account numbers, IFSC codes or payment addresses.";
    BirthDate = "birth_date", "Dates of birth.";
    Address = "address", "Postal addresses.";
    FreeText = "free_text", "Free text, which may name anybody.";
    Coordinates = "coordinates", "Coordinates finer than two decimals, about one kilometre.";
    FineCell = "fine_cell", "H3 cells finer than resolution 8.";
    Digest = "digest", "Digests without a secret key: hashed phone or identity numbers can be found by trying them all.";
}

impl std::fmt::Display for Detector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a finding rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Evidence {
    /// The header says so, and no value contradicts it.
    Header,
    /// The values look like it.
    Values,
}

/// Personal data that a column seems to hold. Never holds a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Finding {
    /// Header of the column.
    pub column: String,
    /// What was found.
    pub detector: Detector,
    /// What the finding rests on.
    pub evidence: Evidence,
    /// How many values matched; with [`Evidence::Header`], how many values
    /// the header speaks of.
    pub samples: u64,
    /// How many values were seen that were not empty.
    pub seen: u64,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            column,
            detector,
            samples,
            seen,
            ..
        } = self;
        let basis = match self.evidence {
            Evidence::Header => "by its header",
            Evidence::Values => "by its values",
        };
        write!(
            f,
            "column `{column}`: {detector} {basis}, {samples} of {seen} values"
        )
    }
}
