//! Customers and their import.

use look::{
    Button, Card, Column, EmptyState, Errors, Facts, Field, Form, Icon, Live, Notice, Page, Pagination,
    Progress, Search, Stat, Stats, Status, Table, Tone, count, disclosure, foreign,
};
use maud::{Markup, html};

use crate::app;

pub(crate) fn pages() -> Vec<(&'static str, Markup)> {
    vec![
        ("dashboard", dashboard()),
        ("dashboard-empty", dashboard_empty()),
        ("customers", customers()),
        ("customers-none-found", none_found()),
        ("import", import(&Errors::new())),
        (
            "import-error",
            import(&Errors::new().on("file", "This is not a CSV file. Export it as CSV and try again.")),
        ),
        ("import-waiting", import_waiting()),
        ("import-running", import_running()),
        ("import-finished", import_finished()),
    ]
}

const CUSTOMERS: &[(&str, &str, &str, &str, u64)] = &[
    ("Ängelholms Mekaniska Verkstad AB", "faktura@angelholms-mek.example", "SE556703748501", "Sweden", 12),
    (
        "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft mbH",
        "rechnungseingang.zentrale@donaudampfschifffahrt-hauptbetriebswerk.example",
        "ATU12345678",
        "Austria",
        3,
    ),
    ("株式会社山田製作所", "keiri@yamada-seisakusho.example", "T1234567890123", "Japan", 48),
    ("شركة النور للتجارة والمقاولات", "ap@alnoor.example", "300123456700003", "Saudi Arabia", 7),
    ("Ελληνικά Ναυπηγεία Α.Ε.", "logistirio@naupigeia.example", "EL094014201", "Greece", 0),
    ("ООО «Северный ветер»", "buh@severny-veter.example", "", "Kazakhstan", 1_204),
    ("O’Brien & Daughters <Ltd>", "accounts@obrien.example", "IE6388047V", "Ireland", 31),
];

fn dashboard() -> Markup {
    app("Overview", "dashboard").notice(Notice::success("Welcome back. 212 customers were imported over night.")).body(html! {
        (Stats::new([
            Stat::new("Customers", count(10_212)).note("212 since Monday").href("/customers.html"),
            Stat::new("Imports", "3").note("1 is running").href("/import.html"),
            Stat::new("API keys", "2").note("Last used 4 minutes ago").href("/keys.html"),
        ]))
        (Card::new().title("Latest imports").actions(html! { (Button::link("Import customers", "/import.html").secondary().small().icon(Icon::Import)) }).flush().body(imports()))
    })
}

fn imports() -> Markup {
    let row = |file: &'static str, status: Status<'static>, added: u64, rejected: u64, when: &'static str| {
        [
            html! { a href="/import-finished.html" { (foreign(file)) } },
            html! { (status) },
            html! { (count(added)) },
            html! { (count(rejected)) },
            html! { time { (when) } },
        ]
    };
    let columns = [
        Column::text("File"),
        Column::text("State"),
        Column::number("Added"),
        Column::number("Rejected"),
        Column::text("Started"),
    ];
    html! {
        (Table::new("Latest imports", columns)
            .row(row("customers-10k.csv", Status::new(Tone::Active, "Running"), 2_400, 0, "Today, 09:41"))
            .row(row("kunden_export_final_FINAL_2026-11-21 (3).csv", Status::new(Tone::Warning, "Completed with errors"), 212, 40, "Yesterday, 23:02"))
            .row(row("liste.csv", Status::new(Tone::Bad, "Failed"), 0, 0, "18 November, 14:10"))
            .row(row("first.csv", Status::new(Tone::Good, "Completed"), 7_600, 0, "2 November, 08:55")))
    }
}

fn dashboard_empty() -> Markup {
    app("Overview", "dashboard").body(html! {
        (Stats::new([
            Stat::new("Customers", "0").href("/customers.html"),
            Stat::new("Imports", "0").href("/import.html"),
            Stat::new("API keys", "0").href("/keys.html"),
        ]))
        (EmptyState::new(Icon::Customers, "Bring in your customers")
            .text("Upload a CSV file with their names and addresses. It takes seconds, and nothing is imported twice.")
            .action(html! { (Button::link("Import customers", "/import.html").icon(Icon::Import)) }))
    })
}

fn columns<'a>() -> [Column<'a>; 5] {
    [
        Column::text("Name"),
        Column::text("Email"),
        Column::code("Tax number"),
        Column::text("Country"),
        Column::number("Invoices"),
    ]
}

