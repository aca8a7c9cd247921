//! How to reach a server of the mail operator: address, encryption, who we are.

use std::{fmt, io, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject};
use tokio::net::{TcpStream, lookup_host};
use tokio_rustls::{TlsConnector, client::TlsStream};
use tokio_util::either::Either;

use super::login::Login;
use crate::config::TlsMode;

/// A connection, encrypted or, toward this machine alone, plain.
pub(super) type Connection = Either<TcpStream, Box<TlsStream<TcpStream>>>;

/// A server of the mail operator, for sending or for reading.
///
/// **Source:** ANS, Référentiel socle MSSanté #2, ECO.1.0 to 1.2; RFC 8314.
#[derive(Clone, PartialEq, Eq)]
pub struct ServerSettings {
    /// Name of the server, as its certificate has it.
    pub host: String,
    /// Port of the server.
    pub port: u16,
    /// When the connection is encrypted.
    pub tls: TlsMode,
    /// PEM file of the only authorities that may have signed the server's certificate.
    pub ca_file: Option<PathBuf>,
    /// PEM file of our certificate, then those that lead to its authority.
    pub client_cert_file: Option<PathBuf>,
    /// PEM file of our private key.
    pub client_key_file: Option<PathBuf>,
    /// How to log in, when a certificate is not enough.
    pub login: Login,
    /// How long the server may take.
    pub patience: Patience,
}

/// How long a server may take for what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Longest wait for a connection, encryption included.
    pub connection: Duration,
    /// Longest wait for the answer to a command.
    pub command: Duration,
    /// Longest wait for the verdict on a mail, or for the whole of one that is read.
    pub mail: Duration,
}

impl Default for Patience {
    /// **Source:** RFC 5321, 4.5.3.2: five minutes at most for a command, ten for a verdict.
    fn default() -> Self {
        Self {
            connection: Duration::from_secs(30),
            command: Duration::from_secs(120),
            mail: Duration::from_secs(600),
        }
    }
}

impl fmt::Debug for ServerSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerSettings")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("tls", &self.tls)
            .finish_non_exhaustive()
    }
}

/// Why a server cannot be reached safely. All of it is for an operator to mend.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A PEM file is missing or holds nothing of use.
    #[error("{path}: no certificate or key can be read from this PEM file")]
    Pem {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        #[source]
        source: rustls_pki_types::pem::Error,
    },
    /// An encrypted connection has no authority to trust.
    #[error("an encrypted connection needs `ca_file`, the authorities to trust")]
    NoAuthority,
    /// A certificate without its key, or the reverse.
    #[error("`client_cert_file` and `client_key_file` go together")]
    HalfIdentity,
    /// The certificate and the key do not fit, or cannot be used.
    #[error("the certificate, the key or the authorities cannot be used")]
    Unusable(#[source] rustls::Error),
    /// The name of the server is not one.
    #[error("the name of the server is neither a host name nor an address")]
    ServerName,
    /// A plain connection was asked for toward another machine.
    #[error("a connection without encryption is allowed toward this machine only")]
    NotLoopback,
    /// The server does not offer encryption; nothing was sent.
    #[error("the server does not offer STARTTLS")]
    NotOffered,
    /// The server's certificate or ours was refused.
    #[error("the encrypted connection was refused")]
    Handshake(#[source] rustls::Error),
}

/// Why no connection was made.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConnectError {
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Opens connections to one server.
#[derive(Clone)]
pub(super) struct Dialer {
    pub settings: ServerSettings,
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

impl Dialer {
    /// Reads the certificates that the settings name.
    pub fn new(settings: ServerSettings) -> Result<Self, TlsError> {
        let tls = match settings.tls {
            TlsMode::PlainLoopback => None,
            TlsMode::Implicit | TlsMode::StartTls => {
                let name = ServerName::try_from(settings.host.clone())
                    .map_err(|_| TlsError::ServerName)?;
                Some((connector(&settings)?, name))
            }
        };
        Ok(Self { settings, tls })
    }

    /// Opens a connection, encrypted at once when the mode is implicit.
    pub async fn connect(&self) -> Result<Connection, ConnectError> {
        with_timeout(self.settings.patience.connection, async {
            let stream = TcpStream::connect(self.addresses().await?.as_slice()).await?;
            stream.set_nodelay(true)?;
            match self.settings.tls {
                TlsMode::Implicit => self.encrypt(stream).await,
                TlsMode::StartTls | TlsMode::PlainLoopback => Ok(Either::Left(stream)),
            }
        })
        .await
    }

    /// Encrypts a connection on which the server agreed to `STARTTLS`.
    pub async fn upgrade(&self, connection: Connection) -> Result<Connection, ConnectError> {
        match connection {
            Either::Left(stream) => {
                with_timeout(self.settings.patience.connection, self.encrypt(stream)).await
            }
            encrypted @ Either::Right(_) => Ok(encrypted),
        }
    }

    async fn encrypt(&self, stream: TcpStream) -> Result<Connection, ConnectError> {
        let (connector, name) = self.tls.as_ref().ok_or(TlsError::NoAuthority)?;
        match connector.connect(name.clone(), stream).await {
            Ok(stream) => Ok(Either::Right(Box::new(stream))),
            Err(error) => Err(connection_error(error)),
        }
    }

    async fn addresses(&self) -> Result<Vec<SocketAddr>, ConnectError> {
        let mut addresses: Vec<SocketAddr> =
            lookup_host((self.settings.host.as_str(), self.settings.port))
                .await?
                .collect();
        if self.settings.tls == TlsMode::PlainLoopback {
            addresses.retain(|address| address.ip().is_loopback());
            if addresses.is_empty() {
                return Err(TlsError::NotLoopback.into());
            }
        }
        Ok(addresses)
    }
}

/// A refused certificate may show only when the connection is first used: it comes wrapped in an I/O
/// error.
pub(super) fn connection_error(error: io::Error) -> ConnectError {
    let refused = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>())
        .cloned();
    match refused {
        Some(refused) => TlsError::Handshake(refused).into(),
        None => ConnectError::Io(error),
    }
}

async fn with_timeout<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, ConnectError>>,
) -> Result<T, ConnectError> {
    tokio::time::timeout(limit, work)
        .await
        .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}

