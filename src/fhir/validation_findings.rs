//! What validation says, in two languages: one sentence each fault, and its cure. Values are never
//! repeated.

use super::validate_primitive::PrimitiveFault;
use crate::finding::{Bilingual, Finding, FindingKind};

fn fault(
    rule: &'static str,
    kind: FindingKind,
    place: &str,
    message: Bilingual,
    cure: Bilingual,
) -> Finding {
    Finding::error(rule, place, message, cure).of_kind(kind)
}

fn structure(place: &str, message: Bilingual, cure: Bilingual) -> Finding {
    fault("G1", FindingKind::Structure, place, message, cure)
}

fn see_specification() -> Bilingual {
    Bilingual::new(
        "Voir la définition du type dans FHIR R4.",
        "See the definition of the type in FHIR R4.",
    )
}

pub(super) fn unknown_resource(place: &str) -> Finding {
    structure(
        place,
        Bilingual::new(
            "resourceType manque, ou n'est pas un type de ressource connu ici.",
            "resourceType is missing, or is no type of resource that is known here.",
        ),
        Bilingual::new(
            "Donnez le nom d'un type de FHIR R4.",
            "Give the name of a type of FHIR R4.",
        ),
    )
}

pub(super) fn unknown_element<'n>(
    place: &str,
    key: &str,
    known: impl Iterator<Item = &'n str>,
) -> Finding {
    let nearest = known
        .map(|name| (strsim::jaro_winkler(name, key), name))
        .max_by(|a, b| a.0.total_cmp(&b.0));
    let is_plain = key.len() <= 64
        && key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let shown = if is_plain { key } else { "?" };
    let cure = match nearest {
        Some((_, nearest)) => Bilingual::new(
            format!(
                "Le nom connu le plus proche est « {nearest} » ; ce que FHIR ne prévoit pas va dans une extension."
            ),
            format!(
                "The nearest known name is \"{nearest}\"; what FHIR does not foresee goes into an extension."
            ),
        ),
        None => see_specification(),
    };
    structure(
        &format!("{place}.{shown}"),
        Bilingual::new(
            "Cet élément n'existe pas à cet endroit.",
            "There is no such element at this place.",
        ),
        cure,
    )
}

pub(super) fn empty(place: &str) -> Finding {
    structure(
        place,
        Bilingual::new(
            "Valeur vide : FHIR n'admet ni null, ni texte, tableau ou objet vide.",
            "Empty value: FHIR allows no null and no empty text, array or object.",
        ),
        Bilingual::new(
            "Ôtez l'élément, ou donnez-lui une valeur.",
            "Take the element out, or give it a value.",
        ),
    )
}

pub(super) fn two_types(place: &str) -> Finding {
    structure(
        place,
        Bilingual::new(
            "Cet élément figure sous deux types.",
            "This element stands under two types.",
        ),
        Bilingual::new("Gardez-en un.", "Keep one."),
    )
}

pub(super) fn not_a_list(place: &str) -> Finding {
    structure(
        place,
        Bilingual::new(
            "Cet élément peut se répéter : un tableau est attendu.",
            "This element may repeat: an array is expected.",
        ),
        Bilingual::new(
            "Mettez la valeur entre crochets.",
            "Put the value between brackets.",
        ),
    )
}

pub(super) fn not_single(place: &str) -> Finding {
    structure(
        place,
        Bilingual::new(
            "Cet élément ne se répète pas : pas de tableau.",
            "This element does not repeat: no array.",
        ),
        Bilingual::new(
            "Donnez la valeur sans crochets.",
            "Give the value without brackets.",
        ),
    )
}

pub(super) fn wrong_type(place: &str, kind: &str) -> Finding {
    structure(
        place,
        Bilingual::new(
            format!("Un objet de type {kind} est attendu."),
            format!("An object of type {kind} is expected."),
        ),
        see_specification(),
    )
}

pub(super) fn bad_twin(place: &str) -> Finding {
    structure(
        place,
        Bilingual::new(
            "Ce qui accompagne une valeur simple (« _nom ») ne porte que id et extension, aligné sur elle.",
            "What goes with a simple value (\"_name\") holds id and extension only, in line with it.",
        ),
        see_specification(),
    )
}

