//! One question in ten thousand spellings.

use crate::chance::Coins;

/// A question about children of a theme by district in one year.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) theme: String,
    pub(crate) year: i32,
    /// All districts, as everybody knows them.
    pub(crate) districts: Vec<String>,
    /// Any other theme, for conditions that say nothing.
    pub(crate) other: String,
}

impl Asked {
    /// The question as one would write it.
    pub(crate) fn plain(&self) -> String {
        let Self { theme, year, .. } = self;
        format!(
            "SELECT district, COUNT(DISTINCT child) FROM incidents WHERE category = '{theme}' AND \
             period = '{year}' GROUP BY district"
        )
    }

    /// The question spelled by coins: case, white space, aliases, order and
    /// repeats of columns, conditions and keys, lists of one, lists that say
    /// nothing, and ten ways to name a year.
    pub(crate) fn spelled(&self, coins: &mut Coins) -> String {
        let mut items = vec!["COUNT(DISTINCT child)".to_owned()];
        for _ in 0..coins.below(3) {
            items.insert(coins.below(items.len() + 1), "district".to_owned());
        }
        for item in &mut items {
            if coins.flip() {
                *item += &format!(" AS n{}", coins.below(1_000_000));
            }
        }
        let mut conditions = vec![self.theme(coins), self.period(coins)];
        for _ in 0..coins.below(3) {
            let more = match coins.below(3) {
                0 => self.theme(coins),
                1 => self.period(coins),
                _ => {
                    let all = coins.sample(self.districts.clone(), usize::MAX);
                    format!("district IN ({})", quoted(&all))
                }
            };
            conditions.insert(coins.below(conditions.len() + 1), more);
        }
        let groups = ["district", "district, district"][coins.below(2)];
        let text = format!(
            "SELECT {} FROM incidents WHERE {} GROUP BY {groups}",
            items.join(", "),
            conditions.join(" AND ")
        );
        respaced(&text, coins)
    }

    fn theme(&self, coins: &mut Coins) -> String {
        let Self { theme, other, .. } = self;
        match coins.below(4) {
            0 => format!("category = '{theme}'"),
            1 => format!("category IN ('{theme}')"),
            2 => format!("category IN ('{theme}', '{theme}')"),
            _ => format!("category IN ('{other}', '{theme}') AND category = '{theme}'"),
        }
    }

    fn period(&self, coins: &mut Coins) -> String {
        let (year, after, before) = (self.year, self.year + 1, self.year - 1);
        let quarters: Vec<String> = (1..=4).map(|q| format!("{year}-Q{q}")).collect();
        match coins.below(9) {
            0 => format!("period = '{year}'"),
            1 => format!("period IN ('{year}', '{year}')"),
            2 => format!("period BETWEEN '{year}' AND '{year}'"),
            3 => format!("period BETWEEN '{year}-Q1' AND '{year}-Q4'"),
            4 => format!("period >= '{year}' AND period < '{after}'"),
            5 => format!("period < '{after}-Q1' AND period >= '{year}-Q1'"),
            6 => {
                let quarters = coins.sample(quarters, usize::MAX);
                format!("period IN ({})", quoted(&quarters))
            }
            7 => format!("period BETWEEN '{before}' AND '{year}' AND period >= '{year}'"),
            _ => format!(
                "period BETWEEN '{year}' AND '{year}-Q4' AND period IN ('{before}', '{year}')"
            ),
        }
    }

    /// Spellings that a database would take for the same question, and that
    /// are no question here: each must be refused, and charged nothing.
    pub(crate) fn out_of_grammar(&self) -> Vec<String> {
        let plain = self.plain();
        let theme = format!("category = '{}'", self.theme);
        vec![
            format!("{plain};"),
            format!("{plain} -- again"),
            plain.replace("SELECT ", "SELECT /* 1 */ "),
            plain.replace(&theme, &format!("NOT (NOT ({theme}))")),
            plain.replace(&theme, &format!("NOT NOT {theme}")),
            plain.replace(&theme, &format!("({theme})")),
            plain.replace(&theme, &format!("{theme} AND 1 = 1")),
            plain.replace(&theme, &format!("({theme} OR {theme})")),
            plain.replace("COUNT(DISTINCT child)", "COUNT(DISTINCT child) + 0"),
            plain.replace("incidents", "\"incidents\""),
            plain.replace("incidents", "(SELECT * FROM incidents) AS t"),
            plain.replace(" = '", " = '\u{200b}"),
            format!("{plain} ORDER BY district"),
            format!("{plain} LIMIT 100"),
        ]
    }
}

