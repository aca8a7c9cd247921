//! References followed by a query: chains, `_has`, and the structures above and below.
//!
//! **Source:** FHIR R4, 3.1.1.4.15 and 3.1.1.4.16; ANS, ROR guide 0.7.0, search.

use super::{
    ResourceType,
    search_criteria::step,
    search_criterion::{Criterion, Line},
    search_findings::{unknown_chain, unknown_parameter, untold_type},
    search_parameters::{ParameterKind, find_parameter},
    search_parsing::{Asking, Refusal},
};

/// References followed by one chain, at the most.
pub(super) const MAX_STEPS: usize = 8;
/// The reference that leads from a structure or a place to the one above it.
pub(super) const PART_OF: &str = "partof";

/// `_has:Type:reference:rest`
pub(super) fn has(
    asking: &Asking<'_>,
    on: ResourceType,
    name: &str,
    rest: &str,
    value: &str,
    steps: usize,
) -> Result<Criterion, Refusal> {
    let fault = || Box::new(unknown_chain(on, name, MAX_STEPS));
    let mut parts = rest.splitn(3, ':');
    let (kind, reference, rest) = (parts.next(), parts.next(), parts.next());
    let kind = kind.and_then(ResourceType::parse).ok_or_else(fault)?;
    let reference = reference.ok_or_else(fault)?;
    let parameter = find_parameter(kind, reference)
        .ok_or_else(|| Box::new(unknown_parameter(kind, reference)))?;
    if !parameter.targets.contains(&on) {
        return Err(fault());
    }
    let rest = rest.ok_or_else(fault)?;
    Ok(Criterion::ReferredBy {
        on: kind,
        parameter: parameter.name,
        target: on,
        criterion: Box::new(step(asking, kind, rest, value, steps - 1, true)?),
    })
}

/// `organization.name` or `organization:Organization.partof.name`
pub(super) fn chain(
    asking: &Asking<'_>,
    on: ResourceType,
    name: &str,
    head: &str,
    tail: &str,
    value: &str,
    steps: usize,
) -> Result<Criterion, Refusal> {
    let (parameter, target, line) = reference_step(on, name, head)?;
    let inner = step(asking, target, tail, value, steps - 1, true)?;
    Ok(Criterion::Chain {
        on,
        parameter,
        target,
        criterion: Box::new(match line {
            None => inner,
            Some(line) => Criterion::Lineage {
                on: target,
                parameter: PART_OF,
                line,
                criterion: Box::new(inner),
            },
        }),
    })
}

/// The reference that a step of a chain follows: its parameter, the type that it leads to, and the
/// line of it that counts.
pub(super) fn reference_step(
    on: ResourceType,
    name: &str,
    head: &str,
) -> Result<(&'static str, ResourceType, Option<Line>), Refusal> {
    let (base, modifier) = match head.split_once(':') {
        Some((base, modifier)) => (base, Some(modifier)),
        None => (head, None),
    };
    let parameter =
        find_parameter(on, base).ok_or_else(|| Box::new(unknown_parameter(on, base)))?;
    let fault = || Box::new(unknown_chain(on, name, MAX_STEPS));
    let named = modifier.and_then(ResourceType::parse);
    let target = match (named, parameter.targets) {
        (Some(named), targets) if targets.contains(&named) => named,
        (None, [only]) => *only,
        (None, [_, _, ..]) => return Err(untold_type(base, parameter.targets).into()),
        _ => return Err(fault()),
    };
    let line = match modifier {
        None => None,
        Some(_) if named.is_some() => None,
        Some("above") if has_line(target) => Some(Line::Ancestors),
        Some("below") if has_line(target) => Some(Line::Descendants),
        Some(_) => return Err(fault()),
    };
    Ok((parameter.name, target, line))
}

pub(super) fn has_line(on: ResourceType) -> bool {
    find_parameter(on, PART_OF).is_some()
}

/// `:above` where it means the structures above, and not codes, addresses or references.
pub(super) fn line_at_end(on: ResourceType, base: &str, modifier: Option<&str>) -> Option<Line> {
    let is_own = find_parameter(on, base).is_some_and(|parameter| {
        parameter.has_code_systems()
            || matches!(
                parameter.kind,
                ParameterKind::Uri | ParameterKind::Reference
            )
    });
    let line = match modifier {
        Some("above") => Line::Ancestors,
        Some("below") => Line::Descendants,
        _ => return None,
    };
    (has_line(on) && !is_own).then_some(line)
}
