//! Examples under the help pages: what people come for, ready to copy.

/// Under the help of the command itself.
pub(crate) const ALL: &str = "\
Examples:
  mcp-insights report events.ndjson.gz                    look at the last 7 days
  mcp-insights report dumps/ --range 30d --html week.html the same as a page
  mcp-insights topics dumps/ --sort frustration | jq .    one answer as JSON
  mcp-insights trace ses_… dumps/ --pretty                one session in full
  mcp-insights validate events.ndjson                     what is wrong with a dump

Exit status:
  0  done
  1  a record had to be refused, under `validate` or `--strict`; `doctor` found something
  2  wrong usage, or input that cannot be read";

/// Under `report --help`.
pub(crate) const REPORT: &str = "\
Examples:
  mcp-insights report events.ndjson.gz
  mcp-insights report dumps/ --range 30d --mcp-server-id billing
  mcp-insights report dumps/ --html report.html
  zcat old.gz | mcp-insights report - --now 2026-02-01T00:00:00Z
  mcp-insights report dumps/ --json | jq .overview.kpis.error_rate";

/// Under `import --help`.
pub(crate) const IMPORT: &str = "\
Examples:
  mcp-insights import dumps/ --data insights/
  zcat old.gz | mcp-insights import - --data insights/ --mcp-server billing
  mcp-insights report --data insights/";

/// Under `serve --help`.
pub(crate) const SERVE: &str = "\
Examples:
  mcp-insights serve --data insights/
  mcp-insights serve --data insights/ --listen 0.0.0.0:8787 --catalog tools.json

It speaks plain HTTP: where others reach it, put a proxy before it that speaks TLS. It logs JSON to standard error and
stops, after what it has begun, on Ctrl-C and SIGTERM.";

/// Under `keys --help`.
pub(crate) const KEYS: &str = "\
Examples:
  mcp-insights keys create --data insights/ --role viewer --name desk
  mcp-insights keys create --data insights/ --ingest --mcp-server billing
  mcp-insights keys list --data insights/
  mcp-insights keys revoke 0f1e2d3c4b5a6978 --data insights/

A key is shown once, when it is made: what is kept is its hash.";

/// Under `settings --help`.
pub(crate) const SETTINGS: &str = "\
Examples:
  mcp-insights settings --data insights/
  mcp-insights settings --data insights/ --set retention_days=90 --set limits.requests_per_second=20

  retention_days              days after which events are dropped, or never
  idle_gap_minutes            idle time that ends a session without a hint, from the next start on
  hinted_idle_gap_hours       idle time that ends a session with a hint, from the next start on
  analytics                   on, or off: then every question and batch is answered with feature_disabled
  limits.body_bytes           largest body of a request, packed and unpacked
  limits.requests_per_second  requests of one key; twice as many may come at once
  limits.concurrency          requests that are worked on at a time
  limits.timeout_seconds      time that a request may take";

/// Under `forget-actor --help`.
pub(crate) const FORGET_ACTOR: &str = "\
Examples:
  mcp-insights forget-actor 3e6e2b33… --data insights/

Run it again where it was interrupted: it takes one file after the other.";

/// Under `doctor --help`.
pub(crate) const DOCTOR: &str = "\
Examples:
  mcp-insights doctor --data insights/
  mcp-insights doctor --data insights/ --json | jq '.[] | select(.severity == \"error\")'
  mcp-insights doctor --data insights/ --repair

The exit status is 1 where anything should be done.";

/// Under `overview --help`.
pub(crate) const OVERVIEW: &str = "\
Examples:
  mcp-insights overview events.ndjson.gz --range 24h
  mcp-insights overview dumps/ | jq '.kpis | map_values(.value)'";

/// Under `topics --help`.
pub(crate) const TOPICS: &str = "\
Examples:
  mcp-insights topics dumps/ --sort trend --limit 20
  mcp-insights topics dumps/ --unmet-demand true --registry ids.json
  mcp-insights topics dumps/ --since 2026-01-01T00:00:00Z --include-archived
  mcp-insights topics dumps/ --registry ids.json --diff last-week.json";

/// Under `topic --help`.
pub(crate) const TOPIC: &str = "\
Examples:
  mcp-insights topic top_… dumps/ --range 30d --pretty
  mcp-insights topic top_… dumps/ --registry ids.json --set-label \"Train tickets\"
  mcp-insights topic top_… dumps/ --registry ids.json --set-unmet-demand false --unarchive

An edit needs --registry, which then holds it, and answers over the last 7 days of all servers.";

/// Under `searches --help`.
pub(crate) const SEARCHES: &str = "\
Examples:
  mcp-insights searches dumps/ --range 90d --limit 20
  mcp-insights searches dumps/ --catalog tools.json --pretty   what is missing, and what was only not found
  mcp-insights searches dumps/ | jq -r '.searches[] | [.demand_count, .suggested_gap.title] | @tsv'";

/// Under `search --help`.
pub(crate) const SEARCH: &str = "\
Examples:
  mcp-insights search sch_… dumps/ --pretty
  mcp-insights search sch_… dumps/ --registry ids.json --set-state planned --note \"in the next release\"

An edit needs --registry, which then holds it, and answers over the last 7 days of all servers.";

/// Under `sessions --help`.
pub(crate) const SESSIONS: &str = "\
Examples:
  mcp-insights sessions dumps/ --sort frustration --limit 10
  mcp-insights sessions dumps/ --view flagged --topic top_…
  mcp-insights sessions dumps/ --cursor c1-…               the page after one that gave this next_cursor";

/// Under `trace --help`.
pub(crate) const TRACE: &str = "\
Examples:
  mcp-insights trace ses_… dumps/ --pretty
  mcp-insights trace ses_… dumps/ | jq '.classifications'";

/// Under `export --help`.
pub(crate) const EXPORT: &str = "\
Examples:
  mcp-insights export sessions dumps/ > sessions.ndjson
  mcp-insights export calls dumps/ --range 24h | jq -r 'select(.silent_failure) | .tool_name' | sort | uniq -c
  duckdb -c \"from read_json('/dev/stdin')\" < <(mcp-insights export topics dumps/)";

/// Under `validate --help`.
pub(crate) const VALIDATE: &str = "\
Examples:
  mcp-insights validate events.ndjson.gz
  mcp-insights validate dumps/ --json | jq '.rejections[] | .reason' | sort | uniq -c

Exit status: 0 all was taken, 1 records were refused, 2 something cannot be read.";

/// Under `completions --help`.
pub(crate) const COMPLETIONS: &str = "\
Examples:
  mcp-insights completions bash > ~/.local/share/bash-completion/completions/mcp-insights
  mcp-insights completions zsh > ~/.zfunc/_mcp-insights
  mcp-insights completions fish > ~/.config/fish/completions/mcp-insights.fish";

/// Under `man --help`.
pub(crate) const MAN: &str = "\
Examples:
  mcp-insights man | man -l -
  mcp-insights man export | man -l -
  mcp-insights man --folder ~/.local/share/man/man1";
