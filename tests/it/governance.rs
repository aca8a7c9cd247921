//! The governance of the directory on a real store: what is foreseen happens, what is delisted is not seen,
//! and every past day can be told. The same on every engine.

use std::fs;

use passerelle::{
    clock::{Clock, day_in_paris},
    demo,
    fhir::{Handling, ResourceType},
    flows::{
        ActError, Context, Deed, ImportOptions, Round, act, delist_overdue, import, look_ahead,
        offer_on_day, open_account, realign_offers, run_calendar, search,
    },
    governance::{
        Act, Answering, Author, Body, DelistReason, Listing, Refusal, Role, Standing, Step,
    },
    storage::{Account, Reader},
};
use time::{
    Date, Duration,
    macros::{date, datetime},
};

use crate::{context::bretagne, database::TestDatabase};

/// A small region, imported on 23 November 2026.
async fn region(database: &TestDatabase) -> Context {
    let ctx = bretagne(&database.storage);
    bring_in(&ctx).await;
    ctx
}

async fn bring_in(ctx: &Context) {
    let folder = tempfile::tempdir().expect("a folder");
    let plan = demo::Plan {
        structures: 6,
        offers: 15,
        physicians: 1,
        fiches: 1,
        ..demo::Plan::default()
    };
    demo::write(plan, folder.path()).expect("written");
    let paths = [folder.path().join("offers.csv")];
    let report = import(ctx, &paths, &ImportOptions::default(), &mut |_| {}).await;
    assert!(report.expect("the import ends").is_complete());
    fs::remove_dir_all(folder.path()).expect("removed");
}

fn on(ctx: &mut Context, day: Date) {
    ctx.clock = Clock::Fixed(day.with_hms(6, 0, 0).expect("a time").assume_utc());
}

async fn seen_by_the_public(ctx: &Context) -> usize {
    let pairs = [("_count".to_owned(), "200".to_owned())];
    let kind = ResourceType::HealthcareService;
    let found = search(ctx, kind, &pairs, Handling::Strict, Reader::Public).await;
    found.expect("found").1.matches.len()
}

async fn listing(ctx: &Context, structure: &str) -> Listing {
    let events = ctx.storage.list_events(structure).await.expect("read");
    Listing::of_events(structure, &events)
}

async fn account(ctx: &Context, mail: &str, role: Role, territory: &str) -> Account {
    let address = mail.parse().expect("an address");
    let id = open_account(ctx, &address, "Camille Exemple", role, territory)
        .await
        .expect("opened");
    ctx.storage
        .find_account(&id)
        .await
        .expect("read")
        .expect("there")
}

async fn doing(
    ctx: &Context,
    structure: &str,
    author: &Author,
    wanted: Act,
) -> Result<Listing, ActError> {
    let deed = Deed {
        structure,
        seen: None,
        author,
        act: wanted,
        application: None,
    };
    act(ctx, deed).await
}

fn confirm() -> Act {
    Act::Confirm {
        note: "par téléphone".to_owned(),
    }
}

