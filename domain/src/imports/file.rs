//! From text to rows: separator, header, and a checked customer or the reasons against it for each row.

use std::collections::HashMap;

use csv::{Position, ReaderBuilder, StringRecord};

use super::encoding;
use crate::{
    FieldError, FieldErrors,
    customers::{CustomerDraft, CustomerInput},
};

/// The columns, as the header names them; the first four of [`REQUIRED`] must be there, the others may.
pub const COLUMNS: [&str; 10] = [
    "name",
    "email",
    "vat_number",
    "address_line1",
    "postal_code",
    "city",
    "country",
    "currency",
    "payment_terms_days",
    "reference",
];

/// Columns without which no row can be right.
const REQUIRED: [&str; 4] = ["name", "email", "country", "currency"];

/// What is wrong with a file as a whole, in words for the person who uploaded it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// Not text.
    #[error("This is not a text file. Save the customers as CSV and upload that file.")]
    NotText,
    /// Nothing in it.
    #[error("The file is empty. Its first line must name the columns.")]
    Empty,
    /// A header and no rows.
    #[error("The file has a header and no rows below it: there is nothing to import.")]
    NoRows,
    /// Columns that the header lacks.
    #[error("The first line must name the columns. Missing: {}. A header looks like: {}", .0.join(", "), COLUMNS.join(","))]
    MissingColumns(Vec<&'static str>),
    /// A column that stands twice.
    #[error("The header names the column “{0}” twice. Rename or remove one.")]
    RepeatedColumn(&'static str),
}

/// A file's rows.
#[derive(Debug)]
pub(super) struct CustomerFile {
    pub(super) rows: Vec<Row>,
    pub(super) read_as: Option<&'static str>,
}

/// One row.
#[derive(Debug)]
pub(super) struct Row {
    /// 1 is the first row below the header.
    pub(super) number: i32,
    /// 1 is the header's line.
    pub(super) line: i32,
    pub(super) customer: Result<CustomerDraft, FieldErrors>,
}

/// Reads and checks a whole file. The same bytes give the same rows, always: a run that is resumed relies on it.
pub(super) fn read(bytes: &[u8]) -> Result<CustomerFile, FileError> {
    let decoded = encoding::decode(bytes).ok_or(FileError::NotText)?;
    if decoded.text.trim().is_empty() {
        return Err(FileError::Empty);
    }
    let mut reader = ReaderBuilder::new()
        .delimiter(separator(&decoded.text))
        .flexible(true)
        .from_reader(decoded.text.as_bytes());
    let header = Header::read(reader.headers().map_err(|_| FileError::NotText)?)?;
    let mut rows = Vec::new();
    let mut lines = Lines::of(&decoded.text);
    let mut first_with = HashMap::new();
    for (number, record) in (1..).zip(reader.records()) {
        let record = record.map_err(|_| FileError::NotText)?;
        let line = lines.at(record.position().map_or(0, Position::byte));
        let customer = header.customer(&record).and_then(|draft| unrepeated(draft, number, &mut first_with));
        rows.push(Row { number, line, customer });
    }
    if rows.is_empty() { Err(FileError::NoRows) } else { Ok(CustomerFile { rows, read_as: decoded.read_as }) }
}

/// Counts lines as an editor does; the reader itself is one short after a line break inside quotes.
struct Lines<'a> {
    rest: &'a [u8],
    offset: u64,
    line: i32,
}

impl<'a> Lines<'a> {
    fn of(text: &'a str) -> Self {
        Self { rest: text.as_bytes(), offset: 0, line: 1 }
    }

    /// The line of the first row at or after a byte; bytes are asked for in ascending order.
    fn at(&mut self, byte: u64) -> i32 {
        while let Some((first, rest)) = self.rest.split_first() {
            if self.offset >= byte && !b"\r\n".contains(first) {
                break;
            }
            self.line += i32::from(*first == b'\n');
            (self.rest, self.offset) = (rest, self.offset + 1);
        }
        self.line
    }
}

/// The one of the usual separators that splits the first line into the most known columns.
fn separator(text: &str) -> u8 {
    let line = text.lines().next().unwrap_or_default();
    let known = |separator: u8| {
        line.split(char::from(separator)).filter(|cell| COLUMNS.contains(&column_name(cell).as_str())).count()
    };
    // Of equals the last one wins: the comma.
    [b'|', b'\t', b';', b','].into_iter().max_by_key(|separator| known(*separator)).unwrap_or(b',')
}

/// `"VAT number"` → `vat_number`.
fn column_name(cell: &str) -> String {
    cell.trim().trim_matches('"').trim().to_lowercase().replace([' ', '-'], "_")
}

/// The second row with an address is refused, so that nothing is imported twice.
fn unrepeated(
    draft: CustomerDraft,
    number: i32,
    first_with: &mut HashMap<String, i32>,
) -> Result<CustomerDraft, FieldErrors> {
    match first_with.get(&draft.email.key()) {
        Some(first) => {
            Err(FieldErrors::one("email", format!("Row {first} of this file has this address already")))
        }
        None => {
            first_with.insert(draft.email.key(), number);
            Ok(draft)
        }
    }
}

/// Where in a record each known column stands.
struct Header {
    positions: [Option<usize>; COLUMNS.len()],
    width: usize,
}

