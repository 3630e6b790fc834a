//! The summary of a plan as lines of a label and a text.

use crate::document::{Figure, Objective, PlanDocument, RoadsAsked, Span};
use crate::language::Language;
use crate::words;

/// Label and text of each line, in order.
pub(crate) fn lines(document: &PlanDocument, language: &Language) -> Vec<(String, String)> {
    let mut lines = Lines {
        language,
        lines: Vec::new(),
    };
    lines.head(document);
    lines.asked(document);
    lines.reached(document);
    lines.schedule(document);
    lines.lines
}

struct Lines<'a> {
    language: &'a Language,
    lines: Vec<(String, String)>,
}

impl Lines<'_> {
    fn put(&mut self, key: &str, text: impl Into<String>) {
        let label = self.language.of("summary", key).to_owned();
        self.lines.push((label, text.into()));
    }

    fn number(&mut self, key: &str, value: f64, decimals: usize) {
        self.put(key, self.language.number(value, decimals));
    }

    fn head(&mut self, document: &PlanDocument) {
        let audience = match document.audience {
            crate::document::Audience::Public => "public",
            crate::document::Audience::Research => "research",
            crate::document::Audience::Planning => "planning",
        };
        self.put("title", &document.title);
        self.put("plan_id", &document.plan_id);
        self.put("release_id", &document.release_id);
        self.put("audience", self.language.of("audience", audience));
        self.put("area", &document.area.name);
        self.put("made_on", self.language.date(document.made_on));
        self.put(
            "checker",
            words::verdict(&document.summary.checker, self.language),
        );
    }

    fn asked(&mut self, document: &PlanDocument) {
        let asked = &document.asked;
        let days = [asked.from, asked.until].map(|date| self.language.date(date));
        self.put("dates", days.join(" – "));
        self.number("weeks", asked.weeks.into(), 0);
        let teams: Vec<&str> = asked.teams.iter().map(|t| t.label.as_str()).collect();
        self.put("teams", format!("{}: {}", teams.len(), teams.join(", ")));
        self.number("budget_team_days", asked.budget_team_days, 1);
        self.put(
            "objective",
            words::objective(&asked.objective, self.language),
        );
        let measure = if asked.lower_bound {
            "measure_lower"
        } else {
            "measure_mean"
        };
        self.put("measure", self.language.of("summary", measure));
        if let Some(pace) = asked.pace {
            self.number("pace", pace.households_per_team_day, 0);
        }
        if let RoadsAsked::Matrix {
            told_pairs,
            filled_pairs,
            ..
        } = asked.roads
        {
            let [told, filled] = [told_pairs, filled_pairs].map(|n| self.language.whole(n));
            let text = self
                .language
                .fill("summary.ways_text", &[("told", &told), ("filled", &filled)]);
            self.put("ways", text);
        }
        self.number("floor_block", asked.floors.least_per_block.into(), 0);
        let share = self.language.per_cent(asked.floors.under_observed_share);
        self.put("floor_share", share);
        let plan = asked.seed.to_string();
        match asked.exploration {
            None => {
                self.put("exploration", self.language.word("summary.none"));
                self.put("seed", plan);
            }
            Some(explored) => {
                self.put("exploration", self.language.per_cent(explored.share));
                let draw = explored.seed.to_string();
                let seeds = self
                    .language
                    .fill("summary.seeds", &[("plan", &plan), ("draw", &draw)]);
                self.put("seed", seeds);
            }
        }
    }

    fn reached(&mut self, document: &PlanDocument) {
        let summary = &document.summary;
        self.put("unit", self.language.of("unit", summary.benefit_unit.key()));
        self.number("villages", document.villages.len() as f64, 0);
        self.number("unplannable", document.unplannable_villages as f64, 0);
        self.number("benefit", summary.benefit, 1);
        self.put(
            "area_benefit",
            self.language.figure(&summary.area_benefit, 1),
        );
        let reached = Figure::exact(summary.benefit);
        let share = self.share(&reached, &summary.area_benefit);
        self.put("share_of_benefit", share);
        let bound = match document.asked.objective {
            Objective::PCenter => "bound_distance",
            Objective::WeightedBenefit | Objective::MaximumCoverage { .. } => "bound",
        };
        self.number(bound, summary.bound, 1);
        self.put("gap", self.language.per_cent(summary.gap));
        self.number("team_days", summary.team_days, 1);
        if let Some(without) = summary.benefit_without_exploration {
            let given_up = (without - summary.benefit).max(0.0);
            self.number("cost_of_learning", given_up, 1);
        }
        let (chosen, area) = (&summary.population_chosen, &summary.population_area);
        self.put("population_chosen", self.language.figure(chosen, 0));
        self.put("population_area", self.language.figure(area, 0));
        self.put("share_of_population", self.share(chosen, area));
        if let Some(rollout) = summary.rollout {
            let [steps, bands, seed] = [
                rollout.steps.to_string(),
                rollout.bands.to_string(),
                rollout.seed.to_string(),
            ];
            let text = self.language.fill(
                "summary.rollout_text",
                &[("steps", &steps), ("bands", &bands), ("seed", &seed)],
            );
            self.put("rollout", text);
        }
    }

    /// A share of two figures, or why there is none: that of the denominator
    /// first.
    fn share(&self, part: &Figure, whole: &Figure) -> String {
        match (part.value, whole.value) {
            (Some(part), Some(whole)) if whole > 0.0 => self.language.per_cent(part / whole),
            (_, None) if whole.low.is_none() => self.language.figure(whole, 0),
            (None, _) if part.low.is_none() => self.language.figure(part, 0),
            _ => self.language.word("status.no_data").to_owned(),
        }
    }

    fn schedule(&mut self, document: &PlanDocument) {
        let routes = &document.routes;
        let visits: usize = routes.iter().map(|route| route.visits.len()).sum();
        let households: u64 = routes.iter().map(crate::document::Route::households).sum();
        let km: f64 = routes.iter().map(|route| route.km).sum();
        let without = document.unscheduled.iter();
        let without: u64 = without.map(|left| u64::from(left.households)).sum();
        self.number("visits", visits as f64, 0);
        self.put("households", self.language.whole(households));
        self.number("km", km, 0);
        self.put("unscheduled", self.language.whole(without));
        if let Some(imbalance) = document.summary.imbalance {
            self.put("imbalance", self.language.per_cent(imbalance));
        }
        self.put("blackouts", self.spans(&document.blackouts));
        self.put("priorities", self.spans(&document.priorities));
    }

    fn spans(&self, spans: &[Span]) -> String {
        if spans.is_empty() {
            return self.language.word("summary.none").to_owned();
        }
        let write = |span: &Span| {
            let mut days = vec![self.language.date(span.from)];
            if span.until != span.from {
                days.push(self.language.date(span.until));
            }
            format!("{}: {}", span.label, days.join(" – "))
        };
        spans.iter().map(write).collect::<Vec<_>>().join("; ")
    }
}
