//! One agent's session: its turns, its calls, and what goes wrong in it.

use super::answer::{self, Arguments};
use super::event::{Draft, Sender};
use super::json::push_string;
use super::random::Random;
use super::words::{SENTENCES, Shape, THOUGHTS, TOOL_SETS, Tool};

const SECOND: u64 = 1_000_000;

/// A line and the moment at which it reaches the dump, in microseconds since 1970.
pub(crate) struct Arrival {
    pub(crate) at: u64,
    pub(crate) line: String,
}

/// How a session goes: how many calls in a thousand fail openly, fail silently, find nothing.
struct Mood {
    weight: u64,
    errors: u64,
    silent: u64,
    empty: u64,
}

const MOODS: &[Mood] = &[
    Mood { weight: 68, errors: 45, silent: 15, empty: 40 },
    Mood { weight: 24, errors: 180, silent: 60, empty: 150 },
    Mood { weight: 8, errors: 420, silent: 120, empty: 350 },
];

/// What became of one call.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    Worked,
    Empty,
    Failed,
}

/// Writes one session's events.
pub(crate) struct Scene<'g> {
    pub(crate) random: &'g mut Random,
    pub(crate) sender: Sender,
    pub(crate) arrivals: &'g mut Vec<Arrival>,
    pub(crate) clock: u64,
    tools: &'static [Tool],
    mood: &'static Mood,
    pending_intent: Option<String>,
    frustration: usize,
}

impl<'g> Scene<'g> {
    pub(crate) fn new(
        random: &'g mut Random,
        sender: Sender,
        arrivals: &'g mut Vec<Arrival>,
        clock: u64,
    ) -> Self {
        let tools = random.pick(TOOL_SETS);
        let mood = &MOODS[random.weighted(MOODS.iter().map(|mood| mood.weight))];
        Self { random, sender, arrivals, clock, tools, mood, pending_intent: None, frustration: 0 }
    }

    /// `session_init` (where the session has a hint), as SDKs send it: at the time of the first call. Now and then it is sent twice.
    pub(crate) fn init(&mut self) {
        if self.sender.hint.is_none() {
            return;
        }
        let mut id = String::with_capacity(64);
        self.random.hex(&mut id, 64);
        let again = self.random.chance(20);
        for round in 0..=u64::from(again) {
            let start = self.clock + round * 1_700_000;
            let draft =
                Draft { id: id.clone(), kind: "session_init", start, ok: true, ..Draft::default() };
            let line = draft.line(&self.sender);
            self.arrivals.push(Arrival { at: start, line });
        }
    }

    /// `actor_identity` under an id that the actor alone decides, so that a later one repeats it.
    pub(crate) fn identity(&mut self, number: u64) {
        let id = super::random::stable_hash(77, number);
        let identifier = Some(format!("user{number}@example.com"));
        let draft = Draft {
            id,
            kind: "actor_identity",
            start: self.clock,
            ok: true,
            identifier,
            ..Draft::default()
        };
        let line = draft.line(&self.sender);
        self.arrivals.push(Arrival { at: self.clock, line });
    }

    /// One user message and the calls that it leads to.
    pub(crate) fn turn(&mut self, intent: &str) {
        self.pending_intent = Some(intent.to_owned());
        let most = if self.random.chance(8) { 60 } else { 18 };
        let length = self.random.run(if most > 18 { 985 } else { 800 }, most);
        for _ in 0..length {
            let query = query_of(intent, self.random);
            let tool = &self.tools[self.random.weighted(self.tools.iter().map(|tool| tool.weight))];
            self.step(tool, &query);
        }
        self.clock += self.random.spread(40 * SECOND);
    }

    /// One call whose sender's clock says `stamp`; it arrives with the others.
    pub(crate) fn far_future(&mut self, stamp: u64) {
        let id = super::random::stable_hash(78, stamp);
        let result = Some(self.sender.result("{\"done\":true}"));
        let draft = Draft {
            id,
            kind: "tool_call",
            tool: "sync_external",
            start: stamp,
            ok: true,
            input: "{}",
            result,
            ..Draft::default()
        };
        let line = draft.line(&self.sender);
        self.arrivals.push(Arrival { at: self.clock, line });
    }

