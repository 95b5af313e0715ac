//! An edit as the developer lives it: requests wait for it, what does not compile is shown, what did not change is
//! served.

use catalog::Head;
use http::StatusCode;

use crate::rebuild_world::{World, is_broken};

const BROWSER: (&str, &str) = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");

#[tokio::test(flavor = "multi_thread")]
async fn a_request_after_a_save_gets_the_new_answer_and_other_functions_go_on() {
    let world = World::start().await;
    assert_eq!(world.get("/web", &[]).await.text(), "web one");
    world.save(Head::Web, "web two").await;
    assert!(world.freshness.is_fresh(Head::Api), "nothing of the API has changed");
    assert_eq!(world.get("/api", &[]).await.text(), "api one");
    assert_eq!(world.get("/web", &[]).await.text(), "web two");
    world.save(Head::Web, "web three").await;
    // As the progress page does it.
    let told = world.get("/web", &[BROWSER, ("x-velox-progress", "0")]).await;
    assert_eq!(told.status, StatusCode::NO_CONTENT);
    assert_eq!(world.get("/web", &[BROWSER]).await.text(), "web three");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_compile_is_shown_in_the_browser_and_served_marked_to_programs() {
    let world = World::start().await;
    world.break_source(Head::Web).await;
    let answer = world.get("/web", &[]).await;
    assert_eq!((answer.status, answer.text().as_str()), (StatusCode::OK, "web one"));
    assert_eq!(answer.header("x-velox-stale"), Some("web does not compile"));

    let page = world.get("/web", &[BROWSER]).await;
    let text = page.text();
    assert_eq!(page.status, StatusCode::INTERNAL_SERVER_ERROR, "{text}");
    assert!(text.contains("mismatched types") && text.contains("functions/web/main.rs:2"), "{text}");
    assert!(text.contains("let n: Vec&lt;u8&gt; = &quot;text&quot;;") && !text.contains('\u{1b}'), "{text}");
    let other = world.get("/api", &[BROWSER]).await;
    assert_eq!((other.text().as_str(), other.header("x-velox-stale")), ("api one", None));

    // A change elsewhere builds both again and says the same; a correction ends it.
    world.save(Head::Api, "api two").await;
    assert_eq!(world.get("/api", &[]).await.text(), "api two");
    world.until(Head::Web, is_broken).await;
    world.save(Head::Web, "web two").await;
    // A browser is not kept waiting for longer than a second: it would get the progress page on a slow machine.
    world.until(Head::Web, |_| world.freshness.is_fresh(Head::Web)).await;
    let answer = world.get("/web", &[BROWSER]).await;
    assert_eq!((answer.text().as_str(), answer.header("x-velox-stale")), ("web two", None));
    world.stop().await;
}
