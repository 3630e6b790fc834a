//! H3 indexes as text: lowercase hexadecimal without leading zeros.

/// The bits an index stands for in text: one to sixteen hexadecimal digits of
/// either case, after `0x` if one likes; `None` for anything else.
///
/// H3's own `stringToH3` stops at the first character that is no digit, so
/// that it reads `85283473fffffffXYZ`; here that is no index.
#[inline]
pub(in crate::functions) fn parse_index(text: &str) -> Option<u64> {
    let digits = text
        .strip_prefix("0x")
        .or_else(|| text.strip_prefix("0X"))
        .unwrap_or(text)
        .as_bytes();
    if digits.is_empty() || digits.len() > 16 {
        return None;
    }
    let mut bits = 0_u64;
    for digit in digits {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            b'A'..=b'F' => digit - b'A' + 10,
            _ => return None,
        };
        bits = bits << 4 | u64::from(value);
    }
    Some(bits)
}

/// An index written into a buffer on the stack; gives the used part.
#[inline]
pub(super) fn write_index(bits: u64, buffer: &mut [u8; 16]) -> &str {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let count = ((64 - bits.leading_zeros()).div_ceil(4)).max(1) as usize;
    for (place, digit) in buffer[..count].iter_mut().enumerate() {
        *digit = DIGITS[(bits >> (4 * (count - 1 - place)) & 15) as usize];
    }
    std::str::from_utf8(&buffer[..count]).expect("hexadecimal digits are ASCII")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_index_reads_back_as_it_was_written(bits: u64) {
            let mut buffer = [0; 16];
            let text = write_index(bits, &mut buffer);
            prop_assert_eq!(text, format!("{bits:x}"));
            prop_assert_eq!(parse_index(text), Some(bits));
            prop_assert_eq!(parse_index(&format!("0x{bits:X}")), Some(bits));
        }

        #[test]
        fn other_text_is_read_only_if_it_is_hexadecimal(text in "\\PC{0,20}") {
            let digits = text.trim_start_matches("0x").trim_start_matches("0X");
            let hexadecimal = (1..=16).contains(&digits.len())
                && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            prop_assert_eq!(parse_index(&text).is_some(), hexadecimal);
        }
    }

    #[test]
    fn trailing_text_is_no_index() {
        assert_eq!(parse_index("85283473fffffff"), Some(0x0852_8347_3fff_ffff));
        for text in [
            "",
            "0x",
            "85283473fffffffX",
            " 85283473fffffff",
            "+1",
            "00000000000000000",
        ] {
            assert_eq!(parse_index(text), None, "{text}");
        }
    }
}
