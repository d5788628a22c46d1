//! A server on loopback, and a client of it.

use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use mcp_insights::api::Role;
use mcp_insights::{
    DocumentName, DurableEngine, Fast, KeptVectors, Memory, Options, Settings, Storage, Timestamp,
};
use mcp_insights_server::keys::{Access, Keys};
use mcp_insights_server::{Server, ServerOptions, system_time};
use mcp_insights_tests::contract;
use mcp_insights_tests::fixtures::{LIVEMCP, events};
use serde_json::{Value, json};
use tokio::sync::oneshot;

pub(crate) const API: &str = "/api/armature/v1";
pub(crate) const INGEST: &str = "/api/mcp-analytics/ingest";
/// The MCP server of the ingest key.
pub(crate) const SHOP: &str = "shop";

/// A running server; dropping it stops it.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) engine: DurableEngine,
    pub(crate) storage: Arc<Memory>,
    pub(crate) viewer: String,
    pub(crate) editor: String,
    pub(crate) ingest: String,
    agent: ureq::Agent,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: ureq::http::HeaderMap,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.header("content-type"), Some("application/json"), "{self:?}");
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The JSON of an answer that has the shape of the contract.
    #[track_caller]
    pub(crate) fn ok(&self, schema: &str) -> Value {
        assert_eq!(self.status, 200, "{self:?}");
        let json = self.json();
        let violations = contract::violations(schema, &json);
        assert!(violations.is_empty(), "{schema}: {violations:?}");
        json
    }

    /// The error of an answer that has the shape of the contract.
    #[track_caller]
    pub(crate) fn error(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        let json = self.json();
        let violations = contract::violations("Error", &json);
        assert!(violations.is_empty(), "{violations:?}");
        assert_eq!(json["error"]["code"], code);
        json
    }
}

/// Options that share their vectors, so that each text is embedded once for all tests.
pub(crate) fn options() -> &'static Options {
    static OPTIONS: LazyLock<Options> = LazyLock::new(|| Options {
        embedder: Arc::new(KeptVectors::new(Arc::new(Fast))),
        ..Options::default()
    });
    &OPTIONS
}

/// Real events, moved in time so that the last of them began a minute ago.
pub(crate) fn recent_events() -> Vec<Value> {
    recent(&[LIVEMCP])
}

pub(crate) fn recent(names: &[&str]) -> Vec<Value> {
    let mut events = events(names);
    let time = |event: &Value, field: &str| {
        event[field].as_str().map(|text| Timestamp::parse(text).unwrap())
    };
    let last = events.iter().filter_map(|event| time(event, "started_at")).max().unwrap();
    let by = system_time().micros_since(last) - 60_000_000;
    for event in &mut events {
        for field in ["started_at", "finished_at"] {
            if let Some(time) = time(event, field) {
                event[field] = Value::from(time.plus_micros(by).to_string());
            }
        }
    }
    events
}

pub(crate) fn batch(events: &[Value]) -> Vec<u8> {
    serde_json::to_vec(&json!({"schema_version": 1, "events": events})).unwrap()
}

pub(crate) fn gzip(content: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(content).unwrap();
    packer.finish().unwrap()
}

impl Running {
    pub(crate) fn start() -> Self {
        Self::with(&Settings::default())
    }

    pub(crate) fn with(settings: &Settings) -> Self {
        Self::with_options(settings, ServerOptions::default())
    }

    pub(crate) fn with_options(settings: &Settings, server: ServerOptions) -> Self {
        Self::over(options().clone(), settings, server)
    }

