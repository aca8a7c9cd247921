//! The `_filter` language: from its text to a tree.
//!
//! `and` and `or` bind alike, from left to right. Two forms of the national guide are taken besides:
//! a value alone after `and` or `or` takes the path and the comparison before it, and `path=value`
//! stands for an ordinary parameter.
//!
//! **Source:** FHIR R4, 3.1.3; ANS, ROR guide 0.7.0, `_filter`.

use winnow::{
    ModalResult, Parser,
    ascii::multispace0,
    combinator::{alt, cut_err, delimited, fail, opt, peek, preceded, repeat, terminated},
    error::ContextError,
    token::{any, one_of, take_while},
};

/// Parentheses and brackets within one another, at the most.
const MAX_DEPTH: usize = 32;
/// Comparisons of one filter, at the most.
const MAX_TERMS: usize = 300;

/// A filter, as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Filter {
    /// A comparison.
    Test {
        /// What is compared.
        path: Path,
        /// How.
        operator: Operator,
        /// With what.
        value: String,
    },
    /// A parameter and its value, as a query writes them.
    Parameter(String, String),
    /// Both hold.
    And(Box<Filter>, Box<Filter>),
    /// One of them holds.
    Or(Box<Filter>, Box<Filter>),
    /// It does not hold.
    Not(Box<Filter>),
}

/// The parameter that is compared, and the references that lead there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Path {
    /// The references, each with what must hold of the resource that it leads to.
    pub(super) steps: Vec<(String, Option<Filter>)>,
    /// The parameter.
    pub(super) name: String,
}

/// How a comparison is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Eq,
    Ne,
    Co,
    Sw,
    Ew,
    Gt,
    Lt,
    Ge,
    Le,
    Ap,
    Sa,
    Eb,
    Pr,
    Po,
    Ss,
    Sb,
    In,
    Ni,
    Re,
}

impl Operator {
    pub(super) const ALL: [(&'static str, Self); 19] = [
        ("eq", Self::Eq),
        ("ne", Self::Ne),
        ("co", Self::Co),
        ("sw", Self::Sw),
        ("ew", Self::Ew),
        ("gt", Self::Gt),
        ("lt", Self::Lt),
        ("ge", Self::Ge),
        ("le", Self::Le),
        ("ap", Self::Ap),
        ("sa", Self::Sa),
        ("eb", Self::Eb),
        ("pr", Self::Pr),
        ("po", Self::Po),
        ("ss", Self::Ss),
        ("sb", Self::Sb),
        ("in", Self::In),
        ("ni", Self::Ni),
        ("re", Self::Re),
    ];

    fn parse(word: &str) -> Option<Self> {
        let found = Self::ALL.into_iter().find(|(name, _)| *name == word);
        found.map(|(_, operator)| operator)
    }

    /// As the filter writes it.
    pub(super) fn as_str(self) -> &'static str {
        let found = Self::ALL
            .into_iter()
            .find(|(_, operator)| *operator == self);
        found.map_or("", |(name, _)| name)
    }
}

/// Why a filter is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InvalidFilter {
    /// It cannot be understood from that character on, counted from 1.
    At(usize),
    /// It has more comparisons than one filter may have.
    TooLong(usize),
}

/// Reads a filter.
///
/// # Errors
/// [`InvalidFilter`].
pub(super) fn parse(text: &str) -> Result<Filter, InvalidFilter> {
    let joints = text
        .split_whitespace()
        .filter(|word| matches!(*word, "and" | "or"));
    if joints.count() >= MAX_TERMS {
        return Err(InvalidFilter::TooLong(MAX_TERMS));
    }
    delimited(multispace0, filter(MAX_DEPTH), multispace0)
        .parse(text)
        .map_err(|error| InvalidFilter::At(text[..error.offset()].chars().count() + 1))
}

