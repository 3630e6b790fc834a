//! The partners who deliver data, and where they work.

use safeground_schema::{Category, EffortChannel};

use crate::geography::District;

/// Number of partners.
pub(crate) const PARTNERS: usize = 4;

/// An invented organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Partner {
    /// A helpline for the whole state.
    Alder,
    /// Field work in the north.
    Birch,
    /// Field work in the south.
    Cedar,
    /// Legal aid and rescue in the east.
    Damson,
}

impl Partner {
    /// All partners.
    pub(crate) const ALL: [Self; PARTNERS] = [Self::Alder, Self::Birch, Self::Cedar, Self::Damson];

    /// Name as it stands in the data.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Alder => "Alder Line (synthetic)",
            Self::Birch => "Birch Circle (synthetic)",
            Self::Cedar => "Cedar Field (synthetic)",
            Self::Damson => "Damson Rescue (synthetic)",
        }
    }

    /// Prefix of the identifiers that it gives to children.
    pub(crate) fn child_prefix(self) -> &'static str {
        match self {
            Self::Alder => "SYN-A-",
            Self::Birch => "SYN-B-",
            Self::Cedar => "SYN-C-",
            Self::Damson => "SYN-D-",
        }
    }

    /// Prefix of the numbers that it gives to cases.
    pub(crate) fn case_prefix(self) -> &'static str {
        match self {
            Self::Alder => "SYN/A/",
            Self::Birch => "SYN/B/",
            Self::Cedar => "SYN/C/",
            Self::Damson => "SYN/D/",
        }
    }

    /// Whether it works in a district that is observed. The territories of
    /// north and south overlap by 70 km.
    pub(crate) fn works_in(self, district: &District) -> bool {
        match self {
            Self::Alder => true,
            Self::Birch => district.middle.north_km > -35.0,
            Self::Cedar => district.middle.north_km < 35.0,
            Self::Damson => district.middle.east_km > -70.0,
        }
    }

    /// Weight of its records among those of a category, where it works.
    pub(crate) fn weight(self, category: Category) -> f64 {
        let (line, field, rescue) = match category {
            Category::Trafficking => (0.30, 0.35, 0.35),
            Category::ChildLabour => (0.20, 0.50, 0.30),
            Category::SexualAbuse => (0.55, 0.45, 0.0),
            Category::ChildMarriage => (0.30, 0.70, 0.0),
            Category::OnlineAbuse => (0.80, 0.20, 0.0),
            _ => (0.60, 0.40, 0.0),
        };
        match self {
            Self::Alder => line,
            Self::Birch | Self::Cedar => field,
            Self::Damson => rescue,
        }
    }

    /// Weights of the detection modes reported, helpline, raid, rescue,
    /// survey and online referral.
    pub(crate) fn detection_modes(self, category: Category) -> [f64; 6] {
        match (self, category) {
            (Self::Alder, Category::OnlineAbuse) => [0.10, 0.25, 0.0, 0.0, 0.0, 0.65],
            (Self::Alder, _) => [0.30, 0.70, 0.0, 0.0, 0.0, 0.0],
            (Self::Damson, _) => [0.0, 0.0, 0.62, 0.38, 0.0, 0.0],
            (_, Category::Trafficking | Category::Missing) => [0.55, 0.0, 0.0, 0.25, 0.20, 0.0],
            (_, _) => [0.40, 0.0, 0.05, 0.05, 0.50, 0.0],
        }
    }

    /// Partners that staff a channel in a district.
    pub(crate) fn staffing(channel: EffortChannel, district: &District) -> Vec<Self> {
        let candidates: &[Self] = match channel {
            EffortChannel::Outreach => &[Self::Birch, Self::Cedar],
            EffortChannel::School => &[Self::Cedar, Self::Birch],
            EffortChannel::Legal => &[Self::Damson, Self::Alder],
            _ => &[Self::Alder],
        };
        let here = candidates.iter().copied().filter(|p| p.works_in(district));
        match channel {
            EffortChannel::Outreach => here.collect(),
            _ => here.take(1).collect(),
        }
    }
}
