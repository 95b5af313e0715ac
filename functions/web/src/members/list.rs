//! `GET /members`: who belongs to the organization, who is invited, and a form to invite; [`draw`] is also what a
//! refused invitation shows.

use bootstrap::browser::{self, Refusal};
use domain::organizations::{Invitation, MemberRow, Membership, Permission, list_invitations, list_members};
use look::{
    Button, Card, Column, Confirm, Errors, Field, Form, Icon, Notice, Status, Table, Tone, aside, email,
    foreign,
};
use maud::{Markup, html};
use serde::Deserialize;

use super::{roles, title};
use crate::{
    member::{Member, MemberReader},
    page::{self, Place, date_time},
};

/// What just happened.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Parameters {
    done: String,
}

/// The invitation as typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Fields {
    pub(super) email: String,
    pub(super) role: String,
}

pub(crate) async fn show(
    MemberReader(mut member): MemberReader,
    browser::Parameters(parameters): browser::Parameters<Parameters>,
) -> Result<Markup, Refusal> {
    let notice = match parameters.done.as_str() {
        "invited" => Some(Notice::success("The invitation is on its way. Its link works for seven days.")),
        "again" => {
            Some(Notice::success("A new invitation is on its way. The old link does not work any more."))
        }
        "revoked" => Some(Notice::success("The invitation was revoked. Its link does not work any more.")),
        "role" => Some(Notice::success("The role was changed. It holds from the person's next click on.")),
        "removed" => Some(Notice::success("The person was removed. Their next click finds them outside.")),
        "transferred" => Some(Notice::success("The ownership was transferred. You are an admin now.")),
        _ => None,
    };
    draw(&mut member, &Fields::default(), &Errors::new(), notice).await
}

pub(super) async fn draw(
    member: &mut Member,
    typed: &Fields,
    errors: &Errors<'_>,
    notice: Option<Notice<'_>>,
) -> Result<Markup, Refusal> {
    let members = list_members(&mut member.tx).await?;
    let who = &member.who;
    let manages = who.role.allows(Permission::ManageMembers);
    let invitations = if manages { list_invitations(&mut member.tx).await? } else { Vec::new() };
    Ok(page::signed_in(who, "Members", Place::Members)
        .lead("Who works with you here, and what each of them may do.")
        .errors(errors)
        .notice(notice)
        .body(html! {
            (Card::new().flush().body(html! { (members_table(who, &members)) }))
            @if !invitations.is_empty() {
                (Card::new().title("Invited").lead("They have not answered yet.").flush()
                    .body(html! { (invitations_table(who, &invitations)) }))
            }
            @if manages { (Card::new().title("Invite somebody").body(form(who, typed, errors))) }
        }))
}

fn form(who: &Membership, typed: &Fields, errors: &Errors<'_>) -> Markup {
    let role = if typed.role.is_empty() { "member" } else { &typed.role };
    Form::post("/members/invitations").body(html! {
        (Field::email("email", "E-mail").hint("They get a mail with a link that works for seven days.")
            .value(&typed.email).errors(errors))
        (Field::select("role", "Role", roles(who.role)).value(role).errors(errors))
        (Button::submit("Send invitation").icon(Icon::Mail))
    })
}

fn members_table<'a>(who: &Membership, members: &'a [MemberRow]) -> Table<'a> {
    let columns = [
        Column::text("Name"),
        Column::text("E-mail"),
        Column::brief("Role"),
        Column::brief("Joined"),
        Column::actions("Actions"),
    ];
    let rows = members.iter().map(|row| {
        let own = row.id == who.user;
        [
            html! { (foreign(&row.name)) @if own { " " (aside("you")) } },
            email(&row.email),
            html! { (title(row.role)) },
            html! { (date_time(row.joined_at)) },
            actions(who, row, own),
        ]
    });
    Table::new("Members", columns).rows(rows)
}

fn actions(who: &Membership, row: &MemberRow, own: bool) -> Markup {
    let change = Button::link("Change", format!("/members/{}", row.id)).secondary().small();
    html! { div.buttons {
        @if own {
            (Confirm::new("leave", Button::submit("Leave").danger().small(), "Leave this organization?")
                .text("You lose access at once. Somebody would have to invite you again.")
                .form("/members/leave", "Leave organization"))
        }
        @if who.role.may_touch(row.role) { (change.subject(row.name.as_str())) }
    } }
}

fn invitations_table<'a>(who: &Membership, invitations: &'a [Invitation]) -> Table<'a> {
    let columns = [
        Column::text("E-mail"),
        Column::brief("Role"),
        Column::brief("Invited by"),
        Column::brief("Link works until"),
        Column::actions("Actions"),
    ];
    let rows = invitations.iter().map(|invitation| {
        let until = if invitation.expired {
            html! { (Status::new(Tone::Warning, "Expired")) }
        } else {
            html! { (date_time(invitation.expires_at)) }
        };
        let may = who.role.may_touch(invitation.role);
        [
            email(&invitation.email),
            html! { (title(invitation.role)) },
            foreign(&invitation.invited_by),
            until,
            html! { @if may { (invitation_actions(invitation)) } },
        ]
    });
    Table::new("Invitations", columns).rows(rows)
}

fn invitation_actions(invitation: &Invitation) -> Markup {
    let path = format!("/members/invitations/{}", invitation.id);
    let again = Button::submit("Send again").secondary().small().subject(invitation.email.as_str());
    let revoke =
        Button::submit("Revoke").danger().small().subject(format!("invitation of {}", invitation.email));
    let question = format!("Revoke the invitation of {}?", invitation.email);
    html! { div.buttons {
        (Form::post(format!("{path}/again")).inline(again))
        (Confirm::new(format!("revoke-{}", invitation.id), revoke, question)
            .text("The link in the mail stops working at once.")
            .form(format!("{path}/revoke"), "Revoke invitation"))
    } }
}
