//! Who a document may be mailed to: the marks that hide it, and the matrix that allows or forbids.

use std::collections::BTreeSet;

pub use crate::config::VisibilityMode as Mode;

/// From whom a document is hidden.
///
/// **Source:** ANS, `TRE_A07-StatutVisibiliteDocument`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// `MASQUE_PS`: from professionals, but for its author.
    pub is_masked: bool,
    /// `INVISIBLE_PATIENT`: from the patient.
    pub is_hidden_from_patient: bool,
    /// `INVISIBLE_REPRESENTANTS_LEGAUX`: from the legal representatives of a minor.
    pub is_hidden_from_representatives: bool,
}

/// OID of the marks.
pub(super) const MARKS_SYSTEM: &str = "1.2.250.1.213.1.1.4.13";

const MASKED: &str = "MASQUE_PS";
const HIDDEN: &str = "INVISIBLE_PATIENT";
const HIDDEN_FROM_REPRESENTATIVES: &str = "INVISIBLE_REPRESENTANTS_LEGAUX";

impl Marks {
    /// The marks that these codes name; others say nothing of visibility.
    pub fn of_codes<'a>(codes: impl IntoIterator<Item = &'a str>) -> Self {
        let codes: BTreeSet<&str> = codes.into_iter().collect();
        Self {
            is_masked: codes.contains(MASKED),
            is_hidden_from_patient: codes.contains(HIDDEN),
            // The order that asks for the mark spells it shorter than the metadata that carry it.
            is_hidden_from_representatives: codes.contains(HIDDEN_FROM_REPRESENTATIVES)
                || codes.contains("INVISIBLE_REP_LEGAUX"),
        }
    }

    /// Codes of these marks.
    pub fn codes(self) -> impl Iterator<Item = &'static str> {
        [
            (self.is_masked, MASKED),
            (self.is_hidden_from_patient, HIDDEN),
            (
                self.is_hidden_from_representatives,
                HIDDEN_FROM_REPRESENTATIVES,
            ),
        ]
        .into_iter()
        .filter_map(|(is_set, code)| is_set.then_some(code))
    }
}

/// What is asked for a document: its marks, and where it should go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// From whom it is hidden.
    pub marks: Marks,
    /// `CONNEXION_SECRETE`: the patient wants no trace of the encounter.
    pub is_secret: bool,
    /// `DESTDMP`: to the shared record.
    pub to_shared_record: bool,
    /// `DESTMSSANTEPS`: to professionals.
    pub to_professionals: bool,
    /// `DESTMSSANTEPAT`: to the patient.
    pub to_patient: bool,
}

/// Who is written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Audience {
    /// Professionals.
    pub professionals: bool,
    /// The patient.
    pub patient: bool,
}

/// The combination is not one of the matrix: nothing is sent to anybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no line of the visibility matrix allows this sending")]
pub struct NotAllowed;

/// Lines of the matrix.
#[derive(Debug)]
pub struct Matrix(Vec<Line>);

#[derive(Debug)]
struct Line {
    /// Each flag: wanted set, wanted clear, or either.
    flags: [Option<bool>; 7],
    audience: Audience,
    is_tolerant: bool,
}

/// Why a matrix cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {0} of the visibility matrix cannot be read")]
pub struct InvalidMatrix(usize);

impl Matrix {
    /// The matrix of `profiles/visibility-matrix.csv`.
    #[must_use]
    pub fn embedded() -> Self {
        Self::read(include_str!("../../profiles/visibility-matrix.csv"))
            .expect("a test reads the matrix that is built in")
    }

