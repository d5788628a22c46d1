//! Catalogs as they come, and what is said of those that cannot be read.

#![expect(clippy::unwrap_used, reason = "tests")]

use super::{Catalog, CatalogError, CatalogTool};

/// The catalog in one line: `server/name(parameter=description, …): description`.
fn shown(catalog: &Catalog) -> String {
    let tools = catalog.tools().iter().map(|tool| {
        let server = tool.server.as_ref().map(|server| format!("{server}/")).unwrap_or_default();
        let parameters: Vec<String> = tool
            .parameters
            .iter()
            .map(|parameter| format!("{}={}", parameter.name, parameter.description))
            .collect();
        format!("{server}{}({}): {}", tool.name, parameters.join(", "), tool.description)
    });
    tools.collect::<Vec<_>>().join(" | ")
}

fn read(text: &str) -> String {
    Catalog::read(text.as_bytes()).map_or_else(|error| error.to_string(), |catalog| shown(&catalog))
}

#[test]
fn lists_of_tools_are_read() {
    for (text, expected) in [
        // Answers of tools/list.
        (
            r#"{"jsonrpc": "2.0", "id": 1, "result": {"tools": [{"name": "a", "description": "A.",
                "inputSchema": {"type": "object", "properties": {"z": {"description": "Z."}, "b": {}}}}]}}"#,
            "a(z=Z., b=): A.",
        ),
        (r#"{"tools": [{"name": "a", "description": "A."}]}"#, "a(): A."),
        (r#"{"server": "s", "tools": [{"name": "a"}]}"#, "s/a(): "),
        (r#"{"serverInfo": {"name": "s"}, "tools": [{"name": "a"}]}"#, "s/a(): "),
        (r#"{"server": {"name": "s"}, "tools": [{"name": "a"}]}"#, "s/a(): "),
        (r#"{"server": "s", "tools": [{"name": "a", "server": "t"}]}"#, "t/a(): "),
        (r#"{"tools": []}"#, ""),
        (r#"{"tools": {"a": {"description": "A."}, "b": "B."}}"#, "a(): A. | b(): B."),
        // Bare lists.
        (r#"[]"#, ""),
        (
            r#"[{"name": "b", "mcp_server_id": "s"}, {"name": "a", "server_name": null}]"#,
            "a():  | s/b(): ",
        ),
        (r#"[{"name": "a", "input_schema": {"properties": {"x": {}}}}]"#, "a(x=): "),
        (r#"[{"name": "a", "parameters": {"properties": {"x": {}}}}]"#, "a(x=): "),
        (r#"[{"type": "function", "function": {"name": "a", "description": "A."}}]"#, "a(): A."),
        (r#"[{"name": "s", "tools": [{"name": "a"}]}]"#, "s/a(): "),
        (r#"[{"name": " 查询 ", "description": " 天气 "}]"#, "查询(): 天气"),
        // Titles.
        (r#"[{"name": "get_a", "title": "Get A", "description": "Reads."}]"#, "get_a(): Reads."),
        (
            r#"[{"name": "get_a", "title": "Get old A", "description": "Reads."}]"#,
            "get_a(): Get old A. Reads.",
        ),
        (r#"[{"name": "a", "annotations": {"title": "Old"}}]"#, "a(): Old"),
        // One document a line, or one behind the other.
        ("{\"tools\": [{\"name\": \"b\"}]}\n{\"tools\": [{\"name\": \"a\"}]}\n", "a():  | b(): "),
        (
            "{\"name\": \"b\", \"description\": \"B.\"}\n\n{\"name\": \"a\", \"title\": \"\"}",
            "a():  | b(): B.",
        ),
        (
            "{\"jsonrpc\": \"2.0\", \"method\": \"tools/list\", \"id\": 1}\n\
             {\"jsonrpc\": \"2.0\", \"id\": 1, \"result\": {\"tools\": [{\"name\": \"a\"}]}}",
            "a(): ",
        ),
        ("{\"name\": \"b\"}\n{\"name\": \"a\", \"server\": \"s\"}", "b():  | s/a(): "),
        (
            r#"[{"jsonrpc": "2.0", "method": "tools/list", "id": 1},
                {"jsonrpc": "2.0", "id": 1, "result": {"tools": [{"name": "a"}]}},
                {"jsonrpc": "2.0", "id": 2, "result": {"tools": [{"name": "b"}]}}]"#,
            "a():  | b(): ",
        ),
        // What some programs write and no text or number can hold.
        (r#"[{"name": "a", "description": "Cut \ud83d", "limit": 1e999}]"#, "a(): Cut \u{fffd}"),
        // Maps of servers and of tools.
        (r#"{"servers": {"s": {"tools": [{"name": "a"}]}, "t": {"tools": []}}}"#, "s/a(): "),
        (
            r#"{"s": {"tools": [{"name": "a"}]}, "t": {"tools": [{"name": "a"}]}}"#,
            "s/a():  | t/a(): ",
        ),
        (r#"{"servers": [{"name": "s", "tools": [{"name": "a"}]}]}"#, "s/a(): "),
        (r#"{"tools": {"status": "Shows it."}}"#, "status(): Shows it."),
        (
            r#"{"status": "Shows it.", "commit": "Keeps it."}"#,
            "commit(): Keeps it. | status(): Shows it.",
        ),
        (r#"{"error": {"description": "Logs one."}}"#, "error(): Logs one."),
        (r#"{"b": "B.", "a": null}"#, "a():  | b(): B."),
        (r#"{"a": {"description": "A.", "parameters": {"properties": {"x": {}}}}}"#, "a(x=): A."),
        // Of equal tools the one that says most stays.
        (r#"[{"name": "a"}, {"name": "a", "description": "A."}, {"name": "a"}]"#, "a(): A."),
        // The same in YAML.
        (
            "tools:\n- name: on\n  description: Turns on.\n- name: 007\n",
            "007():  | on(): Turns on.",
        ),
        ("- name: a\n  inputSchema: {properties: {yes: {description: Y.}}}\n", "a(yes=Y.): "),
        ("base: &base {description: A.}\nother: {<<: *base}\n", "base(): A. | other(): A."),
        ("\u{feff}a: |\n  One\n  two.\n", "a(): One\ntwo."),
        ("\u{feff}[]", ""),
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
}

#[test]
fn tables_are_read() {
    for (text, expected) in [
        ("name,description\na,A.\n", "a(): A."),
        (
            "\u{feff}Server, Name ,Description,More\ns,a,\"A, or\nB.\",x\n,b,B.\n",
            "b(): B. | s/a(): A, or\nB.",
        ),
        ("description,name\nA.,a\n\n,b\n", "a(): A. | b(): "),
        ("name\tdescription\na\tA, or B.\n", "a(): A, or B."),
        ("name;description\na;A.\n", "a(): A."),
        ("name,description\na\n", "a(): "),
        ("name,description", ""),
        ("b,B: this\r\na,A.\r\n", "a(): A. | b(): B: this"),
        ("a\tA, or B.\n", "a(): A, or B."),
        ("名,说明\n", "名(): 说明"),
        // Headers without a description, or with another name for it.
        ("tool_name,summary\nget_x,Gets x", "get_x(): Gets x"),
        ("name,summary,description\nget_x,X,Gets x", "get_x(): Gets x"),
        ("name,server\nget_x,billing", "billing/get_x(): "),
        ("Tool\nget_x\nget_y\n", "get_x():  | get_y(): "),
        // Comments in front.
        ("# exported, \"today\n\n  # name\nname,description\na,A.\n", "a(): A."),
        ("# tools\na,A.\n#b,B.\n", "#b(): B. | a(): A."),
        ("#,name,description\n1,a,A.\n", "a(): A."),
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
}

#[test]
fn operations_of_an_api_are_read() {
    for (text, expected) in [
        (
            r##"{"openapi": "3.0.1", "paths": {"/pets/{petId}": {
                "parameters": [{"$ref": "#/components/parameters/id"}, {"name": "trace", "in": "header"}],
                "get": {"operationId": "getPet", "summary": "Get a pet", "description": "Get a pet by id.",
                        "parameters": [{"name": "trace", "in": "query", "description": "Why."},
                                       {"name": "session", "in": "cookie"}]},
                "put": {"summary": "Change a pet", "description": "All at once.", "requestBody": {"content": {
                        "text/plain": {}, "application/json; charset=utf-8": {"schema": {"$ref": "#/components/schemas/Pet"}}}}},
                "x-more": {}}},
              "components": {"parameters": {"id": {"name": "petId", "in": "path", "schema": {"description": "Which."}}},
                "schemas": {"Pet": {"properties": {"name": {"description": "Its name."}, "tag": {"$ref": "#/components/schemas/Tag"}},
                                    "allOf": [{"$ref": "#/components/schemas/Animal"}, {"properties": {"age": {}}}]},
                            "Animal": {"properties": {"kind": {}, "name": {}}, "allOf": [{"$ref": "#/components/schemas/Far"}]},
                            "Far": {"properties": {"far": {}}}, "Tag": {"description": "A tag."}}}}"##,
            "getPet(trace=Why., petId=Which.): Get a pet by id. | \
             put_pets_by_pet_id(petId=Which., trace=, name=Its name., tag=A tag., kind=, age=): \
             Change a pet. All at once.",
        ),
        // Cycles.
        (
            r##"{"openapi": "3.1.0", "paths": {"/a": {"post": {
                "parameters": [{"$ref": "#/components/parameters/p"}],
                "requestBody": {"$ref": "#/components/requestBodies/b"}}},
                "/b": {"$ref": "#/paths/~1b"}, "/c": {"$ref": "#/paths/~1a"}},
              "components": {"parameters": {"p": {"$ref": "#/components/parameters/p"}},
                "requestBodies": {"b": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/s"}}}}},
                "schemas": {"s": {"properties": {"self": {"$ref": "#/components/schemas/s"}},
                                  "allOf": [{"$ref": "#/components/schemas/s"}]}}}}"##,
            "post_a(self=):  | post_c(self=): ",
        ),
        // YAML with what people write: numbers as keys, tabs in texts, no quotes, parts missing.
        (
            "openapi: 3.0\ninfo: {title: Invoices}\npaths:\n  /invoices/{invoice_id}/lines:\n    get:\n      \
             responses:\n        200: {description: yes}\n  /:\n    GET:\n      tags: no list\n    post: null\n    \
             delete: text\n",
            "get():  | get_invoices_by_invoice_id_lines(): ",
        ),
        // Several operations with one id.
        (
            r#"{"openapi": "3.0.0", "paths": {"/a": {"get": {"operationId": "do"}}, "/b": {"get": {"operationId": "do"}}}}"#,
            "do():  | get_b(): ",
        ),
        // Several operations with one name: ids keep theirs, wherever they stand.
        (
            r#"{"openapi": "3.0.0", "paths": {"/a/b": {"get": {}}, "/a-b": {"get": {}}, "/a_b": {"get": {}},
                "/x": {"get": {"operationId": "get_a_b_2"}}}}"#,
            "get_a_b():  | get_a_b_2():  | get_a_b_3():  | get_a_b_4(): ",
        ),
        (
            r#"{"openapi": "3.0.0", "paths": {"/b": {"get": {"summary": "B."}}, "/a": {"get": {"operationId": "get_b"}}}}"#,
            "get_b():  | get_b_2(): B.",
        ),
        // Forms where there is no JSON.
        (
            r#"{"openapi": "3.0.0", "paths": {"/a": {"post": {"requestBody": {"content": {
                "application/x-www-form-urlencoded": {"schema": {"properties": {"x": {}}}}}}}}}}"#,
            "post_a(x=): ",
        ),
        // 2.0.
        (
            r##"{"swagger": "2.0", "paths": {"/a": {"post": {"parameters": [{"name": "it", "in": "body", "schema": {"$ref": "#/definitions/A"}},
                {"name": "file", "in": "formData"}]}}}, "definitions": {"A": {"properties": {"x": {}}}}}"##,
            "post_a(x=, file=): ",
        ),
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
}

fn nested(open: &str, inner: &str, close: &str, depth: usize) -> String {
    format!("{}{inner}{}", open.repeat(depth), close.repeat(depth))
}

/// Ten levels of lists with nine aliases each.
fn alias_bomb(text: &str) -> String {
    let levels = (1..10).map(|level| {
        let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
        format!("a{level}: &a{level} [{aliases}]\n")
    });
    format!("a0: &a0 {text}\n{}", levels.collect::<String>())
}

#[test]
fn what_cannot_be_read_is_said() {
    let deep = |depth| {
        [
            nested("[", "", "]", depth),
            nested("{\"a\":", "1", "}", depth),
            nested("[", "", "", depth),
            format!("a: {}", nested("[", "", "]", depth)),
            format!("a: {}", nested("{a: ", "1", "}", depth)),
            nested("- ", "a", "", depth),
            nested("? ", "a", "", depth),
        ]
    };
    let deeps = deep(10_000)
        .into_iter()
        .chain(deep(200_000))
        .map(|text| (text, "it is nested more than 120 levels deep at line 1"));
    let large = "x".repeat(1 << 20);
    let rows = [
        ("", "the catalog is empty; give "),
        (" \n\t", "the catalog is empty; give "),
        ("\u{feff}", "the catalog is empty; give "),
        // Broken.
        (
            "[{\"name\": \"a\"},\n {\"name\": ",
            "no JSON that can be read: EOF while parsing a value at line 2, column 10",
        ),
        (
            "{\"tools\": []}\n{\"tools\": [}",
            "no JSON that can be read: expected value at line 2, column 12",
        ),
        ("[] x", "no JSON that can be read: expected value at line 1, column 4"),
        ("tools:\n  - name: a\n - name: b\n", "no YAML that can be read: "),
        ("tools: [a", "no YAML that can be read: "),
        ("a: *unknown", "no YAML that can be read: "),
        ("a: b\n---\nc: d", "no YAML that can be read: "),
        ("%YAML 9\n", "no YAML that can be read: "),
        ("[\"\\ud83d\",\n 1e999, x]", "expected value at line 2, column 9"),
        // Nameless.
        (
            r#"[{"name": "a"}, {"name": ""}]"#,
            "tool 2 of the catalog has no name; give each tool a `name`",
        ),
        (r#"[{"description": "A."}]"#, "tool 1 of the catalog has no name"),
        (r#"["a"]"#, "tool 1 of the catalog has no name"),
        (
            r#"{"s": {"tools": [{"name": null}]}}"#,
            "tool 1 of server `s` of the catalog has no name",
        ),
        ("{\"tools\": []}\n{\"tools\": [{}]}", "document 2, tool 1 of the catalog has no name"),
        ("{\"name\": \"a\"}\n{\"name\": \"\"}", "tool 2 of the catalog has no name"),
        (r#"{"a": "A.", "": "B."}"#, "tool 2 of the catalog has no name"),
        ("name,description\na,A.\n,B.\n", "the tool in line 3 of the catalog has no name"),
        (
            "# one\n\n# two\nname,description\n,A.\n",
            "the tool in line 5 of the catalog has no name",
        ),
        // Other kinds.
        (r#"{"error": "unauthorized"}"#, "a map with the keys `error`, which lists no tools"),
        (
            r#"{"Message": "Forbidden", "request": null}"#,
            "a map with the keys `Message`, `request`",
        ),
        (r#"{"detail": "Not found"}"#, "a map with the keys `detail`, which"),
        (r#"{"type": "about:blank", "title": "Gone", "status": 410}"#, "`title`, `status`, which"),
        ("code: 401\nreason: no\n", "a map with the keys `code`, `reason`, which"),
        (
            r#"[{"jsonrpc": "2.0", "method": "tools/list", "id": 1}]"#,
            "`jsonrpc`, `method`, `id`, which",
        ),
        ("{}", "the catalog is an empty map, which lists no tools; give "),
        (
            r#"{"name": "package", "version": "1.0"}"#,
            "a map with the keys `name`, `version`, which",
        ),
        (
            r#"{"a": 1, "b": [], "c": 1, "d": 1, "e": 1, "f": 1, "g": 1}"#,
            "`e`, `f`, …, which lists no tools",
        ),
        (
            r#"{"jsonrpc": "2.0", "id": 1, "error": {"message": "no"}}"#,
            "`jsonrpc`, `id`, `error`, which",
        ),
        (r#"{"jsonrpc": "2.0", "id": 1, "result": {}}"#, "`jsonrpc`, `id`, `result`, which"),
        ("{\"tools\": []}\n{\"type\": []}", "a map with the keys `type` (document 2), which"),
        ("--- text", "the catalog is a single value, which"),
        ("{\"tools\": 3, \"x\": []}", "a map with the keys `tools`, `x`, which"),
        ("just words", "line 1 of the catalog has neither two columns nor"),
        ("a,b,c\n", "line 1 of the catalog has neither two columns nor"),
        ("a,b\nc,d,e\n", "line 2 of the catalog has 3 columns, not a name and a description"),
        // APIs without operations.
        (
            r#"{"openapi": "3.0.0", "info": {}}"#,
            "the OpenAPI document has no operation under `paths`; give ",
        ),
        ("openapi: 3.1.0\npaths: {}\n", "the OpenAPI document has no operation"),
        ("openapi: 3.1.0\npaths: [1]\n", "the OpenAPI document has no operation"),
        ("swagger: 2.0\npaths: {/a: {x-get: {}}}\n", "the OpenAPI document has no operation"),
    ];
    let rows = rows.into_iter().map(|(text, expected)| (text.to_owned(), expected));
    let bombs = [
        (alias_bomb("[x]"), "it is too large, or its aliases expand to too much at line "),
        (format!("a: &a {large}\nb: [{}]", "*a, ".repeat(10_000)), "expand to too much text"),
        (
            format!("a: &a \"{large}\\n\"\nb: [{}]", "*a, ".repeat(10_000)),
            "is no YAML that can be read: ",
        ),
    ];
    for (text, expected) in rows.chain(deeps).chain(bombs) {
        let begin: String = text.chars().take(80).collect();
        let found = Catalog::read(text.as_bytes());
        let message = found.as_ref().map_or_else(ToString::to_string, shown);
        assert!(found.is_err() && message.contains(expected), "{begin}: {message}");
    }
}

#[test]
fn other_encodings_are_told_apart() {
    for (bytes, line, column) in [
        (&b"\xff\xfe{\x00}\x00"[..], 1, 1),
        (b"name,description\na,caf\xe9\n", 2, 6),
        (b"\xef\xbb\xbf[\"\xc3", 1, 3),
    ] {
        assert_eq!(Catalog::read(bytes), Err(CatalogError::NotUtf8 { line, column }), "{bytes:?}");
    }
}

#[test]
fn a_packed_catalog_is_told_from_one_in_another_encoding() {
    for bytes in [&b"\x1f\x8b\x08\x00"[..], b"\x28\xb5\x2f\xfd\x04"] {
        assert_eq!(Catalog::read(bytes), Err(CatalogError::Compressed), "{bytes:?}");
    }
}

/// An API whose schemas all refer to each other, in JSON.
fn large_api(operations: usize, schemas: usize) -> String {
    let mut text = r#"{"openapi": "3.0.0", "components": {"schemas": {"#.to_owned();
    for schema in 0..schemas {
        let next = (schema + 1) % schemas;
        let comma = if schema == 0 { "" } else { "," };
        text += &format!(
            r##"{comma}"S{schema}": {{"allOf": [{{"$ref": "#/components/schemas/S{next}"}}, {{"$ref": "#/components/schemas/S{schema}"}}],
            "properties": {{"own{schema}": {{"$ref": "#/components/schemas/S{next}"}}, "text": {{"description": "{schema}"}}}}}}"##
        );
    }
    text += r#"}}, "paths": {"#;
    for operation in 0..operations {
        let comma = if operation == 0 { "" } else { "," };
        text += &format!(
            r##"{comma}"/things{operation}/{{id}}": {{"post": {{"requestBody": {{"content": {{"application/json":
            {{"schema": {{"$ref": "#/components/schemas/S{}"}}}}}}}}}}}}"##,
            operation % schemas
        );
    }
    text + "}}"
}

#[test]
fn large_apis_with_cycles_are_read() {
    let text = large_api(12_000, 9_000);
    assert!(text.len() > 3 << 20);
    for text in [text.clone(), format!("# The same in YAML.\n---\n{text}")] {
        let catalog = Catalog::read(text.as_bytes()).unwrap();
        assert_eq!(catalog.len(), 12_000);
        assert!(catalog.tools().iter().all(|tool| tool.parameters.len() == 3));
    }
}

fn tool(server: Option<&str>, name: &str, description: &str) -> CatalogTool {
    CatalogTool {
        server: server.map(str::to_owned),
        name: name.to_owned(),
        description: description.to_owned(),
        parameters: Vec::new(),
    }
}

#[test]
fn of_equal_tools_the_one_that_says_most_stays() {
    let rows = [
        tool(None, "b", ""),
        tool(Some("s"), "a", "x"),
        tool(None, "b", "does b"),
        tool(None, "a", "y"),
    ];
    let mut reversed = rows.clone();
    reversed.reverse();
    let catalog: Catalog = rows.into_iter().collect();
    assert_eq!(catalog, reversed.into_iter().collect());
    let names: Vec<&str> = catalog.tools().iter().map(|tool| tool.name.as_str()).collect();
    assert_eq!(names, ["a", "b", "a"]);
    assert_eq!(catalog.tools().get(1).map(|tool| tool.description.as_str()), Some("does b"));
    assert_eq!(catalog.clone().merge(catalog.clone()), catalog);
}

#[test]
fn what_is_cut_off_is_read_or_refused() {
    let api = "openapi: 3.0.0\npaths:\n  /a: &a\n    get: {operationId: \"a\", parameters: [{in: query, name: é}]}\n  /b: *a\n";
    for text in [
        r#"{"jsonrpc": "2.0", "result": {"tools": [{"name": "é", "inputSchema": {"properties": {"x": {}}}}]}}"#,
        api,
        "name,description\n\"a\",\"é, \"\"b\"\"\"\n",
    ] {
        for length in 0..=text.len() {
            let found = Catalog::read(text.as_bytes().get(..length).unwrap_or_default());
            assert!(length < text.len() || found.is_ok(), "{text}");
        }
    }
}

#[test]
fn references_to_many_places_are_followed_in_little_time() {
    let keys: String = (0..20_000).map(|key| format!(r#""key{key}": 1,"#)).collect();
    let asks = (0..20_000).map(|ask| format!(r##"{{"$ref": "#/part{ask}/x"}},"##));
    let asks: String = asks.collect();
    let text = format!(
        r#"{{"openapi": "3.0.0", {keys} "paths": {{"/a": {{"get": {{"parameters": [{asks} {{}}]}}}}}}}}"#
    );
    assert_eq!(read(&text), "get_a(): ");
}

/// An API whose operations all have one parameter.
fn api_with(operations: usize, parameter: &str) -> String {
    let paths: Vec<String> = (0..operations)
        .map(|path| {
            format!(
                r##""/{path}": {{"get": {{"parameters": [{{"$ref": "#/components/parameters/p"}}]}}}}"##
            )
        })
        .collect();
    format!(
        r#"{{"openapi": "3.0.0", "components": {{"parameters": {{"p": {parameter}}}}}, "paths": {{{}}}}}"#,
        paths.join(",")
    )
}

#[test]
fn long_texts_that_all_operations_share_take_little_time() {
    const OPERATIONS: usize = 5_000;
    let length = 100 * OPERATIONS;
    let (letters, blank) = ("a".repeat(length), " ".repeat(length));
    let of_parameter = [
        (
            format!(r##"{{"name": "x", "in": "query", "schema": {{"$ref": "#/{letters}"}}}}"##),
            false,
        ),
        (format!(r#"{{"name": "{letters}", "in": "query"}}"#), false),
        (format!(r#"{{"name": "x", "in": "query", "description": "{blank}"}}"#), true),
        (format!(r#"{{"name": "x", "in": "query", "schema": {{"title": "{blank}"}}}}"#), true),
        (format!(r#"{{"name": "{blank}", "in": "query"}}"#), true),
        (format!(r#"{{"name": "x", "in": "{blank}"}}"#), true),
    ];
    let of_parameter = of_parameter
        .into_iter()
        .map(|(parameter, is_read)| (api_with(OPERATIONS, &parameter), is_read));
    // Paths that stand for another.
    let of_path = [
        (format!(r#"{{"{letters}": {{}}, "get": {{}}}}"#), true),
        (format!(r#"{{"get": {{"operationId": "{blank}"}}}}"#), true),
        (format!(r#"{{"get": {{"operationId": "{letters}"}}}}"#), false),
        (format!(r#"{{"get": {{"summary": "{blank}"}}}}"#), true),
        (format!(r#"{{"get": {{"requestBody": {{"content": {{"{letters}": {{}}}}}}}}}}"#), false),
    ];
    let others: Vec<String> = (1..OPERATIONS)
        .map(|path| format!(r##","/{path}": {{"$ref": "#/paths/~1first"}}"##))
        .collect();
    let others = others.concat();
    let of_path = of_path.into_iter().map(|(path, is_read)| {
        (format!(r#"{{"openapi": "3.0.0", "paths": {{"/first": {path}{others}}}}}"#), is_read)
    });
    for (text, is_read) in of_parameter.chain(of_path) {
        let found = Catalog::read(text.as_bytes()).map(|catalog| catalog.len());
        let is_refused = matches!(found, Err(CatalogError::Expands { .. }));
        assert_eq!(
            (found.ok(), is_refused),
            (is_read.then_some(OPERATIONS), !is_read),
            "{text:.120}"
        );
    }
}
