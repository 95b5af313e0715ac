//! All sessions of one person: to look at, and to end.
//!
//! They are found through a global secondary index, which DynamoDB brings up to date within a moment of a write
//! ("Using Global Secondary Indexes in DynamoDB"): one that began this very moment can be missing from it. So ending all
//! is tidying up: what ends them is that the epoch of the person's sessions is raised.

use std::collections::HashMap;

use aws_sdk_dynamodb::{operation::delete_item::DeleteItemError, types::ReturnValue};
use catalog::names;
use domain::UserId;

use super::{Session, Sessions, TABLE, item};
use crate::dynamo::{Item, TableError, text};

impl Sessions {
    /// The sessions that have not ended, the last used first.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn of(&self, user: UserId) -> Result<Vec<Session>, TableError> {
        let (mut items, mut from): (Vec<Item>, Option<HashMap<_, _>>) = (Vec::new(), None);
        loop {
            let query = self
                .client
                .query()
                .table_name(&self.table)
                .index_name(names::SESSIONS_BY_USER)
                .key_condition_expression("user_id = :user")
                .expression_attribute_values(":user", text(user.to_string()))
                .set_exclusive_start_key(from);
            let page = query.send().await.map_err(TableError::of(TABLE))?;
            items.extend(page.items.unwrap_or_default());
            from = page.last_evaluated_key;
            if from.is_none() {
                break;
            }
        }
        let now = self.clock.now();
        let mut sessions: Vec<_> = items.iter().filter_map(|item| item::read_alive(item, now)).collect();
        sessions.sort_by_key(|session| std::cmp::Reverse((session.last_used_at, session.created_at)));
        Ok(sessions)
    }

    /// Ends one session of a person, and answers it; one of somebody else is left alone.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn end_one(&self, user: UserId, id: &str) -> Result<Option<Session>, TableError> {
        let delete = self
            .client
            .delete_item()
            .table_name(&self.table)
            .key("id", text(id))
            .condition_expression("user_id = :user")
            .expression_attribute_values(":user", text(user.to_string()))
            .return_values(ReturnValue::AllOld);
        match delete.send().await {
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(DeleteItemError::is_conditional_check_failed_exception) =>
            {
                Ok(None)
            }
            other => {
                let ended = other.map_err(TableError::of(TABLE))?.attributes;
                Ok(ended.and_then(|item| item::read_alive(&item, self.clock.now())))
            }
        }
    }

    /// Forgets the sessions of a person that the index shows, but for the one to keep: after
    /// [`domain::identity::end_sessions`].
    ///
    /// # Errors
    /// When the table does not answer; some may have ended then.
    pub async fn end_all(&self, user: UserId, keep: Option<&str>) -> Result<(), TableError> {
        for session in self.of(user).await? {
            if keep != Some(session.id.as_str()) {
                self.delete(&session.id).await?;
            }
        }
        Ok(())
    }
}
