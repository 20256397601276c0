# SPDX-License-Identifier: Apache-2.0
"""A second judge of Sigma rules, slow and simple, to compare the pack's answers with.

Written from the specification 2.1 (rules, modifiers, correlations, filters) and from what `caltrop rule` says of it in
caltrop(1), not from the compiler's sources.
"""
import base64
import ipaddress
import re
from datetime import datetime, timezone

DASHES = "-/\u2013\u2014\u2015"


def parse(text):
    """A Sigma string as a list of characters and wildcards; wildcards are None ('*') and False ('?')."""
    out, i = [], 0
    while i < len(text):
        c = text[i]
        if c == "\\" and i + 1 < len(text) and text[i + 1] in "*?\\":
            out.append(text[i + 1])
            i += 1
        elif c in "*?":
            out.append(None if c == "*" else False)
        else:
            out.append(c)
        i += 1
    return out


def to_regex(tokens, cased):
    body = ""
    for t in tokens:
        if t is None:
            body += ".*"
        elif t is False:
            body += "."
        elif isinstance(t, tuple):
            body += "[" + re.escape("".join(t)) + "]"
        else:
            body += re.escape(t)
    return re.compile(body, re.DOTALL | (0 if cased else re.IGNORECASE))


def text_of(value):
    if value is True or value is False:
        return "true" if value else "false"
    return str(value)


def flatten(event):
    """Values by field: objects by dots, lists by element."""
    out = {}

    def walk(name, value):
        if isinstance(value, dict):
            if name:
                out.setdefault(name, []).append(None)
            for key, inner in value.items():
                if not name and key == "logsource":
                    continue
                walk(name + "." + key if name else key, inner)
        elif isinstance(value, list):
            if not value:
                out.setdefault(name, []).append(None)
            for inner in value:
                walk(name, inner)
        else:
            out.setdefault(name, []).append(value)

    walk("", event)
    return out


def number(text):
    text = text_of(text)
    return float(text) if re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", text) else None


def moment(text):
    text = text_of(text).strip()
    try:
        if re.fullmatch(r"\d{1,19}([.,]\d+)?", text):
            digits = len(re.match(r"\d+", text).group())
            seconds = float(text) / (1 if digits <= 11 else 1e3 if digits <= 14 else 1e6 if digits <= 17 else 1e9)
            return datetime.fromtimestamp(seconds, timezone.utc)
        text = re.sub(r"[zZ]$", "+00:00", text)
        text = re.sub(r"(\.\d{6})\d+", r"\1", text)
        when = datetime.fromisoformat(text)
        return when if when.tzinfo else when.replace(tzinfo=timezone.utc)
    except ValueError:
        return None


