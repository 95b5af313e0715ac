//! A whole page, as its handler describes it. The handler says what the page is called, where it stands in the
//! navigation and what happened; [`crate::shell`] decides where that goes.

use maud::{Markup, html};

use crate::{Account, Brand, Errors, Icon, NavItem, Notice, Text, shell};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shell {
    App,
    Plain,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Width {
    Narrow,
    Normal,
    Full,
}

/// A page: `Page::app("Customers").nav(items).account(account).body(html! { … })`.
///
/// The title becomes the heading of the page, so a body starts with its content and uses `h2` and below.
#[derive(Debug, Clone)]
pub struct Page<'a> {
    pub(crate) shell: Shell,
    pub(crate) brand: Brand,
    pub(crate) title: Text<'a>,
    pub(crate) description: Option<Text<'a>>,
    pub(crate) lead: Option<Text<'a>>,
    pub(crate) nav: Vec<NavItem<'a>>,
    pub(crate) home: Text<'a>,
    pub(crate) account: Option<Account<'a>>,
    pub(crate) back: Option<(Text<'a>, Text<'a>)>,
    pub(crate) actions: Option<Markup>,
    pub(crate) banner: Option<Markup>,
    pub(crate) notice: Option<Notice<'a>>,
    pub(crate) errors: Option<Markup>,
    pub(crate) pitch: Option<Markup>,
    pub(crate) refresh_seconds: Option<u32>,
    pub(crate) width: Width,
    pub(crate) own_heading: bool,
    pub(crate) stylesheets: Vec<Text<'a>>,
    pub(crate) scripts: Vec<Text<'a>>,
}

impl<'a> Page<'a> {
    /// A page for somebody who is signed in, with the navigation at the side.
    #[must_use]
    pub fn app(title: impl Into<Text<'a>>) -> Self {
        Self::new(Shell::App, title)
    }

    /// A page for everybody: wordmark on top, the content in a narrow panel.
    #[must_use]
    pub fn plain(title: impl Into<Text<'a>>) -> Self {
        Self::new(Shell::Plain, title)
    }

    fn new(shell: Shell, title: impl Into<Text<'a>>) -> Self {
        Self {
            shell,
            brand: Brand::Web,
            title: title.into(),
            description: None,
            lead: None,
            nav: Vec::new(),
            home: Text::Borrowed("/"),
            account: None,
            back: None,
            actions: None,
            banner: None,
            notice: None,
            errors: None,
            pitch: None,
            refresh_seconds: None,
            width: Width::Normal,
            own_heading: false,
            stylesheets: Vec::new(),
            scripts: Vec::new(),
        }
    }

    /// The head that it belongs to; [`Brand::Web`] unless said.
    #[must_use]
    pub fn brand(mut self, brand: Brand) -> Self {
        self.brand = brand;
        self
    }

    /// What a search engine or a shared link says about it.
    #[must_use]
    pub fn description(mut self, description: impl Into<Text<'a>>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// One sentence below the heading.
    #[must_use]
    pub fn lead(mut self, lead: impl Into<Text<'a>>) -> Self {
        self.lead = Some(lead.into());
        self
    }

    /// The navigation: at the side of a signed-in page, at the top right of a plain one.
    #[must_use]
    pub fn nav(mut self, items: impl IntoIterator<Item = NavItem<'a>>) -> Self {
        self.nav = items.into_iter().collect();
        self
    }

    /// Where the wordmark leads; `/` unless said.
    #[must_use]
    pub fn home(mut self, href: impl Into<Text<'a>>) -> Self {
        self.home = href.into();
        self
    }

    /// Who is signed in.
    #[must_use]
    pub fn account(mut self, account: Account<'a>) -> Self {
        self.account = Some(account);
        self
    }

    /// A link above the heading to the page that this one belongs to.
    #[must_use]
    pub fn back(mut self, label: impl Into<Text<'a>>, href: impl Into<Text<'a>>) -> Self {
        self.back = Some((label.into(), href.into()));
        self
    }

    /// Buttons beside the heading, the primary one first.
    #[must_use]
    pub fn actions(mut self, buttons: Markup) -> Self {
        self.actions = Some(buttons);
        self
    }

    /// What must not be overlooked on any page, above everything else on it. Takes markup or an `Option` of it.
    #[must_use]
    pub fn banner(mut self, banner: impl Into<Option<Markup>>) -> Self {
        self.banner = banner.into();
        self
    }

    /// What just happened. Takes a [`Notice`] or an `Option` of one.
    #[must_use]
    pub fn notice(mut self, notice: impl Into<Option<Notice<'a>>>) -> Self {
        self.notice = notice.into();
        self
    }

    /// What is wrong with the form on the page: a summary before everything else, and "Error:" in the title. Does
    /// nothing when the list is empty.
    #[must_use]
    pub fn errors(mut self, errors: &Errors<'_>) -> Self {
        self.errors = (!errors.is_empty()).then(|| maud::Render::render(errors));
        self
    }

    /// A [`crate::Pitch`] beside the panel of a plain page.
    #[must_use]
    pub fn pitch(mut self, pitch: impl maud::Render) -> Self {
        self.pitch = Some(pitch.render());
        self
    }

    /// Loads the page again after this many seconds where there is no JavaScript. For pages with a
    /// [`crate::Live`] part; takes a number or an `Option` of one.
    #[must_use]
    pub fn refresh(mut self, seconds: impl Into<Option<u32>>) -> Self {
        self.refresh_seconds = seconds.into();
        self
    }

    /// Lets the content take the whole width: for a [`crate::Hero`] on a plain page, for wide tables on another.
    #[must_use]
    pub fn full_width(mut self) -> Self {
        self.width = Width::Full;
        self
    }

    /// Keeps the content of a signed-in page as narrow as a line of text: for forms.
    #[must_use]
    pub fn narrow(mut self) -> Self {
        self.width = Width::Narrow;
        self
    }

    /// The body brings its own `h1`.
    #[must_use]
    pub fn own_heading(mut self) -> Self {
        self.own_heading = true;
        self
    }

    /// A style sheet of the head's own, after ours: for what only its pages have.
    #[must_use]
    pub fn stylesheet(mut self, href: impl Into<Text<'a>>) -> Self {
        self.stylesheets.push(href.into());
        self
    }

    /// A script of the head's own, after ours. The page has to work without it.
    #[must_use]
    pub fn script(mut self, href: impl Into<Text<'a>>) -> Self {
        self.scripts.push(href.into());
        self
    }

    /// The document.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "markup is made to be given away")]
    pub fn body(self, body: Markup) -> Markup {
        shell::document(&self, &body)
    }

    /// Heading, summary, message: what stands above the body in every shell.
    pub(crate) fn header(&self) -> Markup {
        html! {
            @if let Some(banner) = &self.banner { div.banner role="status" { (banner) } }
            @if let Some((label, href)) = &self.back { a.back href=(href) { (Icon::Left) span { (label) } } }
            @if let Some(errors) = &self.errors { (errors) }
            @if let Some(notice) = &self.notice { (notice) }
            @if !self.own_heading {
                header.page-header {
                    div {
                        h1 { (self.title) }
                        @if let Some(lead) = &self.lead { p.lead { (lead) } }
                    }
                    @if let Some(actions) = &self.actions { div.buttons { (actions) } }
                }
            }
        }
    }
}
