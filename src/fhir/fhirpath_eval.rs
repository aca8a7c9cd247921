//! `FHIRPath` expressions on a JSON resource.

use std::{borrow::Cow, cmp::Ordering};

use serde_json::Value;

use super::{
    fhirpath::{Expression, Operator, TypeTest},
    fhirpath_functions::call,
    fhirpath_value::{Item, Node, compare, is_equal},
};

/// What an expression is evaluated for.
#[derive(Clone, Copy)]
pub struct Evaluation<'v> {
    /// `%resource`
    pub resource: &'v Value,
}

impl<'v> Evaluation<'v> {
    /// The items that an expression finds, from the root of the resource.
    #[must_use]
    pub fn find(self, expression: &Expression) -> Vec<Item<'v>> {
        self.eval(expression, &[Item::Node(Node::of(self.resource))])
    }

    /// The items that an expression finds from `context`.
    #[must_use]
    pub fn eval(self, expression: &Expression, context: &[Item<'v>]) -> Vec<Item<'v>> {
        match expression {
            Expression::Empty => Vec::new(),
            Expression::This => context.to_vec(),
            Expression::Boolean(value) => vec![Item::Boolean(*value)],
            Expression::Text(text) => vec![Item::Text(Cow::Owned(text.clone()))],
            Expression::Number(digits) => digits.parse().map(Item::Number).into_iter().collect(),
            Expression::Variable(name) => self.variable(name),
            Expression::Member(base, name) => self.member(base, name, context),
            Expression::Call(base, name, arguments) => {
                let base = self.eval(base, context);
                call(self, name, arguments, base, context)
            }
            Expression::Index(base, index) => {
                let mut base = self.eval(base, context);
                let rank = single(&self.eval(index, context)).and_then(Item::number);
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "a rank out of range finds nothing"
                )]
                match rank.filter(|rank| *rank >= 0.0 && *rank < base.len() as f64) {
                    Some(rank) => vec![base.swap_remove(rank as usize)],
                    None => Vec::new(),
                }
            }
            Expression::OfType(test, base, name) => {
                let base = self.eval(base, context);
                let is_of = |item: &Item<'_>| is_of(item, name);
                match test {
                    TypeTest::Is => single(&base)
                        .map(|item| Item::Boolean(is_of(item)))
                        .into_iter()
                        .collect(),
                    TypeTest::As => base.into_iter().filter(is_of).collect(),
                }
            }
            Expression::Binary(operator, left, right) => {
                self.binary(*operator, left, right, context)
            }
        }
    }

    /// True, false, or empty.
    #[must_use]
    pub fn truth(self, expression: &Expression, context: &[Item<'v>]) -> Option<bool> {
        truth_of(&self.eval(expression, context))
    }

    fn variable(self, name: &str) -> Vec<Item<'v>> {
        match name {
            "resource" | "rootResource" | "context" => {
                vec![Item::Node(Node::of(self.resource))]
            }
            "ucum" => vec![Item::Text(Cow::Borrowed("http://unitsofmeasure.org"))],
            _ => Vec::new(),
        }
    }

    fn member(self, base: &Expression, name: &str, context: &[Item<'v>]) -> Vec<Item<'v>> {
        let is_start = *base == Expression::This;
        let base = self.eval(base, context);
        // A path may start with the type of the resource.
        let is_type = |item: &Item<'_>| {
            let found = item.node().and_then(|node| node.value.get("resourceType"));
            found.and_then(Value::as_str) == Some(name)
        };
        if is_start && name.starts_with(|first: char| first.is_ascii_uppercase()) {
            return base.into_iter().filter(is_type).collect();
        }
        let mut found = Vec::new();
        for node in base.iter().filter_map(Item::node) {
            node.children(name, &mut found);
        }
        found
    }

    fn binary(
        self,
        operator: Operator,
        left: &Expression,
        right: &Expression,
        context: &[Item<'v>],
    ) -> Vec<Item<'v>> {
        let truth = |expression| self.truth(expression, context);
        let answer = match operator {
            Operator::And => match truth(left) {
                Some(false) => Some(false),
                left => match (left, truth(right)) {
                    (_, Some(false)) => Some(false),
                    (Some(true), Some(true)) => Some(true),
                    _ => None,
                },
            },
            Operator::Or => match truth(left) {
                Some(true) => Some(true),
                left => match (left, truth(right)) {
                    (_, Some(true)) => Some(true),
                    (Some(false), Some(false)) => Some(false),
                    _ => None,
                },
            },
            Operator::Xor => truth(left)
                .zip(truth(right))
                .map(|(left, right)| left != right),
            Operator::Implies => match truth(left) {
                Some(false) => Some(true),
                left => match (left, truth(right)) {
                    (_, Some(true)) => Some(true),
                    (Some(true), right) => right,
                    _ => None,
                },
            },
            _ => {
                let (left, right) = (self.eval(left, context), self.eval(right, context));
                return operate(operator, left, right);
            }
        };
        answer.map(Item::Boolean).into_iter().collect()
    }
}

