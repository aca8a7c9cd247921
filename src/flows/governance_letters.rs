//! What the mails to referents and validators say. No datum of a patient; the link, and why it came.

use crate::storage::DueGovernanceNotice;

/// Subject and text of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Letter {
    pub subject: String,
    pub text: String,
}

/// The words of a mail that is due; `link` is where it leads.
pub(super) fn letter(due: &DueGovernanceNotice, link: &str, public_url: &str) -> Letter {
    let structure = due.structure_name.as_str();
    let (subject, body) = match due.kind.as_str() {
        "login" => (
            "Votre lien d'accès à l'espace des référents".to_owned(),
            format!(
                "Voici votre lien d'accès. Il s'ouvre une seule fois, pendant vingt minutes :\n\n{link}\n\nSi vous \
                 ne l'avez pas demandé, ignorez ce message : personne n'entre sans lui."
            ),
        ),
        "ask" => (
            format!("À vérifier : {structure} dans l'annuaire des soins de support"),
            format!(
                "Un an a passé depuis la dernière vérification de {structure}. Ses offres sont-elles toujours \
                 exactes ? Si rien n'a changé, un clic suffit :\n\n{link}\n\nPour corriger, entrez par \
                 {public_url}/espace\n\nSans réponse d'ici deux mois, les offres sont retirées de l'annuaire : une \
                 offre fausse conduit un patient devant une porte fermée."
            ),
        ),
        "remind" => (
            format!("Relance : {structure} attend votre vérification"),
            format!(
                "Nous n'avons pas encore votre réponse pour {structure}. Si rien n'a changé, un clic suffit :\n\n\
                 {link}\n\nPour corriger, entrez par {public_url}/espace\n\nSans réponse, les offres sont bientôt \
                 retirées de l'annuaire."
            ),
        ),
        "lapse" => (
            format!("{structure} n'est plus dans l'annuaire"),
            format!(
                "Faute de réponse, les offres de {structure} ont été retirées de l'annuaire public. Elles y \
                 reviennent dès que vous confirmez qu'elles sont exactes :\n\n{link}"
            ),
        ),
        "received" => (
            format!("Dossier déposé : {structure}"),
            format!(
                "Le dossier de {structure} est déposé. Il est examiné pour le territoire, puis pour la région ; vous \
                 serez prévenu de chaque décision.\n\n{link}"
            ),
        ),
        "published" => (
            format!("{structure} est dans l'annuaire"),
            format!("Le dossier de {structure} est validé : ses offres sont publiées.\n\n{link}"),
        ),
        "refused" => (
            format!("Dossier à corriger : {structure}"),
            format!(
                "Le dossier de {structure} n'a pas été validé. Les critères à corriger, avec les commentaires, \
                 vous attendent dans votre espace ; vous pouvez le déposer de nouveau.\n\n{link}"
            ),
        ),
        "delisted" => (
            format!("{structure} est retirée de l'annuaire"),
            format!(
                "{structure} a été retirée de l'annuaire. Le motif est dans votre espace.\n\n{link}"
            ),
        ),
        "named" => (
            format!("Vous êtes référent de {structure}"),
            format!(
                "Vous répondez désormais de {structure} dans l'annuaire des soins de support. Votre espace :\n\n{link}"
            ),
        ),
        "comment" => (
            format!("Un message sur {structure}"),
            format!("Un validateur vous a laissé un message sur {structure}.\n\n{link}"),
        ),
        "error-report" => (
            format!("Erreur signalée sur une offre de {structure}"),
            format!(
                "Un visiteur de l'annuaire signale une erreur sur une offre de {structure}. Vérifiez l'offre et \
                 corrigez-la dans votre espace :\n\n{link}\n\nLe réseau lit les signalements sur \
                 {public_url}/pilotage/annuaire"
            ),
        ),
        _ => (
            "Dossiers à examiner".to_owned(),
            format!(
                "Au moins un dossier attend votre décision, dont celui de {structure}. La liste, avec ce qui est en \
                 retard :\n\n{link}"
            ),
        ),
    };
    Letter {
        subject,
        text: format!(
            "Bonjour,\n\n{body}\n\nCe message est automatique ; il ne contient aucune donnée de patient."
        ),
    }
}
