use proptest::prelude::*;
use time::{Duration, macros::date};

use super::*;
use crate::governance::{Body, Step, Verdict, visibility_on};

#[path = "listing_model.rs"]
mod model;

const START: Date = date!(2027 - 12 - 20);

fn rules() -> Rules {
    Rules::of_region("bretagne", None).expect("readable")
}

fn author(id: &str, role: Role, territory: &str) -> Author {
    Author {
        id: id.to_owned(),
        name: format!("{id} Exemple"),
        role,
        territory: territory.to_owned(),
    }
}

/// Everybody who may try something.
fn cast() -> Vec<Author> {
    vec![
        author("alix", Role::Referent, ""),
        author("bilal", Role::Referent, ""),
        author("centre-29", Role::Territorial(Body::ThreeC), "3C-29"),
        author("autre-29", Role::Territorial(Body::ThreeC), "3C-29"),
        author("centre-35", Role::Territorial(Body::ThreeC), "3C-35"),
        author("appui-29", Role::Territorial(Body::Dac), "DAC-29"),
        author("region-1", Role::Regional, ""),
        author("region-2", Role::Regional, ""),
        Author::system("calendar"),
    ]
}

fn facts(kind: &str) -> Facts {
    Facts {
        name: "Structure".to_owned(),
        kind: kind.to_owned(),
        department: "29".to_owned(),
        insee_code: "29019".to_owned(),
    }
}

fn acts(kind: &str) -> Vec<Act> {
    let mut lacking = Grid::all_valid();
    lacking.0[3].is_valid = false;
    let mut partial = Grid::all_valid();
    partial.0.pop();
    let person = cast()[1].person();
    vec![
        Act::Begin { facts: facts(kind) },
        Act::Submit { facts: facts(kind) },
        Act::Validate {
            grid: Grid::all_valid(),
        },
        Act::Validate {
            grid: lacking.clone(),
        },
        Act::Validate { grid: partial },
        Act::Refuse {
            grid: lacking,
            reason: "incomplet".to_owned(),
        },
        Act::Refuse {
            grid: Grid::default(),
            reason: " ".to_owned(),
        },
        Act::Correct {
            fields: vec!["telephone".to_owned()],
        },
        Act::Confirm {
            note: String::new(),
        },
        Act::Lapse,
        Act::Delist {
            reason: DelistReason::Closure,
            note: "fermée".to_owned(),
        },
        Act::Delist {
            reason: DelistReason::Ethics,
            note: "avis".to_owned(),
        },
        Act::ReplaceReferent { referent: person },
        Act::Comment {
            text: "bonjour".to_owned(),
        },
        Act::TakeOver {
            facts: facts(kind),
            verified_on: None,
        },
    ]
}

/// A structure to which people and days happen.
struct Life {
    rules: Rules,
    listing: Listing,
    events: Vec<Event>,
    today: Date,
}

impl Life {
    fn new() -> Self {
        Self {
            rules: rules(),
            listing: Listing::new("eg-1"),
            events: Vec::new(),
            today: START,
        }
    }

    fn attempt(&mut self, author: &Author, act: Act) -> Result<(), Refusal> {
        self.listing.allows(author, &act, &self.rules)?;
        let event = Event {
            number: self.listing.version + 1,
            at: String::new(),
            day: self.today,
            author: author.clone(),
            act,
        };
        self.listing.apply(&event);
        self.events.push(event);
        Ok(())
    }

    /// Goes on by that many days; the calendar runs on each when the service is up.
    fn pass(&mut self, days: u16, is_up: bool) {
        for _ in 0..days {
            self.today += Duration::DAY;
            if is_up {
                self.tick();
            }
        }
    }

    fn tick(&mut self) {
        let act = match self.rules.calendar.step_on(&self.listing, self.today) {
            None => return,
            Some(Step::Ask) => Act::Ask,
            Some(Step::Remind(number)) => Act::Remind { number },
            Some(Step::Lapse) => Act::Lapse,
        };
        self.attempt(&Author::system("calendar"), act)
            .expect("the calendar does what it may");
    }
}

#[derive(Clone, Debug)]
enum Happening {
    /// Somebody tries something: ranks in the cast and among the acts.
    Attempt(usize, usize),
    /// Days go by with the service up.
    Days(u16),
}

