//! `GET /dashboard`: how things stand, and what to do next.

use bootstrap::browser::Refusal;
use domain::{
    api_keys::list_api_keys,
    customers::count_customers,
    imports::{Import, list_imports},
    organizations::{Onboarding, onboarding},
};
use look::{Button, Card, EmptyState, Icon, Notice, Stat, Stats, count};
use maud::{Markup, html};

use crate::{
    imports::list,
    member::Member,
    page::{self, Place},
};

/// Imports looked at, to say how many there are; this many means "or more".
const COUNTED: i64 = 100;
/// Imports shown.
const SHOWN: usize = 5;

pub(crate) async fn show(mut member: Member) -> Result<Markup, Refusal> {
    let customers = count_customers(&mut member.tx).await?;
    let imports = list_imports(&mut member.tx, COUNTED).await?;
    let keys = list_api_keys(&mut member.tx).await?;
    let import = Button::link("Import customers", "/imports/new").icon(Icon::Import);
    let frame = page::signed_in(&member.who, "Overview", Place::Overview);
    let set_up = set_up(&onboarding(&mut member.tx).await?);
    if customers == 0 && imports.is_empty() {
        let card = Card::new().flush().body(html! {
            (EmptyState::new(Icon::Customers, "Bring in your customers")
                .text("Upload a CSV file with their names and addresses. It takes seconds, and nothing is imported twice.")
                .action(html! { (import) }))
        });
        return Ok(frame.body(html! { (set_up) (card) }));
    }
    let latest = &imports[..imports.len().min(SHOWN)];
    Ok(frame.body(html! {
        (set_up)
        (Stats::new([
            Stat::new("Customers", count(u64::try_from(customers).unwrap_or(0))).href("/customers"),
            imports_stat(&imports),
            Stat::new("API keys", keys.len().to_string()).href("/settings/api-keys"),
        ]))
        (latest_imports(import, latest))
    }))
}

/// The way back to the set-up, for as long as something of it is left.
fn set_up(list: &Onboarding) -> Markup {
    if list.is_over() {
        return html! {};
    }
    let (done, all) = list.progress();
    let title = format!("Your set-up: {done} of {all} steps done");
    let go_on = html! { (Button::link("Go on with the set-up", "/welcome").secondary().small()) };
    html! { (Notice::info(title).details(go_on)) }
}

fn latest_imports(import: Button<'_>, latest: &[Import]) -> Markup {
    let card = Card::new().title("Latest imports").flush();
    // Where there are none, the list itself has the button.
    let card = if latest.is_empty() { card } else { card.actions(html! { (import.secondary().small()) }) };
    card.body(list::table(latest))
}

fn imports_stat(imports: &[Import]) -> Stat<'static> {
    let more = if i64::try_from(imports.len()) == Ok(COUNTED) { "+" } else { "" };
    let stat = Stat::new("Imports", format!("{}{more}", imports.len())).href("/imports");
    match imports.iter().filter(|import| !import.is_finished()).count() {
        0 => stat,
        running => stat.note(format!("{running} running")),
    }
}
