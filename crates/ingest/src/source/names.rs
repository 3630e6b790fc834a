//! Names of columns.

use std::collections::HashSet;
use std::path::Path;

use crate::IngestError;
use crate::convert::text::normal_text;

/// Names as the mapping writes them: white space tidied, `column_3` for the
/// third column where a header is empty, `Name (2)` where one stands twice.
pub(crate) fn tidy<S: AsRef<str>>(headers: impl IntoIterator<Item = S>) -> Vec<String> {
    let mut seen = HashSet::new();
    headers
        .into_iter()
        .enumerate()
        .map(|(index, header)| {
            let mut name = normal_text(header.as_ref()).into_owned();
            if name.is_empty() {
                name = numbered(index);
            }
            let first = name.clone();
            let mut copies = 1;
            while !seen.insert(name.clone()) {
                copies += 1;
                name = format!("{first} ({copies})");
            }
            name
        })
        .collect()
}

fn numbered(index: usize) -> String {
    format!("column_{}", index + 1)
}

/// Names for a file without header, `width` columns wide.
pub(crate) fn without_header(
    path: &Path,
    names: &[String],
    width: usize,
) -> Result<Vec<String>, IngestError> {
    if names.is_empty() {
        return Ok((0..width).map(numbered).collect());
    }
    if names.len() == width {
        return Ok(names.to_vec());
    }
    Err(IngestError::format(
        path,
        format!(
            "most rows have {width} cells and the mapping names {} columns",
            names.len()
        ),
        "correct `names` under [source] in the mapping",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_become_unique_names() {
        assert_eq!(
            tidy(["Block Name ", "Block  Name", "", "a", "a", "a (2)"]),
            [
                "Block Name",
                "Block Name (2)",
                "column_3",
                "a",
                "a (2)",
                "a (2) (2)"
            ]
        );
    }
}
