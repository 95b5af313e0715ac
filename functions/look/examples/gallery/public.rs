//! Pages that nobody needs to sign in for.

use look::{Button, ErrorPage, Errors, Field, Form, Hero, NavItem, Notice, Page, Pitch, Stat, Stats};
use maud::{Markup, html};

pub(crate) fn pages() -> Vec<(&'static str, Markup)> {
    vec![
        ("home", home()),
        ("sign-up", sign_up(&Errors::new())),
        ("sign-up-errors", sign_up(&sign_up_errors())),
        ("login", login()),
        ("login-error", login_error()),
        ("not-found", ErrorPage::new(404).render()),
        ("server-error", ErrorPage::new(500).reference("0193a5c2-7e1b-7c44-9d52-1f6f0c2f8a11").render()),
    ]
}

fn nav<'a>() -> [NavItem<'a>; 2] {
    [NavItem::new("Sign in", "/login.html"), NavItem::new("Sign up", "/sign-up.html")]
}

fn home() -> Markup {
    let actions = html! {
        (Button::link("Create an account", "/sign-up.html"))
        (Button::link("Sign in", "/login.html").secondary())
    };
    Page::plain("Invoices that get paid")
        .description("Import your customers, send correct invoices and get paid.")
        .nav(nav())
        .full_width()
        .own_heading()
        .body(html! {
            (Hero::new(
                "Customers in. Invoices out.",
                "Velox imports your customers, issues correct invoices and tells you the moment they are paid – by web page or by API.",
                actions,
            ))
            (Stats::new([
                Stat::new("10,000 customers imported in", "2 s").note("Every row checked, every reason given"),
                Stat::new("From sign-up to first invoice", "4 min").note("No call, no contract to sign"),
                Stat::new("One API key", "All of it").note("What the pages do, the API does"),
            ]))
        })
}

fn pitch() -> Pitch<'static> {
    Pitch::new("Your customers, ready to invoice")
        .point(
            "Bring your customers",
            "Upload a CSV file as it is. Good rows go in, the others come back with a reason.",
        )
        .point(
            "Invoices that add up",
            "Amounts are kept to the cent, numbers never skip, and tax is where it belongs.",
        )
        .point(
            "Your systems, connected",
            "An API key takes one click; an allow-list keeps everybody else out.",
        )
}

fn sign_up_errors() -> Errors<'static> {
    Errors::new()
        .on("organization", "Enter the name of your organization")
        .on("email", "Enter an email address, like name@example.com")
        .on("password", "Choose a password with at least 12 characters")
}

fn sign_up(errors: &Errors<'_>) -> Markup {
    let email = if errors.is_empty() { "" } else { "annegret@" };
    Page::plain("Create your account").nav(nav()).pitch(pitch()).errors(errors).body(html! {
        (Form::post("/sign-up").hidden("csrf", "token").body(html! {
            (Field::text("organization", "Organization").autocomplete("organization").errors(errors))
            (Field::email("email", "Work email").value(email).errors(errors))
            (Field::new_password("password", "Password").hint("At least 12 characters. A sentence works well.").errors(errors))
            (Button::submit("Create account").wide())
        }))
        p { "Have an account? " a href="/login.html" { "Sign in" } }
    })
}

fn login() -> Markup {
    Page::plain("Sign in").notice(Notice::success("You are signed out.")).body(login_form(""))
}

fn login_error() -> Markup {
    let errors = Errors::new().form("The email address or the password is wrong. Check both and try again.");
    Page::plain("Sign in").errors(&errors).body(login_form("annegret@nordlicht.example"))
}

fn login_form(email: &str) -> Markup {
    html! {
        (Form::post("/login").hidden("csrf", "token").body(html! {
            (Field::email("email", "Email").value(email))
            (Field::password("password", "Password"))
            (Button::submit("Sign in").wide())
        }))
        p { "New to Velox? " a href="/sign-up.html" { "Create an account" } }
    }
}
