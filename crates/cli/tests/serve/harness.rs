//! A server that runs, and commands beside it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

pub(crate) fn command(arguments: &[&str], data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mcp-insights"));
    command.args(arguments).arg("--data").arg(data);
    command
}

pub(crate) fn run(arguments: &[&str], data: &Path) -> Output {
    command(arguments, data).output().unwrap()
}

#[track_caller]
pub(crate) fn stdout(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[track_caller]
pub(crate) fn json(output: &Output) -> Value {
    serde_json::from_str(&stdout(output)).unwrap()
}

#[track_caller]
pub(crate) fn refused(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A server that is killed where it was not stopped.
pub(crate) struct Served {
    pub(crate) child: Child,
    pub(crate) address: String,
}

impl Served {
    /// One that serves.
    pub(crate) fn start(data: &Path) -> Self {
        let mut child = Self::spawn(data);
        let mut first = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut first).unwrap();
        let address = first.split("http://").nth(1).unwrap().split('/').next().unwrap().to_owned();
        Self { child, address }
    }

    /// One that listens, and may still be opening its folder.
    pub(crate) fn listening(data: &Path) -> Self {
        let mut child = Self::spawn(data);
        // No byte more, for what comes after is read when it stops.
        let (mut line, mut byte) = (Vec::new(), [0]);
        let log = child.stderr.as_mut().unwrap();
        while log.read(&mut byte).unwrap() == 1 && byte[0] != b'\n' {
            line.extend(byte);
        }
        let line: Value = serde_json::from_slice(&line).unwrap();
        assert_eq!(line["message"], "listening");
        Self { child, address: line["address"].as_str().unwrap().to_owned() }
    }

    fn spawn(data: &Path) -> Child {
        let options = ["serve", "--encoder", "fast", "--listen", "127.0.0.1:0"];
        let mut command = command(&options, data);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// The status and body of an answer.
    pub(crate) fn send(&self, head: &str, key: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let length = body.len();
        write!(
            stream,
            "{head} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {key}\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}",
            self.address
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }

    pub(crate) fn org(&self, key: &str) -> u16 {
        self.send("GET /api/armature/v1/org", key, "").0
    }

    /// Stops it as a supervisor does, and gives its log.
    #[cfg(unix)]
    pub(crate) fn stop(mut self) -> String {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        let started = Instant::now();
        while self.child.try_wait().unwrap().is_none() {
            assert!(started.elapsed() < Duration::from_secs(30), "it does not stop");
            std::thread::sleep(Duration::from_millis(20));
        }
        assert!(self.child.wait().unwrap().success());
        let mut log = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        log
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
