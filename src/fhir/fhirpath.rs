//! `FHIRPath`, as far as profiles, search parameters and patches use it: the expression and its parser.
//!
//! Paths, indexers, operators, literals and the functions of [`super::fhirpath_functions`]. Dates
//! with a precision, time arithmetic, `aggregate` and terminology functions are not there; an
//! expression that uses them does not parse, and the tests parse every expression of `profiles/`.
//!
//! **Source:** HL7 `FHIRPath` 2.0.0, grammar; FHIR R4, 2.9, its use in FHIR.

use super::fhirpath_tokens::{Token, tokens};

/// How deep an expression may nest.
const MAX_DEPTH: usize = 50;

/// A parsed expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// `{}`
    Empty,
    /// `$this`, or what a path starts from.
    This,
    /// `true`, `false`
    Boolean(bool),
    /// A text.
    Text(String),
    /// A number, as written.
    Number(String),
    /// `%resource`
    Variable(String),
    /// A child by name.
    Member(Box<Self>, String),
    /// A function on a collection.
    Call(Box<Self>, String, Vec<Self>),
    /// `[n]`
    Index(Box<Self>, Box<Self>),
    /// Two operands.
    Binary(Operator, Box<Self>, Box<Self>),
    /// `is` and `as`, with the name of a type.
    OfType(TypeTest, Box<Self>, String),
}

/// An operator between two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `implies`
    Implies,
    /// `or`
    Or,
    /// `xor`
    Xor,
    /// `and`
    And,
    /// `in`
    In,
    /// `contains`
    Contains,
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `|`
    Union,
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `&`
    Concatenate,
}

/// What is asked of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypeTest {
    /// `is`: a boolean.
    Is,
    /// `as`, `ofType()`: those of that type.
    As,
}

/// Why a text is not an expression of our subset.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an expression that is understood here, near character {position}")]
pub struct InvalidExpression {
    /// Where, in characters from 0.
    pub position: usize,
}

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    /// [`InvalidExpression`].
    pub fn parse(text: &str) -> Result<Self, InvalidExpression> {
        let tokens = tokens(text)?;
        let mut parser = Parser {
            tokens: &tokens,
            next: 0,
            depth: 0,
            end: text.chars().count(),
        };
        let expression = parser.expression(0)?;
        if parser.next < tokens.len() {
            return Err(parser.fault());
        }
        Ok(expression)
    }
}

/// Operators by how tightly they bind, loosest first.
fn operator(token: &Token) -> Option<(u8, Operator)> {
    Some(match token {
        Token::Word(word) => match word.as_str() {
            "implies" => (1, Operator::Implies),
            "or" => (2, Operator::Or),
            "xor" => (2, Operator::Xor),
            "and" => (3, Operator::And),
            "in" => (4, Operator::In),
            "contains" => (4, Operator::Contains),
            _ => return None,
        },
        Token::Sign(sign) => match *sign {
            "=" => (5, Operator::Equal),
            "!=" => (5, Operator::NotEqual),
            "<" => (6, Operator::Less),
            "<=" => (6, Operator::LessOrEqual),
            ">" => (6, Operator::Greater),
            ">=" => (6, Operator::GreaterOrEqual),
            "|" => (7, Operator::Union),
            "+" => (9, Operator::Plus),
            "-" => (9, Operator::Minus),
            "&" => (9, Operator::Concatenate),
            _ => return None,
        },
        Token::Name(_) | Token::Text(_) | Token::Number(_) | Token::Variable(_) => return None,
    })
}

/// How tightly `is` and `as` bind.
const TYPE_BINDING: u8 = 8;

struct Parser<'t> {
    tokens: &'t [(usize, Token)],
    next: usize,
    depth: usize,
    end: usize,
}

