//! Two spellings of one question are one question.

use safeground_privacy::query::{QueryPlan, Refusal};

use super::world::{self, Coins, Desk};

fn canonical(text: &str) -> String {
    plan(text).unwrap().canonical()
}

fn plan(text: &str) -> Result<QueryPlan, Refusal> {
    QueryPlan::parse(text, &world::schema_of(world::table(4)))
}

/// One question in a random spelling: order, case, space, aliases, repeats,
/// and equal ranges.
pub fn spelling(coins: &mut Coins) -> String {
    let ranges = [
        "period = '2024'",
        "period BETWEEN '2024' AND '2024'",
        "period BETWEEN '2024-Q1' AND '2024-Q4'",
        "period >= '2024' AND period < '2025'",
        "period < '2025-Q1' AND period >= '2024-Q1'",
        "period IN ('2024-Q3', '2024-Q2', '2024-Q4', '2024-Q1')",
        "period IN ('2024', '2024-Q2')",
        "period >= '2024' AND period IN ('2024', '1999')",
        "period >= '1999' AND period = '2024'",
    ];
    let mut categories = vec!["'missing'", "'trafficking'"];
    for _ in 0..coins.below(3) {
        categories.push(["'missing'", "'trafficking'"][coins.below(2)]);
    }
    coins.shuffle(&mut categories);
    let mut conditions = vec![
        ranges[coins.below(ranges.len())].to_owned(),
        format!("category IN ({})", categories.join(", ")),
    ];
    if coins.heads(0.5) {
        conditions.push("category IN ('missing', 'child_labour', 'trafficking')".into());
    }
    if coins.heads(0.3) {
        // All sexes are listed, and grouped by: it changes nothing.
        conditions.push("sex IN ('f', 'm', 'other')".into());
    }
    coins.shuffle(&mut conditions);
    let mut groups = vec!["sex", "district"];
    if coins.heads(0.3) {
        groups.push("sex");
    }
    coins.shuffle(&mut groups);
    let mut items = vec!["COUNT(DISTINCT child)"];
    if coins.heads(0.5) {
        items.push("sex");
    }
    if coins.heads(0.5) {
        items.push("district AS place");
    }
    if coins.heads(0.3) {
        items.push("COUNT(DISTINCT child) AS n");
    }
    coins.shuffle(&mut items);
    let text = format!(
        "SELECT {} FROM incidents WHERE {} GROUP BY {}",
        items.join(", "),
        conditions.join(" AND "),
        groups.join(", ")
    );
    let mut spelled = String::new();
    let mut quoted = false;
    for character in text.chars() {
        quoted ^= character == '\'';
        match character {
            ' ' if !quoted => spelled += ["  ", "\n", "\t ", " ", "\r\n"][coins.below(5)],
            ',' | '(' | ')' | '='
                if !quoted && coins.heads(0.3) && !spelled.ends_with(['>', '<']) =>
            {
                spelled.push(character);
                spelled.push(' ');
            }
            letter if !quoted && coins.heads(0.5) => spelled.push(letter.to_ascii_uppercase()),
            letter if !quoted => spelled.push(letter.to_ascii_lowercase()),
            letter => spelled.push(letter),
        }
    }
    spelled
}

#[test]
fn all_spellings_of_a_question_have_one_text_and_one_identity() {
    let mut coins = Coins(5);
    let desk = Desk::new(world::table(4), Vec::new(), "0.1", 1);
    let mut spellings = std::collections::BTreeSet::new();
    let mut identities = std::collections::BTreeSet::new();
    for _ in 0..2000 {
        let text = spelling(&mut coins);
        let plan = desk
            .plan(&text)
            .unwrap_or_else(|refusal| panic!("{refusal}: {text}"));
        identities.insert((plan.canonical(), plan.identity(&desk.context)));
        spellings.insert(text);
    }
    assert!(spellings.len() > 1900);
    assert_eq!(identities.len(), 1, "{identities:?}");
}

#[test]
fn the_canonical_text_is_in_the_grammar_and_its_own_canonical_text() {
    for (text, expected) in [
        (
            "select count(*) from incidents",
            "SELECT COUNT(*) FROM incidents WHERE period BETWEEN '2023-Q1' AND '2025-Q4'",
        ),
        (
            "SELECT SUM(CLAMP(days_worked, 0, 20)), sex FROM incidents \
             WHERE period IN ('2023-Q1', '2025') GROUP BY period, sex",
            "SELECT SUM(CLAMP(days_worked, 0, 20)) FROM incidents WHERE period IN ('2023-Q1', \
             '2025-Q1', '2025-Q2', '2025-Q3', '2025-Q4') GROUP BY sex, period",
        ),
        (
            "SELECT COUNT(*) FROM incidents WHERE sex IN ('m', 'f', 'm') AND sex IN ('f', 'other') \
             AND period < '2023-Q2'",
            "SELECT COUNT(*) FROM incidents WHERE sex IN ('f') AND period BETWEEN '2023-Q1' AND \
             '2023-Q1'",
        ),
    ] {
        assert_eq!(canonical(text), expected);
        assert_eq!(canonical(expected), expected);
        assert_eq!(plan(expected).unwrap(), plan(text).unwrap());
    }
}

