//! Reading the cells that say where a structure is and how to reach it.

use serde_json::Number;
use time::{Date, format_description::BorrowedFormatItem, macros::format_description};

use super::{OfferForm, offer_reading::Reading};
use crate::{
    finding::Bilingual,
    identifiers::{InvalidFiness, InvalidStructureNumber, MssanteAddress, StructureNumber},
};

impl Reading<'_> {
    /// The number of the structure: FINESS, else another, of which the register is told.
    pub(super) fn structure(&mut self, form: &OfferForm) -> Option<StructureNumber> {
        let mistake = match form.structure_number() {
            Ok(number) => {
                if !matches!(number, StructureNumber::Finess(_)) {
                    self.warn(
                        "CSV-NO-FINESS",
                        "structure_finess",
                        Bilingual::new(
                            "Sans numéro FINESS, cette structure figure dans l'annuaire de la région et n'est pas connue du répertoire national (ROR).",
                            "Without a FINESS number, this structure is listed in the directory of the region and the national register (ROR) does not know it.",
                        ),
                        Bilingual::new(
                            "Donnez le numéro FINESS quand la structure en a un.",
                            "Give the FINESS number when the structure has one.",
                        ),
                    );
                }
                return Some(number);
            }
            Err(InvalidStructureNumber::Missing) => {
                self.required("structure_finess", "");
                return None;
            }
            Err(mistake) => mistake,
        };
        let (rule, column, said, cure) = match &mistake {
            InvalidStructureNumber::Finess(InvalidFiness::Form) => (
                "CSV-FINESS",
                "structure_finess",
                "Ce n'est pas un numéro FINESS valide.",
                Bilingual::new(
                    "Écrivez les neuf caractères ; si le tableur a ôté un zéro en tête, mettez la colonne au format texte.",
                    "Write the nine characters; if the spreadsheet dropped a leading zero, format the column as text.",
                ),
            ),
            InvalidStructureNumber::Finess(InvalidFiness::Key) => (
                "CSV-FINESS",
                "structure_finess",
                "Ce n'est pas un numéro FINESS valide.",
                Bilingual::new(
                    "Un chiffre a été mal recopié : reprenez le numéro sur finess.esante.gouv.fr.",
                    "A digit was mistyped: look the number up on finess.esante.gouv.fr.",
                ),
            ),
            InvalidStructureNumber::Missing
            | InvalidStructureNumber::Form
            | InvalidStructureNumber::Siret(_)
            | InvalidStructureNumber::Siren(_)
            | InvalidStructureNumber::Rna(_) => (
                "CSV-STRUCTURE-NUMBER",
                "structure_numero",
                "Ce n'est pas un numéro SIRET, SIREN ou RNA valide.",
                Bilingual::new(
                    "Écrivez les quatorze chiffres du SIRET, les neuf du SIREN, ou le W et les neuf chiffres du RNA, tels que le récépissé ou l'avis de situation les donne.",
                    "Write the fourteen digits of the SIRET, the nine of the SIREN, or the W and nine digits of the RNA number, as the official notice gives them.",
                ),
            ),
        };
        self.refuse(
            rule,
            column,
            Bilingual::new(said, mistake.to_string()),
            cure,
        );
        None
    }

    pub(super) fn structure_type(&mut self, cell: &str) -> Option<String> {
        let text = cell.trim();
        if text.is_empty() {
            return None;
        }
        let terminology = self.rules.terminology;
        if let Some(code) = terminology.facet_of("STR", text) {
            return Some(code.to_owned());
        }
        let nearest = terminology.suggest_facet("STR", text).unwrap_or("STR-ASSO");
        self.warn(
            "CSV-STRUCTURE-TYPE",
            "structure_type",
            Bilingual::new(
                format!("Le type de structure « {text} » n'est pas connu : il n'est pas repris."),
                format!("The kind of structure \"{text}\" is not known: it is left out."),
            ),
            Bilingual::new(
                format!("Choisissez dans la liste ; le plus proche est « {nearest} »."),
                format!("Choose from the list; the nearest is \"{nearest}\"."),
            ),
        );
        None
    }

    pub(super) fn postal_code(&mut self, cell: &str) -> Option<String> {
        let text = self.required("code_postal", cell)?;
        if text.len() == 5 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Some(text);
        }
        self.refuse(
            "CSV-POSTAL-CODE",
            "code_postal",
            Bilingual::new(
                "Un code postal a cinq chiffres.",
                "A postal code has five digits.",
            ),
            Bilingual::new(
                "Complétez-le ; si le tableur a ôté un zéro en tête, mettez la colonne au format texte.",
                "Complete it; if the spreadsheet dropped a leading zero, format the column as text.",
            ),
        );
        None
    }

    /// **Source:** INSEE, code officiel géographique: five digits, `2A` or `2B` at the head in Corsica.
    pub(super) fn insee_code(&mut self, cell: &str) -> Option<String> {
        let text = self.required("commune_insee", cell)?.to_uppercase();
        let digits = text
            .strip_prefix("2A")
            .or_else(|| text.strip_prefix("2B"))
            .unwrap_or(&text);
        let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit());
        if text.len() == 5 && is_plain {
            return Some(text);
        }
        self.refuse(
            "CSV-COMMUNE",
            "commune_insee",
            Bilingual::new(
                "Un code INSEE de commune a cinq caractères (2A ou 2B en tête pour la Corse).",
                "An INSEE code of a commune has five characters (2A or 2B at the head in Corsica).",
            ),
            Bilingual::new(
                "Ce n'est pas le code postal : cherchez la commune sur insee.fr.",
                "It is not the postal code: look the commune up on insee.fr.",
            ),
        );
        None
    }

    pub(super) fn position(&mut self, latitude: &str, longitude: &str) -> Option<(Number, Number)> {
        if latitude.trim().is_empty() && longitude.trim().is_empty() {
            return None;
        }
        let read = |cell: &str, limit: f64| {
            let text = cell.trim().replace(',', ".");
            let is_plain = text
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b'-');
            let is_within = text.parse::<f64>().is_ok_and(|value| value.abs() <= limit);
            (is_plain && is_within)
                .then(|| text.parse::<Number>().ok())
                .flatten()
        };
        match (read(latitude, 90.0), read(longitude, 180.0)) {
            (Some(latitude), Some(longitude)) => Some((latitude, longitude)),
            _ => {
                self.refuse(
                    "CSV-POSITION",
                    "latitude",
                    Bilingual::new(
                        "Latitude et longitude vont ensemble, en degrés décimaux.",
                        "Latitude and longitude go together, in decimal degrees.",
                    ),
                    Bilingual::new(
                        "Par exemple 48.3904 et -4.4861, ou laissez les deux cellules vides.",
                        "For example 48.3904 and -4.4861, or leave both cells empty.",
                    ),
                );
                None
            }
        }
    }

    /// Ten digits, spaces and dots aside; `+33` reads as `0`.
    pub(super) fn phone(&mut self, cell: &str) -> Option<String> {
        let text = cell.trim();
        if text.is_empty() {
            return None;
        }
        let plain: String = text
            .chars()
            .filter(|c| !matches!(c, ' ' | '.' | '-' | '\u{a0}' | '\u{202f}' | '(' | ')'))
            .collect();
        let national = match plain
            .strip_prefix("+33")
            .or_else(|| plain.strip_prefix("0033"))
        {
            Some(rest) => format!("0{}", rest.trim_start_matches('0')),
            None => plain,
        };
        let is_short = (3..=4).contains(&national.len());
        let is_full = national.len() == 10 && national.starts_with('0');
        if (is_short || is_full) && national.bytes().all(|byte| byte.is_ascii_digit()) {
            return Some(national);
        }
        self.refuse(
            "CSV-PHONE",
            "telephone",
            Bilingual::new(
                "Ce n'est pas un numéro de téléphone français.",
                "This is not a French telephone number.",
            ),
            Bilingual::new(
                "Écrivez un seul numéro de dix chiffres ; si le zéro en tête manque, mettez la colonne au format texte.",
                "Write one number of ten digits; if the leading zero is missing, format the column as text.",
            ),
        );
        None
    }

    pub(super) fn mailbox(&mut self, cell: &str) -> Option<MssanteAddress> {
        let text = cell.trim();
        if text.is_empty() {
            return None;
        }
        match text.parse() {
            Ok(address) => Some(address),
            Err(mistake) => {
                self.refuse(
                    "CSV-MAILBOX",
                    "messagerie_securisee",
                    Bilingual::new(
                        "Ce n'est pas une adresse de messagerie.",
                        format!("This is not a mail address: {mistake}."),
                    ),
                    Bilingual::new(
                        "Écrivez une seule adresse MSSanté, ou laissez la cellule vide.",
                        "Write one MSSanté address, or leave the cell empty.",
                    ),
                );
                None
            }
        }
    }

    /// Only `http` and `https`: the address becomes a link on a public page.
    pub(super) fn website(&mut self, cell: &str) -> Option<String> {
        let text = cell.trim();
        if text.is_empty() {
            return None;
        }
        let url = if text.to_ascii_lowercase().starts_with("www.") {
            format!("https://{text}")
        } else {
            text.to_owned()
        };
        let host = url
            .strip_prefix("https://")
            .or_else(|| url.strip_prefix("http://"));
        let is_url = host.is_some_and(|host| host.contains('.') && !host.starts_with('.'))
            && !url.contains(|c: char| c.is_whitespace() || c.is_control() || "<>\"'".contains(c));
        if is_url {
            return Some(url);
        }
        self.refuse(
            "CSV-WEBSITE",
            "site_web",
            Bilingual::new(
                "Ce n'est pas une adresse web.",
                "This is not a web address.",
            ),
            Bilingual::new(
                "Elle commence par https:// ou http://, ou laissez la cellule vide.",
                "It starts with https:// or http://, or leave the cell empty.",
            ),
        );
        None
    }

    pub(super) fn verified_on(&mut self, cell: &str) -> Option<Date> {
        const ISO: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");
        const FRENCH: &[BorrowedFormatItem<'_>] = format_description!("[day]/[month]/[year]");
        let text = cell.trim();
        if text.is_empty() {
            self.warn(
                "CSV-VERIFIED",
                "verifie_le",
                Bilingual::new(
                    "La date de dernière vérification n'est pas donnée.",
                    "The day of the last verification is not given.",
                ),
                Bilingual::new(
                    "Notez-la : le public voit si une offre est à jour.",
                    "Write it: the public sees whether an offer is up to date.",
                ),
            );
            return None;
        }
        let date = Date::parse(text, ISO).or_else(|_| Date::parse(text, FRENCH));
        match date {
            Ok(date) if date <= self.rules.today => Some(date),
            Ok(_) => {
                self.refuse(
                    "CSV-VERIFIED",
                    "verifie_le",
                    Bilingual::new(
                        "Cette date est dans le futur.",
                        "This day is in the future.",
                    ),
                    Bilingual::new("Corrigez-la.", "Correct it."),
                );
                None
            }
            Err(_) => {
                self.refuse(
                    "CSV-VERIFIED",
                    "verifie_le",
                    Bilingual::new("Cette date n'est pas lisible.", "This date cannot be read."),
                    Bilingual::new(
                        "Écrivez-la 2026-10-05 ou 05/10/2026.",
                        "Write it 2026-10-05 or 05/10/2026.",
                    ),
                );
                None
            }
        }
    }
}
