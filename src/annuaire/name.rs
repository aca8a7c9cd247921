//! Whether a report and the directory speak of the same person.

use crate::terminology::fold;

/// True when two family names can be those of one person: the same words, accents and case apart, or
/// all the words of one of them in the other (a married name beside the birth name).
///
/// An RPPS number typed wrong is often the number of somebody else: the name is what tells.
///
/// ```
/// # use passerelle::annuaire::is_same_family;
/// assert!(is_same_family("LE GOFF", "Le Goff-Morvan"));
/// assert!(!is_same_family("Le Goff", "Le Gall"));
/// ```
#[must_use]
pub fn is_same_family(one: &str, other: &str) -> bool {
    let (one, other) = (fold(one), fold(other));
    if one.replace(' ', "") == other.replace(' ', "") {
        return true;
    }
    let within = |inner: &str, outer: &str| {
        let words: Vec<&str> = outer.split(' ').collect();
        !inner.is_empty() && inner.split(' ').all(|word| words.contains(&word))
    };
    within(&one, &other) || within(&other, &one)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spelling_does_not_matter_and_another_name_does() {
        for (one, other) in [
            ("Quéméner", "QUEMENER"),
            ("Floc'h", "FLOCH"),
            ("Le Goff", "LEGOFF"),
            ("Martin", "Durand-Martin"),
        ] {
            assert!(is_same_family(one, other), "{one} {other}");
        }
        for (one, other) in [("Martin", "Martinet"), ("Le Bras", "Le Bris"), ("", "Riou")] {
            assert!(!is_same_family(one, other), "{one} {other}");
        }
    }

    proptest! {
        #[test]
        fn the_order_of_the_two_does_not_matter(one in "[A-Za-zé' -]{0,12}", other in "[A-Za-zé' -]{0,12}") {
            prop_assert_eq!(is_same_family(&one, &other), is_same_family(&other, &one));
        }
    }
}
