//! What a release says about itself in words.

use std::collections::BTreeMap;

use safeground_privacy::noise::event_cap;
use safeground_privacy::{Audience, AudiencePolicy, CountsShown, Policy};
use safeground_schema::release::{ManifestOverride, ManifestTheme};
use safeground_schema::{Theme, ThemeKind};

use crate::count::exposure::{ExposureSources, UNDER_18_PER_CHILD_0_6, UNDER_18_SHARE};
use crate::count::indicators::IndicatorBlock;
use crate::score::{BURDEN_WEIGHT, DRAWS, NeighbourRule};

/// A built-in theme as the manifest of an audience shows it.
pub(super) fn theme(theme: &Theme, policy: &AudiencePolicy) -> ManifestTheme {
    let (denominator, note) = match theme {
        Theme::WelfareGap if policy.counts == CountsShown::Bands => (
            "children below 18",
            "Children or families found eligible and not enrolled, per 100 children who live \
             there: how many were found eligible is not told.",
        ),
        Theme::WelfareGap => (
            "children or families found eligible",
            "Shown only where both those enrolled and those not enrolled reach the threshold.",
        ),
        Theme::Outreach => (
            "households",
            "A household reached twice counts twice, so coverage can exceed 100 %.",
        ),
        Theme::MarriageIntervention => (
            "children below 18",
            "Follows the effort of those who intervene: it measures response, not how many \
             marriages there are.",
        ),
        _ => (
            "children below 18",
            "Recorded cases, not all cases: reports follow reporters. A low rate may mean little \
             harm or little reporting.",
        ),
    };
    ManifestTheme {
        code: theme.to_string(),
        title: theme.title(),
        kind: theme.kind(),
        unit: theme.unit().to_owned(),
        denominator: Some(denominator.to_owned()),
        source: None,
        note: Some(note.to_owned()),
    }
}

/// A published indicator as the manifest shows it.
pub(super) fn indicator(block: &IndicatorBlock) -> ManifestTheme {
    let theme = Theme::Indicator(block.code.clone());
    let (unit, denominator, note) = match block.unit.as_str() {
        "percent" => (
            "%",
            None,
            "Published figure. The interval comes from the standard error, or from the sample \
             size as if the sample were simple and random, which is too narrow for a clustered \
             survey; where neither is published there is none.",
        ),
        "cases" => (
            "per 100,000 children",
            Some("children below 18"),
            "Cases registered by the publisher, which need not be all that occurred.",
        ),
        "per_1000" => ("per 1,000", None, "Published figure."),
        "ratio" => ("ratio", None, "Published figure."),
        other => (
            other,
            None,
            "Published figure; a size, so it has no hotspots.",
        ),
    };
    ManifestTheme {
        code: theme.to_string(),
        title: theme.title(),
        kind: ThemeKind::Indicator,
        unit: unit.to_owned(),
        denominator: denominator.map(str::to_owned),
        source: block.source.clone(),
        note: Some(note.to_owned()),
    }
}

/// How counts of an audience are protected, in words.
fn protection(policy: &Policy, audience: Audience) -> String {
    let of = policy.audience(audience);
    let public = &policy.public;
    let noise = format!(
        "With noise: one draw of discrete Laplace noise for each calendar year, the same in every \
         release (Ghosh, Roughgarden and Sundararajan 2012, SIAM Journal on Computing 41), of scale \
         {bound}/epsilon with epsilon {shares} in {draws} draw a year: the epsilon of any child is at \
         most 1 per year. A child counts under at most {bound} theme(s) a year, one event for at most \
         {cap} children; records without a child's key are left out. Wider layers are sums of these, \
         by least squares, whole and not negative. Shown from {k} on, and in cells with at least \
         {people} inhabitants; count_low and count_high are what the noise leaves likely at 95 %.",
        bound = policy.noise.contribution_bound,
        shares = policy
            .noise
            .shares
            .iter()
            .map(|(layer, share)| format!("{share} for {layer}"))
            .collect::<Vec<_>>()
            .join(" and "),
        draws = policy.noise.draws_per_year,
        cap = event_cap(public.k, public.min_events),
        k = public.k,
        people = public.min_population,
    );
    let thresholds = format!(
        "Withheld below {k}, zero included, where fewer than {events} events or {partners} partners \
         stand behind it, or one event or partner behind more than {largest} % of it, in places \
         with fewer than {people} inhabitants, in every {widest} and smaller place where one kind of \
         harm is known to be {share} % or more of all that is recorded, and wherever it could be worked out \
         from other counts of any audience (joint suppression, audited by network flow and linear \
         programs)",
        k = of.k,
        events = of.min_events,
        partners = of.min_partners,
        people = of.min_population,
        largest = policy.concentration.largest_source_percent,
        widest = policy.concentration.homogeneity_widest_level,
        share = policy.concentration.homogeneity_percent,
    );
    match of.counts {
        CountsShown::Noise => {
            format!("{noise} Households reached by campaigns: exact. {thresholds}.")
        }
        CountsShown::Exact => format!("Places: exact. {thresholds}. H3 cells: {noise}"),
        CountsShown::Bands => format!("Places: as bands. {thresholds}. H3 cells: {noise}"),
    }
}