    /// Reads a matrix: comments begin with `#`, then a line of names, then one line for each case.
    ///
    /// # Errors
    /// The first line that cannot be read.
    pub fn read(text: &str) -> Result<Self, InvalidMatrix> {
        let lines = text
            .lines()
            .zip(1..)
            .filter(|(line, _)| !line.starts_with('#') && !line.trim().is_empty())
            .skip(1);
        lines
            .map(|(line, number)| read_line(line).ok_or(InvalidMatrix(number)))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Who may be written to.
    ///
    /// # Errors
    /// [`NotAllowed`] when no line fits: whoever asked must be told.
    pub fn audience(&self, order: Order, mode: Mode) -> Result<Audience, NotAllowed> {
        let flags = [
            order.marks.is_masked,
            order.marks.is_hidden_from_patient,
            order.marks.is_hidden_from_representatives,
            order.is_secret,
            order.to_shared_record,
            order.to_professionals,
            order.to_patient,
        ];
        self.0
            .iter()
            .filter(|line| mode == Mode::Tolerant || !line.is_tolerant)
            .find(|line| {
                let pairs = line.flags.iter().zip(flags);
                pairs
                    .into_iter()
                    .all(|(wanted, flag)| wanted.is_none_or(|wanted| wanted == flag))
            })
            .map(|line| line.audience)
            .ok_or(NotAllowed)
    }
}

fn read_line(line: &str) -> Option<Line> {
    let cells: Vec<&str> = line.split(',').map(str::trim).collect();
    let [_, flags @ .., to, mode] = cells.as_slice() else {
        return None;
    };
    let flags: Vec<Option<bool>> = flags
        .iter()
        .map(|cell| match *cell {
            "Y" => Some(Some(true)),
            "N" => Some(Some(false)),
            "*" => Some(None),
            _ => None,
        })
        .collect::<Option<_>>()?;
    Some(Line {
        flags: flags.try_into().ok()?,
        audience: match *to {
            "professional+patient" => Audience {
                professionals: true,
                patient: true,
            },
            "professional" => Audience {
                professionals: true,
                patient: false,
            },
            "patient" => Audience {
                professionals: false,
                patient: true,
            },
            "nobody" => Audience {
                professionals: false,
                patient: false,
            },
            _ => return None,
        },
        is_tolerant: match *mode {
            "strict" => false,
            "tolerant" => true,
            _ => return None,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An order made of seven letters, in the order of the matrix.
    fn order(flags: &str) -> Order {
        let flags: Vec<bool> = flags.chars().map(|flag| flag == 'Y').collect();
        let [a, b, c, d, e, f, g] = flags[..] else {
            panic!("seven flags")
        };
        Order {
            marks: Marks {
                is_masked: a,
                is_hidden_from_patient: b,
                is_hidden_from_representatives: c,
            },
            is_secret: d,
            to_shared_record: e,
            to_professionals: f,
            to_patient: g,
        }
    }

    #[test]
    fn only_the_lines_of_the_matrix_let_a_document_leave() {
        let matrix = Matrix::embedded();
        let both = Audience {
            professionals: true,
            patient: true,
        };
        let professionals = Audience {
            professionals: true,
            patient: false,
        };
        let patient = Audience {
            professionals: false,
            patient: true,
        };
        for (flags, strict, tolerant) in [
            ("NNNNNYY", Ok(both), Ok(both)),
            ("NNNYYYY", Ok(both), Ok(both)),
            ("NYNNNYN", Ok(professionals), Ok(professionals)),
            ("NNNNNYN", Err(NotAllowed), Ok(professionals)),
            ("YNNNNNY", Ok(patient), Ok(patient)),
            ("NNYNNNY", Ok(patient), Ok(patient)),
            // Hidden from the patient, and to the patient.
            ("NYNNNYY", Err(NotAllowed), Err(NotAllowed)),
            ("NYNNNNY", Err(NotAllowed), Err(NotAllowed)),
            // Masked to professionals, and to them.
            ("YNNNNYN", Err(NotAllowed), Err(NotAllowed)),
            ("YNNNNYY", Err(NotAllowed), Err(NotAllowed)),
            // Hidden from representatives, and to everybody.
            ("NNYNNYY", Err(NotAllowed), Err(NotAllowed)),
            ("NNYNNYN", Err(NotAllowed), Err(NotAllowed)),
            // A secret encounter, or one for the shared record, and to the patient alone.
            ("NNNYNNY", Err(NotAllowed), Err(NotAllowed)),
            ("NNNNYNY", Err(NotAllowed), Err(NotAllowed)),
        ] {
            assert_eq!(
                matrix.audience(order(flags), Mode::Strict),
                strict,
                "{flags} strict"
            );
            assert_eq!(
                matrix.audience(order(flags), Mode::Tolerant),
                tolerant,
                "{flags} tolerant"
            );
        }
    }

    #[test]
    fn no_combination_writes_to_somebody_whom_the_document_is_hidden_from() {
        let matrix = Matrix::embedded();
        for bits in 0..128_u32 {
            let flags: String = (0..7)
                .map(|at| if bits >> at & 1 == 1 { 'Y' } else { 'N' })
                .collect();
            let order = order(&flags);
            if let Ok(audience) = matrix.audience(order, Mode::Tolerant) {
                assert!(
                    !(audience.patient && order.marks.is_hidden_from_patient),
                    "{flags}"
                );
                assert!(
                    !(audience.professionals && order.marks.is_masked),
                    "{flags}"
                );
                assert!(!audience.patient || order.to_patient, "{flags}");
                assert!(!audience.professionals || order.to_professionals, "{flags}");
            }
        }
    }

    #[test]
    fn marks_are_read_back_in_both_spellings() {
        for bits in 0..8 {
            let marks = Marks {
                is_masked: bits & 1 != 0,
                is_hidden_from_patient: bits & 2 != 0,
                is_hidden_from_representatives: bits & 4 != 0,
            };
            assert_eq!(Marks::of_codes(marks.codes()), marks);
        }
        assert!(Marks::of_codes(["N", "INVISIBLE_REP_LEGAUX"]).is_hidden_from_representatives);
    }

    #[test]
    fn a_line_that_cannot_be_read_is_named() {
        assert!(matches!(
            Matrix::read("head\na,N,N\n"),
            Err(InvalidMatrix(2))
        ));
        assert!(matches!(
            Matrix::read("# x\nhead\na,N,N,N,?,*,Y,Y,patient,strict\n"),
            Err(InvalidMatrix(3))
        ));
    }
}
