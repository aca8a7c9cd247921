//! A mail operator: Postfix for sending and Dovecot for reading, both wanting a client certificate,
//! on loopback ports with a folder of their own. Needs root, as both start as root.

use std::{
    fs,
    net::TcpStream,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use passerelle::{
    config::TlsMode,
    identifiers::MssanteAddress,
    mssante::{
        imap::ImapMailbox,
        inbox::{Inbox, InboxMail},
        login::Login,
        smtp::SmtpClient,
        tls::{Patience, ServerSettings},
    },
};

use crate::{
    authority::{Authority, Identity},
    database::free_port,
};

/// Password of every mailbox.
const PASSWORD: &str = "test";

/// Largest mail that the operator takes.
pub const MAX_MAIL_BYTES: usize = 1024 * 1024;

/// An operator. Its shell stops it when it is dropped or the tests end, however they end: either
/// closes the pipe that the shell reads.
pub struct MailOperator {
    pub authority: Authority,
    client: Identity,
    /// Same names as the good one, signed by nobody that the operator knows.
    rogue: Identity,
    pub ports: Ports,
    watcher: Child,
    pub folder: tempfile::TempDir,
}

/// Where its servers listen.
pub struct Ports {
    pub submission: u16,
    submissions: u16,
    imap: u16,
    pub imaps: u16,
}

/// What an operator's settings say beside those of all: appended to the files of each server.
#[derive(Default)]
pub struct More {
    pub main_cf: String,
    pub master_cf: String,
    pub dovecot_conf: String,
}

/// Who the client says it is.
#[derive(Clone, Copy)]
pub enum Certificate {
    Good,
    Rogue,
    None,
}

/// When the operator brings a mail that it took to its mailbox.
#[derive(Clone, Copy, PartialEq)]
pub enum Delivers {
    /// At once.
    AtOnce,
    /// Never, it holds them: what is measured until the operator has a mail is not disturbed by what it
    /// does after.
    Never,
}

static OPERATOR: LazyLock<MailOperator> = LazyLock::new(|| MailOperator::start(Delivers::AtOnce));
static LAST_MAILBOX: AtomicU64 = AtomicU64::new(0);

/// The operator, started by the first test that needs it.
pub fn operator() -> &'static MailOperator {
    &OPERATOR
}

impl MailOperator {
    /// Starts an operator.
    pub fn start(delivers: Delivers) -> Self {
        Self::start_with(delivers, |_| More::default())
    }

    /// Starts an operator whose settings say more; `more` is told the folder of its files.
    pub fn start_with(delivers: Delivers, more: impl FnOnce(&Path) -> More) -> Self {
        for program in ["/usr/sbin/postfix", "/usr/sbin/dovecot"] {
            assert!(
                Path::new(program).exists(),
                "{program} is not installed: run `make test`, which installs it"
            );
        }
        let folder = tempfile::tempdir().expect("a temporary folder");
        let lab = folder.path();
        // The servers leave root's account for others, which must reach their folders.
        fs::set_permissions(lab, fs::Permissions::from_mode(0o755)).expect("a mode");
        let authority = Authority::new(&lab.join("pki"), "test");
        let server = authority.server();
        let client = authority.client();
        let rogue = Authority::new(&lab.join("rogue"), "rogue").client();
        let ports = Ports {
            submission: free_port(),
            submissions: free_port(),
            imap: free_port(),
            imaps: free_port(),
        };
        configure_postfix(lab, &ports, &server, &authority.trust(), delivers);
        configure_dovecot(lab, &ports, &server, &authority.trust());
        let more = more(lab);
        append(&lab.join("postfix/main.cf"), &more.main_cf);
        append(&lab.join("postfix/master.cf"), &more.master_cf);
        append(&lab.join("dovecot.conf"), &more.dovecot_conf);
        let watcher = start(lab);
        for port in [ports.submission, ports.imap] {
            wait_until_listening(port, lab);
        }
        Self {
            authority,
            client,
            rogue,
            ports,
            watcher,
            folder,
        }
    }

