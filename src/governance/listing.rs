//! Where a structure stands in the directory, and what may be done next.
//!
//! Two questions are kept apart: whether the public sees it ([`Standing`]), and where what was handed in
//! stands ([`Review`]). So a structure stays listed as it was validated while a change of it is looked at.

use time::Date;

use super::{
    Act, Author, Criterion, DelistReason, Event, Facts, Grid, Person, Refusal, Role, Rules,
};

/// Whether the public sees the structure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// It never was listed.
    #[default]
    Unlisted,
    /// It is.
    Published,
    /// It was delisted for want of an answer: it comes back by confirming.
    Lapsed,
    /// It was delisted by a decision: it comes back by an application.
    Delisted,
}

/// Where what was handed in stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Review {
    /// Nothing waits.
    #[default]
    Idle,
    /// Being written.
    Draft,
    /// The territory looks at it.
    Territorial,
    /// The region looks at it.
    Regional,
    /// Refused, to be corrected.
    Refused,
}

impl Standing {
    /// Word for tables and files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unlisted => "unlisted",
            Self::Published => "published",
            Self::Lapsed => "lapsed",
            Self::Delisted => "delisted",
        }
    }
}

impl Review {
    /// Word for tables and files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Draft => "draft",
            Self::Territorial => "territorial",
            Self::Regional => "regional",
            Self::Refused => "refused",
        }
    }
}

/// Where a structure stands: what its events add up to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// Id of the structure in the directory.
    pub structure: String,
    /// Number of its last event: whoever acts says which one they have seen.
    pub version: i64,
    /// What is known of the structure.
    pub facts: Facts,
    /// Whether the public sees it.
    pub standing: Standing,
    /// Why it was delisted by a decision.
    pub delisted_for: Option<DelistReason>,
    /// Where what was handed in stands.
    pub review: Review,
    /// Since when it stands there.
    pub review_since: Option<Date>,
    /// Who handed it in, or writes it.
    pub applicant: Option<Person>,
    /// Who gave the territorial validation of what is under review.
    pub validated_by: Option<Person>,
    /// What the last validator said of each criterion.
    pub grid: Grid,
    /// Who answers for the structure.
    pub referent: Option<Person>,
    /// When the public began to see it, the last time.
    pub listed_on: Option<Date>,
    /// When a person last verified it.
    pub verified_on: Option<Date>,
    /// Who that was.
    pub verified_by: String,
    /// When a verification was asked for that was not answered yet.
    pub asked_on: Option<Date>,
    /// Reminders since.
    pub reminders: u32,
    /// When the last one was.
    pub reminded_on: Option<Date>,
    /// Why the last mail to the referent came back; empty when it did not.
    pub mail_returned: String,
}

impl Listing {
    /// A structure of which nothing was ever said.
    #[must_use]
    pub fn new(structure: &str) -> Self {
        Self {
            structure: structure.to_owned(),
            ..Self::default()
        }
    }

