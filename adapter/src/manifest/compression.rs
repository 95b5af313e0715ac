//! Whether and how answers are compressed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How answers are compressed.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CompressionSpec {
    /// Offered to clients, the preferred first.
    #[serde(default = "algorithms")]
    #[schemars(length(min = 1))]
    pub algorithms: Vec<Algorithm>,
    /// Bodies that are smaller are sent as they are.
    #[serde(default = "min_bytes")]
    pub min_bytes: usize,
}

/// A content coding, by its name in HTTP.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub enum Algorithm {
    /// Zstandard (RFC 8878): the fastest.
    #[serde(rename = "zstd")]
    Zstd,
    /// Brotli (RFC 7932).
    #[serde(rename = "br")]
    Brotli,
    /// Known to every client (RFC 1952).
    #[serde(rename = "gzip")]
    Gzip,
}

fn algorithms() -> Vec<Algorithm> {
    vec![Algorithm::Zstd, Algorithm::Brotli, Algorithm::Gzip]
}

const fn min_bytes() -> usize {
    1024
}
