//! Keys, the allow-list and the admin head.

use look::{
    Account, Brand, Button, Card, Column, Errors, Field, Form, Icon, NavItem, Notice, Page, Pagination,
    Search, Secret, Snippet, Status, Table, Tone, count, foreign,
};
use maud::{Markup, html};

use crate::app;

pub(crate) fn pages() -> Vec<(&'static str, Markup)> {
    vec![("keys", keys()), ("allow-list", allow_list()), ("fields", fields()), ("admin", admin())]
}

fn keys() -> Markup {
    let columns = [
        Column::text("Name"),
        Column::code("Begins with"),
        Column::text("Created"),
        Column::text("State"),
        Column::actions("Actions"),
    ];
    let revoke = |name: &'static str| {
        Form::post("/keys/1/revoke")
            .hidden("csrf", "token")
            .inline(Button::submit("Revoke").danger().small().subject(name))
    };
    app("API keys", "keys").lead("A key lets a program read and write your customers and invoices.").body(html! {
        (Secret::new("API key “Billing nightly”", "vx_live_0193a5c27e1b7c449d521f6f0c2f8a11_Jq3nLw8TzR5mVb2KxY7c"))
        (Card::new().flush().body(html! {
            (Table::new("API keys", columns)
                .row([html! { "Billing nightly" }, html! { "vx_live_0193" }, html! { "Just now" }, html! { (Status::new(Tone::Good, "Active")) }, revoke("key Billing nightly")])
                .row([html! { "ERP (SAP) – do not delete, ask Jürgen first" }, html! { "vx_live_018f" }, html! { "2 March 2026" }, html! { (Status::new(Tone::Good, "Active")) }, revoke("key ERP")])
                .row([html! { "Trial" }, html! { "vx_live_018a" }, html! { "11 January 2026" }, html! { (Status::new(Tone::Neutral, "Revoked")) }, html! {}]))
        }))
        (Card::new().title("New key").body(html! {
            (Form::post("/keys").hidden("csrf", "token").body(html! {
                (Field::text("name", "Name").hint("Where it will be used, so that you know it later.").max_length(100))
                (Button::submit("Create key").icon(Icon::Plus))
            }))
        }))
        (Snippet::new("Try it", "curl https://api.velox.example/v1/customers?limit=2 \\\n  --header \"Authorization: Bearer vx_live_…\""))
    })
}

fn allow_list() -> Markup {
    let errors = Errors::new()
        .on("allowed_ips", "Line 3, “10.0.0.300”, is not an address. Each number is at most 255.");
    app("Allow-list", "allow-list")
        .lead("Only these addresses may use your API keys. While the list is empty, every address may.")
        .errors(&errors)
        .narrow()
        .body(html! {
            (Notice::warning("You are about to lock yourself out.").details(html! { "Your own address, 203.0.113.7, is not in the list." }))
            (Card::new().body(Form::post("/allow-list").hidden("csrf", "token").body(html! {
                (Field::textarea("allowed_ips", "Allowed addresses")
                    .hint("One address or network a line, IPv4 or IPv6: 203.0.113.7, 2001:db8::/32")
                    .code().value("198.51.100.0/24\n2001:db8:85a3::/48\n10.0.0.300").errors(&errors))
                (Button::submit("Save allow-list"))
            })))
        })
}

/// Every control once, as it is and with an error.
fn fields() -> Markup {
    let errors = Errors::new().on("b", "Choose a country").on("d", "Confirm that you have read this");
    let countries = [("", "Choose…"), ("de", "Germany"), ("bo", "The Plurinational State of Bolivia")];
    app("Fields", "").narrow().errors(&errors).back("Overview", "/dashboard.html").body(html! {
        (Card::new().title("All controls").lead("As they are and with an error.").body(Form::post("/x").body(html! {
            (Field::text("n", "Reference").optional().narrow().value("2026-11"))
            (Field::select("a", "Country", countries).value("bo"))
            (Field::select("b", "Country of the bank", countries).errors(&errors))
            (Field::checkbox("c", "Send a copy to me").hint("To annegret@nordlicht.example").value("on"))
            (Field::checkbox("d", "I have read this").errors(&errors))
            (Form::buttons(html! {
                (Button::submit("Delete organization").danger())
                (Button::link("Cancel", "/").secondary())
                (Button::submit("Later").quiet())
            }))
        })))
        (Notice::info("Imports pause on Sunday from 02:00 to 03:00."))
        (Notice::error("The key could not be revoked. Try again."))
    })
}

fn admin() -> Markup {
    let columns = [
        Column::text("Organization"),
        Column::text("State"),
        Column::number("Members"),
        Column::number("Customers"),
        Column::text("Since"),
    ];
    let organizations = [
        (
            "Nordlicht Maschinenbau & Söhne GmbH",
            Status::new(Tone::Good, "Active"),
            14,
            10_212,
            "2 March 2026",
        ),
        ("بيت الحكمة للبرمجيات", Status::new(Tone::Active, "Trial"), 2, 41, "19 November 2026"),
        ("Acme", Status::new(Tone::Bad, "Suspended"), 1, 0, "30 June 2026"),
    ];
    let rows = organizations.map(|(name, status, members, customers, since)| {
        [
            foreign(name),
            html! { (status) },
            html! { (count(members)) },
            html! { (count(customers)) },
            html! { (since) },
        ]
    });
    let nav = [NavItem::new("Organizations", "/admin.html").icon(Icon::Organization).current(true)];
    let sign_out = Form::post("/logout").inline(Button::submit("Sign out").quiet().icon(Icon::SignOut));
    Page::app("Organizations")
        .brand(Brand::Admin)
        .nav(nav)
        .account(Account::new("Velox operations", "ops@velox.example", sign_out))
        .body(Card::new().flush().body(html! {
            (Search::new("/admin.html", "Search organizations"))
            (Table::new("Organizations", columns).rows(rows))
            (Pagination::new("organizations").shown(1, 3).total(3))
        }))
}
