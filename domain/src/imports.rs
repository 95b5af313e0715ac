//! Importing customers from a CSV file: start, run, watch, give up.

mod encoding;
mod expire;
mod file;
mod run;
mod start;
mod view;

pub use expire::{EXPIRE_AFTER, expire_imports};
pub use file::{COLUMNS, FileError};
pub use run::{Outcome, RunImportError, file_of, run_import};
pub use start::{MAX_FILE_BYTES, StartImport, start_import};
pub use view::{Import, ImportError, ImportErrors, ImportStatus, find_import, import_errors, list_imports};
