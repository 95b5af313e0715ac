//! Rules as text: `web-customers:latency=200ms@30%; sqs:duplicate@10%, error@1/20; import-customers:crash`.
//!
//! A rule is a target, a colon, and faults with commas between; each fault may have a value after `=` and a chance
//! after `@`, without which it is done every time. Rules stand on lines of their own or have semicolons between.

use std::fmt;

use catalog::nearest;

use super::{
    chance::Chance,
    fault::{Fault, Kind},
    target::{Called, Service, Target},
};

/// One fault of one target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// With whom.
    pub target: Target,
    /// What goes wrong.
    pub fault: Fault,
    /// How often.
    pub chance: Chance,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { target, fault, chance } = self;
        if *chance == Chance::ALWAYS {
            write!(f, "{target}:{fault}")
        } else {
            write!(f, "{target}:{fault}@{chance}")
        }
    }
}

impl Rule {
    pub(super) fn concerns(&self, called: Called<'_>, kinds: &[Kind]) -> bool {
        kinds.contains(&self.fault.kind()) && self.target.has(called)
    }
}

/// What is wrong with the text of rules, where, and what is allowed there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("character {at}, `{part}`: {what}")]
pub struct RuleError {
    /// Counted from 1.
    at: usize,
    part: String,
    what: String,
}

impl RuleError {
    /// Which of these named texts it is about, if it is about one of them.
    pub(crate) fn is_about<'n>(&self, texts: &[(&'n str, &str)]) -> Option<&'n str> {
        texts.iter().find(|(_, text)| !text.is_empty() && *text == self.part).map(|(name, _)| *name)
    }
}

/// Reads rules.
///
/// # Errors
/// The first thing that is wrong.
pub fn read(text: &str) -> Result<Vec<Rule>, RuleError> {
    let mut rules = Vec::new();
    for rule in (Part { whole: text, text }).split(&[';', '\n']) {
        let rule = rule.trimmed();
        if rule.text.is_empty() {
            continue;
        }
        let Some((target, faults)) = rule.split_once(':') else {
            return Err(rule.wrong("a rule is a target, a colon and what goes wrong: sqs:duplicate@10%"));
        };
        let target = self::target(target.trimmed())?;
        for fault in faults.split(&[',']) {
            rules.push(self::fault(&target, fault.trimmed())?);
        }
    }
    Ok(rules)
}

/// The names of all targets, services first.
pub(crate) fn targets() -> impl Iterator<Item = &'static str> {
    Service::ALL.into_iter().map(Service::name).chain(catalog::FUNCTIONS.iter().map(|function| function.name))
}

fn target(part: Part<'_>) -> Result<Target, RuleError> {
    let name = part.text;
    if let Some(prefix) = name.strip_suffix('*') {
        let known = catalog::FUNCTIONS.iter().any(|function| function.name.starts_with(prefix));
        return match known {
            true => Ok(Target::Functions(prefix.to_owned())),
            false => Err(part.wrong(format!("no function's name begins with `{prefix}`. {}", functions()))),
        };
    }
    let (service, operation) =
        name.split_once('.').map_or((name, None), |(s, operation)| (s, Some(operation)));
    match (Service::named(service), operation) {
        (Some(service), None) => Ok(Target::Service(service, None)),
        (Some(service), Some(operation)) => {
            let known = service.operations();
            let found = known.iter().find(|known| **known == operation);
            let found = found.copied().ok_or_else(|| {
                let what = format!("operation of {}", service.name());
                part.wrong(unknown(&what, operation, known.iter().copied()))
            })?;
            Ok(Target::Service(service, Some(found)))
        }
        (None, _) => catalog::find(name).map(|function| Target::Function(function.name)).ok_or_else(|| {
            let services = list(Service::ALL.into_iter().map(Service::name));
            let near = meant(name, targets());
            part.wrong(format!("no such function or service.{near} Services: {services}. {}", functions()))
        }),
    }
}

fn fault(target: &Target, part: Part<'_>) -> Result<Rule, RuleError> {
    let (what, chance) = match part.split_once('@') {
        Some((what, chance)) => (what.trimmed(), Some(chance.trimmed())),
        None => (part, None),
    };
    let (name, value) = match what.split_once('=') {
        Some((name, value)) => (name.trimmed(), Some(value.trimmed())),
        None => (what, None),
    };
    let known = target.faults();
    let kind = known.iter().copied().find(|kind| kind.name() == name.text);
    let kind = kind.ok_or_else(|| {
        let names = known.iter().map(|kind| kind.name());
        name.wrong(unknown(&format!("fault of {target}"), name.text, names))
    })?;
    if matches!((target, kind), (Target::Service(_, Some(_)), Kind::Duplicate | Kind::Reorder)) {
        return Err(name.wrong("this is a fault of the whole service: leave the operation out"));
    }
    let fault = kind.with(value.map(|value| value.text)).map_err(|allowed| {
        let text = format!("after {}= stands {allowed}", kind.name());
        value.unwrap_or(name).wrong(text)
    })?;
    let chance = match chance {
        None => Chance::ALWAYS,
        Some(part) => Chance::read(part.text).ok_or_else(|| {
            part.wrong(
                "after @ stands how often: a probability like 30% or 0.5%, or 1/20 for every twentieth call",
            )
        })?,
    };
    Ok(Rule { target: target.clone(), fault, chance })
}

fn functions() -> String {
    format!("Functions: {}", list(catalog::FUNCTIONS.iter().map(|function| function.name)))
}

fn unknown<'n>(what: &str, name: &str, known: impl Iterator<Item = &'n str> + Clone) -> String {
    match known.clone().next() {
        None => format!("no such {what}: it has none"),
        Some(_) => format!("no such {what}.{} There are: {}", meant(name, known.clone()), list(known)),
    }
}

/// ` Did you mean …?`
fn meant<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> String {
    nearest(name, known).first().map(|near| format!(" Did you mean `{near}`?")).unwrap_or_default()
}

fn list<'n>(names: impl Iterator<Item = &'n str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}

/// A part of the text that knows where it stands.
#[derive(Clone, Copy)]
struct Part<'a> {
    whole: &'a str,
    text: &'a str,
}

impl<'a> Part<'a> {
    fn of(self, text: &'a str) -> Self {
        Self { text, ..self }
    }

    fn trimmed(self) -> Self {
        self.of(self.text.trim())
    }

    fn split(self, at: &[char]) -> impl Iterator<Item = Self> {
        self.text.split(at).map(move |text| self.of(text))
    }

    fn split_once(self, at: char) -> Option<(Self, Self)> {
        self.text.split_once(at).map(|(before, after)| (self.of(before), self.of(after)))
    }

    fn wrong(self, what: impl Into<String>) -> RuleError {
        // A part is a piece of the whole, so its address tells where.
        let offset = (self.text.as_ptr() as usize).saturating_sub(self.whole.as_ptr() as usize);
        let before = self.whole.get(..offset).unwrap_or_default();
        RuleError { at: before.chars().count() + 1, part: self.text.to_owned(), what: what.into() }
    }
}

#[cfg(test)]
mod tests;
