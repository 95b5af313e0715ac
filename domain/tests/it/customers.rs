//! Creating, finding and paging customers.

use domain::{
    Failure, Kind,
    audit::Origin,
    customers::{Cursor, CustomerInput, ListCustomers, create_customer, list_customers},
};

use crate::world::{Tenant, World};

fn input(name: &str, email: &str) -> CustomerInput {
    CustomerInput {
        name: name.into(),
        email: email.into(),
        country: "DE".into(),
        currency: "EUR".into(),
        city: "Köln".into(),
        ..CustomerInput::default()
    }
}

async fn with_customers(world: &World, names: impl Iterator<Item = String>) -> Tenant {
    let tenant = world.tenant("acme").await;
    let mut tx = world.tx(tenant).await;
    for (number, name) in (0..).zip(names) {
        create_customer(&mut tx, &input(&name, &format!("c{number}@x.example")), &Origin::system())
            .await
            .unwrap();
    }
    let _none = tx.commit().await.unwrap();
    tenant
}

async fn names(world: &World, tenant: Tenant, list: &ListCustomers) -> Vec<String> {
    let page = list_customers(&mut world.tx(tenant).await, list).await.unwrap();
    page.customers.into_iter().map(|customer| customer.name).collect()
}

#[tokio::test]
async fn an_address_belongs_to_one_customer_of_an_organization_whatever_its_case() {
    let world = World::new().await;
    let tenant = with_customers(&world, ["A".to_owned()].into_iter()).await;
    let mut tx = world.tx(tenant).await;
    let error = create_customer(&mut tx, &input("B", "C0@X.example"), &Origin::system()).await.unwrap_err();
    assert_eq!((error.kind(), error.fields()[0].field.as_ref()), (Kind::Conflict, "email"));
    drop(tx);
    let other = world.tenant("other").await;
    let mut tx = world.tx(other).await;
    create_customer(&mut tx, &input("B", "c0@x.example"), &Origin::system()).await.unwrap();
}

#[tokio::test]
async fn pages_forward_and_backward_show_every_customer_once_in_the_order_of_names() {
    let world = World::new().await;
    // Equal names, to be told apart by id, on both sides of a page's edge.
    let tenant = with_customers(&world, (0..25).map(|n| format!("Name {:02}", n / 4))).await;
    let mut list = ListCustomers { limit: 10, ..ListCustomers::default() };
    let (mut forward, mut pages) = (Vec::new(), Vec::new());
    loop {
        let page = list_customers(&mut world.tx(tenant).await, &list).await.unwrap();
        assert_eq!((page.total, page.preceding), (25, i64::try_from(forward.len()).unwrap()));
        forward.extend(page.customers.iter().map(|customer| customer.id));
        pages.push(page.customers.iter().map(|customer| customer.id).collect::<Vec<_>>());
        list.before = page.previous;
        match page.next {
            Some(next) => list = ListCustomers { after: Some(next), limit: 10, ..ListCustomers::default() },
            None => break,
        }
    }
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [10, 10, 5]);
    let mut unique = forward.clone();
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), 25);

    for expected in pages.iter().rev().skip(1) {
        let page = list_customers(&mut world.tx(tenant).await, &list).await.unwrap();
        assert_eq!(page.customers.iter().map(|customer| customer.id).collect::<Vec<_>>(), *expected);
        assert!(page.next.is_some());
        list.before = page.previous;
    }
    assert_eq!(list.before, None);
}

#[tokio::test]
async fn a_search_needs_all_its_words_anywhere_and_knows_no_wildcards() {
    let world = World::new().await;
    let all = ["Ärzte & Söhne", "Ärztehaus Nord", "50% Rabatt", "Fifty_fifty"].map(str::to_owned);
    let tenant = with_customers(&world, all.into_iter()).await;
    let search = |text: &str| ListCustomers { search: text.into(), limit: 10, ..ListCustomers::default() };
    assert_eq!(names(&world, tenant, &search("ÄRZTE nord")).await, ["Ärztehaus Nord"]);
    assert_eq!(names(&world, tenant, &search("köln söhne")).await, ["Ärzte & Söhne"]);
    assert_eq!(names(&world, tenant, &search("0%")).await, ["50% Rabatt"]);
    assert_eq!(names(&world, tenant, &search("_")).await, ["Fifty_fifty"]);
    assert_eq!(names(&world, tenant, &search("c2@x")).await, ["50% Rabatt"]);
}

#[tokio::test]
async fn a_cursor_survives_its_text_form_and_nonsense_is_none() {
    let world = World::new().await;
    let tenant = with_customers(&world, ["A", "B"].map(str::to_owned).into_iter()).await;
    let list = ListCustomers { limit: 1, ..ListCustomers::default() };
    let page = list_customers(&mut world.tx(tenant).await, &list).await.unwrap();
    let text = page.next.unwrap().encode();
    let after = Cursor::decode(&text);
    assert_eq!(names(&world, tenant, &ListCustomers { after, limit: 1, ..list }).await, ["B"]);
    assert!(Cursor::decode("no cursor").is_none());
}
