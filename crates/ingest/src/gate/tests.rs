//! Planted identifiers in every disguise, and clean columns that must pass.

use super::aadhaar::verhoeff_is_valid;
use super::*;

/// A small generator of numbers that is the same everywhere (SplitMix64).
pub(super) struct Dice(pub(super) u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn of<'a, T: ?Sized>(&mut self, choices: &[&'a T]) -> &'a T {
        choices[usize::try_from(self.below(choices.len() as u64)).unwrap()]
    }

    fn letter(&mut self) -> char {
        char::from(b'A' + u8::try_from(self.below(26)).unwrap())
    }
}

fn mobile(dice: &mut Dice) -> String {
    format!("{}{:09}", 6 + dice.below(4), dice.below(1_000_000_000))
}

fn aadhaar(dice: &mut Dice) -> String {
    loop {
        let number = format!("{}{:011}", 2 + dice.below(8), dice.below(100_000_000_000));
        if verhoeff_is_valid(number.as_bytes()) {
            return number;
        }
    }
}

fn twelve_digits(dice: &mut Dice) -> String {
    format!("{:012}", dice.below(1_000_000_000_000))
}

fn pan(dice: &mut Dice) -> String {
    let mut letters = || dice.letter();
    let (a, b, c, d, e) = (letters(), letters(), letters(), letters(), letters());
    format!("{a}{b}{c}P{d}{:04}{e}", dice.below(10_000))
}

fn epic(dice: &mut Dice) -> String {
    let (a, b, c) = (dice.letter(), dice.letter(), dice.letter());
    format!("{a}{b}{c}{:07}", dice.below(10_000_000))
}

fn cnr(dice: &mut Dice) -> String {
    let state = dice.of(&["DL", "MH", "BR", "UP", "AS", "HR"]);
    format!(
        "{state}{}{}{:02}{:06}{}",
        dice.letter(),
        dice.letter(),
        1 + dice.below(20),
        dice.below(1_000_000),
        2005 + dice.below(20)
    )
}

fn fir(dice: &mut Dice) -> String {
    format!("FIR No. {}/{}", 1 + dice.below(900), 2005 + dice.below(20))
}

fn email(dice: &mut Dice) -> String {
    let name = dice.of(&["ravi", "sunita", "info", "help.desk", "a_b"]);
    let domain = dice.of(&["gmail.com", "example.org", "ngo.example.in"]);
    format!("{name}{}@{domain}", dice.below(1000))
}

fn person(dice: &mut Dice) -> String {
    let given = dice.of(&[
        "Sunita", "Ramesh", "Imran", "Lakshmi", "Harpreet", "Arjun", "Fatima", "Joseph", "Birsa",
        "Anjali", "Zubin", "Murugan", "Debasish", "Kavya",
    ]);
    let family = dice.of(&[
        "Devi", "Kumar", "Ansari", "Iyer", "Kaur", "Munda", "Khatun", "Thomas", "Sharma", "Das",
        "Murmu", "Patel", "Xalxo",
    ]);
    format!("{given} {family}")
}

/// Rewrites every ASCII digit.
fn digits(text: &str, zero: u32) -> String {
    text.chars()
        .map(|c| match c.to_digit(10) {
            Some(digit) => char::from_u32(zero + digit).unwrap(),
            None => c,
        })
        .collect()
}

fn joined(text: &str, sizes: &[usize], separator: &str) -> String {
    let mut parts = Vec::new();
    let mut rest = text;
    for size in sizes.iter().take_while(|_| !rest.is_empty()) {
        let (part, tail) = rest.split_at(rest.len().min(*size));
        parts.push(part);
        rest = tail;
    }
    if !rest.is_empty() {
        parts.push(rest);
    }
    parts.join(separator)
}

fn words(text: &str, names: [&str; 10]) -> String {
    text.bytes()
        .map(|digit| names[usize::from(digit - b'0')])
        .collect::<Vec<_>>()
        .join(" ")
}

const ENGLISH: [&str; 10] = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
];
const HINDI: [&str; 10] = [
    "शून्य",
    "एक",
    "दो",
    "तीन",
    "चार",
    "पाँच",
    "छह",
    "सात",
    "आठ",
    "नौ",
];

