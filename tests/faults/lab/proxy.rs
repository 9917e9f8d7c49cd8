//! A network that misbehaves: a proxy for HTTP/1.1 between kiosk and server, seeded.
//!
//! One request a connection, so that every fault is about exactly one call.

use super::Dice;
use ed25519_dalek::SigningKey;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use suara_loket::domain::ids::DeviceId;
use suara_loket::protocol::signing::{SIGNATURE_HEADER, SignedRequest, TIME_HEADER};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What happens to one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Nothing.
    None,
    /// The connection ends before the request arrives.
    DropBefore,
    /// The server answers, and nobody hears it: the case that makes duplicates.
    DropAfter,
    /// The answer comes late.
    Delay,
    /// The answer ends in the middle.
    Truncate,
    /// The server gets the request twice.
    Duplicate,
    /// The server gets the request again, long after others that came later.
    Reorder,
    /// Somebody between asks for patience, unsigned.
    TooMany,
    /// A proxy's own refusal, unsigned.
    Unavailable,
    /// A captive portal: 200, and a friendly page.
    Portal,
    /// The honest captive portal.
    LogIn,
    /// A redirect to a log-in page.
    Redirect,
    /// A portal that forbids.
    Forbidden,
    /// One bit of the signature is another.
    WrongSignature,
    /// One byte of the body is another.
    WrongBody,
    /// The signed answer to an earlier call.
    Replay,
    /// A perfect acknowledgement of everything, signed by somebody else.
    Forged,
}

pub const FAULTS: [Fault; 16] = [
    Fault::DropBefore,
    Fault::DropAfter,
    Fault::Delay,
    Fault::Truncate,
    Fault::Duplicate,
    Fault::Reorder,
    Fault::TooMany,
    Fault::Unavailable,
    Fault::Portal,
    Fault::LogIn,
    Fault::Redirect,
    Fault::Forbidden,
    Fault::WrongSignature,
    Fault::WrongBody,
    Fault::Replay,
    Fault::Forged,
];

/// What the proxy remembers between calls.
struct Memory {
    dice: Dice,
    /// Of a hundred calls so many are disturbed.
    trouble: u64,
    /// Requests that will arrive late.
    held: Vec<Vec<u8>>,
    last_answer: Option<Vec<u8>>,
    counted: BTreeMap<Fault, u64>,
}