/// Comparisons joined by `and` and `or`.
fn filter<'i>(depth: usize) -> impl FnMut(&mut &'i str) -> ModalResult<Filter> {
    move |input| {
        let mut left = operand(depth, input)?;
        while let Some(is_and) = opt(joint).parse_next(input)? {
            let right = match opt(value_alone(&left)).parse_next(input)? {
                Some(test) => test,
                None => cut_err(|input: &mut &'i str| operand(depth, input)).parse_next(input)?,
            };
            let (left_side, right_side) = (Box::new(left), Box::new(right));
            left = if is_and {
                Filter::And(left_side, right_side)
            } else {
                Filter::Or(left_side, right_side)
            };
        }
        Ok(left)
    }
}

/// `and` or `or` with its spaces; true for `and`.
fn joint(input: &mut &str) -> ModalResult<bool> {
    let word = alt(("and".value(true), "or".value(false)));
    let ends = peek(one_of((' ', '\t', '\n', '\r', '(')));
    delimited(multispace0, terminated(word, ends), multispace0).parse_next(input)
}

fn operand(depth: usize, input: &mut &str) -> ModalResult<Filter> {
    if depth == 0 {
        return fail.parse_next(input);
    }
    let is_nested = terminated(opt(("not", multispace0)), peek('('));
    match opt(is_nested).parse_next(input)? {
        None => alt((parameter, |input: &mut &str| test(depth, input))).parse_next(input),
        Some(not) => {
            let inner = delimited(
                ('(', multispace0),
                cut_err(filter(depth - 1)),
                (multispace0, cut_err(')')),
            )
            .parse_next(input)?;
            Ok(if not.is_some() {
                Filter::Not(Box::new(inner))
            } else {
                inner
            })
        }
    }
}

/// `path=value`
fn parameter(input: &mut &str) -> ModalResult<Filter> {
    let name = take_while(1.., |c: char| is_name(c) || c == '.');
    (terminated(name, '='), value)
        .map(|(name, value): (&str, String)| Filter::Parameter(name.to_owned(), value))
        .parse_next(input)
}

/// `path operator value`
fn test(depth: usize, input: &mut &str) -> ModalResult<Filter> {
    let path = path(depth, input)?;
    space(input)?;
    let operator = operator(input)?;
    space(input)?;
    let value = value(input)?;
    Ok(Filter::Test {
        path,
        operator,
        value,
    })
}

/// A value that takes the path and the comparison of the test just before it.
fn value_alone<'i>(left: &Filter) -> impl FnMut(&mut &'i str) -> ModalResult<Filter> + use<'i> {
    let last = last_test(left);
    move |input| {
        let Some((path, operator)) = &last else {
            return fail.parse_next(input);
        };
        if input.starts_with('(') || input.starts_with("not(") || input.starts_with("not (") {
            return fail.parse_next(input);
        }
        let found = value(input)?;
        // A name that an operator follows begins a test of its own.
        let follows = (space, operator_of_test).void();
        if opt(peek(follows)).parse_next(input)?.is_some() || found.contains(['=', '[']) {
            return fail.parse_next(input);
        }
        Ok(Filter::Test {
            path: path.clone(),
            operator: *operator,
            value: found,
        })
    }
}

fn last_test(filter: &Filter) -> Option<(Path, Operator)> {
    match filter {
        Filter::Test { path, operator, .. } => Some((path.clone(), *operator)),
        Filter::And(_, right) | Filter::Or(_, right) => match right.as_ref() {
            Filter::Test { path, operator, .. } => Some((path.clone(), *operator)),
            _ => None,
        },
        Filter::Parameter(..) | Filter::Not(_) => None,
    }
}

/// An operator that a value follows.
fn operator_of_test(input: &mut &str) -> ModalResult<Operator> {
    terminated(operator, space).parse_next(input)
}

fn operator(input: &mut &str) -> ModalResult<Operator> {
    take_while(2..=2, |c: char| c.is_ascii_lowercase())
        .verify_map(Operator::parse)
        .parse_next(input)
}

fn space(input: &mut &str) -> ModalResult<()> {
    take_while(1.., char::is_whitespace)
        .void()
        .parse_next(input)
}

/// `name`, `name.name`, `name[filter].name`; a name may carry a modifier.
fn path(depth: usize, input: &mut &str) -> ModalResult<Path> {
    let mut steps = Vec::new();
    loop {
        let name = take_while(1.., is_name).parse_next(input)?.to_owned();
        let inner = opt(delimited(
            ('[', multispace0),
            cut_err(filter(depth - 1)),
            (multispace0, cut_err(']')),
        ))
        .parse_next(input)?;
        if inner.is_some() {
            cut_err('.').parse_next(input)?;
        } else if opt('.').parse_next(input)?.is_none() {
            return Ok(Path { steps, name });
        }
        steps.push((name, inner));
    }
}

fn is_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | ':')
}

/// A JSON string, or whatever comes before a space, `)` or `]`.
fn value(input: &mut &str) -> ModalResult<String> {
    let word = take_while(1.., |c: char| {
        !c.is_whitespace() && !matches!(c, ')' | ']' | '"')
    });
    alt((string, word.map(str::to_owned))).parse_next(input)
}

