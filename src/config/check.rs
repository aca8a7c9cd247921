//! What types cannot say: settings that contradict each other or name what is not there.

use std::path::Path;

use super::{Environment, Inbox, InboxKind, Sasl, Settings, Smtp, TlsMode};
use crate::identifiers::MssanteAddress;

/// Every fault of the settings, each with its key and its cure. Nothing starts while there is one.
#[must_use]
pub fn check(settings: &Settings) -> Vec<String> {
    let mut faults = Vec::new();
    check_server(settings, &mut faults);
    check_mail(settings, &mut faults);
    check_relay(settings, &mut faults);
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
    if mail.trusted_domains.is_empty() {
        faults
            .push("mail.trusted_domains: empty, so no report could be sent to anybody".to_owned());
    }
    check_servers("mail", &mail.smtp, &mail.inbox, settings, faults);
    if mail.inbox.kind == InboxKind::None {
        faults.push(
            "mail.inbox.kind: \"none\": without an inbox no report is ever seen as acknowledged; use \"imap\" or \"maildir\""
                .to_owned(),
        );
    }
}

fn check_relay(settings: &Settings, faults: &mut Vec<String>) {
    let relay = &settings.governance.relay;
    if relay.from.is_empty() {
        if !relay.smtp.host.is_empty() {
            faults.push(
                "governance.relay.from: empty, while governance.relay.smtp.host is set: give the mailbox that sends"
                    .to_owned(),
            );
        }
        return;
    }
    if let Err(reason) = relay.from.parse::<MssanteAddress>() {
        faults.push(format!("governance.relay.from: {reason}"));
    }
    let section = "governance.relay";
    check_servers(section, &relay.smtp, &relay.inbox, settings, faults);
}

/// What `[SECTION.smtp]` and `[SECTION.inbox]` lack, for a mailbox that is set.
fn check_servers(
    section: &str,
    smtp: &Smtp,
    inbox: &Inbox,
    settings: &Settings,
    faults: &mut Vec<String>,
) {
    if smtp.host.is_empty() {
        faults.push(format!(
            "{section}.smtp.host: empty, while {section}.from is set: give the host that takes the mails"
        ));
    }
    let is_production = settings.region.environment == Environment::Production;
    if smtp.tls == TlsMode::PlainLoopback && is_production {
        faults.push(format!(
            "{section}.smtp.tls: \"none\" is refused in production: use \"starttls\" or \"implicit\""
        ));
    }
    if smtp.tls != TlsMode::PlainLoopback && smtp.ca_file.as_os_str().is_empty() {
        faults.push(format!(
            "{section}.smtp.ca_file: empty: give the authority that signs the certificate of the host"
        ));
    }
    for (key, path) in [
        ("smtp.ca_file", &smtp.ca_file),
        (
            "smtp.client_certificate_file",
            &smtp.client_certificate_file,
        ),
        ("smtp.client_key_file", &smtp.client_key_file),
        ("smtp.password_file", &smtp.password_file),
        ("smtp.token_file", &smtp.token_file),
        ("inbox.token_file", &inbox.token_file),
        ("inbox.ca_file", &inbox.ca_file),
        (
            "inbox.client_certificate_file",
            &inbox.client_certificate_file,
        ),
        ("inbox.client_key_file", &inbox.client_key_file),
        ("inbox.password_file", &inbox.password_file),
    ] {
        check_readable(&format!("{section}.{key}"), path, faults);
    }
    let name = format!("{section}.smtp");
    check_login(&name, smtp.sasl, &smtp.user, &smtp.token_file, faults);
    if smtp.command_timeout_seconds == 0 || smtp.verdict_timeout_seconds == 0 {
        faults.push(format!(
            "{section}.smtp: the timeouts are at least 1 second"
        ));
    }
    check_inbox(&format!("{section}.inbox"), inbox, faults);
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

fn check_inbox(section: &str, inbox: &Inbox, faults: &mut Vec<String>) {
    match inbox.kind {
        InboxKind::None => {}
        InboxKind::Imap if inbox.host.is_empty() => {
            faults.push(format!(
                "{section}.host: empty, while {section}.kind is \"imap\""
            ));
        }
        InboxKind::Maildir if inbox.path.as_os_str().is_empty() => {
            faults.push(format!(
                "{section}.path: empty, while {section}.kind is \"maildir\""
            ));
        }
        InboxKind::Imap => {
            check_login(section, inbox.sasl, &inbox.user, &inbox.token_file, faults);
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
    fn a_relay_needs_its_server_and_not_an_inbox() {
        let mut settings = defaults();
        settings.governance.relay.smtp.host = "mail.invalid".to_owned();
        let told = |settings: &Settings, key: &str| {
            check(settings).iter().any(|fault| fault.starts_with(key))
        };
        assert!(told(&settings, "governance.relay.from"));
        settings.governance.relay.from = "annuaire@reseau.invalid".to_owned();
        assert!(told(&settings, "governance.relay.smtp.ca_file"));
        settings.governance.relay.smtp.tls = TlsMode::PlainLoopback;
        assert_eq!(check(&settings), Vec::<String>::new());
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
