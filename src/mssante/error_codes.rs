//! The codes with which servers and software refuse a mail or a document: what each one means, and
//! what there is to do.
//!
//! **Source:** ANS, volets *Transmission d'un document CDA en HL7 V2* (table `SMTPERRORCODE`) and *… par
//! courriel MSSanté* (table `applicationErrorCondition`); RFC 3463 for the codes of delivery reports.

use crate::finding::Bilingual;

/// What a refusal calls for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Passerelle tries again by itself.
    Wait,
    /// The operator or the settings: nothing leaves until it is mended.
    Settings,
    /// Another mailbox of the physician.
    Address,
    /// The report, at its source.
    Report,
    /// Whether it is the right patient: never sent again by software.
    Identity,
    /// A person must look.
    Person,
}

/// Why something was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusalReason {
    /// What the code means.
    pub meaning: Bilingual,
    /// What it calls for.
    pub remedy: Remedy,
}

impl Remedy {
    /// What there is to do.
    #[must_use]
    pub fn advice(self) -> Bilingual {
        match self {
            Self::Wait => Bilingual::new(
                "rien à faire : l'envoi est retenté ; si cela dure, écrire à une autre boîte",
                "nothing to do: it is tried again; if it lasts, write to another mailbox",
            ),
            Self::Settings => Bilingual::new(
                "vérifier le compte, le certificat et les réglages auprès de l'opérateur",
                "check the account, the certificate and the settings with the operator",
            ),
            Self::Address => Bilingual::new(
                "chercher une autre boîte sécurisée du médecin, sinon imprimer la lettre",
                "look for another secure mailbox of the physician, else print the letter",
            ),
            Self::Report => Bilingual::new(
                "faire corriger le compte rendu à la source et envoyer une nouvelle version",
                "have the report mended at its source and send a new version",
            ),
            Self::Identity => Bilingual::new(
                "saisir l'identitovigilance ; ne pas renvoyer tant que l'identité n'est pas vérifiée",
                "call whoever watches over identities; do not send again before the identity is checked",
            ),
            Self::Person => Bilingual::new(
                "appeler le destinataire, ou écrire à une boîte lue par une personne",
                "call the recipient, or write to a mailbox that a person reads",
            ),
        }
    }
}

type Row = (u16, &'static str, &'static str, Remedy);

/// Refusals of a recipient's software.
const SOFTWARE: [Row; 7] = [
    (
        900,
        "la version visée n'est pas la dernière connue du destinataire",
        "the version meant is not the latest one that the recipient knows",
        Remedy::Report,
    ),
    (
        901,
        "l'émetteur n'a pas le droit de remplacer ou supprimer ce document",
        "the sender may not replace or delete this document",
        Remedy::Report,
    ),
    (
        902,
        "patient inconnu du destinataire",
        "patient unknown to the recipient",
        Remedy::Person,
    ),
    (
        903,
        "le document ne porte pas d'INS",
        "the document bears no INS",
        Remedy::Report,
    ),
    (
        904,
        "l'INS du document ne correspond pas à celle du destinataire",
        "the INS of the document is not the recipient's",
        Remedy::Identity,
    ),
    (
        905,
        "l'INS est là, mais ses traits sont incomplets",
        "the INS is there, but its traits are incomplete",
        Remedy::Report,
    ),
    (
        906,
        "autre refus du logiciel",
        "another refusal of the software",
        Remedy::Person,
    ),
];

/// Refusals of mail servers.
const SERVERS: [Row; 29] = [
    (
        101,
        "le serveur ne peut pas être joint",
        "the server cannot be reached",
        Remedy::Wait,
    ),
    (111, "connexion refusée", "connection refused", Remedy::Wait),
    (
        251,
        "destinataire non local : le courriel est relayé",
        "recipient not local: the mail is relayed",
        Remedy::Wait,
    ),
    (
        252,
        "destinataire non vérifié : la remise est tentée",
        "recipient not verified: delivery is tried",
        Remedy::Wait,
    ),
    (
        420,
        "délai dépassé pendant le transfert",
        "time out during the transfer",
        Remedy::Wait,
    ),
    (
        421,
        "service indisponible",
        "service unavailable",
        Remedy::Wait,
    ),
    (
        422,
        "boîte du destinataire pleine",
        "the recipient's mailbox is full",
        Remedy::Wait,
    ),
    (
        431,
        "espace disque ou mémoire insuffisant",
        "out of disk or memory",
        Remedy::Wait,
    ),
    (
        432,
        "mot de passe à renouveler",
        "a password must be changed",
        Remedy::Settings,
    ),
    (
        441,
        "le serveur du destinataire ne répond pas",
        "the recipient's server does not answer",
        Remedy::Wait,
    ),
    (
        442,
        "connexion coupée pendant le transfert",
        "the connection was cut during the transfer",
        Remedy::Wait,
    ),
    (
        450,
        "boîte momentanément indisponible",
        "mailbox unavailable for now",
        Remedy::Wait,
    ),
    (
        451,
        "erreur de traitement",
        "error while processing",
        Remedy::Wait,
    ),
    (
        452,
        "ressources insuffisantes",
        "out of resources",
        Remedy::Wait,
    ),
    (
        500,
        "commande non comprise",
        "command not understood",
        Remedy::Settings,
    ),
    (
        501,
        "paramètre refusé",
        "parameter refused",
        Remedy::Settings,
    ),
    (
        502,
        "commande non prise en charge",
        "command not supported",
        Remedy::Settings,
    ),
    (
        503,
        "commandes dans un mauvais ordre",
        "commands out of order",
        Remedy::Settings,
    ),
    (
        504,
        "paramètre non pris en charge",
        "parameter not supported",
        Remedy::Settings,
    ),
    (510, "adresse incorrecte", "bad address", Remedy::Address),
    (
        512,
        "domaine du destinataire introuvable",
        "the recipient's domain does not exist",
        Remedy::Address,
    ),
    (
        513,
        "adresse mal écrite",
        "address misspelt",
        Remedy::Address,
    ),
    (
        523,
        "courriel trop grand pour le destinataire",
        "mail too large for the recipient",
        Remedy::Person,
    ),
    (
        530,
        "authentification exigée",
        "authentication required",
        Remedy::Settings,
    ),
    (
        541,
        "refusé par le destinataire (filtrage)",
        "refused by the recipient (filter)",
        Remedy::Person,
    ),
    (
        550,
        "boîte introuvable ou inaccessible",
        "mailbox not found or not accessible",
        Remedy::Address,
    ),
    (
        551,
        "destinataire non local : relais refusé",
        "recipient not local: relay refused",
        Remedy::Address,
    ),
    (
        552,
        "boîte du destinataire pleine",
        "the recipient's mailbox is full",
        Remedy::Address,
    ),
    (
        553,
        "nom de boîte refusé",
        "mailbox name refused",
        Remedy::Address,
    ),
];

