//! The meeting, read into the model.
//!
//! **Source:** ANS, CI-SIS, volet CANCER-FRCP 2022.01.

use crate::rcp::{Coded, Facility, Meeting, Organization, Professional, Registration, value_sets};

use super::{
    codes,
    report_reading::{NO_MOMENT, Reader},
    report_texts::words,
    tree::Element,
    write_meeting::{MANAGER_ROOT, RCP_ROOT, RRC_ROOT, SESSION_ROOT},
};

/// Names of network, manager and RCP.
#[derive(Default)]
struct Names {
    rrc: Option<String>,
    manager: Option<String>,
    rcp: Option<String>,
}

impl<'t> Reader<'t> {
    pub(super) fn meeting(&mut self, title: Option<&str>) -> Meeting {
        let act = self.act();
        let names = self.names(act, title);
        let performer = act.and_then(|act| self.performer(act));
        let act_start = act
            .and_then(|act| self.next(act, "effectiveTime"))
            .and_then(|time| self.moment(time));
        let encounter = self.path(self.root, &["componentOf", "encompassingEncounter"]);
        let start = encounter
            .and_then(|encounter| self.next(encounter, "effectiveTime"))
            .and_then(|time| self.moment(time));
        let mut id = |root: &str, pointer: &str| {
            let id = encounter.and_then(|encounter| self.encounter_id(encounter, root));
            self.or_unsaid(id, pointer, String::new())
        };
        let rrc_id = id(RRC_ROOT, "/rcp/rrc_id");
        let manager_id = id(MANAGER_ROOT, "/rcp/manager_id");
        let rcp_id = id(RCP_ROOT, "/rcp/rcp_id");
        let kind = encounter.and_then(|encounter| self.next(encounter, "code"));
        Meeting {
            rrc_id,
            rrc_name: self.or_unsaid(names.rrc, "/rcp/rrc_name", String::new()),
            manager_id,
            manager_name: self.or_unsaid(names.manager, "/rcp/manager_name", String::new()),
            rcp_id,
            rcp_name: self.or_unsaid(names.rcp, "/rcp/rcp_name", String::new()),
            session_id: encounter.and_then(|encounter| self.encounter_id(encounter, SESSION_ROOT)),
            local_ids: encounter
                .map(|encounter| self.local_ids(encounter))
                .unwrap_or_default(),
            date: self.or_unsaid(start.or(act_start), "/rcp/date", NO_MOMENT),
            encounter_type: kind.and_then(|kind| self.coded(kind, value_sets::ENCOUNTER)),
            facility: self.facility(encounter),
            performer,
            registration: self.registration(),
            topography: self.topography(),
        }
    }

    /// The act of the meeting: the first `documentationOf`.
    fn act(&mut self) -> Option<Element<'t>> {
        let root = self.root;
        let act = root
            .all("documentationOf")
            .filter_map(|documentation| documentation.first("serviceEvent"))
            .find(|act| {
                act.first("performer").is_some()
                    || act.first("code").and_then(|code| code.attribute("code"))
                        == Some(codes::RCP_ACT.code)
            })?;
        self.note_up(act, root);
        Some(act)
    }

    /// Names stand in the words of the act, else in the title, between ` / `.
    fn names(&mut self, act: Option<Element<'t>>, title: Option<&str>) -> Names {
        let code = act.and_then(|act| self.next(act, "code"));
        if let Some(code) = code.filter(|code| code.attribute("code") != Some(codes::RCP_ACT.code))
        {
            self.lost(code);
        }
        let written = code
            .and_then(|code| self.next(code, "originalText"))
            .and_then(words)
            .filter(|text| text.contains(" / "));
        let text = written
            .or_else(|| title.map(|title| title.strip_prefix("FRCP ").unwrap_or(title).to_owned()));
        let text = text.unwrap_or_default();
        let mut parts = text.splitn(3, " / ").map(str::trim).map(str::to_owned);
        match (parts.next(), parts.next(), parts.next()) {
            (Some(rrc), Some(manager), Some(rcp)) => Names {
                rrc: Some(rrc),
                manager: Some(manager),
                rcp: Some(rcp),
            },
            _ => Names::default(),
        }
    }

    fn performer(&mut self, act: Element<'t>) -> Option<Professional> {
        let performer = self.next(act, "performer")?;
        let entity = self.next(performer, "assignedEntity")?;
        Some(self.professional(entity))
    }

    fn encounter_id(&mut self, encounter: Element<'t>, root: &str) -> Option<String> {
        let id = encounter
            .all("id")
            .find(|id| id.attribute("root") == Some(root) && !self.is_understood(*id))?;
        let extension = Self::attribute(id, "extension")?;
        self.note(id);
        Some(extension)
    }

    fn local_ids(&mut self, encounter: Element<'t>) -> Vec<crate::rcp::InstanceId> {
        let mut ids = Vec::new();
        while let Some(id) = self.next(encounter, "id") {
            match Self::instance_id(id) {
                Some(id) => ids.push(id),
                None => self.lost(id),
            }
        }
        ids
    }

    fn facility(&mut self, encounter: Option<Element<'t>>) -> Facility {
        let facility = encounter
            .and_then(|encounter| self.path(encounter, &["location", "healthCareFacility"]));
        let Some(facility) = facility else {
            self.unsaid("/rcp/facility");
            return Facility {
                organization: Organization::default(),
                facility_type: Coded::default(),
            };
        };
        let code = self.next(facility, "code");
        let code = code.and_then(|code| self.coded(code, value_sets::FACILITY));
        let place = self.next(facility, "location");
        Facility {
            organization: Organization {
                id: self.structure_id(facility),
                name: place.and_then(|place| self.child_text(place, "name")),
                addresses: place.map(|place| self.addresses(place)).unwrap_or_default(),
                ..Organization::default()
            },
            facility_type: self.or_unsaid(code, "/rcp/facility/facility_type", Coded::default()),
        }
    }

    fn registration(&mut self) -> Option<Registration> {
        let order = self.root.path(&["inFulfillmentOf", "order"])?;
        let id = order.first("id")?;
        // With an extension it is not the identifier that the model knows.
        let own = Self::attribute(id, "root").filter(|_| id.attribute("extension").is_none())?;
        self.note_up(id, self.root);
        let code = self.next(order, "code");
        Some(Registration {
            id: own,
            comment: code
                .and_then(|code| self.next(code, "originalText"))
                .and_then(words),
        })
    }

    /// The topography of the primary tumour: the next act.
    fn topography(&mut self) -> Option<Coded> {
        let root = self.root;
        let act = root
            .all("documentationOf")
            .filter_map(|documentation| documentation.first("serviceEvent"))
            .find(|act| !self.is_understood(*act) && act.first("code").is_some())?;
        self.note_up(act, root);
        let code = self.next(act, "code")?;
        let coded = self.coded(code, value_sets::TUMOUR)?;
        if coded.is(codes::TOPOGRAPHY.code) {
            return coded.text.map(Coded::free_text);
        }
        Some(coded)
    }

    /// Who keeps the document.
    pub(super) fn custodian(&mut self) -> Organization {
        let path = [
            "custodian",
            "assignedCustodian",
            "representedCustodianOrganization",
        ];
        match self.path(self.root, &path) {
            Some(custodian) => self.organization(custodian),
            None => {
                self.unsaid("/custodian");
                Organization::default()
            }
        }
    }
}
