//! The document around a page: what browsers need in the head, how to skip to the content, and the two frames,
//! one for people who are signed in and one for everybody else.

use maud::{DOCTYPE, Markup, html};

use crate::page::{Shell, Width};
use crate::{Account, Button, Form, Icon, NavItem, Page, assets, email, mark, wordmark};

pub(crate) fn document(page: &Page<'_>, body: &Markup) -> Markup {
    let error = page.errors.as_ref().map(|_| "Error: ");
    let product = page.brand.label().map_or_else(|| "Velox".to_owned(), |label| format!("Velox {label}"));
    html! {
        (DOCTYPE)
        html lang="en" data-brand=(page.brand.name()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { @if let Some(error) = error { (error) } (page.title) " – " (product) }
                @if let Some(description) = &page.description { meta name="description" content=(description); }
                meta name="color-scheme" content="light dark";
                meta name="format-detection" content="telephone=no";
                link rel="stylesheet" href=(assets::href("app.css"));
                @for href in &page.stylesheets { link rel="stylesheet" href=(href); }
                link rel="icon" type="image/svg+xml" href=(assets::href("favicon.svg"));
                script src=(assets::href("app.js")) defer {}
                @for href in &page.scripts { script src=(href) defer {} }
                @if let Some(seconds) = page.refresh_seconds {
                    noscript { meta http-equiv="refresh" content=(seconds); }
                }
            }
            body.shell-app[page.shell == Shell::App].shell-plain[page.shell == Shell::Plain] {
                a.skip-link href="#main" { "Skip to content" }
                @match page.shell {
                    Shell::App => (app(page, body)),
                    Shell::Plain => (plain(page, body)),
                }
                div.visually-hidden #announcer role="status" {}
            }
        }
    }
}

/// The navigation is a popover that a wide window always shows: one list, no script.
fn app(page: &Page<'_>, body: &Markup) -> Markup {
    html! {
        header.topbar {
            (brand(page))
            button.menu-button type="button" popovertarget="menu" { (Icon::Menu) span { "Menu" } }
        }
        aside.sidebar #menu popover aria-label="Menu" {
            div.sidebar-brand { (brand(page)) }
            @if let Some(account) = &page.account {
                (organization(account))
            }
            nav aria-label="Main" { ul { @for item in &page.nav { li { (nav_link(item)) } } } }
            @if let Some(account) = &page.account {
                div.account {
                    p.account-email { span.visually-hidden { "Signed in as " } (email(&account.email)) }
                    @for item in &account.links {
                        a.button.button-quiet href=(item.href) {
                            @if let Some(icon) = item.icon { (icon) }
                            span { (item.label) }
                        }
                    }
                    (account.sign_out)
                }
            }
        }
        main.content.content-wide[page.width == Width::Full].content-narrow[page.width == Width::Narrow] #main tabindex="-1" { (page.header()) (body) }
    }
}

/// Where somebody works; who belongs elsewhere too opens a menu there, without a script.
fn organization(account: &Account<'_>) -> Markup {
    let name = html! { span.visually-hidden { "Organization: " } bdi { (account.organization) } };
    if account.elsewhere.is_empty() {
        return html! { p.organization { (name) } };
    }
    html! {
        details.organization.organization-menu {
            summary { span { (name) } (Icon::Down) }
            p #organization-menu { "Switch to" }
            ul aria-labelledby="organization-menu" {
                @for (organization, switch) in &account.elsewhere {
                    li { (Form::post(switch.as_ref()).inline(Button::submit(organization.as_ref()).quiet())) }
                }
            }
        }
    }
}

fn plain(page: &Page<'_>, body: &Markup) -> Markup {
    html! {
        header.masthead {
            (brand(page))
            @if !page.nav.is_empty() {
                nav aria-label="Main" { ul { @for item in &page.nav { li { (nav_link(item)) } } } }
            }
        }
        @if page.width == Width::Full {
            main.stage.stage-full #main tabindex="-1" { (page.header()) (body) }
        } @else {
            div.stage.stage-pitch[page.pitch.is_some()] {
                main.panel #main tabindex="-1" { (page.header()) (body) }
                @if let Some(pitch) = &page.pitch { (pitch) }
            }
        }
        footer.colophon { (mark()) span { "Velox – your customers, ready to invoice." } }
    }
}

