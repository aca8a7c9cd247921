//! What a release of national lists would change, as text.

use std::path::Path;

use passerelle::{
    flows::ReleaseImpact,
    terminology::{Change, ListChange},
};

use super::{
    findings::print_findings,
    language::{Words, say},
};

/// Codes of a list told one by one; added ones are counted beyond.
const SHOWN: usize = 30;

/// Prints it: lists and their codes, rows, offers, searches, documents, then what forbids it.
pub fn print_impact(impact: &ReleaseImpact, words: Words) {
    for list in &impact.lists {
        print_list(list, words);
    }
    say!(
        words,
        "\nLignes des correspondances touchées : {}",
        "\nRows of the maps touched: {}",
        impact.rows.len()
    );
    for row in &impact.rows {
        println!(
            "  {}:{}: {} → {} {} {}",
            row.file,
            row.line,
            row.source,
            row.list,
            row.code,
            meaning(&row.change, words)
        );
        if row.change.is_end() && !row.remaining.is_empty() {
            let others = words.choose("restent", "remaining");
            println!("      {others}: {}", row.remaining.join(", "));
        }
    }
    let effects = &impact.effects;
    say!(
        words,
        "\nOffres touchées : {}",
        "\nOffers touched: {}",
        effects.offers_count
    );
    for (kind, count) in &effects.others {
        println!("  {kind}: {count}");
    }
    for offer in &effects.offers {
        println!("  {} {} ({})", offer.id, offer.name, offer.codes.join(", "));
    }
    say!(
        words,
        "\nRecherches touchées : {}",
        "\nSearches touched: {}",
        effects.searches.len()
    );
    for search in &effects.searches {
        println!("  {:>6} {}", search.found, search.search);
    }
    say!(
        words,
        "\nCodes de comptes rendus touchés : {}",
        "\nCodes of reports touched: {}",
        effects.documents.len()
    );
    for documents in &effects.documents {
        println!("  {:>6} {}", documents.reports, documents.code);
        for id in documents.ids.iter().take(SHOWN) {
            println!("         {id}");
        }
    }
    for code in &effects.written_by_the_program {
        say!(
            words,
            "  écrit par Passerelle elle-même, à mettre à jour : {code}",
            "  written by Passerelle itself, to be updated: {code}"
        );
    }
    if !impact.older.is_empty() {
        say!(
            words,
            "\nPlus anciennes que celles en service, laissées : {}",
            "\nOlder than those in use, left: {}",
            impact.older.join(", ")
        );
    }
    if !impact.unused.is_empty() {
        say!(
            words,
            "\nListes que rien n'utilise ici, laissées : {}",
            "\nLists that nothing uses here, left: {}",
            impact.unused.len()
        );
    }
    for fault in &impact.faults {
        print_findings(
            Path::new(&fault.file),
            std::slice::from_ref(&fault.finding),
            words.0,
        );
    }
}

fn print_list(list: &ListChange, words: Words) {
    println!(
        "{} — {} ({} → {})",
        list.list, list.title, list.from, list.to
    );
    let (added, others): (Vec<_>, Vec<_>) = list
        .codes
        .iter()
        .partition(|code| code.change == Change::Added);
    for code in others.iter().chain(added.iter().take(SHOWN)) {
        println!(
            "  {} {} {}",
            code.code,
            code.display,
            meaning(&code.change, words)
        );
    }
    if added.len() > SHOWN {
        say!(
            words,
            "  et {} codes ajoutés",
            "  and {} codes added",
            added.len() - SHOWN
        );
    }
    if list.codes.is_empty() {
        say!(words, "  aucun code ne change", "  no code changes");
    }
}

fn meaning(change: &Change, words: Words) -> String {
    format!("[{}]", change.meaning().get(words.0))
}