class Rule:
    def __init__(self, doc, lists=None):
        self.doc = doc
        self.lists = lists or {}
        self.extra = []  # filters, as functions

    # values -> predicate over one text

    def strings(self, text, steps):
        """The lists of tokens that a string becomes."""
        texts = [text]
        if "expand" in steps:
            texts = self.fill(text)
        lists = [parse(t) for t in texts]
        for step in steps:
            out = []
            for tokens in lists:
                if step in ("contains", "endswith") and (not tokens or tokens[0] is not None):
                    tokens = [None] + tokens
                if step in ("contains", "startswith") and tokens[-1:] != [None]:
                    tokens = tokens + [None]
                if step == "windash":
                    tokens = [tuple(DASHES) if isinstance(t, str) and t in DASHES else t for t in tokens]
                if step in ("utf16le", "wide", "utf16be", "utf16"):
                    code = "utf-16-be" if step == "utf16be" else "utf-16-le"
                    coded = list("\ufeff") + tokens if step == "utf16" else tokens
                    tokens = []
                    for t in coded:
                        tokens += [chr(b) for b in t.encode(code)] if isinstance(t, str) else [t]
                    tokens = self.bytes(tokens)
                if step in ("base64", "base64offset"):
                    for spelled in self.spell(tokens):
                        out += self.encode(spelled, step)
                    continue
                out.append(tokens)
            lists = out
        return lists

    class Bytes(str):
        """A character that stands for a byte, of UTF-16."""

    def bytes(self, tokens):
        return [self.Bytes(t) if isinstance(t, str) else t for t in tokens]

    def spell(self, tokens):
        lists = [[]]
        for t in tokens:
            lists = [done + [c] for done in lists for c in (t if isinstance(t, tuple) else [t])]
        return lists

    def encode(self, tokens, step):
        data = b"".join(bytes([ord(t)]) if isinstance(t, self.Bytes) else t.encode() for t in tokens)
        if step == "base64":
            return [list(base64.b64encode(data).decode())]
        out = []
        for i in range(3):
            # What stands around has a part in the first and the last digits.
            first = (0, 2, 3)[i]
            coded = base64.b64encode(b"\0" * i + data).decode()
            last = len(coded) - {0: 0, 1: 3, 2: 2}[(len(data) + i) % 3]
            out.append(list(coded[first:last]))
        return out

    def fill(self, text):
        m = re.search(r"(?<!\\)%(\w+)%", text, re.ASCII)
        if not m:
            return [text.replace("\\%", "%")]
        values = self.lists[m.group(1)]
        values = values if isinstance(values, list) else [values]
        head = text[: m.start()].replace("\\%", "%")
        return [head + str(v) + rest for v in values for rest in self.fill(text[m.end():])]

    def predicate(self, value, mods, event):
        """A function of a field's values (a list, None for a null; None: the field is not there)."""
        cased = "cased" in mods
        steps = [m for m in mods if m not in ("all", "cased", "neq")]
        if value is None:
            return lambda values: not any(v is not None for v in values or [])
        if "re" in mods:
            flags = 0
            for m in mods:
                flags |= {"i": re.IGNORECASE, "ignorecase": re.IGNORECASE, "m": re.MULTILINE, "multiline": re.MULTILINE,
                          "s": re.DOTALL, "dotall": re.DOTALL}.get(m, 0)
            pattern = re.compile(str(value), flags | re.ASCII)
            one = lambda v: bool(pattern.search(text_of(v)))
        elif "cidr" in mods:
            net = ipaddress.ip_network(value, strict=False)
            one = lambda v: self.in_network(net, v)
        elif "fieldref" in mods:
            return lambda values: any(self.related(text_of(v), text_of(o), mods, cased) for v in values or []
                                      for o in event.get(value, []) if v is not None and o is not None)
        else:
            parts = [m for m in steps if m in ("minute", "hour", "day", "week", "month", "year")]
            signs = [m for m in steps if m in ("lt", "lte", "gt", "gte")]
            if parts or signs:
                one = lambda v: self.compare(v, value, parts, signs)
            else:
                patterns = [to_regex(t, cased) for t in self.strings(text_of(value), steps)]
                one = lambda v: any(p.fullmatch(text_of(v)) for p in patterns)
        return lambda values: any(one(v) for v in values or [] if v is not None)

    @staticmethod
    def in_network(net, v):
        try:
            return ipaddress.ip_address(text_of(v)) in net
        except ValueError:
            return False

    @staticmethod
    def related(one, other, mods, cased):
        if not cased:
            one, other = one.lower(), other.lower()
        if "contains" in mods:
            return other in one
        if "startswith" in mods:
            return one.startswith(other)
        if "endswith" in mods:
            return one.endswith(other)
        return one == other

    @staticmethod
    def compare(v, value, parts, signs):
        if parts:
            when = moment(v)
            if when is None:
                return False
            left = when.isocalendar()[1] if parts[0] == "week" else getattr(when, parts[0])
        else:
            left = number(v)
            if left is None:
                return False
        right = float(value)
        sign = signs[0] if signs else "eq"
        return {"lt": left < right, "lte": left <= right, "gt": left > right, "gte": left >= right,
                "eq": left == right}[sign]

    # maps and lists

    def item(self, key, value, event):
        name, *mods = key.split("|")
        if "exists" in mods:
            return (name in event) == bool(value)
        values = value if isinstance(value, list) else [value]
        if name:
            answers = [self.predicate(v, mods, event)(event.get(name)) for v in values]
        else:
            every = [v for vs in event.values() for v in vs]
            keyword = mods if "re" in mods else mods + ["contains"]
            answers = [self.predicate(v, keyword, event)(every) for v in values]
        answer = all(answers) if "all" in mods else any(answers)
        return not answer if "neq" in mods else answer

    def search(self, definition, event):
        if isinstance(definition, dict):
            return all(self.item(k, v, event) for k, v in definition.items())
        if isinstance(definition, list):
            return any(self.search(d, event) if isinstance(d, dict) else self.item("", d, event) for d in definition)
        return self.item("", definition, event)

    # conditions

    def condition(self, text, detection, event):
        words = re.findall(r"[\w*.-]+|[()]", text)
        at = 0

        def peek():
            return words[at].lower() if at < len(words) else ""

        def take():
            nonlocal at
            at += 1
            return words[at - 1]

        def atom():
            word = take()
            if word == "(":
                answer = any_of()
                take()
                return answer
            if word.lower() in ("1", "any", "all") and peek() == "of":
                take()
                pattern = take()
                like = re.compile(".*" if pattern.lower() == "them" else re.escape(pattern).replace(r"\*", ".*"))
                hidden = not pattern.startswith("_")
                names = [n for n in detection if n != "condition" and like.fullmatch(n) and
                         not (hidden and n.startswith("_"))]
                answers = [self.search(detection[n], event) for n in names]
                return all(answers) if word.lower() == "all" else any(answers)
            return self.search(detection[word], event)

        def negated():
            if peek() == "not":
                take()
                return not negated()
            return atom()

        def all_of():
            answer = negated()
            while peek() == "and":
                take()
                answer = negated() and answer
            return answer

        def any_of():
            answer = all_of()
            while peek() == "or":
                take()
                answer = all_of() or answer
            return answer

        return any_of()

    def conditions(self, detection, event):
        condition = detection["condition"]
        return any(self.condition(c, detection, event)
                   for c in (condition if isinstance(condition, list) else [condition]))

    def applies(self, source):
        return all(source.get(k, "").lower() == v.lower() for k, v in self.doc["logsource"].items()
                   if k in ("category", "product", "service"))

    def matches(self, event):
        return self.applies(event.get("logsource", {})) and self.conditions(self.doc["detection"], flatten(event)) and \
            not any(f(event) for f in self.extra)


