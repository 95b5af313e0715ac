//! `GET /welcome`: what to set up, where each task stands, and the way to do it.

use bootstrap::browser::{self, Refusal};
use domain::organizations::{Membership, Onboarding, Permission, Standing, Task, onboarding};
use look::{Button, Card, Form, Icon, Notice, Status, Tone};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{
    member::Member,
    page::{self, Place},
};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Parameters {
    samples: Option<String>,
}

pub(crate) async fn show(
    mut member: Member,
    browser::Parameters(parameters): browser::Parameters<Parameters>,
) -> Result<Markup, Refusal> {
    let list = onboarding(&mut member.tx).await?;
    let notice = parameters.samples.map(|_| {
        Notice::success("The sample customers are there.")
            .details(html! { a href="/customers" { "See your customers" } })
    });
    let frame = page::signed_in(&member.who, "Welcome", Place::Overview)
        .lead("Three steps to your first invoice. Do them in any order, or leave some for later.")
        .notice(notice)
        .narrow();
    Ok(frame.body(html! {
        @for (task, standing) in &list.0 { (card(&member.who, *task, *standing)) }
        (end(&list))
    }))
}

fn end(list: &Onboarding) -> Markup {
    let button = Button::link("Go to the overview", "/dashboard");
    html! {
        div.buttons { @if list.is_over() { (button) } @else { (button.secondary()) } }
    }
}

fn card(who: &Membership, task: Task, standing: Standing) -> Markup {
    let (title, lead) = words(task);
    let status = match standing {
        Standing::Open => Status::new(Tone::Active, "To do"),
        Standing::Done => Status::new(Tone::Good, "Done"),
        Standing::Skipped => Status::new(Tone::Neutral, "Skipped"),
        Standing::NotYet => Status::new(Tone::Neutral, "Opens with invoicing"),
    };
    Card::new().title(title).lead(lead).actions(html! { (status) }).body(actions(who, task, standing))
}

fn words(task: Task) -> (&'static str, &'static str) {
    match task {
        Task::Company => {
            ("Your company", "Name, address, VAT number and bank account, as your invoices will say them.")
        }
        Task::Customers => {
            ("Your customers", "Import them from a spreadsheet, or look around with five samples first.")
        }
        Task::Invoice => {
            ("Your first invoice", "Written from what you entered above. This step opens with invoicing.")
        }
    }
}

/// What this person can do about a task: nobody is shown a button that their role may not press.
fn actions(who: &Membership, task: Task, standing: Standing) -> Markup {
    let may = |permission| who.role.allows(permission);
    let skip = |label, again: &'static str| {
        let button = Button::submit(label).quiet().subject(words(task).0);
        Form::post("/welcome/skip").hidden("task", task.name()).hidden("again", again).inline(button)
    };
    if standing == Standing::NotYet {
        return html! { p { "There is nothing to do here yet." } };
    }
    html! { div.buttons {
        @match (task, standing) {
            (_, Standing::Skipped) if may(Permission::EditOrganization) => (skip("Take it up again", "1")),
            (Task::Company, _) if may(Permission::EditOrganization) => {
                @if standing == Standing::Done {
                    (Button::link("Change company details", "/settings/company").secondary())
                } @else {
                    (Button::link("Enter company details", "/settings/company").icon(Icon::Organization))
                    (skip("Skip", ""))
                }
            },
            (Task::Customers, Standing::Done) => (Button::link("See your customers", "/customers").secondary()),
            (Task::Customers, Standing::Open) if may(Permission::EditCustomers) => {
                (Button::link("Import customers", "/imports/new").icon(Icon::Import))
                (Form::post("/welcome/sample").inline(Button::submit("Load sample customers").secondary()))
                @if may(Permission::EditOrganization) { (skip("Skip", "")) }
            },
            (_, Standing::Open) => p { "Ask an owner or admin to do this." },
            _ => {},
        }
    } }
}
