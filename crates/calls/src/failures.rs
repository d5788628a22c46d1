//! Why a call failed: the first rule of [`RULES`] that its text or its code fits.

use std::cell::RefCell;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use crate::FailureClass;
use crate::error_words::error_words;
use crate::failure_rules::{Evidence, RULES};
use crate::memo::Memo;

/// A `*` in a wording stands for at most so many bytes.
const LONGEST_GAP: usize = 40;

/// Why a call failed, by what was said of it.
///
/// ```
/// use mcp_insights_calls::{FailureClass, classify};
/// assert_eq!(classify("HTTP 503 from the search backend"), FailureClass::Upstream5xx);
/// assert_eq!(classify("MCP error -32603: Issue 7 does not exist"), FailureClass::ResourceNotFound);
/// assert_eq!(classify("oops"), FailureClass::InternalError);
/// ```
#[must_use]
pub fn classify(text: &str) -> FailureClass {
    classify_with_code(text, None)
}

/// As [`classify`], with a code that stands beside the text.
pub(crate) fn classify_with_code(text: &str, code: Option<i64>) -> FailureClass {
    thread_local! {
        static CLASSES: RefCell<Memo<FailureClass>> = RefCell::default();
    }
    let class = |text: &str| {
        let rule = deciding_rule(text, code).and_then(|rule| RULES.get(rule));
        rule.map_or(FailureClass::InternalError, |rule| rule.class)
    };
    match code {
        Some(_) => class(text),
        None => CLASSES.with_borrow_mut(|classes| *classes.get(text, class)),
    }
}

/// The place of the first rule that fits.
fn deciding_rule(text: &str, code: Option<i64>) -> Option<usize> {
    let wordings = WORDINGS.as_ref()?;
    let found = wordings.first_rule(&error_words(text));
    found.or_else(|| {
        let is_json_rpc = |code: &i64| (-32_768..=-32_000).contains(code);
        let is_http = |code: &i64| (400..=599).contains(code);
        let json_rpc = code.filter(is_json_rpc).or_else(|| json_rpc_code(text));
        let http = code.filter(is_http).or_else(|| http_status(text));
        RULES.iter().position(|rule| match rule.evidence {
            Evidence::Wording(_) => false,
            Evidence::JsonRpc(codes) => json_rpc.is_some_and(|code| codes.contains(&code)),
            Evidence::Http(first, last) => http.is_some_and(|code| (first..=last).contains(&code)),
        })
    })
}

/// All wordings of the table in one automaton.
struct Wordings {
    automaton: AhoCorasick,
    /// Of each pattern of the automaton the wording that it is of, and whether it is the one behind a `*`.
    pieces: Vec<Piece>,
}

#[derive(Clone, Copy)]
struct Piece {
    rule: usize,
    wording: usize,
    is_second: bool,
    has_second: bool,
    word_begins: bool,
    word_ends: bool,
}

static WORDINGS: LazyLock<Option<Wordings>> = LazyLock::new(Wordings::new);

impl Wordings {
    fn new() -> Option<Self> {
        let (mut texts, mut pieces, mut count) = (Vec::new(), Vec::new(), 0);
        for (rule, row) in RULES.iter().enumerate() {
            let Evidence::Wording(wordings) = row.evidence else { continue };
            for wording in wordings {
                let (first, second) = wording.split_once('*').unwrap_or((wording, ""));
                for (text, is_second) in [(first, false), (second, true)] {
                    let piece = text.trim();
                    if piece.is_empty() {
                        continue;
                    }
                    let is_word = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
                    // A star without a space before it stands for the rest of the word.
                    let is_open = !is_second && wording.contains('*') && !text.ends_with(' ');
                    texts.push(piece);
                    pieces.push(Piece {
                        rule,
                        wording: count,
                        is_second,
                        has_second: !second.trim().is_empty(),
                        word_begins: is_word(piece.as_bytes().first()),
                        word_ends: is_word(piece.as_bytes().last()) && !is_open,
                    });
                }
                count += 1;
            }
        }
        let kind = Some(AhoCorasickKind::DFA);
        let automaton = AhoCorasick::builder().kind(kind).build(texts).ok()?;
        Some(Self { automaton, pieces })
    }