    /// A call and what an agent does about its ending.
    fn step(&mut self, tool: &'static Tool, query: &str) {
        let escapes = self.sender.escapes();
        let mut arguments = answer::arguments(tool.shape, query, escapes, self.random);
        let mut ending = self.call(tool, query, &arguments);
        if self.random.chance(6) {
            for _ in 0..self.random.between(2, 4) {
                self.call(tool, query, &arguments);
            }
        }
        let mut tries = 0;
        while ending == Ending::Failed && tries < 3 && self.random.chance(520) {
            if self.random.chance(600) {
                answer::correct(&mut arguments, escapes, self.random);
            }
            ending = self.call(tool, query, &arguments);
            tries += 1;
        }
        let mut query = query.to_owned();
        let mut misses = 0;
        while ending == Ending::Empty && misses < 3 {
            misses += 1;
            if !self.random.chance(600) {
                break;
            }
            query = reformulated(&query, self.random);
            let arguments = answer::arguments(tool.shape, &query, escapes, self.random);
            ending = self.call(tool, &query, &arguments);
        }
        if ending == Ending::Empty && self.random.chance(150 * misses) {
            self.capability_request(&query);
        }
        if ending != Ending::Worked {
            self.frustration = (self.frustration + usize::from(self.random.chance(300))).min(2);
        }
    }

    fn capability_request(&mut self, query: &str) {
        let mut input = "{\"capability\":".to_owned();
        push_string(&mut input, query, self.sender.escapes());
        input.push('}');
        let result = Some(self.sender.text_result("Capability request acknowledged.", false));
        let tool = if self.sender.python { "send_feedback" } else { "request_capability" };
        let draft = Draft {
            kind: "tool_call",
            tool,
            ok: true,
            input: &input,
            capability_request: true,
            result,
            ..Draft::default()
        };
        self.emit(draft, 0);
    }

    fn call(&mut self, tool: &'static Tool, query: &str, arguments: &Arguments) -> Ending {
        let escapes = self.sender.escapes();
        let input = answer::object(arguments);
        let thought = self.random.pick(THOUGHTS);
        let thinking =
            self.random.chance(880).then(|| format!("{}{query}{}", thought.0, thought.1));
        let intent = self.pending_intent.take();
        let frustration =
            self.sender.declares_frustration.then(|| ["low", "medium", "high"][self.frustration]);
        let mut draft = Draft {
            kind: if tool.shape == Shape::Script { "execute_script" } else { "tool_call" },
            tool: tool.name,
            ok: true,
            intent: intent.as_deref(),
            thinking: thinking.as_deref(),
            frustration: frustration.filter(|_| intent.is_some()),
            input: &input,
            ..Draft::default()
        };
        let mut duration = self.random.spread(tool.median_ms * 1_000) + self.random.below(1_000);
        let is_search = matches!(tool.shape, Shape::Discovery | Shape::Content);
        let ending = if self.random.chance(self.mood.errors) {
            let error = answer::error(tool.name, self.random);
            if error.contains("timed out") || error.starts_with("Cancelled") {
                duration += 30 * SECOND;
            }
            draft.ok = false;
            draft.result = self.random.chance(350).then(|| self.sender.text_result(&error, true));
            draft.error = Some(error);
            Ending::Failed
        } else if self.random.chance(self.mood.silent) {
            let error = answer::error(tool.name, self.random);
            let (value, plain) = answer::silent_failure(&error, escapes, self.random);
            draft.result = Some(if plain {
                self.sender.text_result(&value, false)
            } else {
                self.sender.result(&value)
            });
            Ending::Failed
        } else if is_search && self.random.chance(25) {
            // An answer in words: how many it found cannot be told.
            draft.result = Some(self.sender.text_result(self.random.pick(SENTENCES), false));
            Ending::Worked
        } else if is_search {
            let count =
                if self.random.chance(self.mood.empty) { 0 } else { self.random.between(1, 2) };
            draft.result =
                Some(self.sender.result(&answer::hits(query, count, escapes, self.random)));
            if count == 0 { Ending::Empty } else { Ending::Worked }
        } else if self.random.chance(40) {
            draft.result = Some(self.sender.text_result(self.random.pick(SENTENCES), false));
            Ending::Worked
        } else {
            draft.result =
                Some(self.sender.result(&answer::result(tool.shape, escapes, self.random)));
            Ending::Worked
        };
        if tool.shape == Shape::Script {
            self.fill_script(&mut draft, query);
        } else if tool.name == "route" {
            draft.search_calls = search_entry(
                query,
                if ending == Ending::Empty { 0 } else { 3 },
                draft.error.as_deref(),
            );
        }
        self.emit(draft, duration);
        ending
    }

