//! What a request says of who sends it.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use tonic::metadata::MetadataMap;

/// Metadata that names the audience. Clients that take options of the address
/// for metadata can have it there.
pub(crate) const AUDIENCE: &str = "audience";

/// Metadata that asks for classic types, or for views where the server is set
/// to classic types: `true` or `false`.
pub(crate) const CLASSIC_TYPES: &str = "classic-types";

/// What `Basic` is written in. Clients written in Go leave out the padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The text presented as a token: of `Bearer`, or the password of `Basic`, whose
/// user name is not looked at. Empty for what is neither, so that it is refused;
/// `None` where nothing is presented.
pub(crate) fn token(metadata: &MetadataMap) -> Option<String> {
    let value = metadata.get("authorization")?;
    let Some((scheme, text)) = value.to_str().ok().and_then(|text| text.split_once(' ')) else {
        return Some(String::new());
    };
    let text = text.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(text.to_owned());
    }
    let password = || {
        let decoded = BASE64.decode(text).ok()?;
        let decoded = String::from_utf8(decoded).ok()?;
        let (_, password) = decoded.split_once(':')?;
        Some(password.to_owned())
    };
    let is_basic = scheme.eq_ignore_ascii_case("basic");
    Some(is_basic.then(password).flatten().unwrap_or_default())
}

/// The audience that is asked for; an unreadable one is no audience's name.
pub(crate) fn audience(metadata: &MetadataMap) -> Option<&str> {
    let value = metadata.get(AUDIENCE)?;
    Some(value.to_str().unwrap_or_default())
}

/// Whether texts come in classic types, if the request says so.
pub(crate) fn classic(metadata: &MetadataMap) -> Option<bool> {
    metadata.get(CLASSIC_TYPES)?.to_str().ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_a_bearers_or_a_password() {
        let of = |value: &str| {
            let mut metadata = MetadataMap::new();
            metadata.insert("authorization", value.parse().unwrap());
            token(&metadata)
        };
        assert_eq!(token(&MetadataMap::new()), None);
        assert_eq!(of("Bearer sgt_1").as_deref(), Some("sgt_1"));
        assert_eq!(of("bearer  sgt_1 ").as_deref(), Some("sgt_1"));
        let basic = format!("Basic {}", BASE64.encode("anybody:sgt_:1"));
        assert!(basic.ends_with('='), "{basic}");
        for written in [&*basic, basic.trim_end_matches('=')] {
            assert_eq!(of(written).as_deref(), Some("sgt_:1"), "{written}");
        }
        for other in ["Basic !", "Basic YQ==", "Digest a", "sgt_1", ""] {
            assert_eq!(of(other).as_deref(), Some(""), "{other}");
        }
    }
}
