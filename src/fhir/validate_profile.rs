//! The second half of validation: what a profile asks beyond the base types. Cardinality, slices,
//! fixed values and patterns, code lists, types, rules; all faults at once.
//!
//! **Source:** FHIR R4, 5.1.0 (profiling), 5.1.0.14 (slicing).

use serde_json::Value;
use time::Date;

use super::{
    Definitions,
    element::{children, codings, system_and_code, text},
    fhirpath_eval::Evaluation,
    fhirpath_value::{Item, Node},
    profile_tree::{Constraint, Discriminator, Profile},
    validation_findings as say,
    value_sets::{InList, in_list},
};
use crate::{
    finding::{Finding, Severity},
    terminology::Terminology,
};

/// Where a resource comes from: it decides what is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Somebody writes it here: every rule holds.
    Written,
    /// It was made elsewhere: where official data break the profiles themselves, we warn.
    Imported,
}

/// What a resource is checked with.
#[derive(Clone, Copy)]
pub(super) struct ProfileCheck<'c> {
    pub(super) definitions: &'c Definitions,
    pub(super) terminology: &'c Terminology,
    pub(super) resource: &'c Value,
    pub(super) origin: Origin,
    /// The day on which codes must be in force.
    pub(super) today: Date,
}

/// A value, and where it stands.
#[derive(Clone, Debug)]
struct Placed<'c> {
    node: Node<'c>,
    place: String,
}

impl<'c> ProfileCheck<'c> {
    /// Checks the resource against a profile; `place` is its `FHIRPath`.
    pub(super) fn check(self, profile: &Profile, place: &str, findings: &mut Vec<Finding>) {
        let root = Placed {
            node: Node::of(self.resource),
            place: place.to_owned(),
        };
        self.content(&profile.root, &root, findings);
    }

    /// Rules of an element, and what stands below it.
    fn content(self, constraint: &Constraint, at: &Placed<'c>, findings: &mut Vec<Finding>) {
        for invariant in &constraint.invariants {
            let run = Evaluation {
                resource: self.resource,
            };
            let context = [Item::Node(at.node)];
            if run.truth(&invariant.rule.expression, &context) == Some(false) {
                let mut finding =
                    say::invariant(invariant.rule.key, &at.place, &invariant.rule.message);
                if !invariant.is_error || self.tolerates(invariant.is_tolerant) {
                    finding.severity = Severity::Warning;
                }
                findings.push(finding);
            }
        }
        for child in &constraint.children {
            self.element(child, at, findings);
        }
    }

    fn tolerates(self, is_tolerant: bool) -> bool {
        is_tolerant && self.origin == Origin::Imported
    }

    /// Every repetition of an element, its slices told apart.
    fn element(self, constraint: &Constraint, parent: &Placed<'c>, findings: &mut Vec<Finding>) {
        let mut found = Vec::new();
        parent.node.children(&constraint.name, &mut found);
        let is_list = parent
            .node
            .value
            .get(&constraint.name)
            .is_some_and(Value::is_array);
        let place = format!("{}.{}", parent.place, constraint.name);
        let items: Vec<Placed<'c>> = found
            .iter()
            .filter_map(Item::node)
            .enumerate()
            .map(|(rank, node)| Placed {
                node,
                place: if is_list {
                    format!("{place}[{rank}]")
                } else {
                    place.clone()
                },
            })
            .collect();
        self.repetitions(constraint, &place, items.len(), findings);
        for item in &items {
            self.value(constraint, item, findings);
        }
        if constraint.slices.is_empty() {
            return;
        }
        let mut of_slice: Vec<Vec<&Placed<'c>>> = vec![Vec::new(); constraint.slices.len()];
        for item in &items {
            let belongs = |slice: &Constraint| self.is_of_slice(constraint, slice, item.node);
            match constraint.slices.iter().position(belongs) {
                Some(rank) => of_slice[rank].push(item),
                None => self.unknown_extension(constraint, item, findings),
            }
        }
        for (slice, items) in constraint.slices.iter().zip(of_slice) {
            let name = slice.slice.as_deref().unwrap_or_default();
            self.repetitions(slice, &format!("{place}('{name}')"), items.len(), findings);
            for item in items {
                self.value(slice, item, findings);
            }
        }
    }

    fn repetitions(
        self,
        constraint: &Constraint,
        place: &str,
        count: usize,
        findings: &mut Vec<Finding>,
    ) {
        let rule = constraint.rule.unwrap_or("G1");
        let finding = match (constraint.min, constraint.max) {
            (Some(min), _) if count < min => say::too_few(rule, place, min, count),
            (_, Some(max)) if count > max => say::too_many(rule, place, max, count),
            _ => return,
        };
        self.push(constraint, finding, findings);
    }

    fn push(self, constraint: &Constraint, mut finding: Finding, findings: &mut Vec<Finding>) {
        if self.tolerates(constraint.is_tolerant) {
            finding.severity = Severity::Warning;
        }
        findings.push(finding);
    }

