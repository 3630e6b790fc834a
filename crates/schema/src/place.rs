//! Places: their level, vintage and identifier.

use crate::SchemaError;

/// Administrative level of a place, from the widest to the finest.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// State or union territory.
    State,
    /// District.
    District,
    /// Sub-district (tehsil, taluk).
    Subdistrict,
    /// Community development block.
    Block,
    /// Village, or ward of a town.
    Village,
    /// Habitation: a hamlet within a village.
    Habitation,
}

impl Level {
    /// All levels, widest first.
    pub const ALL: [Self; 6] = [
        Self::State,
        Self::District,
        Self::Subdistrict,
        Self::Block,
        Self::Village,
        Self::Habitation,
    ];

    /// The text used in identifiers and columns.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::District => "district",
            Self::Subdistrict => "subdistrict",
            Self::Block => "block",
            Self::Village => "village",
            Self::Habitation => "habitation",
        }
    }
}

impl std::fmt::Display for Level {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Level {
    type Err = SchemaError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|level| level.as_str() == text)
            .ok_or_else(|| SchemaError::UnknownCode {
                list: "level",
                value: text.to_owned(),
                expected: Self::ALL.map(Self::as_str).join(", "),
            })
    }
}

/// One set of places that tile a territory: a level at a vintage.
///
/// Written `district` for the current Local Government Directory, or
/// `district@2011` for the districts of the 2011 census. Districts split
/// every year, so the two are different maps.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Layer {
    /// Administrative level.
    pub level: Level,
    /// Vintage, `None` for the current directory.
    pub vintage: Option<String>,
}

impl Layer {
    /// The layer of the current directory at this level.
    #[must_use]
    pub fn current(level: Level) -> Self {
        Self {
            level,
            vintage: None,
        }
    }
}

impl std::fmt::Display for Layer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.level.as_str())?;
        match &self.vintage {
            Some(vintage) => write!(f, "@{vintage}"),
            None => Ok(()),
        }
    }
}

impl std::str::FromStr for Layer {
    type Err = SchemaError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (level, vintage) = match text.split_once('@') {
            Some((level, vintage)) => (level, Some(vintage)),
            None => (text, None),
        };
        if vintage.is_some_and(|v| v.is_empty() || !v.chars().all(char::is_alphanumeric)) {
            return Err(SchemaError::PlaceId {
                value: text.to_owned(),
                reason: "the vintage after `@` must be letters and digits",
            });
        }
        Ok(Self {
            level: level.parse()?,
            vintage: vintage.map(str::to_owned),
        })
    }
}

/// Identifier of a place: `level:code` or `level@vintage:code`.
///
/// The code is the Local Government Directory code where no vintage is
/// given, and the code of that vintage's census otherwise.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlaceId {
    /// Layer the place belongs to.
    pub layer: Layer,
    /// Code within the layer: ASCII letters, digits, `-`, `_` or `.`.
    pub code: String,
}

impl PlaceId {
    /// A place id from its parts.
    ///
    /// # Errors
    /// [`SchemaError::PlaceId`] if the code is empty or has other characters.
    pub fn new(layer: Layer, code: &str) -> Result<Self, SchemaError> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let reason = if code.is_empty() {
            "the code is empty"
        } else if !code.chars().all(allowed) {
            "the code may hold ASCII letters, digits, `-`, `_` and `.`"
        } else {
            return Ok(Self {
                layer,
                code: code.to_owned(),
            });
        };
        Err(SchemaError::PlaceId {
            value: format!("{layer}:{code}"),
            reason,
        })
    }
}

impl std::fmt::Display for PlaceId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.layer, self.code)
    }
}

impl std::str::FromStr for PlaceId {
    type Err = SchemaError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (layer, code) = text.split_once(':').ok_or_else(|| SchemaError::PlaceId {
            value: text.to_owned(),
            reason: "there is no `:`",
        })?;
        Self::new(layer.parse()?, code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_id_reads_back_as_written() {
        for text in ["district:220", "district@2011:203", "habitation:907282"] {
            assert_eq!(text.parse::<PlaceId>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_wrong_place_id_says_what_is_wrong() {
        for text in ["220", "district:", "ward:1", "district@:1", "district:1 2"] {
            assert!(text.parse::<PlaceId>().is_err(), "{text}");
        }
    }
}
