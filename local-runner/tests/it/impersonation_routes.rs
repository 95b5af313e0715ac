//! What staff reach in a customer's place, route by route: what the catalogue opens, which is listed here once more, and
//! nothing else. The person is the owner, so that no role is what refuses.

use catalog::{FUNCTIONS, Function, Head, Method, Trigger};
use http::StatusCode;

use crate::{
    access::{concrete, is_for_members},
    http::Answer,
    impersonation::Help,
};

/// Whoever opens a route to support says so here too, and has thought about it twice.
const OPEN: [&str; 17] = [
    "web-allow-list",
    "web-api-keys",
    "web-audit",
    "web-audit-file",
    "web-closed",
    "web-company",
    "web-customers",
    "web-dashboard",
    "web-import",
    "web-import-form",
    "web-imports",
    "web-load-samples",
    "web-members",
    "web-skip-task",
    "web-start-import",
    "web-update-company",
    "web-welcome",
];

#[test]
fn the_catalogue_opens_to_support_what_is_listed_here() {
    let mut open: Vec<_> =
        FUNCTIONS.iter().filter(|function| function.open_to_support).map(|function| function.name).collect();
    open.sort_unstable();
    assert_eq!(open, OPEN, "a route that support may use stands in this list and carries .open_to_support()");
}

fn is_refused_to_support(answer: &Answer) -> bool {
    answer.status == StatusCode::FORBIDDEN
        && answer.text().contains("Velox support sees what this person sees")
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_customers_place_staff_are_refused_every_route_that_is_not_open_to_them() {
    let mut help = Help::wanted().await;
    let mut support = help.begun().await;
    let mut refused = 0;
    for function in FUNCTIONS.iter().filter(|function| function.head == Head::Web) {
        let Trigger::Http { method, path } = function.trigger else { continue };
        if !is_for_members(function.name) {
            assert!(!function.open_to_support, "{} asks for no session", function.name);
            continue;
        }
        let answer = ask(&mut support, function, method, &concrete(path, &help.user)).await;
        let name = function.name;
        assert_eq!(is_refused_to_support(&answer), !function.open_to_support, "{name}: {}", answer.text());
        if !function.open_to_support {
            assert!(answer.text().contains("You see Velox as"), "{name} does not say who asks");
            refused += 1;
        }
    }
    assert!(refused > 30, "only {refused} routes were refused");
    assert_eq!(support.get("/dashboard").await.status, StatusCode::OK, "nothing of it ended the session");
    assert_eq!(help.ann.get("/account").await.status, StatusCode::OK, "nor the person's own");
}

async fn ask(support: &mut crate::http::Client, function: &Function, method: Method, path: &str) -> Answer {
    match method {
        Method::Post => support.post_form(path, &[]).await,
        Method::Get => support.get(path).await,
        Method::Any => panic!("{} takes any method", function.name),
    }
}
