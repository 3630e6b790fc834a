//! What the header of a column says it holds, in English, Hindi in Latin
//! letters, and Hindi in Devanagari.

use super::Detector;
use super::text::unify;

/// How plainly a header speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Plainness {
    /// May mean a person or something else: `name`, `details`. The role of
    /// the column can lift it.
    Vague,
    /// Means personal data: `mother's name`, `mobile`.
    Plain,
}

/// What a header says, at most one entry for each detector.
pub(super) type Says = Vec<(Detector, Plainness)>;

const NAME: &str = "name names naam nam नाम";

/// Persons, as headers name them.
const PERSON: &str = "\
    child children victim survivor girl boy minor baby kid bride groom beneficiary \
    applicant father fathers mother mothers parent parents guardian guardians \
    husband husbands wife spouse accused offender suspect perpetrator complainant \
    informant witness petitioner respondent student pupil patient teacher member \
    person individual owner contact officer worker staff employee volunteer \
    counsellor counselor advocate lawyer candidate holder caller reporter relative \
    nominee attendant io sho pita mata pati patni maa pitaji balak balika bachche \
    bachcha bachchi bacche pidit pidita peedita abhiyukt aaropi aropi suchak \
    labharthi mukhiya sarpanch pradhan chatra chhatra chhatr abhibhavak bhai behan \
    beti beta aavedak avedak पिता माता पति पत्नी मां माँ बालक बालिका बच्चे बच्ची \
    बच्चा पीड़ित पीड़िता अभिभावक अभियुक्त आरोपी लाभार्थी छात्र छात्रा सूचक वादी \
    मुखिया सरपंच शिक्षक सदस्य आवेदक गवाह लड़की लड़का";

/// Persons whose mention alone, without `name`, means their name.
const RELATIVE: &str = "\
    father mother husband guardian spouse pita mata pati patni wife abhibhavak पिता \
    माता पति पत्नी अभिभावक";

/// Places and things that have names of their own.
const NOT_PERSON: &str = "\
    district dist distt zila jila zilla state st rajya village vill gaon gram block \
    prakhand tehsil tahsil taluk taluka mandal subdistrict sub-district panchayat gp \
    ward town city place location habitation hab hamlet tola mohalla school college \
    court station thana ps police scheme yojana category indicator project programme \
    program partner organisation organization ngo department dept office hospital \
    phc anganwadi awc centre center company institution institute bank layer table \
    file column field variable type item crop event activity campaign product \
    species river road zone region division circle constituency crime act section \
    disease vaccine subject course topic disp updated sheet area country source \
    dataset unit जिला जिले ज़िला राज्य गाँव गांव ग्राम प्रखंड प्रखण्ड ब्लॉक तहसील \
    पंचायत थाना विद्यालय स्कूल योजना विभाग संस्था कार्यालय";

/// Reads a header.
pub(super) fn read(header: &str) -> Says {
    let words = words(header);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let header = Header { words };
    let mut says = Says::new();
    let mut say = |detector, plainness: Option<Plainness>| {
        if let Some(plainness) = plainness {
            says.push((detector, plainness));
        }
    };
    say(Detector::PersonName, header.person_name());
    say(Detector::Phone, header.phone());
    say(Detector::Aadhaar, header.aadhaar());
    say(Detector::Pan, header.pan());
    say(Detector::Epic, header.epic());
    say(Detector::IdentityDocument, header.identity_document());
    say(Detector::Email, header.email());
    say(Detector::CaseNumber, header.case_number());
    say(Detector::BankAccount, header.bank_account());
    say(Detector::BirthDate, header.birth_date());
    say(Detector::Address, header.address());
    say(Detector::FreeText, header.free_text());
    say(Detector::Coordinates, header.coordinates());
    says
}

