//! Headless Chromium, spoken to over the pipes of its DevTools protocol.
//!
//! With `--remote-debugging-pipe` it reads messages from descriptor 3 and writes to 4, each a JSON text and a zero byte, so that
//! nothing but pipes and JSON is needed, and no port is open to others.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

/// Says `required` where a browser has to be there; else its tests are skipped without one.
const VARIABLE: &str = "MCP_INSIGHTS_BROWSER";
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
/// Longer than a busy machine takes for anything.
const PATIENCE: Duration = Duration::from_secs(60);

/// No other host is asked for anything, and nothing runs beside the page.
const FLAGS: [&str; 13] = [
    "--headless",
    "--remote-debugging-pipe",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
];

/// A running browser; dropping it ends it.
pub(crate) struct DevTools {
    process: Child,
    requests: Option<ChildStdin>,
    messages: Receiver<Value>,
    events: VecDeque<Value>,
    last_id: u64,
    /// Where it keeps what it keeps, until it has ended.
    _profile: TempDir,
}

impl DevTools {
    /// Starts a browser, or says on standard error that there is none.
    pub(crate) fn start() -> Option<Self> {
        let Some(program) = program() else {
            assert!(
                std::env::var_os(VARIABLE).is_none_or(|value| value != "required"),
                "{VARIABLE}=required, and there is none of {NAMES:?}"
            );
            // Past what a test that passes keeps to itself.
            let said = format!("SKIPPED: the dashboard in a browser: there is none of {NAMES:?}\n");
            std::io::stderr().write_all(said.as_bytes()).unwrap();
            return None;
        };
        let profile = TempDir::new().unwrap();
        // The shell gives the ends of the pipes the numbers that the browser knows them by.
        let mut command = Command::new("/bin/sh");
        command.args(["-c", r#"exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1"#]);
        command.arg(program).args(FLAGS);
        command.env("TMPDIR", profile.path());
        // What root starts gets no sandbox.
        if profile.path().metadata().unwrap().uid() == 0 {
            command.arg("--no-sandbox");
        }
        command.arg(format!("--user-data-dir={}", profile.path().display())).arg("about:blank");
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let requests = process.stdin.take();
        let answers = BufReader::new(process.stdout.take().unwrap());
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            for message in answers.split(0).map_while(Result::ok) {
                let Ok(message) = serde_json::from_slice(&message) else { break };
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        let events = VecDeque::new();
        Some(Self { process, requests, messages, events, last_id: 0, _profile: profile })
    }

    /// Calls a method, of a page where a session is given, and waits for its result.
    #[track_caller]
    pub(crate) fn call(&mut self, session: Option<&str>, method: &str, params: &Value) -> Value {
        self.last_id += 1;
        let mut request = json!({"id": self.last_id, "method": method, "params": params});
        if let Some(session) = session {
            request["sessionId"] = Value::from(session);
        }
        let mut bytes = request.to_string().into_bytes();
        bytes.push(0);
        self.requests.as_mut().unwrap().write_all(&bytes).unwrap();
        let started = Instant::now();
        loop {
            let mut message = self.receive(started, method);
            if message["id"] == self.last_id {
                assert!(message["error"].is_null(), "{method}: {message}");
                return message["result"].take();
            }
            self.events.push_back(message);
        }
    }

    /// The next event that `wanted` knows, and all those before it.
    #[track_caller]
    pub(crate) fn events_until(
        &mut self,
        what: &str,
        mut wanted: impl FnMut(&Value) -> bool,
    ) -> Vec<Value> {
        let started = Instant::now();
        let mut found = Vec::new();
        loop {
            let event = match self.events.pop_front() {
                Some(event) => event,
                None => self.receive(started, what),
            };
            let is_last = wanted(&event);
            found.push(event);
            if is_last {
                return found;
            }
        }
    }

    /// The events that have come and were not looked at.
    pub(crate) fn take_events(&mut self) -> Vec<Value> {
        self.events.extend(self.messages.try_iter());
        self.events.drain(..).collect()
    }

    #[track_caller]
    fn receive(&self, started: Instant, what: &str) -> Value {
        let left = PATIENCE.saturating_sub(started.elapsed());
        match self.messages.recv_timeout(left) {
            Ok(message) => message,
            Err(error) => panic!("the browser does not answer to {what}: {error}"),
        }
    }
}

impl Drop for DevTools {
    fn drop(&mut self) {
        // The end of its input is its end.
        self.requests.take();
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(5) {
            if let Ok(Some(_)) = self.process.try_wait() {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let files = NAMES.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    files.into_iter().find(|file| file.is_file())
}
