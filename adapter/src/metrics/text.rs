//! Prometheus' text format, version 0.0.4: "Exposition formats" in the Prometheus documentation.

use std::fmt::{Display, Write};

use super::counters::{BOUNDS, Histogram};

/// A page of metrics as it is being written.
#[derive(Default)]
pub(super) struct Text(String);

/// What a family of samples is.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Counter,
    Gauge,
    Histogram,
}

impl Text {
    /// Begins a family; its samples follow.
    pub(super) fn family(&mut self, name: &str, kind: Kind, help: &str) {
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        self.write(format_args!("# HELP {name} {help}\n# TYPE {name} {kind}\n"));
    }

    pub(super) fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        self.write(format_args!("{name}"));
        for (number, (label, text)) in labels.iter().enumerate() {
            let before = if number == 0 { '{' } else { ',' };
            self.write(format_args!("{before}{label}=\""));
            for character in text.chars() {
                match character {
                    '\\' => self.0.push_str("\\\\"),
                    '"' => self.0.push_str("\\\""),
                    '\n' => self.0.push_str("\\n"),
                    other => self.0.push(other),
                }
            }
            self.0.push('"');
        }
        self.write(format_args!("{} {value}\n", if labels.is_empty() { "" } else { "}" }));
    }

    pub(super) fn histogram(&mut self, name: &str, function: &str, histogram: &Histogram) {
        let bounds = BOUNDS.iter().map(ToString::to_string).chain(["+Inf".to_owned()]);
        let mut count = 0;
        for (bound, cumulated) in bounds.zip(histogram.cumulated()) {
            count = cumulated;
            self.sample(&format!("{name}_bucket"), &[("function", function), ("le", &bound)], cumulated);
        }
        self.sample(&format!("{name}_sum"), &[("function", function)], histogram.seconds());
        self.sample(&format!("{name}_count"), &[("function", function)], count);
    }

    pub(super) fn into_string(self) -> String {
        self.0
    }

    fn write(&mut self, what: std::fmt::Arguments<'_>) {
        // Writing to a String does not fail.
        let _ = self.0.write_fmt(what);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_escaped_and_numbers_plain() {
        let mut text = Text::default();
        text.family("a_total", Kind::Counter, "What it is.");
        text.sample("a_total", &[("x", "q\"\\\n"), ("y", "")], 3);
        text.sample("b", &[], 0.5);
        assert_eq!(
            text.into_string(),
            "# HELP a_total What it is.\n# TYPE a_total counter\na_total{x=\"q\\\"\\\\\\n\",y=\"\"} 3\nb 0.5\n"
        );
    }

    #[test]
    fn buckets_of_a_histogram_are_cumulated() {
        let histogram = Histogram::default();
        for milliseconds in [1, 3, 40_000] {
            histogram.observe(std::time::Duration::from_millis(milliseconds));
        }
        let mut text = Text::default();
        text.histogram("t_seconds", "f", &histogram);
        let text = text.into_string();
        for line in [
            "t_seconds_bucket{function=\"f\",le=\"0.0005\"} 0\n",
            "t_seconds_bucket{function=\"f\",le=\"0.001\"} 1\n",
            "t_seconds_bucket{function=\"f\",le=\"0.005\"} 2\n",
            "t_seconds_bucket{function=\"f\",le=\"10\"} 2\n",
            "t_seconds_bucket{function=\"f\",le=\"+Inf\"} 3\n",
            "t_seconds_sum{function=\"f\"} 40.004\n",
            "t_seconds_count{function=\"f\"} 3\n",
        ] {
            assert!(text.contains(line), "{line} in {text}");
        }
    }
}