impl Parser<'_> {
    fn fault(&self) -> InvalidExpression {
        let position = self
            .tokens
            .get(self.next)
            .map_or(self.end, |(position, _)| *position);
        InvalidExpression { position }
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|(_, token)| token)
    }

    fn take_sign(&mut self, sign: &str) -> bool {
        let is_there = matches!(self.peek(), Some(Token::Sign(found)) if *found == sign);
        self.next += usize::from(is_there);
        is_there
    }

    fn expect_sign(&mut self, sign: &str) -> Result<(), InvalidExpression> {
        if self.take_sign(sign) {
            Ok(())
        } else {
            Err(self.fault())
        }
    }

    fn expression(&mut self, loosest: u8) -> Result<Expression, InvalidExpression> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.fault());
        }
        let mut left = self.term()?;
        while let Some(token) = self.peek() {
            let type_test = match token {
                Token::Word(word) if word == "is" => Some(TypeTest::Is),
                Token::Word(word) if word == "as" => Some(TypeTest::As),
                _ => None,
            };
            if let Some(test) = type_test {
                if TYPE_BINDING <= loosest {
                    break;
                }
                self.next += 1;
                let name = self.type_name()?;
                left = Expression::OfType(test, Box::new(left), name);
                continue;
            }
            let Some((binding, operator)) = operator(token) else {
                break;
            };
            if binding <= loosest {
                break;
            }
            self.next += 1;
            let right = self.expression(binding)?;
            left = Expression::Binary(operator, Box::new(left), Box::new(right));
        }
        self.depth -= 1;
        Ok(left)
    }

    /// A term and what follows it: `.name`, `.function()`, `[index]`.
    fn term(&mut self) -> Result<Expression, InvalidExpression> {
        let mut term = self.primary()?;
        loop {
            if self.take_sign(".") {
                term = self.member(term)?;
            } else if self.take_sign("[") {
                let index = self.expression(0)?;
                self.expect_sign("]")?;
                term = Expression::Index(Box::new(term), Box::new(index));
            } else {
                return Ok(term);
            }
        }
    }

    fn primary(&mut self) -> Result<Expression, InvalidExpression> {
        if self.take_sign("(") {
            let inner = self.expression(0)?;
            self.expect_sign(")")?;
            return Ok(inner);
        }
        if self.take_sign("{") {
            self.expect_sign("}")?;
            return Ok(Expression::Empty);
        }
        let literal = match self.peek() {
            Some(Token::Text(text)) => Expression::Text(text.clone()),
            Some(Token::Number(digits)) => Expression::Number(digits.clone()),
            Some(Token::Variable(name)) if name == "$this" => Expression::This,
            Some(Token::Variable(name)) => Expression::Variable(name.clone()),
            Some(Token::Word(word)) if word == "true" || word == "false" => {
                Expression::Boolean(word == "true")
            }
            _ => return self.member(Expression::This),
        };
        self.next += 1;
        Ok(literal)
    }

    /// A name or a function, on `base`.
    fn member(&mut self, base: Expression) -> Result<Expression, InvalidExpression> {
        let name = match self.peek() {
            Some(Token::Name(name) | Token::Word(name)) => name.clone(),
            _ => return Err(self.fault()),
        };
        self.next += 1;
        if !self.take_sign("(") {
            return Ok(Expression::Member(Box::new(base), name));
        }
        let test = match name.as_str() {
            "ofType" | "as" => Some(TypeTest::As),
            "is" => Some(TypeTest::Is),
            _ => None,
        };
        if let Some(test) = test {
            let name = self.type_name()?;
            self.expect_sign(")")?;
            return Ok(Expression::OfType(test, Box::new(base), name));
        }
        let mut arguments = Vec::new();
        if !self.take_sign(")") {
            loop {
                arguments.push(self.expression(0)?);
                if !self.take_sign(",") {
                    break;
                }
            }
            self.expect_sign(")")?;
        }
        if !super::fhirpath_functions::is_known(&name, arguments.len()) {
            return Err(self.fault());
        }
        Ok(Expression::Call(Box::new(base), name, arguments))
    }

    /// The name of a type; the `FHIR.` or `System.` before it says nothing here.
    fn type_name(&mut self) -> Result<String, InvalidExpression> {
        let mut name = self.name()?;
        if self.take_sign(".") {
            name = self.name()?;
        }
        Ok(name)
    }

    fn name(&mut self) -> Result<String, InvalidExpression> {
        match self.peek() {
            Some(Token::Name(name) | Token::Word(name)) => {
                let name = name.clone();
                self.next += 1;
                Ok(name)
            }
            _ => Err(self.fault()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_not_understood_is_refused_with_its_place() {
        let fault = |text| Expression::parse(text).expect_err("refused").position;
        assert_eq!(fault("a.b("), 4);
        assert_eq!(fault("name = "), 7);
        assert_eq!(fault("name 'x'"), 5);
        assert_eq!(fault("a.conformsTo('x')"), 17);
        assert_eq!(fault("'open"), 0);
        let deep = format!("{}a{}", "(".repeat(100), ")".repeat(100));
        assert!(Expression::parse(&deep).is_err());
    }

    #[test]
    fn operators_bind_as_the_grammar_says() {
        let both = |text| Expression::parse(text).expect("understood");
        assert_eq!(
            both("a or b and c = d | e"),
            both("a or (b and (c = (d | e)))")
        );
        assert_eq!(both("(a as Coding).code"), both("a.ofType(Coding).code"));
        assert_eq!(both("a implies b or c"), both("a implies (b or c)"));
        assert_eq!(both("a - b - c"), both("(a - b) - c"));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "[a-z0-9.()\\[\\]{}'\"`$%|=<>!&+ ~é@-]{0,60}") {
            let _ = Expression::parse(&text);
        }
    }
}
