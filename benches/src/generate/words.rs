//! The generator's tables: who, where, which tools, what goes wrong.

/// Names of customers, to keep texts apart.
pub(crate) const NAMES: &[&str] = &[
    "Acme",
    "Northwind",
    "Contoso",
    "Globex",
    "Initech",
    "Umbrella",
    "Hooli",
    "Stark",
    "Wayne",
    "Wonka",
    "Tyrell",
    "Cyberdyne",
    "Aperture",
    "Soylent",
    "Vandelay",
    "Dunder",
    "Pied Piper",
    "Massive",
    "Oscorp",
    "Gringotts",
    "Zenith",
    "Bluebird",
    "Redwood",
    "Lakeside",
    "Harbor",
    "Summit",
    "Pinnacle",
    "Evergreen",
    "Silverline",
    "Ironwood",
    "Maple",
    "Cedar",
    "Falcon",
    "Heron",
    "Kestrel",
    "Osprey",
    "Lynx",
    "Badger",
    "Otter",
    "Marten",
    "Granite",
    "Basalt",
    "Quartz",
    "Onyx",
    "Amber",
    "Cobalt",
    "Indigo",
    "Crimson",
    "Saffron",
    "Juniper",
];

/// Places, likewise.
pub(crate) const PLACES: &[&str] = &[
    "Berlin", "Lisbon", "Nairobi", "Osaka", "Toronto", "Lima", "Oslo", "Madrid", "Warsaw", "Hanoi",
    "Dublin", "Accra", "Quito", "Athens", "Boston", "Seattle", "Denver", "Austin", "Chicago",
    "Montreal", "Geneva", "Vienna", "Prague", "Zagreb", "Riga", "Tallinn", "Helsinki", "Malmo",
    "Bergen", "Porto", "Sevilla", "Naples", "Turin", "Lyon", "Nantes", "Antwerp", "Utrecht",
    "Leeds", "Cardiff", "Perth",
];

/// Intents in other scripts, around a slot.
pub(crate) const NON_LATIN: &[(&str, &str)] = &[
    ("", " の請求書を一覧にして、未払いのものを教えて"),
    ("", " のプロジェクトに新しい課題を作成して担当者を割り当てて"),
    ("", " の会議の議事録を日本語で要約して"),
    ("请帮我查询 ", " 下周三的高铁票和最便宜的酒店"),
    ("把 ", " 的订单导出成表格并发给财务"),
    ("为 ", " 创建一个新的网络钩子并验证签名"),
    ("Покажи все неоплаченные счета клиента ", " за прошлый месяц"),
    ("Найди документацию по настройке единого входа для ", ""),
    ("Почему не приходят уведомления для ", "? Проверь журнал ошибок"),
    ("اعرض جميع الطلبات المتأخرة لعميل ", " وأرسل تذكيرا"),
    ("أنشئ تقريرا عن مبيعات ", " هذا الأسبوع"),
    ("मुझे ", " के लिए सभी खुले टिकट दिखाओ"),
    ("", " 고객의 결제 실패 내역을 찾아서 다시 시도해 줘"),
    ("", " 팀의 이번 주 일정과 할 일을 정리해 줘"),
    ("Δείξε μου τα τιμολόγια του πελάτη ", " που δεν έχουν πληρωθεί"),
    ("הצג את כל הפניות הפתוחות של ", " לפי עדיפות"),
    ("ค้นหาคำสั่งซื้อทั้งหมดของ ", " ที่ยังไม่ได้จัดส่ง"),
    ("Покажи графік відпусток команди ", " на липень"),
];

/// What a tool takes and gives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Shape {
    /// Searches what the API can do; a query in, titles and snippets out.
    Discovery,
    /// Searches the data behind the API.
    Content,
    /// One object by its number.
    Get,
    /// Many objects by a filter.
    List,
    /// Writes a new object.
    Create,
    /// Changes or removes an object.
    Change,
    /// A long answer, often cut.
    Report,
    /// Slow work elsewhere.
    Sync,
    /// A script with calls and searches inside.
    Script,
}

/// A tool: its name, what it takes and gives, its median duration in milliseconds, its weight.
#[derive(Clone, Copy)]
pub(crate) struct Tool {
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
    pub(crate) median_ms: u64,
    pub(crate) weight: u64,
}

const fn tool(name: &'static str, shape: Shape, median_ms: u64, weight: u64) -> Tool {
    Tool { name, shape, median_ms, weight }
}

