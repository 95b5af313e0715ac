//! Which handler a process is: a bundle is told by the name under which it was started, else by Lambda.

use std::{env, path::Path};

/// The first of these that names a handler: the last part of `argv[0]`, `_HANDLER`.
#[expect(clippy::disallowed_methods, reason = "_HANDLER is the Lambda environment's own, not configuration")]
pub(crate) fn of_this_process(known: impl Fn(&str) -> bool) -> Result<String, String> {
    let started_as =
        env::args_os().next().and_then(|path| Some(Path::new(&path).file_name()?.to_str()?.to_owned()));
    let handler = env::var("_HANDLER").ok();
    let candidates: Vec<_> = started_as.into_iter().chain(handler).collect();
    candidates.iter().find(|name| known(name)).cloned().ok_or_else(|| {
        format!(
            "this is a bundle of functions: start it under the name of one of them or set _HANDLER; \
             neither of {candidates:?} is one"
        )
    })
}
