//! The service as a process of its own, which may be killed at any moment.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use crate::soak::binary;

/// A running service.
pub struct Instance {
    child: Child,
    pub address: SocketAddr,
}

impl Instance {
    /// Starts the service; `None` when it does not come up. With `largest_file`, in blocks of 512 bytes,
    /// no file grows beyond: the disk is full.
    pub fn start(settings: &Path, largest_file: Option<u64>) -> Option<Self> {
        let limit = largest_file
            .map(|blocks| format!("trap '' XFSZ; ulimit -f {blocks}; "))
            .unwrap_or_default();
        let log = settings.with_extension("log");
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(log)
            .expect("a log");
        let mut child = Command::new("sh")
            .arg("-c")
            .arg(format!("{limit}exec \"$0\" serve --config \"$1\""))
            .arg(binary())
            .arg(settings)
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("a process starts");
        let mut said = String::new();
        let stdout = child.stdout.take().expect("it is piped");
        BufReader::new(stdout).read_line(&mut said).ok()?;
        let address = said.trim().strip_prefix("listening on http://");
        match address.and_then(|address| address.parse().ok()) {
            Some(address) => Some(Self { child, address }),
            None => {
                let _ = child.kill();
                let _ = child.wait();
                None
            }
        }
    }

    /// Ends the process without a word (`kill -9`).
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Hands a report in; its identifier when the service says that it has it.
pub fn hand_in(address: SocketAddr, fiche: &[u8]) -> Option<String> {
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(2)).ok()?;
    let patience = Some(Duration::from_secs(20));
    stream.set_read_timeout(patience).ok()?;
    let head = format!(
        "POST /rcp-reports HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        fiche.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(fiche).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    if !answer.starts_with("HTTP/1.1 20") {
        return None;
    }
    let (_, body) = answer.split_once("\r\n\r\n")?;
    let json: serde_json::Value = serde_json::from_str(body).ok()?;
    Some(json["id"].as_str()?.to_owned())
}