type Disguise = (&'static str, fn(&str) -> String);

/// Ways to hide a text of ten to sixteen digits and letters.
const ANY: &[Disguise] = &[
    ("plain", str::to_owned),
    ("Devanagari digits", |t| digits(t, 0x966)),
    ("full-width digits", |t| digits(t, 0xff10)),
    ("mathematical digits", |t| digits(t, 0x1d7ce)),
    ("full width", |t| {
        t.chars()
            .map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap())
            .collect()
    }),
    ("zero-width spaces", |t| joined(t, &[2, 3, 2], "\u{200b}")),
    ("soft hyphens", |t| joined(t, &[4, 3], "\u{ad}")),
    ("leading apostrophe", |t| format!("'{t}")),
    ("spreadsheet text", |t| format!("=\"{t}\"")),
    ("brackets", |t| format!("({t})")),
    ("non-breaking space", |t| format!("\u{a0}{t}\u{a0}")),
    ("trailing words", |t| format!("{t} (own)")),
    ("mixed scripts", |t| {
        let (head, tail) = t.split_at(t.len() / 2);
        format!("{head}{}", digits(tail, 0x966))
    }),
];

/// Ways to hide a number.
const NUMBER: &[Disguise] = &[
    ("spaced out", |t| joined(t, &[1; 11], " ")),
    ("dots between digits", |t| joined(t, &[1; 11], ".")),
    ("dashes between digits", |t| joined(t, &[1; 11], "-")),
    ("English words", |t| words(t, ENGLISH)),
    ("Hindi words", |t| words(t, HINDI)),
    ("trailing .0", |t| format!("{t}.0")),
    ("scientific", |t| {
        let (head, tail) = t.split_at(1);
        format!("{head}.{}E{}", tail.trim_end_matches('0'), tail.len())
    }),
    ("scientific with plus", |t| {
        let (head, tail) = t.split_at(1);
        format!("{head}.{tail}e+{:02}", tail.len())
    }),
    ("glued before", |t| format!("id{t}")),
    ("glued on both sides", |t| format!("ph{t}home")),
    ("glued to Devanagari", |t| format!("नंबर{t}")),
];

const MOBILE: &[Disguise] = &[
    ("by five", |t| joined(t, &[5], " ")),
    ("by five, dash", |t| joined(t, &[5], "-")),
    ("by five, dot", |t| joined(t, &[5], ".")),
    ("by five, non-breaking", |t| joined(t, &[5], "\u{a0}")),
    ("by five, thin space", |t| joined(t, &[5], "\u{2009}")),
    ("by five, en dash", |t| joined(t, &[5], "\u{2013}")),
    ("three three four", |t| joined(t, &[3, 3], "-")),
    ("three three four, dots", |t| joined(t, &[3, 3], ".")),
    ("bracketed start", |t| {
        format!("({}) {}-{}", &t[..3], &t[3..6], &t[6..])
    }),
    ("two by two in a column", |t| joined(t, &[2; 4], " ")),
    ("country code", |t| format!("+91{t}")),
    ("country code apart", |t| format!("+91-{t}")),
    ("country code, by five", |t| {
        format!("+91 {}", joined(t, &[5], " "))
    }),
    ("country code, no plus", |t| format!("91{t}")),
    ("country code in brackets", |t| format!("(+91) {t}")),
    ("00 country code", |t| format!("0091{t}")),
    ("trunk zero", |t| format!("0{t}")),
    ("trunk zero apart", |t| format!("0-{t}")),
    ("Indian grouping", |t| {
        format!(
            "{},{},{},{},{}",
            &t[..1],
            &t[1..3],
            &t[3..5],
            &t[5..7],
            &t[7..]
        )
    }),
];

const AADHAAR: &[Disguise] = &[
    ("by four", |t| joined(t, &[4, 4], " ")),
    ("by four, dashes", |t| joined(t, &[4, 4], "-")),
    ("by four, dots", |t| joined(t, &[4, 4], ".")),
    ("by four, non-breaking", |t| joined(t, &[4, 4], "\u{a0}")),
    ("by three", |t| joined(t, &[3, 3, 3], " ")),
    ("by six", |t| joined(t, &[6], " ")),
];

