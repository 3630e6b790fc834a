//! How fields are written down.

use crate::Level;
use crate::codes::CodeList;
use crate::field::{FieldKind, FieldSpec};

pub(super) const fn field(
    name: &'static str,
    kind: FieldKind,
    nullable: bool,
    unit: &'static str,
    description: &'static str,
) -> FieldSpec {
    FieldSpec {
        name,
        kind,
        nullable,
        unit,
        description,
    }
}

fn codes_of<C: CodeList>() -> Vec<&'static str> {
    C::ALL.iter().map(|code| code.as_str()).collect()
}

pub(super) const fn code<C: CodeList>() -> FieldKind {
    FieldKind::Code {
        list: C::NAME,
        codes: codes_of::<C>,
    }
}

pub(super) const LEVEL: FieldKind = FieldKind::Code {
    list: "level",
    codes: || Level::ALL.iter().map(|level| level.as_str()).collect(),
};
