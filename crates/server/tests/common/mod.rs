//! A running server and the plainest of clients: bytes over a socket, so that a test can send what no browser would.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, dead_code, unreachable_pub)] // shared by test programs

use rami_server::{Options, Token};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub const TOKEN: &str = "0123456789abcdef0123456789abcdef";

pub struct Running {
    pub host: String,
    pub data: tempfile::TempDir,
    pub log: Arc<Mutex<Vec<String>>>,
}

pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> Option<String> {
        let line = self.head.lines().find(|line| line.to_lowercase().starts_with(&format!("{name}:")))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    }
}

pub async fn start() -> Running {
    start_in(tempfile::tempdir().unwrap()).await
}

pub async fn start_in(data: tempfile::TempDir) -> Running {
    run(data, true).await
}

/// A server without a patient, for questions that need none.
pub async fn start_empty() -> Running {
    run(tempfile::tempdir().unwrap(), false).await
}

async fn run(data: tempfile::TempDir, built_in: bool) -> Running {
    let log: Arc<Mutex<Vec<String>>> = Arc::default();
    let mut options = Options::new(data.path().to_owned()).unwrap();
    options.token = Token::of(TOKEN);
    options.built_in = built_in;
    let lines = log.clone();
    options.log = Arc::new(move |line| lines.lock().unwrap().push(line.to_owned()));
    let server = rami_server::serve(options).await.unwrap();
    let host = server.url().trim_start_matches("http://").split('/').next().unwrap().to_owned();
    tokio::spawn(server.run(std::future::pending()));
    Running { host, data, log }
}

impl Running {
    /// Sends these bytes and reads until the server closes or says no more.
    pub async fn send(&self, bytes: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(&self.host).await.unwrap();
        // A refusal may come, and the connection close, before everything is sent.
        let _ = stream.write_all(bytes).await;
        let mut all = Vec::new();
        let _ = stream.read_to_end(&mut all).await;
        let split = all.windows(4).position(|w| w == b"\r\n\r\n").unwrap_or(all.len());
        let head = String::from_utf8_lossy(&all[..split]).into_owned();
        let status = head.split_whitespace().nth(1).and_then(|s| s.parse().ok()).unwrap_or(0);
        let mut body = all.get(split + 4..).unwrap_or_default().to_vec();
        if head.to_lowercase().contains("transfer-encoding: chunked") {
            body = unchunk(&body);
        }
        Answer { status, head, body }
    }

    pub async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut text = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
        if !headers.iter().any(|(name, _)| *name == "Host") {
            text += &format!("Host: {}\r\n", self.host);
        }
        for (name, value) in headers {
            text += &format!("{name}: {value}\r\n");
        }
        if !body.is_empty() && !headers.iter().any(|(name, _)| *name == "Content-Length") {
            text += &format!("Content-Length: {}\r\n", body.len());
        }
        let mut bytes = (text + "\r\n").into_bytes();
        bytes.extend(body);
        self.send(&bytes).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[("Authorization", &format!("Bearer {TOKEN}"))], b"").await
    }

    pub async fn post(&self, path: &str, body: &serde_json::Value) -> Answer {
        let bearer = format!("Bearer {TOKEN}");
        let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
        self.ask("POST", path, &headers, body.to_string().as_bytes()).await
    }

    pub fn logged(&self, words: &str) -> bool {
        self.log.lock().unwrap().iter().any(|line| line.contains(words))
    }
}

fn unchunk(body: &[u8]) -> Vec<u8> {
    let (mut out, mut rest) = (Vec::new(), body);
    while let Some(end) = rest.windows(2).position(|w| w == b"\r\n") {
        let size = usize::from_str_radix(String::from_utf8_lossy(&rest[..end]).trim(), 16).unwrap_or(0);
        let from = end + 2;
        if size == 0 || rest.len() < from + size {
            break;
        }
        out.extend(&rest[from..from + size]);
        rest = rest.get(from + size + 2..).unwrap_or_default();
    }
    out
}