const LETTERED: &[Disguise] = &[
    ("lower case", str::to_lowercase),
    ("spaced out", |t| joined(t, &[1; 15], " ")),
    ("dots", |t| joined(t, &[1; 15], ".")),
    ("Cyrillic look-alikes", |t| {
        t.replace('A', "А").replace('C', "С").replace('P', "Р")
    }),
];

/// A header that says nothing.
const SILENT: &str = "column_7";

fn verdict<'v>(header: &str, values: impl IntoIterator<Item = &'v str>) -> Vec<Finding> {
    let mut gate = ColumnGate::new(header, ColumnContext::default());
    gate.see(values);
    gate.verdict()
}

fn finds(detector: Detector, values: &[String]) -> bool {
    verdict(SILENT, values.iter().map(String::as_str))
        .iter()
        .any(|finding| finding.detector == detector)
}

/// Kinds of identifier, how to make one, and how it may be hidden.
type Kind = (
    Detector,
    fn(&mut Dice) -> String,
    &'static [&'static [Disguise]],
);

const KINDS: &[Kind] = &[
    (Detector::Phone, mobile, &[ANY, NUMBER, MOBILE]),
    (Detector::Aadhaar, aadhaar, &[ANY, NUMBER, AADHAAR]),
    (Detector::Pan, pan, &[ANY, LETTERED]),
    (Detector::Epic, epic, &[ANY, LETTERED]),
    (Detector::CaseNumber, cnr, &[ANY, LETTERED]),
];

#[test]
fn planted_columns_are_found_in_every_disguise() {
    let (mut planted, mut missed) = (0, Vec::new());
    for (detector, make, families) in KINDS {
        for (name, disguise) in families.iter().flat_map(|family| family.iter()) {
            for (seed, rows) in [(1, 5), (2, 30), (3, 500)] {
                let mut dice = Dice(seed);
                let values: Vec<String> = (0..rows).map(|_| disguise(&make(&mut dice))).collect();
                planted += 1;
                if !finds(*detector, &values) {
                    missed.push(format!("{detector} {name} {rows}: {}", values[0]));
                }
            }
        }
    }
    eprintln!("{planted} columns planted, {} missed", missed.len());
    assert!(missed.len() * 100 <= planted, "{missed:#?}");
}

#[test]
fn columns_of_mails_cases_and_persons_are_found() {
    for (detector, make) in [
        (Detector::Email, email as fn(&mut Dice) -> String),
        (Detector::CaseNumber, fir),
        (Detector::PersonName, person),
    ] {
        for seed in 0..20 {
            let mut dice = Dice(seed);
            let values: Vec<String> = (0..50).map(|_| make(&mut dice)).collect();
            assert!(finds(detector, &values), "{detector} {seed}");
            let capitals: Vec<String> = values.iter().map(|value| value.to_uppercase()).collect();
            assert!(finds(detector, &capitals), "{detector} {seed} in capitals");
        }
    }
}

/// Remarks without anything personal, as a partner might write them.
fn remark(dice: &mut Dice) -> String {
    let place = dice.of(&["block office", "school", "panchayat", "helpline desk"]);
    let what = dice.of(&["follow-up done", "visit pending", "closed", "referred"]);
    format!("{what} {place} {}", dice.below(40))
}

#[test]
fn one_identifier_among_many_remarks_is_found() {
    for (detector, text) in [
        (Detector::Email, "write to ravi.k@example.org"),
        (Detector::Phone, "follow-up ph9876543210 done"),
        (Detector::Phone, "call 98765 43210"),
        (Detector::Phone, "मोबाइल ९८७६५४३२१०"),
        (
            Detector::Phone,
            "nine eight seven six five four three two one zero",
        ),
        (Detector::Phone, "reach at 9.87654321E+09 please"),
        (Detector::Aadhaar, "card 2341 2341 2346 seen"),
        (Detector::Aadhaar, "XXXX XXXX 1234"),
        (Detector::Pan, "PAN ABCPE1234F"),
        (Detector::CaseNumber, "DLCT010012342019"),
        (Detector::CaseNumber, "FIR No 12/2019 lodged"),
        (Detector::Epic, "voter card ABC1234567"),
        (Detector::Coordinates, "met at 25.59412, 85.13764"),
        (Detector::FineCell, "cell 8960145b483ffff"),
    ] {
        let mut dice = Dice(9);
        let mut values: Vec<String> = (0..5_000).map(|_| remark(&mut dice)).collect();
        assert_eq!(
            verdict(SILENT, values.iter().map(String::as_str)),
            Vec::new()
        );
        values[2_345] = text.to_owned();
        assert!(finds(detector, &values), "{detector}: {text}");
    }
}

