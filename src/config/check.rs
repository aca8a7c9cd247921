//! What types cannot say: settings that contradict each other or name what is not there.

use std::path::Path;

use super::{Environment, Inbox, InboxKind, Sasl, Settings, TlsMode};
use crate::identifiers::MssanteAddress;

/// Every fault of the settings, each with its key and its cure. Nothing starts while there is one.
#[must_use]
pub fn check(settings: &Settings) -> Vec<String> {
    let mut faults = Vec::new();
    check_server(settings, &mut faults);
    check_mail(settings, &mut faults);
    check_annuaire(settings, &mut faults);
    check_follow_up(settings, &mut faults);
    for (name, path) in [
        (
            "public_pages.communes_file",
            &settings.public_pages.communes_file,
        ),
        (
            "public_pages.outlines_file",
            &settings.public_pages.outlines_file,
        ),
    ] {
        check_readable(name, path, &mut faults);
    }
    check_readable(
        "governance.rules_file",
        &settings.governance.rules_file,
        &mut faults,
    );
    if settings.delivery.workers == 0 {
        faults.push("delivery.workers: at least 1, else nothing is ever sent".to_owned());
    }
    if settings.delivery.lease_seconds < 5 {
        faults.push(
            "delivery.lease_seconds: at least 5, else an instance that pauses for a moment has its mails sent by another one too"
                .to_owned(),
        );
    }
    let archives = &settings.archives;
    if archives.max_entries < 6 || archives.max_total_bytes == 0 || archives.max_ratio == 0 {
        faults.push(
            "archives: max_entries at least 6, max_total_bytes and max_ratio at least 1, else no archive is ever taken"
                .to_owned(),
        );
    }
    if settings.export.keep_hours < 1 || settings.export.max_kept < 1 {
        faults.push("export: keep_hours and max_kept at least 1".to_owned());
    }
    if settings.terminology.follow_seconds == 0 {
        faults.push("terminology.follow_seconds: at least 1".to_owned());
    }
    if settings.database.max_connections == 0 {
        faults.push("database.max_connections: at least 1".to_owned());
    }
    faults
}

fn check_server(settings: &Settings, faults: &mut Vec<String>) {
    let access = &settings.access;
    let has_credentials = !access.reports_token_file.as_os_str().is_empty()
        && !access.operations_password_file.as_os_str().is_empty();
    if !settings.server.listen.ip().is_loopback() && !has_credentials {
        faults.push(format!(
            "server.listen: {} is not a loopback address: set access.reports_token_file and \
             access.operations_password_file first, or listen on 127.0.0.1 behind a proxy",
            settings.server.listen
        ));
    }
    check_secret(
        "access.reports_token_file",
        &access.reports_token_file,
        faults,
    );
    check_secret(
        "access.operations_password_file",
        &access.operations_password_file,
        faults,
    );
    check_secret(
        "access.offers_token_file",
        &access.offers_token_file,
        faults,
    );
}

fn check_mail(settings: &Settings, faults: &mut Vec<String>) {
    let mail = &settings.mail;
    if mail.from.is_empty() {
        if !mail.smtp.host.is_empty() {
            faults.push(
                "mail.from: empty, while mail.smtp.host is set: give the mailbox that sends"
                    .to_owned(),
            );
        }
        return;
    }
    if let Err(reason) = mail.from.parse::<MssanteAddress>() {
        faults.push(format!("mail.from: {reason}"));
    }
    if mail.smtp.host.is_empty() {
        faults.push(
            "mail.smtp.host: empty, while mail.from is set: give the operator's host".to_owned(),
        );
    }
    if mail.trusted_domains.is_empty() {
        faults
            .push("mail.trusted_domains: empty, so no report could be sent to anybody".to_owned());
    }
    if mail.smtp.tls == TlsMode::PlainLoopback
        && settings.region.environment == Environment::Production
    {
        faults.push(
            "mail.smtp.tls: \"none\" is refused in production: use \"starttls\" or \"implicit\""
                .to_owned(),
        );
    }
    if mail.smtp.tls != TlsMode::PlainLoopback && mail.smtp.ca_file.as_os_str().is_empty() {
        faults.push(
            "mail.smtp.ca_file: empty: give the authority that signs the operator's certificate"
                .to_owned(),
        );
    }
    for (key, path) in [
        ("mail.smtp.ca_file", &mail.smtp.ca_file),
        (
            "mail.smtp.client_certificate_file",
            &mail.smtp.client_certificate_file,
        ),
        ("mail.smtp.client_key_file", &mail.smtp.client_key_file),
        ("mail.smtp.password_file", &mail.smtp.password_file),
        ("mail.smtp.token_file", &mail.smtp.token_file),
        ("mail.inbox.token_file", &mail.inbox.token_file),
        ("mail.inbox.ca_file", &mail.inbox.ca_file),
        (
            "mail.inbox.client_certificate_file",
            &mail.inbox.client_certificate_file,
        ),
        ("mail.inbox.client_key_file", &mail.inbox.client_key_file),
        ("mail.inbox.password_file", &mail.inbox.password_file),
    ] {
        check_readable(key, path, faults);
    }
    let smtp = &mail.smtp;
    check_login("mail.smtp", smtp.sasl, &smtp.user, &smtp.token_file, faults);
    if smtp.command_timeout_seconds == 0 || smtp.verdict_timeout_seconds == 0 {
        faults.push("mail.smtp: the timeouts are at least 1 second".to_owned());
    }
    check_inbox(&mail.inbox, faults);
}