/// The tools of one product line; a session uses one set. Names in every style that servers use.
pub(crate) const TOOL_SETS: &[&[Tool]] = &[
    &[
        tool("search_docs", Shape::Discovery, 45, 22),
        tool("list_issues", Shape::List, 62, 18),
        tool("get_issue", Shape::Get, 21, 20),
        tool("create_issue", Shape::Create, 120, 8),
        tool("update_issue", Shape::Change, 51, 8),
        tool("delete_project", Shape::Change, 30, 2),
        tool("search_issues", Shape::Content, 80, 10),
        tool("export_report", Shape::Report, 400, 4),
        tool("sync_external", Shape::Sync, 1800, 2),
        tool("run_script", Shape::Script, 900, 6),
    ],
    &[
        tool("searchDocumentation", Shape::Discovery, 60, 16),
        tool("listInvoices", Shape::List, 90, 18),
        tool("getInvoice", Shape::Get, 35, 18),
        tool("createRefund", Shape::Create, 210, 8),
        tool("updateSubscription", Shape::Change, 160, 8),
        tool("findCustomers", Shape::Content, 70, 16),
        tool("exportLedger", Shape::Report, 650, 4),
        tool("reconcilePayouts", Shape::Sync, 2400, 3),
        tool("executeCode", Shape::Script, 1100, 9),
    ],
    &[
        tool("find-tool", Shape::Discovery, 55, 14),
        tool("get-tickets", Shape::List, 140, 16),
        tool("get-station", Shape::Get, 40, 14),
        tool("book-seat", Shape::Create, 320, 8),
        tool("cancel-booking", Shape::Change, 260, 5),
        tool("lookup-timetable", Shape::Content, 110, 12),
        tool("download-itinerary", Shape::Report, 500, 4),
        tool("refresh-prices", Shape::Sync, 1500, 4),
        tool("get-current-date", Shape::Get, 3, 6),
    ],
    &[
        tool("route", Shape::Discovery, 500, 22),
        tool("read_file", Shape::Get, 18, 18),
        tool("list_directory", Shape::List, 15, 14),
        tool("write_file", Shape::Create, 25, 9),
        tool("edit_block", Shape::Change, 30, 8),
        tool("search_code", Shape::Content, 130, 14),
        tool("start_process", Shape::Report, 900, 8),
        tool("fetch_url", Shape::Sync, 1200, 6),
    ],
    &[
        tool("docs.search", Shape::Discovery, 48, 14),
        tool("crm.contacts.list", Shape::List, 75, 16),
        tool("crm.contacts.get", Shape::Get, 28, 18),
        tool("crm.deals.create", Shape::Create, 140, 8),
        tool("crm.deals.update", Shape::Change, 95, 8),
        tool("crm.contacts.query", Shape::Content, 85, 12),
        tool("analytics.funnel", Shape::Report, 700, 6),
        tool("warehouse.run_query", Shape::Sync, 2600, 5),
        tool("sdk.execute", Shape::Script, 1000, 6),
    ],
];

/// Errors as servers word them, with their weight. `{n}` a number, `{id}` a UUID, `{hex}` an address, `{name}` a customer, `{tool}` the tool.
pub(crate) const ERRORS: &[(&str, u64)] = &[
    ("Issue {n} does not exist", 12),
    ("404 Not Found: no record with id {id}", 8),
    ("Project '{name}' not found", 8),
    ("ENOENT: no such file or directory, open '/home/{name}/work/{n}/report.csv'", 5),
    ("403 Forbidden: deleting project '{name}' requires admin role", 7),
    ("401 Unauthorized: token expired {n} seconds ago", 4),
    ("Your plan does not include this feature. Upgrade to Business to use {tool}.", 3),
    ("429 Too Many Requests: retry after {n} ms (request {id})", 8),
    ("Invalid status 'done': expected open, in_progress or closed", 7),
    (
        "MCP error -32602: Invalid arguments for tool {tool}: [\n  {\n    \"code\": \"invalid_type\",\n    \"expected\": \"string\",\n    \"received\": \"undefined\",\n    \"path\": [\n      \"name\"\n    ],\n    \"message\": \"Required\"\n  }\n]",
        7,
    ),
    ("MCP error -32601: Method not found: {tool}", 2),
    ("Unknown tool: {tool}_v{n}", 2),
    (
        "Cancelled via cancel scope {hex} by <Task pending name='Task-{n}' coro=<serve() running at /usr/lib/python3.11/site-packages/server/session.py:{n}>>",
        6,
    ),
    ("Request timed out after {n} ms", 6),
    ("502 Bad Gateway from https://api.{name}.example/v2/items/{n}", 5),
    ("500 Internal Server Error (trace {id})", 4),
    ("read ECONNRESET 10.0.{n}.17:443", 4),
    ("409 Conflict: version {n} was changed by another client", 3),
    ("Cannot close issue {n}: {n} subtasks are still open", 3),
    ("Output validation error: 'total' is a required property", 2),
    ("unexpected failure", 4),
];

/// What the agent says before a call, around the words of its query.
pub(crate) const THOUGHTS: &[(&str, &str)] = &[
    ("Searching for ", ""),
    ("The user asked about ", ", so I need the current state first"),
    ("I'll check ", " before changing anything"),
    ("Let me look up ", " to get the identifiers for the next step"),
    ("Now I need ", ". The previous answer gave me the ids, so I can go on with the details"),
    ("Trying again with other arguments for ", ""),
    ("The last call was not enough; narrowing to ", " and keeping the rest as it was"),
    ("Verifying that ", " worked as the user expects"),
];

/// Clients by the name they send, with their version.
pub(crate) const CLIENTS: &[(&str, &str)] = &[
    ("claude-code", "2.1.14"),
    ("cursor-vscode", "1.0.0"),
    ("codex-mcp-client", "0.9.2"),
    ("claude-ai", "0.1.0"),
    ("Visual Studio Code", "1.104.2"),
    ("windsurf", "1.12.5"),
    ("mcp", "0.1.0"),
];

/// Objects of results and inputs.
pub(crate) const STATUSES: &[&str] =
    &["open", "in_progress", "closed", "pending", "paid", "cancelled"];

/// Sentences of results: snippets, bodies, log lines.
pub(crate) const SENTENCES: &[&str] = &[
    "Failed webhook deliveries are retried 5 times with exponential backoff.",
    "Create an access token under Settings > API.",
    "CSV imports accept up to 10,000 rows; larger files are split.",
    "600 requests per minute and workspace; bursts of 50 are allowed.",
    "Refunds settle within 5 to 10 business days.",
    "Roles are viewer, editor, admin and owner; only owners delete projects.",
    "Das Konto wurde im März geändert, Prüfung läuft.",
    "The export holds one row a record and a header line.",
    "Dates are RFC 3339 in UTC; other zones are converted.",
    "Use the cursor of the page before to read the next page.",
    "Login page 500s on Safari",
    "Rate limiter drops bursts",
];