impl Header {
    fn read(record: &StringRecord) -> Result<Self, FileError> {
        let mut positions = [None; COLUMNS.len()];
        for (position, cell) in record.iter().enumerate() {
            let name = column_name(cell);
            let Some(column) = COLUMNS.iter().position(|column| *column == name) else { continue };
            if positions[column].replace(position).is_some() {
                return Err(FileError::RepeatedColumn(COLUMNS[column]));
            }
        }
        let missing: Vec<_> = COLUMNS
            .into_iter()
            .zip(positions)
            .filter(|(name, position)| position.is_none() && REQUIRED.contains(name))
            .map(|(name, _)| name)
            .collect();
        if missing.is_empty() {
            Ok(Self { positions, width: record.len() })
        } else {
            Err(FileError::MissingColumns(missing))
        }
    }

    fn customer(&self, record: &StringRecord) -> Result<CustomerDraft, FieldErrors> {
        if record.len() != self.width {
            let message = format!("This row has {} cells where the header has {}", record.len(), self.width);
            return Err(FieldErrors::one("row", message));
        }
        let cell = |column: usize| {
            self.positions[column].and_then(|position| record.get(position)).unwrap_or_default().to_owned()
        };
        let input = CustomerInput {
            name: cell(0),
            email: cell(1),
            vat_number: cell(2),
            address_line1: cell(3),
            postal_code: cell(4),
            city: cell(5),
            country: cell(6),
            currency: cell(7),
            payment_terms_days: cell(8),
            reference: cell(9),
        };
        input.check()
    }
}

impl Row {
    /// The findings against a row; none for a good one.
    pub(super) fn errors(&self) -> &[FieldError] {
        self.customer.as_ref().err().map_or(&[], FieldErrors::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixture(name: &str) -> Vec<u8> {
        std::fs::read(format!("{}/../fixtures/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
    }

    #[test]
    fn each_awkward_row_has_the_outcome_that_its_author_expects() {
        let file = read(&fixture("customers-messy.csv")).unwrap();
        assert_eq!(file.rows.len(), 40);
        let expected = String::from_utf8(fixture("customers-messy.expected.csv")).unwrap();
        let mut rejected = Vec::new();
        for line in expected.lines().skip(1) {
            let (row, outcome) = line.split_once(',').unwrap();
            let row = &file.rows[row.parse::<usize>().unwrap() - 1];
            match outcome.strip_prefix("rejected: ") {
                None => assert!(row.customer.is_ok(), "row {}: {:?}", row.number, row.errors()),
                Some(reason) => {
                    let field = reason.split(' ').next().unwrap();
                    assert_eq!(row.errors()[0].field, field, "row {}", row.number);
                    rejected.push(row.number);
                }
            }
        }
        let all: Vec<_> =
            file.rows.iter().filter(|row| row.customer.is_err()).map(|row| row.number).collect();
        assert_eq!(all, rejected, "no other row is rejected");
        assert_eq!(file.rows[5].errors()[0].message, "Row 5 of this file has this address already");
        assert_eq!(
            (file.rows[20].number, file.rows[20].line),
            (21, 23),
            "a quoted line break counts as a line"
        );
    }

    #[test]
    fn ragged_rows_are_refused_and_their_neighbours_are_not() {
        let file = read(&fixture("customers-ragged.csv")).unwrap();
        let bad: Vec<_> = file.rows.iter().filter(|row| row.customer.is_err()).collect();
        let messages: Vec<_> = bad.iter().map(|row| (row.number, row.errors()[0].message.as_ref())).collect();
        assert_eq!(
            messages,
            [
                (5, "This row has 6 cells where the header has 10"),
                (7, "This row has 12 cells where the header has 10")
            ]
        );
    }

    #[test]
    fn a_file_in_another_encoding_is_read_and_that_is_told() {
        let file = read(&fixture("customers-latin1.csv")).unwrap();
        assert_eq!(file.read_as, Some("windows-1252"));
        assert_eq!(file.rows[1].customer.as_ref().unwrap().name, "Ústí Verlag 40001");
        assert!(file.rows.iter().all(|row| row.customer.is_ok()));
    }

    #[test]
    fn files_that_are_no_customers_are_refused_as_a_whole() {
        assert_eq!(read(&fixture("customers-header-only.csv")).unwrap_err(), FileError::NoRows);
        assert_eq!(
            read(&fixture("customers-binary.csv")).unwrap_err(),
            FileError::MissingColumns(REQUIRED.to_vec())
        );
        assert_eq!(read(b"\0\x01\x02").unwrap_err(), FileError::NotText);
        assert_eq!(read(b"\xEF\xBB\xBF \r\n").unwrap_err(), FileError::Empty);
        assert_eq!(
            read(b"name,email,country,currency,E-Mail,Email\n").unwrap_err(),
            FileError::RepeatedColumn("email")
        );
    }

    #[test]
    fn columns_come_in_any_order_and_unknown_ones_are_ignored() {
        let text = "Currency\tmood\tNAME\t\"Country\"\temail\nEUR\tgood\tAcme\tDE\ta@b.co\n";
        let file = read(text.as_bytes()).unwrap();
        let customer = file.rows[0].customer.as_ref().unwrap();
        assert_eq!((customer.name.as_str(), customer.payment_terms_days), ("Acme", 30));
    }
}