/// Methods by group of columns.
pub(super) fn methods(
    neighbours: &BTreeMap<String, NeighbourRule>,
    policy: &Policy,
    audience: Audience,
) -> BTreeMap<String, String> {
    let by_layer: Vec<String> = neighbours
        .iter()
        .map(|(layer, rule)| format!("{layer}: {}", rule.describe()))
        .collect();
    let mut methods = BTreeMap::new();
    let mut say = |columns: &str, text: String| {
        methods.insert(columns.to_owned(), text);
    };
    say(
        "count, count_low, count_high",
        format!(
            "Distinct children (by keyed hash, plus children of records without one); for welfare \
             those eligible and not enrolled; for outreach households reached. {} Every score is \
             computed from these protected counts.",
            protection(policy, audience)
        ),
    );
    if audience == Audience::Research && !policy.breakdowns.by.is_empty() {
        say(
            "breakdowns",
            format!(
                "Distinct children by {}, of {}: one at a time, where the count of all is told. \
                 Decided after it by joint suppression over classes and places, under the same \
                 thresholds.",
                policy.breakdowns.by.join(", "),
                policy.breakdowns.levels.join(" and "),
            ),
        );
    }
    say(
        "exposure",
        format!(
            "Children below 18 as given; else children 0-6 x {UNDER_18_PER_CHILD_0_6:.2}; else \
             population x {UNDER_18_SHARE} (ratios of the Census of India 2011); else the sum over \
             the places that lie in it. Of an H3 cell: the sum over villages, or habitations where \
             those hold more children, whose point lies in the cell."
        ),
    );
    say(
        "rate",
        "Count / exposure, with the exact Poisson interval (Garwood 1936, Biometrika 28), of \
         count_low and count_high where there is noise. None where only a band is told. Survey \
         percentages: the published value, +/- 1.96 standard errors or, without one, the Wilson \
         (1927) interval of a simple random sample."
            .into(),
    );
    say(
        "eb_rate",
        "Empirical Bayes rate with a gamma prior over layer, theme and period. Exact counts and \
         bands: Poisson-gamma by maximum likelihood (Clayton and Kaldor 1987, Biometrics 43), each \
         count entering as what is known of it; withheld ones as below the threshold, which is not \
         so of the few that were withheld to protect others. Counts with noise: by moments (Marshall \
         1991, Applied Statistics 40) with the variance of the noise taken out. Interval: 2.5 % and \
         97.5 % of the posterior, which takes bands and noise into account; none where the rates \
         vary no more than chance. Survey percentages are not shrunken."
            .into(),
    );
    say(
        "gi_z, gi_p, gi_q, gi_class",
        format!(
            "Getis-Ord Gi* (Ord and Getis 1995, Geographical Analysis 27) with binary weights, the \
             unit itself included, on empirical Bayes rates, because raw rates of small places vary \
             for no reason but their size, or, with noise, on linear empirical Bayes rates with \
             the variance of the noise in the test; indicators on their published value. A unit below \
             the threshold enters with its expected rate, a function of protected numbers alone; units \
             not observed or without data are left out, and one without neighbours has no value. \
             q: Benjamini and Hochberg (1995) within layer, theme and period. Neighbours: {}.",
            by_layer.join("; ")
        ),
    );
    say(
        "score, rank",
        format!(
            "Hotspot score, 0 to 100: {BURDEN_WEIGHT} x burden (percentile of the rate that enters \
             Gi*) + {} x clustering (100 x normal probability of the Gi* z-value). Intervals of \
             score and rank: {DRAWS} draws from what is known of each unit's rate, seeded; none \
             where no uncertainty is known. Only units with a published value are ranked.",
            1.0 - BURDEN_WEIGHT
        ),
    );
    methods
}

/// What the caveats depend on.
pub(super) struct Facts<'a> {
    /// What makes the policy looser than the floor.
    pub(super) looser: Option<&'a ManifestOverride>,
    pub(super) synthetic: bool,
    pub(super) effort_known: bool,
    pub(super) exposure: ExposureSources,
    pub(super) has_counts: bool,
    pub(super) has_indicators: bool,
    pub(super) has_noise: bool,
    pub(super) settling_days: u32,
}

/// What a careful reader must know.
pub(super) fn caveats(facts: &Facts<'_>) -> Vec<String> {
    let mut caveats = Vec::new();
    let mut say = |text: &str| caveats.push(text.to_owned());
    if let Some(looser) = facts.looser {
        say(&looser.says());
    }
    if facts.synthetic {
        say("The data are synthetic: places, people and events are invented.");
    }
    if facts.has_counts {
        say(
            "Counts are of recorded cases. Reports follow reporters: compare with effort before \
             reading a low count as little harm.",
        );
        say(&format!(
            "The first period may be incomplete. A period is told once, {} days after its end; \
             what is recorded later is not in it.",
            facts.settling_days
        ));
        if facts.has_noise {
            say(
                "Counts with noise are right on average and wrong one by one: read the interval, \
                 and do not add small ones up.",
            );
        }
        if !facts.effort_known {
            say(
                "No effort is recorded in the lake, so every place counts as observed and \
                 \"not observed\" never appears.",
            );
        }
    }
    if facts.has_indicators {
        say(
            "Survey estimates of districts have wide intervals, and police figures measure \
             registration. Whether a high value is good or bad depends on the indicator; the \
             score only says where it is high.",
        );
    }
    if facts.exposure.from_0_6 + facts.exposure.from_population > 0 {
        say(
            "Where children below 18 are not given they are estimated from a census of another \
             year with national ratios.",
        );
    }
    say("Boundaries are those supplied with the data and carry no authority.");
    caveats
}
