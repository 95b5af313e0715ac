//! Staff in a customer's place: let in once, by a ticket, on the record; and out again when either of the two says so.

use aws_sdk_dynamodb::types::AttributeValue;
use catalog::names;
use http::StatusCode;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};

use crate::{
    aws_world::Clients,
    http::{Answer, Client},
    letters::{letter, signed_up},
    runner::Runner,
};

pub(crate) const CUSTOMER: &str = "ann@help.example";
pub(crate) const REASON: &str = "Request 4711: the import of the price list fails";
const PASSWORD: &str = "correct horse battery";

/// A runner, a customer who is signed in, and somebody of the staff who is.
pub(crate) struct Help {
    pub(crate) runner: Runner,
    pub(crate) ann: Client,
    pub(crate) staff: Client,
    pub(crate) staff_email: String,
    pub(crate) organization: String,
    pub(crate) user: String,
}

impl Help {
    pub(crate) async fn wanted() -> Self {
        let runner = Runner::start();
        let ann = signed_up(&runner, "Help AG", CUSTOMER, PASSWORD).await;
        let demo = runner.running.demo.clone().unwrap();
        let mut staff = runner.admin();
        let login = [("email", demo.email.as_str()), ("password", demo.password.as_str())];
        assert_eq!(staff.post_form("/login", &login).await.status, StatusCode::SEE_OTHER);
        let query =
            "SELECT m.organization_id::text, u.id::text FROM users u JOIN memberships m ON m.user_id = u.id
                     WHERE u.email = 'ann@help.example'";
        let row = owner(&runner).await.fetch_one(query).await.unwrap();
        let (organization, user) = (row.get(0), row.get(1));
        Self { runner, ann, staff, staff_email: demo.email, organization, user }
    }

    async fn ask(&mut self, user: &str, reason: &str) -> Answer {
        let organization = self.organization.clone();
        let fields = [("organization", organization.as_str()), ("user", user), ("reason", reason)];
        self.staff.post_form("/impersonate", &fields).await
    }

    /// What the link of a new ticket carries.
    pub(crate) async fn ticket(&mut self) -> String {
        let answer = self.ask(&self.user.clone(), REASON).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        let page = answer.text();
        let link = format!("{}/support?ticket=", self.runner.running.urls.app);
        page.split(&link).nth(1).unwrap_or_else(|| panic!("{page}")).split('"').next().unwrap().to_owned()
    }

    /// Somebody of the staff in the customer's place.
    pub(crate) async fn begun(&mut self) -> Client {
        let (mut support, ticket) = (self.runner.app(), self.ticket().await);
        let answer = support.post_form("/support", &[("ticket", &ticket)]).await;
        assert_eq!(answer.location(), "/dashboard", "{}", answer.text());
        support
    }
}

pub(crate) async fn owner(runner: &Runner) -> PgConnection {
    PgConnection::connect(&runner.running.database.owner).await.unwrap()
}

/// What the item of the table says under `known` is set to `value`.
pub(crate) async fn set(runner: &Runner, table: &str, known: &str, value: &str) {
    let dynamodb = Clients::of(&runner.running.urls.aws).dynamodb;
    for item in dynamodb.scan().table_name(table).send().await.unwrap().items.unwrap_or_default() {
        let ours = item.contains_key("impersonator_id")
            || item
                .get("payload")
                .and_then(|text| text.as_s().ok())
                .is_some_and(|text| text.contains("4711"));
        if ours {
            let update = dynamodb.update_item().table_name(table).key("id", item["id"].clone());
            let update = update.update_expression(format!("SET {known} = :value"));
            let value = AttributeValue::N(value.to_owned());
            update.expression_attribute_values(":value", value).send().await.unwrap();
        }
    }
}

