//! The conditions of a search: one tree, whoever wrote it: parameters, chains, `_has`, `_filter`.

use super::{ResourceType, search_near::NearArea};

/// The reference from a list to its members.
pub(super) const MEMBER: &str = "sos-member";

/// A condition on a resource.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Criterion {
    /// All of these hold.
    All(Vec<Criterion>),
    /// One of these holds.
    Any(Vec<Criterion>),
    /// It does not hold.
    Not(Box<Criterion>),
    /// Its id is one of these.
    Id(Vec<String>),
    /// The instant of its last update passes one of these.
    LastUpdated {
        /// Type of the resource.
        on: ResourceType,
        /// The tests, any of which may hold.
        tests: Vec<DateTest>,
    },
    /// One of the values of a parameter passes a test.
    Value {
        /// Type that the parameter belongs to.
        on: ResourceType,
        /// Name of the parameter.
        parameter: &'static str,
        /// The test.
        test: ValueTest,
        /// True when one of the values must fail the test instead.
        is_other: bool,
    },
    /// One of its references points to a resource of which that holds.
    Chain {
        /// Type that the parameter belongs to.
        on: ResourceType,
        /// Name of the reference parameter.
        parameter: &'static str,
        /// Type of the target.
        target: ResourceType,
        /// What holds of the target.
        criterion: Box<Criterion>,
    },
    /// A resource of which that holds refers to it.
    ReferredBy {
        /// Type of the resource that refers.
        on: ResourceType,
        /// Name of its reference parameter.
        parameter: &'static str,
        /// Type of the resource that is referred to.
        target: ResourceType,
        /// What holds of the resource that refers.
        criterion: Box<Criterion>,
    },
    /// That holds of the resource itself or of one in its line.
    Lineage {
        /// Type of the resources.
        on: ResourceType,
        /// The reference that leads up.
        parameter: &'static str,
        /// Which line.
        line: Line,
        /// What holds of one of them.
        criterion: Box<Criterion>,
    },
    /// The place stands in the area.
    Near(NearArea),
    /// One of its words starts so.
    Word {
        /// Type of the resource.
        on: ResourceType,
        /// Start of the word, folded.
        start: String,
    },
}

/// Which relatives of a resource count, besides itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Line {
    /// Those above it.
    Ancestors,
    /// Those below it.
    Descendants,
}

/// What a value must be, by the kind of its parameter. Of several tests, any may hold.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ValueTest {
    /// A token.
    Token(Vec<TokenTest>),
    /// A text.
    Text(TextMode, Vec<String>),
    /// A date or period.
    Date(Vec<DateTest>),
    /// A number or quantity.
    Number(Vec<NumberTest>),
    /// A reference.
    Reference(Vec<(ResourceType, String)>),
    /// Whatever a parameter of that sort has: the resource has a value.
    Present(Family),
}

/// The sort of rows that the values of a parameter are kept in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// Tokens.
    Token,
    /// Texts and addresses.
    Text,
    /// Dates.
    Date,
    /// Numbers and quantities.
    Number,
    /// References.
    Reference,
    /// Positions.
    Position,
}

/// A test of a token.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TokenTest {
    /// The system; any when absent, none when empty.
    pub system: Option<String>,
    /// The codes, any of which may be meant; any at all when absent.
    pub codes: Option<Vec<String>>,
}

/// How texts compare. All but [`TextMode::Exact`] leave case and accents aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TextMode {
    /// The text starts so.
    Starts,
    /// The text holds that.
    Contains,
    /// The text ends so.
    Ends,
    /// The text is that.
    Equal,
    /// The text comes after that.
    After,
    /// The text is that or comes after.
    FromOn,
    /// The text comes before that.
    Before,
    /// The text is that or comes before.
    UpTo,
    /// The text is that, character for character.
    Exact,
    /// The text is that, or is an address below it.
    Below,
}

