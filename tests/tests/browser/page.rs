//! A page in the browser: what a person does to it, and what he gets to see.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use parking_lot::{Mutex, MutexGuard};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::devtools::DevTools;
use crate::harness::Running;

/// The width of a phone.
pub(crate) const PHONE: u32 = 360;
/// The width of a desk's window.
pub(crate) const DESK: u32 = 1200;

/// What the system's appearance is set to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    Light,
    Dark,
}

impl Scheme {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// One page, with cookies that no other page has.
pub(crate) struct Page {
    devtools: DevTools,
    session: String,
    /// The server's, without a slash at its end.
    origin: String,
    _turn: MutexGuard<'static, ()>,
}

/// One browser after another: each takes all that a small machine has.
static TURN: Mutex<()> = Mutex::new(());

/// How a page came.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// Of the page itself, behind redirections.
    pub(crate) status: u64,
    /// What the browser complained about: exceptions, console errors, broken policies, failed requests.
    pub(crate) complaints: Vec<String>,
}

impl Page {
    /// An empty page, or none where there is no browser, which is said on standard error.
    pub(crate) fn open() -> Option<Self> {
        let turn = TURN.lock();
        let mut devtools = DevTools::start()?;
        let target = devtools.call(None, "Target.createTarget", &json!({"url": "about:blank"}));
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let attached = devtools.call(None, "Target.attachToTarget", &attach);
        let session = attached["sessionId"].as_str().unwrap().to_owned();
        let mut page = Self { devtools, session, origin: String::new(), _turn: turn };
        for domain in ["Page", "Network", "Runtime", "Log", "Audits"] {
            page.call(&format!("{domain}.enable"), &json!({}));
        }
        page.set_width(DESK);
        page.set_scheme(Scheme::Light);
        Some(page)
    }

    /// Says whose paths are opened from now on.
    pub(crate) fn turn_to(&mut self, server: &Running) {
        self.origin = format!("http://{}", server.address);
    }

    #[track_caller]
    fn call(&mut self, method: &str, params: &Value) -> Value {
        self.devtools.call(Some(&self.session), method, params)
    }

