//! Text that means harm: refused with a constant code, after bounded work.

use proptest::prelude::*;
use safeground_privacy::query::{MOST_BYTES, QueryPlan, Refusal, Schema};

use super::world::{self, Coins};

fn schema() -> Schema {
    world::schema_of(world::table(4))
}

fn refusal(text: &str) -> Refusal {
    match QueryPlan::parse(text, &schema()) {
        Err(refusal) => refusal,
        Ok(plan) => panic!("answered: {}", plan.canonical()),
    }
}

const SOUND: &str = "SELECT COUNT(*) FROM incidents WHERE sex = 'f'";

#[test]
fn a_megabyte_is_refused_unread() {
    let spaces = format!("{SOUND}{}", " ".repeat(1 << 20));
    let keys = vec!["'f'"; 200_000].join(",");
    for text in [
        "(".repeat(1 << 20),
        spaces,
        format!("SELECT COUNT(*) FROM incidents WHERE sex IN ({keys})"),
        format!("{SOUND}{}", " AND sex = 'f'".repeat(80_000)),
        "é".repeat(1 << 19),
    ] {
        assert_eq!(refusal(&text), Refusal::TooLong);
    }
}

#[test]
fn text_of_the_full_length_is_refused_without_depth() {
    let room = MOST_BYTES - 200;
    for text in [
        "(".repeat(room),
        format!("SELECT {}COUNT(*) FROM incidents", "(".repeat(room)),
        format!("SELECT {} FROM incidents", "SUM(CLAMP(".repeat(room / 10)),
        format!("{SOUND} AND {}sex = 'f'", "(".repeat(room)),
        format!("{SOUND} AND {}", "NOT ".repeat(room / 4)),
        format!("{SOUND}{}", " AND sex = 'f'".repeat(room / 14)),
        format!("SELECT {} FROM incidents", vec!["sex"; room / 4].join(",")),
        format!(
            "SELECT COUNT(*) FROM incidents GROUP BY {}",
            vec!["sex"; room / 4].join(",")
        ),
        format!("SELECT COUNT(*) FROM {}", "a".repeat(room)),
        format!(
            "SELECT COUNT(*) FROM incidents WHERE sex = '{}'",
            "f".repeat(room)
        ),
        format!(
            "SELECT SUM(CLAMP(days_worked, 0, {})) FROM incidents",
            "9".repeat(room)
        ),
        format!(
            "SELECT COUNT(*) FROM incidents WHERE sex IN ({}",
            "'f',".repeat(room / 4)
        ),
    ] {
        let refusal = refusal(&text);
        assert!(
            [Refusal::Syntax, Refusal::UnknownTable].contains(&refusal),
            "{refusal}"
        );
    }
    // Long and sound: one key many times.
    let keys = vec!["'f'"; room / 4].join(",");
    let long = format!("SELECT COUNT(*) FROM incidents WHERE sex IN ({keys})");
    let plan = QueryPlan::parse(&long, &schema()).unwrap();
    assert_eq!(plan, QueryPlan::parse(SOUND, &schema()).unwrap());
}

#[test]
fn comments_statements_and_look_alikes_are_refused() {
    for text in [
        format!("{SOUND};"),
        format!("{SOUND}; DROP TABLE incidents"),
        format!("{SOUND} -- '"),
        format!("{SOUND} /* */"),
        format!("{SOUND} #"),
        format!("{SOUND} OR '1' = '1'"),
        format!("{SOUND} UNION SELECT COUNT(*) FROM incidents"),
        format!("EXPLAIN ANALYZE {SOUND}"),
        "SELECT COUNT(*) FROM 'file:///etc/passwd'".into(),
        "SELECT COUNT(*) FROM read_csv('x')".into(),
        "SELECT COUNT(*) FROM information_schema.tables".into(),
        "SELECT CAST(child AS INT) FROM incidents".into(),
        "SELECT COUNT(*) / 0 FROM incidents".into(),
    ] {
        assert_eq!(refusal(&text), Refusal::Syntax, "{text}");
    }
    for (plain, odd) in [
        ("SELECT", "ＳＥＬＥＣＴ"),
        ("incidents", "inсidents"),
        ("sex", "ѕex"),
        ("=", "＝"),
        ("'f'", "ʼfʼ"),
        ("'f'", "'f\u{200b}'"),
        ("COUNT", "CO\u{ad}UNT"),
        (" ", "\u{a0}"),
        ("SELECT", "\u{feff}SELECT"),
        ("'f'", "'f\u{0}'"),
        ("'f'", "'\u{202e}f'"),
    ] {
        let text = SOUND.replacen(plain, odd, 1);
        assert_eq!(refusal(&text), Refusal::Characters, "{text}");
    }
}

#[test]
fn soups_of_the_grammars_own_words_are_answered_by_the_rules_or_refused() {
    let words = [
        "SELECT",
        "COUNT",
        "(",
        ")",
        "*",
        "DISTINCT",
        "child",
        "SUM",
        "CLAMP",
        "days_worked",
        ",",
        "0",
        "9",
        "-",
        "FROM",
        "incidents",
        "WHERE",
        "AND",
        "sex",
        "district",
        "category",
        "period",
        "=",
        "IN",
        ">=",
        "<",
        "BETWEEN",
        "'f'",
        "'2024'",
        "'missing'",
        "GROUP",
        "BY",
        "AS",
        "COUNT(*)",
        "SELECT COUNT(*) FROM incidents",
        "WHERE sex = 'f'",
        "GROUP BY sex",
        "'",
        "\"",
        ";",
        "--",
        "\\",
        "%",
        "\t",
    ];
    let (schema, mut coins, mut sound) = (schema(), Coins(61), 0);
    for _ in 0..200_000 {
        let n = 1 + coins.below(12);
        let mut soup = String::new();
        if coins.heads(0.5) {
            soup += "SELECT COUNT(*) FROM incidents ";
        }
        for _ in 0..n {
            soup += words[coins.below(words.len())];
            soup += [" ", ""][coins.below(2)];
        }
        if let Ok(plan) = QueryPlan::parse(&soup, &schema) {
            let canonical = plan.canonical();
            let again = QueryPlan::parse(&canonical, &schema).unwrap();
            assert_eq!(again, plan, "{soup}");
            assert!((1..=1000).contains(&plan.sensitivity()), "{soup}");
            sound += 1;
        }
    }
    assert!(sound > 100, "{sound}");
}

#[test]
fn random_bytes_and_broken_questions_do_not_panic() {
    let (schema, mut coins) = (schema(), Coins(67));
    for round in 0..100_000 {
        let mut bytes: Vec<u8> = if round % 2 == 0 {
            (0..coins.below(200)).map(|_| coins.next() as u8).collect()
        } else {
            SOUND.into()
        };
        for _ in 0..coins.below(4) {
            let at = coins.below(bytes.len() + 1);
            match coins.below(3) {
                0 => bytes.insert(at, coins.next() as u8),
                1 if at < bytes.len() => drop(bytes.remove(at)),
                _ if at < bytes.len() => bytes[at] = coins.next() as u8,
                _ => {}
            }
        }
        let text = String::from_utf8_lossy(&bytes);
        if let Err(refusal) = QueryPlan::parse(&text, &schema) {
            assert!(Refusal::ALL.contains(&refusal));
        }
    }
}

proptest! {
    #[test]
    fn any_text_is_planned_or_refused(text in any::<String>()) {
        if let Err(refusal) = QueryPlan::parse(&text, &schema()) {
            prop_assert!(Refusal::ALL.contains(&refusal));
        }
    }
}
