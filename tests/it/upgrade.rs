//! A database of an earlier release, brought up to this one.

use passerelle::{
    clock::Clock,
    demo,
    flows::{
        ImportOptions, import, index_resources, index_waiting_reports, take_over_structures,
        verify_ledger,
    },
    outbox::DeliveryState,
    rcp::Standing,
    storage::Storage,
};
use sha2::{Digest, Sha256};
use sqlx::{Connection, Row};
use time::macros::datetime;

use crate::{context::bretagne, database::TestDatabase, service::settings};

/// What a release at migration 4 left: two versions of a report, one mail acknowledged.
const ROWS: [&str; 6] = [
    "insert into journal values ('j1', 'cda', 'http', 'text/xml', '2026-11-01T08:00:00.000Z', 'accepted', null)",
    "insert into report values ('r1', 'd1', 's1', 1, 'j1', 'cda', 'cda', 'Sein', '20261030', null, '2026-11-01T08:00:00.000Z')",
    "insert into report values ('r2', 'd2', 's1', 2, 'j1', 'cda', 'cda', 'Sein', '20261030', null, '2026-11-02T08:00:00.000Z')",
    "insert into delivery values ('e1', 'r1', null, 'a@b.invalid', 'm1', 'acknowledged', null, '2026-11-01T08:00:00.000Z', \
     '2026-11-01T09:00:00.000Z', '2026-11-01T08:00:00.000Z', 1, null, null)",
    "insert into delivery_event values ('v1', 'e1', '2026-11-01T09:00:00.000Z', 'read', null, 'j1')",
    "insert into inbound_mail values ('k1', 'j1', 'mdn', 'e1', '2026-11-01T09:00:00.000Z')",
];

#[tokio::test]
async fn reports_and_mails_of_an_earlier_release_are_kept_and_become_searchable() {
    let database = TestDatabase::empty().await;
    database.storage.migrate_to(4).await.expect("migrated");
    let mut connection = sqlx::AnyConnection::connect(&database.url)
        .await
        .expect("it opens");
    let cda = include_bytes!("../data/cda/appareil-minimal.xml").as_slice();
    let sha256 = hex::encode(Sha256::digest(cda));
    sqlx::query("insert into content values ($1, $2, $3)")
        .bind(&sha256)
        .bind(i64::try_from(cda.len()).expect("small"))
        .bind(cda)
        .execute(&mut connection)
        .await
        .expect("a row of that release");
    for row in ROWS {
        let row = row.replace("'cda'", &format!("'{sha256}'"));
        sqlx::query(sqlx::AssertSqlSafe(row.clone()))
            .execute(&mut connection)
            .await
            .unwrap_or_else(|error| panic!("{row}: {error}"));
    }
    connection.close().await.expect("closed");

    let storage: Storage = database.storage.clone();
    storage.migrate().await.expect("migrated");
    let versions = storage.list_versions("s1").await.expect("read");
    let standings: Vec<Standing> = versions
        .iter()
        .map(|version| version.report.standing)
        .collect();
    assert_eq!(standings, [Standing::Superseded, Standing::Current]);
    let deliveries = storage.list_deliveries_of("r1").await.expect("read");
    assert_eq!(deliveries[0].state, DeliveryState::Acknowledged);
    let events = storage.list_delivery_events("e1").await.expect("read");
    assert_eq!(events[0].kind, "read");
    let ledger = verify_ledger(&storage, None).await.expect("read");
    assert_eq!((ledger.head.sequence, ledger.faults), (1, Vec::new()));

    let clock = Clock::Fixed(datetime!(2026-11-23 9:00 UTC));
    let context = passerelle::app::context(&settings(), storage.clone(), clock)
        .await
        .expect("fits");
    assert_eq!(index_waiting_reports(&context).await.expect("indexed"), 2);
    assert_eq!(index_waiting_reports(&context).await.expect("indexed"), 0);
}

/// The tables that searches read, and their columns.
const SEARCH_TABLES: [&str; 7] = [
    "select resource_type || resource_id || parameter || system || code from search_token order by 1",
    "select resource_type || resource_id || parameter || value || exact from search_string order by 1",
    "select resource_type || resource_id || parameter || target_type || target_id from search_reference order by 1",
    "select resource_type || resource_id || word from search_word order by 1",
    "select resource_type || resource_id || parameter || starts_at || ends_at from search_date order by 1",
    "select resource_type || resource_id || latitude || longitude from search_position order by 1",
    "select resource_type || id || sort_name || is_public from resource order by 1",
];

/// Every row that a search reads.
pub async fn search_rows(connection: &mut sqlx::AnyConnection) -> Vec<String> {
    let mut rows = Vec::new();
    for query in SEARCH_TABLES {
        let found = sqlx::query(query).fetch_all(&mut *connection).await;
        rows.extend(
            found
                .expect("read")
                .iter()
                .map(|row| row.get::<String, _>(0)),
        );
    }
    rows
}

#[tokio::test]
async fn search_rows_and_listings_of_an_earlier_release_are_made_anew_as_they_were() {
    let database = TestDatabase::migrated().await;
    let context = bretagne(&database.storage);
    let folder = tempfile::tempdir().expect("a folder");
    let plan = demo::Plan {
        structures: 40,
        offers: 120,
        physicians: 1,
        fiches: 0,
        ..demo::Plan::default()
    };
    demo::write(plan, folder.path()).expect("written");
    let paths = [folder.path().join("offers.csv")];
    let report = import(&context, &paths, &ImportOptions::default(), &mut |_| {}).await;
    assert!(report.expect("imported").is_complete());
    let mut connection = sqlx::AnyConnection::connect(&database.url)
        .await
        .expect("it opens");
    let before = search_rows(&mut connection).await;
    for statement in [
        "update search_state set fingerprint = 'of an earlier release'",
        "update resource set sort_name = '', is_public = 0",
        "delete from search_string",
        "delete from search_word where resource_type = 'Location'",
        "update search_token set code = 'former' where parameter = 'identifier' and resource_type = 'Organization' \
         and system = 'https://finess.esante.gouv.fr'",
        "delete from listing_event",
        "delete from listing",
    ] {
        sqlx::query(statement)
            .execute(&mut connection)
            .await
            .unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
    let storage = &database.storage;
    let kept = storage.list_published().await.expect("read");
    assert_eq!(kept.len(), 0);
    assert!(index_resources(&context).await.expect("indexed") > 120);
    assert_eq!(search_rows(&mut connection).await, before);
    assert_eq!(index_resources(&context).await.expect("nothing"), 0);
    assert_eq!(take_over_structures(&context).await.expect("taken"), 40);
    assert_eq!(take_over_structures(&context).await.expect("nothing"), 0);
    assert_eq!(storage.list_published().await.expect("read").len(), 40);
    connection.close().await.expect("closed");
}
