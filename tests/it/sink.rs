//! A mail operator on loopback, and what its mailboxes hold.

use std::{fs, net::Ipv4Addr, path::PathBuf, sync::Arc};

use passerelle::{
    clock::Clock,
    config::TlsMode,
    identifiers::{MssanteAddress, TrustedDomains},
    ids::Ids,
    mssante::{
        login::Login,
        maildir::Maildir,
        smtp::SmtpClient,
        smtp_sink::SmtpSink,
        tls::{Patience, ServerSettings},
    },
};
use tokio_util::sync::CancellationToken;

/// The operator. It stops when it is dropped.
pub struct Sink {
    root: tempfile::TempDir,
    pub port: u16,
    stop: CancellationToken,
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Sink {
    /// An operator for `mssante.invalid` and what stands below it.
    pub async fn start() -> Self {
        Self::for_domains(&["mssante.invalid"]).await
    }

    /// An operator for those domains.
    pub async fn for_domains(domains: &[&str]) -> Self {
        let root = tempfile::tempdir().expect("a folder");
        let stop = CancellationToken::new();
        let sink = SmtpSink::bind(
            (Ipv4Addr::LOCALHOST, 0).into(),
            root.path(),
            TrustedDomains::new(domains),
            Clock::System,
            Arc::new(Ids::Random),
        )
        .await
        .expect("a port");
        let port = sink.address().expect("an address").port();
        tokio::spawn(sink.run(stop.clone()));
        Self { root, port, stop }
    }

    /// A client of it.
    pub fn client(&self) -> SmtpClient {
        client(self.port)
    }

    /// The files of the mails that a mailbox holds.
    pub fn files_of(&self, owner: &str) -> Vec<PathBuf> {
        let owner: MssanteAddress = owner.parse().expect("an address");
        let new = Maildir::of_address(self.root.path(), &owner)
            .folder()
            .join("new");
        let mut mails: Vec<_> = fs::read_dir(new)
            .map(|files| files.flatten().map(|file| file.path()).collect())
            .unwrap_or_default();
        mails.sort();
        mails
    }

    /// The mails that a mailbox holds.
    pub fn mails_of(&self, owner: &str) -> Vec<Vec<u8>> {
        let files = self.files_of(owner).into_iter();
        files.map(|file| fs::read(file).expect("read")).collect()
    }
}

/// A client of the operator on that port of this machine.
pub fn client(port: u16) -> SmtpClient {
    SmtpClient::new(ServerSettings {
        host: Ipv4Addr::LOCALHOST.to_string(),
        port,
        tls: TlsMode::PlainLoopback,
        ca_file: None,
        client_cert_file: None,
        client_key_file: None,
        login: Login::None,
        patience: Patience::default(),
    })
    .expect("no certificate to read")
}