    pub(crate) fn set_width(&mut self, width: u32) {
        let metrics = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width == PHONE});
        self.call("Emulation.setDeviceMetricsOverride", &metrics);
    }

    pub(crate) fn set_scheme(&mut self, scheme: Scheme) {
        let feature = json!({"name": "prefers-color-scheme", "value": scheme.as_str()});
        self.call("Emulation.setEmulatedMedia", &json!({"features": [feature]}));
    }

    /// Whether scripts of the page may run.
    pub(crate) fn set_scripts(&mut self, run: bool) {
        self.call("Emulation.setScriptExecutionDisabled", &json!({"value": !run}));
    }

    /// Opens a path as if it were typed into the address bar.
    #[track_caller]
    pub(crate) fn go(&mut self, path: &str) -> Loaded {
        let url = format!("{}{path}", self.origin);
        self.load(|page| {
            let answer = page.call("Page.navigate", &json!({"url": url}));
            assert!(answer["errorText"].is_null(), "{url}: {answer}");
        })
    }

    /// Does what leads to another page, and waits for that.
    #[track_caller]
    pub(crate) fn load(&mut self, act: impl FnOnce(&mut Self)) -> Loaded {
        self.devtools.take_events();
        act(self);
        let session = self.session.clone();
        let mut is_answered = false;
        let is_loaded = |event: &Value| {
            is_answered |= is_document(event);
            is_answered
                && event["method"] == "Page.loadEventFired"
                && event["sessionId"] == *session
        };
        let mut events = self.devtools.events_until("a page to be loaded", is_loaded);
        // An answer to this comes behind whatever the page has been complained about.
        self.call("Runtime.evaluate", &json!({"expression": "document.body.offsetHeight"}));
        events.extend(self.devtools.take_events());
        let document = events.iter().rfind(|event| is_document(event));
        let status = document.and_then(|event| event["params"]["response"]["status"].as_u64());
        let complaints = events.iter().filter_map(complaint).collect();
        Loaded { status: status.unwrap(), complaints }
    }

    /// What the browser has complained about since the page was loaded.
    pub(crate) fn complaints(&mut self) -> Vec<String> {
        self.call("Runtime.evaluate", &json!({"expression": "document.body.offsetHeight"}));
        self.devtools.take_events().iter().filter_map(complaint).collect()
    }

    /// The path and query that the page stands at.
    pub(crate) fn path(&mut self) -> String {
        self.evaluate("location.pathname + location.search")
    }

    /// The text of the content, as it is shown.
    pub(crate) fn text(&mut self) -> String {
        self.evaluate("document.querySelector('main').innerText")
    }

    /// The value of an expression of JavaScript, which the debugger works out whatever a page may run.
    #[track_caller]
    pub(crate) fn evaluate<T: DeserializeOwned>(&mut self, expression: &str) -> T {
        let params = json!({"expression": expression, "returnByValue": true});
        let mut answer = self.call("Runtime.evaluate", &params);
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {answer}");
        serde_json::from_value(answer["result"]["value"].take()).unwrap()
    }

    /// Presses the mouse where an element stands, which has to be in nothing's shade there.
    #[track_caller]
    pub(crate) fn click(&mut self, selector: &str) {
        let find = format!(
            "(() => {{ const found = document.querySelectorAll({selector});
                if (found.length !== 1) return [0, 0, `${{found.length}} elements`];
                found[0].scrollIntoView({{block: 'center'}});
                const at = found[0].getClientRects()[0], x = at.x + at.width / 2, y = at.y + at.height / 2;
                const top = document.elementFromPoint(x, y);
                return [x, y, found[0].contains(top) ? '' : `under ${{top && top.outerHTML}}`]; }})()",
            selector = Value::from(selector)
        );
        let (x, y, problem): (f64, f64, String) = self.evaluate(&find);
        assert_eq!(problem, "", "{selector}");
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1});
            self.call("Input.dispatchMouseEvent", &event);
        }
    }

    /// Puts a text in the place of what a field holds.
    #[track_caller]
    pub(crate) fn fill(&mut self, selector: &str, text: &str) {
        self.click(selector);
        self.evaluate::<Value>("document.activeElement.select()");
        self.call("Input.insertText", &json!({"text": text}));
        let value: String = self.evaluate("document.activeElement.value");
        assert_eq!(value, text, "{selector}");
    }

    /// Presses a key and lets it go.
    pub(crate) fn press(&mut self, key: Key) {
        let (name, code, text) = match key {
            Key::Tab => ("Tab", 9, ""),
            Key::Enter => ("Enter", 13, "\r"),
        };
        for kind in ["keyDown", "keyUp"] {
            let text = if kind == "keyDown" { text } else { "" };
            let event = json!({"type": kind, "key": name, "code": name, "windowsVirtualKeyCode": code, "text": text});
            self.call("Input.dispatchKeyEvent", &event);
        }
    }

    /// The top of the page as a PNG, at most so high.
    pub(crate) fn picture(&mut self, highest: u32) -> Vec<u8> {
        let (width, height): (u32, u32) = self.evaluate(
            "[document.documentElement.clientWidth, Math.ceil(document.body.offsetHeight)]",
        );
        let clip =
            json!({"x": 0, "y": 0, "width": width, "height": height.min(highest), "scale": 1});
        let params = json!({"format": "png", "clip": clip, "captureBeyondViewport": true});
        let answer = self.call("Page.captureScreenshot", &params);
        BASE64_STANDARD.decode(answer["data"].as_str().unwrap()).unwrap()
    }
}

/// A key of the keyboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Tab,
    Enter,
}

/// Whether an event tells of the answer that a page is made from.
fn is_document(event: &Value) -> bool {
    event["method"] == "Network.responseReceived" && event["params"]["type"] == "Document"
}

/// What the browser complains about in an event, if it does.
fn complaint(event: &Value) -> Option<String> {
    let params = &event["params"];
    let text = match event["method"].as_str()? {
        "Runtime.exceptionThrown" => params["exceptionDetails"].to_string(),
        "Runtime.consoleAPICalled" if params["type"] == "error" => params["args"].to_string(),
        "Log.entryAdded" if params["entry"]["level"] == "error" => params["entry"].to_string(),
        "Audits.issueAdded" if params["issue"]["code"] == "ContentSecurityPolicyIssue" => {
            params["issue"].to_string()
        }
        "Network.loadingFailed" if params["canceled"] != true => params.to_string(),
        _ => return None,
    };
    Some(text)
}
