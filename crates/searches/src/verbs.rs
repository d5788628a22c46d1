//! Words that say what is done, and words in which a wish is wrapped.

/// Verbs of API operations, ordered. Wherever one stands, it is what is done ("CSV export of invoices").
const VERBS: &[&str] = &[
    "activate",
    "add",
    "aggregate",
    "analyse",
    "analyze",
    "append",
    "apply",
    "approve",
    "archive",
    "assign",
    "attach",
    "authorize",
    "calculate",
    "cancel",
    "categorize",
    "classify",
    "clone",
    "compare",
    "compile",
    "compress",
    "compute",
    "configure",
    "confirm",
    "connect",
    "convert",
    "create",
    "crop",
    "deactivate",
    "decode",
    "decrypt",
    "delete",
    "deploy",
    "detach",
    "detect",
    "disable",
    "disconnect",
    "download",
    "duplicate",
    "edit",
    "enable",
    "encode",
    "encrypt",
    "evaluate",
    "execute",
    "expand",
    "explain",
    "export",
    "extract",
    "fetch",
    "find",
    "forward",
    "generate",
    "get",
    "identify",
    "import",
    "insert",
    "inspect",
    "install",
    "integrate",
    "invalidate",
    "invoke",
    "lookup",
    "manage",
    "merge",
    "migrate",
    "modify",
    "navigate",
    "notify",
    "optimize",
    "parse",
    "pause",
    "perform",
    "predict",
    "publish",
    "purge",
    "read",
    "rebuild",
    "recommend",
    "reconcile",
    "redeem",
    "refresh",
    "refund",
    "register",
    "reject",
    "remove",
    "rename",
    "render",
    "reopen",
    "replace",
    "replay",
    "reset",
    "resize",
    "resolve",
    "restart",
    "restore",
    "resume",
    "retrieve",
    "revert",
    "revoke",
    "rotate",
    "save",
    "scan",
    "scrape",
    "select",
    "send",
    "shorten",
    "simulate",
    "sort",
    "submit",
    "subscribe",
    "summarize",
    "suspend",
    "sync",
    "synchronize",
    "terminate",
    "toggle",
    "transcribe",
    "transfer",
    "translate",
    "unarchive",
    "unassign",
    "undo",
    "uninstall",
    "unlock",
    "unpublish",
    "unsubscribe",
    "update",
    "upgrade",
    "upload",
    "validate",
    "verify",
    "visualize",
    "withdraw",
    "write",
];

/// Words that are a verb where they come first and a thing elsewhere ("order coffee", "coffee order"), ordered.
const VERBS_IF_FIRST: &[&str] = &[
    "access", "adjust", "audit", "backup", "bill", "block", "book", "browse", "buy", "call",
    "capture", "change", "charge", "chart", "check", "clear", "close", "comment", "control",
    "copy", "count", "delegate", "display", "draft", "draw", "email", "estimate", "filter",
    "follow", "forecast", "fork", "format", "grant", "group", "index", "invite", "issue", "label",
    "launch", "link", "list", "load", "lock", "log", "map", "mark", "match", "measure", "message",
    "monitor", "move", "open", "order", "pay", "pin", "ping", "place", "plan", "play", "plot",
    "post", "preview", "print", "process", "provide", "pull", "push", "query", "rank", "rate",
    "record", "reply", "report", "request", "reserve", "return", "review", "run", "schedule",
    "search", "sell", "set", "share", "show", "sign", "sleep", "snooze", "split", "start", "stop",
    "store", "stream", "switch", "tag", "test", "track", "train", "trigger", "use", "view", "void",
    "watch",
];

/// Words that begin a wish and are no part of it, the longer before the shorter where both fit.
const OPENINGS: &[&[&str]] = &[
    &["i", "am", "looking", "for"],
    &["i'm", "looking", "for"],
    &["is", "there", "any"],
    &["is", "there"],
    &["are", "there"],
    &["does", "it", "support"],
    &["looking", "for"],
    &["search", "for"],
    &["there", "is", "no"],
    &["there", "should", "be"],
    &["it", "would", "be", "nice"],
    &["would", "like"],
    &["would", "be", "nice"],
    &["how", "do", "i"],
    &["how", "can", "i"],
    &["how", "to"],
    &["any", "available"],
    &["need"],
    &["needs"],
    &["want"],
    &["wants"],
    &["wish"],
    &["please"],
    &["missing"],
    &["support", "for"],
    &["support"],
    &["ability"],
    &["able"],
    &["capability"],
    &["capabilities"],
    &["feature"],
    &["functionality"],
    &["way"],
    &["ways"],
    &["tool"],
    &["tools"],
    &["api"],
    &["endpoint"],
    &["endpoints"],
    &["method"],
    &["function"],
    &["command"],
    &["lets", "me"],
    &["let", "me"],
    &["allows", "me"],
    &["allow", "me"],
    &["allows"],
    &["allow"],
    &["help", "me"],
];

/// Things that every wish is for, so that a title does not end on them.
const GENERIC: &[&str] = &[
    "api",
    "apis",
    "capabilities",
    "capability",
    "command",
    "endpoint",
    "endpoints",
    "feature",
    "features",
    "function",
    "functionality",
    "method",
    "methods",
    "operation",
    "operations",
    "platform",
    "sdk",
    "server",
    "servers",
    "support",
    "tool",
    "tools",
];

/// Words that begin a second thought.
const SECOND_THOUGHTS: &[&str] = &[
    "because",
    "but",
    "or",
    "otherwise",
    "since",
    "so",
    "that",
    "unless",
    "when",
    "whenever",
    "where",
    "which",
    "while",
];

/// Whether a lower-case word says what is done, wherever it stands.
pub(crate) fn is_verb(word: &str) -> bool {
    VERBS.binary_search(&word).is_ok()
}

/// Whether a lower-case word says what is done where it comes first.
pub(crate) fn is_verb_at_start(word: &str) -> bool {
    is_verb(word) || VERBS_IF_FIRST.binary_search(&word).is_ok()
}

/// How many of the lower-case words only open a wish.
pub(crate) fn opening_length(words: &[String]) -> usize {
    let fits = |opening: &&&[&str]| {
        words.len() >= opening.len() && words.iter().zip(**opening).all(|(word, own)| word == own)
    };
    OPENINGS.iter().find(fits).map_or(0, |opening| opening.len())
}

/// Whether a lower-case word names what every wish is for.
pub(crate) fn is_generic(word: &str) -> bool {
    GENERIC.binary_search(&word).is_ok()
}

/// Whether a lower-case word begins a second thought.
pub(crate) fn begins_second_thought(word: &str) -> bool {
    SECOND_THOUGHTS.binary_search(&word).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_ordered() {
        for table in [VERBS, VERBS_IF_FIRST, GENERIC, SECOND_THOUGHTS] {
            assert!(table.is_sorted(), "{table:?}");
        }
    }

    #[test]
    fn longer_openings_come_before_shorter_ones() {
        for (index, opening) in OPENINGS.iter().enumerate() {
            let hidden = OPENINGS[..index].iter().find(|before| opening.starts_with(before));
            assert_eq!(hidden, None, "{opening:?} is never reached");
        }
    }

    #[test]
    fn order_is_a_verb_only_where_it_comes_first() {
        assert!(is_verb_at_start("order") && !is_verb("order"));
        assert!(is_verb_at_start("refund") && is_verb("refund"));
        assert!(!is_verb_at_start("invoice"));
    }
}
