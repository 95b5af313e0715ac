//! Writes every kind of page as static HTML, to be looked at: `cargo run -p look --example gallery <folder>`, then
//! serve the folder as the root of a site. The pages hold what real ones hold: long names, foreign scripts, errors.

mod account;
mod customers;
mod public;

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use look::{Account, Button, Form, Icon, NavItem, Page, assets};
use maud::{Markup, html};

fn main() -> io::Result<()> {
    let folder = env::args_os().nth(1).map(PathBuf::from);
    let folder = folder.ok_or_else(|| io::Error::other("name the folder to write to"))?;
    fs::create_dir_all(folder.join("assets"))?;
    for source in assets::ALL {
        fs::write(folder.join(&assets::href(source.name)[1..]), source.bytes)?;
    }
    let pages = [public::pages(), customers::pages(), account::pages()].concat();
    for (name, page) in &pages {
        write(&folder, name, page.clone())?;
    }
    let index = html! { ul { @for (name, _) in &pages { li { a href={ "/" (name) ".html" } { (name) } } } } };
    write(&folder, "index", Page::plain("Gallery").body(index))
}

fn write(folder: &Path, name: &str, page: Markup) -> io::Result<()> {
    fs::write(folder.join(format!("{name}.html")), page.into_string())
}

/// The signed-in shell as the web head fills it.
fn app<'a>(title: &'a str, place: &str) -> Page<'a> {
    let items = [
        ("Overview", "dashboard", Icon::Overview),
        ("Customers", "customers", Icon::Customers),
        ("Imports", "import", Icon::Import),
        ("API keys", "keys", Icon::Key),
        ("Allow-list", "allow-list", Icon::Shield),
    ];
    let nav = items.map(|(label, name, icon)| {
        NavItem::new(label, format!("/{name}.html")).icon(icon).current(name == place)
    });
    let sign_out = Form::post("/logout")
        .hidden("csrf", "token")
        .inline(Button::submit("Sign out").quiet().icon(Icon::SignOut));
    Page::app(title).home("/dashboard.html").nav(nav).account(Account::new(
        "Nordlicht Maschinenbau & Söhne GmbH",
        "annegret.von-hohenstein@nordlicht-maschinenbau.example",
        sign_out,
    ))
}
