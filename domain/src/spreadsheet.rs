//! CSV (RFC 4180) for people, who open it in a spreadsheet: no cell of it is ever run as a formula.

use std::borrow::Cow;

use crate::StorageError;

/// A file that grows row by row.
#[derive(Debug)]
pub struct Spreadsheet {
    writer: csv::Writer<Vec<u8>>,
}

impl Spreadsheet {
    /// A file with these columns. It begins with a byte order mark, without which spreadsheets take UTF-8 for an
    /// encoding of last century's.
    ///
    /// # Errors
    /// Never in practice: it is written to memory.
    pub fn new(columns: &[&str]) -> Result<Self, StorageError> {
        let mut file = Self { writer: csv::Writer::from_writer("\u{feff}".as_bytes().to_vec()) };
        file.row(columns.iter().copied())?;
        Ok(file)
    }

    /// Adds a row, as many cells as there are columns.
    ///
    /// # Errors
    /// When the number of cells differs.
    pub fn row<T: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = T>) -> Result<(), StorageError> {
        for cell in cells {
            self.writer.write_field(harmless(cell.as_ref()).as_ref()).map_err(broken)?;
        }
        self.writer.write_record(None::<&[u8]>).map_err(broken)
    }

    /// The file's bytes.
    ///
    /// # Errors
    /// Never in practice: it is written to memory.
    pub fn finish(self) -> Result<Vec<u8>, StorageError> {
        self.writer.into_inner().map_err(|error| broken(error.into_error().into()))
    }
}

fn broken(error: csv::Error) -> StorageError {
    StorageError(sqlx::Error::Encode(error.into()))
}

/// A cell that begins like a formula gets an apostrophe in front, which spreadsheets take for "this is text" (OWASP,
/// "CSV Injection"). Tab and carriage return count as well: some programs drop them and look at what follows.
fn harmless(cell: &str) -> Cow<'_, str> {
    match cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        true => Cow::Owned(format!("'{cell}")),
        false => Cow::Borrowed(cell),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(rows: &[[&str; 2]]) -> String {
        let mut file = Spreadsheet::new(&["a", "b"]).unwrap();
        for row in rows {
            file.row(row).unwrap();
        }
        String::from_utf8(file.finish().unwrap()).unwrap()
    }

    #[test]
    fn quotes_commas_and_line_breaks_survive() {
        assert_eq!(text(&[["say \"hi\"", "a,b\nc"]]), "\u{feff}a,b\n\"say \"\"hi\"\"\",\"a,b\nc\"\n");
    }

    #[test]
    fn no_cell_is_a_formula() {
        for cell in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "=HYPERLINK(\"x\",\"y\")"] {
            let written = text(&[[cell, "x"]]);
            let mut reader = csv::Reader::from_reader(written.as_bytes());
            let row = reader.records().next().unwrap().unwrap();
            assert_eq!(&row[0], format!("'{cell}"), "{cell:?}");
        }
        assert!(text(&[["a=b", "1-2"]]).ends_with("a=b,1-2\n"));
    }
}
