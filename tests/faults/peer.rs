//! A mail operator that fails as it is told to, and remembers what it took.

use std::{
    collections::{HashMap, VecDeque},
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

use super::comparison::message_id;

/// Where a talk is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    Greeting,
    Hello,
    Sender,
    Recipient,
    Data,
    /// After the final dot, the mail taken.
    DotKept,
    /// After the final dot, the mail forgotten.
    DotLost,
}

/// What is done there.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    Say(&'static str),
    Hang,
    Cut,
}

/// The operator.
pub struct Peer {
    pub address: SocketAddr,
    desk: Arc<Desk>,
}

#[derive(Default)]
struct Desk {
    arrived: Mutex<HashMap<String, usize>>,
    faults: Mutex<VecDeque<(At, Fault)>>,
}

impl Peer {
    /// An operator that meets those faults, each once, in their order, then works. Recipients whose
    /// domain begins with `hangs` are never answered.
    pub async fn start(faults: impl IntoIterator<Item = (At, Fault)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let desk = Arc::new(Desk {
            faults: Mutex::new(faults.into_iter().collect()),
            ..Desk::default()
        });
        let address = listener.local_addr().expect("an address");
        let clerk = Arc::clone(&desk);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let desk = Arc::clone(&clerk);
                tokio::spawn(async move { talk(stream, &desk).await });
            }
        });
        Self { address, desk }
    }

    /// How many mails of each `Message-ID` it took.
    pub fn arrived(&self) -> HashMap<String, usize> {
        self.desk.arrived.lock().expect("whole").clone()
    }

    /// Faults that were not met yet.
    pub fn faults_left(&self) -> usize {
        self.desk.faults.lock().expect("whole").len()
    }
}

impl Desk {
    /// The next fault, if it is for here.
    fn fault(&self, at: At) -> Option<Fault> {
        let mut faults = self.faults.lock().expect("whole");
        let is_here = faults.front().is_some_and(|(place, _)| *place == at);
        is_here.then(|| faults.pop_front().map(|(_, fault)| fault))?
    }

    fn keep(&self, mail: &[u8]) {
        let id = message_id(mail).expect("a mail of ours has one");
        *self.arrived.lock().expect("whole").entry(id).or_insert(0) += 1;
    }
}

/// One connection. Ends when either side leaves.
async fn talk(stream: TcpStream, desk: &Desk) -> Option<()> {
    let mut stream = BufReader::new(stream);
    answer(&mut stream, desk.fault(At::Greeting), "220 peer\r\n").await?;
    let mut line = String::new();
    loop {
        read(&mut stream, &mut line).await?;
        let verb = line.get(..4).unwrap_or_default().to_ascii_uppercase();
        match verb.as_str() {
            "EHLO" => {
                answer(
                    &mut stream,
                    desk.fault(At::Hello),
                    "250-peer\r\n250 8BITMIME\r\n",
                )
                .await?
            }
            "MAIL" => answer(&mut stream, desk.fault(At::Sender), "250 ok\r\n").await?,
            "RCPT" => {
                let hangs = line.contains("@hangs").then_some(Fault::Hang);
                let fault = hangs.or_else(|| desk.fault(At::Recipient));
                answer(&mut stream, fault, "250 ok\r\n").await?;
            }
            "DATA" => {
                let fault = desk.fault(At::Data);
                let goes_on = fault.is_none();
                answer(&mut stream, fault, "354 go\r\n").await?;
                if goes_on {
                    take(&mut stream, desk).await?;
                }
            }
            "QUIT" => return None,
            _ => answer(&mut stream, None, "250 ok\r\n").await?,
        }
    }
}

/// Takes a mail up to its final dot.
async fn take(stream: &mut BufReader<TcpStream>, desk: &Desk) -> Option<()> {
    let mut mail = String::new();
    let mut line = String::new();
    loop {
        read(stream, &mut line).await?;
        if line == ".\r\n" {
            break;
        }
        mail.push_str(&line);
    }
    if let Some(fault) = desk.fault(At::DotLost) {
        return answer(stream, Some(fault), "").await;
    }
    desk.keep(mail.as_bytes());
    answer(stream, desk.fault(At::DotKept), "250 taken\r\n").await
}

async fn read(stream: &mut BufReader<TcpStream>, line: &mut String) -> Option<()> {
    line.clear();
    let read = stream.read_line(line).await.ok()?;
    (read > 0).then_some(())
}

async fn answer(
    stream: &mut BufReader<TcpStream>,
    fault: Option<Fault>,
    usual: &str,
) -> Option<()> {
    let text = match fault {
        None => usual,
        Some(Fault::Say(text)) => text,
        Some(Fault::Cut) => return None,
        Some(Fault::Hang) => {
            let mut line = String::new();
            while read(stream, &mut line).await.is_some() {}
            return None;
        }
    };
    stream.write_all(text.as_bytes()).await.ok()
}