    /// The first rule of which a wording stands in the words of an error.
    fn first_rule(&self, words: &str) -> Option<usize> {
        let bytes = words.as_bytes();
        let is_word = |at: Option<usize>| {
            at.and_then(|at| bytes.get(at))
                .is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte >= 0x80)
        };
        let mut first: Option<usize> = None;
        // Where the part before a star ended last, of each wording of which that was found.
        let mut open: Vec<(usize, usize)> = Vec::new();
        for found in self.automaton.find_overlapping_iter(words) {
            let Some(piece) = self.pieces.get(found.pattern().as_usize()) else { continue };
            let begins_within = piece.word_begins && is_word(found.start().checked_sub(1));
            let ends_within = piece.word_ends && is_word(Some(found.end()));
            if begins_within || ends_within || first.is_some_and(|rule| rule <= piece.rule) {
                continue;
            }
            if !piece.has_second {
                first = Some(piece.rule);
                continue;
            }
            let known = open.iter_mut().find(|(wording, _)| *wording == piece.wording);
            if !piece.is_second {
                match known {
                    Some((_, end)) => *end = found.end(),
                    None => open.push((piece.wording, found.end())),
                }
            } else if let Some((_, end)) = known
                && let Some(gap) = words.get(*end..found.start())
                && gap.len() <= LONGEST_GAP
                && !gap.contains(['.', ':', ';'])
            {
                first = Some(piece.rule);
            }
        }
        first
    }
}

/// A JSON-RPC code in a text.
fn json_rpc_code(text: &str) -> Option<i64> {
    text.match_indices("-32").find_map(|(at, _)| {
        let rest = text.get(at..)?;
        let digits = rest.bytes().skip(1).take_while(u8::is_ascii_digit).count();
        let code = (digits == 5).then(|| rest.get(..6)?.parse::<i64>().ok())??;
        (-32_768..=-32_000).contains(&code).then_some(code)
    })
}

/// Words behind which a number is an HTTP status.
const STATUS_WORDS: &[&str] = &["status", "code", "http", "error", "statuscode"];

/// An HTTP status of 400 to 599 in a text: a number of three digits at its very beginning, behind one of
/// [`STATUS_WORDS`], alone in parentheses, or at its end behind a colon or a dash.
fn http_status(text: &str) -> Option<i64> {
    let text = text.trim();
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let length = bytes.get(at..)?.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if length == 3
            && let Some(status) = text.get(at..at + 3).and_then(|digits| digits.parse::<i64>().ok())
            && (400..=599).contains(&status)
            && is_status(text.get(..at)?, text.get(at + 3..)?)
        {
            return Some(status);
        }
        at += length.max(1);
    }
    None
}

