//! A profile as a tree of constraints, read from the differential of its `StructureDefinition`.
//!
//! **Source:** FHIR R4, 5.1 (profiling), 5.3 (`StructureDefinition`), 2.28 (`ElementDefinition`).

use serde_json::Value;

use super::{
    definitions_error::DefinitionsError,
    element::{children, extension, text},
    fhirpath::Expression,
    structure::Invariant,
    systems,
};
use crate::finding::Bilingual;

/// A profile that resources may follow.
#[derive(Debug)]
pub struct Profile {
    /// Canonical URL.
    pub url: String,
    /// Type of resource or data type that it constrains.
    pub kind: String,
    /// Canonical URL of the profile that it is built on.
    pub base: String,
    /// URL of the profile of the ROR that every resource of the type follows here, or of the type of
    /// FHIR R4 where the ROR has none; absent of a profile that resources declare.
    pub follows: Option<String>,
    /// What it asks.
    pub root: Constraint,
    /// The `StructureDefinition` as it stands in `profiles/`.
    pub definition: Value,
}

/// What a profile asks of an element, of one of its slices, and below.
#[derive(Debug, Default)]
pub struct Constraint {
    /// Name of the element, without `[x]`.
    pub name: String,
    /// Name of the slice.
    pub slice: Option<String>,
    /// Least number, when it is asked.
    pub min: Option<usize>,
    /// Greatest number, when it is asked.
    pub max: Option<usize>,
    /// The whole value, exactly.
    pub fixed: Option<Value>,
    /// What the value holds at least.
    pub pattern: Option<Value>,
    /// The list of codes, when it is required.
    pub value_set: Option<String>,
    /// Types of a choice that are allowed; empty: any.
    pub types: Vec<String>,
    /// Types that a reference may point to; empty: any.
    pub targets: Vec<String>,
    /// Profile of the value, for an extension defined elsewhere.
    pub profile: Option<String>,
    /// Rules.
    pub invariants: Vec<ProfileInvariant>,
    /// What tells the slices apart.
    pub discriminators: Vec<Discriminator>,
    /// Slices of this element.
    pub slices: Vec<Self>,
    /// Elements below.
    pub children: Vec<Self>,
    /// Number of the rule in our list.
    pub rule: Option<&'static str>,
    /// True when data that come from elsewhere may break it.
    pub is_tolerant: bool,
}

/// A rule of a profile.
#[derive(Debug)]
pub struct ProfileInvariant {
    /// The rule.
    pub rule: Invariant,
    /// False when it only warns.
    pub is_error: bool,
    /// True when data that come from elsewhere may break it.
    pub is_tolerant: bool,
}

/// What tells slices apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Discriminator {
    /// The value at that path.
    Value(String),
    /// Whether something stands at that path.
    Exists(String),
}

impl Profile {
    /// Reads a `StructureDefinition`.
    pub(super) fn read(file: &str, definition: Value) -> Result<Self, DefinitionsError> {
        let wrong = |reason: String| DefinitionsError::File {
            file: file.to_owned(),
            reason,
        };
        let required = |name: &str| {
            let found = text(&definition, name).map(str::to_owned);
            found.ok_or_else(|| wrong(format!("{name} is missing")))
        };
        let follows = children(&definition, "mapping")
            .find(|mapping| matches!(text(mapping, "identity"), Some("ror" | "r4")))
            .and_then(|mapping| text(mapping, "uri"))
            .map(str::to_owned);
        let mut root = Constraint::default();
        let differential = definition.get("differential").unwrap_or(&Value::Null);
        for element in children(differential, "element") {
            let id = text(element, "id").unwrap_or_default();
            let place = root.at(id);
            place
                .read(element)
                .map_err(|reason| wrong(format!("{id}: {reason}")))?;
        }
        root.inherit_rule(None);
        Ok(Self {
            url: required("url")?,
            kind: required("type")?,
            base: required("baseDefinition")?,
            follows,
            root,
            definition,
        })
    }
}

impl Constraint {
    /// The constraint of that element id, made when it is new: `Type.extension:x.value[x]`.
    fn at(&mut self, id: &str) -> &mut Self {
        let mut place = self;
        for segment in id.split('.').skip(1) {
            let (name, slice) = match segment.split_once(':') {
                Some((name, slice)) => (name, Some(slice)),
                None => (segment, None),
            };
            place = Self::child(&mut place.children, name.trim_end_matches("[x]"), None);
            if slice.is_some() {
                let name = place.name.clone();
                place = Self::child(&mut place.slices, &name, slice);
            }
        }
        place
    }

