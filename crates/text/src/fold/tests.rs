#![expect(clippy::unwrap_used, reason = "tests")]
use proptest::prelude::*;

use super::{fold, fold_error};

/// Text, folded.
const REQUESTS: &[(&str, &str)] = &[
    ("", ""),
    (" \t\n", ""),
    ("\u{200b}\u{feff}", ""),
    ("???", "???"),
    ("1234", "<number>"),
    ("…", "..."),
    ("` `", "` `"),
    ("\"\"", "\"\""),
    ("refund order 1234", "refund order <number>"),
    ("Refund   order 5678.", "refund order <number>"),
    ("Refund order #5678!!", "refund order <number>"),
    ("REFUND ORDER ORD-1234", "refund order <number>"),
    ("refund order (ord_1234)", "refund order <number>"),
    ("(refund order)", "refund order"),
    ("refund order (paid)", "refund order (paid)"),
    ("refund order inv0042", "refund order <number>"),
    ("refund 550e8400-e29b-41d4-a716-446655440000 now", "refund <number> now"),
    ("refund orders 1, 2 and 3", "refund orders <number>"),
    ("get customer cus_9s6XKzkNRiz8i3", "get customer <number>"),
    ("show commit 3f2a9c81", "show commit <number>"),
    ("close ENG-512", "close <number>"),
    ("block 192.168.0.1", "block <number>"),
    ("ping fe80::1ff:fe23:4567:890a", "ping <number>"),
    ("read 0x7F3A", "read <number>"),
    ("call +1 555 123 4567", "call <number>"),
    ("pay $1,234.56 to bob", "pay $<number> to bob"),
    ("raise prices by 5%", "raise prices by <number>%"),
    ("what is -5 plus 7", "what is <number> plus <number>"),
    ("files above 500MB", "files above <number>mb"),
    ("the 3rd and the 12th order", "the <number>rd and the <number>th order"),
    ("upgrade to 1.2.3", "upgrade to <number>"),
    ("book a table on 2025-07-21", "book a table on <date>"),
    ("book a table on 7/21/2025", "book a table on <date>"),
    ("book a table on 21.07.2025 at 19:30", "book a table on <date> at <date>"),
    ("events since 2025-07-21T10:00:00.5Z", "events since <date>"),
    ("events since 2025-07-21 10:00:00+02:00", "events since <date>"),
    ("wake me at 5pm", "wake me at <date>"),
    ("wake me at 5:30 PM", "wake me at <date>"),
    ("weather on January 5th, 2025", "weather on <date>"),
    ("weather on 5 Jan", "weather on <date>"),
    ("sales of 3rd of march 2024", "sales of <date>"),
    ("sales of june 2025", "sales of <date>"),
    ("may i ask", "may i ask"),
    ("reports of 2024", "reports of <number>"),
    ("find \"login bug\" in jira", "find <quoted> in jira"),
    ("find ‘login bug’ in jira", "find <quoted> in jira"),
    ("find “login bug” in jira", "find <quoted> in jira"),
    ("run `cargo test` twice", "run <quoted> twice"),
    ("rename 'bob's file' please", "rename <quoted> please"),
    ("don't cancel the users' orders", "don't cancel the users' orders"),
    ("\"refund my order\"", "refund my order"),
    ("“Refund my order.”", "refund my order"),
    ("\"a\" and \"b\"", "<quoted>"),
    ("open https://example.com/a?b=1.", "open <url>"),
    ("open www.example.com", "open <url>"),
    ("clone github.com/rust-lang/rust", "clone <url>"),
    ("search amazon.com for shoes", "search amazon.com for shoes"),
    ("mail Jane.Doe+x@example.co.uk, please", "mail <email>, please"),
    ("- refund order", "refund order"),
    ("refund\norder", "refund order"),
    ("ＲＥＦＵＮＤ　ＯＲＤＥＲ １２", "refund order <number>"),
    ("ÜBERWEISUNG ANZEIGEN", "überweisung anzeigen"),
    ("ΟΔΟΣ", "οδοσ"),
    ("退款订单1234", "退款订单<number>"),
    ("주문 1234번 환불", "주문 <number>번 환불"),
    // Words with digits are no ids.
    ("list s3 buckets", "list s3 buckets"),
    ("oauth2 login", "oauth2 login"),
    ("web3 wallet", "web3 wallet"),
    ("h264 to mp3", "h264 to mp3"),
    ("2fa for b2b", "2fa for b2b"),
    ("api v2", "api v2"),
    ("ec2 and k8s and i18n", "ec2 and k8s and i18n"),
    ("sha256 or sha-1", "sha256 or sha-1"),
    ("python3.11", "python3.11"),
    ("covid-19 cases", "covid-19 cases"),
    ("4k video in 3d", "4k video in 3d"),
    ("windows10 drivers", "windows10 drivers"),
    ("x86_64 builds", "x86_64 builds"),
    ("report-2024-final as pdf", "report-<number>-final as pdf"),
    ("learn c++", "learn c++"),
    ("learn c#", "learn c#"),
    ("and/or", "and/or"),
    ("decade facade", "decade facade"),
    // Placeholders are their own folding.
    ("refund order <number>", "refund order <number>"),
    ("mail <email> at <date>", "mail <email> at <date>"),
    ("is a < b", "is a < b"),
];

