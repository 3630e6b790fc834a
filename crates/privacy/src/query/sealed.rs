//! An answer as it is kept, so that whoever asks again is told the same.

use super::Answer;
use crate::noise::{NoiseSeed, seal_of};
use crate::{NotSealed, Released};

/// What the first line of a kept answer begins with.
const MARK: &str = "# sealed ";

/// The text to keep of an answer: a line with a keyed seal, then the answer as
/// TOML, which reads floating-point numbers back as they were.
///
/// It holds what was told and nothing else. The seal binds it to the seed of
/// its lake, so that nothing but an answer can be opened as one.
#[must_use]
pub fn seal_answer(answer: &Released<Answer>, seed: &NoiseSeed) -> String {
    let text = toml::to_string(answer.get())
        .expect("an answer holds texts, lists and numbers in the range of i64");
    format!("{MARK}{}\n{text}", seal(&text, seed))
}

/// The answer that a kept text holds.
///
/// # Errors
/// [`NotSealed`] where anything differs from what was sealed under this seed.
pub fn open_answer(kept: &str, seed: &NoiseSeed) -> Result<Released<Answer>, NotSealed> {
    let refused = || NotSealed {
        what: "the answer to a question".into(),
    };
    let (line, text) = kept.split_once('\n').ok_or_else(refused)?;
    let claimed = line.strip_prefix(MARK).ok_or_else(refused)?;
    let answer: Answer = toml::from_str(text).map_err(|_| refused())?;
    Released::reopen(answer, |_| {
        if seal(text, seed) == claimed {
            Ok(())
        } else {
            Err(refused())
        }
    })
}

fn seal(text: &str, seed: &NoiseSeed) -> String {
    seal_of(seed, b"safeground sealed answer 1", text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Protection;
    use crate::query::Cell;

    fn answer() -> Released<Answer> {
        let cell = |key: &str, value: i64| Cell {
            keys: vec![key.into(), "2024-Q1".into()],
            value,
            low: value - 9,
            high: value + 9,
        };
        let answer = Answer {
            question: "q".into(),
            draw: "d".into(),
            canonical: "SELECT COUNT(*) FROM t WHERE period BETWEEN '2024' AND '2025'".into(),
            epsilon: "0.03".parse().unwrap(),
            sensitivity: 2,
            contribution_bound: 2,
            standard_error: 200.0_f64.sqrt() / 3.0,
            confidence: 0.95,
            rounded_to: 5,
            groups: vec!["district".into(), "period".into()],
            cells: vec![cell("district:1", -5), cell("district:2", 40)],
        };
        Released::seal(answer, &Protection::with_threshold(0))
    }

    #[test]
    fn an_answer_opens_to_the_bit_as_it_was_sealed() {
        let seed = NoiseSeed::of_lake(&[5; 32]);
        let kept = seal_answer(&answer(), &seed);
        assert_eq!(open_answer(&kept, &seed).unwrap(), answer());
        let mut total = answer();
        total = total.map(|mut answer| {
            answer.groups.clear();
            answer.cells.truncate(1);
            answer.cells[0].keys.clear();
            answer
        });
        assert_eq!(
            open_answer(&seal_answer(&total, &seed), &seed).unwrap(),
            total
        );
    }

    #[test]
    fn a_changed_answer_or_one_of_another_lake_does_not_open() {
        let seed = NoiseSeed::of_lake(&[5; 32]);
        let kept = seal_answer(&answer(), &seed);
        for (from, to) in [
            ("value = 40", "value = 41"),
            ("0.03", "0.02"),
            ("# s", "# z"),
        ] {
            let changed = kept.replacen(from, to, 1);
            assert_ne!(changed, kept);
            assert!(open_answer(&changed, &seed).is_err(), "{from}");
        }
        assert!(open_answer(&kept[1..], &seed).is_err());
        assert!(open_answer("", &seed).is_err());
        assert!(open_answer(&kept, &NoiseSeed::of_lake(&[6; 32])).is_err());
    }
}
