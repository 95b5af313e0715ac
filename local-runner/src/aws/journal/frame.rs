//! The bytes of one record: length, checksum, payload. A record that was written only in part is told from a whole
//! one by its checksum, which covers the length too.

/// Bytes before the payload: its length and its checksum, both little-endian.
pub(super) const HEADER: usize = 8;

/// A longer record is taken for garbage. Well above the largest request of any service here (16 MB).
pub(super) const MAX_PAYLOAD: usize = 256 * 1024 * 1024;

/// Appends `payload` as one record to `out`.
pub(super) fn encode(payload: &[u8], out: &mut Vec<u8>) {
    debug_assert!(payload.len() <= MAX_PAYLOAD, "services refuse requests long before this size");
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX).to_le_bytes();
    out.extend_from_slice(&length);
    out.extend_from_slice(&checksum(length, payload).to_le_bytes());
    out.extend_from_slice(payload);
}

/// The payload's length and checksum as the header tells them; `None` if no such record can be.
pub(super) fn parse_header(header: [u8; HEADER]) -> Option<(usize, u32)> {
    let [a, b, c, d, e, f, g, h] = header;
    let length = usize::try_from(u32::from_le_bytes([a, b, c, d])).ok()?;
    (length <= MAX_PAYLOAD).then_some((length, u32::from_le_bytes([e, f, g, h])))
}

/// Whether `payload` is what was written under this checksum.
pub(super) fn is_intact(payload: &[u8], expected: u32) -> bool {
    u32::try_from(payload.len()).is_ok_and(|length| checksum(length.to_le_bytes(), payload) == expected)
}

fn checksum(length: [u8; 4], payload: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&length);
    hasher.update(payload);
    hasher.finalize()
}
