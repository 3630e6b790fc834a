//! Digests of common hash functions, in hexadecimal or base64.
//!
//! Without a secret key they hide nothing that can be listed: all Indian
//! mobile numbers can be hashed in minutes.

/// Whether a value is a digest and nothing else.
pub(super) fn is_digest(text: &str) -> bool {
    let text = text
        .rsplit_once([':', '$', ' '])
        .map_or(text, |(_, digest)| digest);
    let bytes = text.strip_prefix("0x").unwrap_or(text).as_bytes();
    is_hexadecimal(bytes) || is_base64(bytes)
}

fn is_hexadecimal(bytes: &[u8]) -> bool {
    // MD5, SHA-1, SHA-224, SHA-256, SHA-384, SHA-512.
    matches!(bytes.len(), 32 | 40 | 56 | 64 | 96 | 128)
        && bytes.iter().all(u8::is_ascii_hexdigit)
        && bytes.iter().any(u8::is_ascii_digit)
        && bytes.iter().any(u8::is_ascii_alphabetic)
}

fn is_base64(bytes: &[u8]) -> bool {
    let body = match bytes {
        [body @ .., b'=', b'='] if bytes.len() == 24 || bytes.len() == 88 => body,
        [body @ .., b'='] if bytes.len() == 28 || bytes.len() == 44 => body,
        _ => return false,
    };
    body.iter()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_'))
        && body.iter().any(u8::is_ascii_lowercase)
        && body.iter().any(u8::is_ascii_uppercase)
        && body.iter().any(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_told_from_codes() {
        assert!(is_digest("d41d8cd98f00b204e9800998ecf8427e"));
        assert!(is_digest(
            "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
        ));
        assert!(is_digest("n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg="));
        assert!(!is_digest("12345678901234567890123456789012"));
        assert!(!is_digest("885a12d3bbfffff"));
        assert!(!is_digest("f47ac10b-58cc-4372-a567-0e02b2c3d479"));
    }
}
