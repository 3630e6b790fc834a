//! Planted identifiers in every disguise, and clean columns that must pass.

mod clean;
mod planted;

use self::clean::clean_columns;
use self::planted::*;
use super::aadhaar::verhoeff_is_valid;
use super::*;

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

#[test]
fn names_of_persons_are_found_in_devanagari_and_those_of_places_are_not() {
    let persons = [
        "सुनीता देवी",
        "रमेश कुमार",
        "अनीता शर्मा",
        "संजय यादव",
        "गीता देवी",
        "राम प्रसाद",
        "इमरान अंसारी",
        "बिरसा मुंडा",
    ];
    let places = [
        "पटना",
        "भागलपुर",
        "समस्तीपुर",
        "कटिहार",
        "मधुबनी",
        "दरभंगा",
        "मुंगेर",
        "रोहतास",
    ];
    let expected = Finding {
        column: SILENT.to_owned(),
        detector: Detector::PersonName,
        evidence: Evidence::Values,
        samples: 8,
        seen: 8,
    };
    assert_eq!(verdict(SILENT, persons), [expected]);
    assert_eq!(verdict(SILENT, places), []);
}

#[test]
fn headers_in_devanagari_hold_columns_whose_values_say_nothing() {
    let words = ["हाँ", "नहीं", "बाकी"];
    let remarks = ["मामला अभी लंबित", "काम पूरा हुआ", "फिर से जाना"];
    // Three decimals are finer than policy and no coordinate by themselves.
    let degrees = ["25.594", "25.601", "26.118"];
    for (header, detector, values) in [
        ("पैन नंबर", Detector::Pan, words),
        ("पैन कार्ड", Detector::Pan, words),
        ("मतदाता पहचान संख्या", Detector::Epic, words),
        ("वोटर कार्ड", Detector::Epic, words),
        ("ईमेल", Detector::Email, words),
        ("प्राथमिकी संख्या", Detector::CaseNumber, words),
        ("एफआईआर नंबर", Detector::CaseNumber, words),
        ("टिप्पणी", Detector::FreeText, remarks),
        ("अभ्युक्ति", Detector::FreeText, remarks),
        ("अक्षांश", Detector::Coordinates, degrees),
    ] {
        assert!(
            !finds(detector, &values.map(str::to_owned)),
            "the values of {header} say it alone"
        );
        let expected = Finding {
            column: header.to_owned(),
            detector,
            evidence: Evidence::Header,
            samples: 3,
            seen: 3,
        };
        let findings = verdict(header, values);
        assert!(findings.contains(&expected), "{header}: {findings:?}");
    }
    // A number of cases is not the number of a case.
    assert_eq!(verdict("मामलों की संख्या", ["12", "7", "0"]), []);
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
