//! Where a page stands: in which head, at which place of its navigation, and for whom.

use maud::Markup;

use crate::{Icon, Text};

/// Which head a page belongs to: it decides the colours and the label beside the wordmark.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Brand {
    /// What customers see.
    #[default]
    Web,
    /// What our own people see.
    Admin,
    /// The dashboard of a developer's local runner.
    Local,
}

impl Brand {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Admin => "admin",
            Self::Local => "local",
        }
    }

    /// What stands beside the wordmark.
    pub(crate) fn label(self) -> Option<&'static str> {
        match self {
            Self::Web => None,
            Self::Admin => Some("Admin"),
            Self::Local => Some("Local"),
        }
    }
}

/// A place in the navigation.
#[derive(Debug, Clone)]
pub struct NavItem<'a> {
    pub(crate) label: Text<'a>,
    pub(crate) href: Text<'a>,
    pub(crate) icon: Option<Icon>,
    pub(crate) current: bool,
}

impl<'a> NavItem<'a> {
    /// A link in the navigation.
    #[must_use]
    pub fn new(label: impl Into<Text<'a>>, href: impl Into<Text<'a>>) -> Self {
        Self { label: label.into(), href: href.into(), icon: None, current: false }
    }

    /// A picture before the label, in the signed-in shell.
    #[must_use]
    pub fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }

    /// Whether the page belongs here.
    #[must_use]
    pub fn current(mut self, current: bool) -> Self {
        self.current = current;
        self
    }
}

/// Who is signed in, and how to stop.
#[derive(Debug, Clone)]
pub struct Account<'a> {
    pub(crate) organization: Text<'a>,
    pub(crate) email: Text<'a>,
    pub(crate) elsewhere: Vec<(Text<'a>, Text<'a>)>,
    pub(crate) links: Vec<NavItem<'a>>,
    pub(crate) sign_out: Markup,
}

impl<'a> Account<'a> {
    /// The organization and the person. `sign_out` is the form of the sign-out button:
    /// `Form::post("/logout").hidden("csrf", token).inline(Button::submit("Sign out").quiet().icon(Icon::SignOut))`.
    #[must_use]
    pub fn new(organization: impl Into<Text<'a>>, email: impl Into<Text<'a>>, sign_out: Markup) -> Self {
        Self {
            organization: organization.into(),
            email: email.into(),
            elsewhere: Vec::new(),
            links: Vec::new(),
            sign_out,
        }
    }

    /// Another organization of the person, and the path that a form posts to to go on in it. With one or more the
    /// organization's name opens a menu of them.
    #[must_use]
    pub fn elsewhere(mut self, organization: impl Into<Text<'a>>, switch: impl Into<Text<'a>>) -> Self {
        self.elsewhere.push((organization.into(), switch.into()));
        self
    }

    /// A page about the person and not about the organization: above the sign-out button.
    #[must_use]
    pub fn link(mut self, label: impl Into<Text<'a>>, href: impl Into<Text<'a>>, icon: Icon) -> Self {
        self.links.push(NavItem::new(label, href).icon(icon));
        self
    }
}