    /// What its events add up to.
    #[must_use]
    pub fn of_events<'e>(structure: &str, events: impl IntoIterator<Item = &'e Event>) -> Self {
        let mut listing = Self::new(structure);
        for event in events {
            listing.apply(event);
        }
        listing
    }

    /// Who writes to it, or answers for it.
    fn is_own(&self, author: &Author) -> bool {
        let is = |person: &Option<Person>| person.as_ref().is_some_and(|p| p.id == author.id);
        is(&self.applicant) || is(&self.referent)
    }

    fn is_referent(&self, author: &Author) -> bool {
        self.referent.as_ref().is_some_and(|p| p.id == author.id)
    }

    /// True when that validator may look after this structure at all.
    #[must_use]
    pub fn is_overseen_by(&self, author: &Author, rules: &Rules) -> bool {
        match author.role {
            Role::Regional => true,
            Role::Territorial(body) => {
                let kind = rules.kinds.get(&self.facts.kind);
                let is_competent = kind.is_none_or(|kind| kind.validators.contains(&body));
                let facts = &self.facts;
                is_competent
                    && rules.covers(&author.territory, &facts.department, &facts.insee_code)
            }
            Role::Referent | Role::System => false,
        }
    }

    /// Whether the author may do that now.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn allows(&self, author: &Author, act: &Act, rules: &Rules) -> Result<(), Refusal> {
        match act {
            Act::TakeOver { .. } => {
                need(author.role == Role::System, Refusal::NotAllowed)?;
                need(self.version == 0, Refusal::NotNow)
            }
            Act::Ask | Act::Remind { .. } | Act::Lapse => {
                need(author.role == Role::System, Refusal::NotAllowed)?;
                need(self.standing == Standing::Published, Refusal::NotNow)
            }
            Act::MailReturned { .. } => need(author.role == Role::System, Refusal::NotAllowed),
            Act::Begin { .. } => self.allows_begin(author),
            Act::Submit { .. } => {
                need(
                    author.role != Role::System && self.is_own(author),
                    Refusal::NotAllowed,
                )?;
                let is_draft = matches!(self.review, Review::Draft | Review::Refused);
                let is_change = self.review == Review::Idle
                    && matches!(self.standing, Standing::Published | Standing::Lapsed)
                    && self.is_referent(author);
                need(is_draft || is_change, Refusal::NotNow)
            }
            Act::Validate { grid } => {
                self.allows_decision(author, rules)?;
                need(grid.is_met(), Refusal::CriteriaNotMet)
            }
            Act::Refuse { grid, reason } => {
                self.allows_decision(author, rules)?;
                let says_why = !reason.trim().is_empty() || grid.0.iter().any(says_why);
                need(says_why, Refusal::NoReason)
            }
            Act::Correct { .. } => {
                need(self.is_referent(author), Refusal::NotAllowed)?;
                let is_known = matches!(self.standing, Standing::Published | Standing::Lapsed);
                need(is_known, Refusal::NotNow)
            }
            Act::Confirm { .. } => {
                let may = self.is_referent(author) || self.is_overseen_by(author, rules);
                need(may, Refusal::NotAllowed)?;
                let is_known = matches!(self.standing, Standing::Published | Standing::Lapsed);
                need(is_known, Refusal::NotNow)
            }
            Act::Delist { reason, note } => self.allows_delisting(author, *reason, note, rules),
            Act::ReplaceReferent { .. } => {
                let may = self.is_own(author) || self.is_overseen_by(author, rules);
                need(may, Refusal::NotAllowed)?;
                need(self.standing != Standing::Delisted, Refusal::NotNow)
            }
            Act::Comment { text } => {
                let may = self.is_own(author) || self.is_overseen_by(author, rules);
                need(may, Refusal::NotAllowed)?;
                need(!text.trim().is_empty(), Refusal::NoReason)
            }
        }
    }

    fn allows_begin(&self, author: &Author) -> Result<(), Refusal> {
        need(author.role != Role::System, Refusal::NotAllowed)?;
        need(
            self.referent.is_none() || self.is_referent(author),
            Refusal::HasReferent,
        )?;
        need(self.review == Review::Idle, Refusal::HasReferent)?;
        let is_free = match self.standing {
            Standing::Unlisted | Standing::Delisted => true,
            Standing::Published | Standing::Lapsed => self.referent.is_none(),
        };
        need(is_free, Refusal::NotNow)
    }

    fn allows_decision(&self, author: &Author, rules: &Rules) -> Result<(), Refusal> {
        match self.review {
            Review::Territorial => {
                let is_territorial = matches!(author.role, Role::Territorial(_));
                need(
                    is_territorial && self.is_overseen_by(author, rules),
                    Refusal::NotAllowed,
                )?;
            }
            Review::Regional => {
                need(author.role == Role::Regional, Refusal::NotAllowed)?;
                let gave_first = self
                    .validated_by
                    .as_ref()
                    .is_some_and(|p| p.id == author.id);
                need(!gave_first, Refusal::SamePerson)?;
            }
            Review::Idle | Review::Draft | Review::Refused => {
                need(author.role.validates(), Refusal::NotAllowed)?;
                return Err(Refusal::NotNow);
            }
        }
        need(!self.is_own(author), Refusal::OwnApplication)
    }

    fn allows_delisting(
        &self,
        author: &Author,
        reason: DelistReason,
        note: &str,
        rules: &Rules,
    ) -> Result<(), Refusal> {
        let may = match reason {
            DelistReason::Closure => self.is_referent(author) || self.is_overseen_by(author, rules),
            DelistReason::CharterEnded | DelistReason::Ethics => author.role == Role::Regional,
        };
        need(may, Refusal::NotAllowed)?;
        need(!note.trim().is_empty(), Refusal::NoReason)?;
        let is_known = matches!(self.standing, Standing::Published | Standing::Lapsed);
        need(is_known, Refusal::NotNow)
    }

    /// Takes an event in. Events come in order, each allowed when it happened.
    pub fn apply(&mut self, event: &Event) {
        self.version = event.number;
        match &event.act {
            Act::Begin { facts } => {
                self.facts = facts.clone();
                self.applicant = Some(event.author.person());
                self.review_becomes(Review::Draft, event);
            }
            Act::TakeOver { facts, verified_on } => {
                self.facts = facts.clone();
                self.standing = Standing::Published;
                self.listed_on = Some(event.day);
                self.verified_on = *verified_on;
                self.verified_by = event.author.name.clone();
            }
            Act::Submit { facts } => {
                self.facts = facts.clone();
                self.applicant = Some(event.author.person());
                self.validated_by = None;
                self.grid = Grid::default();
                self.review_becomes(Review::Territorial, event);
            }
            Act::Validate { grid } => self.take_validation(grid, event),
            Act::Refuse { grid, .. } => {
                self.grid = grid.clone();
                self.review_becomes(Review::Refused, event);
            }
            Act::Confirm { .. } => self.verified(event),
            Act::Ask => {
                self.asked_on = Some(event.day);
                self.reminders = 0;
                self.reminded_on = None;
            }
            Act::Remind { number } => {
                self.reminders = *number;
                self.reminded_on = Some(event.day);
            }
            Act::Lapse => self.standing = Standing::Lapsed,
            Act::Delist { reason, .. } => {
                self.standing = Standing::Delisted;
                self.delisted_for = Some(*reason);
                self.review_becomes(Review::Idle, event);
                self.asked_on = None;
            }
            Act::ReplaceReferent { referent } => {
                // Whoever was to answer no longer does: for what is under way, and for what is listed.
                if self.review != Review::Idle {
                    self.applicant = Some(referent.clone());
                }
                if self.standing != Standing::Unlisted {
                    self.referent = Some(referent.clone());
                }
                self.mail_returned.clear();
            }
            Act::MailReturned { reason } => self.mail_returned.clone_from(reason),
            Act::Correct { .. } | Act::Comment { .. } => {}
        }
    }

    fn take_validation(&mut self, grid: &Grid, event: &Event) {
        self.grid = grid.clone();
        if self.review == Review::Territorial {
            self.validated_by = Some(event.author.person());
            return self.review_becomes(Review::Regional, event);
        }
        self.referent = self.applicant.take();
        self.validated_by = None;
        self.delisted_for = None;
        self.review_becomes(Review::Idle, event);
        self.verified(event);
    }

    fn verified(&mut self, event: &Event) {
        if self.standing != Standing::Published {
            self.listed_on = Some(event.day);
        }
        self.standing = Standing::Published;
        self.verified_on = Some(event.day);
        self.verified_by = event.author.name.clone();
        self.asked_on = None;
        self.reminders = 0;
        self.reminded_on = None;
        self.mail_returned.clear();
    }

    fn review_becomes(&mut self, review: Review, event: &Event) {
        self.review = review;
        self.review_since = Some(event.day);
    }
}

/// A verdict that tells the applicant what to correct.
fn says_why(verdict: &super::Verdict) -> bool {
    !verdict.is_valid && !verdict.comment.trim().is_empty()
}

fn need(holds: bool, refusal: Refusal) -> Result<(), Refusal> {
    if holds { Ok(()) } else { Err(refusal) }
}

impl Listing {
    /// The criteria that the last validator found not met, with the comment.
    pub fn not_met(&self) -> impl Iterator<Item = (Criterion, &str)> {
        let unmet = self.grid.0.iter().filter(|verdict| !verdict.is_valid);
        unmet.map(|verdict| (verdict.criterion, verdict.comment.as_str()))
    }
}

#[cfg(test)]
#[path = "listing_tests.rs"]
mod tests;
