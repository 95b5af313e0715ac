//! Rows of things. On a wide window a table; on a phone each row becomes a small card whose values carry the names
//! of their columns, so that nothing scrolls sideways.

use maud::{Markup, Render, html};

use crate::Text;

/// A column of a [`Table`].
#[derive(Debug, Clone)]
pub struct Column<'a> {
    name: Text<'a>,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Number,
    Code,
    Brief,
    Actions,
}

impl Kind {
    fn class(self) -> Option<&'static str> {
        match self {
            Self::Text => None,
            Self::Number => Some("number"),
            Self::Code => Some("code"),
            Self::Brief => Some("brief"),
            Self::Actions => Some("actions"),
        }
    }
}

impl<'a> Column<'a> {
    /// Words.
    #[must_use]
    pub fn text(name: impl Into<Text<'a>>) -> Self {
        Self { name: name.into(), kind: Kind::Text }
    }

    /// Figures: aligned at the right, digits of one width.
    #[must_use]
    pub fn number(name: impl Into<Text<'a>>) -> Self {
        Self { name: name.into(), kind: Kind::Number }
    }

    /// Identifiers, values from a file: fixed-width.
    #[must_use]
    pub fn code(name: impl Into<Text<'a>>) -> Self {
        Self { name: name.into(), kind: Kind::Code }
    }

    /// A date, a state: stays on one line.
    #[must_use]
    pub fn brief(name: impl Into<Text<'a>>) -> Self {
        Self { name: name.into(), kind: Kind::Brief }
    }

    /// Buttons; the name is only read by screen readers.
    #[must_use]
    pub fn actions(name: impl Into<Text<'a>>) -> Self {
        Self { name: name.into(), kind: Kind::Actions }
    }
}

/// A table: `(Table::new("Customers", [Column::text("Name"), Column::number("Invoices")]).row([html! { … }, …]))`.
///
/// The first column names the row and is its header. Every row should have as many cells as there are columns.
#[derive(Debug, Clone)]
pub struct Table<'a> {
    caption: Text<'a>,
    caption_shown: bool,
    columns: Vec<Column<'a>>,
    rows: Vec<Vec<Markup>>,
    empty: Option<Markup>,
}

impl<'a> Table<'a> {
    /// A table with a caption that only screen readers say, because a heading usually stands above it.
    #[must_use]
    pub fn new(caption: impl Into<Text<'a>>, columns: impl IntoIterator<Item = Column<'a>>) -> Self {
        Self {
            caption: caption.into(),
            caption_shown: false,
            columns: columns.into_iter().collect(),
            rows: Vec::new(),
            empty: None,
        }
    }

    /// Shows the caption.
    #[must_use]
    pub fn show_caption(mut self) -> Self {
        self.caption_shown = true;
        self
    }

    /// Adds a row. Wrap names that people gave in [`crate::foreign`].
    #[must_use]
    pub fn row(mut self, cells: impl IntoIterator<Item = Markup>) -> Self {
        self.push(cells);
        self
    }

    /// Adds a row, in a loop.
    pub fn push(&mut self, cells: impl IntoIterator<Item = Markup>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Adds many rows.
    #[must_use]
    pub fn rows<R: IntoIterator<Item = Markup>>(mut self, rows: impl IntoIterator<Item = R>) -> Self {
        for row in rows {
            self.push(row);
        }
        self
    }

    /// What stands in place of the table when it has no rows: an [`crate::EmptyState`].
    #[must_use]
    pub fn empty(mut self, state: impl Render) -> Self {
        self.empty = Some(state.render());
        self
    }

    fn header(&self) -> Markup {
        html! {
            thead role="rowgroup" {
                tr role="row" {
                    @for column in &self.columns {
                        th role="columnheader" scope="col" class=[column.kind.class()] {
                            @if column.kind == Kind::Actions {
                                span.visually-hidden { (column.name) }
                            } @else {
                                (column.name)
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The roles repeat what the elements mean, because laying a table out as cards takes the meaning from them.
impl Render for Table<'_> {
    fn render(&self) -> Markup {
        if let (true, Some(empty)) = (self.rows.is_empty(), &self.empty) {
            return empty.clone();
        }
        html! {
            div.table-frame {
                table role="table" {
                    caption.visually-hidden[!self.caption_shown] { (self.caption) }
                    (self.header())
                    tbody role="rowgroup" {
                        @for row in &self.rows {
                            tr role="row" {
                                @for (index, (column, cell)) in self.columns.iter().zip(row).enumerate() {
                                    @if index == 0 {
                                        th role="rowheader" scope="row" class=[column.kind.class()]
                                            data-label=(column.name) { (cell) }
                                    } @else {
                                        td role="cell" class=[column.kind.class()] data-label=(column.name) {
                                            div { (cell) }
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EmptyState, Icon};

    #[test]
    fn cells_carry_the_name_of_their_column() {
        let columns = [Column::text("Name"), Column::number("Invoices")];
        let table = Table::new("Customers", columns).row([html! { "A & B" }, html! { "3" }]);
        let html = table.render().into_string();
        assert!(html.contains("data-label=\"Name\">A &amp; B</th>"), "{html}");
        assert!(html.contains("<td role=\"cell\" class=\"number\" data-label=\"Invoices\">"), "{html}");
    }

    #[test]
    fn a_table_without_rows_is_its_empty_state() {
        let table = Table::new("Customers", [Column::text("Name")])
            .empty(EmptyState::new(Icon::Customers, "None yet"));
        let html = table.render().into_string();
        assert!(html.contains("None yet") && !html.contains("<table"), "{html}");
    }
}
