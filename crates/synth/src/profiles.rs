//! What is typical of each kind of harm in the fictional state.

use safeground_schema::{Category, CodeList as _, EffortChannel};

use crate::calendar::{MONTHS, Month};

/// Number of categories.
pub(crate) const CATEGORIES: usize = Category::ALL.len();

/// Number of channels of effort.
pub(crate) const CHANNELS: usize = EffortChannel::ALL.len();

/// Share of incidents that are followed by a second one of the same child.
pub(crate) const REPEAT_SHARE: f64 = 0.025;

/// Weight of a festival month beside that of its neighbours.
const FESTIVAL_WEIGHT: f64 = 1.1;

/// Facts of one category. Invented; chosen so that the demo shows places
/// above and below the thresholds of release.
#[derive(Debug)]
pub(crate) struct Profile {
    pub(crate) category: Category,
    /// True incidents per 100,000 children and year where nothing is planted.
    pub(crate) rate: f64,
    /// Share of them that becomes known at typical effort.
    pub(crate) detection: f64,
    /// Share of each channel of effort in what becomes known, in the order of
    /// [`EffortChannel`]; all zero where detection does not follow effort.
    pub(crate) channels: [f64; CHANNELS],
    /// Weight of each month of the year.
    months: [f64; 12],
    /// Whether weddings of the festival come on top.
    festival: bool,
    /// Weights of the age bands 0–5, 6–11, 12–14, 15–17, unknown.
    pub(crate) ages: [f64; 5],
    /// Weights of girls, boys, other and unknown.
    pub(crate) sexes: [f64; 4],
    /// Shape of the variation between villages; none for a negative control.
    pub(crate) village_shape: Option<f64>,
}

const FLAT: [f64; 12] = [1.0; 12];

/// Profiles in the order of [`Category`].
pub(crate) const PROFILES: [Profile; CATEGORIES] = [
    Profile {
        category: Category::Trafficking,
        rate: 95.0,
        detection: 0.33,
        channels: [0.35, 0.15, 0.50, 0.0, 0.0],
        months: [
            0.9, 0.9, 0.9, 1.0, 1.0, 1.0, 1.2, 1.25, 1.2, 0.95, 0.85, 0.85,
        ],
        festival: false,
        ages: [0.02, 0.14, 0.36, 0.44, 0.04],
        sexes: [0.60, 0.37, 0.01, 0.02],
        village_shape: Some(4.0),
    },
    Profile {
        category: Category::ChildLabour,
        rate: 290.0,
        detection: 0.34,
        channels: [0.45, 0.10, 0.35, 0.10, 0.0],
        months: [
            0.95, 0.95, 1.0, 1.1, 1.15, 1.0, 0.9, 0.9, 0.9, 1.1, 1.1, 0.95,
        ],
        festival: false,
        ages: [0.01, 0.17, 0.41, 0.38, 0.03],
        sexes: [0.33, 0.64, 0.01, 0.02],
        village_shape: Some(4.0),
    },
    Profile {
        category: Category::SexualAbuse,
        rate: 150.0,
        detection: 0.30,
        channels: [0.15, 0.40, 0.20, 0.25, 0.0],
        months: FLAT,
        festival: false,
        ages: [0.08, 0.24, 0.32, 0.33, 0.03],
        sexes: [0.82, 0.15, 0.01, 0.02],
        village_shape: Some(5.0),
    },
    Profile {
        category: Category::ChildMarriage,
        rate: 370.0,
        detection: 0.36,
        channels: [0.60, 0.15, 0.0, 0.25, 0.0],
        months: [
            1.25, 1.55, 0.9, 1.2, 1.3, 0.8, 0.45, 0.4, 0.4, 0.6, 1.45, 1.35,
        ],
        festival: true,
        ages: [0.0, 0.01, 0.27, 0.70, 0.02],
        sexes: [0.92, 0.06, 0.0, 0.02],
        village_shape: Some(4.0),
    },
    Profile {
        category: Category::OnlineAbuse,
        rate: 52.0,
        detection: 0.26,
        channels: [0.0, 0.35, 0.0, 0.15, 0.50],
        months: FLAT,
        festival: false,
        ages: [0.0, 0.09, 0.38, 0.50, 0.03],
        sexes: [0.72, 0.25, 0.01, 0.02],
        village_shape: Some(6.0),
    },
    Profile {
        category: Category::Missing,
        rate: 88.0,
        detection: 0.80,
        channels: [0.0; CHANNELS],
        months: FLAT,
        festival: false,
        ages: [0.04, 0.18, 0.30, 0.45, 0.03],
        sexes: [0.62, 0.36, 0.01, 0.01],
        village_shape: None,
    },
];

impl Profile {
    /// Seasonal factors of all months; each year has mean 1.
    pub(crate) fn season(&self) -> [f64; MONTHS] {
        let mut factors = [0.0; MONTHS];
        for month in Month::all() {
            let festival = self.festival && month.festival_day().is_some();
            factors[month.0] =
                self.months[month.of_year() - 1] + if festival { FESTIVAL_WEIGHT } else { 0.0 };
        }
        for year in factors.chunks_mut(12) {
            let mean = year.iter().sum::<f64>() / 12.0;
            for factor in year {
                *factor /= mean;
            }
        }
        factors
    }

    /// Whether weddings crowd around the festival.
    pub(crate) fn has_festival(&self) -> bool {
        self.festival
    }
}

/// Number of a category in [`PROFILES`].
pub(crate) fn index(category: Category) -> usize {
    PROFILES
        .iter()
        .position(|profile| profile.category == category)
        .expect("every category has a profile")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_follow_the_order_of_the_code_list_and_their_shares_add_up() {
        for (profile, category) in PROFILES.iter().zip(Category::ALL) {
            assert_eq!(profile.category, *category);
            let close = |shares: &[f64], sum: f64| (shares.iter().sum::<f64>() - sum).abs() < 1e-9;
            assert!(close(&profile.ages, 1.0) && close(&profile.sexes, 1.0));
            assert!(close(&profile.channels, 1.0) || close(&profile.channels, 0.0));
        }
    }

    #[test]
    fn weddings_peak_in_the_festival_month_of_each_year() {
        let season = PROFILES[index(Category::ChildMarriage)].season();
        for month in Month::all() {
            if month.festival_day().is_some() {
                let year = &season[12 * month.year_index()..12 * month.year_index() + 12];
                assert!(year.iter().all(|factor| *factor <= season[month.0]));
            }
        }
    }
}