/// The end of the list of servers: whatever else they refuse.
const TRANSACTION_FAILED: Row = (
    554,
    "transaction refusée par le serveur",
    "transaction refused by the server",
    Remedy::Person,
);

/// What a reason of the ledger means: `mdn-902`, `verify-902`, `dsn-5.1.1`, `smtp-550`; none when it is
/// no code.
#[must_use]
pub fn explain(reason: &str) -> Option<RefusalReason> {
    let (kind, code) = reason.split_once('-')?;
    let row = match kind {
        "mdn" | "verify" => SOFTWARE.iter().find(|row| Ok(row.0) == code.parse()),
        "dsn" => server(code_of_status(code)),
        "smtp" => server(code.parse().ok()?),
        _ => None,
    }?;
    Some(RefusalReason {
        meaning: Bilingual::new(row.1, row.2),
        remedy: row.3,
    })
}

/// Label of a refusal of software, in French: what an answer of ours says.
#[must_use]
pub fn software_label(code: u16) -> &'static str {
    SOFTWARE
        .iter()
        .find(|row| row.0 == code)
        .map_or("autre refus du logiciel", |row| row.1)
}

fn server(code: u16) -> Option<&'static Row> {
    static LAST: Row = TRANSACTION_FAILED;
    let class = code / 100;
    SERVERS
        .iter()
        .find(|row| row.0 == code)
        .or_else(|| SERVERS.iter().find(|row| class == 4 && row.0 == 451))
        .or((class == 5).then_some(&LAST))
}

/// The code of the table that an enhanced status stands for.
///
/// **Source:** RFC 3463.
fn code_of_status(status: &str) -> u16 {
    match status {
        "5.1.1" | "5.1.6" | "5.2.1" => 550,
        "5.1.2" | "5.4.4" => 512,
        "5.1.3" => 553,
        "5.7.1" => 541,
        "5.2.2" => 552,
        "5.2.3" | "5.3.4" => 523,
        "4.2.2" => 422,
        "4.3.1" => 431,
        "4.4.1" | "4.4.7" => 441,
        "4.4.2" => 442,
        other if other.starts_with('4') => 451,
        _ => 554,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remedy(reason: &str) -> Option<Remedy> {
        explain(reason).map(|reason| reason.remedy)
    }

    #[test]
    fn every_kind_of_refusal_says_what_to_do() {
        assert_eq!(remedy("mdn-904"), Some(Remedy::Identity));
        assert_eq!(remedy("verify-902"), Some(Remedy::Person));
        assert_eq!(remedy("dsn-5.1.1"), Some(Remedy::Address));
        assert_eq!(remedy("dsn-4.4.1"), Some(Remedy::Wait));
        assert_eq!(remedy("dsn-5.9.9"), Some(Remedy::Person));
        assert_eq!(remedy("smtp-530"), Some(Remedy::Settings));
        assert_eq!(remedy("smtp-499"), Some(Remedy::Wait));
        assert_eq!(remedy("smtp-599"), Some(Remedy::Person));
    }

    #[test]
    fn a_code_that_is_not_known_is_told_as_it_is() {
        for reason in [
            "mdn-950",
            "unreachable",
            "no-mailbox",
            "smtp-abc",
            "smtp-250",
        ] {
            assert_eq!(explain(reason), None, "{reason}");
        }
        assert_eq!(software_label(950), "autre refus du logiciel");
    }

    #[test]
    fn codes_stand_once_and_in_order() {
        for table in [&SOFTWARE[..], &SERVERS[..]] {
            assert!(table.is_sorted_by_key(|row| row.0));
        }
    }
}