/// How a date compares with the period that a query names.
///
/// **Source:** FHIR R4, 3.1.1.5.5, prefixes; `_filter`, `po`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DateComparator {
    /// `eq`: the value lies within.
    Within,
    /// `ne`: it does not.
    NotWithin,
    /// `gt`: a part of the value lies after.
    ReachesAfter,
    /// `lt`: a part of the value lies before.
    ReachesBefore,
    /// `ge`: within, or a part after.
    WithinOrAfter,
    /// `le`: within, or a part before.
    WithinOrBefore,
    /// `sa`: all of the value lies after.
    StartsAfter,
    /// `eb`: all of the value lies before.
    EndsBefore,
    /// `ap`, `po`: they have a part in common.
    Overlaps,
}

/// A test of a date: a comparison with a period, from an instant, included, to another, excluded;
/// as [`crate::clock::instant_text`] writes them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DateTest {
    /// How.
    pub comparator: DateComparator,
    /// First instant of the period.
    pub from: String,
    /// First instant after it.
    pub before: String,
}

/// A test of a number: a range, both ends included, in millionths; open where absent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NumberTest {
    /// Least value.
    pub from: Option<i64>,
    /// Greatest value.
    pub to: Option<i64>,
    /// True when the value must lie outside.
    pub is_outside: bool,
    /// Systems of the unit, any of which is meant; any at all when empty.
    pub systems: Vec<&'static str>,
    /// A system of the unit that is none of ours.
    pub system: Option<String>,
    /// Code of the unit; any when absent.
    pub unit: Option<String>,
}

impl Criterion {
    /// A condition that one of the values of a parameter passes a test.
    #[must_use]
    pub fn value(on: ResourceType, parameter: &'static str, test: ValueTest) -> Self {
        Self::Value {
            on,
            parameter,
            test,
            is_other: false,
        }
    }

    /// A condition that always holds, or never.
    #[must_use]
    pub fn constant(holds: bool) -> Self {
        if holds {
            Self::All(Vec::new())
        } else {
            Self::Any(Vec::new())
        }
    }

    /// The condition, or its contrary.
    #[must_use]
    pub fn negated_if(self, is_negated: bool) -> Self {
        if is_negated {
            Self::Not(Box::new(self))
        } else {
            self
        }
    }

    /// True when it may hold of an id that somebody refers to and nobody has.
    #[must_use]
    pub fn may_hold_of_nothing(&self) -> bool {
        match self {
            Self::All(all) => all.iter().all(Self::may_hold_of_nothing),
            Self::Any(any) => any.iter().any(Self::may_hold_of_nothing),
            Self::Not(_) | Self::Id(_) | Self::ReferredBy { .. } | Self::Lineage { .. } => true,
            Self::LastUpdated { .. }
            | Self::Value { .. }
            | Self::Chain { .. }
            | Self::Near(_)
            | Self::Word { .. } => false,
        }
    }

    /// Values and conditions that a database must go through.
    #[must_use]
    pub fn weight(&self) -> usize {
        match self {
            Self::All(all) | Self::Any(all) => all.iter().map(Self::weight).sum(),
            Self::Not(criterion) => criterion.weight(),
            Self::Id(ids) => ids.len().max(1),
            Self::LastUpdated { tests, .. } => tests.len(),
            Self::Value { test, .. } => match test {
                ValueTest::Token(tests) => tests.len(),
                ValueTest::Text(_, values) => values.len(),
                ValueTest::Date(tests) => tests.len(),
                ValueTest::Number(tests) => tests.len(),
                ValueTest::Reference(targets) => targets.len(),
                ValueTest::Present(_) => 1,
            },
            Self::Chain { criterion, .. }
            | Self::ReferredBy { criterion, .. }
            | Self::Lineage { criterion, .. } => 1 + criterion.weight(),
            Self::Near(_) | Self::Word { .. } => 1,
        }
    }

    /// Every area that the condition speaks of, each once.
    pub fn areas<'c>(&'c self, found: &mut Vec<&'c NearArea>) {
        match self {
            Self::All(all) | Self::Any(all) => all.iter().for_each(|one| one.areas(found)),
            Self::Not(criterion)
            | Self::Chain { criterion, .. }
            | Self::ReferredBy { criterion, .. }
            | Self::Lineage { criterion, .. } => criterion.areas(found),
            Self::Near(area) if !found.contains(&area) => found.push(area),
            Self::Near(_)
            | Self::Id(_)
            | Self::LastUpdated { .. }
            | Self::Value { .. }
            | Self::Word { .. } => {}
        }
    }
}
