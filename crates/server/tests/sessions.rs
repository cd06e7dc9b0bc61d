//! Blocks over the live wire: said no in words, on disk before anyone is told, resumed after a kill, never a queue of
//! pictures.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)] // a test program

mod common;

use common::{Running, TOKEN, start, start_in};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn begin(server: &Running) -> String {
    // The patient is grown in the background; beginning waits for them.
    let new = json!({ "case": "built-in", "side": "left", "level": "L3" });
    let answer = server.post("/api/sessions", &new).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()["id"].as_str().unwrap().to_owned()
}

async fn connect(
    server: &Running,
    id: &str,
    token: &str,
) -> Result<Socket, tokio_tungstenite::tungstenite::Error> {
    connect_from(server, id, token, None).await
}

/// As [`connect`], from a page of another origin.
async fn connect_from(
    server: &Running,
    id: &str,
    token: &str,
    origin: Option<&str>,
) -> Result<Socket, tokio_tungstenite::tungstenite::Error> {
    let mut request = format!("ws://{}/api/sessions/{id}/live", server.host).into_client_request().unwrap();
    let protocols = format!("rami.v1, token.{token}").parse().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", protocols);
    if let Some(origin) = origin {
        request.headers_mut().insert("origin", origin.parse().unwrap());
    }
    tokio_tungstenite::connect_async(request).await.map(|(socket, _)| socket)
}

async fn say(socket: &mut Socket, message: Value) {
    socket.send(Message::Text(message.to_string().into())).await.unwrap();
}

/// The next text message of this type.
async fn told(socket: &mut Socket, wanted: &[&str]) -> Value {
    let search = async {
        loop {
            if let Message::Text(text) = socket.next().await.unwrap().unwrap() {
                let value: Value = serde_json::from_str(&text).unwrap();
                if wanted.contains(&value["type"].as_str().unwrap()) {
                    return value;
                }
            }
        }
    };
    // A loaded machine is slow; a server that never answers fails here.
    tokio::time::timeout(Duration::from_secs(120), search).await.expect("an answer")
}

async fn act(socket: &mut Socket, n: u32, action: Value) -> Value {
    say(socket, json!({ "type": "act", "n": n, "action": action })).await;
    told(socket, &["done", "refused", "failed"]).await
}

