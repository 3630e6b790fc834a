//! Metrics in the Prometheus text format.
//!
//! Labels are the template of a route, the method and the status: never a
//! place, a theme, a coordinate or a count of children.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use metrics::{Key, Label, Level, Metadata, Recorder as _, Unit};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusRecorder};

use safeground_privacy::Audience;

const REQUESTS: &str = "safeground_http_requests_total";
const DURATION: &str = "safeground_http_request_duration_seconds";
const CACHE: &str = "safeground_tile_cache_lookups_total";
const RELEASE: &str = "safeground_release_info";

/// Upper limits of the buckets of durations, in seconds.
const BUCKETS: [f64; 9] = [0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

static METADATA: Metadata<'static> = Metadata::new(module_path!(), Level::INFO, None);

/// The metrics of one server. They are its own, not the process's, so that
/// several servers can run side by side.
pub(crate) struct Metrics {
    recorder: PrometheusRecorder,
    served: Mutex<Vec<(Audience, String)>>,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

impl Metrics {
    /// No request counted yet.
    pub(crate) fn new() -> Self {
        let matcher = Matcher::Full(DURATION.to_owned());
        let recorder = PrometheusBuilder::new()
            .set_buckets_for_metric(matcher, &BUCKETS)
            .expect("the buckets are not empty")
            .build_recorder();
        let describe = |name: &'static str, text: &'static str| {
            recorder.describe_counter(name.into(), None, text.into());
        };
        describe(REQUESTS, "Requests answered.");
        describe(CACHE, "Tiles asked for, by whether they were in memory.");
        recorder.describe_gauge(RELEASE.into(), None, "Releases being served.".into());
        recorder.describe_histogram(
            DURATION.into(),
            Some(Unit::Seconds),
            "Time to the head of the response.".into(),
        );
        Self {
            recorder,
            served: Mutex::default(),
        }
    }

    /// Counts a request.
    pub(crate) fn request(&self, route: &str, method: &'static str, status: u16, took: Duration) {
        let label = |name: &'static str, value: String| Label::new(name, value);
        let labels = vec![
            label("route", route.to_owned()),
            label("method", method.to_owned()),
            label("status", status.to_string()),
        ];
        let key = Key::from_parts(REQUESTS, labels);
        self.recorder.register_counter(&key, &METADATA).increment(1);
        let key = Key::from_parts(DURATION, vec![label("route", route.to_owned())]);
        let histogram = self.recorder.register_histogram(&key, &METADATA);
        histogram.record(took.as_secs_f64());
    }

    /// Counts a look into the tile cache.
    pub(crate) fn tile(&self, cached: bool) {
        let result = if cached { "hit" } else { "miss" };
        let key = Key::from_parts(CACHE, vec![Label::new("result", result)]);
        self.recorder.register_counter(&key, &METADATA).increment(1);
    }

    /// Says which releases are served; those before go to zero.
    pub(crate) fn releases(&self, releases: Vec<(Audience, String)>) {
        let set = |(audience, release): &(Audience, String), value: f64| {
            let labels = vec![
                Label::new("audience", audience.as_str()),
                Label::new("release", release.clone()),
            ];
            let key = Key::from_parts(RELEASE, labels);
            self.recorder.register_gauge(&key, &METADATA).set(value);
        };
        let mut served = self.served.lock().unwrap_or_else(PoisonError::into_inner);
        served.iter().for_each(|release| set(release, 0.0));
        releases.iter().for_each(|release| set(release, 1.0));
        *served = releases;
    }

    /// The text that Prometheus reads.
    pub(crate) fn render(&self) -> String {
        let handle = self.recorder.handle();
        handle.run_upkeep();
        handle.render()
    }
}
