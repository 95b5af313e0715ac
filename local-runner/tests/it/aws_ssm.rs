//! Parameter Store: values, versions, hierarchies, labels, tags, and secrets that stay secret.

use aws_sdk_ssm::operation::put_parameter::builders::PutParameterFluentBuilder;
use aws_sdk_ssm::types::{ParameterStringFilter, ParameterTier, ParameterType, ResourceTypeForTagging, Tag};

use crate::aws_conformance::{conformance, error_code};
use crate::aws_world::{Clients, World, unique};

conformance! {
    a_parameter_is_put_read_and_deleted,
    a_new_value_is_a_new_version_and_the_old_ones_stay,
    a_secret_is_shown_on_demand_only,
    a_hierarchy_is_read_in_pages_and_levels,
    a_label_names_a_version_and_moves,
    parameters_are_described_by_filter,
    a_parameter_has_tags,
    a_pattern_guards_the_value,
    a_large_value_needs_the_advanced_tier,
    bad_names_of_parameters_are_refused,
    a_parameter_that_is_not_there_is_told,
}

fn name() -> String {
    format!("/{}", unique("app"))
}

fn put(clients: &Clients, name: &str, value: &str) -> PutParameterFluentBuilder {
    clients.ssm.put_parameter().name(name).value(value).r#type(ParameterType::String)
}

async fn get(clients: &Clients, name: &str) -> Option<String> {
    clients.ssm.get_parameter().name(name).send().await.unwrap().parameter.unwrap().value
}

fn filter(key: &str, option: &str, value: &str) -> ParameterStringFilter {
    ParameterStringFilter::builder().key(key).option(option).values(value).build().unwrap()
}