fn log_of(server: &Running, id: &str) -> String {
    std::fs::read_to_string(server.data.path().join(format!("sessions/{id}.jsonl"))).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_says_no_in_words_keeps_every_line_and_survives_its_server() {
    let server = start().await;
    let id = begin(&server).await;
    assert!(connect(&server, &id, "wrong").await.is_err(), "the wire needs the token");
    assert!(connect(&server, "s000000000000", TOKEN).await.is_err(), "and a session that exists");
    let evil = Some("http://evil.example");
    assert!(connect_from(&server, &id, TOKEN, evil).await.is_err(), "and comes from the app's own page");
    assert!(server.logged("the Origin header is not this server's"), "what is refused is logged");

    let mut socket = connect(&server, &id, TOKEN).await.unwrap();
    let first = told(&mut socket, &["view"]).await;
    assert_eq!(first["view"]["n"], 0);
    assert!(first["view"]["needle"].is_null());

    let refused = act(&mut socket, 1, json!({ "do": "shot" })).await;
    assert_eq!(refused["type"], "refused");
    assert!(refused["why"].as_str().unwrap().len() > 10, "in words: {refused}");
    let done = act(&mut socket, 2, json!({ "do": "consent", "given": true })).await;
    assert_eq!(done["type"], "done", "{done}");
    // What has been answered is on disk.
    let log = log_of(&server, &id);
    assert_eq!(log.lines().count(), 3, "header, refusal, consent");
    assert!(log.ends_with('\n'));
    let prone = act(&mut socket, 3, json!({ "do": "position_prone" })).await;
    assert_eq!(prone["type"], "done", "{prone}");
    let shot = act(&mut socket, 4, json!({ "do": "shot" })).await;
    assert_eq!(shot["type"], "done", "{shot}");

    // Malformed messages are answered or end the connection, never the block.
    say(&mut socket, json!({ "type": "act", "n": 9, "action": { "do": "levitate" } })).await;
    assert_eq!(told(&mut socket, &["malformed"]).await["type"], "malformed");
    socket.send(Message::Text("{".into())).await.unwrap();
    told(&mut socket, &["malformed"]).await;
    // A rate that no C-arm pulses at is refused in words, not bent into one.
    for rate in [3.9, 31.0, -8.0] {
        say(&mut socket, json!({ "type": "pedal", "down": true, "pulses_per_s": rate })).await;
        let said = told(&mut socket, &["malformed"]).await;
        assert!(said["why"].as_str().unwrap().ends_with("pulsed fluoroscopy has 4 to 30"), "{said}");
    }
    let _ = socket.send(Message::Binary(vec![0u8; 1 << 20].into())).await;
    drop(socket);

    // Another tab sees the same block and its last picture.
    let mut tab = connect(&server, &id, TOKEN).await.unwrap();
    let view = told(&mut tab, &["view"]).await["view"].clone();
    assert_eq!((view["n"].as_u64(), view["prone"].as_bool()), (Some(4), Some(true)));
    drop(tab);

    // Somebody who shouts without listening holds nobody up: what they send waits on their side.
    let mut flood = connect(&server, &id, TOKEN).await.unwrap();
    for n in 0..2000 {
        let note = json!({ "type": "act", "n": n, "action": { "do": "levitate" } });
        if flood.feed(Message::Text(note.to_string().into())).await.is_err() {
            break;
        }
    }
    assert_eq!(server.get("/api/status").await.status, 200);
    drop(flood);
    // The anatomy is the truth: it is refused until somebody asks for it, which is a line of the record.
    let anatomy = format!("/api/sessions/{id}/anatomy");
    assert_eq!(server.get(&anatomy).await.status, 409);
    let mut tab = connect(&server, &id, TOKEN).await.unwrap();
    act(&mut tab, 1, json!({ "do": "note", "text": "the anatomy was shown" })).await;
    let shown = server.get(&anatomy).await.json();
    assert!(
        shown["outlines"].as_array().unwrap().len() > 5 && shown["courses"].as_array().unwrap().len() >= 4
    );
    drop(tab);
    let mut tab = connect(&server, &id, TOKEN).await.unwrap();
    let view = told(&mut tab, &["view"]).await["view"].clone();
    assert_eq!(view["anatomy_shown"], 1);
    drop(tab);

    // The server is gone from one moment to the next, in the middle of a line.
    let before = log_of(&server, &id);
    let data = server.data;
    let path = data.path().join(format!("sessions/{id}.jsonl"));
    std::fs::write(&path, before.clone() + "{\"n\":5,\"t_s\":1").unwrap();
    let again = start_in(data).await;
    let mut socket = connect(&again, &id, TOKEN).await.unwrap();
    let after = told(&mut socket, &["view"]).await["view"].clone();
    assert_eq!(after["n"], view["n"]);
    assert_eq!(after["radiation"], view["radiation"]);
    assert_eq!(after["clock_s"], view["clock_s"]);
    assert_eq!(log_of(&again, &id), before, "the half line is cut off");
    let next = act(&mut socket, 1, json!({ "do": "attach_monitoring" })).await;
    assert_eq!(next["type"], "done");

    // A picture of the past is drawn again from the actions, the same bytes twice.
    let one = again.get(&format!("/api/sessions/{id}/picture/4")).await;
    let two = again.get(&format!("/api/sessions/{id}/picture/4")).await;
    assert_eq!(one.status, 200);
    assert!(one.body.len() > 512 * 512 && one.body[48..] == two.body[48..]);
    let recorded: Value = serde_json::from_str(before.lines().nth(4).unwrap()).unwrap();
    let exposed = recorded["events"].as_array().unwrap().iter().find(|e| e["event"] == "exposed").unwrap();
    assert_eq!(exposed["sha256"][0].as_str().unwrap(), sha256(&one.body[48..]), "and the recorded ones");
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chart_that_was_entered_is_in_the_block_and_in_its_report_and_outlives_the_server() {
    let server = start().await;
    let mut chart = server.get("/api/chart/example").await.json();
    chart["person"]["weight_kg"] = json!(91);
    let new = |side: &str, chart: &Value| json!({ "case": "built-in", "side": side, "level": "L3", "chart": chart });
    let wrong = server.post("/api/sessions", &new("right", &chart)).await;
    assert_eq!(wrong.status, 422, "{}", wrong.text());
    assert!(wrong.text().contains("the chart is about the left side"), "{}", wrong.text());
    let mut heavy = chart.clone();
    heavy["person"]["weight_kg"] = json!(6800);
    let refused = server.post("/api/sessions", &new("left", &heavy)).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("person.weight_kg"), "{}", refused.text());

    let begun = server.post("/api/sessions", &new("left", &chart)).await;
    assert_eq!(begun.status, 201, "{}", begun.text());
    let id = begun.json()["id"].as_str().unwrap().to_owned();
    let page = async |server: &Running| {
        let published = server.post(&format!("/api/sessions/{id}/report"), &json!({})).await;
        assert_eq!(published.status, 200, "{}", published.text());
        server.get(published.json()["address"].as_str().unwrap()).await.text()
    };
    let says = |text: &str| {
        for wanted in ["walk my daughter to school", "91 kg", "I can stand for ten minutes"] {
            assert!(text.contains(wanted), "{wanted}");
        }
        assert!(!text.contains("There is no chart"));
    };
    let before = page(&server).await;
    says(&before);
    let header: Value = serde_json::from_str(log_of(&server, &id).lines().next().unwrap()).unwrap();
    assert_eq!(header["setup"]["person"]["weight_kg"], 91.0);
    let again = start_in(server.data).await;
    says(&page(&again).await);
    // Without a chart the report says that nothing was checked.
    let plain = begin(&again).await;
    let published = again.post(&format!("/api/sessions/{plain}/report"), &json!({})).await;
    let text = again.get(published.json()["address"].as_str().unwrap()).await.text();
    assert!(text.contains("There is no chart") && !text.contains("walk my daughter"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_does_not_look_gets_the_newest_picture_and_no_queue() {
    let server = start().await;
    let id = begin(&server).await;
    let mut socket = connect(&server, &id, TOKEN).await.unwrap();
    for (n, action) in
        [(1, json!({ "do": "consent", "given": true })), (2, json!({ "do": "position_prone" }))]
    {
        assert_eq!(act(&mut socket, n, action).await["type"], "done");
    }
    say(&mut socket, json!({ "type": "pedal", "down": true, "pulses_per_s": 8 })).await;
    // Nothing is said to have been seen: two pictures come and no third, however long the foot stays down.
    let mut pictures = Vec::new();
    let until = Instant::now() + Duration::from_secs(6);
    let mut frames = 0;
    while Instant::now() < until {
        match tokio::time::timeout(Duration::from_millis(300), socket.next()).await {
            Ok(Some(Ok(Message::Binary(bytes)))) => {
                pictures.push(u32::from_le_bytes(bytes[4..8].try_into().unwrap()));
            }
            Ok(Some(Ok(Message::Text(text)))) => {
                let value: Value = serde_json::from_str(&text).unwrap();
                frames = value["view"]["radiation"]["frames"].as_u64().unwrap_or(frames);
            }
            _ => {}
        }
    }
    assert_eq!(pictures.len(), 2, "{pictures:?}");
    assert!(frames > 4, "the pedal went on: {frames}");
    say(&mut socket, json!({ "type": "pedal", "down": false })).await;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    say(&mut socket, json!({ "type": "seen", "frame": 2 })).await;
    let search = async {
        loop {
            if let Message::Binary(bytes) = socket.next().await.unwrap().unwrap() {
                return u32::from_le_bytes(bytes[4..8].try_into().unwrap());
            }
        }
    };
    let newest = tokio::time::timeout(Duration::from_secs(60), search).await.unwrap();
    assert!(newest > pictures[1] + 1, "the pictures between were dropped: {newest} after {pictures:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_begun_on_other_files_is_not_gone_on_with() {
    let server = start().await;
    let id = begin(&server).await;
    let mut socket = connect(&server, &id, TOKEN).await.unwrap();
    act(&mut socket, 1, json!({ "do": "consent", "given": true })).await;
    drop(socket);
    let path = server.data.path().join(format!("sessions/{id}.jsonl"));
    let text = std::fs::read_to_string(&path).unwrap();
    // The same log as one that was begun on a CT of its own, in a folder that has the name of this case now.
    let (first, rest) = text.split_once('\n').unwrap();
    let mut header: Value = serde_json::from_str(first).unwrap();
    header["inputs"] = json!([{ "role": "ct", "file": "ct.nii.gz", "sha256": "0".repeat(64) }]);
    std::fs::write(&path, format!("{header}\n{rest}")).unwrap();
    let data = server.data;
    let again = start_in(data).await;
    assert!(connect(&again, &id, TOKEN).await.is_err(), "nobody goes on with it");
    let said = again.get(&format!("/api/sessions/{id}/debrief")).await;
    assert!(
        said.status >= 400 && said.text().contains("begun on other files"),
        "{} {}",
        said.status,
        said.text()
    );
}