/// Error text, folded.
const ERRORS: &[(&str, &str)] = &[
    ("", ""),
    ("Not found", "Not found"),
    ("Tool 'search_docs' not found", "Tool <quoted> not found"),
    ("Tool \"search docs\" not found.", "Tool <quoted> not found."),
    ("Request 8842 timed out after 300.5 s", "Request <number> timed out after <number> s"),
    ("HTTP 404: /v1/orders/88", "HTTP 404: <path>"),
    ("Request failed with status code 503", "Request failed with status code 503"),
    ("MCP error -32602: Invalid arguments", "MCP error -32602: Invalid arguments"),
    ("read 404 of 500 rows", "read <number> of <number> rows"),
    ("no such file: /home/bob/a b.txt", "no such file: <path> b.txt"),
    ("cannot open src/main.rs:10:3", "cannot open <path>"),
    ("cannot open C:\\temp\\x.csv", "cannot open <path>"),
    ("expected application/json and/or text/html", "expected application/json and/or text/html"),
    ("GET https://api.example.com/v1/a?b=c failed", "GET <url> failed"),
    ("user jane@example.com unknown", "user <email> unknown"),
    ("connect to 10.0.0.7:5432 refused", "connect to <number>:<number> refused"),
    (
        "{\"error\": \"Invalid API key\", \"code\": 401}",
        "{\"error\": \"Invalid API key\", \"code\": 401}",
    ),
    (
        "{\"error\": \"No order 12\", \"id\": \"3f2a9c81\"}",
        "{\"error\": \"No order <number>\", \"id\": \"<number>\"}",
    ),
    (
        "Cancelled via cancel scope 7f3a2b1c4d50 by <Task pending name='Task-12' coro=<run() at /srv/app/main.py:10>>",
        "Cancelled via cancel scope <number> by <Task pending name=<quoted> coro=<run() at <path>>>",
    ),
    (
        "Traceback (most recent call last):\n  File \"/a/b.py\", line 3, in f\nValueError: bad id 17\n",
        "ValueError: bad id <number>",
    ),
    ("line one\n\n  line two", "line one line two"),
];

#[test]
fn requests_fold_as_the_table_says() {
    let wrong: Vec<_> = REQUESTS
        .iter()
        .map(|&(text, folded)| (text, fold(text), folded))
        .filter(|(_, is, must)| is != must)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn errors_fold_as_the_table_says() {
    let wrong: Vec<_> = ERRORS
        .iter()
        .map(|&(text, folded)| (text, fold_error(text), folded))
        .filter(|(_, is, must)| is != must)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn long_errors_are_cut_at_a_character() {
    let folded = fold_error(&"é ".repeat(500));
    assert_eq!(folded.chars().count(), 199);
    assert!(folded.chars().all(|character| matches!(character, 'é' | ' ')));
}

/// Pieces that the scan treats in different ways, to be strung together at random.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("refund "),
        Just("order-"),
        Just("a1b2"),
        Just("\""),
        Just("'"),
        Just("`"),
        Just(" "),
        Just("- "),
        Just("."),
        Just("12"),
        Just("2025-07-21"),
        Just("T10:00"),
        Just("jan "),
        Just("5th "),
        Just("2024"),
        Just("<number>"),
        Just("<dat"),
        Just("e>"),
        Just("@x.com"),
        Just("https://"),
        Just("www."),
        Just("/a/b.c"),
        Just("#"),
        Just("+"),
        Just("退款"),
        Just("É"),
        Just("ﬁ"),
        Just(","),
        Just(" and "),
        Just("fe80::"),
        Just(":30"),
        Just("0x"),
        Just("mb"),
        Just("("),
        Just("{"),
        Just("_"),
    ];
    proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn folding_again_changes_nothing(text in pieces()) {
        let folded = fold(&text);
        prop_assert_eq!(fold(&folded), folded);
    }

    #[test]
    fn folding_any_text_again_changes_nothing(text in any::<String>()) {
        let folded = fold(&text);
        prop_assert_eq!(fold(&folded), folded);
    }

    #[test]
    fn only_blank_texts_fold_to_nothing(text in "\\PC{1,20}") {
        let visible = |character: char| !character.is_whitespace() && !"\u{ad}\u{200b}\u{200c}\u{200d}\u{200e}\u{200f}\u{2060}\u{feff}".contains(character);
        // NFKC may make a space of a visible mark.
        let any_visible = crate::tokens::compatible(&text).chars().any(visible);
        prop_assert_eq!(fold(&text).is_empty(), !any_visible);
    }

    #[test]
    fn case_and_spacing_do_not_matter(text in "[a-z0-9 ]{0,30}") {
        prop_assert_eq!(fold(&text.to_uppercase().replace(' ', " \t ")), fold(&text));
    }

    #[test]
    fn errors_are_short(text in pieces()) {
        prop_assert!(fold_error(&text).chars().count() <= 200);
    }
}

#[test]
fn a_chain_of_reveals_ends() {
    // Nested and unbalanced quotes around values that shrink.
    let text = format!("say \"{} 'x {}\" y' z", "https://a.b/c ".repeat(3), "12 ".repeat(30));
    let folded = fold(&text);
    assert_eq!(fold(&folded), folded);
    assert!(folded.chars().next().unwrap().is_alphabetic());
}