fn is_status(before: &str, after: &str) -> bool {
    let mut behind = after.chars();
    let is_whole = match (behind.next(), behind.next()) {
        (Some('.'), Some(next)) => !next.is_ascii_digit(),
        (Some(next), _) => !(next.is_alphanumeric() || "_-/%".contains(next)),
        (None, _) => true,
    };
    if !is_whole {
        return false;
    }
    if before.is_empty() || (before.ends_with('(') && after.starts_with(')')) {
        return true;
    }
    let is_last = after.trim_end_matches(['.', '!']).is_empty();
    if is_last && (before.ends_with(": ") || before.ends_with("- ")) {
        return true;
    }
    let before_signs = before.trim_end_matches([' ', ':', '=', '(', '[', '"', '\'', '#']);
    if before_signs.len() == before.len() {
        return false;
    }
    let token = before_signs.rsplit([' ', '(', '"', '\'', ',', '\n', ';']).next().unwrap_or("");
    let letters =
        token.rsplit(|character: char| !character.is_ascii_alphabetic()).next().unwrap_or("");
    STATUS_WORDS
        .iter()
        .any(|word| letters.eq_ignore_ascii_case(word) || token.eq_ignore_ascii_case(word))
        || token.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("http/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_decides_its_example() {
        for (place, rule) in RULES.iter().enumerate() {
            assert_eq!(deciding_rule(rule.example, None), Some(place), "{}", rule.example);
            assert_eq!(classify(rule.example), rule.class, "{}", rule.example);
        }
    }

    #[test]
    fn every_wording_alone_gives_the_class_of_its_rule() {
        for rule in RULES {
            let Evidence::Wording(wordings) = rule.evidence else { continue };
            for wording in wordings {
                let text = match wording.split_once('*') {
                    Some((first, "")) => format!("{first}ing"),
                    Some(_) => wording.replace('*', "thing"),
                    None => (*wording).to_owned(),
                };
                assert_eq!(classify(&text), rule.class, "{wording}");
            }
        }
    }

    #[test]
    fn real_errors_have_the_class_that_a_reader_would_give() {
        use FailureClass::*;
        let rows = [
            (
                "Error executing tool geocode_address: Connection timeout to host https://osm.example/search?q=Jin",
                Timeout,
            ),
            ("Tool call timed out.", Timeout),
            ("asyncio.exceptions.TimeoutError", Timeout),
            (
                "2 validation errors for add_slideArguments\nbackground_colors.0\n  Input should be a valid list",
                InputSchemaMismatch,
            ),
            (
                "Error: [{\"code\": \"invalid_type\", \"path\": [\"timeout_ms\"], \"message\": \"Required\"}]",
                InputSchemaMismatch,
            ),
            (
                "capability must be a non-empty string of at most 1000 characters",
                InputSchemaMismatch,
            ),
            ("{\"champion\":[\"The selected champion is invalid.\"]}", InputSchemaMismatch),
            (
                "Error: ENOENT: no such file or directory, open '/root/docs/exchange.docx'",
                ResourceNotFound,
            ),
            ("[Errno 2] No such file or directory: '/srv/timeout/quota'", ResourceNotFound),
            ("FileNotFoundError: report.csv", ResourceNotFound),
            ("Project 'nope' not found", ResourceNotFound),
            ("Tool execution failed: Project not found", ResourceNotFound),
            ("Tool 'excel_read' not found", UnknownTool),
            ("Error 403: rate limit exceeded", RateLimited),
            ("rate_limit_error: Number of requests has exceeded your limit", RateLimited),
            ("PERMISSION_DENIED", AuthOrPermission),
            ("EACCES: permission denied, mkdir '/data'", AuthOrPermission),
            ("connect ECONNREFUSED 127.0.0.1:5432", TransportFailure),
            ("MCP error -32000: Connection closed", TransportFailure),
            ("(sqlite3.OperationalError) no such table: project", MissingPrecondition),
            (
                "No presentation is currently loaded or the specified ID is invalid",
                MissingPrecondition,
            ),
            ("ModuleNotFoundError: No module named 'pandas'", MissingPrecondition),
            ("UNIQUE constraint failed: users.email", StateConflict),
            ("No data available for symbol ZZZ", EmptyResult),
            ("Your current plan does not include exports", EntitlementGap),
            ("Server error '503 Service Unavailable' for url 'https://a.example'", Upstream5xx),
            ("INTERNAL_ERROR", InternalError),
            ("An unexpected error occurred", InternalError),
            ("MCP error -32603", InternalError),
            ("", InternalError),
        ];
        for (text, class) in rows {
            assert_eq!(classify(text), class, "{text}");
        }
    }

    #[test]
    fn words_within_words_decide_nothing() {
        for text in [
            "Unexpectedly stopped",
            "The staleness check broke",
            "installable broke",
            "dnsmasq broke",
        ] {
            assert_eq!(classify(text), FailureClass::InternalError, "{text}");
        }
    }

    #[test]
    fn numbers_are_codes_only_where_they_stand_like_one() {
        let rows = [
            ("status 429", Some(429)),
            ("status_code=503", Some(503)),
            ("{\"statusCode\":404}", Some(404)),
            ("HTTP/1.1 502", Some(502)),
            ("HTTP 404.", Some(404)),
            ("429", Some(429)),
            ("500 from the backend", Some(500)),
            ("call failed (404)", Some(404)),
            ("call failed: 404", Some(404)),
            ("status 14290", None),
            ("status 4.29", None),
            ("took 429 ms", None),
            ("issue 404 broke", None),
            ("error 500ms late", None),
            ("see /p/404", None),
            ("code 404.5", None),
            ("status 200", None),
            ("", None),
        ];
        for (text, expected) in rows {
            assert_eq!(http_status(text), expected, "{text}");
        }
        assert_eq!(json_rpc_code("MCP error -32602: x"), Some(-32602));
        assert_eq!(json_rpc_code("-326021 -3260 x-32"), None);
    }

    #[test]
    fn the_message_beats_the_code() {
        assert_eq!(
            classify("MCP error -32602: File not found at 'a.pdf'."),
            FailureClass::ResourceNotFound
        );
        assert_eq!(
            classify_with_code("project is archived", Some(404)),
            FailureClass::StateConflict
        );
        assert_eq!(classify_with_code("", Some(404)), FailureClass::ResourceNotFound);
        assert_eq!(classify_with_code("", Some(-32601)), FailureClass::UnknownTool);
        assert_eq!(classify_with_code("oops", Some(7)), FailureClass::InternalError);
    }
}
