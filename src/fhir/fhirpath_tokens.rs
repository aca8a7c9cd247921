//! The words and signs of a `FHIRPath` expression.

use super::fhirpath::InvalidExpression;

/// A token of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A name, a function or an operator in letters.
    Word(String),
    /// A name between backticks.
    Name(String),
    /// A text, its escapes resolved.
    Text(String),
    /// A number, as written.
    Number(String),
    /// `$this` with its sign, or `%resource` without it.
    Variable(String),
    /// A sign.
    Sign(&'static str),
}

/// Longer signs first.
const SIGNS: [&str; 18] = [
    "!=", "<=", ">=", "=", "<", ">", "|", "+", "-", "&", ".", ",", "(", ")", "[", "]", "{", "}",
];

/// Cuts an expression into tokens, each with its place in characters.
pub(super) fn tokens(text: &str) -> Result<Vec<(usize, Token)>, InvalidExpression> {
    let characters: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut place = 0;
    while let Some(&first) = characters.get(place) {
        let start = place;
        let run = |from: usize, keep: fn(char) -> bool| -> String {
            characters[from..]
                .iter()
                .copied()
                .take_while(|character| keep(*character))
                .collect()
        };
        let token = match first {
            _ if first.is_whitespace() => {
                place += 1;
                continue;
            }
            '\'' | '`' => {
                let (text, after) =
                    quoted(&characters, start).ok_or(InvalidExpression { position: start })?;
                place = after;
                if first == '`' {
                    Token::Name(text)
                } else {
                    Token::Text(text)
                }
            }
            '0'..='9' => {
                let mut digits = run(start, |character| character.is_ascii_digit());
                let after = start + digits.len();
                let has_fraction = characters.get(after) == Some(&'.')
                    && characters.get(after + 1).is_some_and(char::is_ascii_digit);
                if has_fraction {
                    digits.push('.');
                    digits += &run(after + 1, |character| character.is_ascii_digit());
                }
                place = start + digits.len();
                Token::Number(digits)
            }
            '$' | '%' => {
                let name = run(start + 1, is_name);
                place = start + 1 + name.chars().count();
                Token::Variable(if first == '$' {
                    format!("${name}")
                } else {
                    name
                })
            }
            _ if is_name(first) => {
                let name = run(start, is_name);
                place = start + name.chars().count();
                Token::Word(name)
            }
            _ => {
                let rest: String = characters[start..].iter().take(2).collect();
                let sign = SIGNS.into_iter().find(|sign| rest.starts_with(sign));
                let sign = sign.ok_or(InvalidExpression { position: start })?;
                place = start + sign.len();
                Token::Sign(sign)
            }
        };
        found.push((start, token));
    }
    Ok(found)
}

fn is_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

/// The text between two quotes, and the place after the second.
fn quoted(characters: &[char], start: usize) -> Option<(String, usize)> {
    let quote = *characters.get(start)?;
    let mut text = String::new();
    let mut place = start + 1;
    loop {
        match *characters.get(place)? {
            '\\' => {
                let escaped = *characters.get(place + 1)?;
                text.push(match escaped {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    other => other,
                });
                place += 2;
            }
            character if character == quote => return Some((text, place + 1)),
            character => {
                text.push(character);
                place += 1;
            }
        }
    }
}
