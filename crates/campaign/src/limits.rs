//! How large a request may become before anything slow is done with it.

use crate::ask::ObjectiveAsk;
use crate::candidates::Candidates;
use crate::{Ask, CampaignError};

/// Most that one request may make the planner do.
///
/// [`Ask::check`] bounds each number of a request alone; these bound what they
/// make together with the release. Somebody at their own machine needs none
/// ([`Limits::NONE`]); a server that answers several people does, as a plan
/// cannot be stopped once it has begun.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Villages to choose from.
    pub villages: usize,
    /// Villages times draws of the posterior: each takes eight bytes.
    pub drawn_benefits: usize,
    /// Teams times weeks times rounds of the search for routes.
    pub team_week_rounds: usize,
    /// Villages from which on [`Limits::service_radius_km`] holds.
    pub villages_of_any_radius: usize,
    /// Longest service radius for that many villages, in kilometres.
    pub service_radius_km: f64,
}

impl Limits {
    /// No limit.
    pub const NONE: Self = Self {
        villages: usize::MAX,
        drawn_benefits: usize::MAX,
        team_week_rounds: usize::MAX,
        villages_of_any_radius: usize::MAX,
        service_radius_km: f64::INFINITY,
    };

    /// Fails if the request is larger than this on its own. O(1).
    ///
    /// # Errors
    /// [`CampaignError::TooLarge`] with the limit.
    pub fn check_ask(&self, ask: &Ask) -> Result<(), CampaignError> {
        let team_weeks = ask.teams.len().saturating_mul(ask.weeks as usize);
        let rounds = team_weeks.saturating_mul(ask.search.route_rounds);
        if rounds > self.team_week_rounds {
            return Err(CampaignError::TooLarge {
                field: "search.route_rounds",
                what: "teams × weeks × rounds",
                found: rounds,
                most: self.team_week_rounds,
                remedy: format!(
                    "ask for {} rounds",
                    self.team_week_rounds / team_weeks.max(1)
                ),
            });
        }
        Ok(())
    }

    /// Fails if the villages to choose from are more than this. O(1).
    ///
    /// # Errors
    /// [`CampaignError::TooLarge`] with the limit.
    pub fn check_candidates(
        &self,
        ask: &Ask,
        candidates: &Candidates,
    ) -> Result<(), CampaignError> {
        let villages = candidates.places.len();
        if villages > self.villages {
            return Err(CampaignError::TooLarge {
                field: "areas",
                what: "villages",
                found: villages,
                most: self.villages,
                remedy: "choose fewer districts or blocks".to_owned(),
            });
        }
        let drawn = villages.saturating_mul(ask.search.draws);
        if drawn > self.drawn_benefits {
            return Err(CampaignError::TooLarge {
                field: "search.draws",
                what: "villages × draws",
                found: drawn,
                most: self.drawn_benefits,
                remedy: format!(
                    "ask for {} draws, or choose fewer districts or blocks",
                    self.drawn_benefits / villages.max(1)
                ),
            });
        }
        let radius = ask
            .service_radius_km
            .filter(|_| ask.objective == ObjectiveAsk::MaximumCoverage)
            .filter(|radius| *radius > self.service_radius_km);
        if radius.is_some() && villages > self.villages_of_any_radius {
            return Err(CampaignError::TooLarge {
                field: "service_radius_km",
                what: "villages, with so long a service radius,",
                found: villages,
                most: self.villages_of_any_radius,
                remedy: format!(
                    "ask for a radius of at most {} km, or choose fewer districts or blocks",
                    self.service_radius_km
                ),
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{ask, release};

    fn field(result: Result<(), CampaignError>) -> Option<&'static str> {
        match result {
            Ok(()) => None,
            Err(CampaignError::TooLarge { field, .. }) => Some(field),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn each_limit_holds_from_its_number_on_and_names_its_field() {
        let made = release();
        let mut ask = ask();
        let candidates = Candidates::new(&ask, &made.manifest, &made.places, &made.scores).unwrap();
        let check = |limits: Limits, ask: &Ask| field(limits.check_candidates(ask, &candidates));
        let villages = |villages| Limits {
            villages,
            ..Limits::NONE
        };
        assert_eq!(check(villages(40), &ask), None);
        assert_eq!(check(villages(39), &ask), Some("areas"));
        let draws = |drawn_benefits| Limits {
            drawn_benefits,
            ..Limits::NONE
        };
        assert_eq!(check(draws(40 * 50), &ask), None);
        assert_eq!(check(draws(40 * 50 - 1), &ask), Some("search.draws"));
        let rounds = |team_week_rounds| Limits {
            team_week_rounds,
            ..Limits::NONE
        };
        assert_eq!(field(rounds(2 * 2 * 50).check_ask(&ask)), None);
        assert_eq!(
            field(rounds(2 * 2 * 50 - 1).check_ask(&ask)),
            Some("search.route_rounds")
        );
        let radius = Limits {
            villages_of_any_radius: 39,
            service_radius_km: 20.0,
            ..Limits::NONE
        };
        ask.objective = ObjectiveAsk::MaximumCoverage;
        ask.service_radius_km = Some(20.0);
        assert_eq!(check(radius, &ask), None);
        ask.service_radius_km = Some(20.5);
        assert_eq!(check(radius, &ask), Some("service_radius_km"));
    }
}
