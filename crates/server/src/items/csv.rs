//! Rows as CSV (RFC 4180).

use super::{Field, Source};
use crate::view::Value;

/// The rows of a page with a header line, lines ending in CR LF. Numbers are
/// written as in JSON. CPU work.
///
/// Text that a spreadsheet would read as a formula gets an apostrophe before
/// it; numbers and empty values are left as they are.
pub(crate) fn write_csv(source: Option<Source<'_>>, fields: &[Field], units: &[usize]) -> Vec<u8> {
    let mut out = Vec::new();
    for (position, field) in fields.iter().enumerate() {
        if position > 0 {
            out.push(b',');
        }
        out.extend_from_slice(field.name().as_bytes());
    }
    out.extend_from_slice(b"\r\n");
    let Some(source) = source else {
        return out;
    };
    for &unit in units {
        for (position, field) in source.fields.iter().enumerate() {
            if position > 0 {
                out.push(b',');
            }
            match field.value(source.layer, &source.selection, unit) {
                Value::Null => {}
                Value::Text(text) => write_text(&mut out, text),
                Value::Integer(number) => out.extend(number.to_string().into_bytes()),
                Value::Number(number) => {
                    out.extend(serde_json::to_vec(&number).unwrap_or_default());
                }
            }
        }
        out.extend_from_slice(b"\r\n");
    }
    out
}

fn write_text(out: &mut Vec<u8>, text: &str) {
    let formula = text.starts_with([
        '=', '+', '-', '@', '\t', '\r', '\n', '|', '＝', '＋', '－', '＠',
    ]);
    let quoted = formula || text.contains([',', '"', '\r', '\n']);
    if quoted {
        out.push(b'"');
    }
    if formula {
        out.push(b'\'');
    }
    if quoted {
        out.extend_from_slice(text.replace('"', "\"\"").as_bytes());
        out.push(b'"');
    } else {
        out.extend_from_slice(text.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> String {
        let mut out = Vec::new();
        write_text(&mut out, text);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_a_spreadsheet_would_run_is_text() {
        assert_eq!(written("=cmd|' /C calc'!A0"), "\"'=cmd|' /C calc'!A0\"");
        assert_eq!(written("@SUM(A1)"), "\"'@SUM(A1)\"");
        assert_eq!(written("-2+3"), "\"'-2+3\"");
    }

    #[test]
    fn separators_and_quotes_are_kept_by_quoting() {
        assert_eq!(written("Dumka, \"old\""), "\"Dumka, \"\"old\"\"\"");
        assert_eq!(written("Dumka"), "Dumka");
    }
}
