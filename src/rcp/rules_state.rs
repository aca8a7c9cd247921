//! Rules on the state of the patient and on pregnancies, which the volet of 2025 adds to.

use super::{patient::Sex, rules::Rules, state::PregnancyFact, value_sets};

impl Rules<'_> {
    pub(super) fn state(&mut self) {
        let report = self.report;
        let status = report.functional_status.as_ref();
        let evaluations = status.map(|status| status.geriatric_evaluations.as_slice());
        for (rank, evaluation) in evaluations.unwrap_or_default().iter().enumerate() {
            let place = format!("functional_status.geriatric_evaluations[{rank}]");
            if evaluation.score.is_some() && evaluation.result.is_some() {
                self.error(
                    "R-FUN-3",
                    format!("{place}.result"),
                    [
                        "Une évaluation a un score ou un résultat, pas les deux.",
                        "An evaluation has a score or a result, not both.",
                    ],
                    [
                        "Garder celui des deux que l'outil donne.",
                        "Keep the one that the instrument gives.",
                    ],
                );
            }
            self.code_or_text(
                "R-FUN-4",
                &format!("{place}.result"),
                value_sets::GERIATRIC_RESULT,
                evaluation.result.as_ref(),
            );
            let code = evaluation.instrument_code.as_ref();
            if code.is_some_and(|code| code.code.is_none()) {
                self.error(
                    "R-FUN-5",
                    format!("{place}.instrument_code.code"),
                    [
                        "Le code de l'outil manque.",
                        "The code of the instrument is missing.",
                    ],
                    [
                        "Le donner, ou retirer `instrument_code`.",
                        "Give it, or remove `instrument_code`.",
                    ],
                );
            }
        }
        self.pregnancy();
    }

    fn pregnancy(&mut self) {
        let report = self.report;
        let Some(pregnancy) = &report.pregnancy else {
            return;
        };
        if report.patient.sex == Sex::M {
            self.warning(
                "R-GRO-1",
                "pregnancy",
                [
                    "Des grossesses sont dites d'un patient de sexe masculin.",
                    "Pregnancies are said of a male patient.",
                ],
                [
                    "Vérifier le sexe, ou retirer ce champ.",
                    "Check the sex, or remove this field.",
                ],
            );
        }
        if let (Some(gravidity), Some(parity)) = (pregnancy.gravidity, pregnancy.parity)
            && parity > gravidity
        {
            self.warning(
                "R-GRO-2",
                "pregnancy.parity",
                [
                    "Il y a plus d'accouchements que de grossesses.",
                    "There are more deliveries than pregnancies.",
                ],
                ["Vérifier les deux nombres.", "Check both numbers."],
            );
        }
        for (rank, fact) in pregnancy.other.iter().enumerate() {
            let place = format!("pregnancy.other[{rank}]");
            self.code(
                "R-GRO-3",
                &format!("{place}.what"),
                value_sets::PREGNANCY,
                Some(&fact.what),
            );
            if values(fact) != 1 {
                self.error(
                    "R-GRO-4",
                    place,
                    [
                        "Un fait se dit par un seul de number, on, answer et text.",
                        "A fact is said by just one of number, on, answer and text.",
                    ],
                    ["Garder celui qui convient.", "Keep the one that fits."],
                );
            }
        }
    }
}

fn values(fact: &PregnancyFact) -> usize {
    [
        fact.number.is_some(),
        fact.on.is_some(),
        fact.answer.is_some(),
        fact.text.is_some(),
    ]
    .into_iter()
    .filter(|said| *said)
    .count()
}
