//! `GET /dashboard`: how things stand, and what to do next.

use bootstrap::browser::Refusal;
use domain::{api_keys::list_api_keys, customers::count_customers, imports::list_imports};
use look::{Button, Card, EmptyState, Icon, Stat, Stats, count};
use maud::{Markup, html};

use crate::{
    imports,
    member::Member,
    page::{self, Place},
};

pub(crate) async fn show(mut member: Member) -> Result<Markup, Refusal> {
    let customers = count_customers(&mut member.tx).await?;
    let latest = list_imports(&mut member.tx, 5).await?;
    let keys = list_api_keys(&mut member.tx).await?;
    let running = latest.iter().filter(|import| !import.is_finished()).count();
    let mut imports_stat = Stat::new("Latest imports", latest.len().to_string()).href("/imports");
    if running > 0 {
        imports_stat = imports_stat.note(format!("{running} running"));
    }
    let stats = Stats::new([
        Stat::new("Customers", count(u64::try_from(customers).unwrap_or(0))).href("/customers"),
        imports_stat,
        Stat::new("API keys", keys.len().to_string()).href("/settings/api-keys"),
    ]);
    let import = Button::link("Import customers", "/imports/new").icon(Icon::Import);
    let rest = if customers == 0 && latest.is_empty() {
        html! {
            (EmptyState::new(Icon::Customers, "Bring in your customers")
                .text("Upload a CSV file with their names and addresses. It takes seconds, and nothing is imported twice.")
                .action(html! { (import) }))
        }
    } else {
        Card::new()
            .title("Latest imports")
            .actions(html! { (import.secondary().small()) })
            .flush()
            .body(imports::list::table(&latest))
    };
    Ok(page::signed_in(&member.who, "Overview", Place::Overview).body(html! { (stats) (rest) }))
}