#[test]
fn different_questions_and_worlds_have_different_identities() {
    let desk = Desk::new(world::table(4), Vec::new(), "0.1", 1);
    let texts = [
        "SELECT COUNT(*) FROM incidents",
        "SELECT COUNT(DISTINCT child) FROM incidents",
        "SELECT COUNT(*) FROM incidents GROUP BY sex",
        // Listing all keys leaves out rows with none, so it is another question.
        "SELECT COUNT(*) FROM incidents WHERE sex IN ('f', 'm', 'other')",
        "SELECT COUNT(*) FROM incidents WHERE sex = 'f'",
        "SELECT COUNT(*) FROM incidents WHERE period < '2025'",
        "SELECT SUM(CLAMP(days_worked, 0, 20)) FROM incidents",
        "SELECT SUM(CLAMP(days_worked, 0, 21)) FROM incidents",
    ];
    let plans: Vec<QueryPlan> = texts.iter().map(|text| desk.plan(text).unwrap()).collect();
    let mut identities: Vec<String> = plans.iter().map(|p| p.identity(&desk.context)).collect();
    let mut context = desk.context.clone();
    context.data_version = "incidents@8".into();
    identities.push(plans[0].identity(&context));
    let mut context = desk.context.clone();
    context.policy = "other".into();
    identities.push(plans[0].identity(&context));
    // Another bound is another answer.
    let mut table = world::table(4);
    table.rows_per_child = 2;
    let other = QueryPlan::parse(texts[0], &world::schema_of(table)).unwrap();
    identities.push(other.identity(&desk.context));
    let distinct: std::collections::BTreeSet<&String> = identities.iter().collect();
    assert_eq!(distinct.len(), identities.len());
}

#[test]
fn what_cannot_be_asked_is_refused_with_its_code() {
    let count = |rest: &str| format!("SELECT COUNT(*) FROM incidents {rest}");
    for (text, refusal) in [
        ("SELECT COUNT(*) FROM rescues".into(), Refusal::UnknownTable),
        (count("WHERE partner = 'x'"), Refusal::UnknownColumn),
        (count("GROUP BY partner"), Refusal::UnknownColumn),
        (count("WHERE child_key = 'x'"), Refusal::UnknownColumn),
        (
            "SELECT h3, COUNT(*) FROM incidents".into(),
            Refusal::UnknownColumn,
        ),
        (
            "SELECT SUM(CLAMP(age, 0, 5)) FROM incidents".into(),
            Refusal::UnknownColumn,
        ),
        (count("WHERE sex = 'F'"), Refusal::UnknownKey),
        (count("WHERE sex IN ('f', 'x')"), Refusal::UnknownKey),
        (count("WHERE sex >= 'f'"), Refusal::Condition),
        (count("WHERE sex BETWEEN 'f' AND 'm'"), Refusal::Condition),
        (count("WHERE days_worked = '3'"), Refusal::Condition),
        (count("GROUP BY days_worked"), Refusal::Condition),
        (count("WHERE period >= '2024-05'"), Refusal::Period),
        (count("WHERE period = 'today'"), Refusal::Period),
        (
            "SELECT SUM(CLAMP(days_worked, 0, 31)) FROM incidents".into(),
            Refusal::Bounds,
        ),
        (
            "SELECT SUM(CLAMP(days_worked, -1, 30)) FROM incidents".into(),
            Refusal::Bounds,
        ),
        (
            "SELECT SUM(CLAMP(days_worked, 5, 5)) FROM incidents".into(),
            Refusal::Bounds,
        ),
        (
            "SELECT SUM(CLAMP(sex, 0, 5)) FROM incidents".into(),
            Refusal::Measure,
        ),
        (
            "SELECT sex FROM incidents GROUP BY sex".into(),
            Refusal::Measure,
        ),
        (
            "SELECT COUNT(*), COUNT(DISTINCT child) FROM incidents".into(),
            Refusal::Measure,
        ),
        (
            "SELECT sex, COUNT(*) FROM incidents".into(),
            Refusal::NotGrouped,
        ),
        (count("WHERE sex = 'f' AND sex = 'm'"), Refusal::Empty),
        (count("WHERE period < '2023'"), Refusal::Empty),
        (
            count("WHERE period >= '2025' AND period < '2024'"),
            Refusal::Empty,
        ),
        (
            count("WHERE period BETWEEN '2025' AND '2024'"),
            Refusal::Empty,
        ),
    ] {
        assert_eq!(plan(&text), Err(refusal), "{text}");
    }
    let wide = world::schema_of(world::table(5000));
    let text = count("GROUP BY district, sex, category");
    assert_eq!(QueryPlan::parse(&text, &wide), Err(Refusal::TooManyGroups));
}
