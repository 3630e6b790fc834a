//! What a release says about itself in words.

use std::collections::BTreeMap;

use safeground_privacy::AudiencePolicy;
use safeground_schema::release::ManifestTheme;
use safeground_schema::{Theme, ThemeKind};

use crate::count::exposure::{ExposureSources, UNDER_18_PER_CHILD_0_6, UNDER_18_SHARE};
use crate::count::indicators::IndicatorBlock;
use crate::score::{BURDEN_WEIGHT, DRAWS, NeighbourRule};

/// A built-in theme as the manifest shows it.
pub(super) fn theme(theme: &Theme) -> ManifestTheme {
    let (denominator, note) = match theme {
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

/// Methods by group of columns.
pub(super) fn methods(
    neighbours: &BTreeMap<String, NeighbourRule>,
    policy: &AudiencePolicy,
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
        "count",
        format!(
            "Distinct children (by keyed hash, plus children of records without one); for welfare \
             those eligible and not enrolled; for outreach households reached. Withheld below {k}, \
             zero included, and where fewer than {events} events or {partners} partners stand \
             behind it. Every score is computed from these protected counts.",
            k = policy.k,
            events = policy.min_events,
            partners = policy.min_partners,
        ),
    );
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
        "Count / exposure, with the exact Poisson interval (Garwood 1936, Biometrika 28). Survey \
         percentages: the published value, +/- 1.96 standard errors or, without one, the Wilson \
         (1927) interval of a simple random sample."
            .into(),
    );
    say(
        "eb_rate",
        "Empirical Bayes rate, shrunken to the mean of layer, theme and period by the method of \
         moments (Marshall 1991, Applied Statistics 40); interval: 2.5 % and 97.5 % of its gamma \
         posterior, none where the rates vary no more than chance. Units below the threshold \
         inform the mean with the count expected of them given that it is below (EM, Dempster, \
         Laird and Rubin 1977). Survey percentages are not shrunken."
            .into(),
    );
    say(
        "gi_z, gi_p, gi_q, gi_class",
        format!(
            "Getis-Ord Gi* (Ord and Getis 1995, Geographical Analysis 27) with binary weights, the \
             unit itself included, on empirical Bayes rates, because raw rates of small places vary \
             for no reason but their size; indicators on their published value. A unit below the \
             threshold enters with its expected rate, a function of published numbers alone; units \
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

/// What a careful reader must know.
pub(super) fn caveats(
    synthetic: bool,
    effort_known: bool,
    exposure: ExposureSources,
    has_counts: bool,
    has_indicators: bool,
) -> Vec<String> {
    let mut caveats = Vec::new();
    let mut say = |text: &str| caveats.push(text.to_owned());
    if synthetic {
        say("The data are synthetic: places, people and events are invented.");
    }
    if has_counts {
        say(
            "Counts are of recorded cases. Reports follow reporters: compare with effort before \
             reading a low count as little harm.",
        );
        say("The first and the last period may be incomplete.");
        if !effort_known {
            say(
                "No effort is recorded in the lake, so every place counts as observed and \
                 \"not observed\" never appears.",
            );
        }
    }
    if has_indicators {
        say(
            "Survey estimates of districts have wide intervals, and police figures measure \
             registration. Whether a high value is good or bad depends on the indicator; the \
             score only says where it is high.",
        );
    }
    if exposure.from_0_6 + exposure.from_population > 0 {
        say(
            "Where children below 18 are not given they are estimated from a census of another \
             year with national ratios.",
        );
    }
    say("Boundaries are those supplied with the data and carry no authority.");
    caveats
}