/// Trusts the configured authorities and nothing else; TLS 1.2 and 1.3 only.
///
/// **Source:** ANS, Référentiel socle MSSanté #2, ECO.1.1.1 and 1.1.10.
fn connector(settings: &ServerSettings) -> Result<TlsConnector, TlsError> {
    let ca_file = settings.ca_file.as_ref().ok_or(TlsError::NoAuthority)?;
    let mut authorities = RootCertStore::empty();
    for certificate in certificates(ca_file)? {
        authorities.add(certificate).map_err(TlsError::Unusable)?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(TlsError::Unusable)?
        .with_root_certificates(authorities);
    let config = match (&settings.client_cert_file, &settings.client_key_file) {
        (Some(cert_file), Some(key_file)) => {
            let key = PrivateKeyDer::from_pem_file(key_file).map_err(|source| TlsError::Pem {
                path: key_file.clone(),
                source,
            })?;
            config
                .with_client_auth_cert(certificates(cert_file)?, key)
                .map_err(TlsError::Unusable)?
        }
        (None, None) => config.with_no_client_auth(),
        _ => return Err(TlsError::HalfIdentity),
    };
    Ok(TlsConnector::from(Arc::new(config)))
}

fn certificates(path: &PathBuf) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let read = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .and_then(|certificates| {
            if certificates.is_empty() {
                Err(rustls_pki_types::pem::Error::NoItemsFound)
            } else {
                Ok(certificates)
            }
        });
    read.map_err(|source| TlsError::Pem {
        path: path.clone(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(host: &str, tls: TlsMode) -> ServerSettings {
        ServerSettings {
            host: host.to_owned(),
            port: 9,
            tls,
            ca_file: None,
            client_cert_file: None,
            client_key_file: None,
            login: Login::Plain {
                user: "app".to_owned(),
                password: "secret".to_owned(),
            },
            patience: Patience::default(),
        }
    }

    #[tokio::test]
    async fn a_plain_connection_toward_another_machine_is_refused_before_it_is_opened() {
        let dialer = Dialer::new(settings("192.0.2.1", TlsMode::PlainLoopback)).expect("settings");
        assert!(matches!(
            dialer.connect().await,
            Err(ConnectError::Tls(TlsError::NotLoopback))
        ));
    }

    #[test]
    fn encryption_needs_authorities_and_a_whole_identity() {
        assert!(matches!(
            Dialer::new(settings("localhost", TlsMode::Implicit)),
            Err(TlsError::NoAuthority)
        ));
        assert!(matches!(
            Dialer::new(ServerSettings {
                ca_file: Some("missing.pem".into()),
                ..settings("localhost", TlsMode::StartTls)
            }),
            Err(TlsError::Pem { .. })
        ));
    }

    #[test]
    fn the_password_is_never_printed() {
        let printed = format!("{:?}", settings("localhost", TlsMode::Implicit));
        assert!(!printed.contains("secret"), "{printed}");
    }
}