pub(super) fn bad_primitive(place: &str, kind: &str, fault: PrimitiveFault) -> Finding {
    let (fr, en) = match fault {
        PrimitiveFault::JsonType => (
            format!("La valeur n'est pas du type JSON d'un {kind}."),
            format!("The value is not of the JSON type of a {kind}."),
        ),
        PrimitiveFault::Form => (
            format!("La valeur n'a pas la forme d'un {kind}."),
            format!("The value does not have the form of a {kind}."),
        ),
        PrimitiveFault::Range => (
            format!("La valeur a la forme d'un {kind}, mais n'existe pas ou dépasse les bornes."),
            format!("The value has the form of a {kind}, but does not exist or is out of range."),
        ),
        PrimitiveFault::Narrative => (
            "Le texte n'est pas un div XHTML simple et sans script.".to_owned(),
            "The narrative is no plain XHTML div without script.".to_owned(),
        ),
    };
    self::fault(
        if fault == PrimitiveFault::Narrative {
            "G15"
        } else {
            "G1"
        },
        FindingKind::Value,
        place,
        Bilingual::new(fr, en),
        Bilingual::new(
            "Voir « Data Types » dans FHIR R4 : forme et bornes de chaque type.",
            "See \"Data Types\" in FHIR R4: form and range of each type.",
        ),
    )
}

pub(super) fn not_of_closed_list(place: &str, codes: &[Box<str>]) -> Finding {
    let list = codes.join(", ");
    fault(
        "G9",
        FindingKind::CodeInvalid,
        place,
        Bilingual::new(
            "Ce code n'est pas de la liste fermée.",
            "This code is not of the closed list.",
        ),
        Bilingual::new(
            format!("Codes admis : {list}."),
            format!("Allowed codes: {list}."),
        ),
    )
}

pub(super) fn value_and_extensions(place: &str) -> Finding {
    fault(
        "ext-1",
        FindingKind::Invariant,
        place,
        Bilingual::new(
            "Une extension porte une valeur ou des extensions, pas les deux.",
            "An extension holds a value or extensions, not both.",
        ),
        Bilingual::new("Gardez l'un des deux.", "Keep one of the two."),
    )
}

pub(super) fn neither_value_nor_extensions(place: &str) -> Finding {
    fault(
        "ext-1",
        FindingKind::Invariant,
        place,
        Bilingual::new(
            "Cette extension ne dit rien.",
            "This extension says nothing.",
        ),
        Bilingual::new(
            "Donnez value[x] ou des extensions.",
            "Give value[x] or extensions.",
        ),
    )
}

pub(super) fn not_contained(place: &str) -> Finding {
    fault(
        "ref-1",
        FindingKind::Invariant,
        place,
        Bilingual::new(
            "Aucune ressource incluse n'a cet identifiant.",
            "No contained resource has that id.",
        ),
        Bilingual::new(
            "Ajoutez-la à contained, ou corrigez la référence.",
            "Add it to contained, or correct the reference.",
        ),
    )
}

pub(super) fn wrong_target(place: &str, targets: &[Box<str>]) -> Finding {
    let list = targets.join(", ");
    fault(
        "G13",
        FindingKind::Value,
        place,
        Bilingual::new(
            "La référence pointe vers un type qui n'est pas admis ici.",
            "The reference points to a type that is not allowed here.",
        ),
        Bilingual::new(
            format!("Types admis : {list}."),
            format!("Allowed types: {list}."),
        ),
    )
}

pub(super) fn invariant(key: &'static str, place: &str, message: &Bilingual) -> Finding {
    fault(
        key,
        FindingKind::Invariant,
        place,
        message.clone(),
        Bilingual::new(
            "Corrigez l'un des éléments que la règle nomme.",
            "Correct one of the elements that the rule names.",
        ),
    )
}