    fn over(options: Options, settings: &Settings, server: ServerOptions) -> Self {
        let storage = Arc::new(Memory::default());
        let mut keys = Keys::default();
        let mut key = |access, name| keys.create(access, name, system_time()).unwrap().key;
        let viewer = key(Access::Role(Role::Viewer), "viewer");
        let editor = key(Access::Role(Role::Editor), "editor");
        let ingest = key(Access::Ingest { mcp_server_id: SHOP.to_owned() }, "shop");
        storage.write_document(DocumentName::Keys, &keys.to_document()).unwrap();
        storage.write_document(DocumentName::Settings, &settings.to_document()).unwrap();
        let engine = DurableEngine::with_storage(storage.clone(), options).unwrap();
        let (stop, stopped) = oneshot::channel();
        let (started, address) = std::sync::mpsc::channel();
        let served = engine.clone();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let any = ([127, 0, 0, 1], 0).into();
                let server = Server::bind(served, any, server).await.unwrap();
                started.send(server.address()).unwrap();
                server.run(async { drop(stopped.await) }).await;
            });
        });
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_secs(60)))
            .allow_non_standard_methods(true)
            .build()
            .into();
        let address = address.recv().unwrap();
        let (stop, thread) = (Some(stop), Some(thread));
        Self { address, engine, storage, viewer, editor, ingest, agent, stop, thread }
    }

    /// A server that holds real events, taken in over HTTP and grouped.
    pub(crate) fn with_events() -> Self {
        Self::holding(&recent_events(), options().clone())
    }

    pub(crate) fn holding(events: &[Value], options: Options) -> Self {
        let running = Self::over(options, &Settings::default(), ServerOptions::default());
        for events in events.chunks(100) {
            running.post_events(events).ok("IngestReport");
        }
        running.engine.recluster().unwrap();
        running
    }

    pub(crate) fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Reply {
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = if body.is_empty() && method != "POST" && method != "PATCH" {
            self.agent.run(request.body(()).unwrap())
        } else {
            self.agent.run(request.body(body).unwrap())
        };
        let mut response = response.unwrap();
        let body = response.body_mut().read_to_string().unwrap();
        Reply { status: response.status().as_u16(), headers: response.headers().clone(), body }
    }

    /// `GET` of a path of the API with a key.
    pub(crate) fn get(&self, key: &str, path: &str) -> Reply {
        let authorization = format!("Bearer {key}");
        self.send("GET", &format!("{API}{path}"), &[("authorization", &authorization)], b"")
    }

    pub(crate) fn get_if_none_match(&self, path: &str, tag: &str) -> Reply {
        let authorization = format!("Bearer {}", self.viewer);
        let headers = [("authorization", authorization.as_str()), ("if-none-match", tag)];
        self.send("GET", &format!("{API}{path}"), &headers, b"")
    }

    pub(crate) fn patch(&self, key: &str, path: &str, body: &Value) -> Reply {
        let authorization = format!("Bearer {key}");
        let headers =
            [("authorization", authorization.as_str()), ("content-type", "application/json")];
        self.send("PATCH", &format!("{API}{path}"), &headers, body.to_string().as_bytes())
    }

    pub(crate) fn post(&self, key: &str, more: &[(&str, &str)], body: &[u8]) -> Reply {
        let authorization = format!("Bearer {key}");
        let mut headers = vec![("authorization", authorization.as_str())];
        headers.extend(more);
        self.send("POST", INGEST, &headers, body)
    }

    pub(crate) fn post_events(&self, events: &[Value]) -> Reply {
        self.post(&self.ingest, &[("content-type", "application/json")], &batch(events))
    }

    /// The id of the first topic and the first search of the lists.
    pub(crate) fn ids(&self) -> (String, String, String) {
        let first = |path: &str, list: &str| {
            let answer = self.get(&self.viewer, &format!("{path}?range=90d")).json();
            answer[list][0]["id"].as_str().unwrap().to_owned()
        };
        (
            first("/insights/topics", "topics"),
            first("/insights/searches", "searches"),
            first("/insights/sessions", "sessions"),
        )
    }

    /// Changes the settings and waits until the server has seen it.
    pub(crate) fn set(&self, change: impl Fn(&mut Settings), seen: impl Fn(&Self) -> bool) {
        let mut settings = Settings::read(self.storage.as_ref()).unwrap();
        change(&mut settings);
        self.storage.write_document(DocumentName::Settings, &settings.to_document()).unwrap();
        let started = Instant::now();
        while !seen(self) {
            assert!(
                started.elapsed() < Duration::from_secs(10),
                "the settings were not read again"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Tells the server to stop; it is waited for when this is dropped.
    pub(crate) fn stop(&mut self) {
        self.stop.take();
    }

    /// Waits until it has stopped.
    pub(crate) fn wait(&mut self) {
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
        if let Some(thread) = self.thread.take()
            && !std::thread::panicking()
        {
            thread.join().unwrap();
        }
    }
}