fn happenings() -> impl Strategy<Value = Vec<Happening>> {
    let attempt =
        || (0..9_usize, 0..15_usize).prop_map(|(who, what)| Happening::Attempt(who, what));
    // What leads somewhere comes often, so that every corner is reached.
    let begins = Just(Happening::Attempt(0, 0));
    let submits = Just(Happening::Attempt(0, 1));
    let validates = prop_oneof![2..3_usize, 3..4_usize, 5..6_usize, 6..8_usize]
        .prop_map(|who| Happening::Attempt(who, 2));
    let one = prop_oneof![
        4 => attempt(),
        2 => begins,
        3 => submits,
        4 => validates,
        1 => Just(Happening::Attempt(0, 8)),
        2 => (1..500_u16).prop_map(Happening::Days),
    ];
    proptest::collection::vec(one, 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_path_publishes_without_both_validations_and_no_stale_offer_is_seen(
        happenings in happenings(),
        is_hospital: bool,
    ) {
        let kind = if is_hospital { "STR-CLCC" } else { "STR-ASSO" };
        let (cast, acts) = (cast(), acts(kind));
        let mut life = Life::new();
        for happening in happenings {
            match happening {
                Happening::Attempt(who, what) => {
                    let before = life.listing.clone();
                    if life.attempt(&cast[who], acts[what].clone()).is_err() {
                        prop_assert_eq!(&before, &life.listing, "a refusal changes nothing");
                    }
                }
                Happening::Days(days) => {
                    for _ in 0..days {
                        life.pass(1, true);
                        let seen = life.listing.standing == Standing::Published;
                        let reference = life.listing.verified_on.or(life.listing.listed_on);
                        if seen && life.listing.verified_on.is_some() {
                            let reference = reference.expect("what is seen was listed");
                            prop_assert!(!model::is_stale(reference, life.today), "{reference} on {}", life.today);
                        }
                    }
                }
            }
            prop_assert_eq!(life.listing.standing == Standing::Published, model::is_seen(&life.events));
        }
        model::check_validations(&life.events, kind)?;
        let again = Listing::of_events("eg-1", &life.events);
        prop_assert_eq!(&again, &life.listing, "the journal is the state");
        for event in &life.events {
            let then = visibility_on("eg-1", &life.events, event.day);
            let upto: Vec<_> = life.events.iter().filter(|e| e.day <= event.day).cloned().collect();
            prop_assert_eq!(then.at_last, model::is_seen(&upto));
        }
    }

    #[test]
    fn a_service_that_was_down_delists_nobody_without_a_reminder_and_a_week(
        up in proptest::collection::vec((1..200_u16, any::<bool>()), 1..12),
    ) {
        let mut life = published("STR-CLCC");
        for (days, is_up) in up {
            life.pass(days, is_up);
        }
        for (rank, event) in life.events.iter().enumerate() {
            if event.act == Act::Lapse {
                let before = &life.events[..rank];
                let asked = before.iter().rfind(|e| e.act == Act::Ask).expect("asked first");
                let reminded = before.iter().rfind(|e| matches!(e.act, Act::Remind { .. })).expect("reminded");
                prop_assert!(event.day - asked.day >= Duration::days(59));
                prop_assert!(event.day - reminded.day >= Duration::days(7));
            }
        }
    }
}

fn published(kind: &str) -> Life {
    let cast = cast();
    let mut life = Life::new();
    for (who, act) in [
        (0, Act::Begin { facts: facts(kind) }),
        (0, Act::Submit { facts: facts(kind) }),
        (
            2,
            Act::Validate {
                grid: Grid::all_valid(),
            },
        ),
        (
            6,
            Act::Validate {
                grid: Grid::all_valid(),
            },
        ),
    ] {
        life.attempt(&cast[who], act).expect("the usual way");
    }
    life
}

#[test]
fn the_usual_way_publishes_and_says_who_verified() {
    let life = published("STR-CLCC");
    assert_eq!(life.listing.standing, Standing::Published);
    assert_eq!(life.listing.verified_by, "region-1 Exemple");
    assert_eq!(life.listing.referent, Some(cast()[0].person()));
}

#[test]
fn a_dac_does_not_validate_a_hospital_and_validates_an_association() {
    for (kind, expected) in [("STR-CLCC", Err(Refusal::NotAllowed)), ("STR-ASSO", Ok(()))] {
        let mut life = Life::new();
        let cast = cast();
        life.attempt(&cast[0], Act::Begin { facts: facts(kind) })
            .expect("begun");
        life.attempt(&cast[0], Act::Submit { facts: facts(kind) })
            .expect("handed in");
        let validate = Act::Validate {
            grid: Grid::all_valid(),
        };
        assert_eq!(
            life.attempt(&cast[4], validate.clone()),
            Err(Refusal::NotAllowed),
            "elsewhere"
        );
        assert_eq!(
            life.attempt(&cast[6], validate.clone()),
            Err(Refusal::NotAllowed),
            "the territory first"
        );
        assert_eq!(life.attempt(&cast[5], validate), expected);
    }
}

#[test]
fn nobody_validates_an_application_of_their_own() {
    let mut life = Life::new();
    let cast = cast();
    life.attempt(
        &cast[2],
        Act::Begin {
            facts: facts("STR-CLCC"),
        },
    )
    .expect("begun");
    life.attempt(
        &cast[2],
        Act::Submit {
            facts: facts("STR-CLCC"),
        },
    )
    .expect("handed in");
    let validate = Act::Validate {
        grid: Grid::all_valid(),
    };
    assert_eq!(
        life.attempt(&cast[2], validate.clone()),
        Err(Refusal::OwnApplication)
    );
    assert_eq!(life.attempt(&cast[3], validate), Ok(()), "a colleague does");
}

#[test]
fn a_refusal_says_why_and_the_applicant_corrects() {
    let mut life = Life::new();
    let cast = cast();
    life.attempt(
        &cast[0],
        Act::Begin {
            facts: facts("STR-MSP"),
        },
    )
    .expect("begun");
    life.attempt(
        &cast[0],
        Act::Submit {
            facts: facts("STR-MSP"),
        },
    )
    .expect("handed in");
    let without = Act::Refuse {
        grid: Grid::default(),
        reason: String::new(),
    };
    assert_eq!(life.attempt(&cast[5], without), Err(Refusal::NoReason));
    let grid = Grid(vec![Verdict {
        criterion: Criterion::Statutes,
        is_valid: false,
        comment: "extrait illisible".to_owned(),
    }]);
    life.attempt(
        &cast[5],
        Act::Refuse {
            grid,
            reason: String::new(),
        },
    )
    .expect("refused");
    assert_eq!(
        life.listing.not_met().collect::<Vec<_>>(),
        [(Criterion::Statutes, "extrait illisible")]
    );
    life.attempt(
        &cast[0],
        Act::Submit {
            facts: facts("STR-MSP"),
        },
    )
    .expect("corrected");
    assert_eq!(life.listing.review, Review::Territorial);
}

#[test]
fn a_change_waits_while_what_was_validated_stays_in_sight() {
    let mut life = published("STR-ASSO");
    let cast = cast();
    life.attempt(
        &cast[0],
        Act::Submit {
            facts: facts("STR-ASSO"),
        },
    )
    .expect("a change");
    assert_eq!(life.listing.standing, Standing::Published);
    assert_eq!(life.listing.review, Review::Territorial);
    assert_eq!(
        life.attempt(&cast[1], Act::Correct { fields: Vec::new() }),
        Err(Refusal::NotAllowed),
        "another structure's"
    );
}

#[test]
fn two_months_without_an_answer_delist_and_confirming_brings_back() {
    let mut life = published("STR-CLCC");
    life.pass(366, true);
    assert!(life.listing.asked_on.is_some());
    life.pass(70, true);
    assert_eq!(life.listing.standing, Standing::Lapsed);
    assert_eq!(life.listing.reminders, 2);
    life.attempt(
        &cast()[0],
        Act::Confirm {
            note: String::new(),
        },
    )
    .expect("confirmed");
    assert_eq!(life.listing.standing, Standing::Published);
    assert_eq!(life.listing.verified_on, Some(life.today));
}

#[test]
fn what_a_decision_delisted_does_not_come_back_by_confirming() {
    let mut life = published("STR-CLCC");
    let ethics = Act::Delist {
        reason: DelistReason::Ethics,
        note: "avis du comité".to_owned(),
    };
    let cast = cast();
    assert_eq!(
        life.attempt(&cast[2], ethics.clone()),
        Err(Refusal::NotAllowed)
    );
    life.attempt(&cast[6], ethics).expect("delisted");
    let confirm = Act::Confirm {
        note: String::new(),
    };
    assert_eq!(life.attempt(&cast[0], confirm), Err(Refusal::NotNow));
    life.attempt(
        &cast[0],
        Act::Begin {
            facts: facts("STR-CLCC"),
        },
    )
    .expect("a new application");
    assert_eq!(life.listing.standing, Standing::Delisted);
}

#[test]
fn a_referent_who_left_is_replaced_and_may_do_nothing_more() {
    let mut life = published("STR-CLCC");
    let cast = cast();
    life.attempt(
        &Author::system("mail"),
        Act::MailReturned {
            reason: "550 5.1.1".to_owned(),
        },
    )
    .expect("noted");
    assert_eq!(life.listing.mail_returned, "550 5.1.1");
    life.attempt(
        &cast[2],
        Act::ReplaceReferent {
            referent: cast[1].person(),
        },
    )
    .expect("replaced");
    let confirm = Act::Confirm {
        note: String::new(),
    };
    assert_eq!(
        life.attempt(&cast[0], confirm.clone()),
        Err(Refusal::NotAllowed)
    );
    assert_eq!(life.attempt(&cast[1], confirm), Ok(()));
    assert_eq!(life.listing.mail_returned, "");
}