#[tokio::test]
async fn what_is_foreseen_happens_and_nothing_that_nobody_verified_stays_in_sight() {
    let database = TestDatabase::migrated().await;
    let mut ctx = region(&database).await;
    let (from, to) = (date!(2026 - 11 - 23), date!(2028 - 03 - 01));
    let ahead = look_ahead(&ctx, from, to, Answering::Never)
        .await
        .expect("foreseen");
    assert_eq!(ahead.listings.len(), 6);
    let mut foreseen: Vec<(Date, String, &str)> = ahead
        .foreseen
        .iter()
        .map(|one| {
            let word = one.step.map_or("confirm", Step::as_str);
            (one.day, ahead.listings[one.rank].structure.clone(), word)
        })
        .collect();
    assert_eq!(seen_by_the_public(&ctx).await, 15);

    let mut day = from;
    while day <= to {
        on(&mut ctx, day);
        run_calendar(&ctx).await.expect("followed");
        let again = run_calendar(&ctx).await.expect("followed again");
        assert_eq!(
            again,
            Round::default(),
            "a round that is repeated does nothing"
        );
        // Two days at a time would be late for some: every day is lived through.
        day += Duration::DAY;
        if !foreseen.iter().any(|(due, ..)| *due == day) {
            let next = foreseen
                .iter()
                .map(|(due, ..)| *due)
                .filter(|due| *due > day)
                .min();
            day = next.unwrap_or(to + Duration::DAY);
        }
    }
    let mut happened = Vec::new();
    for listing in &ahead.listings {
        for event in ctx
            .storage
            .list_events(&listing.structure)
            .await
            .expect("read")
        {
            if event.author.role == Role::System && !matches!(event.act, Act::TakeOver { .. }) {
                happened.push((event.day, listing.structure.clone(), event.act.as_str()));
            }
        }
    }
    foreseen.sort();
    happened.sort();
    assert_eq!(happened, foreseen);
    assert_eq!(seen_by_the_public(&ctx).await, 0);

    let structure = ahead.listings[0].structure.as_str();
    bring_in(&ctx).await;
    assert_eq!(
        seen_by_the_public(&ctx).await,
        0,
        "what is delisted is not imported back"
    );
    let region = account(&ctx, "dsrc@reseau.example", Role::Regional, "").await;
    let back = doing(&ctx, structure, &region.author(), confirm())
        .await
        .expect("confirmed");
    assert_eq!(back.standing, Standing::Published);
    assert!(seen_by_the_public(&ctx).await > 0);
}

#[tokio::test]
async fn a_pass_over_offers_that_no_list_concerns_writes_no_version() {
    let database = TestDatabase::migrated().await;
    let mut ctx = region(&database).await;
    let done = realign_offers(&ctx).await.expect("aligned");
    assert_eq!((done.looked_at, done.changed), (15, 0));
    // The governance has written its part behind what the mapping declares.
    on(&mut ctx, date!(2027 - 11 - 23));
    assert!(run_calendar(&ctx).await.expect("followed").asked > 0);
    let done = realign_offers(&ctx).await.expect("aligned");
    assert_eq!((done.looked_at, done.changed), (15, 0));
}

#[tokio::test]
async fn what_is_overdue_at_the_start_is_delisted_first_and_the_rest_follows() {
    let database = TestDatabase::migrated().await;
    let mut ctx = region(&database).await;
    run_calendar(&ctx).await.expect("followed");
    assert_eq!(seen_by_the_public(&ctx).await, 15);
    // Everybody is asked, then nothing runs for months: all are reminded late and overdue at once.
    on(&mut ctx, date!(2027 - 11 - 23));
    let asked = run_calendar(&ctx).await.expect("followed");
    assert!(asked.asked > 0, "{asked:?}");
    let before = seen_by_the_public(&ctx).await;
    assert_eq!(
        delist_overdue(&ctx).await.expect("followed"),
        Round::default()
    );
    on(&mut ctx, date!(2028 - 06 - 01));
    let first = delist_overdue(&ctx).await.expect("followed");
    assert!(first.lapsed > 0, "{first:?}");
    assert_eq!(
        (first.asked, first.reminded),
        (0, 0),
        "nobody is asked or reminded"
    );
    assert!(seen_by_the_public(&ctx).await < before);
    let rest = run_calendar(&ctx).await.expect("followed");
    assert_eq!(rest.lapsed, 0, "{rest:?}");
}