fn assert_over(answer: &Answer) {
    assert!(answer.location().starts_with("/login"), "{}", answer.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn support_is_seen_on_every_page_in_the_mail_and_in_the_log_from_its_beginning_to_its_end() {
    let mut help = Help::wanted().await;
    let list = help.staff.get("/?search=Help").await.text();
    assert!(list.contains(&format!("/organizations/{}", help.organization)), "{list}");
    let people = help.staff.get(&format!("/organizations/{}", help.organization)).await.text();
    let form = format!("/impersonate?organization={}&amp;user={}", help.organization, help.user);
    assert!(people.contains(&form), "{people}");
    assert_eq!(help.staff.get(&form.replace("&amp;", "&")).await.status, StatusCode::OK);

    let ticket = help.ticket().await;
    let mut support = help.runner.app();
    for _ in 0..2 {
        let page = support.get(&format!("/support?ticket={ticket}")).await;
        assert!(
            page.text().contains(REASON) && page.text().contains("Sign in as this person"),
            "{}",
            page.text()
        );
    }
    let begun = support.post_form("/support", &[("ticket", &ticket)]).await;
    assert_eq!(begun.location(), "/dashboard", "{}", begun.text());
    let cookie = begun.header("set-cookie").unwrap();
    let age: u32 = cookie.split("Max-Age=").nth(1).unwrap().parse().unwrap();
    assert!(cookie.contains("HttpOnly") && (1..=1800).contains(&age), "{cookie}");

    let missing = format!("/imports/{}", help.user);
    for (page, status) in [
        ("/dashboard", 200),
        ("/customers", 200),
        ("/settings/audit", 200),
        (&missing, 404),
        ("/account", 403),
    ] {
        let answer = support.get(page).await;
        assert_eq!(answer.status.as_u16(), status, "{page}: {}", answer.text());
        let text = answer.text();
        assert!(text.contains("You see Velox as") && text.contains("help.example"), "{page}: {text}");
        assert!(text.contains("action=\"/logout\""), "{page}: {text}");
    }
    assert!(!help.ann.get("/dashboard").await.text().contains("You see Velox as"));
    let sessions = help.ann.get("/account/sessions").await.text();
    assert!(sessions.contains(&format!("Velox support, {}", help.staff_email)), "{sessions}");

    assert_eq!(
        support.post_form("/welcome/skip", &[("task", "company")]).await.status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(support.post_form("/logout", &[]).await.location(), "/login?signed_out=1");
    assert_over(&support.get("/dashboard").await);
    assert_eq!(support.post_form("/logout", &[]).await.status, StatusCode::SEE_OTHER, "twice is once");

    let mail = letter(&help.runner, CUSTOMER, "Velox support signed in to your account").await;
    assert!(mail.contains(REASON) && mail.contains(&help.staff_email) && mail.contains("Help AG"), "{mail}");
    let file = help.ann.get("/settings/audit.csv").await.text();
    assert!(file.lines().next().unwrap().trim_end().ends_with(",support"), "{file}");
    let rows =
        |action: &str| file.lines().filter(|row| row.contains(&format!(",{action},"))).collect::<Vec<_>>();
    for action in ["impersonation.began", "onboarding.skipped", "impersonation.ended"] {
        let found = rows(action);
        assert_eq!(found.len(), 1, "{action}: {file}");
        assert!(
            found[0].contains(CUSTOMER) && found[0].trim_end().ends_with(&help.staff_email),
            "{}",
            found[0]
        );
    }
    assert!(rows("impersonation.began")[0].contains(REASON), "{file}");
    assert!(rows("user.signed_in").iter().all(|row| !row.contains(&help.staff_email)), "{file}");
    let log = help.ann.get("/settings/audit").await.text();
    assert!(log.contains("Support signed in") && log.contains("by Velox support"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_that_was_used_is_over_or_was_made_up_gets_a_page_of_its_own() {
    let mut help = Help::wanted().await;
    let (used, expired) = (help.ticket().await, help.ticket().await);
    let begun = help.runner.app().post_form("/support", &[("ticket", &used)]).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER);
    set(&help.runner, names::TOKENS_TABLE, "expires_at", "1").await;
    let mut app = help.runner.app();
    for (ticket, status, said, next) in [
        (used.as_str(), StatusCode::GONE, "This ticket was used", "make a new ticket in the console"),
        (&expired, StatusCode::GONE, "This ticket has expired", "Make a new one in the console"),
        ("forged", StatusCode::NOT_FOUND, "This ticket is not complete", "make a new ticket"),
    ] {
        let page = app.get(&format!("/support?ticket={ticket}")).await;
        let answer = app.post_form("/support", &[("ticket", ticket)]).await;
        for answer in [page, answer] {
            assert_eq!(answer.status, status, "{}", answer.text());
            assert!(answer.text().contains(said) && answer.text().contains(next), "{}", answer.text());
        }
        assert_over(&app.get("/dashboard").await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_uses_of_one_ticket_at_once_one_begins() {
    let mut help = Help::wanted().await;
    let ticket = help.ticket().await;
    let attempts = (0..50).map(|_| {
        let (mut client, ticket) = (help.runner.app(), ticket.clone());
        async move { client.post_form("/support", &[("ticket", ticket.as_str())]).await.status }
    });
    let statuses = futures::future::join_all(attempts).await;
    let won = statuses.iter().filter(|status| **status == StatusCode::SEE_OTHER).count();
    let lost = statuses.iter().filter(|status| **status == StatusCode::GONE).count();
    assert_eq!((won, lost), (1, 49), "{statuses:?}");
    let mut database = owner(&help.runner).await;
    let query = "SELECT count(*) FROM audit_events WHERE action = 'impersonation.began'";
    assert_eq!(database.fetch_one(query).await.unwrap().get::<i64, _>(0), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_impersonated_without_a_reason_in_another_organization_or_among_staff() {
    let mut help = Help::wanted().await;
    let user = help.user.clone();
    for reason in ["", "too short", &"x".repeat(501)] {
        let refused = help.ask(&user, reason).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{reason}");
        let page = refused.text();
        assert!(
            page.contains("There is a problem") && page.contains(&format!("{reason}</textarea>")),
            "{page}"
        );
        assert!(!page.contains("/support?ticket="), "{page}");
    }
    let stranger = "01930000-0000-7000-8000-000000000001";
    assert_eq!(help.ask(stranger, REASON).await.status, StatusCode::NOT_FOUND);
    assert_eq!(help.ask("nonsense", REASON).await.status, StatusCode::NOT_FOUND);

    // Made staff after the ticket, and before.
    let ticket = help.ticket().await;
    let mut database = owner(&help.runner).await;
    let promote = format!("INSERT INTO staff (user_id) VALUES ('{user}')");
    database.execute(AssertSqlSafe(promote)).await.unwrap();
    let late = help.runner.app().post_form("/support", &[("ticket", &ticket)]).await;
    assert_eq!(late.status, StatusCode::GONE, "{}", late.text());
    let refused = help.ask(&user, REASON).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text());
    assert!(refused.text().contains("Nobody signs in as a member of staff"), "{}", refused.text());
    let list = help.staff.get(&format!("/organizations/{}", help.organization)).await.text();
    assert!(!list.contains("/impersonate?"), "{list}");
    // A session of a customer, staff or not, opens nothing in the console.
    let mut customer = help.ann.at(&help.runner.running.urls.admin);
    assert_over(&customer.get(&format!("/organizations/{}", help.organization)).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_person_ends_it_from_the_list_of_sessions_or_with_all_sessions() {
    let mut help = Help::wanted().await;
    let mut support = help.begun().await;
    let list = help.ann.get("/account/sessions").await.text();
    let row = list.split("<tr").find(|row| row.contains("Velox support")).unwrap();
    let end = row.split("action=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert_eq!(help.ann.post_form(&end, &[]).await.status, StatusCode::SEE_OTHER);
    assert_over(&support.get("/dashboard").await);
    let log = help.ann.get("/settings/audit?action=impersonation.ended").await.text();
    assert!(log.contains("Support signed out"), "{log}");

    let mut support = help.begun().await;
    let unused = help.ticket().await;
    assert_eq!(help.ann.post_form("/account/sessions/end-others", &[]).await.status, StatusCode::SEE_OTHER);
    assert_over(&support.get("/dashboard").await);
    assert_over(&support.get("/account").await);
    let late = help.runner.app().post_form("/support", &[("ticket", &unused)]).await;
    assert_eq!(late.status, StatusCode::GONE, "{}", late.text());
    assert!(late.text().contains("This is not allowed any more"), "{}", late.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn it_ends_with_the_staffs_role_with_their_sessions_and_with_its_time() {
    let mut help = Help::wanted().await;
    let mut database = owner(&help.runner).await;
    let staff = format!("(SELECT id FROM users WHERE email = '{}')", help.staff_email);

    let mut support = help.begun().await;
    assert_eq!(support.get("/dashboard").await.status, StatusCode::OK);
    set(&help.runner, names::SESSIONS_TABLE, "impersonated_until", "1").await;
    assert_over(&support.get("/dashboard").await);

    let mut support = help.begun().await;
    let raise = format!("UPDATE users SET session_epoch = session_epoch + 1 WHERE id = {staff}");
    // The owner is under the policies as well.
    let raise = format!(
        "ALTER TABLE users NO FORCE ROW LEVEL SECURITY; {raise}; ALTER TABLE users FORCE ROW LEVEL SECURITY"
    );
    database.execute(AssertSqlSafe(raise)).await.unwrap();
    assert_over(&support.get("/dashboard").await);
    assert_over(&help.staff.get("/").await);

    let demo = help.runner.running.demo.clone().unwrap();
    let login = [("email", demo.email.as_str()), ("password", demo.password.as_str())];
    assert_eq!(help.staff.post_form("/login", &login).await.status, StatusCode::SEE_OTHER);
    let mut support = help.begun().await;
    assert_eq!(support.get("/dashboard").await.status, StatusCode::OK);
    let unused = help.ticket().await;
    database.execute(AssertSqlSafe(format!("DELETE FROM staff WHERE user_id = {staff}"))).await.unwrap();
    assert_over(&support.get("/dashboard").await);
    let late = help.runner.app().post_form("/support", &[("ticket", &unused)]).await;
    assert_eq!(late.status, StatusCode::GONE, "{}", late.text());
}
