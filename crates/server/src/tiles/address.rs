//! Addresses of tiles.

use crate::problem::Problem;

/// Deepest zoom served; a map overzooms beyond it.
pub(crate) const MAX_ZOOM: u8 = 14;

/// Zoom, column and row of a tile in the XYZ scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Address {
    /// Zoom.
    pub(crate) z: u8,
    /// Column from the west.
    pub(crate) x: u32,
    /// Row from the north.
    pub(crate) y: u32,
}

impl Address {
    /// Reads the parts of a path.
    pub(crate) fn parse(z: &str, x: &str, y: &str) -> Result<Self, Problem> {
        let number = |part: &str| -> Option<u32> {
            let plain = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
            plain.then(|| part.parse().ok()).flatten()
        };
        number(z)
            .zip(number(x))
            .zip(number(y))
            .and_then(|((z, x), y)| {
                let z = u8::try_from(z).ok().filter(|z| *z <= MAX_ZOOM)?;
                let side = 1_u32 << z;
                (x < side && y < side).then_some(Self { z, x, y })
            })
            .ok_or_else(|| Problem::NoTile {
                expected: format!(
                    "zoom is 0 to {MAX_ZOOM}, column and row are whole numbers from 0 to below \
                     2^zoom"
                ),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tiles_of_the_pyramid_have_an_address() {
        assert!(Address::parse("0", "0", "0").is_ok());
        assert!(Address::parse("14", "16383", "16383").is_ok());
        for (z, x, y) in [
            ("15", "0", "0"),
            ("99", "0", "0"),
            ("0", "1", "0"),
            ("2", "-1", "0"),
            ("2", "+1", "0"),
            ("a", "0", "0"),
            ("2", "", "0"),
            ("2", "1e0", "0"),
            ("2", "99999999999999999999", "0"),
        ] {
            assert!(Address::parse(z, x, y).is_err(), "{z}/{x}/{y}");
        }
    }
}
