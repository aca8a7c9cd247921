//! What can be wrong with a release of national lists.

use std::{
    collections::{HashMap, HashSet},
    str::Utf8Error,
};

use super::{
    Concept, FileFinding, Release, ValueSet,
    release::{ReleasedCode, ReleasedList},
};
use crate::finding::{Bilingual, Finding};

/// A list that loses more than one code in that many was cut, not revised: national lists end a
/// code with a date, and value sets lose a few codes at a time.
const LOST_IS_CUT: usize = 2;

pub(super) fn at(file: &str, finding: Finding) -> FileFinding {
    FileFinding {
        file: file.to_owned(),
        finding,
    }
}

/// What is wrong with a list taken alone, and beside the one that it replaces.
pub(super) fn of_list(list: &ReleasedList, known: &ValueSet) -> Vec<FileFinding> {
    let mut found = Vec::new();
    let mut seen: HashMap<(&str, &str), &ReleasedCode> = HashMap::new();
    for (rank, code) in list.codes.iter().enumerate() {
        if [&code.code, &code.system, &code.display]
            .iter()
            .any(|part| part.is_empty())
        {
            found.push(empty_code(rank, &code.code));
        }
        if let (Some(from), Some(to)) = (code.from, code.to)
            && to < from
        {
            found.push(ends_before(&code.code, &from.to_string(), &to.to_string()));
        }
        let first = seen.entry((&code.system, &code.code)).or_insert(code);
        if *first != code {
            found.push(contradiction(&code.code, &first.display, &code.display));
        }
    }
    if !found.is_empty() {
        return found.into_iter().map(|one| at(&list.file, one)).collect();
    }
    let codes: HashSet<&str> = list.codes.iter().map(|code| code.code.as_str()).collect();
    let is_lost = |concept: &&Concept| !codes.contains(concept.code.as_str());
    let lost = known.concepts().iter().filter(is_lost).count();
    if lost * LOST_IS_CUT > known.concepts().len() {
        return vec![at(
            &list.file,
            cut(&list.name, lost, known.concepts().len()),
        )];
    }
    Vec::new()
}

fn fault(place: impl Into<String>, message: Bilingual, cure: Bilingual) -> Finding {
    Finding::error("MAP-RELEASE", place, message, cure)
}

fn fetch_again() -> Bilingual {
    Bilingual::new(
        "Téléchargez de nouveau le fichier et comparez sa taille à celle annoncée.",
        "Download the file again and compare its size with the one announced.",
    )
}

pub(super) fn broken_json(error: &serde_json::Error) -> Box<Finding> {
    let (fr, en) = if error.is_eof() {
        (
            "Le fichier s'arrête au milieu",
            "The file stops in the middle",
        )
    } else {
        ("Ce n'est pas du JSON lisible", "This is not readable JSON")
    };
    let finding = fault(
        "",
        Bilingual::new(format!("{fr} : {error}."), format!("{en}: {error}.")),
        fetch_again(),
    );
    Box::new(Finding {
        line: u64::try_from(error.line()).ok(),
        column: u64::try_from(error.column()).ok(),
        ..finding
    })
}

pub(super) fn broken_xml(text: &str, offset: u64, reason: &str) -> Box<Finding> {
    let end = usize::try_from(offset)
        .unwrap_or(usize::MAX)
        .min(text.len());
    let before = &text.as_bytes()[..end];
    let lines = before.iter().filter(|byte| **byte == b'\n').count();
    let column = before
        .iter()
        .rev()
        .take_while(|byte| **byte != b'\n')
        .count();
    let finding = fault(
        "",
        Bilingual::new(
            format!("Ce n'est pas du XML entier : {reason}."),
            format!("This is not whole XML: {reason}."),
        ),
        fetch_again(),
    );
    Box::new(Finding {
        line: u64::try_from(lines + 1).ok(),
        column: u64::try_from(column + 1).ok(),
        ..finding
    })
}

pub(super) fn not_text(bytes: &[u8], error: Utf8Error) -> Box<Finding> {
    let before = &bytes[..error.valid_up_to()];
    let lines = before.iter().filter(|byte| **byte == b'\n').count();
    let finding = fault(
        "",
        Bilingual::new(
            "Le fichier n'est pas en UTF-8.",
            "The file is not in UTF-8.",
        ),
        Bilingual::new(
            "Donnez les fichiers tels que publiés, décompressés.",
            "Give the files as published, unpacked.",
        ),
    );
    Box::new(Finding {
        line: u64::try_from(lines + 1).ok(),
        ..finding
    })
}

pub(super) fn unknown_format() -> Box<Finding> {
    Box::new(fault(
        "",
        Bilingual::new(
            "Ce n'est ni du FHIR en JSON ni du SVS en XML.",
            "This is neither FHIR in JSON nor SVS in XML.",
        ),
        Bilingual::new(
            "Donnez des CodeSystem, ValueSet ou Bundle en JSON, ou les XML du kit CI-SIS.",
            "Give CodeSystem, ValueSet or Bundle in JSON, or the XML of the CI-SIS kit.",
        ),
    ))
}

