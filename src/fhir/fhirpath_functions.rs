//! The functions of `FHIRPath` that profiles, search parameters and patches use.

use std::borrow::Cow;

use super::{
    fhirpath::Expression,
    fhirpath_eval::{Evaluation, distinct, single, truth_of},
    fhirpath_value::{Item, is_equal},
};

/// Name, and how many arguments it takes at the least and at the most.
const FUNCTIONS: [(&str, usize, usize); 32] = [
    ("all", 1, 1),
    ("children", 0, 0),
    ("combine", 1, 1),
    ("contains", 1, 1),
    ("count", 0, 0),
    ("descendants", 0, 0),
    ("distinct", 0, 0),
    ("empty", 0, 0),
    ("endsWith", 1, 1),
    ("exists", 0, 1),
    ("extension", 1, 1),
    ("first", 0, 0),
    ("hasValue", 0, 0),
    ("iif", 2, 3),
    ("isDistinct", 0, 0),
    ("last", 0, 0),
    ("length", 0, 0),
    ("lower", 0, 0),
    ("matches", 1, 1),
    ("not", 0, 0),
    ("select", 1, 1),
    ("single", 0, 0),
    ("skip", 1, 1),
    ("startsWith", 1, 1),
    ("substring", 1, 2),
    ("tail", 0, 0),
    ("take", 1, 1),
    ("toInteger", 0, 0),
    ("toString", 0, 0),
    ("union", 1, 1),
    ("upper", 0, 0),
    ("where", 1, 1),
];

/// True when a function of that name takes that many arguments.
pub(super) fn is_known(name: &str, arguments: usize) -> bool {
    FUNCTIONS
        .iter()
        .any(|(known, least, most)| *known == name && (*least..=*most).contains(&arguments))
}

/// What a function gives on `base`; `context` is where its arguments look when they are values.
pub(super) fn call<'v>(
    run: Evaluation<'v>,
    name: &str,
    arguments: &[Expression],
    base: Vec<Item<'v>>,
    context: &[Item<'v>],
) -> Vec<Item<'v>> {
    let boolean = |value: bool| vec![Item::Boolean(value)];
    let holds = |item: &Item<'v>| {
        arguments
            .first()
            .is_none_or(|test| run.truth(test, std::slice::from_ref(item)) == Some(true))
    };
    match name {
        "exists" => boolean(base.iter().any(holds)),
        "empty" => boolean(base.is_empty()),
        "not" => truth_of(&base).map_or_else(Vec::new, |truth| boolean(!truth)),
        "count" => vec![number(base.len())],
        "all" => boolean(base.iter().all(holds)),
        "where" => base.into_iter().filter(holds).collect(),
        "select" => base
            .iter()
            .flat_map(|item| run.eval(&arguments[0], std::slice::from_ref(item)))
            .collect(),
        "hasValue" => boolean(single(&base).is_some_and(Item::has_value)),
        "distinct" => distinct(base),
        "isDistinct" => {
            let count = base.len();
            boolean(distinct(base).len() == count)
        }
        "first" => base.into_iter().take(1).collect(),
        "last" => base.into_iter().next_back().into_iter().collect(),
        "tail" => base.into_iter().skip(1).collect(),
        "single" => single(&base).cloned().into_iter().collect(),
        "skip" | "take" => {
            let count = argument_number(run, arguments, context);
            let count = count.unwrap_or_default();
            if name == "skip" {
                base.into_iter().skip(count).collect()
            } else {
                base.into_iter().take(count).collect()
            }
        }
        "union" => {
            let mut both = base;
            both.extend(run.eval(&arguments[0], context));
            distinct(both)
        }
        "combine" => {
            let mut both = base;
            both.extend(run.eval(&arguments[0], context));
            both
        }
        "children" => children(&base),
        "descendants" => descendants(&base),
        "extension" => extensions(run, &arguments[0], &base, context),
        "iif" => {
            let is_met = run.truth(&arguments[0], &base) == Some(true);
            let branch = if is_met {
                Some(&arguments[1])
            } else {
                arguments.get(2)
            };
            branch.map_or_else(Vec::new, |branch| run.eval(branch, &base))
        }
        _ => on_text(run, name, arguments, &base, context)
            .into_iter()
            .collect(),
    }
}

/// The functions of one text.
fn on_text<'v>(
    run: Evaluation<'v>,
    name: &str,
    arguments: &[Expression],
    base: &[Item<'v>],
    context: &[Item<'v>],
) -> Option<Item<'v>> {
    let item = single(base)?;
    let text = item.to_text()?;
    let argument = || {
        let found = run.eval(arguments.first()?, context);
        single(&found)?.to_text()
    };
    let made = |text: String| Some(Item::Text(Cow::Owned(text)));
    match name {
        "startsWith" => Some(Item::Boolean(text.starts_with(&argument()?))),
        "endsWith" => Some(Item::Boolean(text.ends_with(&argument()?))),
        "contains" => Some(Item::Boolean(text.contains(&argument()?))),
        "matches" => {
            let pattern = regex::Regex::new(&argument()?).ok()?;
            Some(Item::Boolean(pattern.is_match(&text)))
        }
        "length" => Some(number(text.chars().count())),
        "lower" => made(text.to_lowercase()),
        "upper" => made(text.to_uppercase()),
        "toString" => made(text),
        "toInteger" => text
            .parse::<i32>()
            .ok()
            .map(|value| Item::Number(value.into())),
        "substring" => {
            let start = argument_number(run, arguments, context)?;
            let length = match arguments.get(1) {
                Some(length) => argument_number(run, std::slice::from_ref(length), context)?,
                None => usize::MAX,
            };
            let mut rest = text.chars().skip(start).peekable();
            rest.peek()?;
            made(rest.take(length).collect())
        }
        _ => None,
    }
}

fn argument_number<'v>(
    run: Evaluation<'v>,
    arguments: &[Expression],
    context: &[Item<'v>],
) -> Option<usize> {
    let found = run.eval(arguments.first()?, context);
    let number = single(&found)?.number()?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a float saturates when it is cast"
    )]
    (number >= 0.0).then_some(number as usize)
}

fn number<'v>(value: usize) -> Item<'v> {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a collection in memory is far smaller"
    )]
    Item::Number(value as f64)
}

fn children<'v>(base: &[Item<'v>]) -> Vec<Item<'v>> {
    let mut found = Vec::new();
    for node in base.iter().filter_map(Item::node) {
        node.all_children(&mut found);
    }
    found
}

fn descendants<'v>(base: &[Item<'v>]) -> Vec<Item<'v>> {
    let mut found = children(base);
    let mut start = 0;
    while start < found.len() {
        let deeper = children(&found[start..]);
        start = found.len();
        found.extend(deeper);
    }
    found
}

/// `extension(url)`: the extensions of that URL.
fn extensions<'v>(
    run: Evaluation<'v>,
    url: &Expression,
    base: &[Item<'v>],
    context: &[Item<'v>],
) -> Vec<Item<'v>> {
    let url = run.eval(url, context);
    let Some(url) = single(&url) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for node in base.iter().filter_map(Item::node) {
        node.children("extension", &mut found);
    }
    found.retain(|extension| {
        let mut own = Vec::new();
        if let Some(node) = extension.node() {
            node.children("url", &mut own);
        }
        single(&own).is_some_and(|own| is_equal(own, url))
    });
    found
}