fn string(input: &mut &str) -> ModalResult<String> {
    let start = *input;
    let piece = alt((
        preceded('\\', any).void(),
        take_while(1.., |c: char| !matches!(c, '"' | '\\')).void(),
    ));
    let pieces = repeat::<_, (), (), _, _>(0.., piece);
    delimited('"', pieces, cut_err('"'))
        .void()
        .parse_next(input)?;
    let quoted = &start[..start.len() - input.len()];
    serde_json::from_str(quoted).map_err(|_| winnow::error::ErrMode::Cut(ContextError::new()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(filter: &Filter) -> String {
        match filter {
            Filter::Test {
                path,
                operator,
                value,
            } => {
                let mut text = String::new();
                for (name, inner) in &path.steps {
                    text += name;
                    if let Some(inner) = inner {
                        text += &format!("[{}]", shown(inner));
                    }
                    text += ".";
                }
                format!("{text}{} {} «{value}»", path.name, operator.as_str())
            }
            Filter::Parameter(name, value) => format!("{name}=«{value}»"),
            Filter::And(a, b) => format!("({} & {})", shown(a), shown(b)),
            Filter::Or(a, b) => format!("({} | {})", shown(a), shown(b)),
            Filter::Not(inner) => format!("!{}", shown(inner)),
        }
    }

    fn read(text: &str) -> Result<String, InvalidFilter> {
        parse(text).map(|filter| shown(&filter))
    }

    #[test]
    fn the_grammar_is_read_from_left_to_right() {
        for (text, tree) in [
            ("name co \"pet\"", "name co «pet»"),
            (
                "a eq 1 or b eq 2 and c eq 3",
                "((a eq «1» | b eq «2») & c eq «3»)",
            ),
            (
                "a eq 1 or (b eq 2 and c eq 3)",
                "(a eq «1» | (b eq «2» & c eq «3»))",
            ),
            ("not (a pr true)", "!a pr «true»"),
            ("not(a pr true) and b ne x", "(!a pr «true» & b ne «x»)"),
            (
                "organization[type eq s|01].name sw \"CHU)\\\"\\u00e9\"",
                "organization[type eq «s|01»].name sw «CHU)\"é»",
            ),
            ("_id eq a", "_id eq «a»"),
            ("  ( a eq 1 )  ", "a eq «1»"),
            ("andy eq 1 and orly eq 2", "(andy eq «1» & orly eq «2»)"),
            ("not eq 1", "not eq «1»"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(tree), "{text}");
        }
    }

    #[test]
    fn the_forms_of_the_national_guide_are_read() {
        for (text, tree) in [
            (
                "specialty eq A or B",
                "(specialty eq «A» | specialty eq «B»)",
            ),
            (
                "(l.address-postalcode eq \"60000\" or \"76620\")",
                "(l.address-postalcode eq «60000» | l.address-postalcode eq «76620»)",
            ),
            (
                "(_content=cardio or location._content=cardio)",
                "(_content=«cardio» | location._content=«cardio»)",
            ),
            (
                "organization._lastUpdated:above ge 2026-11-21T02:00",
                "organization._lastUpdated:above ge «2026-11-21T02:00»",
            ),
            (
                "_has:PractitionerRole:service:active eq true",
                "_has:PractitionerRole:service:active eq «true»",
            ),
        ] {
            assert_eq!(read(text).as_deref(), Ok(tree), "{text}");
        }
    }

    #[test]
    fn what_is_no_filter_is_refused_at_its_place() {
        for (text, at) in [
            ("", 1),
            ("a", 2),
            ("a eq", 5),
            ("a xx 1", 3),
            ("(a eq 1", 8),
            ("a eq 1)", 7),
            ("a eq \"x", 8),
            ("a eq 1 and", 8),
            ("é eq 1", 1),
            ("a[b eq 1] eq 2", 10),
        ] {
            assert_eq!(read(text), Err(InvalidFilter::At(at)), "{text}");
        }
        let long = "a eq 1 or ".repeat(10_000) + "a eq 1";
        assert_eq!(parse(&long), Err(InvalidFilter::TooLong(MAX_TERMS)));
        let deep = "(".repeat(10_000) + "a eq 1" + &")".repeat(10_000);
        assert!(parse(&deep).is_err());
        assert!(parse(&"not (".repeat(10_000)).is_err());
    }
}
