//! A structure's application as a FHIR `Task`: where it stands, who decides next, what was said of each
//! criterion. A partner's software reads the queue and decides by it.
//!
//! **Source:** FHIR R4, 8.12 (`Task`); the words are ours.

use serde_json::{Value, json};

use super::{
    Act, Criterion, DelistReason, Event, Grid, Listing, Review, Role, Rules, Standing, Verdict,
};
use crate::fhir::{
    element::{children, text},
    systems::{SOS_BASE, SOS_GOVERNANCE_CRITERION, SOS_GOVERNANCE_STATE},
};

/// Status of the task of a listing.
#[must_use]
pub fn task_status(listing: &Listing) -> &'static str {
    match (listing.review, listing.standing) {
        (Review::Draft, _) => "draft",
        (Review::Territorial, _) => "requested",
        (Review::Regional, _) => "received",
        (Review::Refused, _) => "rejected",
        (Review::Idle, Standing::Published) => "completed",
        (Review::Idle, Standing::Lapsed) => "on-hold",
        (Review::Idle, Standing::Unlisted | Standing::Delisted) => "cancelled",
    }
}

/// The task of a listing; `events` are all of its own.
#[must_use]
pub fn task(listing: &Listing, events: &[Event], rules: &Rules) -> Value {
    let (first, last) = (events.first(), events.last());
    let at = |event: Option<&Event>| event.map(|event| event.at.clone()).unwrap_or_default();
    let state = format!("{}/{}", listing.standing.as_str(), listing.review.as_str());
    let mut task = json!({
        "resourceType": "Task",
        "id": listing.structure,
        "meta": {"versionId": listing.version.to_string(), "lastUpdated": at(last)},
        "status": task_status(listing),
        "businessStatus": {"coding": [{"system": SOS_GOVERNANCE_STATE, "code": state}]},
        "intent": "order",
        "code": {"text": "Référencement dans l'annuaire des soins de support"},
        "focus": {"reference": format!("Organization/{}", listing.structure), "display": listing.facts.name},
        "authoredOn": at(first),
        "lastModified": at(last),
        "input": [{"type": {"text": "application"},
                   "valueReference": {"reference": format!("QuestionnaireResponse/{}", listing.structure)}}],
    });
    let people = [&listing.applicant, &listing.referent];
    if let Some(person) = people.into_iter().flatten().next() {
        task["requester"] = json!({"display": person.name});
    }
    if let Some(owner) = owner(listing, rules) {
        task["owner"] = json!({"display": owner});
    }
    if let Some((on, _)) = rules.calendar.next_step(listing) {
        task["restriction"] = json!({"period": {"end": on.to_string()}});
    }
    let outputs: Vec<Value> = listing.grid.0.iter().flat_map(outputs).collect();
    if !outputs.is_empty() {
        task["output"] = Value::Array(outputs);
    }
    let notes: Vec<Value> = events
        .iter()
        .filter_map(|event| match &event.act {
            Act::Comment { text } | Act::Refuse { reason: text, .. } if !text.is_empty() => {
                Some(json!({"authorString": event.author.name, "time": event.at, "text": text}))
            }
            _ => None,
        })
        .collect();
    if !notes.is_empty() {
        task["note"] = Value::Array(notes);
    }
    task
}

/// Who decides next, in words.
fn owner(listing: &Listing, rules: &Rules) -> Option<String> {
    match listing.review {
        Review::Regional => Some("DSRC".to_owned()),
        Review::Territorial => {
            let bodies = &rules.kinds.get(&listing.facts.kind)?.validators;
            let facts = &listing.facts;
            let labels: Vec<&str> = rules
                .territories
                .iter()
                .filter(|(_, found)| bodies.contains(&found.body))
                .filter(|(code, _)| rules.covers(code, &facts.department, &facts.insee_code))
                .map(|(_, found)| found.label.as_str())
                .collect();
            Some(labels.join(", "))
        }
        Review::Idle | Review::Draft | Review::Refused => None,
    }
}

fn outputs(verdict: &Verdict) -> Vec<Value> {
    let kind = json!({"coding": [{"system": SOS_GOVERNANCE_CRITERION, "code": verdict.criterion.as_str()}]});
    let mut outputs = vec![json!({"type": kind, "valueBoolean": verdict.is_valid})];
    if !verdict.comment.is_empty() {
        outputs.push(json!({"type": kind, "valueString": verdict.comment}));
    }
    outputs
}