    fn child<'c>(among: &'c mut Vec<Self>, name: &str, slice: Option<&str>) -> &'c mut Self {
        let known = among
            .iter()
            .position(|child| child.name == name && child.slice.as_deref() == slice);
        let place = known.unwrap_or_else(|| {
            among.push(Self {
                name: name.to_owned(),
                slice: slice.map(str::to_owned),
                ..Self::default()
            });
            among.len() - 1
        });
        &mut among[place]
    }

    fn read(&mut self, element: &Value) -> Result<(), String> {
        let count = |name: &str| element.get(name).and_then(Value::as_u64);
        let to_usize = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        self.min = count("min").map(to_usize);
        self.max = text(element, "max").and_then(|max| max.parse().ok());
        let of_choice = |prefix: &str| {
            let object = element.as_object()?;
            let found = object.iter().find(|(key, _)| key.starts_with(prefix))?;
            Some(found.1.clone())
        };
        self.fixed = of_choice("fixed");
        self.pattern = of_choice("pattern");
        if let Some(binding) = element.get("binding")
            && text(binding, "strength") == Some("required")
        {
            self.value_set = text(binding, "valueSet").map(str::to_owned);
        }
        for kind in children(element, "type") {
            self.types.extend(text(kind, "code").map(str::to_owned));
            let targets = children(kind, "targetProfile").filter_map(Value::as_str);
            self.targets
                .extend(targets.map(|url| url.rsplit('/').next().unwrap_or(url).to_owned()));
            let mut profiles = children(kind, "profile").filter_map(Value::as_str);
            self.profile = profiles.next().map(str::to_owned);
        }
        for constraint in children(element, "constraint") {
            self.invariants.push(ProfileInvariant::read(constraint)?);
        }
        if let Some(slicing) = element.get("slicing") {
            for discriminator in children(slicing, "discriminator") {
                let path = text(discriminator, "path").unwrap_or("$this").to_owned();
                self.discriminators.push(match text(discriminator, "type") {
                    Some("value" | "pattern") => Discriminator::Value(path),
                    Some("exists") => Discriminator::Exists(path),
                    _ => return Err("a discriminator that is not known here".to_owned()),
                });
            }
        }
        let rule = children(element, "mapping")
            .find(|mapping| text(mapping, "identity") == Some("rule"))
            .and_then(|mapping| text(mapping, "map"));
        self.rule = rule.map(|rule| -> &'static str { rule.to_owned().leak() });
        self.is_tolerant = extension(element, systems::TOLERATED_ON_IMPORT).is_some();
        Ok(())
    }

    /// An element without a rule of its own has that of the one above.
    fn inherit_rule(&mut self, above: Option<(&'static str, bool)>) {
        if self.rule.is_none()
            && let Some((rule, is_tolerant)) = above
        {
            self.rule = Some(rule);
            self.is_tolerant = is_tolerant;
        }
        let own = self.rule.map(|rule| (rule, self.is_tolerant));
        for below in self.slices.iter_mut().chain(&mut self.children) {
            below.inherit_rule(own);
        }
    }

    /// The constraint at a path below: `coding.system`, `extension('url').value`.
    #[must_use]
    pub fn below(&self, path: &str) -> Option<&Self> {
        path.split('.')
            .filter(|name| !name.is_empty() && *name != "$this")
            .try_fold(self, |place, name| {
                place.children.iter().find(|child| child.name == name)
            })
    }
}

/// The number of our rule in a key, which is unique in a profile: `H18` of `H18-day`.
fn rule_of(key: &str) -> &str {
    match key.split_once('-') {
        Some((rule, _)) if rule.starts_with(|first: char| first.is_ascii_uppercase()) => rule,
        _ => key,
    }
}

impl ProfileInvariant {
    fn read(constraint: &Value) -> Result<Self, String> {
        let key = text(constraint, "key").ok_or("a constraint without a key")?;
        let human = text(constraint, "human").unwrap_or_default();
        let translated = constraint
            .get("_human")
            .and_then(|twin| extension(twin, systems::TRANSLATION))
            .and_then(|found| extension(found, "content"))
            .and_then(|found| text(found, "valueString"));
        let expression = text(constraint, "expression").ok_or("a constraint without expression")?;
        let expression = Expression::parse(expression).map_err(|error| error.to_string())?;
        Ok(Self {
            is_error: text(constraint, "severity") == Some("error"),
            is_tolerant: extension(constraint, systems::TOLERATED_ON_IMPORT).is_some(),
            rule: Invariant {
                key: rule_of(key).to_owned().leak(),
                expression,
                message: Bilingual::new(human, translated.unwrap_or(human)),
            },
        })
    }
}