pub(super) fn other_resource(kind: &str) -> Box<Finding> {
    Box::new(fault(
        "resourceType",
        Bilingual::new(
            format!("« {kind} » n'est pas une liste de codes."),
            format!("\"{kind}\" is not a list of codes."),
        ),
        Bilingual::new(
            "Donnez des CodeSystem, des ValueSet, ou un Bundle qui en contient.",
            "Give CodeSystem or ValueSet resources, or a Bundle that holds some.",
        ),
    ))
}

pub(super) fn other_document(root: &str) -> Box<Finding> {
    Box::new(fault(
        format!("/{root}"),
        Bilingual::new(
            format!("La racine « {root} » n'est pas RetrieveValueSetResponse."),
            format!("The root \"{root}\" is not RetrieveValueSetResponse."),
        ),
        Bilingual::new(
            "Donnez les fichiers de jeux de valeurs du kit CI-SIS.",
            "Give the value set files of the CI-SIS kit.",
        ),
    ))
}

pub(super) fn not_complete(content: &str) -> Box<Finding> {
    Box::new(fault(
        "CodeSystem.content",
        Bilingual::new(
            format!("La liste n'est pas entière : content vaut « {content} »."),
            format!("The list is not whole: content is \"{content}\"."),
        ),
        Bilingual::new(
            "Donnez la terminologie complète (content = complete).",
            "Give the complete code system (content = complete).",
        ),
    ))
}

pub(super) fn other_count(place: &str, told: usize, found: usize) -> Box<Finding> {
    Box::new(fault(
        place,
        Bilingual::new(
            format!("La liste annonce {told} codes et en contient {found}."),
            format!("The list announces {told} codes and holds {found}."),
        ),
        fetch_again(),
    ))
}

pub(super) fn not_listed() -> Box<Finding> {
    Box::new(fault(
        "ValueSet.compose.include",
        Bilingual::new(
            "Les codes de ce jeu de valeurs ne sont pas énumérés.",
            "The codes of this value set are not listed.",
        ),
        Bilingual::new(
            "Donnez le résultat d'un $expand, ou un compose qui énumère les codes sans exclude.",
            "Give the result of $expand, or a compose that lists the codes without exclude.",
        ),
    ))
}

fn empty_code(rank: usize, code: &str) -> Finding {
    fault(
        format!("concept[{rank}]"),
        Bilingual::new(
            format!("Le code « {code} » n'a pas de code, de système ou de libellé."),
            format!("The code \"{code}\" lacks its code, its system or its label."),
        ),
        fetch_again(),
    )
}

fn ends_before(code: &str, from: &str, to: &str) -> Finding {
    fault(
        "dateFin",
        Bilingual::new(
            format!("Le code {code} finit le {to}, avant de commencer le {from}."),
            format!("The code {code} ends on {to}, before it begins on {from}."),
        ),
        Bilingual::new(
            "Signalez-le à l'éditeur de la liste : cette version ne peut pas être reprise.",
            "Tell the publisher of the list: this version cannot be taken.",
        ),
    )
}

fn contradiction(code: &str, one: &str, other: &str) -> Finding {
    fault(
        "concept",
        Bilingual::new(
            format!("Le code {code} figure deux fois et se contredit : « {one} », « {other} »."),
            format!("The code {code} stands twice and contradicts itself: \"{one}\", \"{other}\"."),
        ),
        Bilingual::new(
            "Signalez-le à l'éditeur de la liste : cette version ne peut pas être reprise.",
            "Tell the publisher of the list: this version cannot be taken.",
        ),
    )
}

fn cut(name: &str, lost: usize, of: usize) -> Finding {
    fault(
        name,
        Bilingual::new(
            format!("{lost} codes sur {of} manquent : la liste a été coupée."),
            format!("{lost} codes of {of} are missing: the list was cut."),
        ),
        fetch_again(),
    )
}

pub(super) fn given_twice(list: &ReleasedList, first: &ReleasedList) -> FileFinding {
    let finding = fault(
        list.name.as_str(),
        Bilingual::new(
            format!(
                "La liste {} est aussi dans {}, autrement.",
                list.name, first.file
            ),
            format!(
                "The list {} stands in {} too, otherwise.",
                list.name, first.file
            ),
        ),
        Bilingual::new(
            "Gardez l'un des deux fichiers.",
            "Keep one of the two files.",
        ),
    );
    at(&list.file, finding)
}

pub(super) fn nothing_newer(files: &[(String, Vec<u8>)], release: &Release) -> FileFinding {
    let (older, unused) = (release.older.len(), release.unused.len());
    let finding = fault(
        "",
        Bilingual::new(
            format!(
                "Rien à reprendre : {older} liste(s) plus anciennes que celles en service, {unused} que rien n'utilise."
            ),
            format!(
                "Nothing to take: {older} list(s) older than those in use, {unused} that nothing uses."
            ),
        ),
        Bilingual::new(
            "`passerelle mapping coverage` nomme les listes en service et leur version.",
            "`passerelle mapping coverage` names the lists in use and their version.",
        ),
    );
    let file = files.first().map_or("", |(name, _)| name);
    at(file, finding)
}
