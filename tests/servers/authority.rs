//! A certification authority of the tests: a root, an authority below it, and what they sign.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};

/// The authority, and the folder where its files are.
pub struct Authority {
    folder: PathBuf,
    intermediate: CertifiedIssuer<'static, KeyPair>,
}

/// Files of a certificate: the chain, and the key.
pub struct Identity {
    pub chain: PathBuf,
    pub key: PathBuf,
}

impl Authority {
    /// Makes an authority; its files go to `folder`, which is made.
    pub fn new(folder: &Path, name: &str) -> Self {
        fs::create_dir_all(folder).expect("a folder");
        let root_key = KeyPair::generate().expect("a key");
        let root = CertifiedIssuer::self_signed(issuer(&format!("{name} root")), root_key)
            .expect("a root");
        let key = KeyPair::generate().expect("a key");
        let intermediate =
            CertifiedIssuer::signed_by(issuer(&format!("{name} organisations")), key, &root)
                .expect("an authority");
        fs::write(
            folder.join("trust.pem"),
            format!("{}{}", root.pem(), intermediate.pem()),
        )
        .expect("a file");
        Self {
            folder: folder.to_owned(),
            intermediate,
        }
    }

    /// The file of the authorities to trust.
    pub fn trust(&self) -> PathBuf {
        self.folder.join("trust.pem")
    }

    /// Signs a certificate for a server on this machine.
    pub fn server(&self) -> Identity {
        self.sign(
            "server",
            ExtendedKeyUsagePurpose::ServerAuth,
            ("localhost", "localhost"),
        )
    }

    /// Signs a certificate for the mailbox of an organisation.
    pub fn client(&self) -> Identity {
        self.client_named("rrc.mssante.example")
    }

    /// Signs a certificate that names an organisation, or one mailbox.
    pub fn client_named(&self, name: &str) -> Identity {
        self.sign(
            name,
            ExtendedKeyUsagePurpose::ClientAuth,
            (name, "rrc.mssante.example"),
        )
    }

    fn sign(
        &self,
        file: &str,
        purpose: ExtendedKeyUsagePurpose,
        (name, host): (&str, &str),
    ) -> Identity {
        let key = KeyPair::generate().expect("a key");
        let mut params =
            CertificateParams::new([host.to_owned(), "127.0.0.1".to_owned()]).expect("names");
        params.distinguished_name.push(DnType::CommonName, name);
        params.extended_key_usages = vec![purpose];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        let certificate = params
            .signed_by(&key, &self.intermediate)
            .expect("a certificate");
        let identity = Identity {
            chain: self.folder.join(format!("{file}.chain.pem")),
            key: self.folder.join(format!("{file}.key")),
        };
        let chain = format!("{}{}", certificate.pem(), self.intermediate.pem());
        fs::write(&identity.chain, chain).expect("a file");
        fs::write(&identity.key, key.serialize_pem()).expect("a file");
        identity
    }
}

fn issuer(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}