fn brand(page: &Page<'_>) -> Markup {
    html! {
        a.brand href=(page.home) {
            (wordmark())
            @if let Some(label) = page.brand.label() { span.brand-label { (label) } }
        }
    }
}

fn nav_link(item: &NavItem<'_>) -> Markup {
    html! {
        a href=(item.href) aria-current=[item.current.then_some("page")] {
            @if let Some(icon) = item.icon { (icon) }
            span { (item.label) }
        }
    }
}

#[cfg(test)]
mod tests {
    use maud::html;

    use crate::{Account, Brand, Errors, NavItem, Notice, Page};

    #[test]
    fn a_page_holds_nothing_that_a_strict_content_security_policy_forbids() {
        let account = Account::new("Acme", "a@b.example", html! { button { "Sign out" } });
        let page =
            Page::app("Home").nav([NavItem::new("Home", "/").current(true)]).account(account).refresh(2);
        let html = page.body(html! {}).into_string();
        assert!(
            !html.contains(" style=") && !html.contains("<style") && !html.contains(" onclick="),
            "{html}"
        );
        assert!(!html.contains("<script>"), "{html}");
    }

    #[test]
    fn the_name_of_the_organization_opens_a_menu_of_the_others_if_there_are_any() {
        let account = Account::new("Acme", "a@b.example", html! {});
        let html = Page::app("Home").account(account.clone()).body(html! {}).into_string();
        assert!(!html.contains("<details"), "{html}");
        let account = account.elsewhere("Other <b> Ltd", "/organizations/7/switch");
        let html = Page::app("Home").account(account).body(html! {}).into_string();
        let menu = html.split("<details").nth(1).unwrap();
        assert!(menu.contains("action=\"/organizations/7/switch\" method=\"post\""), "{menu}");
        assert!(menu.contains("Other &lt;b&gt; Ltd"), "{menu}");
    }

    #[test]
    fn title_and_names_are_escaped() {
        let account = Account::new("<b>Acme</b>", "<i>@b.example", html! {});
        let html =
            Page::app("</title><script>").description("\"><x>").account(account).body(html! {}).into_string();
        for raw in ["</title><script>", "<b>", "<i>", "<x>"] {
            assert!(!html.contains(raw), "{raw} in {html}");
        }
    }

    #[test]
    fn a_page_with_errors_says_so_in_its_title_and_first() {
        let errors = Errors::new().on("email", "Enter an email address");
        let html = Page::plain("Sign in").errors(&errors).body(html! { form {} }).into_string();
        assert!(html.contains("<title>Error: Sign in – Velox</title>"), "{html}");
        assert!(html.find("error-summary").unwrap() < html.find("<h1>").unwrap(), "{html}");
        assert!(
            !Page::plain("Sign in").errors(&Errors::new()).body(html! {}).into_string().contains("Error")
        );
    }

    #[test]
    fn without_javascript_a_running_page_loads_itself_again() {
        let html = Page::app("Import").refresh(2).body(html! {}).into_string();
        assert!(html.contains("<noscript><meta http-equiv=\"refresh\" content=\"2\"></noscript>"), "{html}");
        assert!(!Page::app("Import").refresh(None).body(html! {}).into_string().contains("http-equiv"));
    }

    #[test]
    fn the_skip_link_comes_first_and_leads_to_the_content() {
        for page in [Page::app("A"), Page::plain("B"), Page::plain("C").full_width()] {
            let html = page.body(html! {}).into_string();
            let body = html.split("<body").nth(1).unwrap();
            assert_eq!(body.find("<a "), body.find("<a class=\"skip-link\" href=\"#main\""), "{html}");
            assert_eq!(html.matches("id=\"main\"").count(), 1, "{html}");
        }
    }

    #[test]
    fn the_current_place_and_the_head_are_marked() {
        let nav = [NavItem::new("A", "/a"), NavItem::new("B", "/b").current(true)];
        let html =
            Page::app("B").brand(Brand::Admin).nav(nav).notice(Notice::success("Saved")).body(html! {});
        let html = html.into_string();
        assert_eq!(html.matches("aria-current=\"page\"").count(), 1, "{html}");
        assert!(html.contains("data-brand=\"admin\"") && html.contains("– Velox Admin</title>"), "{html}");
    }
}
