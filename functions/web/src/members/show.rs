//! `GET /members/{id}`: one member, to change their role, remove them, or hand over to them.

use bootstrap::browser::Refusal;
use domain::{
    UserId,
    organizations::{MemberRow, Membership, Permission, list_members},
};
use http::StatusCode;
use look::{Button, Card, Confirm, Field, Form};
use maud::{Markup, html};

use super::{roles, title};
use crate::{
    member::MemberManager,
    page::{self, Place},
    path_id::PathId,
};

pub(crate) async fn show(
    MemberManager(mut member): MemberManager,
    PathId(id): PathId<UserId>,
) -> Result<Markup, Refusal> {
    let members = list_members(&mut member.tx).await?;
    let row = members.iter().find(|row| row.id == id).ok_or_else(Refusal::not_found)?;
    if !member.who.role.may_touch(row.role) {
        return Err(Refusal::new(
            StatusCode::FORBIDDEN,
            "Only an owner may change an owner. Ask one of them.",
        ));
    }
    Ok(draw(&member.who, row))
}

fn draw(who: &Membership, row: &MemberRow) -> Markup {
    let path = format!("/members/{}", row.id);
    let form = Form::post(format!("{path}/role")).body(html! {
        (Field::select("role", "Role", roles(who.role)).value(row.role.name())
            .hint("It holds from the person's next click on."))
        (Form::buttons(html! {
            (Button::submit("Save role"))
            (Button::link("Cancel", "/members").secondary())
        }))
    });
    let own = row.id == who.user;
    page::signed_in(who, &row.name, Place::Members)
        .back("Members", "/members")
        .lead(format!("{}, {}", row.email, title(row.role)))
        .narrow()
        .body(html! {
            (Card::new().title("Role").body(form))
            @if !own && who.role.allows(Permission::ManageOwnership) { (transfer(&path, row)) }
            @if !own { (remove(&path, row)) }
        })
}

fn transfer(path: &str, row: &MemberRow) -> Markup {
    let button = Button::submit("Transfer ownership").secondary();
    let ask = Confirm::new("transfer", button, format!("Make {} the owner in your place?", row.name))
        .text("You stay as an admin. Only the new owner can give the ownership back.")
        .form(format!("{path}/transfer"), "Transfer ownership");
    Card::new().title("Ownership").lead("Hand the organization over.").body(html! { div.buttons { (ask) } })
}

fn remove(path: &str, row: &MemberRow) -> Markup {
    let button = Button::submit("Remove from the organization").danger();
    let ask = Confirm::new("remove", button, format!("Remove {}?", row.name))
        .text("They lose access at once. What they did stays, and so do the API keys that they made.")
        .form(format!("{path}/remove"), "Remove member");
    Card::new().title("Remove").body(html! { div.buttons { (ask) } })
}