/// What a task that is written back asks for: `accepted` validates, `rejected` refuses, `completed` confirms,
/// `cancelled` delists. None for any other status.
#[must_use]
pub fn act_of_task(task: &Value) -> Option<Act> {
    let reason = task.get("statusReason");
    let said = reason.and_then(|reason| text(reason, "text"));
    let said = said.unwrap_or_default().to_owned();
    Some(match text(task, "status")? {
        "accepted" => Act::Validate {
            grid: grid_of(task),
        },
        "rejected" => Act::Refuse {
            grid: grid_of(task),
            reason: said,
        },
        "completed" => Act::Confirm { note: said },
        "cancelled" => Act::Delist {
            reason: delisting_of(reason?)?,
            note: said,
        },
        _ => return None,
    })
}

fn delisting_of(reason: &Value) -> Option<DelistReason> {
    children(reason, "coding")
        .filter_map(|coding| text(coding, "code"))
        .find_map(|code| code.parse().ok())
}

fn grid_of(task: &Value) -> Grid {
    let mut grid = Grid::default();
    for output in children(task, "output") {
        let code = output
            .get("type")
            .and_then(|kind| children(kind, "coding").next())
            .and_then(|coding| text(coding, "code"));
        let Some(criterion) = code.and_then(|code| code.parse::<Criterion>().ok()) else {
            continue;
        };
        if let Some(is_valid) = output.get("valueBoolean").and_then(Value::as_bool) {
            grid.0.push(Verdict {
                criterion,
                is_valid,
                comment: String::new(),
            });
        } else if let Some(comment) = text(output, "valueString")
            && let Some(known) = grid.0.iter_mut().find(|one| one.criterion == criterion)
        {
            comment.clone_into(&mut known.comment);
        }
    }
    grid
}

/// A verification as FHIR says it: who, when, of which offers. `is_public` leaves the person's name out.
///
/// **Source:** FHIR R4, 6.3 (`Provenance`); code system `provenance-participant-type`, `verifier`.
#[must_use]
pub fn provenance(
    listing: &str,
    offers: &[String],
    event: &Event,
    is_public: bool,
) -> Option<Value> {
    let verifies = matches!(
        event.act,
        Act::Confirm { .. } | Act::Validate { .. } | Act::TakeOver { .. }
    );
    if !verifies {
        return None;
    }
    let role = match event.author.role {
        Role::Referent => "référent de la structure",
        Role::Territorial(_) => "validateur territorial",
        Role::Regional => "validateur régional",
        Role::System => "réseau",
    };
    let who = if is_public {
        role.to_owned()
    } else {
        format!("{} ({role})", event.author.name)
    };
    let targets = offers.iter().map(|id| format!("HealthcareService/{id}"));
    let targets = targets.chain([format!("Organization/{listing}")]);
    Some(json!({
        "resourceType": "Provenance",
        "id": format!("{listing}.{}", event.number),
        "target": targets.map(|target| json!({"reference": target})).collect::<Vec<_>>(),
        "occurredDateTime": event.day.to_string(),
        "recorded": event.at,
        "activity": {"coding": [{"system": format!("{SOS_BASE}/CodeSystem/listing-act"), "code": event.act.as_str()}]},
        "agent": [{"type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/provenance-participant-type",
                                       "code": "verifier"}]},
                   "who": {"display": who}}],
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_goes_to_the_task_and_back() {
        let rules = Rules::of_region("bretagne", None).expect("readable");
        let mut grid = Grid::all_valid();
        grid.0[2].is_valid = false;
        grid.0[2].comment = "nombre à préciser".to_owned();
        let listing = Listing {
            grid: grid.clone(),
            review: Review::Refused,
            ..Listing::new("eg-1")
        };
        let mut written = task(&listing, &[], &rules);
        assert_eq!(written["status"], "rejected");
        written["statusReason"] = json!({"text": "à compléter"});
        let expected = Act::Refuse {
            grid,
            reason: "à compléter".to_owned(),
        };
        assert_eq!(act_of_task(&written), Some(expected));
        assert_eq!(act_of_task(&json!({"status": "ready"})), None);
    }
}
