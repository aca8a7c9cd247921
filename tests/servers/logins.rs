//! Logging in at real servers by certificate alone (EXTERNAL) and by token (XOAUTH2), for sending and for reading.
//!
//! Dovecot takes both for reading, and at its own submission server, which hands mails on to Postfix. Postfix, asking
//! Dovecot, takes the token; it does not tell Dovecot whom the certificate names (version 3.7), so it has no EXTERNAL.

use std::{
    fs,
    io::Write,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
    sync::LazyLock,
};

use base64::{Engine, prelude::BASE64_STANDARD, prelude::BASE64_URL_SAFE_NO_PAD};
use passerelle::{
    clock::Clock,
    config::TlsMode,
    identifiers::MssanteAddress,
    mssante::{
        imap::{ImapError, ImapMailbox},
        inbox::{Inbox, InboxError},
        login::Login,
        smtp::{Envelope, Reports, SendError, SmtpClient},
        tls::ServerSettings,
    },
};
use serde_json::json;

use crate::{
    authority::Identity,
    database::free_port,
    mail_operator::{Certificate, Delivers, MailOperator, More, wait_for},
};

/// What the operator signs its tokens with.
const KEY: &str = "a key of the tests, thirty-two bytes";

/// Port of Dovecot's submission server.
static DOVECOT: LazyLock<u16> = LazyLock::new(free_port);
/// Port of Postfix where it wants people to log in.
static POSTFIX: LazyLock<u16> = LazyLock::new(free_port);

static OPERATOR: LazyLock<MailOperator> =
    LazyLock::new(|| MailOperator::start_with(Delivers::AtOnce, settings));

/// What the operator's servers say beside what all say. The last line of a key counts.
fn settings(lab: &Path) -> More {
    let relay = free_port();
    let keys = lab.join("keys/default/HS256");
    fs::create_dir_all(&keys).expect("a folder");
    fs::write(keys.join("default"), BASE64_STANDARD.encode(KEY)).expect("a file");
    let oauth2 = lab.join("oauth2.conf");
    let text = format!(
        "introspection_mode = local\nusername_attribute = sub\n\
         local_validation_key_dict = fs:posix:prefix={}/keys/\n",
        lab.display()
    );
    fs::write(&oauth2, text).expect("a file");
    for readable in [&keys.join("default"), &oauth2] {
        fs::set_permissions(readable, fs::Permissions::from_mode(0o644)).expect("a mode");
    }
    let fill = |text: &str| {
        text.replace("@LAB@", &lab.display().to_string())
            .replace("@RELAY@", &relay.to_string())
            .replace("@DOVECOT@", &DOVECOT.to_string())
            .replace("@POSTFIX@", &POSTFIX.to_string())
    };
    More {
        main_cf: fill(MAIN_CF),
        master_cf: fill(MASTER_CF),
        dovecot_conf: fill(DOVECOT_CONF),
    }
}

const MAIN_CF: &str = "\
smtpd_sasl_type = dovecot
smtpd_sasl_path = @LAB@/dovecot/auth-smtp
smtpd_tls_auth_only = yes
";

const MASTER_CF: &str = "\
127.0.0.1:@POSTFIX@ inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
127.0.0.1:@RELAY@ inet n - n - - smtpd
  -o mynetworks=127.0.0.0/8
  -o smtpd_relay_restrictions=permit_mynetworks,reject
  -o smtpd_authorized_xclient_hosts=127.0.0.0/8
";