    /// A mailbox that nobody else uses: `app-N@rrc…` or `dr-N@medecin…`.
    pub fn new_mailbox(&self, role: &str) -> MssanteAddress {
        let number = LAST_MAILBOX.fetch_add(1, Ordering::Relaxed);
        let domain = match role {
            "app" => "rrc",
            _ => "medecin",
        };
        format!("{role}-{number}@{domain}.mssante.example")
            .parse()
            .expect("an address")
    }

    /// Folder that the mailbox of that address is kept in, as a Maildir.
    pub fn folder_of(&self, address: &MssanteAddress) -> PathBuf {
        let local = address.as_str().split('@').next().expect("a local part");
        self.folder
            .path()
            .join("mail")
            .join(address.domain())
            .join(local)
    }

    /// Settings to send with.
    pub fn submission(&self, tls: TlsMode, certificate: Certificate) -> ServerSettings {
        let port = match tls {
            TlsMode::Implicit => self.ports.submissions,
            TlsMode::StartTls | TlsMode::PlainLoopback => self.ports.submission,
        };
        self.settings(port, tls, certificate)
    }

    /// A client that sends.
    pub fn smtp(&self, tls: TlsMode) -> SmtpClient {
        SmtpClient::new(self.submission(tls, Certificate::Good)).expect("good certificates")
    }

    /// Settings to read a mailbox with.
    pub fn mailbox(
        &self,
        owner: &MssanteAddress,
        tls: TlsMode,
        certificate: Certificate,
    ) -> ServerSettings {
        let port = match tls {
            TlsMode::Implicit => self.ports.imaps,
            TlsMode::StartTls | TlsMode::PlainLoopback => self.ports.imap,
        };
        ServerSettings {
            login: Login::Plain {
                user: owner.to_string(),
                password: PASSWORD.to_owned(),
            },
            ..self.settings(port, tls, certificate)
        }
    }

    /// A mailbox to read.
    pub fn inbox(&self, owner: &MssanteAddress, tls: TlsMode, certificate: Certificate) -> Inbox {
        let settings = self.mailbox(owner, tls, certificate);
        Inbox::Imap(Box::new(
            ImapMailbox::new(settings).expect("good certificates"),
        ))
    }

    /// Writes the settings of a service that sends from `sender`, and reads a folder, to `folder`.
    pub fn write_settings(
        &self,
        folder: &Path,
        database_url: &str,
        sender: &MssanteAddress,
    ) -> PathBuf {
        let smtp = self.submission(TlsMode::StartTls, Certificate::Good);
        let shown = |path: Option<PathBuf>| path.expect("it has one").display().to_string();
        let text = format!(
            "[server]\nlisten = \"127.0.0.1:0\"\n[database]\nurl = \"{database_url}\"\n\
             [mail]\nfrom = \"{sender}\"\ntrusted_domains = [\"mssante.example\"]\n\
             [mail.smtp]\nhost = \"{}\"\nport = {}\nca_file = \"{}\"\nclient_certificate_file = \"{}\"\n\
             client_key_file = \"{}\"\n[mail.inbox]\nkind = \"maildir\"\npath = \"{}\"\n\
             [delivery]\nlease_seconds = 5\n[log]\nfilter = \"warn\"\n",
            smtp.host,
            smtp.port,
            shown(smtp.ca_file),
            shown(smtp.client_cert_file),
            shown(smtp.client_key_file),
            folder.join("inbox").display(),
        );
        let path = folder.join("passerelle.toml");
        fs::write(&path, text).expect("written");
        path
    }

    fn settings(&self, port: u16, tls: TlsMode, certificate: Certificate) -> ServerSettings {
        let identity = match certificate {
            Certificate::Good => Some(&self.client),
            Certificate::Rogue => Some(&self.rogue),
            Certificate::None => None,
        };
        ServerSettings {
            host: "localhost".to_owned(),
            port,
            tls,
            ca_file: Some(self.authority.trust()),
            client_cert_file: identity.map(|identity| identity.chain.clone()),
            client_key_file: identity.map(|identity| identity.key.clone()),
            login: Login::None,
            patience: Patience::default(),
        }
    }
}

