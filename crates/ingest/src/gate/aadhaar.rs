//! The check digit of Aadhaar numbers, and when a column shows it too often
//! for chance.

/// Whether the digits end in a valid Verhoeff check digit (Verhoeff, "Error
/// detecting decimal codes", 1969). One in ten random numbers does.
pub(super) fn verhoeff_is_valid(digits: &[u8]) -> bool {
    // The dihedral group of the pentagon, and the powers of Verhoeff's
    // permutation.
    const MULTIPLY: [[u8; 10]; 10] = [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
        [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
        [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
        [4, 0, 1, 2, 3, 9, 5, 6, 7, 8],
        [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
        [6, 5, 9, 8, 7, 1, 0, 4, 3, 2],
        [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
        [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
        [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
    ];
    const PERMUTE: [[u8; 10]; 8] = [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        [1, 5, 7, 6, 2, 8, 3, 0, 9, 4],
        [5, 8, 0, 3, 7, 9, 6, 1, 4, 2],
        [8, 9, 1, 6, 0, 4, 3, 5, 2, 7],
        [9, 4, 5, 3, 1, 2, 6, 8, 7, 0],
        [4, 2, 8, 6, 5, 7, 3, 9, 0, 1],
        [2, 7, 9, 3, 8, 0, 6, 4, 1, 5],
        [7, 0, 4, 6, 9, 1, 3, 2, 5, 8],
    ];
    let checksum = digits
        .iter()
        .rev()
        .enumerate()
        .fold(0_u8, |sum, (place, digit)| {
            let digit = PERMUTE[place % 8][usize::from(digit - b'0')];
            MULTIPLY[usize::from(sum)][usize::from(digit)]
        });
    checksum == 0
}

/// Whether ASCII digits could be an Aadhaar number but for the check digit.
pub(super) fn has_shape(digits: &[u8]) -> bool {
    digits.len() == 12 && digits[0] >= b'2'
}

/// Whether `valid` of `seen` twelve-digit numbers are more than chance.
///
/// Chance is one in ten. A quarter is asked for, and a probability of less
/// than one in a thousand that chance gives as many, so that at least three
/// numbers are needed.
pub(super) fn is_above_chance(valid: u64, seen: u64) -> bool {
    if seen == 0 || valid * 4 < seen {
        return false;
    }
    // Above a quarter of a hundred numbers, chance is out of the question.
    if seen > 100 {
        return true;
    }
    let mut tail = 0.0;
    let mut term = 0.9_f64.powi(i32::try_from(seen).expect("at most a hundred"));
    for k in 0..=seen {
        if k >= valid {
            tail += term;
        }
        #[expect(clippy::cast_precision_loss, reason = "at most a hundred")]
        let step = (seen - k) as f64 / (k + 1) as f64;
        term *= step * 0.1 / 0.9;
    }
    // The tail of three in three is one in a thousand exactly.
    tail < 0.001_001
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_example_is_valid() {
        // 236 with check digit 3, the worked example of the algorithm.
        assert!(verhoeff_is_valid(b"2363"));
        assert!(!verhoeff_is_valid(b"2364"));
        assert!(!verhoeff_is_valid(b"2633"));
    }

    #[test]
    fn one_in_ten_numbers_is_valid() {
        let valid = (200_000_000_000_u64..200_000_010_000)
            .filter(|number| verhoeff_is_valid(number.to_string().as_bytes()))
            .count();
        assert_eq!(valid, 1000);
    }

    #[test]
    fn chance_is_told_from_a_column_of_aadhaar_numbers() {
        assert!(is_above_chance(3, 3));
        assert!(!is_above_chance(2, 2));
        assert!(!is_above_chance(12, 100));
        assert!(!is_above_chance(105_000, 1_000_000));
        assert!(is_above_chance(30, 100));
        assert!(is_above_chance(500_000, 1_000_000));
    }
}
