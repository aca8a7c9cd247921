//! Structure of a finished document, under check: rules `X…`, what the schemas of CDA ask for.

use std::collections::HashSet;

use crate::finding::Bilingual;

use super::{
    structure::{STRUCTURE, Slot, Type, TypeId},
    structure_forms::Form,
    tree::{Child, Element, Namespace},
    validate::Checker,
};

/// Names that elements carry and names that point at them, over the whole document.
#[derive(Default)]
struct Names<'t> {
    given: HashSet<&'t str>,
    wanted: Vec<(Element<'t>, &'t str)>,
}

impl<'t> Checker<'t> {
    /// Every element against its type, in one walk.
    pub(super) fn structure(&mut self) {
        let mut names = Names::default();
        let mut stack = vec![(self.root, STRUCTURE.document())];
        while let Some((element, declared)) = stack.pop() {
            let actual = self.actual_type(element, declared);
            let Some(of) = STRUCTURE.get(actual) else {
                continue;
            };
            self.attributes(element, of, &mut names);
            if !of.is_mixed {
                self.no_text(element);
            }
            self.children(element, of, &mut stack);
        }
        for (element, name) in &names.wanted {
            if !names.given.contains(name) {
                self.refuse(
                    "X08",
                    *element,
                    Bilingual::new(
                        "Le nom (ID) visé n'existe pas dans le document.",
                        "The name (ID) pointed at does not exist in the document.",
                    ),
                    Bilingual::new(
                        "Viser l'ID d'un élément du document.",
                        "Point at the ID of an element of the document.",
                    ),
                );
            }
        }
    }

    /// The declared type, or the one derived from it that `xsi:type` names.
    fn actual_type(&mut self, element: Element<'t>, declared: TypeId) -> TypeId {
        let is_typed = element
            .attributes()
            .iter()
            .any(|attribute| attribute.namespace == Namespace::Xsi && attribute.name == "type");
        let named = element.value_type().and_then(|name| STRUCTURE.find(name));
        match named {
            Some(named) if STRUCTURE.derives(named, declared) && !is_abstract(named) => named,
            None if !is_typed && !is_abstract(declared) => declared,
            _ => {
                let name = STRUCTURE.get(declared).map_or("ANY", |of| of.name);
                self.refuse(
                    "X06",
                    element,
                    Bilingual::new(
                        format!(
                            "xsi:type manque, ou n'est pas un type de données admis ici ({name})."
                        ),
                        format!("xsi:type is missing, or is no datatype admitted here ({name})."),
                    ),
                    Bilingual::new(
                        "Écrire un type de CDA sans préfixe, par exemple xsi:type=\"CD\".",
                        "Write a type of CDA without prefix, for example xsi:type=\"CD\".",
                    ),
                );
                TypeId::Any
            }
        }
    }

    fn attributes(&mut self, element: Element<'t>, of: &Type, names: &mut Names<'t>) {
        for given in element.attributes() {
            let known = of
                .attributes
                .iter()
                .find(|known| known.namespace == given.namespace && known.name == given.name);
            match known {
                Some(known) => {
                    self.attribute(
                        element,
                        known.name,
                        &known.form,
                        given.value.as_ref(),
                        names,
                    );
                }
                None if given.namespace == Namespace::Xsi && given.name != "nil" => {}
                None => self.refuse(
                    "X03",
                    element,
                    Bilingual::new(
                        format!("L'attribut {} n'existe pas ici.", given.name),
                        format!("There is no attribute {} here.", given.name),
                    ),
                    Bilingual::new("Le retirer.", "Remove it."),
                ),
            }
        }
        for known in of.attributes.iter().filter(|known| known.is_mandatory) {
            let is_there = element
                .attributes()
                .iter()
                .any(|given| known.namespace == given.namespace && known.name == given.name);
            if !is_there {
                let [fr, en] = known.form.says();
                self.refuse(
                    "X04",
                    element,
                    Bilingual::new(
                        format!("L'attribut obligatoire {} manque.", known.name),
                        format!("The mandatory attribute {} is missing.", known.name),
                    ),
                    Bilingual::new(format!("Écrire {fr}."), format!("Write {en}.")),
                );
            }
        }
    }

    fn attribute(
        &mut self,
        element: Element<'t>,
        name: &str,
        form: &Form,
        value: &'t str,
        names: &mut Names<'t>,
    ) {
        if !form.takes(value) {
            let [fr, en] = form.says();
            return self.refuse(
                "X05",
                element,
                Bilingual::new(
                    format!("La valeur de l'attribut {name} n'a pas la forme voulue."),
                    format!("The value of the attribute {name} does not have the form wanted."),
                ),
                Bilingual::new(format!("Écrire {fr}."), format!("Write {en}.")),
            );
        }
        match form {
            Form::Id if !names.given.insert(value.trim_ascii()) => self.refuse(
                "X09",
                element,
                Bilingual::new(
                    "Deux éléments portent le même ID.",
                    "Two elements have the same ID.",
                ),
                Bilingual::new(
                    "Donner à chaque élément un ID unique dans le document.",
                    "Give each element an ID unique in the document.",
                ),
            ),
            Form::IdReference | Form::IdReferences => {
                let wanted = value.split_ascii_whitespace();
                names.wanted.extend(wanted.map(|name| (element, name)));
            }
            _ => {}
        }
    }