const DOVECOT_CONF: &str = "\
protocols = imap lmtp submission
auth_ssl_require_client_cert = no
auth_ssl_username_from_cert = yes
auth_mechanisms = external xoauth2
auth_failure_delay = 0
passdb {
  driver = static
  mechanisms = external
  args = nopassword=y
}
passdb {
  driver = oauth2
  mechanisms = xoauth2
  args = @LAB@/oauth2.conf
}
service auth {
  unix_listener auth-smtp {
    mode = 0666
  }
}
service anvil {
  # Refusals from one address would be answered ever later.
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service submission-login {
  chroot =
  inet_listener submission {
    port = @DOVECOT@
  }
}
submission_relay_host = 127.0.0.1
submission_relay_port = @RELAY@
submission_relay_trusted = yes
hostname = smtp.operateur.example
";

/// A mailbox, with the certificate that names it.
struct Owner {
    address: MssanteAddress,
    identity: Identity,
}

impl Owner {
    fn new() -> Self {
        let address = OPERATOR.new_mailbox("app");
        let identity = OPERATOR.authority.client_named(address.as_str());
        Self { address, identity }
    }

    /// Settings toward one of the operator's ports.
    fn settings(&self, port: u16, tls: TlsMode, login: Login) -> ServerSettings {
        ServerSettings {
            port,
            login,
            client_cert_file: Some(self.identity.chain.clone()),
            client_key_file: Some(self.identity.key.clone()),
            ..OPERATOR.submission(tls, Certificate::Good)
        }
    }

    /// Sends a mail to itself.
    async fn send(&self, port: u16, login: Login) -> Result<(), SendError> {
        let settings = self.settings(port, TlsMode::StartTls, login);
        let mut client = SmtpClient::new(settings).expect("whole files");
        let envelope = Envelope {
            sender: Some(&self.address),
            recipient: &self.address,
            envelope_id: "T-0001",
            reports: Reports::Never,
        };
        let (from, to) = (&self.address, &self.address);
        let mail = format!("From: <{from}>\r\nTo: <{to}>\r\nSubject: x\r\n\r\nBonjour.\r\n");
        client.send(&envelope, mail.as_bytes()).await?;
        client.quit().await;
        Ok(())
    }

    fn inbox(&self, login: Login) -> Inbox {
        let settings = self.settings(OPERATOR.ports.imaps, TlsMode::Implicit, login);
        Inbox::Imap(Box::new(
            ImapMailbox::new(settings).expect("good certificates"),
        ))
    }

    /// The login with a token for that mailbox, which ends in so many seconds.
    fn token(&self, mailbox: &str, seconds: i64) -> Login {
        let now = Clock::System.now().unix_timestamp();
        let claims = json!({"sub": mailbox, "iat": now - 60, "exp": now + seconds});
        let part = |value: serde_json::Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!(
            "{}.{}",
            part(json!({"alg": "HS256", "typ": "JWT"})),
            part(claims)
        );
        let signature = BASE64_URL_SAFE_NO_PAD.encode(hmac(&signed));
        let token_file = OPERATOR
            .folder
            .path()
            .join(format!("{}.token", self.address));
        fs::write(&token_file, format!("{signed}.{signature}\n")).expect("a file");
        Login::XOauth2 {
            user: self.address.to_string(),
            token_file,
        }
    }

    fn external(&self) -> [Login; 2] {
        [String::new(), self.address.to_string()].map(|user| Login::External { user })
    }
}

/// HMAC-SHA-256 of a text.
fn hmac(text: &str) -> Vec<u8> {
    let mut openssl = Command::new("openssl")
        .args(["dgst", "-sha256", "-binary", "-hmac", KEY])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("openssl is installed");
    let mut input = openssl.stdin.take().expect("a pipe");
    input.write_all(text.as_bytes()).expect("written");
    drop(input);
    openssl.wait_with_output().expect("it ends").stdout
}

#[tokio::test]
async fn a_certificate_alone_logs_in_to_send_and_to_read() {
    let owner = Owner::new();
    for (sent, login) in owner.external().into_iter().enumerate() {
        owner.send(*DOVECOT, login.clone()).await.expect("accepted");
        let mails = wait_for(&mut owner.inbox(login), sent + 1).await;
        assert_eq!(mails.len(), sent + 1);
    }
    // A certificate says nothing of another mailbox.
    let other = Login::External {
        user: Owner::new().address.to_string(),
    };
    let refused = owner.send(*DOVECOT, other.clone()).await;
    assert!(
        matches!(refused, Err(SendError::Refused { code: 535, .. })),
        "{refused:?}"
    );
    let refused = owner.inbox(other).fetch_unseen(1, 1_000).await;
    assert!(
        matches!(refused, Err(InboxError::Imap(ImapError::Refused(_)))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_token_logs_in_to_send_and_to_read_until_it_ends() {
    let owner = Owner::new();
    let mailbox = owner.address.to_string();
    for (sent, port) in [*POSTFIX, *DOVECOT].into_iter().enumerate() {
        let login = owner.token(&mailbox, 300);
        owner.send(port, login.clone()).await.expect("accepted");
        let mails = wait_for(&mut owner.inbox(login), sent + 1).await;
        assert_eq!(mails.len(), sent + 1);
    }
    // One that has ended, and one for another mailbox.
    let other = Owner::new().address.to_string();
    for (mailbox, seconds) in [(&mailbox, -60), (&other, 300)] {
        let login = owner.token(mailbox, seconds);
        let refused = owner.send(*POSTFIX, login.clone()).await;
        assert!(
            matches!(refused, Err(SendError::Refused { code: 535, .. })),
            "{refused:?}"
        );
        let refused = owner.inbox(login).fetch_unseen(1, 1_000).await;
        assert!(
            matches!(refused, Err(InboxError::Imap(ImapError::Refused(_)))),
            "{refused:?}"
        );
    }
}
