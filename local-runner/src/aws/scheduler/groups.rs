//! Schedule groups and their tags.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::Scheduler;
use super::error::SchedulerError;
use super::manage::Wanted;
use super::model::{Group, seconds};
use super::state::{DEFAULT_GROUP, Record};
use super::validate;

/// The most tags of a group.
const MAX_TAGS: usize = 50;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GroupSaid {
    client_token: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag {
    key: String,
    value: String,
}

impl Scheduler {
    pub(super) async fn create_group(&self, name: &str, said: GroupSaid) -> Result<Value, SchedulerError> {
        validate::name("name", name)?;
        let tags: BTreeMap<_, _> = said.tags.into_iter().map(|tag| (tag.key, tag.value)).collect();
        let durable = {
            let mut state = self.state();
            match state.groups.get(name) {
                Some(present) if said.client_token.is_some() && present.client_token == said.client_token => {
                    self.journal.settled()
                }
                Some(_) => {
                    return Err(SchedulerError::Conflict(format!("Schedule group {name} already exists.")));
                }
                None => {
                    let (name, created) = (name.to_owned(), self.now());
                    let group = Group { name, created, client_token: said.client_token, tags };
                    self.record(&mut state, Record::Group(group))
                }
            }
        };
        durable.await?;
        Ok(json!({ "ScheduleGroupArn": super::group_arn(name) }))
    }

    pub(super) fn get_group(&self, name: &str) -> Result<Value, SchedulerError> {
        let state = self.state();
        let group = state.groups.get(name).ok_or_else(|| SchedulerError::no_group(name))?;
        Ok(group.told())
    }

    /// Its schedules go with it.
    pub(super) async fn delete_group(&self, name: &str) -> Result<Value, SchedulerError> {
        if name == DEFAULT_GROUP {
            return Err(SchedulerError::Validation("The default schedule group cannot be deleted.".into()));
        }
        let durable = {
            let mut state = self.state();
            if !state.groups.contains_key(name) {
                return Err(SchedulerError::no_group(name));
            }
            self.record(&mut state, Record::GroupGone(name.to_owned()))
        };
        durable.await?;
        Ok(json!({}))
    }

    pub(super) fn list_groups(&self, wanted: &Wanted) -> Result<Value, SchedulerError> {
        let state = self.state();
        let prefix = wanted.name_prefix.as_deref().unwrap_or_default();
        let fits = state.groups.values().filter(|group| group.name.starts_with(prefix));
        let (page, next) = wanted.page(fits, |group| group.name.clone())?;
        let page: Vec<_> = page.into_iter().map(Group::told).collect();
        Ok(json!({ "ScheduleGroups": page, "NextToken": next }))
    }

    pub(super) fn tags(&self, arn: &str) -> Result<Value, SchedulerError> {
        let name = group_in(arn)?;
        let state = self.state();
        let group = state.groups.get(name).ok_or_else(|| SchedulerError::no_group(name))?;
        let tags: Vec<_> =
            group.tags.iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect();
        Ok(json!({ "Tags": tags }))
    }

    pub(super) async fn tag(&self, arn: &str, said: GroupSaid) -> Result<Value, SchedulerError> {
        self.retag(arn, |tags| tags.extend(said.tags.into_iter().map(|tag| (tag.key, tag.value)))).await
    }

    pub(super) async fn untag(&self, arn: &str, keys: &[String]) -> Result<Value, SchedulerError> {
        self.retag(arn, |tags| tags.retain(|key, _| !keys.contains(key))).await
    }

    async fn retag(
        &self,
        arn: &str,
        change: impl FnOnce(&mut BTreeMap<String, String>),
    ) -> Result<Value, SchedulerError> {
        let name = group_in(arn)?;
        let durable = {
            let mut state = self.state();
            let mut group = state.groups.get(name).ok_or_else(|| SchedulerError::no_group(name))?.clone();
            change(&mut group.tags);
            if group.tags.len() > MAX_TAGS {
                return Err(SchedulerError::Validation("A schedule group has at most 50 tags.".into()));
            }
            self.record(&mut state, Record::Group(group))
        };
        durable.await?;
        Ok(json!({}))
    }
}

/// Only groups have tags.
fn group_in(arn: &str) -> Result<&str, SchedulerError> {
    let name = arn.strip_prefix("arn:aws:scheduler:").and_then(|rest| rest.split_once(":schedule-group/"));
    name.map(|(_, name)| name)
        .ok_or_else(|| SchedulerError::Validation("ResourceArn must be the ARN of a schedule group.".into()))
}

impl Group {
    fn told(&self) -> Value {
        json!({
            "Arn": super::group_arn(&self.name),
            "Name": self.name,
            "State": "ACTIVE",
            "CreationDate": seconds(self.created),
            "LastModificationDate": seconds(self.created),
        })
    }
}