#[test]
fn one_phone_number_among_small_numbers_is_found() {
    let mut values: Vec<String> = (0..10_000).map(|i| (i % 977).to_string()).collect();
    values[77] = "9876543210".to_owned();
    assert!(finds(Detector::Phone, &values));
}

#[test]
fn free_text_is_found_by_its_sentences() {
    let mut dice = Dice(4);
    let values: Vec<String> = (0..60)
        .map(|_| {
            let who = dice.of(&["girl", "boy", "child", "sister"]);
            let age = dice.below(18);
            let what = dice.of(&[
                "was found at the station",
                "had left her school",
                "told the team",
            ]);
            format!("The {who} of {age} {what} on day {}", dice.below(300))
        })
        .collect();
    assert!(finds(Detector::FreeText, &values));
}

#[test]
fn digests_coordinates_and_cells_are_found() {
    let mut dice = Dice(5);
    let digests: Vec<String> = (0..20)
        .map(|_| format!("{:016x}{:016x}", dice.next(), dice.next()))
        .collect();
    assert!(finds(Detector::Digest, &digests));
    let latitudes: Vec<String> = (0..50)
        .map(|_| format!("{}.{:05}", 20 + dice.below(8), dice.below(100_000)))
        .collect();
    assert!(finds(Detector::Coordinates, &latitudes));
    let held = |role: ColumnRole, header: &str| {
        let mut gate = ColumnGate::new(header, ColumnContext::of(role));
        gate.see(latitudes.iter().map(String::as_str));
        !gate.verdict().is_empty()
    };
    assert!(held(ColumnRole::Other, "lat"));
    assert!(!held(ColumnRole::Coordinate, "lat"));
    assert!(!held(ColumnRole::Measure, "yield"));
}