    /// One value: type, fixed value, pattern, code list, then what is below.
    fn value(self, constraint: &Constraint, at: &Placed<'c>, findings: &mut Vec<Finding>) {
        let rule = constraint.rule.unwrap_or("G1");
        let value = at.node.value;
        let is_allowed = at.node.type_name.is_none_or(|own| {
            constraint.types.is_empty()
                || constraint
                    .types
                    .iter()
                    .any(|kind| kind.eq_ignore_ascii_case(own))
        });
        if !is_allowed {
            let types = constraint.types.join(", ");
            self.push(
                constraint,
                say::type_not_allowed(rule, &at.place, &types),
                findings,
            );
            return;
        }
        let expected = constraint.fixed.as_ref().filter(|fixed| *fixed != value);
        let expected = expected.or_else(|| {
            let pattern = constraint.pattern.as_ref();
            pattern.filter(|pattern| !holds(value, pattern))
        });
        if let Some(expected) = expected {
            let expected = say::not_fixed(rule, &at.place, &expected.to_string());
            self.push(constraint, expected, findings);
        }
        if let Some(list) = &constraint.value_set {
            match in_list(self.definitions, self.terminology, list, value, self.today) {
                InList::Yes | InList::Unknown => {}
                InList::Withdrawn => findings.push(say::withdrawn_code(rule, &at.place, list)),
                InList::No => {
                    let finding = say::not_in_value_set(rule, &at.place, list);
                    self.push(constraint, finding, findings);
                }
            }
        }
        self.target(constraint, at, findings);
        self.content(constraint, at, findings);
        let other = constraint.profile.as_deref();
        if let Some(profile) = other.and_then(|url| self.definitions.find_profile(url)) {
            self.content(&profile.root, at, findings);
        }
    }

    fn target(self, constraint: &Constraint, at: &Placed<'c>, findings: &mut Vec<Finding>) {
        if constraint.targets.is_empty() {
            return;
        }
        let reference = text(at.node.value, "reference");
        let target = reference.and_then(super::parse_reference_type);
        let is_allowed = target.is_none_or(|target| {
            constraint.targets.iter().any(|url| {
                url == target
                    || self
                        .definitions
                        .find_profile_called(url)
                        .is_some_and(|profile| profile.kind == target)
            })
        });
        if !is_allowed {
            let rule = constraint.rule.unwrap_or("G13");
            let types = constraint.targets.join(", ");
            self.push(
                constraint,
                say::type_not_allowed(rule, &at.place, &types),
                findings,
            );
        }
    }

    /// An extension of the ROR that the profile does not name is worth a word.
    fn unknown_extension(
        self,
        constraint: &Constraint,
        item: &Placed<'c>,
        findings: &mut Vec<Finding>,
    ) {
        let url = text(item.node.value, "url").unwrap_or_default();
        if constraint.name == "extension" && url.starts_with(super::systems::ROR_BASE) {
            findings.push(say::unknown_extension("G8", &item.place));
        }
    }

    fn is_of_slice(self, element: &Constraint, slice: &Constraint, node: Node<'c>) -> bool {
        let by_url = [Discriminator::Value("url".to_owned())];
        let discriminators = if element.discriminators.is_empty() && element.name == "extension" {
            &by_url[..]
        } else {
            &element.discriminators
        };
        !discriminators.is_empty()
            && discriminators
                .iter()
                .all(|discriminator| self.discriminates(discriminator, slice, node))
    }

    fn discriminates(
        self,
        discriminator: &Discriminator,
        slice: &Constraint,
        node: Node<'c>,
    ) -> bool {
        match discriminator {
            Discriminator::Exists(path) => {
                let is_there = !values_at(node, path).is_empty();
                match slice.below(path) {
                    Some(asked) if asked.max == Some(0) => !is_there,
                    Some(asked) if asked.min.is_some_and(|min| min > 0) => is_there,
                    Some(_) | None => true,
                }
            }
            Discriminator::Value(path) => {
                let found = values_at(node, path);
                if let (Some(profile), "url") = (&slice.profile, path.as_str()) {
                    return found.iter().any(|value| value.as_str() == Some(profile));
                }
                let Some(asked) = slice.below(path) else {
                    return true;
                };
                found.iter().any(|value| self.meets(asked, value))
            }
        }
    }

    /// Whether a value is what tells a slice apart.
    fn meets(self, asked: &Constraint, value: &Value) -> bool {
        if let Some(fixed) = &asked.fixed {
            return fixed == value;
        }
        if let Some(pattern) = &asked.pattern {
            return holds(value, pattern);
        }
        asked.value_set.as_ref().is_some_and(|list| {
            let found = in_list(self.definitions, self.terminology, list, value, self.today);
            matches!(found, InList::Yes | InList::Withdrawn)
        })
    }
}

/// The values at a dotted path.
fn values_at<'v>(node: Node<'v>, path: &str) -> Vec<&'v Value> {
    let mut found = vec![node];
    for name in path.split('.').filter(|name| *name != "$this") {
        let mut below = Vec::new();
        for node in found {
            node.children(name, &mut below);
        }
        found = below.iter().filter_map(Item::node).collect();
    }
    found.into_iter().map(|node| node.value).collect()
}

/// True when `value` holds all of `pattern`, at any depth.
fn holds(value: &Value, pattern: &Value) -> bool {
    match (value, pattern) {
        (Value::Object(value), Value::Object(pattern)) => pattern
            .iter()
            .all(|(name, wanted)| value.get(name).is_some_and(|found| holds(found, wanted))),
        (Value::Array(items), Value::Array(wanted)) => wanted
            .iter()
            .all(|wanted| items.iter().any(|item| holds(item, wanted))),
        _ => value == pattern,
    }
}

/// The codes that a value of any coded type holds: system, empty when none is told, and code.
pub(super) fn codes_of(value: &Value) -> Vec<(&str, &str)> {
    if let Some(code) = value.as_str() {
        return vec![("", code)];
    }
    if children(value, "coding").next().is_some() {
        return codings(value).collect();
    }
    system_and_code(value).into_iter().collect()
}
