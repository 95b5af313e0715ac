//! Receipt handles: which message of which queue was received, and at which receive. Opaque to callers.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::error::SqsError;
use super::queue::Sequence;

/// What a receipt handle says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Receipt {
    pub(super) queue: u64,
    pub(super) sequence: Sequence,
    /// Differs from receive to receive and, nearly always, from one run of the service to the next.
    pub(super) mark: u64,
}

impl Receipt {
    pub(super) fn to_handle(self) -> String {
        let parts = [self.queue.to_be_bytes(), self.sequence.to_be_bytes(), self.mark.to_be_bytes()];
        URL_SAFE_NO_PAD.encode(parts.concat())
    }

    /// Reads a handle that was given out for `queue`.
    pub(super) fn read(handle: Option<&str>, queue: u64) -> Result<Self, SqsError> {
        let handle =
            handle.filter(|text| !text.is_empty()).ok_or(SqsError::MissingParameter("ReceiptHandle"))?;
        let invalid = || {
            SqsError::ReceiptHandleIsInvalid(format!(
                "The input receipt handle \"{handle}\" is not a valid receipt handle."
            ))
        };
        let bytes = URL_SAFE_NO_PAD.decode(handle).map_err(|_| invalid())?;
        let (parts, rest) = bytes.as_chunks::<8>();
        let ([of_queue, sequence, mark], []) = (parts, rest) else { return Err(invalid()) };
        let receipt = Self {
            queue: u64::from_be_bytes(*of_queue),
            sequence: u64::from_be_bytes(*sequence),
            mark: u64::from_be_bytes(*mark),
        };
        if receipt.queue == queue { Ok(receipt) } else { Err(invalid()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_read_back_for_its_own_queue_only() {
        let receipt = Receipt { queue: 3, sequence: 99, mark: u64::MAX };
        let handle = receipt.to_handle();
        assert_eq!(Receipt::read(Some(&handle), 3), Ok(receipt));
        assert!(matches!(Receipt::read(Some(&handle), 4), Err(SqsError::ReceiptHandleIsInvalid(_))));
        assert!(matches!(Receipt::read(Some("rubbish!"), 3), Err(SqsError::ReceiptHandleIsInvalid(_))));
        assert_eq!(Receipt::read(None, 3), Err(SqsError::MissingParameter("ReceiptHandle")));
    }
}