    /// What an `execute_script` did inside.
    fn fill_script(&mut self, draft: &mut Draft<'_>, query: &str) {
        let mut source = String::from("const api = connect();\n");
        for at in 0..self.random.between(1, 3) {
            let inner = self.random.pick(self.tools);
            if inner.shape == Shape::Script {
                continue;
            }
            let escapes = self.sender.escapes();
            let arguments =
                answer::object(&answer::arguments(inner.shape, query, escapes, self.random));
            let failed = self.random.chance(self.mood.errors);
            if !draft.calls.is_empty() {
                draft.calls.push(',');
            }
            source.push_str(&format!(
                "const r{at} = await api.call('{}', {arguments});\n",
                inner.name
            ));
            let duration = self.random.spread(inner.median_ms);
            draft.calls.push_str(&format!(
                "{{\"name\":\"{}\",\"args\":{arguments},\"ok\":{},\"duration_ms\":{duration},",
                inner.name, !failed
            ));
            if failed {
                draft.calls.push_str("\"error\":");
                let error = answer::error(inner.name, self.random);
                push_string(&mut draft.calls, &error, escapes);
            } else {
                draft.calls.push_str("\"error\":null,\"result\":");
                let result = match inner.shape {
                    Shape::Discovery | Shape::Content => {
                        answer::hits(query, self.random.below(3), escapes, self.random)
                    }
                    Shape::Report => "[]".to_owned(),
                    shape => answer::result(shape, escapes, self.random),
                };
                draft.calls.push_str(&result);
            }
            draft.calls.push('}');
        }
        if self.random.chance(400) {
            let count =
                if self.random.chance(self.mood.empty) { 0 } else { self.random.between(1, 6) };
            draft.search_calls = search_entry(query, count, None);
            source.push_str("await api.searchMethods(query);\n");
        }
        draft.logs = "{\"level\":\"info\",\"message\":\"done\"}".to_owned();
        draft.script = Some(source);
    }

    /// Sends a draft off: its id and times, now and then a skewed clock or the same event once more.
    fn emit(&mut self, mut draft: Draft<'_>, duration: u64) {
        let mut id = String::with_capacity(64);
        self.random.hex(&mut id, 64);
        draft.id = id;
        draft.duration = duration;
        draft.start = self.clock;
        if self.random.below(4_000) == 0 {
            let skew = self.random.between(1, 6) * 3_600 * SECOND;
            draft.start =
                if self.random.chance(500) { draft.start + skew } else { draft.start - skew };
        }
        let at = self.clock + duration;
        let line = draft.line(&self.sender);
        if self.random.below(400) == 0 {
            self.arrivals.push(Arrival { at: at + 5 * SECOND, line: line.clone() });
        }
        self.arrivals.push(Arrival { at, line });
        // Agents also call several tools at once: the next call then starts before this one ends.
        self.clock = if self.random.chance(70) {
            self.clock + self.random.between(200, 3_000)
        } else {
            at + self.random.spread(3 * SECOND)
        };
    }
}

fn search_entry(query: &str, count: u64, error: Option<&str>) -> String {
    let mut out = "{\"query\":".to_owned();
    push_string(&mut out, query, super::json::Escapes::Utf8);
    match error {
        Some(error) => {
            out.push_str(",\"result_count\":0,\"error\":");
            push_string(&mut out, error, super::json::Escapes::Utf8);
            out.push('}');
        }
        None => out.push_str(&format!(",\"result_count\":{count},\"error\":null}}")),
    }
    out
}

/// A few words of the intent, as an agent searches for them; a text without spaces stays whole.
fn query_of(intent: &str, random: &mut Random) -> String {
    let words: Vec<&str> = intent
        .split(|c: char| c.is_whitespace() || c.is_ascii_punctuation())
        .filter(|word| !word.is_ascii() || word.len() > 3)
        .collect();
    if words.len() < 3 {
        return intent.to_owned();
    }
    let length = random.between(2, 5).min(words.len() as u64) as usize;
    let from = random.below((words.len() - length + 1) as u64) as usize;
    words[from..from + length].join(" ")
}

/// The query with a word less or another word.
fn reformulated(query: &str, random: &mut Random) -> String {
    let mut words: Vec<&str> = query.split(' ').collect();
    if words.len() > 2 {
        words.remove(random.below(words.len() as u64) as usize);
    }
    words.push(random.pick(&["settings", "api", "how to", "example", "configure", "limits"]));
    words.join(" ")
}
