//! The few pictures that the pages use, drawn as inline SVG in the colour of the text beside them. They are
//! decoration: a screen reader skips them, so the words next to them must be enough.

use maud::{Markup, Render, html};

/// A picture of 20 × 20 CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say what they show")]
pub enum Icon {
    Overview,
    Customers,
    Invoice,
    Import,
    Key,
    Shield,
    Organization,
    Settings,
    Search,
    Success,
    Warning,
    Error,
    Info,
    Copy,
    Left,
    Right,
    Down,
    Menu,
    Close,
    SignOut,
    Clock,
    File,
    Plus,
    Compass,
    Function,
    Activity,
    Queue,
    Mail,
    Database,
    Table,
    Folder,
}

impl Icon {
    fn path(self) -> &'static str {
        match self {
            Self::Overview => "M3 9.5 10 3.5l7 6M5 8v8.5h3.5V12h3v4.5H15V8",
            Self::Customers => {
                "M7.5 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM2 16.5c0-2.8 2.3-4.5 5.5-4.5s5.5 1.7 5.5 4.5M13 4a3 3 0 0 1 0 5.2M15 12.4c1.9.6 3 2 3 4.1"
            }
            Self::Invoice => "M5 2.5h10v15l-2.5-1.6-2.5 1.6-2.5-1.6L5 17.5ZM8 6.5h4M8 10h4",
            Self::Import => "M10 12.5v-9M6.5 6.7 10 3.2l3.5 3.5M3.5 12v4.5h13V12",
            Self::Key => "M7 16a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM9.5 10 16.5 3M13.5 6l2.5 2.5",
            Self::Shield => "M10 2.5 16 4.7v4.8c0 3.6-2.4 6.5-6 8-3.6-1.5-6-4.4-6-8V4.7ZM7.3 9.8l2 2 3.5-3.8",
            Self::Organization => "M4 17V3.5h8V17M12 8h4v9M2.5 17h15M7 7h2M7 10h2M7 13h2",
            Self::Settings => {
                "M3 6h6M13 6h4M3 14h4M11 14h6M11 8a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM9 16a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z"
            }
            Self::Search => "M9 15A6 6 0 1 0 9 3a6 6 0 0 0 0 12ZM13.5 13.5 17 17",
            Self::Success => "M10 17.5a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15ZM6.8 10.2l2.3 2.3 4.3-4.8",
            Self::Warning => "M10 3 18 16.8H2ZM10 8v4M10 14.3v.4",
            Self::Error => "M10 17.5a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15ZM10 6v4.8M10 13.5v.4",
            Self::Info => "M10 17.5a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15ZM10 9.3V14M10 6.2v.4",
            Self::Copy => "M7.5 7.5h9v9h-9ZM12.5 7.5v-4h-9v9h4",
            Self::Left => "M16.5 10h-13M8.5 5l-5 5 5 5",
            Self::Down => "M5 7.5l5 5 5-5",
            Self::Right => "M3.5 10h13M11.5 5l5 5-5 5",
            Self::Menu => "M3 5.5h14M3 10h14M3 14.5h14",
            Self::Close => "M5 5l10 10M15 5 5 15",
            Self::SignOut => "M8 3.5H3.5v13H8M13 6.5l3.5 3.5-3.5 3.5M7.5 10h9",
            Self::Clock => "M10 17.5a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15ZM10 6v4.2l2.8 1.8",
            Self::File => "M5 2.5h6.5L15 6v11.5H5ZM11.5 2.5V6H15",
            Self::Plus => "M10 4v12M4 10h12",
            Self::Function => "M11 2.5 4 11.5h5.5L9 17.5l7-9h-5.5Z",
            Self::Activity => "M2.5 10.5h3.5l2.5-7 3.5 13 2.5-6h3",
            Self::Queue => "M3.5 4h13v3.5h-13ZM3.5 10.3h13M3.5 13.4h13M3.5 16.5h13",
            Self::Mail => "M2.5 4.5h15v11h-15ZM2.5 5.5 10 11l7.5-5.5",
            Self::Database => {
                "M3.5 5c0-1.4 2.9-2.5 6.5-2.5s6.5 1.1 6.5 2.5-2.9 2.5-6.5 2.5S3.5 6.4 3.5 5ZM3.5 5v10c0 1.4 2.9 2.5 6.5 2.5s6.5-1.1 6.5-2.5V5M3.5 10c0 1.4 2.9 2.5 6.5 2.5s6.5-1.1 6.5-2.5"
            }
            Self::Table => "M2.5 3.5h15v13h-15ZM2.5 8h15M2.5 12.3h15M8 8v8.5",
            Self::Folder => "M2.5 5h5l2 2.5h8v8.5h-15Z",
            Self::Compass => {
                "M10 17.5a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15ZM13.2 6.8l-1.7 4.7-4.7 1.7 1.7-4.7Z"
            }
        }
    }
}

impl Render for Icon {
    fn render(&self) -> Markup {
        html! {
            svg.icon viewBox="0 0 20 20" width="20" height="20" fill="none" stroke="currentColor" stroke-width="1.6"
                stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false" {
                path d=(self.path()) {}
            }
        }
    }
}
