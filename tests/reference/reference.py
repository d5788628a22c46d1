#!/usr/bin/env python3
"""An independent reading of the definitions, to hold the engine against.

Python 3.11, standard library only, written from the design document and the contract alone, never from
the engine's code: where the two disagree, one of them misreads the text. It is slow and plain on purpose.

    python3 tests/reference/reference.py fixtures/livemcp/events.ndjson.gz --range 30d > expected.json
    python3 tests/reference/reference.py fixtures/livemcp/events.ndjson.gz --outcomes fixtures/livemcp/outcomes.tsv

It prints one JSON document with sorted keys: `sessions` (the contract's Session by session key, plus
`turns`, `searches` and `unsure`), `overview` (`window`, `coverage`, `kpis`, `trends`) and `choices` (below).
`unsure` names the fields of a session that hinge on a word list or a rule that the text leaves open:
a comparison should skip these fields of that session.
"""

import argparse
import datetime
import gzip
import json
import math
import re
import sys
import unicodedata
from fractions import Fraction

CHOICES = [
    "reading: NDJSON of native events, batches or captured POSTs, plain or gzip; rejected records are counted, not named",
    "a missing duration is (finished - started) in whole milliseconds, rounded down; it is unknown too where that exceeds 7 days",
    "the end of an event is finished_at, else started_at + duration, else started_at",
    "a hinted session is cut where the pause exceeds 24 h, as an unhinted one where it exceeds 30 minutes",
    "changes between letter and digit in a hint count neighbouring characters only",
    "session_init belongs to the part of its hint that is nearest in time",
    "actor_identifier is that of the actor's newest actor_identity, whatever the server",
    "client names are given lower-cased, without the normalising table; the first call that names a client decides",
    "intents are folded by NFKC, case and white space only; ids and numbers stay",
    "an inferred turn holds the whole session; a session has one where a tool call has agent_thinking or a tool name",
    "turns hold work events",
    "an entry of calls[] that is a text is a tool name; anything else that is no object is skipped, its number stays taken",
    "calls[] counts on an execute_script only",
    "a call without ok and without error neither failed nor worked; silent failures need ok = true",
    "a capability request that failed silently asks for nothing either",
    "isError is looked for at every step of unwrapping, the other signs on the unwrapped result; JSON text is decoded before each step",
    "an error member is empty where it is null, false, 0, blank, [] or {}; status is compared case folded",
    "a text result is looked at without leading white space",
    "a call starts after another finished where its start is not before the other's end; entries of one script follow each other",
    "a missing input is an input without arguments; one that is no object is a single argument",
    "retry_of is the nearest failed call that fits",
    "loop: inputs are equal where their JSON is, keys sorted",
    "error_streak is judged by tool only; three failed calls in a row of different tools make it unsure (failure classes are left out)",
    "calls and searches before the first intent are in no turn: no repeated_failed_search, long_session or abandoned search there",
    "reformulated_search looks at every later search of the session",
    "the score is rounded half to even to 1e-4",
    "similar: function words are the short list below; two equal folded queries are similar even where no word is left",
    "similar: the queries of a tool are all its queries of all sessions that are not synthetic",
    "a discovery search that found nothing is answered by a later call that worked and holds no search, or by a later similar search with results",
    "a session whose last call looks for a tool is unmet whether or not that call failed",
    "the last call is the last in event order, not the last to end",
    "search: an entry without a text, or a call whose input cannot be parsed, is no search",
    "search: where a script has search_calls, its inner calls are no second searches",
    "search: entries of search_calls are read on every work event that is no capability request",
    "search: the first count or list in the order of the definition decides; the length of a result that is a list is its count",
    "search: of a cut result the part before the cut is read; no result there is unknown",
    "search: an entry is read itself, then its result or output; the event's result is not looked at",
    "search: an entry of a failed call failed",
    "repeats: by equal folded declared intent only, given as repeat_of_equal_intent (a session key); topics are left out, so is repeat_rate",
    "flags: secret_detected where [redacted: stands anywhere in an event of the session, session_init included; unmet_demand by outcome only",
    "quantiles are exact: the value at rank ceil(q * n)",
    "coverage.events are those in the window that are not synthetic; the rates over calls and searches follow the event's own time",
    "duration_ms of a session is the difference in microseconds, rounded down",
]

MICRO = 1_000_000
DAY = 86_400 * MICRO
HOUR = 3_600 * MICRO
IDLE = 30 * 60 * MICRO
HINTED_IDLE = 24 * HOUR
MOST_DURATION_MS = 7 * 86_400 * 1000
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
RANGES = {"24h": DAY, "7d": 7 * DAY, "30d": 30 * DAY, "90d": 90 * DAY}


# --- §2 Ingestion -----------------------------------------------------------------------------------


class Refused(Exception):
    """A record that is no event."""


def micros(text):
    """RFC 3339 to microseconds since 1970, truncated (§2 Order)."""
    match = re.fullmatch(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)", text)
    if not match:
        raise Refused("wrong_type")
    date, clock, fraction, zone = match.groups()
    zone = "+00:00" if zone in "Zz" else zone
    try:
        whole = datetime.datetime.fromisoformat(f"{date}T{clock}{zone}")
    except ValueError as error:
        raise Refused("wrong_type") from error
    seconds = (whole - EPOCH) // datetime.timedelta(seconds=1)
    return seconds * MICRO + int(((fraction or "") + "000000")[:6])