TIMES = ("timestamp", "@timestamp", "UtcTime", "EventTime", "time", "ts", "TimeGenerated", "TimeCreated", "SystemTime",
         "event.created", "eventTime", "event_time", "_time", "datetime")


class Correlation:
    """Keeps every event ever counted, and counts anew at each."""

    def __init__(self, doc):
        self.doc = doc
        self.c = doc["correlation"]
        self.rules = self.c["rules"] if isinstance(self.c["rules"], list) else [self.c["rules"]]
        n, unit = re.fullmatch(r"(\d+)([smhdw])", self.c["timespan"]).groups()
        self.span = int(n) * {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}[unit]
        self.groups = {}

    def field(self, name, rule):
        return self.c.get("aliases", {}).get(name, {}).get(rule, name)

    def value(self, event, name, rule):
        values = [v for v in event.get(self.field(name, rule), []) if v is not None]
        return text_of(values[0]) if values else None

    def holds(self, count):
        condition = {k: v for k, v in self.c.get("condition", {}).items() if k != "field"}
        if not condition:
            return count >= len(self.rules)
        if count == 0:
            return False
        tests = {"gt": lambda n: count > n, "gte": lambda n: count >= n, "lt": lambda n: count < n,
                 "lte": lambda n: count <= n, "eq": lambda n: count == n, "neq": lambda n: count != n}
        return all(tests[k](int(v)) for k, v in condition.items())

    def count(self, seen, now):
        recent = [s for s in seen if now - s[0] <= self.span]
        kind = self.c["type"]
        if kind == "event_count":
            return len({s[1] for s in recent})
        if kind == "value_count":
            return len({s[3] for s in recent})
        if kind == "temporal":
            return len({s[2] for s in recent})
        best = 0
        for start in range(len(recent)):
            at, last = 0, None
            for _, index, place, _ in recent[start:]:
                if place == at and index != last:
                    at, last = at + 1, index
                    if at == len(self.rules):
                        break
            best = max(best, at)
        return best

    def complete(self, seen, now):
        """When the sequence that ends last and is whole began; None: there is none."""
        best = None
        recent = [s for s in seen if now - s[0] <= self.span]
        for start in range(len(recent)):
            at, last = 0, None
            for _, index, place, _ in recent[start:]:
                if place == at and index != last:
                    at, last = at + 1, index
                    if at == len(self.rules):
                        best = start
                        break
        return best

    def feed(self, matched, event, now, index):
        """Whether it matches with the event, which these rules (ids and names) matched. The index orders events."""
        fires = False
        counted = set()
        for place in reversed(range(len(self.rules))):
            rule = self.rules[place]
            if rule not in matched:
                continue
            names = matched[rule]
            key = tuple(self.value(event, g, names) for g in self.c.get("group-by") or [])
            field = self.c.get("condition", {}).get("field")
            counts = tuple(self.value(event, f, names) for f in (field if isinstance(field, list) else [field])) \
                if field else None
            if None in key or (counts and None in counts):
                continue
            if self.c["type"] == "event_count" and counted:
                continue
            counted.add(key)
            group = self.groups.setdefault(key, {"seen": [], "true": False, "whole": (0, 0)})
            seen = group["seen"]
            true = group["true"] and self.holds(self.count(seen, now))
            seen.append((now, index, place, counts))
            # A later place of the same event stands before it in the file.
            if self.c["type"] == "temporal_ordered" and place == len(self.rules) - 1:
                start = self.complete(seen, now)
                mark = None if start is None else [s for s in seen if now - s[0] <= self.span][start][1]
                if mark is not None and mark > group["whole"]:
                    true, group["whole"] = False, mark
            group["true"] = self.holds(self.count(seen, now))
            fires |= group["true"] and not true
        return fires