/// Spellings of an ε that no answer to the same question may be drawn anew for:
/// the same, or less.
pub(crate) fn at_most(epsilon: &str, less: &str, coins: &mut Coins) -> String {
    match coins.below(5) {
        0 => format!("{epsilon}0"),
        1 => format!("0{epsilon}"),
        2 => less.to_owned(),
        _ => epsilon.to_owned(),
    }
}

/// Words in any case, quoted keys as they are, and white space of any kind.
fn respaced(text: &str, coins: &mut Coins) -> String {
    const SPACES: [&str; 6] = [" ", "  ", "\t", "\n", "\r\n", " \t "];
    let mut respaced = String::with_capacity(2 * text.len());
    let mut in_key = false;
    for character in text.chars() {
        in_key ^= character == '\'';
        match character {
            ' ' if !in_key => respaced += SPACES[coins.below(SPACES.len())],
            '(' | ')' | ',' | '=' if !in_key => {
                let side = |coins: &mut Coins| ["", "", " ", "\n"][coins.below(4)];
                // Of two signs that are one no half may stand alone.
                if character != '=' || !respaced.ends_with(['<', '>']) {
                    respaced += side(coins);
                }
                respaced.push(character);
                respaced += side(coins);
            }
            _ if !in_key && coins.flip() => respaced.push(character.to_ascii_uppercase()),
            _ if !in_key => respaced.push(character.to_ascii_lowercase()),
            _ => respaced.push(character),
        }
    }
    respaced
}

fn quoted(keys: &[String]) -> String {
    let quoted: Vec<String> = keys.iter().map(|key| format!("'{key}'")).collect();
    quoted.join(", ")
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use safeground_privacy::query::{
        Calendar, Column, QueryPlan, Refusal, Schema, SexualAbuse, Table,
    };
    use safeground_privacy::{CalendarPeriod, Policy};

    use super::*;

    fn schema() -> Schema {
        let keys = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect();
        let table = Table {
            calendar: Calendar::new(CalendarPeriod::Quarter, "2000-Q1", "2024-Q4").unwrap(),
            rows_per_child: 2,
            groups_per_child: 1,
            columns: BTreeMap::from([
                (
                    "category".to_owned(),
                    Column::Category {
                        keys: keys(&["missing", "trafficking"]),
                    },
                ),
                (
                    "district".to_owned(),
                    Column::Place {
                        level: "district".into(),
                        keys: keys(&["district:1", "district:2", "district:3"]),
                    },
                ),
            ]),
            sexual_abuse: SexualAbuse::Absent,
        };
        let research = &Policy::default().research;
        Schema::new("questions", vec![("incidents".to_owned(), table)], research).unwrap()
    }

    fn asked() -> Asked {
        Asked {
            theme: "missing".into(),
            year: 2022,
            districts: (1..=3).map(|n| format!("district:{n}")).collect(),
            other: "trafficking".into(),
        }
    }

    #[test]
    fn spellings_differ_and_are_one_question() {
        let (mut coins, schema, asked) = (Coins::new(1), schema(), asked());
        let plain = QueryPlan::parse(&asked.plain(), &schema).unwrap();
        let mut texts = BTreeSet::new();
        for _ in 0..500 {
            let text = asked.spelled(&mut coins);
            let plan = QueryPlan::parse(&text, &schema).unwrap_or_else(|_| panic!("{text}"));
            assert_eq!(plan, plain, "{text}");
            texts.insert(text);
        }
        assert!(texts.len() > 490, "{} spellings", texts.len());
    }

    #[test]
    fn what_lies_outside_the_grammar_is_no_question() {
        for text in asked().out_of_grammar() {
            let refusal = QueryPlan::parse(&text, &schema()).unwrap_err();
            assert!(
                matches!(refusal, Refusal::Syntax | Refusal::Characters),
                "{text}"
            );
        }
    }
}