/// What the operators other than the logical ones give.
fn operate<'v>(operator: Operator, mut left: Vec<Item<'v>>, right: Vec<Item<'v>>) -> Vec<Item<'v>> {
    let ordered = |test: fn(Ordering) -> bool| {
        let order = single(&left).zip(single(&right));
        order
            .and_then(|(left, right)| compare(left, right))
            .map(test)
    };
    let answer = match operator {
        Operator::Union => {
            left.extend(right);
            return distinct(left);
        }
        Operator::Concatenate | Operator::Plus | Operator::Minus => {
            return combine(operator, &left, &right).into_iter().collect();
        }
        Operator::Equal => are_equal(&left, &right),
        Operator::NotEqual => are_equal(&left, &right).map(|is_equal| !is_equal),
        Operator::Less => ordered(Ordering::is_lt),
        Operator::LessOrEqual => ordered(Ordering::is_le),
        Operator::Greater => ordered(Ordering::is_gt),
        Operator::GreaterOrEqual => ordered(Ordering::is_ge),
        Operator::In => single(&left).map(|item| right.iter().any(|other| is_equal(item, other))),
        Operator::Contains => {
            single(&right).map(|item| left.iter().any(|other| is_equal(item, other)))
        }
        Operator::And | Operator::Or | Operator::Xor | Operator::Implies => None,
    };
    answer.map(Item::Boolean).into_iter().collect()
}

fn combine<'v>(operator: Operator, left: &[Item<'v>], right: &[Item<'v>]) -> Option<Item<'v>> {
    if operator == Operator::Concatenate {
        let text = |items: &[Item<'_>]| single(items).and_then(Item::to_text).unwrap_or_default();
        return Some(Item::Text(Cow::Owned(text(left) + &text(right))));
    }
    let (left, right) = (single(left)?, single(right)?);
    if let (Some(left), Some(right)) = (left.number(), right.number()) {
        let is_sum = operator == Operator::Plus;
        return Some(Item::Number(if is_sum {
            left + right
        } else {
            left - right
        }));
    }
    let text = left.to_text()? + &right.to_text()?;
    (operator == Operator::Plus).then_some(Item::Text(Cow::Owned(text)))
}

fn are_equal(left: &[Item<'_>], right: &[Item<'_>]) -> Option<bool> {
    if left.is_empty() || right.is_empty() {
        return None;
    }
    let same = left
        .iter()
        .zip(right)
        .all(|(left, right)| is_equal(left, right));
    Some(left.len() == right.len() && same)
}

/// The items, each once.
pub(super) fn distinct(items: Vec<Item<'_>>) -> Vec<Item<'_>> {
    let mut kept: Vec<Item<'_>> = Vec::with_capacity(items.len());
    for item in items {
        if !kept.iter().any(|other| is_equal(&item, other)) {
            kept.push(item);
        }
    }
    kept
}

/// The only item.
pub(super) fn single<'i, 'v>(items: &'i [Item<'v>]) -> Option<&'i Item<'v>> {
    match items {
        [item] => Some(item),
        _ => None,
    }
}

/// A collection as a truth: empty is unknown, a lone item that is no boolean is true.
pub(super) fn truth_of(items: &[Item<'_>]) -> Option<bool> {
    single(items).map(|item| item.boolean().unwrap_or(true))
}

fn is_of(item: &Item<'_>, type_name: &str) -> bool {
    match item {
        Item::Node(node) => node.is_of(type_name),
        Item::Boolean(_) => type_name.eq_ignore_ascii_case("boolean"),
        Item::Text(_) => type_name.eq_ignore_ascii_case("string"),
        Item::Number(_) => {
            type_name.eq_ignore_ascii_case("integer") || type_name.eq_ignore_ascii_case("decimal")
        }
    }
}

#[cfg(test)]
#[path = "fhirpath_tests.rs"]
mod tests;