async fn a_parameter_is_put_read_and_deleted(clients: Clients) {
    let name = name();
    let made = put(&clients, &name, "one").description("the first").send().await.unwrap();
    assert_eq!((made.version(), made.tier()), (1, Some(&ParameterTier::Standard)));
    let told = clients.ssm.get_parameter().name(&name).send().await.unwrap().parameter.unwrap();
    assert_eq!((told.value(), told.version()), (Some("one"), 1));
    assert_eq!((told.r#type(), told.data_type()), (Some(&ParameterType::String), Some("text")));
    assert!(told.arn().unwrap().ends_with(&format!(":parameter{name}")));
    let list = clients.ssm.put_parameter().name(format!("{name}/list")).value("a,b");
    list.r#type(ParameterType::StringList).send().await.unwrap();
    let several = clients.ssm.get_parameters().names(&name).names(format!("{name}/list")).names("/none");
    let several = several.send().await.unwrap();
    assert_eq!((several.parameters().len(), several.invalid_parameters().len()), (2, 1));
    clients.ssm.delete_parameter().name(&name).send().await.unwrap();
    let gone =
        clients.ssm.delete_parameters().names(&name).names(format!("{name}/list")).send().await.unwrap();
    assert_eq!(gone.deleted_parameters(), [format!("{name}/list")]);
    assert_eq!(gone.invalid_parameters(), [name]);
}

async fn a_new_value_is_a_new_version_and_the_old_ones_stay(clients: Clients) {
    let name = name();
    put(&clients, &name, "one").send().await.unwrap();
    assert_eq!(error_code!(put(&clients, &name, "two").send().await), "ParameterAlreadyExists");
    let made = put(&clients, &name, "two").overwrite(true).send().await.unwrap();
    assert_eq!(made.version(), 2);
    assert_eq!(get(&clients, &name).await.as_deref(), Some("two"));
    assert_eq!(get(&clients, &format!("{name}:1")).await.as_deref(), Some("one"));
    let missing = clients.ssm.get_parameter().name(format!("{name}:3")).send().await;
    assert_eq!(error_code!(missing), "ParameterVersionNotFound");
    let history = clients.ssm.get_parameter_history().name(&name).send().await.unwrap();
    let values: Vec<_> = history.parameters().iter().map(|version| version.value().unwrap()).collect();
    assert_eq!(values, ["one", "two"]);
}

async fn a_secret_is_shown_on_demand_only(clients: Clients) {
    let name = name();
    put(&clients, &name, "hunter2").r#type(ParameterType::SecureString).send().await.unwrap();
    let sealed = get(&clients, &name).await.unwrap();
    assert!(!sealed.contains("hunter2"), "{sealed}");
    let open = clients.ssm.get_parameter().name(&name).with_decryption(true).send().await.unwrap();
    assert_eq!(open.parameter().unwrap().value(), Some("hunter2"));
    let history = clients.ssm.get_parameter_history().name(&name).with_decryption(true).send().await.unwrap();
    assert_eq!(history.parameters()[0].key_id(), Some("alias/aws/ssm"));
    assert_eq!(history.parameters()[0].value(), Some("hunter2"));
}

async fn a_hierarchy_is_read_in_pages_and_levels(clients: Clients) {
    let root = name();
    for (rest, kind) in
        [("a", ParameterType::String), ("b", ParameterType::SecureString), ("deep/c", ParameterType::String)]
    {
        put(&clients, &format!("{root}/{rest}"), rest).r#type(kind).send().await.unwrap();
    }
    put(&clients, &format!("{root}x"), "sibling").send().await.unwrap();
    let by_path = || clients.ssm.get_parameters_by_path().path(&root);
    let level = by_path().send().await.unwrap();
    assert_eq!(level.parameters().len(), 2);
    let first = by_path().recursive(true).with_decryption(true).max_results(2).send().await.unwrap();
    let rest = by_path().recursive(true).max_results(2).set_next_token(first.next_token.clone());
    let rest = rest.send().await.unwrap();
    assert_eq!(first.parameters()[1].value(), Some("b"));
    assert_eq!((first.parameters().len(), rest.parameters().len(), rest.next_token()), (2, 1, None));
    let secret = by_path().recursive(true).parameter_filters(filter("Type", "Equals", "SecureString"));
    assert_eq!(secret.send().await.unwrap().parameters().len(), 1);
}

async fn a_label_names_a_version_and_moves(clients: Clients) {
    let name = name();
    put(&clients, &name, "one").send().await.unwrap();
    put(&clients, &name, "two").overwrite(true).send().await.unwrap();
    let label = |version| {
        let label =
            clients.ssm.label_parameter_version().name(&name).labels("live").parameter_version(version);
        label.send()
    };
    label(1).await.unwrap();
    assert_eq!(get(&clients, &format!("{name}:live")).await.as_deref(), Some("one"));
    label(2).await.unwrap();
    assert_eq!(get(&clients, &format!("{name}:live")).await.as_deref(), Some("two"));
    let bad = clients.ssm.label_parameter_version().name(&name).labels("1st").labels("aws-x").send().await;
    assert_eq!(bad.unwrap().invalid_labels().len(), 2);
    assert_eq!(error_code!(label(9).await), "ParameterVersionNotFound");
}

async fn parameters_are_described_by_filter(clients: Clients) {
    let root = name();
    for n in 1..=3 {
        put(&clients, &format!("{root}/{n}"), "x").description("d").send().await.unwrap();
    }
    let describe = |it: ParameterStringFilter| clients.ssm.describe_parameters().parameter_filters(it);
    let path = describe(filter("Path", "Recursive", &root)).send().await.unwrap();
    assert_eq!(path.parameters().len(), 3);
    assert_eq!(path.parameters()[0].description(), Some("d"));
    let one = describe(filter("Name", "Equals", &format!("{root}/2"))).send().await.unwrap();
    assert_eq!(one.parameters().len(), 1);
    let some = describe(filter("Name", "BeginsWith", &root)).max_results(2).send().await.unwrap();
    assert_eq!((some.parameters().len(), some.next_token().is_some()), (2, true));
}

async fn a_parameter_has_tags(clients: Clients) {
    let name = name();
    let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build().unwrap();
    put(&clients, &name, "x").tags(tag("stage", "dev")).send().await.unwrap();
    let kind = ResourceTypeForTagging::Parameter;
    let add = clients.ssm.add_tags_to_resource().resource_type(kind.clone()).resource_id(&name);
    add.tags(tag("team", "billing")).send().await.unwrap();
    let remove = clients.ssm.remove_tags_from_resource().resource_type(kind.clone()).resource_id(&name);
    remove.tag_keys("stage").send().await.unwrap();
    let told =
        clients.ssm.list_tags_for_resource().resource_type(kind).resource_id(&name).send().await.unwrap();
    assert_eq!(told.tag_list(), [tag("team", "billing")]);
    let found = clients.ssm.describe_parameters().parameter_filters(filter("tag:team", "Equals", "billing"));
    let found = found.send().await.unwrap();
    assert!(found.parameters().iter().any(|it| it.name() == Some(&name)));
}

async fn a_pattern_guards_the_value(clients: Clients) {
    let name = name();
    let guarded = |value: &str| put(&clients, &name, value).allowed_pattern("^\\d+$").overwrite(true).send();
    assert_eq!(error_code!(guarded("12x").await), "ParameterPatternMismatchException");
    guarded("12").await.unwrap();
}

async fn a_large_value_needs_the_advanced_tier(clients: Clients) {
    let (name, large) = (name(), "x".repeat(5000));
    assert_eq!(error_code!(put(&clients, &name, &large).send().await), "ValidationException");
    let made = put(&clients, &name, &large).tier(ParameterTier::Advanced).send().await.unwrap();
    assert_eq!(made.tier(), Some(&ParameterTier::Advanced));
    let huge =
        put(&clients, &name, &"x".repeat(9000)).tier(ParameterTier::Advanced).overwrite(true).send().await;
    assert_eq!(error_code!(huge), "ValidationException");
}

async fn bad_names_of_parameters_are_refused(clients: Clients) {
    for bad in ["awsome", "ssm-x", "a/b", "/a b", "/a/ü"] {
        assert_eq!(error_code!(put(&clients, bad, "x").send().await), "ValidationException", "{bad}");
    }
    let deep = "/x".repeat(16);
    assert_eq!(error_code!(put(&clients, &deep, "x").send().await), "HierarchyLevelLimitExceededException");
}

async fn a_parameter_that_is_not_there_is_told(clients: Clients) {
    let name = name();
    assert_eq!(error_code!(clients.ssm.get_parameter().name(&name).send().await), "ParameterNotFound");
    assert_eq!(error_code!(clients.ssm.delete_parameter().name(&name).send().await), "ParameterNotFound");
    let history = clients.ssm.get_parameter_history().name(&name).send().await;
    assert_eq!(error_code!(history), "ParameterNotFound");
    let by_path = clients.ssm.get_parameters_by_path().path(&name).send().await.unwrap();
    assert!(by_path.parameters().is_empty(), "an empty hierarchy is no error");
}

#[tokio::test]
async fn a_secret_survives_a_restart_and_is_nowhere_in_the_files() {
    let world = World::start().await;
    put(&world.clients, "/db/password", "correct-horse")
        .r#type(ParameterType::SecureString)
        .send()
        .await
        .unwrap();
    put(&world.clients, "/db/host", "localhost").send().await.unwrap();
    let world = world.restarted().await;
    let open =
        world.clients.ssm.get_parameter().name("/db/password").with_decryption(true).send().await.unwrap();
    assert_eq!(open.parameter().unwrap().value(), Some("correct-horse"));
    let mut files = 0;
    for entry in std::fs::read_dir(world.directory.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            assert!(!bytes.windows(13).any(|window| window == b"correct-horse"), "{}", path.display());
            files += 1;
        }
    }
    assert!(files >= 3);
    world.services.shutdown().await;
}
