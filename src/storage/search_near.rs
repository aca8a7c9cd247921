//! The places of an area, each with its exact distance: a box of coordinates first, in SQL, then the
//! ellipsoid. They enter a statement as one bound text, which each engine unfolds in its own way.

use super::{Engine, StorageError, query::Runner, sql_text::SqlText};
use crate::fhir::{Centre, DistanceGauge, NearArea, Position, SearchQuery, systems};

/// The places of one area.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Nearby {
    /// The area.
    pub area: NearArea,
    /// Id and distance in millimetres of each place.
    pub places: Vec<(String, i64)>,
}

/// The places of every area that a query speaks of.
pub(super) async fn nearby(
    runner: &mut Runner<'_>,
    query: &SearchQuery,
) -> Result<Vec<Nearby>, StorageError> {
    let mut areas = Vec::new();
    for criterion in query.parts.iter().flat_map(|part| &part.criteria) {
        criterion.areas(&mut areas);
    }
    let mut found = Vec::with_capacity(areas.len());
    for area in areas {
        let centre = match &area.centre {
            Centre::Point(position) => Some(*position),
            Centre::Commune(code) => middle_of(runner, code).await?,
        };
        let places = match centre {
            Some(centre) => places_around(runner, centre, area.radius_mm).await?,
            None => Vec::new(),
        };
        found.push(Nearby {
            area: area.clone(),
            places,
        });
    }
    Ok(found)
}

async fn places_around(
    runner: &mut Runner<'_>,
    centre: Position,
    radius_mm: i64,
) -> Result<Vec<(String, i64)>, StorageError> {
    let bounds = centre.box_within(radius_mm);
    let mut sql = SqlText::new(
        "select p.resource_id, p.latitude, p.longitude from search_position p \
         where p.resource_type = 'Location' and p.latitude >= ",
    );
    sql.bind_number(bounds.latitudes.0)
        .push(" and p.latitude <= ")
        .bind_number(bounds.latitudes.1)
        .push(" and (");
    for (rank, (west, east)) in bounds.longitudes.iter().enumerate() {
        sql.push(if rank == 0 { "(" } else { " or (" });
        sql.push("p.longitude >= ").bind_number(*west);
        sql.push(" and p.longitude <= ")
            .bind_number(*east)
            .push(")");
    }
    sql.push(")");
    let gauge = DistanceGauge::default();
    let rows = sql.query().fetch_all(runner.again()).await?;
    let mut places = Vec::new();
    for row in rows {
        let position = Position {
            latitude: row.try_get(1)?,
            longitude: row.try_get(2)?,
        };
        let distance = gauge.distance_mm(centre, position);
        if distance <= radius_mm {
            places.push((row.try_get(0)?, distance));
        }
    }
    Ok(places)
}

/// The middle of the places that the directory knows in a commune; none when it knows none.
async fn middle_of(
    runner: &mut Runner<'_>,
    commune: &str,
) -> Result<Option<Position>, StorageError> {
    let mut sql = SqlText::new(
        "select p.latitude, p.longitude from search_position p join search_token t \
         on t.resource_type = p.resource_type and t.resource_id = p.resource_id \
         where t.resource_type = 'Location' and t.parameter = 'commune-cog' and t.code = ",
    );
    sql.bind(commune)
        .push(" and t.system = ")
        .bind(systems::COMMUNE);
    let rows = sql.query().fetch_all(runner.again()).await?;
    let (mut latitudes, mut longitudes) = (0, 0);
    for row in &rows {
        latitudes += row.try_get::<i64>(0)?;
        longitudes += row.try_get::<i64>(1)?;
    }
    let count = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    Ok((count > 0).then(|| Position {
        latitude: latitudes / count,
        longitude: longitudes / count,
    }))
}

/// `with near_0(id, distance) as (…), …` for these areas; nothing when there are none.
pub(super) fn push_nearby(sql: &mut SqlText, engine: Engine, nearby: &[Nearby]) {
    let unfold = match engine {
        Engine::Sqlite => {
            "select json_extract(j.value, '$[0]'), json_extract(j.value, '$[1]') from json_each("
        }
        Engine::Postgres => {
            "select j.value ->> 0, cast(j.value ->> 1 as bigint) from json_array_elements(cast("
        }
    };
    let end = match engine {
        Engine::Sqlite => ") j)",
        Engine::Postgres => " as json)) j(value))",
    };
    for (rank, near) in nearby.iter().enumerate() {
        sql.push(if rank == 0 { "with " } else { ", " });
        sql.push(&format!("near_{rank}(id, distance) as ("));
        let list = serde_json::to_string(&near.places).expect("texts and numbers can be written");
        sql.push(unfold).bind(list).push(end);
    }
    if !nearby.is_empty() {
        sql.push(" ");
    }
}