/// Waits until the mailbox holds that many mails.
pub async fn wait_for(inbox: &mut Inbox, count: usize) -> Vec<InboxMail> {
    for _ in 0..300 {
        let mails = inbox
            .fetch_unseen(100, 10_000_000)
            .await
            .expect("the mailbox can be read");
        if mails.len() >= count {
            return mails;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("fewer than {count} mails after 30 s");
}

impl Drop for MailOperator {
    /// Its servers end before their folder goes: without it nothing stops them.
    fn drop(&mut self) {
        drop(self.watcher.stdin.take());
        self.watcher.wait().expect("the shell ends");
    }
}

fn configure_postfix(
    lab: &Path,
    ports: &Ports,
    server: &Identity,
    trust: &Path,
    delivers: Delivers,
) {
    let etc = lab.join("postfix");
    for folder in ["postfix", "spool", "postfix-data"] {
        fs::create_dir_all(lab.join(folder)).expect("a folder");
    }
    run(&format!(
        "chown postfix {}",
        lab.join("postfix-data").display()
    ));
    fs::write(
        etc.join("boxes.regexp"),
        "/^app-[0-9]+@rrc\\.mssante\\.example$/ ok\n/^dr-[0-9]+@medecin\\.mssante\\.example$/ ok\n",
    )
    .expect("a file");
    let refuses = lab.join("refuse.sh");
    fs::write(&refuses, "#!/bin/sh\necho '5.1.1 unknown user'\nexit 67\n").expect("a file");
    fs::set_permissions(&refuses, fs::Permissions::from_mode(0o755)).expect("a mode");
    let held = match delivers {
        Delivers::AtOnce => "",
        Delivers::Never => "check_sender_access static:HOLD",
    };
    let main = MAIN_CF
        .replace("@HELD@", held)
        .replace("@LAB@", &lab.display().to_string())
        .replace("@KEY@", &server.key.display().to_string())
        .replace("@CHAIN@", &server.chain.display().to_string())
        .replace("@TRUST@", &trust.display().to_string())
        .replace("@MAX@", &MAX_MAIL_BYTES.to_string());
    fs::write(etc.join("main.cf"), main).expect("a file");
    let master = MASTER_CF
        .replace("@LAB@", &lab.display().to_string())
        .replace("@SUBMISSION@", &ports.submission.to_string())
        .replace("@SUBMISSIONS@", &ports.submissions.to_string());
    fs::write(etc.join("master.cf"), master).expect("a file");
}

fn configure_dovecot(lab: &Path, ports: &Ports, server: &Identity, trust: &Path) {
    for folder in ["dovecot", "mail"] {
        fs::create_dir_all(lab.join(folder)).expect("a folder");
    }
    run(&format!("chown postfix {}", lab.join("mail").display()));
    let text = DOVECOT_CONF
        .replace("@LAB@", &lab.display().to_string())
        .replace("@KEY@", &server.key.display().to_string())
        .replace("@CHAIN@", &server.chain.display().to_string())
        .replace("@TRUST@", &trust.display().to_string())
        .replace("@PASSWORD@", PASSWORD)
        .replace("@IMAP@", &ports.imap.to_string())
        .replace("@IMAPS@", &ports.imaps.to_string());
    fs::write(lab.join("dovecot.conf"), text).expect("a file");
}

fn append(path: &Path, text: &str) {
    let whole = fs::read_to_string(path).expect("a file") + text;
    fs::write(path, whole).expect("a file");
}

/// Starts both servers, and the shell that stops them.
fn start(lab: &Path) -> Child {
    let folder = lab.display();
    // Their output goes to a file: a server keeps it open, and a pipe would never end.
    run(&format!(
        "dovecot -c {folder}/dovecot.conf >{folder}/start.log 2>&1 </dev/null"
    ));
    run(&format!(
        "postfix -c {folder}/postfix start >>{folder}/start.log 2>&1 </dev/null"
    ));
    Command::new("sh")
        .arg("-c")
        .arg(format!(
            "cd /; pid=$(cat {folder}/dovecot/master.pid); read _; postfix -c {folder}/postfix stop; \
             kill $pid; tries=0; \
             while kill -0 $pid && [ $tries -lt 50 ]; do tries=$((tries + 1)); sleep 0.1; done; \
             kill -9 $pid; rm -rf {folder}"
        ))
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("a shell starts")
}

fn run(command: &str) {
    let output = Command::new("sh")
        .arg("-c")
        .arg(command)
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .output()
        .expect("a shell starts");
    assert!(
        output.status.success(),
        "{command}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

fn wait_until_listening(port: u16, lab: &Path) {
    for _ in 0..150 {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    let text: String = ["start.log", "postfix.log", "dovecot.log"]
        .iter()
        .filter_map(|log| fs::read_to_string(lab.join(log)).ok())
        .collect();
    panic!("no server on port {port} after 15 s: {text}");
}

const MAIN_CF: &str = "\
compatibility_level = 3.6
queue_directory = @LAB@/spool
data_directory = @LAB@/postfix-data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file_prefixes = @LAB@
maillog_file = @LAB@/postfix.log
myhostname = smtp.operateur.example
mydestination =
mynetworks =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
biff = no
alias_maps =
alias_database =
# Nothing may leave this machine: every other domain is refused.
default_transport = error:5.7.1 hors espace de confiance
relay_transport = error:5.7.1 hors espace de confiance
smtp_host_lookup = native
virtual_mailbox_domains = rrc.mssante.example medecin.mssante.example
virtual_mailbox_maps = regexp:@LAB@/postfix/boxes.regexp
virtual_transport = lmtp:unix:@LAB@/dovecot/lmtp
relay_domains = bounce.mssante.example
transport_maps = inline:{ {bounce.mssante.example = refuse:} }
message_size_limit = @MAX@
virtual_mailbox_limit = 0
smtpd_sender_restrictions = @HELD@
smtpd_tls_chain_files = @KEY@, @CHAIN@
smtpd_tls_CAfile = @TRUST@
smtpd_tls_security_level = may
smtpd_tls_mandatory_protocols = >=TLSv1.2
smtpd_tls_protocols = >=TLSv1.2
smtpd_relay_restrictions = permit_tls_all_clientcerts, reject_unauth_destination
smtpd_recipient_restrictions = permit
";

const MASTER_CF: &str = "\
127.0.0.1:@SUBMISSION@ inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt
  -o smtpd_tls_req_ccert=yes
  -o smtpd_recipient_restrictions=permit_tls_all_clientcerts,reject
127.0.0.1:@SUBMISSIONS@ inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
  -o smtpd_tls_req_ccert=yes
  -o smtpd_recipient_restrictions=permit_tls_all_clientcerts,reject
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
lmtp unix - - n - - lmtp flags=X
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
refuse unix - n n - - pipe
  user=nobody argv=@LAB@/refuse.sh
";

const DOVECOT_CONF: &str = "\
base_dir = @LAB@/dovecot
state_dir = @LAB@/dovecot
log_path = @LAB@/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
default_internal_user = nobody
default_internal_group = nogroup
default_login_user = nobody
mail_uid = postfix
mail_gid = postfix
first_valid_uid = 1
first_valid_gid = 1
mail_location = maildir:@LAB@/mail/%d/%n
ssl = required
ssl_cert = <@CHAIN@
ssl_key = <@KEY@
ssl_ca = <@TRUST@
ssl_min_protocol = TLSv1.2
ssl_verify_client_cert = yes
ssl_require_crl = no
auth_ssl_require_client_cert = yes
auth_mechanisms = plain
passdb {
  driver = static
  mechanisms = plain
  args = password=@PASSWORD@
}
userdb {
  driver = static
  args = uid=postfix gid=postfix home=@LAB@/mail/%d/%n allow_all_users=yes
}
service imap-login {
  chroot =
  inet_listener imap {
    port = @IMAP@
  }
  inet_listener imaps {
    port = @IMAPS@
    ssl = yes
  }
}
service anvil {
  chroot =
}
service lmtp {
  unix_listener lmtp {
    mode = 0666
  }
}
protocol lmtp {
  postmaster_address = postmaster@rrc.mssante.example
}
";