pub(super) fn too_few(rule: &'static str, place: &str, min: usize, found: usize) -> Finding {
    fault(
        rule,
        FindingKind::Required,
        place,
        Bilingual::new(
            format!("Attendu au moins {min} fois ; trouvé {found} fois."),
            format!("Expected at least {min} times; found {found} times."),
        ),
        Bilingual::new("Ajoutez l'élément.", "Add the element."),
    )
}

pub(super) fn too_many(rule: &'static str, place: &str, max: usize, found: usize) -> Finding {
    fault(
        rule,
        FindingKind::Structure,
        place,
        Bilingual::new(
            format!("Attendu au plus {max} fois ; trouvé {found} fois."),
            format!("Expected at most {max} times; found {found} times."),
        ),
        Bilingual::new("Ôtez ce qui est en trop.", "Take out what is too much."),
    )
}

pub(super) fn not_fixed(rule: &'static str, place: &str, expected: &str) -> Finding {
    fault(
        rule,
        FindingKind::Value,
        place,
        Bilingual::new(
            "Le profil fixe une autre valeur.",
            "The profile fixes another value.",
        ),
        Bilingual::new(
            format!("Valeur attendue : {expected}."),
            format!("Expected value: {expected}."),
        ),
    )
}

pub(super) fn not_in_value_set(rule: &'static str, place: &str, list: &str) -> Finding {
    let name = list.rsplit('/').next().unwrap_or(list);
    fault(
        rule,
        FindingKind::CodeInvalid,
        place,
        Bilingual::new(
            format!("Aucun code de la liste {name}."),
            format!("No code of the list {name}."),
        ),
        Bilingual::new(
            format!("Prenez un code de {list}, système et code."),
            format!("Take a code of {list}, system and code."),
        ),
    )
}

pub(super) fn withdrawn_code(rule: &'static str, place: &str, list: &str) -> Finding {
    let name = list.rsplit('/').next().unwrap_or(list);
    Finding::warning(
        rule,
        place,
        Bilingual::new(
            format!("Ce code n'est plus, ou pas encore, en vigueur dans la liste {name}."),
            format!("This code is no longer, or not yet, in force in the list {name}."),
        ),
        Bilingual::new(
            "Prenez un code en vigueur.",
            "Take a code that is in force.",
        ),
    )
    .of_kind(FindingKind::CodeInvalid)
}

pub(super) fn other_label(place: &str, label: &str) -> Finding {
    Finding::warning(
        "G10",
        place,
        Bilingual::new(
            "Ce libellé n'est pas celui du code.",
            "This label is not that of the code.",
        ),
        Bilingual::new(
            format!("Libellé du code : {label}."),
            format!("Label of the code: {label}."),
        ),
    )
    .of_kind(FindingKind::Value)
}

pub(super) fn type_not_allowed(rule: &'static str, place: &str, types: &str) -> Finding {
    fault(
        rule,
        FindingKind::Structure,
        place,
        Bilingual::new(
            "Le profil n'admet pas ce type ici.",
            "The profile does not allow this type here.",
        ),
        Bilingual::new(
            format!("Types admis : {types}."),
            format!("Allowed types: {types}."),
        ),
    )
}

pub(super) fn unknown_profile(place: &str) -> Finding {
    Finding::warning(
        "G3",
        place,
        Bilingual::new(
            "Ce profil n'est pas connu ici : il n'est pas vérifié.",
            "This profile is not known here: it is not checked.",
        ),
        Bilingual::new(
            "Les profils connus sont donnés par /fhir/metadata.",
            "The known profiles are given by /fhir/metadata.",
        ),
    )
}

pub(super) fn unknown_extension(rule: &'static str, place: &str) -> Finding {
    Finding::warning(
        rule,
        place,
        Bilingual::new(
            "Cette extension du ROR n'est pas connue ici : elle est gardée telle quelle.",
            "This extension of the ROR is not known here: it is kept as it is.",
        ),
        Bilingual::new(
            "Vérifiez son adresse et sa place ; une version plus récente du guide peut la définir.",
            "Check its URL and its place; a newer version of the guide may define it.",
        ),
    )
}