    fn no_text(&mut self, element: Element<'t>) {
        let has_text = element
            .children()
            .any(|child| matches!(child, Child::Text(text) if !text.trim_ascii().is_empty()));
        if has_text {
            self.refuse(
                "X07",
                element,
                Bilingual::new(
                    "Cet élément ne contient pas de texte.",
                    "This element holds no text.",
                ),
                Bilingual::new(
                    "Retirer le texte, ou l'écrire dans l'élément prévu.",
                    "Remove the text, or write it in the element meant for it.",
                ),
            );
        }
    }

    /// Children in their order; those of known type are put on the stack.
    fn children(
        &mut self,
        element: Element<'t>,
        of: &'static Type,
        stack: &mut Vec<(Element<'t>, TypeId)>,
    ) {
        let first = stack.len();
        let mut at = 0;
        let mut count = 0;
        for child in element.elements() {
            let ahead = of
                .slots
                .iter()
                .enumerate()
                .skip(at)
                .find_map(|(rank, slot)| {
                    let is_full = rank == at && count >= slot.max;
                    let id = type_in(slot, child)?;
                    (!is_full).then_some((rank, id))
                });
            if let Some((rank, id)) = ahead {
                self.skipped(element, &of.slots, at, count, rank);
                (at, count) = if rank == at {
                    (at, count + 1)
                } else {
                    (rank, 1)
                };
                stack.push((child, id));
            } else if let Some(id) = of.slots.iter().find_map(|slot| type_in(slot, child)) {
                self.misplaced(child, of.slots.get(at), count);
                stack.push((child, id));
            } else {
                self.unknown(child, of);
            }
        }
        self.skipped(element, &of.slots, at, count, of.slots.len());
        let has = |name: &str| element.first(name).is_some();
        if !of.admits_together(has) {
            self.refuse(
                "X01",
                element,
                Bilingual::new(
                    "Ces bornes ne vont pas ensemble.",
                    "These bounds do not go together.",
                ),
                Bilingual::new("Écrire low et high.", "Write low and high."),
            );
        }
        // The stack gives back the last first: documents are walked in their own order.
        if let Some(added) = stack.get_mut(first..) {
            added.reverse();
        }
    }

    /// Mandatory children that the step from slot `at` to slot `next` leaves out.
    fn skipped(
        &mut self,
        element: Element<'t>,
        slots: &[Slot],
        at: usize,
        count: usize,
        next: usize,
    ) {
        for (rank, slot) in slots.iter().enumerate().take(next).skip(at) {
            let found = if rank == at { count } else { 0 };
            let stands_elsewhere = element
                .elements()
                .any(|child| type_in(slot, child).is_some());
            if found >= slot.min || stands_elsewhere {
                continue;
            }
            let names: Vec<_> = slot
                .alternatives
                .iter()
                .map(|particle| particle.name)
                .collect();
            self.missing(
                "X02",
                element,
                &names.join("|"),
                [
                    "Ajouter cet élément, à sa place dans l'ordre du schéma CDA.",
                    "Add that element, at its place in the order of the CDA schema.",
                ],
            );
        }
    }

    fn misplaced(&mut self, child: Element<'t>, slot: Option<&Slot>, count: usize) {
        let is_repeated =
            slot.is_some_and(|slot| type_in(slot, child).is_some() && count >= slot.max);
        let message = if is_repeated {
            Bilingual::new(
                "Cet élément est répété plus que le schéma CDA ne l'admet.",
                "This element is repeated more often than the CDA schema admits.",
            )
        } else {
            Bilingual::new(
                "Cet élément n'est pas à sa place dans l'ordre du schéma CDA.",
                "This element is not at its place in the order of the CDA schema.",
            )
        };
        self.refuse(
            "X01",
            child,
            message,
            Bilingual::new(
                "Remettre les éléments dans l'ordre du schéma, sans répétition.",
                "Put the elements in the order of the schema, without repetition.",
            ),
        );
    }

    fn unknown(&mut self, child: Element<'t>, of: &Type) {
        let admitted: Vec<_> = of
            .slots
            .iter()
            .flat_map(|slot| &slot.alternatives)
            .map(|particle| particle.name)
            .collect();
        let (fr, en) = if admitted.is_empty() {
            ("Le retirer.".to_owned(), "Remove it.".to_owned())
        } else {
            let list = admitted.join(", ");
            (
                format!("Le retirer. Éléments admis ici : {list}."),
                format!("Remove it. Elements admitted here: {list}."),
            )
        };
        self.refuse(
            "X01",
            child,
            Bilingual::new(
                "Le schéma CDA n'a pas cet élément ici.",
                "The CDA schema does not have this element here.",
            ),
            Bilingual::new(fr, en),
        );
    }
}

fn is_abstract(id: TypeId) -> bool {
    STRUCTURE.get(id).is_some_and(|of| of.is_abstract)
}

fn type_in(slot: &Slot, child: Element<'_>) -> Option<TypeId> {
    slot.alternatives
        .iter()
        .find(|particle| child.is_named(particle.namespace, particle.name))
        .map(|particle| particle.of)
}