/// Columns with nothing personal in them: header, role, values.
fn clean_columns(seed: u64) -> Vec<(&'static str, ColumnRole, Vec<String>)> {
    let mut dice = Dice(seed);
    let mut columns: Vec<(&'static str, ColumnRole, Vec<String>)> = Vec::new();
    let rows = [8, 60, 2_000][usize::try_from(dice.below(3)).unwrap()];
    let mut add = |header, make: &mut dyn FnMut(&mut Dice, u64) -> String| {
        let values = (0..rows).map(|row| make(&mut dice, row)).collect();
        columns.push((header, ColumnRole::Other, values));
    };
    add("population", &mut |d, _| d.below(3_000_000).to_string());
    add("TOT_P", &mut |d, _| {
        let n = d.below(30_000_000);
        if n > 100_000 {
            format!("{},{:02},{:03}", n / 100_000, n / 1000 % 100, n % 1000)
        } else {
            n.to_string()
        }
    });
    add("census code", &mut |d, _| {
        format!(
            "{:02}{:03}{:05}{:06}",
            d.below(35),
            d.below(640),
            d.below(6_000),
            d.below(800_000)
        )
    });
    add("lgd_code", &mut |d, _| d.below(300_000).to_string());
    add("record_id", &mut |d, _| twelve_digits(d));
    add("serial", &mut |_, row| (200_000_000_000 + row).to_string());
    add("grouped id", &mut |d, _| {
        format!("{:04}-{:04}", d.below(10_000), d.below(10_000))
    });
    add("amount", &mut |d, _| {
        let magnitude = 10_u64.pow(3 + u32::try_from(d.below(8)).unwrap());
        d.below(magnitude * 10).to_string()
    });
    add("budget_rupees", &mut |d, _| {
        format!("{}.{:02}", d.below(20_000_000_000), d.below(100))
    });
    add("random id", &mut |d, _| {
        format!("{:010}", d.below(10_000_000_000))
    });
    add("udise", &mut |d, _| {
        let (block, village) = (1 + d.below(18), 1 + d.below(180));
        format!(
            "09{:02}{block:02}{village:03}{:02}",
            1 + d.below(75),
            1 + d.below(12)
        )
    });
    add("date", &mut |d, _| {
        format!(
            "{:02}/{:02}/{}",
            1 + d.below(28),
            1 + d.below(12),
            2010 + d.below(15)
        )
    });
    add("iso", &mut |d, _| {
        format!(
            "{}-{:02}-{:02}T10:{:02}:00",
            2010 + d.below(15),
            1 + d.below(12),
            1 + d.below(28),
            d.below(60)
        )
    });
    add("month", &mut |d, _| {
        format!("{:02}/{}", 1 + d.below(12), 2010 + d.below(15))
    });
    add("span", &mut |d, _| {
        let year = 2010 + d.below(10);
        format!("{year}/{}", year + 1)
    });
    add("percent", &mut |d, _| {
        format!("{}.{}", d.below(100), d.below(10))
    });
    add("share", &mut |d, _| format!("0.{:06}", d.below(1_000_000)));
    add("literacy", &mut |d, _| {
        format!("{}.{:02}%", d.below(100), d.below(100))
    });
    add("area_km2", &mut |d, _| {
        format!("{}.{:04}", d.below(9_000), d.below(10_000))
    });
    add("ratio", &mut |d, _| format!("{}", 900 + d.below(150)));
    add("age_band", &mut |d, _| {
        d.of(&["0-5", "6-10", "11-14", "15-17"]).to_owned()
    });
    add("income", &mut |d, _| {
        d.of(&["10000-20000", "60000-70000", "90000-99999"])
            .to_owned()
    });
    add("category", &mut |d, _| {
        d.of(&["Child marriage", "Trafficking", "Child labour", "Missing"])
            .to_owned()
    });
    add("sex", &mut |d, _| d.of(&["F", "M"]).to_owned());
    add("mobile", &mut |d, _| d.of(&["yes", "no"]).to_owned());
    add("est_code", &mut |d, _| {
        format!("AS{}{}{:02}", d.letter(), d.letter(), d.below(9))
    });
    add("child_id", &mut |_, row| format!("CHD{row:07}"));
    add("uuid", &mut |d, _| {
        let (a, b) = (d.next(), d.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
            a >> 32,
            a & 0xffff,
            b & 0xfff,
            b >> 12 & 0xfff,
            b >> 16
        )
    });
    add("cell", &mut |d, _| {
        let cell = h3o::LatLng::new(20.0 + d.below(10_000) as f64 / 1e3, 80.0).unwrap();
        cell.to_cell(h3o::Resolution::Eight).to_string()
    });
    add("code", &mut |d, _| {
        format!(
            "{}{}-{:03}/{:02}",
            d.letter(),
            d.letter(),
            d.below(1000),
            d.below(30)
        )
    });
    add("indicator", &mut |d, _| {
        d.of(&[
            "Women age 20-24 years married before age 18 years (%)",
            "Population below age 15 years (%)",
            "Households with a mobile phone (%)",
        ])
        .to_owned()
    });
    add("scheme", &mut |d, _| {
        d.of(&[
            "Kanya Vivah Yojana",
            "Sukanya Samriddhi",
            "Ladli Laxmi Yojana",
        ])
        .to_owned()
    });
    add("scientific", &mut |d, _| {
        format!("{}.{}E-0{}", 1 + d.below(9), d.below(1000), 1 + d.below(8))
    });
    add("epoch", &mut |d, _| {
        (1_400_000_000 + d.below(300_000_000)).to_string()
    });
    add("pin", &mut |d, _| (800_000 + d.below(50_000)).to_string());
    add("ages", &mut |d, _| {
        format!("{}, {}, {}", d.below(18), d.below(18), d.below(18))
    });
    add("list", &mut |d, _| {
        format!(
            "{} {} {} {}",
            60 + d.below(40),
            60 + d.below(40),
            60 + d.below(40),
            60 + d.below(40)
        )
    });
    add("version", &mut |d, _| {
        format!("{}.{}.{}", d.below(10), d.below(20), d.below(30))
    });
    add("empty", &mut |_, _| String::new());
    columns
}

#[test]
fn clean_columns_pass() {
    let (mut clean, mut held) = (0, Vec::new());
    for seed in 0..60 {
        for (header, role, values) in clean_columns(seed) {
            let mut gate = ColumnGate::new(header, ColumnContext::of(role));
            gate.see(values.iter().map(String::as_str));
            clean += 1;
            for finding in gate.verdict() {
                held.push(format!("seed {seed}, {} values: {finding}", values.len()));
            }
        }
    }
    eprintln!("{clean} clean columns, {} held", held.len());
    assert!(
        held.len() * 100 <= clean,
        "{} of {clean}: {held:#?}",
        held.len()
    );
}

#[test]
fn the_role_lifts_vague_headers_but_not_what_values_show() {
    let places = [
        "Patna", "Gaya", "Nalanda", "Bhojpur", "Buxar", "Rohtas", "Kaimur",
    ];
    let held = |header: &str, role, values: &[&str]| {
        let mut gate = ColumnGate::new(header, ColumnContext::of(role));
        gate.see(values.iter().copied());
        gate.verdict()
            .into_iter()
            .map(|f| f.detector)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        held("name", ColumnRole::Other, &places),
        [Detector::PersonName]
    );
    assert_eq!(held("name", ColumnRole::PlaceName, &places), []);
    assert_eq!(held("district", ColumnRole::Other, &places), []);
    assert_eq!(
        held("mother's name", ColumnRole::PlaceName, &places),
        [Detector::PersonName]
    );
    let persons = [
        "Sunita Devi",
        "Ram Kumar",
        "Asha Kumari",
        "Mohan Lal",
        "Gita Devi",
        "Ravi Das",
    ];
    assert_eq!(
        held("name", ColumnRole::PlaceName, &persons),
        [Detector::PersonName]
    );
    let mail = ["Patna", "ravi@example.org"];
    assert_eq!(
        held("name", ColumnRole::PlaceName, &mail),
        [Detector::Email]
    );
}

#[test]
fn merging_parts_gives_the_verdict_of_the_whole() {
    let mut dice = Dice(11);
    let values: Vec<String> = (0..3_000)
        .map(|row| {
            if row % 3 == 0 {
                mobile(&mut dice)
            } else {
                remark(&mut dice)
            }
        })
        .collect();
    let gate = |values: &[String]| {
        let mut gate = ColumnGate::new("x", ColumnContext::default());
        gate.see(values.iter().map(String::as_str));
        gate
    };
    let whole = gate(&values).verdict();
    let mut merged = gate(&values[2_000..]);
    merged.merge(&gate(&values[..700]));
    merged.merge(&gate(&values[700..2_000]));
    assert_eq!(merged.verdict(), whole);
    assert!(!whole.is_empty());
}

#[test]
fn findings_hold_counts_and_no_values() {
    let findings = verdict("Mobile", ["9876543210", "9123456780", ""]);
    assert_eq!(findings.len(), 1);
    assert_eq!((findings[0].samples, findings[0].seen), (2, 2));
    assert_eq!(
        findings[0].to_string(),
        "column `Mobile`: phone by its values, 2 of 2 values"
    );
}

proptest::proptest! {
    #[test]
    fn no_value_makes_the_gate_panic(header in ".*", values in proptest::collection::vec(".*", 0..8)) {
        let mut gate = ColumnGate::new(&header, ColumnContext::default());
        gate.see(values.iter().map(String::as_str));
        let _ = gate.verdict();
    }

    #[test]
    fn no_long_value_makes_the_gate_panic(part in "[0-9a-zA-Zअ-ह@./ -]{1,40}", times in 1..400_usize) {
        let mut gate = ColumnGate::new("x", ColumnContext::default());
        gate.observe(&part.repeat(times));
        let _ = gate.verdict();
    }
}