def rfc3339(value):
    """Milliseconds, truncated, with a Z (§2 Order, conventions of the contract)."""
    moment = EPOCH + datetime.timedelta(microseconds=value)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{value // 1000 % 1000:03d}Z"


def text_or_none(value):
    """Blank text is missing text (§2 Native event)."""
    return value if isinstance(value, str) and value.strip() else None


class Event:
    """One accepted event (§2 Native event, Required)."""

    def __init__(self, raw):
        if not isinstance(raw, dict):
            raise Refused("not_an_event")
        for name in ("event_id", "kind", "started_at"):
            if raw.get(name) is None:
                raise Refused("missing_field")
            if not isinstance(raw[name], str):
                raise Refused("wrong_type")
        self.raw = raw
        self.id = raw["event_id"]
        self.kind = raw["kind"]
        self.start = micros(raw["started_at"])
        if not 2000 <= (EPOCH + datetime.timedelta(microseconds=self.start)).year < 2100:
            raise Refused("timestamp_out_of_range")
        self.server = text_or_none(raw.get("mcp_server_id"))
        self.actor = text_or_none(raw.get("actor_id")) or "anonymous"
        self.hint = text_or_none(raw.get("session_id_hint"))
        self.metadata = raw.get("metadata") or {}
        if not isinstance(self.metadata, dict):
            raise Refused("wrong_type")
        self.ok = raw.get("ok")
        self.error = raw.get("error")
        self.intent = self.newer("user_intent", "intent")
        self.thinking = self.newer("agent_thinking", "context")
        self.frustration = (self.newer("user_frustration", "frustration_level") or "").strip().casefold()
        self.tool = text_or_none(self.metadata.get("tool_name"))
        self.workflow = raw.get("is_workflow") is True
        self.duration, self.end = self.span()

    def newer(self, new, old):
        """The newer name wins (§2 Native event)."""
        return text_or_none(self.metadata.get(new)) or text_or_none(self.metadata.get(old))

    def span(self):
        """Duration in ms, or None where it is unknown, and the end (§2 Required)."""
        finished = self.raw.get("finished_at")
        finished = None if finished is None else micros(finished)
        given = self.raw.get("duration_ms")
        if finished is not None and finished < self.start:
            return None, self.start
        duration = given
        if duration is None and finished is not None:
            duration = (finished - self.start) // 1000
        if duration is None:
            return None, self.start
        if not 0 <= duration <= MOST_DURATION_MS:
            return None, self.start
        if finished is not None and finished - self.start > MOST_DURATION_MS * 1000:
            return None, self.start
        return duration, finished if finished is not None else self.start + int(duration * 1000)

    @property
    def is_work(self):
        """§1 work event."""
        if self.kind in ("tool_call", "execute_script"):
            return True
        return self.kind not in ("session_init", "actor_identity") and isinstance(self.ok, bool)

    @property
    def order(self):
        """§2 Order."""
        if self.kind == "session_init":
            rank = 0
        elif self.kind == "actor_identity":
            rank = 1
        elif self.is_work and self.intent:
            rank = 2
        else:
            rank = 3
        return (self.start, rank, self.end, self.id)


def records(path):
    """The records of one file (§2 Containers): native events, batches and captured POSTs, one a line."""
    with open(path, "rb") as file:
        data = file.read()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    for line in data.split(b"\n"):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except ValueError:
            yield Refused("invalid_json")
            continue
        if isinstance(value, dict) and "event_id" not in value and isinstance(value.get("body"), dict):
            value = value["body"]
        if isinstance(value, dict) and "event_id" not in value and isinstance(value.get("events"), list):
            yield from value["events"]
        else:
            yield value


def read(paths):
    """All events, each identity once; counts of refused and dropped records (§2 Identity)."""
    held, refused, duplicates = {}, 0, 0
    for path in paths:
        for record in records(path):
            try:
                if isinstance(record, Refused):
                    raise record
                event = Event(record)
            except Refused:
                refused += 1
                continue
            key = (event.server or "", event.id)
            other = held.get(key)
            if other is None:
                held[key] = event
                continue
            duplicates += 1
            if (event.start, canonical(event.raw)) < (other.start, canonical(other.raw)):
                held[key] = event
    return sorted(held.values(), key=lambda e: (e.order, e.server or "")), refused, duplicates


def canonical(value):
    """JSON with its keys sorted (§2 Identity)."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


# --- §3 Silent failure, §5 Results ------------------------------------------------------------------

FAILED_TEXTS = (
    "error:", "error executing", "error calling", "failed to", "failure:", "exception:", "traceback (", "tool call timed out",
    "request failed", "access denied", "permission denied", "unauthorized",
)
EMPTY_TEXTS = ("no results", "no matches", "nothing found", "0 results", "not found")
COUNTS = ("result_count", "results_count", "total_count", "total_results", "total", "count", "num_results", "hits")
LISTS = ("results", "items", "matches", "hits", "documents", "data", "entries", "records")
ABSENT = object()


def decode(value):
    """A text that is JSON stands for that JSON."""
    if isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def unwrap_once(value):
    """structuredContent, else the JSON in content[0].text, else itself."""
    if isinstance(value, dict):
        if value.get("structuredContent") is not None:
            return decode(value["structuredContent"])
        content = value.get("content")
        if isinstance(content, list) and content and isinstance(content[0], dict) and isinstance(content[0].get("text"), str):
            return decode(content[0]["text"])
    return decode(value)


def unwrapped(result):
    """Every stage of a result, the outermost first, up to three steps."""
    stages = [decode(result)]
    for _ in range(3):
        inner = unwrap_once(stages[-1])
        if inner is stages[-1] or inner == stages[-1]:
            break
        stages.append(inner)
    return stages


def object_fails(value):
    """The signs by which an object says that it failed."""
    if value.get("isError") is True or value.get("success") is False or value.get("ok") is False:
        return True
    for name in ("error", "errors"):
        member = value.get(name)
        if member.strip() if isinstance(member, str) else member:
            return True
    status = value.get("status")
    beside = any(name in value for name in ("message", "detail", "details", "reason"))
    return isinstance(status, str) and status.casefold() in ("error", "failed", "failure") and beside and len(value) <= 4


def says_it_failed(result):
    """§3 Silent failure, of a result as received."""
    if result is None:
        return False
    stages = unwrapped(result)
    if any(isinstance(stage, dict) and stage.get("isError") is True for stage in stages):
        return True
    value = stages[-1]
    if isinstance(value, str):
        return value.lstrip().casefold().startswith(FAILED_TEXTS)
    if not isinstance(value, dict):
        return False
    if object_fails(value):
        return True
    entries = value.get("results")
    if isinstance(entries, list) and entries and all(isinstance(e, dict) and object_fails(e) for e in entries):
        return True
    return any(isinstance(v, dict) and len(v) <= 3 and object_fails(v) for v in value.values())


def number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0


def count_of(value):
    """§5 Results: the number of results, or None where it cannot be told."""
    if value is None:
        return 0
    if isinstance(value, list):
        return len(value)
    if isinstance(value, str):
        text = value.strip().casefold()
        return 0 if not text or text.startswith(EMPTY_TEXTS) else None
    if not isinstance(value, dict):
        return None
    if not value:
        return 0
    for name in COUNTS:
        if number(value.get(name)):
            return int(value[name])
    for name in LISTS:
        if isinstance(value.get(name), list):
            return len(value[name])
    arrays = [v for v in value.values() if isinstance(v, list)]
    if len(arrays) == 1 and not any(v for v in value.values() if not isinstance(v, list)):
        return len(arrays[0])
    return None


def cut_result(text):
    """The part of a cut JSON text before the cut; what the cut broke is dropped. ABSENT where it is no cut JSON."""
    if not text.lstrip().startswith(("{", "[")):
        return ABSENT
    closers, in_text, escaped, ends = [], False, False, []
    for at, char in enumerate(text):
        if in_text:
            if escaped:
                escaped = False
            elif char == "\\":
                escaped = True
            elif char == '"':
                in_text = False
        elif char == '"':
            in_text = True
        elif char in "{[":
            closers.append("}" if char == "{" else "]")
            ends.append((at + 1, "".join(reversed(closers))))
        elif char in "}]" and closers:
            closers.pop()
            ends.append((at + 1, "".join(reversed(closers))))
        elif char == ",":
            ends.append((at, "".join(reversed(closers))))
    for at, tail in reversed(ends[-200:]):
        try:
            return json.loads(text[:at] + tail)
        except ValueError:
            continue
    return ABSENT


def results_in(preview, truncated):
    """The number of results in the result of a search."""
    if preview is None:
        return None
    stages = unwrapped(preview)
    value = stages[-1]
    if isinstance(value, str) and value.lstrip().startswith(("{", "[")):
        part = cut_result(value)
        if part is ABSENT:
            return None
        value = unwrapped(part)[-1]
        if isinstance(value, str) and value.lstrip().startswith(("{", "[")):
            inner = cut_result(value)
            value = value if inner is ABSENT else inner
        count = count_of(value)
        named = isinstance(value, dict) and any(number(value.get(name)) for name in COUNTS)
        return count if count or named else None
    if truncated and isinstance(value, str) and not value.strip():
        return None
    return count_of(value)


# --- §1 Calls, §5 Searches --------------------------------------------------------------------------

SEARCH_WORDS = {"search", "find", "lookup", "grep", "discover", "retrieve", "route"}
SQL_WORDS = {"sql", "database", "run", "execute"}
DISCOVERY_WORDS = set(
    "tool tools api apis sdk docs doc documentation reference capability capabilities method methods endpoint endpoints help route".split()
)
TOOL_WORDS = set("tool tools capability capabilities method methods endpoint endpoints route".split())
QUERY_ARGUMENTS = ("query", "q", "search", "search_query", "keywords", "keyword", "term", "pattern", "text", "question")
ENTRY_TEXTS = ("query", "q", "text", "search", "pattern", "keywords")


def name_words(name):
    """The words of a tool's name, whatever its style."""
    spaced = re.sub(r"([a-z0-9])([A-Z])|([A-Z]+)([A-Z][a-z])", r"\1\3 \2\4", name or "")
    return [word.lower() for word in re.findall(r"[^\W_]+", spaced)]


def first_of(mapping, names):
    for name in names:
        if mapping.get(name) is not None:
            return mapping[name]
    return None


def error_set(error):
    return bool(error.strip() if isinstance(error, str) else error)


class Search:
    """§5: one search."""

    def __init__(self, event_id, event, kind, query, count, broke, source, tool):
        self.event_id, self.event, self.kind, self.query, self.tool, self.source = event_id, event, kind, query, tool, source
        self.count = count
        self.miss = "error" if broke else "no_results" if count == 0 else None
        self.failed = self.miss is not None
        self.known = broke or count is not None
        self.abandoned = False
        self.turn = None


class Call:
    """§1: one tool call."""

    def __init__(self, event, event_id, tool, ok, error, duration, arguments, result, truncated):
        self.event, self.event_id, self.tool, self.duration = event, event_id, tool, duration
        self.reported = ok is False or error_set(error)
        self.silent = ok is True and not self.reported and says_it_failed(result)
        self.failed = self.reported or self.silent
        self.worked = ok is True and not self.failed
        self.arguments = parsed_arguments(arguments)
        self.result, self.truncated = result, truncated
        self.searches = []
        self.turn = None

    def own_search(self):
        """§5 Search tools, Discovery, Results: the call itself as a search, or None."""
        words = set(name_words(self.tool))
        is_search = words & SEARCH_WORDS or ("query" in words and not words & SQL_WORDS)
        if not is_search or not isinstance(self.arguments, dict):
            return None
        query = next((self.arguments[n] for n in QUERY_ARGUMENTS if text_or_none(self.arguments.get(n))), None)
        if query is None:
            return None
        kind = "discovery" if words & DISCOVERY_WORDS else "content"
        count = None if self.failed else results_in(self.result, self.truncated)
        return Search(self.event_id, self.event, kind, query, count, self.failed, "tool_call", self.tool)

    def looks_for_a_tool(self):
        """§3 Outcome: the last call of a session that looked and used nothing."""
        if any(s.source == "search_calls" for s in self.searches):
            return True
        return bool(self.searches) and bool(set(name_words(self.tool)) & TOOL_WORDS)


def parsed_arguments(value):
    """The top-level arguments; None where they were cut (equal to nothing)."""
    if isinstance(value, str):
        if not value.strip():
            return {}
        try:
            value = json.loads(value)
        except ValueError:
            return None
    if value is None:
        return {}
    return value if isinstance(value, dict) else {"": value}


def entry_search(event, entry, call_failed):
    """§5: an entry of search_calls."""
    if isinstance(entry, str):
        entry = {"query": entry}
    if not isinstance(entry, dict):
        return None
    query = next((entry[n] for n in ENTRY_TEXTS if text_or_none(entry.get(n))), None)
    if query is None:
        return None
    broke = call_failed or error_set(entry.get("error"))
    count = count_of(entry)
    if count is None:
        result = first_of(entry, ("result", "output"))
        count = None if result is None else results_in(result, False)
    return Search(event.id, event, "discovery", query, None if broke else count, broke, "search_calls", event.tool)


class Work:
    """What one work event holds: calls, searches, a capability request."""

    def __init__(self, event):
        self.event, self.calls, self.searches, self.request = event, [], [], None
        raw = event.raw
        reported = event.ok is False or error_set(event.error)
        self.ok = event.ok is True and not reported
        self.reported = reported
        if event.kind == "tool_call" and event.metadata.get("capability_request") is True:
            if not reported and not says_it_failed(raw.get("result_preview")):
                self.request = event.id
            return
        entries = raw.get("calls") if event.kind == "execute_script" else None
        if entries:
            for number_, entry in enumerate(entries):
                if isinstance(entry, str):
                    entry = {"name": entry}
                if isinstance(entry, dict):
                    self.calls.append(
                        Call(
                            event, f"{event.id}#{number_}", text_or_none(first_of(entry, ("name", "tool", "tool_name"))), entry.get("ok"),
                            entry.get("error"), entry.get("duration_ms"), first_of(entry, ("args", "arguments", "input")),
                            first_of(entry, ("result", "output")), False,
                        )
                    )
        elif event.kind in ("tool_call", "execute_script"):
            self.calls.append(
                Call(
                    event, event.id, event.tool, event.ok, event.error, event.duration, event.metadata.get("input_preview"),
                    raw.get("result_preview"), raw.get("result_truncated") is True,
                )
            )
        listed = raw.get("search_calls") or []
        if listed:
            failed = self.calls[0].failed if len(self.calls) == 1 and not entries else reported
            self.searches = [s for s in (entry_search(event, entry, failed) for entry in listed) if s]
            if self.calls:
                self.calls[-1].searches = self.searches
        else:
            for call in self.calls:
                search = call.own_search()
                if search:
                    call.searches = [search]
                    self.searches.append(search)


# --- §5 Similar -------------------------------------------------------------------------------------

FUNCTION_WORDS = set(
    """a an and are as at be by can do does for from has have how i if in into is it its me my no not of on or our so such that the
    their them then there these they this to us was we were what when where which who why will with you your""".split()
)


def query_words(text):
    return {word for word in re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", text).casefold())}


class Similarity:
    """§5 Similar: Jaccard of at least .25 over the words that tell queries apart."""

    def __init__(self, searches):
        queries, seen = {}, {}
        for search in searches:
            key = (search.event.server, search.tool)
            queries[key] = queries.get(key, 0) + 1
            for word in query_words(search.query):
                seen[(key, word)] = seen.get((key, word), 0) + 1
        self.common = {both for both, n in seen.items() if 2 * n > queries[both[0]]}

    def words(self, search):
        key = (search.event.server, search.tool)
        return {w for w in query_words(search.query) if w not in FUNCTION_WORDS and (key, w) not in self.common}

    def of(self, one, other):
        if fold(one.query) == fold(other.query):
            return Fraction(1)
        a, b = self.words(one), self.words(other)
        return Fraction(len(a & b), len(a | b)) if a | b else Fraction(0)

    def similar(self, one, other):
        return self.of(one, other) >= Fraction(1, 4)

    def near(self, one, other):
        """So close to the bound that another list of function words may decide otherwise."""
        return Fraction(12, 100) <= self.of(one, other) <= Fraction(45, 100) or not (self.words(one) and self.words(other))


# --- §3 Sessions ------------------------------------------------------------------------------------

UUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
HEX32 = re.compile(r"[0-9a-fA-F]{32}")
STATELESS = re.compile(rf"mcp_(.+)_v_(.+)_{UUID.pattern}")
SIGNALS = [  # §3 Frustration, in the order of the contract
    ("declared_high", 65), ("declared_medium", 35), ("error_streak", 35), ("repeated_call", 30), ("repeated_failed_search", 30),
    ("capability_request", 25), ("ended_on_error", 25), ("retry_after_error", 15), ("reformulated_search", 15), ("silent_failure", 10),
    ("long_session", 10),
]
LEVELS = ["", "low", "medium", "high"]


def fold(text):
    """Folding as far as it is obvious: NFKC, case, white space."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def is_strong(hint):
    """§3 Key."""
    if UUID.search(hint) or HEX32.search(hint):
        return True
    changes = sum(1 for a, b in zip(hint, hint[1:]) if (a.isalpha() and b.isdigit()) or (a.isdigit() and b.isalpha()))
    return bool(re.fullmatch(r"[A-Za-z0-9_-]{20,}", hint)) and changes >= 4


class Turn:
    def __init__(self, intent, start):
        self.intent, self.start, self.events, self.frustration = intent, start, [], ""


class Session:
    """One part of a group of events: its work events in order, and the other events that came with it."""

    def __init__(self, work, part, hint):
        self.work = work
        self.others = []
        first = work[0]
        self.server, self.actor, self.hint = first.server, first.actor, hint
        self.start = first.start
        self.end = max(event.end for event in work)
        if hint is None:
            self.key = f"fallback:{self.actor}:{rfc3339(self.start)}"
        else:
            self.key = hint if part == 0 else f"{hint}#{rfc3339(self.start)}"
        self.unsure = set()

    @property
    def is_workflow(self):
        return any(event.workflow for event in self.work + self.others)


def sessions_of(events):
    """§3 Key: groups, cut where they lay idle."""
    groups = {}
    for event in events:
        if event.hint is None:
            key = (event.server or "", "", event.actor)
        else:
            key = (event.server or "", event.hint, "" if is_strong(event.hint) else event.actor)
        groups.setdefault(key, []).append(event)
    sessions = []
    for (_, hint, _), group in groups.items():
        idle = HINTED_IDLE if hint else IDLE
        parts, latest = [], None
        for event in (e for e in group if e.is_work):
            if latest is None or event.start - latest > idle:
                parts.append([])
                latest = event.end
            parts[-1].append(event)
            latest = max(latest, event.end)
        made = [Session(part, number_, hint or None) for number_, part in enumerate(parts)]
        if made and hint:
            for event in (e for e in group if not e.is_work):
                near = min(made, key=lambda s: (max(s.start - event.start, event.start - s.end, 0), s.start))
                near.others.append(event)
        sessions += made
    return sorted(sessions, key=lambda s: (s.start, s.server or "", s.key, s.actor))


def read_session(session):
    """Calls, searches, turns and the client of one session."""
    session.items = [Work(event) for event in session.work]
    session.calls = [call for item in session.items for call in item.calls]
    session.searches = [search for item in session.items for search in item.searches]
    session.requests = [item.request for item in session.items if item.request]
    turns(session)
    client(session)


def turns(session):
    """§3 Turn."""
    session.turns, session.intent_source = [], "none"
    for item in session.items:
        event = item.event
        if event.intent and (not session.turns or fold(event.intent) != fold(session.turns[-1].intent)):
            session.turns.append(Turn(event.intent, event.start))
            session.intent_source = "declared"
        if session.turns:
            place(session, item, len(session.turns) - 1)
    if not session.turns and any(i.event.thinking for i in session.items) or not session.turns and any(c.tool for c in session.calls):
        session.turns, session.intent_source = [Turn(None, session.start)], "inferred"
        for item in session.items:
            place(session, item, 0)


def place(session, item, index):
    turn = session.turns[index]
    turn.events.append(item.event.id)
    turn.frustration = max(turn.frustration, item.event.frustration, key=rank)
    for thing in item.calls + item.searches:
        thing.turn = index


def rank(declared):
    return LEVELS.index(declared) if declared in LEVELS else 0


def client(session):
    """§3 Client."""
    ordered = [e for e in session.work if text_or_none(e.metadata.get("client_name"))]
    ordered += [e for e in sorted(session.others, key=lambda e: e.order) if e.kind == "session_init"]
    session.client = session.version = None
    for event in ordered:
        name = text_or_none(event.metadata.get("client_name"))
        if name:
            session.client, session.version = name.strip().lower(), text_or_none(event.metadata.get("client_version"))
            return
    match = STATELESS.fullmatch(session.hint or "")
    if match:
        session.client, session.version = match[1].lower(), match[2]


def equal_arguments(one, other):
    """§3 Retry: at least half of the union of argument names is equal."""
    if one is None or other is None:
        return False
    names = set(one) | set(other)
    same = sum(1 for n in names if n in one and n in other and canonical(one[n]) == canonical(other[n]))
    return not names or 2 * same >= len(names)


def retries(calls):
    """§3 Retry: the failed call that a call repeats."""
    found = {}
    for at, call in enumerate(calls):
        for before in range(at - 1, max(at - 4, -1), -1):
            other = calls[before]
            after = other.event is call.event or call.event.start >= other.event.end
            if other.failed and other.tool == call.tool and after and equal_arguments(other.arguments, call.arguments):
                found[at] = before
                break
    return found


def has_loop(calls):
    """§3 Loop."""
    run = 0
    for before, call in zip([None] + calls, calls):
        same = (
            before is not None and before.tool == call.tool and before.arguments is not None and call.arguments is not None
            and canonical(before.arguments) == canonical(call.arguments)
        )
        run = run + 1 if same else 1
        if run >= 3:
            return True
    return False


def judge(session, similarity):
    """§3 Frustration and Outcome, §5 Abandoned."""
    calls, searches = session.calls, session.searches
    fired = set()
    declared = max((i.event.frustration for i in session.items), key=rank, default="")
    if rank(declared) >= 2:
        fired.add(f"declared_{declared}")
    windows = [calls[at : at + 3] for at in range(len(calls) - 2)]
    failed_rows = [row for row in windows if all(call.failed for call in row)]
    if any(len({call.tool for call in row}) == 1 for row in failed_rows):
        fired.add("error_streak")
    elif failed_rows:
        session.unsure.update(("error_streak", "frustration"))
    if has_loop(calls):
        fired.add("repeated_call")
    for index in range(len(session.turns)):
        if sum(1 for s in searches if s.turn == index and s.failed) >= 2:
            fired.add("repeated_failed_search")
        if sum(1 for c in calls if c.turn == index) > 40:
            fired.add("long_session")
    if session.requests:
        fired.add("capability_request")
    if calls and calls[-1].failed:
        fired.add("ended_on_error")
    if any(calls[at].failed for at in retries(calls)):
        fired.add("retry_after_error")
    pairs = [(a, b) for at, a in enumerate(searches) for b in searches[at + 1 :]]
    if any(a.failed and similarity.similar(a, b) for a, b in pairs):
        fired.add("reformulated_search")
    if any(a.failed and similarity.near(a, b) for a, b in pairs):
        session.unsure.update(("reformulated_search", "frustration"))
    if any(call.silent for call in calls):
        fired.add("silent_failure")
    left = Fraction(1)
    for name, weight in SIGNALS:
        if name in fired:
            left *= 1 - Fraction(weight, 100)
    session.score = round((1 - left) * 10_000)
    session.reasons = [name for name, _ in SIGNALS if name in fired]
    session.level = "high" if session.score >= 5500 else "medium" if session.score >= 3000 else "low" if session.score else "none"
    abandoned(session, similarity)
    session.outcome = outcome(session, similarity)


def abandoned(session, similarity):
    """§5 Abandoned search."""
    for at, call in enumerate(session.calls[:-1]):
        following = session.calls[at + 1]
        for search in call.searches:
            if search.kind != "discovery" or search.failed or search.turn is None or following.turn != search.turn:
                continue
            if following.event is not search.event and following.event.start < search.event.end:
                continue
            search.abandoned = any(similarity.similar(search, other) for other in following.searches)
            if any(similarity.near(search, other) for other in following.searches):
                session.unsure.add("abandoned")


def outcome(session, similarity):
    """§3 Outcome, by precedence."""
    if session.requests:
        return "unmet"
    calls = session.calls
    for at, call in enumerate(calls):
        for search in call.searches:
            if search.kind == "discovery" and search.miss == "no_results":
                later = calls[at + 1 :]
                worked = any(other.worked and not other.searches for other in later)
                found = [s for other in later for s in other.searches if s.count]
                if not worked:
                    if any(similarity.near(search, s) for s in found):
                        session.unsure.add("outcome")
                    if not any(similarity.similar(search, s) for s in found):
                        return "unmet"
    if calls and calls[-1].looks_for_a_tool():
        return "unmet"
    if not calls:
        return "unknown"
    return "failed" if calls[-1].failed else "succeeded" if calls[-1].worked else "unknown"


def repeat_of(session, earlier):
    """§3 Repeat, by equal folded intent alone."""
    mine = {fold(t.intent) for t in session.turns if t.intent}
    best = None
    for other in earlier:
        near = other.start < session.start and 0 <= session.start - other.end <= 7 * DAY
        if near and mine & {fold(t.intent) for t in other.turns if t.intent}:
            if best is None or (other.start, other.key) > (best.start, best.key):
                best = other
    return best.key if best else None


def flags(session):
    """§3 Flags that need no topic, in the order of the contract."""
    raws = "".join(canonical(e.raw) for e in session.work + session.others)
    held = [
        ("unmet_demand", session.outcome == "unmet"),
        ("capability_request", bool(session.requests)),
        ("loop", "repeated_call" in session.reasons),
        ("silent_failure", any(call.silent for call in session.calls)),
        ("secret_detected", bool(re.search(r"\[redacted:[^\]]*\]", raws))),
    ]
    return [name for name, holds in held if holds]


def described(session, identifiers, repeats):
    """The contract's Session."""
    tools = list(dict.fromkeys(call.tool for call in session.calls if call.tool))
    intent = next((t.intent for t in session.turns if t.intent), None)
    return {
        "session_key": session.key,
        "mcp_server_id": session.server,
        "actor_id": session.actor,
        "actor_identifier": identifiers.get(session.actor),
        "client_name": session.client,
        "client_version": session.version,
        "started_at": rfc3339(session.start),
        "ended_at": rfc3339(session.end),
        "duration_ms": (session.end - session.start) // 1000,
        "raw_intent": intent,
        "intent_source": session.intent_source,
        "event_count": len(session.items),
        "ok_count": sum(1 for i in session.items if i.ok),
        "error_count": sum(1 for i in session.items if i.reported),
        "tool_call_count": len(session.calls),
        "silent_failure_count": sum(1 for c in session.calls if c.silent),
        "search_count": len(session.searches),
        "failed_search_count": sum(1 for s in session.searches if s.failed),
        "capability_request_count": len(session.requests),
        "frustration": {"score": session.score / 10_000, "level": session.level, "reasons": session.reasons},
        "outcome": session.outcome,
        "repeat_of_equal_intent": repeats[id(session)],
        "flags": flags(session),
        "tools": tools[:20],
        "turns": [
            {
                "index": index,
                "raw_intent": turn.intent,
                "started_at": rfc3339(turn.start),
                "declared_frustration": turn.frustration if rank(turn.frustration) else None,
                "event_ids": turn.events,
            }
            for index, turn in enumerate(session.turns)
        ],
        "searches": [
            {
                "event_id": s.event_id,
                "turn": s.turn,
                "source": s.source,
                "search_kind": s.kind,
                "query": s.query,
                "result_count": s.count,
                "failed": s.failed,
                "miss_kind": s.miss,
                "abandoned": s.abandoned,
            }
            for s in session.searches
        ],
        "retries": {session.calls[at].event_id: session.calls[of].event_id for at, of in retries(session.calls).items()},
        "unsure": sorted(session.unsure),
    }


# --- §6 KPIs and trends -----------------------------------------------------------------------------


def rounded(value, places):
    """Half to even from the exact value; -0 is 0."""
    return None if value is None else float(round(value, places)) + 0.0


def ratio(part, whole):
    return Fraction(part, whole) if whole else None


def quantile(values, q):
    """Exact: the value at rank ceil(q n), rounded half up to whole milliseconds."""
    if not values:
        return None
    return math.floor(sorted(values)[math.ceil(q * len(values)) - 1] + 0.5)


class Figures:
    """Everything that one window counts."""

    def __init__(self, engine, start, end):
        inside = lambda at: start <= at < end
        self.sessions = [s for s in engine.sessions if inside(s.start)]
        everything = [i for s in engine.sessions for i in s.items if inside(i.event.start)]
        self.calls = [c for i in everything for c in i.calls]
        self.searches = [s for i in everything for s in i.searches]
        self.requests = [i.request for i in everything if i.request]
        self.durations = [c.duration for c in self.calls if c.duration is not None]

    def kpis(self):
        """name -> (kind, value)."""
        n, calls = len(self.sessions), len(self.calls)
        known = [s for s in self.sessions if s.outcome != "unknown"]
        silent = sum(1 for c in self.calls if c.silent)
        missed = sum(1 for s in self.searches if s.failed)
        return {
            "sessions": ("count", n),
            "actors": ("count", len({s.actor for s in self.sessions})),
            "tool_calls": ("count", calls),
            "error_rate": ("rate", ratio(sum(1 for c in self.calls if c.reported), calls)),
            "silent_failures": ("count", silent),
            "silent_failure_rate": ("rate", ratio(silent, calls)),
            "searches": ("count", len(self.searches)),
            "failed_searches": ("count", missed),
            "search_miss_rate": ("rate", ratio(missed, sum(1 for s in self.searches if s.known))),
            "high_frustration_rate": ("rate", ratio(sum(1 for s in self.sessions if s.level == "high"), n)),
            "success_rate": ("rate", ratio(sum(1 for s in known if s.outcome == "succeeded"), len(known))),
            "capability_requests": ("count", len(self.requests)),
            "latency_p50_ms": ("latency", quantile(self.durations, Fraction(1, 2))),
            "latency_p95_ms": ("latency", quantile(self.durations, Fraction(95, 100))),
        }

    def point(self):
        return {
            "sessions": len(self.sessions),
            "tool_calls": len(self.calls),
            "errors": sum(1 for c in self.calls if c.reported),
            "silent_failures": sum(1 for c in self.calls if c.silent),
            "searches": len(self.searches),
            "failed_searches": sum(1 for s in self.searches if s.failed),
            "high_frustration_sessions": sum(1 for s in self.sessions if s.level == "high"),
            "latency_p95_ms": quantile(self.durations, Fraction(95, 100)),
        }


class Engine:
    """All events read, all sessions judged."""

    def __init__(self, paths):
        self.events, self.rejected, self.duplicates = read(paths)
        everything = sessions_of(self.events)
        synthetic = [s for s in everything if s.is_workflow]
        self.synthetic_events = {id(e) for s in synthetic for e in s.work + s.others} | {id(e) for e in self.events if e.workflow}
        self.sessions = [s for s in everything if not s.is_workflow]
        for session in self.sessions:
            read_session(session)
        similarity = Similarity([s for session in self.sessions for s in session.searches])
        for session in self.sessions:
            judge(session, similarity)
        self.identifiers = {}
        for event in self.events:
            name = text_or_none(event.metadata.get("identifier"))
            if event.kind == "actor_identity" and name:
                self.identifiers[event.actor] = name
        by_actor = {}
        for session in self.sessions:
            by_actor.setdefault((session.server, session.actor), []).append(session)
        self.repeats = {id(s): repeat_of(s, by_actor[(s.server, s.actor)]) for s in self.sessions}
        self.declared_calls = {id(c) for s in self.sessions if s.intent_source == "declared" for c in s.calls if c.turn is not None}

    def default_now(self):
        """§7: the end of the hour of the newest event that has another in the 48 hours before it."""
        times = sorted((e.start for e in self.events), reverse=True)
        for at, moment in enumerate(times[: max(1, len(times) // 1000) + 1]):
            if at + 1 < len(times) and moment - times[at + 1] <= 2 * DAY:
                return (moment // HOUR + 1) * HOUR
        return (times[0] // HOUR + 1) * HOUR if times else 0

    def overview(self, now, name):
        """The plain part of the contract's Overview."""
        start, previous_start = now - RANGES[name], now - 2 * RANGES[name]
        this = Figures(self, start, now)
        history = min((e.start for e in self.events), default=None)
        complete = history is not None and history <= previous_start
        before = Figures(self, previous_start, start).kpis() if complete else None
        kpis = {}
        for key, (kind, value) in this.kpis().items():
            previous = before[key][1] if before else None
            change = None if value is None or not previous else rounded(100 * (Fraction(value) - previous) / previous, 2)
            if kind == "rate":
                value, previous = rounded(value, 4), rounded(previous, 4)
            kpis[key] = {"value": value, "previous": previous, "change_pct": change}
        return {
            "window": {"range": name, "start": rfc3339(start), "end": rfc3339(now), "previous_start": rfc3339(previous_start)},
            "coverage": self.coverage(this, start, now),
            "kpis": kpis,
            "trends": self.trends(start, now, name),
        }

    def coverage(self, this, start, now):
        held = [e for e in self.events if start <= e.start < now]
        n = len(this.sessions)
        return {
            "accepted": len(self.events),
            "rejected": self.rejected,
            "duplicates": self.duplicates,
            "history_start": rfc3339(min(e.start for e in self.events)) if self.events else None,
            "data_through": rfc3339(max(e.start for e in self.events)) if self.events else None,
            "events": sum(1 for e in held if id(e) not in self.synthetic_events),
            "excluded_workflow_events": sum(1 for e in held if id(e) in self.synthetic_events),
            "sessions": n,
            "no_intent_sessions": sum(1 for s in this.sessions if s.intent_source == "none"),
            "declared_intent_rate": rounded(ratio(sum(1 for s in this.sessions if s.intent_source == "declared"), n), 4),
            "known_outcome_rate": rounded(ratio(sum(1 for s in this.sessions if s.outcome != "unknown"), n), 4),
            "attributed_call_rate": rounded(ratio(sum(1 for c in this.calls if id(c) in self.declared_calls), len(this.calls)), 4),
            "unknown_result_searches": sum(1 for s in this.searches if not s.known),
        }

    def trends(self, start, now, name):
        """§6 Buckets: UTC hours or days, clipped to the window."""
        width = HOUR if name == "24h" else DAY
        points, at = [], start // width * width
        while at < now:
            low, high = max(at, start), min(at + width, now)
            point = {"start": rfc3339(low), "end": rfc3339(high), "partial": low != at or high != at + width}
            points.append(point | Figures(self, low, high).point())
            at += width
        return {"bucket": "hour" if name == "24h" else "day", "points": points}

    def described(self):
        """Sessions by key; where weak hints or servers share one, the later ones carry server and actor too."""
        out = {}
        for session in self.sessions:
            key = session.key if session.key not in out else f"{session.key}|{session.server or ''}|{session.actor}"
            out[key] = described(session, self.identifiers, self.repeats)
        return out


def confusion(engine, path):
    """Human labels against outcomes: rows of `hint, category, success|failure`."""
    found = {s.key: s.outcome for s in engine.sessions}
    outcomes = ("succeeded", "failed", "unmet", "unknown")
    table = {label: dict.fromkeys(outcomes, 0) for label in ("success", "failure")}
    with open(path, encoding="utf-8") as file:
        for line in file:
            key, _, label = line.rstrip("\n").split("\t")
            table[label][found.get(key, "unknown")] += 1
    agree = table["success"]["succeeded"] + sum(n for o, n in table["failure"].items() if o != "succeeded")
    total = sum(n for row in table.values() for n in row.values())
    print(f"{'':10}" + "".join(f"{o:>11}" for o in outcomes))
    for label, row in table.items():
        print(f"{label:10}" + "".join(f"{row[o]:>11}" for o in outcomes))
    print(f"agreement {agree} of {total} = {agree / max(total, 1):.4f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("paths", nargs="+", metavar="PATH", help="event files, plain or gzip")
    parser.add_argument("--now", help="end of the window, RFC 3339; default: the end of the newest event's hour")
    parser.add_argument("--range", choices=RANGES, default="7d", help="length of the window")
    parser.add_argument("--outcomes", metavar="FILE", help="print the confusion table against these labels instead")
    options = parser.parse_args()
    engine = Engine(options.paths)
    if options.outcomes:
        confusion(engine, options.outcomes)
        return
    now = micros(options.now) if options.now else engine.default_now()
    document = {"sessions": engine.described(), "overview": engine.overview(now, options.range), "choices": CHOICES}
    json.dump(document, sys.stdout, sort_keys=True, ensure_ascii=False, indent=1)
    print()


if __name__ == "__main__":
    main()
