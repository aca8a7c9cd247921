//! What operators watch of the governance of the directory: counted anew at each look, never a name.

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{family::Family, gauge::Gauge},
    registry::Registry,
};

use crate::storage::GovernanceCounts;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ByStand {
    standing: String,
    review: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ByReview {
    review: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ByReason {
    reason: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ByAct {
    act: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ByMail {
    kind: String,
    state: String,
}

/// The gauges of the governance.
#[derive(Debug, Default)]
pub(super) struct DirectoryGauges {
    structures: Family<ByStand, Gauge>,
    late: Family<ByReview, Gauge>,
    delisted: Family<ByReason, Gauge>,
    acts: Family<ByAct, Gauge>,
    mails: Family<ByMail, Gauge>,
}

impl DirectoryGauges {
    /// The gauges, written by `registry`.
    pub(super) fn new(registry: &mut Registry) -> Self {
        let gauges = Self::default();
        registry.register(
            "directory_structures",
            "Structures, by whether the public sees them and where their application stands",
            gauges.structures.clone(),
        );
        registry.register(
            "directory_applications_late",
            "Applications that wait for a validator for more than 30 days",
            gauges.late.clone(),
        );
        registry.register(
            "directory_delisted",
            "Structures that are delisted, by the reason",
            gauges.delisted.clone(),
        );
        registry.register(
            "directory_acts",
            "What was done to structures since the beginning: reminders, delistings, mails that came back",
            gauges.acts.clone(),
        );
        registry.register(
            "directory_mails",
            "Mails to referents and validators",
            gauges.mails.clone(),
        );
        gauges
    }

    /// Takes the numbers of now.
    pub(super) fn set(&self, counts: GovernanceCounts) {
        self.structures.clear();
        let mut unanswered = 0;
        for (standing, review, count) in counts.structures {
            if standing == "lapsed" {
                unanswered += count;
            }
            let labels = ByStand { standing, review };
            self.structures.get_or_create(&labels).set(count);
        }
        self.late.clear();
        for review in ["territorial", "regional"] {
            let found = counts.late.iter().find(|(known, _)| known == review);
            let labels = ByReview {
                review: review.to_owned(),
            };
            let count = found.map_or(0, |(_, count)| *count);
            self.late.get_or_create(&labels).set(count);
        }
        let no_answer = [("no-answer", unanswered)];
        let decided = counts.delisted.iter();
        let decided = decided.map(|(reason, count)| (reason.as_str(), *count));
        for (reason, count) in no_answer.into_iter().chain(decided) {
            self.delisted.get_or_create(&ByReason { reason }).set(count);
        }
        for (act, count) in counts.acts {
            self.acts.get_or_create(&ByAct { act }).set(count);
        }
        self.mails.clear();
        for (kind, state, count) in counts.mails {
            self.mails.get_or_create(&ByMail { kind, state }).set(count);
        }
    }
}