KINDS = ("process_creation", "network_connection")  # of the log sources of generate.py, those that the guard has


def times_of(event):
    source = event.get("logsource", {})
    return event.get("count", 1) if source.get("category") in KINDS and "service" not in source else 1


def judge(docs, events, lists=None):
    """All (number of the event, id of the rule) that match, of those that alert."""
    rules, correlations, filters = [], [], []
    for doc in docs:
        (correlations if "correlation" in doc else filters if "filter" in doc else rules).append(doc)
    judges = {r["id"]: Rule(r, lists) for r in rules}
    for f in filters:
        own = dict(f["filter"])
        names = own.pop("rules")
        condition = own["condition"]
        # "not selection" is the other spelling of the same.
        negative = re.fullmatch(r"not\s+[\w*]+(\s+of\s+[\w*]+)?(\s+and\s+not\s+[\w*]+(\s+of\s+[\w*]+)?)*", condition)
        helper = Rule({"logsource": f["logsource"]}, lists)
        for r in rules:
            if not all(r["logsource"].get(k, "").lower() == v.lower() for k, v in f["logsource"].items()):
                continue
            if names in ("any", "all") or r["id"] in names or r.get("name") in names:
                judges[r["id"]].extra.append(
                    lambda e, h=helper, d=own, n=negative: h.conditions(d, flatten(e)) != bool(n))
    quiet = set()
    windows = [Correlation(c) for c in correlations]
    for c in correlations:
        if not c["correlation"].get("generate"):
            quiet |= {r for r in (c["correlation"]["rules"])}
    for c in correlations:
        if c["correlation"].get("generate"):
            quiet -= set(c["correlation"]["rules"])
    out, now = [], 0.0
    for index, event in enumerate(events, 1):
        flat = flatten(event)
        for name in TIMES:
            when = [moment(v) for v in flat.get(name, []) if v is not None]
            if when and when[0]:
                now = max(now, when[0].timestamp())
                break
        matched = {}
        for r in rules:
            if not judges[r["id"]].matches(event):
                continue
            matched[r["id"]] = matched[r.get("name", r["id"])] = r.get("name", r["id"])
            if r["id"] not in quiet and r.get("name") not in quiet:
                out.append((index, r["id"]))
        once = dict(matched)
        for w in windows:
            # What happened several times matched its rules as often, and a correlation once.
            fires = [w.feed(once if n else matched, flat, now, (index, n)) for n in range(times_of(event))]
            if any(fires):
                d = w.doc
                matched[d["id"]] = matched[d.get("name", d["id"])] = d.get("name", d["id"])
                if d["id"] not in quiet and d.get("name") not in quiet:
                    out.append((index, d["id"]))
    return sorted(out)