pub struct Proxy {
    pub address: SocketAddr,
    memory: Arc<Mutex<Memory>>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// A proxy before `server`, which disturbs `trouble` of a hundred calls.
    pub async fn start(server: SocketAddr, dice: Dice, trouble: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let memory = Memory { dice, trouble, held: Vec::new(), last_answer: None, counted: BTreeMap::default() };
        let memory = Arc::new(Mutex::new(memory));
        let shared = memory.clone();
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let memory = shared.clone();
                tokio::spawn(async move {
                    // Whoever hangs up early is no error of this proxy.
                    let _ended = serve(client, server, &memory).await;
                });
            }
        });
        Self { address, memory, task }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on nothing is disturbed.
    pub fn calm_down(&self) {
        self.memory.lock().unwrap().trouble = 0;
    }

    /// How often each fault happened.
    pub fn counted(&self) -> BTreeMap<Fault, u64> {
        self.memory.lock().unwrap().counted.clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Memory {
    fn choose(&mut self) -> Fault {
        let disturbed = self.dice.percent(self.trouble);
        let fault = if disturbed { *self.dice.pick(&FAULTS) } else { Fault::None };
        *self.counted.entry(fault).or_default() += 1;
        fault
    }
}

async fn serve(mut client: TcpStream, server: SocketAddr, memory: &Mutex<Memory>) -> std::io::Result<()> {
    let request = read_request(&mut client).await?;
    let (fault, late, noise) = {
        let mut memory = memory.lock().unwrap();
        let fault = memory.choose();
        let late = if memory.dice.percent(30) { memory.held.pop() } else { None };
        (fault, late, memory.dice.next())
    };
    if let Some(late) = late {
        ask(server, &late).await?;
    }
    let answer = match fault {
        Fault::DropBefore => return Ok(()),
        Fault::TooMany => page("429 Too Many Requests", "Retry-After: 1\r\n", "slow down"),
        Fault::Unavailable => page("503 Service Unavailable", "Retry-After: 1\r\n", "<h1>Bad gateway</h1>"),
        Fault::Portal => page("200 OK", "Content-Type: text/html\r\n", "<h1>Welcome to the free Wi-Fi</h1>"),
        Fault::LogIn => page("511 Network Authentication Required", "", "<a href='/login'>log in</a>"),
        Fault::Redirect => page("302 Found", "Location: http://127.0.0.1:9/login\r\n", ""),
        Fault::Forbidden => page("403 Forbidden", "", "{\"detail\":\"blocked by your provider\"}"),
        Fault::Forged => forged(&request),
        Fault::Replay if let Some(old) = memory.lock().unwrap().last_answer.clone() => old,
        _ => {
            let mut answer = ask(server, &request).await?;
            match fault {
                Fault::DropAfter => return Ok(()),
                Fault::Delay => tokio::time::sleep(Duration::from_millis(noise % 40)).await,
                Fault::Truncate => answer.truncate(place(noise, answer.len())),
                Fault::Duplicate => answer = ask(server, &request).await?,
                Fault::Reorder => memory.lock().unwrap().held.push(request),
                Fault::WrongSignature => flip_signature(&mut answer, noise),
                Fault::WrongBody => flip_body(&mut answer, noise),
                _ => memory.lock().unwrap().last_answer = Some(answer.clone()),
            }
            answer
        }
    };
    client.write_all(&answer).await?;
    client.shutdown().await
}

/// Sends a request over a connection of its own and reads until the server ends it.
async fn ask(server: SocketAddr, request: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut connection = TcpStream::connect(server).await?;
    connection.write_all(request).await?;
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).await?;
    Ok(answer)
}

/// A whole request, told to be the only one of its connection.
async fn read_request(client: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let head = loop {
        if let Some(end) = find(&bytes, b"\r\n\r\n") {
            break end;
        }
        if client.read_buf(&mut bytes).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    };
    let text = String::from_utf8_lossy(&bytes[..head]).to_ascii_lowercase();
    let length = text.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
    while bytes.len() < head + 4 + length.unwrap_or(0) {
        if client.read_buf(&mut bytes).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
    let mut request = bytes[..head].to_vec();
    request.extend_from_slice(b"\r\nconnection: close");
    request.extend_from_slice(&bytes[head..]);
    Ok(request)
}

fn page(status: &str, headers: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\n{headers}Connection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len())
        .into_bytes()
}

/// What an attacker answers who knows everything but the server's key, and never passes the batch on.
fn forged(request: &[u8]) -> Vec<u8> {
    let stranger = SigningKey::from_bytes(&[66; 32]);
    let body = find(request, b"\r\n\r\n").map_or(Vec::new(), |head| request[head + 4..].to_vec());
    if body.is_empty() {
        return page("200 OK", "suara-time: 1\r\nsuara-signature: 00\r\n", "{}");
    }
    let device = DeviceId::try_from(1).unwrap();
    let lie = super::lie(&SignedRequest::new(&stranger, device, 1, 1, "POST", "/", body), &stranger);
    let headers = format!("{TIME_HEADER}: {}\r\n{SIGNATURE_HEADER}: {}\r\n", lie.time_ms, lie.signature);
    page("200 OK", &headers, &String::from_utf8_lossy(&lie.body))
}

fn flip_signature(answer: &mut [u8], noise: u64) {
    let Some(name) = find(answer, b"suara-signature: ") else { return };
    let digit = &mut answer[name + 17 + place(noise, 128)];
    *digit = if *digit == b'0' { b'1' } else { b'0' };
}

fn flip_body(answer: &mut [u8], noise: u64) {
    let Some(head) = find(answer, b"\r\n\r\n") else { return };
    let body = &mut answer[head + 4..];
    if let Some(byte) = body.get_mut(place(noise, body.len())) {
        *byte ^= 1;
    }
}

fn place(noise: u64, end: usize) -> usize {
    usize::try_from(noise % (end.max(1) as u64)).unwrap()
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}