fn check_annuaire(settings: &Settings, faults: &mut Vec<String>) {
    let annuaire = &settings.annuaire;
    if annuaire.url.is_empty() {
        return;
    }
    if annuaire.url.starts_with("https://") && annuaire.api_key_file.as_os_str().is_empty() {
        faults.push(
            "annuaire.api_key_file: empty, while annuaire.url is set: give the file of the key"
                .to_owned(),
        );
    }
    if !(1..=17).contains(&annuaire.requests_per_second) {
        faults.push(
            "annuaire.requests_per_second: from 1 to 17, which is what the directory takes"
                .to_owned(),
        );
    }
    for (key, value) in [
        ("annuaire.known_hours", annuaire.known_hours),
        ("annuaire.missing_hours", annuaire.missing_hours),
        ("annuaire.unanswered_days", annuaire.unanswered_days),
        ("annuaire.whole_days", annuaire.whole_days),
    ] {
        if value < 1 {
            faults.push(format!("{key}: at least 1"));
        }
    }
    if !(0..=annuaire.known_hours * 60).contains(&annuaire.changes_minutes) {
        faults.push(
            "annuaire.changes_minutes: 0, or more, and no more than annuaire.known_hours are"
                .to_owned(),
        );
    }
    check_readable("annuaire.api_key_file", &annuaire.api_key_file, faults);
    check_readable("annuaire.ca_file", &annuaire.ca_file, faults);
}

fn check_follow_up(settings: &Settings, faults: &mut Vec<String>) {
    let follow_up = &settings.follow_up;
    if follow_up.unread_days < 1 || follow_up.escalation_days < follow_up.unread_days {
        faults
            .push("follow_up: unread_days at least 1, escalation_days at least as many".to_owned());
    }
    for (key, address) in [
        ("follow_up.reminders_to", &follow_up.reminders_to),
        ("follow_up.escalations_to", &follow_up.escalations_to),
    ] {
        if !address.is_empty()
            && let Err(reason) = address.parse::<MssanteAddress>()
        {
            faults.push(format!("{key}: {reason}"));
        }
    }
    for (key, percent) in [
        ("follow_up.start_percent", follow_up.start_percent),
        ("follow_up.target_percent", follow_up.target_percent),
    ] {
        if !(0.0..=100.0).contains(&percent) {
            faults.push(format!("{key}: from 0 to 100"));
        }
    }
}

fn check_login(section: &str, sasl: Sasl, user: &str, token_file: &Path, faults: &mut Vec<String>) {
    if sasl == Sasl::XOauth2 && (user.is_empty() || token_file.as_os_str().is_empty()) {
        faults.push(format!(
            "{section}.sasl: \"xoauth2\" needs {section}.user and {section}.token_file"
        ));
    }
}

fn check_inbox(inbox: &Inbox, faults: &mut Vec<String>) {
    match inbox.kind {
        InboxKind::None => faults.push(
            "mail.inbox.kind: \"none\": without an inbox no report is ever seen as acknowledged; use \"imap\" or \"maildir\""
                .to_owned(),
        ),
        InboxKind::Imap if inbox.host.is_empty() => {
            faults.push("mail.inbox.host: empty, while mail.inbox.kind is \"imap\"".to_owned());
        }
        InboxKind::Maildir if inbox.path.as_os_str().is_empty() => {
            faults.push("mail.inbox.path: empty, while mail.inbox.kind is \"maildir\"".to_owned());
        }
        InboxKind::Imap => {
            check_login("mail.inbox", inbox.sasl, &inbox.user, &inbox.token_file, faults);
        }
        InboxKind::Maildir => {}
    }
}