/// Lower-case words of a header; `fatherName` is two.
fn words(header: &str) -> Vec<String> {
    let mut unified = String::new();
    unify(header, &mut unified);
    let mut words = vec![String::new()];
    let mut before = ' ';
    for c in unified.chars() {
        let mark = matches!(c, '\u{0900}'..='\u{0903}' | '\u{093a}'..='\u{094f}');
        if c == '\'' {
            continue;
        }
        let hump = before.is_lowercase() && c.is_uppercase();
        let digit_edge = before.is_alphabetic() && c.is_ascii_digit();
        if hump || digit_edge || !(c.is_alphanumeric() || mark) {
            words.push(String::new());
        }
        if c.is_alphanumeric() || mark {
            let word = words.last_mut().expect("there is a word from the start");
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Whether a list, written with spaces between, has this word.
fn lists(list: &str, word: &str) -> bool {
    list.split_whitespace().any(|listed| listed == word)
}

/// The words of a header.
struct Header<'a> {
    words: Vec<&'a str>,
}

impl Header<'_> {
    /// Whether one of the words is in the list.
    fn has(&self, list: &str) -> bool {
        self.words.iter().any(|word| lists(list, word))
    }

    /// Whether all of the words are in the list.
    fn is_only(&self, list: &str) -> bool {
        !self.words.is_empty() && self.words.iter().all(|word| lists(list, word))
    }

    /// Whether these words stand side by side.
    fn has_phrase(&self, phrase: &[&str]) -> bool {
        self.words.windows(phrase.len()).any(|part| part == phrase)
    }

    /// Whether the header counts something: `number of`, `total`, `percent`.
    fn counts(&self) -> bool {
        self.has(
            "\
    count total percent percentage pct share rate cases households women ratio avg \
    average sum having who whose",
        ) || ["no", "number", "num", "nos"]
            .iter()
            .any(|word| self.has_phrase(&[word, "of"]))
    }

    /// Whether it asks for a number or code.
    fn is_number(&self) -> bool {
        self.has(
            "\
    no nos number num id card nr sankhya nambar code संख्या नंबर नम्बर क्रमांक कार्ड \
    सं",
        )
    }

    fn plain_if(condition: bool) -> Option<Plainness> {
        condition.then_some(Plainness::Plain)
    }

    fn person_name(&self) -> Option<Plainness> {
        const ALWAYS: &str = "\
    firstname lastname surname fullname fathername mothername childname husbandname \
    studentname victimname fname lname उपनाम beneficiaryname guardianname upnaam \
    patinaam pitanaam matanaam";
        let phrases: &[&[&str]] = &[
            &["first", "name"],
            &["last", "name"],
            &["middle", "name"],
            &["full", "name"],
            &["given", "name"],
            &["family", "name"],
            &["maiden", "name"],
            &["contact", "person"],
            &["head", "of", "household"],
            &["head", "of", "family"],
            &["s", "o"],
            &["d", "o"],
            &["w", "o"],
            &["c", "o"],
        ];
        if self.has(ALWAYS) || phrases.iter().any(|phrase| self.has_phrase(phrase)) {
            return Some(Plainness::Plain);
        }
        let Some(name) = self.words.iter().position(|word| lists(NAME, word)) else {
            return Self::plain_if(
                self.words.len() <= 2
                    && self.has(RELATIVE)
                    && self
                        .words
                        .iter()
                        .all(|word| lists(RELATIVE, word) || lists(PERSON, word) || *word == "of"),
            )
            .or_else(|| self.is_only(PERSON).then_some(Plainness::Vague))
            .filter(|_| !self.counts());
        };
        let connects = |word: &str| {
            matches!(
                word,
                "of" | "the" | "a" | "ka" | "ke" | "ki" | "का" | "के" | "की" | "in"
            )
        };
        // `name of the child` or `child name`, `bachche ka naam`.
        let of = self.words.get(name + 1) == Some(&"of");
        let named = if of {
            self.words[name + 1..].iter().find(|word| !connects(word))
        } else {
            self.words[..name].iter().rev().find(|word| !connects(word))
        };
        match named {
            Some(word) if lists(PERSON, word) => Some(Plainness::Plain),
            Some(word) if lists(NOT_PERSON, word) => None,
            _ if self.has(PERSON) => Some(Plainness::Plain),
            _ if self.has(NOT_PERSON) => None,
            _ => Some(Plainness::Vague),
        }
    }

    fn phone(&self) -> Option<Plainness> {
        const WORDS: &str = "\
    mobile mob mobileno phone phoneno telephone tel whatsapp cellphone contactno \
    contactnumber ph phno mobileno fone मोबाइल मोबाईल फोन फ़ोन दूरभाष व्हाट्सएप";
        let contact =
            self.has("contact sampark संपर्क सम्पर्क") && (self.is_number() || self.words.len() == 1);
        Self::plain_if((self.has(WORDS) || contact) && !self.counts())
    }

    fn aadhaar(&self) -> Option<Plainness> {
        const WORDS: &str = "\
    aadhaar aadhar adhar adhaar aadhaarno aadharno uidai aadhaarnumber आधार";
        if self.counts() {
            return None;
        }
        Self::plain_if(self.has(WORDS)).or_else(|| self.has("uid").then_some(Plainness::Vague))
    }

    fn pan(&self) -> Option<Plainness> {
        let pan = self.has("pan पैन") && (self.words.len() == 1 || self.is_number());
        Self::plain_if(pan || self.has("panno pancard"))
    }

    fn epic(&self) -> Option<Plainness> {
        let voter = self.has("voter voters मतदाता वोटर matdata") && self.is_number();
        Self::plain_if((voter || self.has("epic epicno voterid")) && !self.counts())
    }

    fn identity_document(&self) -> Option<Plainness> {
        let document = self.has(
            "\
    ration rashan license licence passport jobcard samagra abha udid राशन पासपोर्ट \
    समग्र",
        ) && (self.is_number() || self.words.len() == 1);
        let phrases: &[&[&str]] = &[
            &["job", "card"],
            &["family", "id"],
            &["health", "id"],
            &["birth", "certificate", "no"],
            &["birth", "certificate", "number"],
        ];
        let phrase = phrases.iter().any(|phrase| self.has_phrase(phrase));
        Self::plain_if((document || phrase) && !self.counts())
    }

    fn email(&self) -> Option<Plainness> {
        Self::plain_if(
            self.has("email emailid mailid ईमेल इमेल")
                || self.has_phrase(&["e", "mail"])
                || self.has_phrase(&["mail", "id"]),
        )
    }

    fn case_number(&self) -> Option<Plainness> {
        let subject = self.has(
            "\
    fir case crime cr complaint petition gd kand mukadma mukadama prathmiki vad \
    प्राथमिकी एफआईआर कांड काण्ड वाद मुकदमा अपराध केस",
        );
        let number = self.has("no nos number num sankhya nambar संख्या नंबर नम्बर क्रमांक सं");
        if self.counts() {
            return None;
        }
        Self::plain_if(subject && number || self.has("cnr firno caseno crno cnrno")).or_else(|| {
            self.is_only("fir एफआईआर प्राथमिकी")
                .then_some(Plainness::Vague)
        })
    }

    fn bank_account(&self) -> Option<Plainness> {
        let account = self.has("account acct acc khata खाता") && self.is_number();
        let phrase = self.has_phrase(&["a", "c", "no"]) || self.has_phrase(&["bank", "account"]);
        let word = self.has("ifsc accountno accno upi vpa iban");
        Self::plain_if((account || phrase || word) && !self.counts())
    }

    fn birth_date(&self) -> Option<Plainness> {
        let phrases: &[&[&str]] = &[
            &["date", "of", "birth"],
            &["birth", "date"],
            &["birth", "dt"],
            &["janm", "tithi"],
            &["janam", "tithi"],
            &["जन्म", "तिथि"],
            &["जन्म", "दिनांक"],
            &["d", "o", "b"],
        ];
        Self::plain_if(
            self.has("dob birthdate birthday janmtithi जन्मतिथि dateofbirth")
                || phrases.iter().any(|phrase| self.has_phrase(phrase)),
        )
    }

    fn address(&self) -> Option<Plainness> {
        if self.has("email ip mail web url") {
            return None;
        }
        let house = self.has("house makan मकान flat door") && self.is_number();
        Self::plain_if(
            (house || self.has("address addr addres pata पता landmark residence"))
                && !self.counts(),
        )
    }

    fn free_text(&self) -> Option<Plainness> {
        const PLAIN: &str = "\
    remark remarks comment comments narrative statement story observations feedback \
    tippani abhyukti टिप्पणी अभ्युक्ति कथन टिप्पणियाँ";
        const VAGUE: &str = "\
    description details detail notes note reason vivaran विवरण summary facts brief \
    specify other text";
        if self.has(PLAIN) {
            Some(Plainness::Plain)
        } else {
            self.has(VAGUE).then_some(Plainness::Vague)
        }
    }

    fn coordinates(&self) -> Option<Plainness> {
        Self::plain_if(self.has(
            "\
    lat latitude lats lng lon long longitude latlong latlng latlon lonlat gps \
    geolocation geotag coordinates coordinate coords akshansh deshantar अक्षांश \
    देशांतर देशान्तर",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(header: &str, detector: Detector) -> Option<Plainness> {
        read(header)
            .into_iter()
            .find_map(|(found, plainness)| (found == detector).then_some(plainness))
    }

    #[test]
    fn headers_of_persons_are_plain_in_every_script() {
        for header in [
            "Child Name",
            "name_of_child",
            "Father's Name",
            "fatherName",
            "pita ka naam",
            "Mother",
            "पिता का नाम",
            "बच्चे का नाम",
            "माता",
            "First Name",
            "Surname",
            "Victim name (full)",
            "District Officer Name",
            "Name of the accused",
            "S/o",
            "Contact Person",
        ] {
            assert_eq!(
                says(header, Detector::PersonName),
                Some(Plainness::Plain),
                "{header}"
            );
        }
        for header in ["Name", "naam", "नाम", "NAME_EN", "Victim"] {
            assert_eq!(
                says(header, Detector::PersonName),
                Some(Plainness::Vague),
                "{header}"
            );
        }
    }

    #[test]
    fn names_of_places_and_things_are_not_of_persons() {
        for header in [
            "District Name",
            "state_name",
            "जिला का नाम",
            "gaon ka naam",
            "Name of the Block",
            "court_name",
            "updated_type_name",
            "Sub-district Name",
            "Block Name ",
            "Scheme name",
            "Number of children",
            "TOT_P",
        ] {
            assert_eq!(says(header, Detector::PersonName), None, "{header}");
        }
    }

    #[test]
    fn headers_of_identifiers_are_known() {
        for (header, detector) in [
            ("Mobile No.", Detector::Phone),
            ("मोबाइल", Detector::Phone),
            ("contact_number", Detector::Phone),
            ("AadhaarNo", Detector::Aadhaar),
            ("आधार संख्या", Detector::Aadhaar),
            ("PAN", Detector::Pan),
            ("Voter ID", Detector::Epic),
            ("Ration card no", Detector::IdentityDocument),
            ("E-mail", Detector::Email),
            ("FIR No", Detector::CaseNumber),
            ("Case no", Detector::CaseNumber),
            ("CNR", Detector::CaseNumber),
            ("Bank A/c No", Detector::BankAccount),
            ("DOB", Detector::BirthDate),
            ("जन्म तिथि", Detector::BirthDate),
            ("pata", Detector::Address),
            ("पता", Detector::Address),
            ("Remarks", Detector::FreeText),
            ("lat", Detector::Coordinates),
        ] {
            assert_eq!(says(header, detector), Some(Plainness::Plain), "{header}");
        }
    }

    #[test]
    fn both_ways_to_write_a_dotted_letter_are_read() {
        for header in ["पी\u{095c}िता का नाम", "पी\u{0921}\u{093c}िता का नाम"]
        {
            assert_eq!(
                says(header, Detector::PersonName),
                Some(Plainness::Plain),
                "{header}"
            );
        }
    }

    #[test]
    fn counts_of_things_are_not_the_things() {
        for header in [
            "No. of cases",
            "total_cases",
            "fir_year",
            "Women having a mobile phone (%)",
            "Households with a bank account (%)",
            "cases_pending_trial_yearly",
            "P_06",
            "District",
            "Year",
            "Child marriage",
        ] {
            assert_eq!(read(header), Vec::new(), "{header}");
        }
    }
}