#[tokio::test]
async fn a_past_day_tells_what_was_visible_and_who_had_verified_it() {
    let database = TestDatabase::migrated().await;
    let mut ctx = region(&database).await;
    let region = account(&ctx, "dsrc@reseau.example", Role::Regional, "").await;
    let kind = ResourceType::HealthcareService;
    let (_, page) = search(&ctx, kind, &[], Handling::Strict, Reader::Public)
        .await
        .expect("found");
    let offer = page.matches[0].id.clone();
    let first = offer_on_day(&ctx, &offer, date!(2026 - 11 - 23))
        .await
        .expect("read")
        .expect("there");
    assert!(first.is_visible);
    let before = offer_on_day(&ctx, &offer, date!(2026 - 11 - 22))
        .await
        .expect("read")
        .expect("there");
    assert!(!before.is_visible);

    // Ten at night in winter is the next day's eve in Paris: still the 14th.
    ctx.clock = Clock::Fixed(datetime!(2027-03-14 22:30 UTC));
    doing(&ctx, &first.structure, &region.author(), confirm())
        .await
        .expect("confirmed");
    ctx.clock = Clock::Fixed(datetime!(2027-03-14 23:30 UTC));
    let ethics = Act::Delist {
        reason: DelistReason::Ethics,
        note: "avis du comité".to_owned(),
    };
    doing(&ctx, &first.structure, &region.author(), ethics)
        .await
        .expect("delisted");
    for (day, is_visible, verified_by) in [
        (date!(2027 - 03 - 13), true, "annuaire du réseau"),
        (date!(2027 - 03 - 14), true, "Camille Exemple"),
        (date!(2027 - 03 - 15), true, "Camille Exemple"),
        (date!(2027 - 03 - 16), false, "Camille Exemple"),
    ] {
        let told = offer_on_day(&ctx, &offer, day)
            .await
            .expect("read")
            .expect("there");
        assert_eq!(told.is_visible, is_visible, "{day}");
        assert_eq!(told.visibility.verified_by, verified_by, "{day}");
    }
    assert!(
        offer_on_day(&ctx, "offre-inconnue", date!(2027 - 03 - 14))
            .await
            .expect("read")
            .is_none()
    );
    assert_eq!(
        ctx.storage
            .find_resource(kind, &offer, Reader::Public)
            .await
            .expect("read"),
        None
    );
    let kept = ctx
        .storage
        .find_resource(kind, &offer, Reader::Network)
        .await
        .expect("read")
        .expect("kept");
    assert!(
        kept.json.contains("\"retire\"") && kept.json.contains("\"active\":false"),
        "{}",
        kept.json
    );
}

#[tokio::test]
async fn two_validators_at_once_one_decides_and_the_other_is_told() {
    let database = TestDatabase::migrated().await;
    let ctx = region(&database).await;
    let referent = account(&ctx, "camille@asso.example", Role::Referent, "").await;
    let first = account(
        &ctx,
        "un@3c.example",
        Role::Territorial(Body::ThreeC),
        "3C-29",
    )
    .await;
    let second = account(
        &ctx,
        "deux@3c.example",
        Role::Territorial(Body::ThreeC),
        "3C-29",
    )
    .await;
    let facts = passerelle::governance::Facts {
        name: "Association (fictive)".to_owned(),
        kind: "STR-ASSO".to_owned(),
        department: "29".to_owned(),
        insee_code: "29019".to_owned(),
    };
    let structure = "eg-290000017";
    doing(
        &ctx,
        structure,
        &referent.author(),
        Act::Begin {
            facts: facts.clone(),
        },
    )
    .await
    .expect("begun");
    let waiting = doing(&ctx, structure, &referent.author(), Act::Submit { facts })
        .await
        .expect("handed in");
    let decide = |author: Author, wanted: Act| {
        let ctx = &ctx;
        async move {
            let deed = Deed {
                structure,
                seen: Some(waiting.version),
                author: &author,
                act: wanted,
                application: None,
            };
            act(ctx, deed).await
        }
    };
    let grid = passerelle::governance::Grid::all_valid();
    let refuse = Act::Refuse {
        grid: passerelle::governance::Grid::default(),
        reason: "statuts illisibles".to_owned(),
    };
    let (one, other) = tokio::join!(
        decide(first.author(), Act::Validate { grid }),
        decide(second.author(), refuse)
    );
    let stale = [&one, &other]
        .into_iter()
        .filter(|done| matches!(done, Err(ActError::Stale)))
        .count();
    assert_eq!(stale, 1, "{one:?} {other:?}");
    assert_eq!(listing(&ctx, structure).await.version, 3);
    let own = doing(
        &ctx,
        structure,
        &referent.author(),
        Act::Validate {
            grid: passerelle::governance::Grid::all_valid(),
        },
    )
    .await;
    assert!(
        matches!(
            own,
            Err(ActError::Refused(Refusal::NotAllowed | Refusal::NotNow))
        ),
        "{own:?}"
    );
    let nobody = doing(&ctx, "eg-inconnue", &first.author(), confirm()).await;
    assert!(matches!(nobody, Err(ActError::NotFound)), "{nobody:?}");
    assert_eq!(day_in_paris(ctx.clock.now()), date!(2026 - 11 - 23));
}