fn customers_page<'a>() -> Page<'a> {
    app("Customers", "customers")
        .actions(html! { (Button::link("Import customers", "/import.html").icon(Icon::Import)) })
}

fn customers() -> Markup {
    let rows = CUSTOMERS.iter().map(|(name, email, tax, country, invoices)| {
        [foreign(name), foreign(email), html! { (tax) }, html! { (country) }, html! { (count(*invoices)) }]
    });
    customers_page().body(Card::new().flush().body(html! {
        (Search::new("/customers.html", "Search by name or email"))
        (Table::new("Customers", columns()).rows(rows))
        (Pagination::new("customers").shown(51, 57).total(10_212).previous(Some("?page=1")).next(Some("?page=3")))
    }))
}

fn none_found() -> Markup {
    customers_page().body(Card::new().flush().body(html! {
        (Search::new("/customers.html", "Search by name or email").value("Zzyzx <b>"))
        (Table::new("Customers", columns()).empty(
            EmptyState::new(Icon::Search, "No customer matches “Zzyzx <b>”").text("Check the spelling, or search for part of the name."),
        ))
    }))
}

fn import(errors: &Errors<'_>) -> Markup {
    app("Import customers", "import")
        .lead("Upload a CSV file. Good rows are imported, every other row comes back with its reason.")
        .errors(errors)
        .narrow()
        .body(html! {
            (Card::new().body(html! {
                (Form::post("/imports").multipart().hidden("csrf", "token").body(html! {
                    (Field::file("file", "CSV file", ".csv,text/csv")
                        .hint("UTF-8, a header line, at most 10 MB. Columns: name, email, tax_number, country.")
                        .errors(errors))
                    (Form::buttons(html! {
                        (Button::submit("Import customers"))
                        (Button::link("Cancel", "/customers.html").secondary())
                    }))
                }))
                (disclosure("What the columns mean", html! {
                    (Facts::new()
                        .fact("name", html! { "Required, up to 200 characters" })
                        .fact("email", html! { "Required, where invoices go" })
                        .fact("tax_number", html! { "Optional" }))
                }))
            }))
        })
}

fn import_page<'a>() -> Page<'a> {
    app("customers-10k.csv", "import").back("Imports", "/dashboard.html")
}

fn import_waiting() -> Markup {
    let live = Live::running("import", "/import-finished.html", 3_600_000).announce("Waiting to start");
    import_page().refresh(2).body(live.body(Card::new().body(html! {
        (Status::new(Tone::Neutral, "Waiting"))
        (Progress::new("Waiting for a free worker").text("This usually takes less than a second."))
    })))
}

fn import_running() -> Markup {
    let live = Live::running("import", "/import-finished.html", 3_600_000).announce("24 percent imported");
    import_page().refresh(2).body(live.body(Card::new().body(html! {
        (Status::new(Tone::Active, "Running"))
        (Progress::new("Importing customers").done(2_400, 10_000).text("2,400 of 10,000 rows, 3 rejected so far. You can leave this page."))
    })))
}

fn import_finished() -> Markup {
    let rejected = [
        ("7", "Email is missing", "Bäckerei Müller,,DE811907980,DE"),
        ("19", "Email is not an address: “info(at)example”", "Søren & Co,info(at)example,,DK"),
        (
            "204",
            "Appears twice in this file, first in line 12",
            "Ängelholms Mekaniska Verkstad AB,faktura@angelholms-mek.example,SE556703748501,SE",
        ),
    ];
    let rows = rejected.map(|(line, reason, text)| [html! { (line) }, html! { (reason) }, foreign(text)]);
    let columns = [Column::number("Line"), Column::text("Reason"), Column::code("Content")];
    import_page().body(Live::finished("import").announce("The import is complete").body(html! {
        (Notice::warning("9,997 customers were imported, 3 rows were not.").details(html! {
            "Correct these rows in your file and import it again. What is there already is not added twice."
        }))
        (Card::new().body(html! {
            (Facts::new()
                .fact("State", html! { (Status::new(Tone::Warning, "Completed with errors")) })
                .fact("Rows", html! { (count(10_000)) })
                .fact("Added", html! { (count(9_997)) })
                .fact("Took", html! { "1.4 s" }))
        }))
        (Card::new().title("Rejected rows").flush().body(html! { (Table::new("Rejected rows", columns).rows(rows)) }))
        (Form::buttons(html! {
            (Button::link("See customers", "/customers.html"))
            (Button::link("Import another file", "/import.html").secondary())
        }))
    }))
}
