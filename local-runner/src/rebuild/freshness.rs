//! Whether the executables of a head are those of its source: told by the rebuild, asked by what holds requests
//! back until they are.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use catalog::Head;
use tokio::{sync::watch, time::Instant};

/// All heads' states. A head is fresh until something else is said.
#[derive(Debug)]
pub struct Freshness {
    heads: [watch::Sender<State>; Head::ALL.len()],
    wanted: Mutex<Option<Head>>,
}

/// One head's state.
#[derive(Debug, Clone)]
pub struct State {
    /// Goes up with every change: whoever has seen one waits for another.
    pub version: u64,
    /// How it is.
    pub condition: Condition,
}

/// See [`Freshness`].
#[derive(Debug, Clone)]
pub enum Condition {
    /// What runs is what the source says.
    Fresh,
    /// The source has changed; the new executable is being made since then.
    Building(Instant),
    /// The source has changed and nothing can be made of it; the last build serves.
    Broken(Arc<Trouble>),
}

/// Why nothing can be made of the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// `web does not compile`: one line, without a full stop.
    pub title: String,
    /// What the compiler or the database says, one entry an error.
    pub errors: Vec<String>,
}

impl Trouble {
    /// These heads do not compile; none of them: the runner itself does not.
    #[must_use]
    pub fn in_compiling(heads: &[Head], errors: Vec<String>) -> Self {
        let mut names: Vec<_> = heads.iter().map(|head| head.name()).collect();
        if names.is_empty() {
            // The catalogue is compiled into it.
            names.push("the local runner");
        }
        let verb = if names.len() == 1 { "does" } else { "do" };
        Self { title: format!("{} {verb} not compile", names.join(", ")), errors }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; the last build serves\n{}", self.title, self.errors.join("\n"))
    }
}

impl Default for Freshness {
    fn default() -> Self {
        let fresh = || watch::Sender::new(State { version: 0, condition: Condition::Fresh });
        Self { heads: std::array::from_fn(|_| fresh()), wanted: Mutex::new(None) }
    }
}

impl Freshness {
    /// How a head is now.
    #[must_use]
    pub fn state(&self, head: Head) -> State {
        self.of(head).borrow().clone()
    }

    /// Whether its executables are those of its source. Asked for every request, so it copies nothing.
    #[must_use]
    pub fn is_fresh(&self, head: Head) -> bool {
        matches!(self.of(head).borrow().condition, Condition::Fresh)
    }

    /// Waits until the head is no longer being built and its state is a later one than `seen`, if one was.
    pub async fn settled(&self, head: Head, seen: Option<u64>) -> State {
        let mut state = self.of(head).subscribe();
        let settled =
            |state: &State| !matches!(state.condition, Condition::Building(_)) && seen != Some(state.version);
        let found = state.wait_for(settled).await.map(|state| state.clone());
        // The sender lives as long as we do.
        found.unwrap_or_else(|_| self.state(head))
    }

    /// Somebody waits for this head: it is to be built first.
    pub fn want(&self, head: Head) {
        *self.wanted.lock().unwrap_or_else(PoisonError::into_inner) = Some(head);
    }

    /// The head that was wanted last.
    #[must_use]
    pub fn wanted(&self) -> Option<Head> {
        *self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// They are being built, from now on unless they were already.
    pub fn building(&self, heads: &[Head]) {
        for head in heads {
            self.of(*head).send_if_modified(|state| {
                let begins = !matches!(state.condition, Condition::Building(_));
                if begins {
                    *state = state.followed_by(Condition::Building(Instant::now()));
                }
                begins
            });
        }
    }

    /// What was built runs.
    pub fn fresh(&self, heads: &[Head]) {
        self.set(heads, &Condition::Fresh);
    }

    /// Nothing could be built.
    pub fn broken(&self, heads: &[Head], trouble: Trouble) {
        self.set(heads, &Condition::Broken(Arc::new(trouble)));
    }

    fn set(&self, heads: &[Head], condition: &Condition) {
        for head in heads {
            self.of(*head).send_modify(|state| *state = state.followed_by(condition.clone()));
        }
    }

    fn of(&self, head: Head) -> &watch::Sender<State> {
        let place = Head::ALL.iter().position(|other| *other == head);
        &self.heads[place.expect("ALL holds every head")]
    }
}

impl State {
    fn followed_by(&self, condition: Condition) -> Self {
        Self { version: self.version + 1, condition }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_head_that_is_rebuilt_is_waited_for_and_the_others_are_not() {
        let freshness = Arc::new(Freshness::default());
        freshness.building(&[Head::Web]);
        assert!(!freshness.is_fresh(Head::Web) && freshness.is_fresh(Head::Api));
        let waiting = Arc::clone(&freshness);
        let waiting = tokio::spawn(async move { waiting.settled(Head::Web, None).await });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        freshness.fresh(&[Head::Web]);
        assert!(matches!(waiting.await.unwrap().condition, Condition::Fresh));
    }

    #[tokio::test]
    async fn a_page_that_has_shown_an_error_waits_for_another_outcome() {
        let freshness = Freshness::default();
        let trouble = || Trouble { title: "web does not compile".into(), errors: vec!["error".into()] };
        freshness.broken(&[Head::Web], trouble());
        let seen = freshness.state(Head::Web).version;
        assert!(matches!(freshness.settled(Head::Web, None).await.condition, Condition::Broken(_)));
        let again = async {
            freshness.building(&[Head::Web]);
            freshness.broken(&[Head::Web], trouble());
        };
        let (state, ()) = tokio::join!(freshness.settled(Head::Web, Some(seen)), again);
        assert!(state.version > seen);
    }
}
