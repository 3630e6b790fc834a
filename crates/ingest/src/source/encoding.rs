//! Text files of any encoding as bytes of UTF-8.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use encoding_rs::WINDOWS_1252;
use encoding_rs_io::DecodeReaderBytesBuilder;

use crate::IngestError;
use crate::mapping::file::Encoding;

const BUFFER: usize = 1 << 20;

/// How a text file is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextEncoding {
    /// UTF-8, with or without byte order mark; invalid bytes pass.
    Utf8,
    /// UTF-16 by its byte order mark; invalid pairs become U+FFFD.
    Utf16,
    /// Windows-1252.
    Windows1252,
}

/// Encoding of a file: by its byte order mark, as stated, or else by looking
/// at all of it. Bytes that are no UTF-8 make it Windows-1252, unless the
/// file holds more characters that are valid UTF-8 beyond ASCII: then it is
/// UTF-8 with damaged rows.
pub(crate) fn detect(path: &Path, stated: Option<Encoding>) -> Result<TextEncoding, IngestError> {
    let mut file = File::open(path).map_err(IngestError::file("opening", path))?;
    let mut start = Vec::new();
    file.by_ref()
        .take(3)
        .read_to_end(&mut start)
        .map_err(IngestError::file("reading", path))?;
    if start.starts_with(&[0xFF, 0xFE]) || start.starts_with(&[0xFE, 0xFF]) {
        return Ok(TextEncoding::Utf16);
    }
    if start.starts_with(&[0xEF, 0xBB, 0xBF]) || stated == Some(Encoding::Utf8) {
        return Ok(TextEncoding::Utf8);
    }
    if stated == Some(Encoding::Windows1252) {
        return Ok(TextEncoding::Windows1252);
    }
    let mut tally = Tally::default();
    tally.add(&start);
    let mut buffer = vec![0; BUFFER];
    loop {
        let read = file
            .read(&mut buffer)
            .map_err(IngestError::file("reading", path))?;
        if read == 0 {
            break;
        }
        tally.add(&buffer[..read]);
    }
    Ok(tally.verdict())
}

/// Counts valid characters beyond ASCII and invalid bytes.
#[derive(Default)]
struct Tally {
    valid: u64,
    invalid: u64,
    /// Start of a character that goes on in the next part.
    carried: Vec<u8>,
}

impl Tally {
    fn add(&mut self, bytes: &[u8]) {
        if self.carried.is_empty() && bytes.is_ascii() {
            return;
        }
        let joined;
        let mut rest: &[u8] = if self.carried.is_empty() {
            bytes
        } else {
            self.carried.extend_from_slice(bytes);
            joined = std::mem::take(&mut self.carried);
            &joined
        };
        let beyond_ascii = |bytes: &[u8]| bytes.iter().filter(|byte| **byte >= 0xC0).count() as u64;
        loop {
            match std::str::from_utf8(rest) {
                Ok(_) => {
                    self.valid += beyond_ascii(rest);
                    return;
                }
                Err(error) => {
                    let (good, bad) = rest.split_at(error.valid_up_to());
                    self.valid += beyond_ascii(good);
                    match error.error_len() {
                        Some(length) => {
                            self.invalid += 1;
                            rest = &bad[length..];
                        }
                        None => {
                            self.carried = bad.to_vec();
                            return;
                        }
                    }
                }
            }
        }
    }

    fn verdict(mut self) -> TextEncoding {
        self.invalid += u64::from(!self.carried.is_empty());
        if self.invalid > self.valid {
            TextEncoding::Windows1252
        } else {
            TextEncoding::Utf8
        }
    }
}

/// Opens a text file as UTF-8 without byte order mark, after `skip_lines`.
pub(crate) fn open(
    path: &Path,
    encoding: TextEncoding,
    skip_lines: usize,
) -> Result<BufReader<Box<dyn Read + Send>>, IngestError> {
    let file = File::open(path).map_err(IngestError::file("opening", path))?;
    let mut builder = DecodeReaderBytesBuilder::new();
    match encoding {
        TextEncoding::Windows1252 => {
            builder.encoding(Some(WINDOWS_1252));
        }
        TextEncoding::Utf8 | TextEncoding::Utf16 => {
            builder.utf8_passthru(true).strip_bom(true);
        }
    }
    let decoded: Box<dyn Read + Send> =
        Box::new(builder.build(BufReader::with_capacity(BUFFER, file)));
    let mut reader = BufReader::with_capacity(BUFFER, decoded);
    let mut line = Vec::new();
    for _ in 0..skip_lines {
        line.clear();
        reader
            .read_until(b'\n', &mut line)
            .map_err(IngestError::file("reading", path))?;
    }
    Ok(reader)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(parts: &[&[u8]]) -> TextEncoding {
        let mut tally = Tally::default();
        for part in parts {
            tally.add(part);
        }
        tally.verdict()
    }

    #[test]
    fn the_bytes_tell_the_encoding() {
        assert_eq!(verdict(&[b"plain"]), TextEncoding::Utf8);
        assert_eq!(verdict(&["जिला".as_bytes()]), TextEncoding::Utf8);
        assert_eq!(verdict(&[b"caf\xE9,1\nth\xE9"]), TextEncoding::Windows1252);
        assert_eq!(verdict(&[b"caf\xE9"]), TextEncoding::Windows1252);
        let damaged = ["जिला".as_bytes(), b"\xE9,"].concat();
        assert_eq!(verdict(&[&damaged]), TextEncoding::Utf8);
        let (left, right) = "जि".as_bytes().split_at(2);
        assert_eq!(verdict(&[left, right]), TextEncoding::Utf8);
    }
}
