//! An object as one file: its content, then what is known about it as JSON, then where that begins. One file, so that
//! one rename makes both appear; content first, so that it can be written before its digest is known.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use serde::{Deserialize, Serialize};

/// How a whole file of this version ends.
const MAGIC: &[u8; 8] = b"VxObj 1\n";

/// The end of the file: the length of the JSON, then [`MAGIC`].
const FOOTER: usize = 4 + MAGIC.len();

/// What is known about an object besides its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ObjectMeta {
    pub(super) key: String,
    /// Bytes of content.
    pub(super) size: u64,
    /// When it was written, in ms since 1970.
    pub(super) modified_ms: i64,
    /// The MD5 of the content, in hex; of an upload in parts their MD5s' MD5 and their number.
    pub(super) etag: String,
    pub(super) content_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) content_encoding: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) content_disposition: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) content_language: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) cache_control: Option<String>,
    /// `x-amz-meta-*`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) metadata: BTreeMap<String, String>,
}

impl ObjectMeta {
    /// The content type of an object that was given none.
    pub(super) const DEFAULT_TYPE: &str = "binary/octet-stream";

    /// Of a part of an object to be.
    pub(super) fn of_part(size: u64, etag: String, modified_ms: i64) -> Self {
        Self::new(String::new(), size, etag, modified_ms)
    }

    /// Of an object that nothing more was said about.
    pub(super) fn new(key: String, size: u64, etag: String, modified_ms: i64) -> Self {
        Self {
            key,
            size,
            modified_ms,
            etag,
            content_type: Self::DEFAULT_TYPE.into(),
            content_encoding: None,
            content_disposition: None,
            content_language: None,
            cache_control: None,
            metadata: BTreeMap::new(),
        }
    }

    /// What follows the content in the file.
    pub(super) fn to_tail(&self) -> io::Result<Vec<u8>> {
        let mut tail = serde_json::to_vec(self)?;
        let length = u32::try_from(tail.len()).map_err(io::Error::other)?;
        tail.extend_from_slice(&length.to_le_bytes());
        tail.extend_from_slice(MAGIC);
        Ok(tail)
    }

    /// Reads what a file knows about its object; `InvalidData` if it is no object's file.
    pub(super) fn read(path: &Path) -> io::Result<Self> {
        let invalid = || io::Error::new(io::ErrorKind::InvalidData, "not the file of an object");
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        let footer_at = length.checked_sub(FOOTER as u64).ok_or_else(invalid)?;
        file.seek(SeekFrom::Start(footer_at))?;
        let mut footer = [0; FOOTER];
        file.read_exact(&mut footer)?;
        let ([a, b, c, d, magic @ ..], json_at) = (&footer, footer_at);
        if magic != MAGIC {
            return Err(invalid());
        }
        let json_length = u32::from_le_bytes([*a, *b, *c, *d]);
        let json_at = json_at.checked_sub(u64::from(json_length)).ok_or_else(invalid)?;
        file.seek(SeekFrom::Start(json_at))?;
        let mut json = vec![0; usize::try_from(json_length).map_err(io::Error::other)?];
        file.read_exact(&mut json)?;
        let meta: Self = serde_json::from_slice(&json)?;
        if meta.size == json_at { Ok(meta) } else { Err(invalid()) }
    }
}
