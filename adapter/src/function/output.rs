//! What a process writes: told line by line, the last lines kept for when it dies.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader},
    process::Child,
    task::JoinSet,
};

use super::Function;
use crate::observer::OutputStream;

const KEPT_LINES: usize = 20;
/// A longer line is told in pieces, so that one without end cannot fill the memory.
const LONGEST_LINE: u64 = 64 * 1024;

/// Reads a process's streams until they end.
pub(super) struct Output {
    last_lines: Arc<Mutex<VecDeque<String>>>,
    readers: JoinSet<()>,
}

impl Output {
    pub(super) fn of(child: &mut Child, function: &Arc<Function>) -> Self {
        let last_lines = Arc::new(Mutex::new(VecDeque::new()));
        let mut readers = JoinSet::new();
        if let Some(stdout) = child.stdout.take() {
            readers.spawn(read(stdout, OutputStream::Stdout, Arc::clone(function), None));
        }
        if let Some(stderr) = child.stderr.take() {
            readers.spawn(read(
                stderr,
                OutputStream::Stderr,
                Arc::clone(function),
                Some(Arc::clone(&last_lines)),
            ));
        }
        Self { last_lines, readers }
    }

    /// The last lines of standard error, once the process has ended. A grandchild may hold the stream open, so
    /// this waits only a moment.
    pub(super) async fn finish(mut self) -> Vec<String> {
        let all = async { while self.readers.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(Duration::from_millis(200), all).await;
        self.last_lines.lock().unwrap_or_else(PoisonError::into_inner).drain(..).collect()
    }
}

async fn read(
    stream: impl AsyncRead + Unpin,
    kind: OutputStream,
    function: Arc<Function>,
    keep: Option<Arc<Mutex<VecDeque<String>>>>,
) {
    let mut reader = BufReader::new(stream);
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        match (&mut reader).take(LONGEST_LINE).read_until(b'\n', &mut bytes).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        let text = String::from_utf8_lossy(&bytes);
        let line = text.trim_end_matches(['\n', '\r']);
        function.hosting.observer.output(&function.name, kind, line);
        if let Some(keep) = &keep {
            let mut lines = keep.lock().unwrap_or_else(PoisonError::into_inner);
            if lines.len() == KEPT_LINES {
                lines.pop_front();
            }
            lines.push_back(line.chars().take(2_000).collect());
        }
    }
}