fn check_readable(key: &str, path: &Path, faults: &mut Vec<String>) {
    if !path.as_os_str().is_empty()
        && let Err(error) = std::fs::File::open(path)
    {
        faults.push(format!("{key}: {}: {error}", path.display()));
    }
}

fn check_secret(key: &str, path: &Path, faults: &mut Vec<String>) {
    if path.as_os_str().is_empty() {
        return;
    }
    match std::fs::read_to_string(path) {
        Ok(secret) if secret.trim().len() < 16 => {
            faults.push(format!(
                "{key}: {}: a secret has 16 characters at the least",
                path.display()
            ));
        }
        Ok(_) => {}
        Err(error) => faults.push(format!("{key}: {}: {error}", path.display())),
    }
}

/// The settings in force, a line each, without any secret.
#[must_use]
pub fn summary(settings: &Settings) -> String {
    let mail = if settings.mail.from.is_empty() {
        "none: reports are stored and wait".to_owned()
    } else {
        format!(
            "{} by {}:{}",
            settings.mail.from, settings.mail.smtp.host, settings.mail.smtp.port
        )
    };
    let protected = |path: &Path| {
        if path.as_os_str().is_empty() {
            "open (loopback only)"
        } else {
            "by secret"
        }
    };
    format!(
        "server.listen       {}\ndatabase.url        {}\nregion              {} ({}, {:?})\n\
         reports             {}\noperations pages    {}\nmail                {mail}\nmail.inbox          {:?}\n",
        settings.server.listen,
        settings.database.url_without_password(),
        settings.region.code,
        settings.region.vocabulary,
        settings.region.environment,
        protected(&settings.access.reports_token_file),
        protected(&settings.access.operations_password_file),
        settings.mail.inbox.kind,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::load;

    fn defaults() -> Settings {
        load(None).expect("the defaults fit")
    }

    #[test]
    fn the_defaults_have_no_fault() {
        assert_eq!(check(&defaults()), Vec::<String>::new());
    }

    #[test]
    fn the_open_network_needs_credentials() {
        let mut settings = defaults();
        settings.server.listen = "0.0.0.0:80".parse().expect("an address");
        assert!(
            check(&settings)
                .iter()
                .any(|fault| fault.starts_with("server.listen"))
        );
    }

    #[test]
    fn every_fault_of_the_mail_is_told_at_once() {
        let mut settings = defaults();
        settings.mail.from = "not an address".to_owned();
        settings.mail.trusted_domains.clear();
        settings.mail.smtp.ca_file = "/nowhere/ca.pem".into();
        let faults = check(&settings);
        for key in [
            "mail.from",
            "mail.smtp.host",
            "mail.trusted_domains",
            "mail.smtp.ca_file",
            "mail.inbox.kind",
        ] {
            assert!(
                faults.iter().any(|fault| fault.starts_with(key)),
                "{key}: {faults:?}"
            );
        }
    }

    #[test]
    fn the_directory_needs_its_key_and_a_pace_that_it_takes() {
        let mut settings = defaults();
        settings.annuaire.url = "https://annuaire.invalid/fhir/v2".to_owned();
        settings.annuaire.requests_per_second = 18;
        settings.annuaire.missing_hours = 0;
        let faults = check(&settings);
        for key in [
            "annuaire.api_key_file",
            "annuaire.requests_per_second",
            "annuaire.missing_hours",
        ] {
            assert!(
                faults.iter().any(|fault| fault.starts_with(key)),
                "{key}: {faults:?}"
            );
        }
    }

    #[test]
    fn a_short_secret_is_refused_without_being_shown() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("token");
        std::fs::write(&path, "abc123").expect("written");
        let mut settings = defaults();
        settings.access.reports_token_file = path;
        let faults = check(&settings);
        assert!(
            faults.iter().any(|fault| fault.contains("16 characters")),
            "{faults:?}"
        );
        assert!(!faults.concat().contains("abc123"));
    }
}
