//! Whoever has no business here is refused in words, logged, and the server goes on.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)] // a test program

mod common;

use common::{TOKEN, start_empty};

#[tokio::test]
async fn without_the_token_the_page_opens_and_the_api_does_not() {
    let server = start_empty().await;
    assert_eq!(server.ask("GET", "/", &[], b"").await.status, 200);
    for wrong in [
        vec![],
        vec![("Authorization", "Bearer 0123")],
        vec![("Authorization", "Bearer 1123456789abcdef0123456789abcdef")],
    ] {
        let answer = server.ask("GET", "/api/status", &wrong, b"").await;
        assert_eq!(answer.status, 401);
        assert_eq!(answer.header("content-type").unwrap(), "application/problem+json");
        assert_eq!(answer.json()["status"], 401);
    }
    assert_eq!(server.get("/api/status").await.status, 200);
    assert!(server.logged("refused GET /api/status"));
    assert!(!server.logged(TOKEN) && !server.logged("0123"), "secrets are not logged");
}

#[tokio::test]
async fn another_origin_another_host_and_another_site_are_refused() {
    let server = start_empty().await;
    let bearer = format!("Bearer {TOKEN}");
    let with = |name: &'static str, value: &'static str| {
        [("Authorization", bearer.clone()), (name, value.to_owned())]
    };
    for (name, value, status) in [
        ("Origin", "http://evil.example", 403),
        ("Origin", "null", 403),
        ("Sec-Fetch-Site", "cross-site", 403),
        ("Sec-Fetch-Site", "same-site", 403),
        ("Host", "evil.example", 421),
    ] {
        let headers = with(name, value);
        let headers: Vec<(&str, &str)> = headers.iter().map(|(n, v)| (*n, v.as_str())).collect();
        assert_eq!(server.ask("GET", "/api/cases", &headers, b"").await.status, status, "{name}: {value}");
    }
    let own = format!("http://{}", server.host);
    let answer = server.ask("GET", "/api/cases", &[("Authorization", &bearer), ("Origin", &own)], b"").await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("access-control-allow-origin").is_none(), "nobody else may read it");
}

#[tokio::test]
async fn every_answer_forbids_inline_scripts_and_frames_of_others() {
    let server = start_empty().await;
    for path in ["/", "/app.js", "/api/status", "/nowhere"] {
        let answer = server.get(path).await;
        let policy = answer.header("content-security-policy").unwrap();
        assert!(
            policy.contains("default-src 'none'") && policy.contains("script-src 'self'"),
            "{path}: {policy}"
        );
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'"));
        assert_eq!(answer.header("x-content-type-options").unwrap(), "nosniff");
    }
    let page = server.get("/").await.text();
    assert!(!page.contains("<style") && !page.contains("onload=") && !page.contains("javascript:"));
}

#[tokio::test]
async fn no_path_leads_out_of_the_embedded_files() {
    let server = start_empty().await;
    std::fs::write(server.data.path().join("secret.txt"), "secret").unwrap();
    for path in [
        "/../secret.txt",
        "/..%2fsecret.txt",
        "/%2e%2e/%2e%2e/etc/passwd",
        "//etc/passwd",
        "/app.js/../../secret.txt",
        "/api/cases/..%2f..%2fetc%2fpasswd",
        "/api/cases/%2e%2e",
        "/api/imports/..%2f../finish",
        "/documents/..%2fsecret.txt",
    ] {
        let answer = server.get(path).await;
        assert!((400..=421).contains(&answer.status), "{path}: {}", answer.status);
        assert!(!answer.text().contains("secret") || answer.text().contains("problem"), "{path}");
    }
}

#[tokio::test]
async fn malformed_requests_are_answered_and_the_server_goes_on() {
    let server = start_empty().await;
    let bearer = format!("Bearer {TOKEN}");
    let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
    let post = async |path: &str, body: &[u8]| server.ask("POST", path, &headers, body).await;
    assert_eq!(post("/api/cases/patient", b"{").await.status, 400);
    assert_eq!(post("/api/cases/patient", b"[]").await.status, 422);
    assert_eq!(post("/api/cases/patient", br#"{"seed":1,"height_cm":-4}"#).await.status, 422);
    assert_eq!(post("/api/cases/patient", br#"{"seed":1,"wings":2}"#).await.status, 422);
    assert_eq!(post("/api/cases/patient", b"\xff\xfe\x00").await.status, 400);
    let long = format!("{{\"seed\":1,\"variant\":\"{}\"}}", "x".repeat(2 << 20));
    assert_eq!(post("/api/cases/patient", long.as_bytes()).await.status, 413);
    let deep = format!("{{\"chart\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert!((400..500).contains(&post("/api/assess", deep.as_bytes()).await.status));
    for raw in [
        &b"GARBAGE\r\n\r\n"[..],
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01",
        b"GET /\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
    ] {
        server.send(raw).await;
    }
    assert_eq!(server.get("/api/status").await.status, 200);
}

#[tokio::test]
async fn uploads_beyond_their_size_are_refused_before_they_come() {
    let server = start_empty().await;
    let bearer = format!("Bearer {TOKEN}");
    let id =
        server.post("/api/imports", &serde_json::json!({})).await.json()["id"].as_str().unwrap().to_owned();
    let path = format!("/api/imports/{id}/files?kind=ct&name=big.nii");
    let five_gb = (5u64 << 30).to_string();
    let answer =
        server.ask("PUT", &path, &[("Authorization", &bearer), ("Content-Length", &five_gb)], b"x").await;
    assert_eq!(answer.status, 413, "{}", answer.text());
    // Without a length nothing is taken either.
    let answer =
        server.ask("PUT", &path, &[("Authorization", &bearer), ("Transfer-Encoding", "chunked")], b"").await;
    assert_eq!(answer.status, 411);
}

#[tokio::test]
async fn a_compressed_file_that_swells_is_refused_without_swelling() {
    let server = start_empty().await;
    let bearer = format!("Bearer {TOKEN}");
    // A header that claims 32767³ voxels, followed by 64 MiB of zeros in 64 KiB.
    let mut header = vec![0u8; 352];
    header[0..4].copy_from_slice(&348i32.to_le_bytes());
    for (i, n) in [3i16, 32767, 32767, 32767, 1, 1, 1, 1].iter().enumerate() {
        header[40 + 2 * i..42 + 2 * i].copy_from_slice(&n.to_le_bytes());
    }
    header[70..72].copy_from_slice(&4i16.to_le_bytes());
    header[72..74].copy_from_slice(&16i16.to_le_bytes());
    header[108..112].copy_from_slice(&352f32.to_le_bytes());
    header[344..348].copy_from_slice(b"n+1\0");
    header.resize(64 << 20, 0);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut packed, &header).unwrap();
    let packed = packed.finish().unwrap();
    assert!(packed.len() < 200_000);
    let id =
        server.post("/api/imports", &serde_json::json!({})).await.json()["id"].as_str().unwrap().to_owned();
    let path = format!("/api/imports/{id}/files?kind=ct&name=bomb.nii.gz");
    assert_eq!(server.ask("PUT", &path, &[("Authorization", &bearer)], &packed).await.status, 204);
    let answer =
        server.post(&format!("/api/imports/{id}/finish"), &serde_json::json!({ "name": "bomb" })).await;
    assert_eq!(answer.status, 422, "{}", answer.text());
    assert!(!answer.json()["detail"].as_str().unwrap().contains("/tmp"), "{}", answer.text());
    assert_eq!(server.get("/api/status").await.status, 200);
}
