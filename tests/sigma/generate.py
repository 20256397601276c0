# SPDX-License-Identifier: Apache-2.0
"""Random rules, filters, correlations and events that have something to do with each other, from a seed."""
import random

FIELDS = ["Image", "CommandLine", "ParentImage", "User", "DestinationIp", "DestinationPort", "process.name", "tags"]
BITS = ["a", "A", "b", "B", "/tmp/", "wget", "Wget", " -o", "-x", "/x", "\\", "*", "?", "\\*", "\\?", "\\\\", ".", " ", "0",
        "17", "%", "\u00e9", "\u00c9", "\u0142", "\u0141", "\u20ac", "$", "(", "\n", "-", "\u2013", "aWQ=", "\x00"]
PLAIN = [b for b in BITS if not set(b) & set("*?\\")]
REGEXES = [r"a+b", r"^a", r"b$", r"(a|wget)\s?-?[ox]", r"[^/]{3,}$", r"\d+", r"(?i)WGET", r"^(/tmp/|a)+.*x$", r"a{2,4}",
           r"\bwget\b", r"[a-c\d]+\s", r".{5,}", r"(?:\s-[^-\s]{0,20}o|x)", r"\.", r"a|b", r"^$", r"[A-Z]", r"\w+\W\w", r"a?b*",
           r"(.){8,}", r"[[:digit:]]" if False else r"[0-9]", r"\S\s\S", r"(a(b|c)?){2}", r"x\Z", r"\Aw", r"[^\n]+$"]
NETS = ["10.0.0.0/8", "192.0.2.0/24", "2001:db8::/32", "192.0.2.7/32", "10.1.0.0/16"]
IPS = ["10.1.2.3", "192.0.2.7", "2001:db8::1", "203.0.113.9", "no address", "10.255.0.1", "::1"]
TIMES = ["2026-01-31T12:34:56Z", "2026-02-28 23:59:59", "1767225600", "1767225600123", "2024-02-29", "never",
         "2025-12-29T00:00:00+02:00"]
SOURCES = [{"category": "process_creation", "product": "linux"}, {"product": "linux"}, {"product": "linux", "service": "sshd"},
           {"category": "network_connection", "product": "linux"}, {"service": "auditd", "product": "linux"}]


class Maker:
    def __init__(self, seed):
        self.r = random.Random(seed)
        self.seed = seed

    def text(self, bits, most=4):
        return "".join(self.r.choice(bits) for _ in range(self.r.randint(0, most)))

    def value(self):
        return self.r.choice([lambda: self.text(BITS), lambda: self.text(BITS), lambda: self.text(PLAIN, 6),
                              lambda: self.r.randint(0, 20), lambda: self.r.choice([True, False])])()

    def values(self, make):
        return make() if self.r.random() < 0.5 else [make() for _ in range(self.r.randint(1, 4))]

    def item(self, keyword=False):
        r = self.r
        field = "" if keyword else r.choice(FIELDS)
        kind = r.random()
        ends = "|neq" if not keyword and r.random() < 0.1 else ""
        case = "|cased" if r.random() < 0.15 else ""
        if kind < 0.5:
            mods = r.choice(["", "|contains", "|startswith", "|endswith", "|contains"]) if not keyword else ""
            every = "|all" if r.random() < 0.3 else ""
            value = self.values(self.value)
            if every and not isinstance(value, list):
                value = [value]
            return field + mods + r.choice([every + case, case + every]) + ends, value
        if kind < 0.65:
            flags = "".join(f for f in ("|i", "|m", "|s") if r.random() < 0.2)
            return field + "|re" + flags + ends, self.values(lambda: r.choice(REGEXES))
        if keyword:
            return "|all", [self.value(), self.text(PLAIN)]
        if kind < 0.7:
            return "DestinationIp|cidr" + ends, self.values(lambda: r.choice(NETS))
        if kind < 0.76:
            return r.choice(["DestinationPort", "CommandLine", "n"]) + "|" + r.choice(["lt", "lte", "gt", "gte"]) + ends, \
                r.choice([5, 17, 0, 10, -1, 3.5])
        if kind < 0.8:
            return field + "|exists", r.random() < 0.5
        if kind < 0.84:
            how = r.choice(["", "|startswith", "|endswith", "|contains"])
            return field + "|fieldref" + how + case + ends, r.choice(FIELDS)
        if kind < 0.88:
            return "UtcTime|" + r.choice(["minute", "hour", "day", "week", "month", "year"]) + \
                r.choice(["", "|gte", "|lt"]) + ends, r.choice([0, 1, 5, 12, 23, 28, 31, 34, 2025, 2026])
        if kind < 0.92:
            return field + r.choice(["|windash|contains", "|contains|windash"]), self.values(lambda: self.text(BITS, 3))
        if kind < 0.97:
            step = r.choice(["base64offset|contains", "base64", "wide|base64offset|contains", "utf16be|base64",
                             "utf16|base64offset|contains", "windash|base64offset|contains"])
            return field + "|" + step, self.values(lambda: self.text([p for p in PLAIN if p != "\x00"], 3) + "a")
        return field + "|expand" + r.choice(["", "|contains"]), r.choice(["%Users%", "a%Users%", "%One%b", "\\%x%One%"])

    def map(self):
        out = dict(self.item() for _ in range(self.r.randint(1, 3)))
        if self.r.random() < 0.1:
            out[self.r.choice(FIELDS)] = self.r.choice([None, "", [None, "a"]])
        return out

    def search(self):
        kind = self.r.random()
        if kind < 0.6:
            return self.map()
        if kind < 0.8:
            return [self.map() for _ in range(self.r.randint(1, 3))]
        if kind < 0.93:
            return [self.value() for _ in range(self.r.randint(1, 3))]
        return dict([self.item(keyword=True)])

    def condition(self, names, depth=0):
        r = self.r
        kind = r.random()
        if depth > 2 or kind < 0.35:
            return r.choice(names)
        if kind < 0.55:
            pattern = r.choice(["them", "sel*", "sel_*", "*b", "filter*", "s*l*"])
            if not self.some(names, pattern):
                return r.choice(names)
            return r.choice(["1 of ", "all of ", "any of "]) + pattern
        if kind < 0.7:
            inner = self.condition(names, depth + 1)
            return "not " + (inner if " " not in inner or inner.split()[0] in ("1", "all", "any") else "(" + inner + ")")
        parts = [self.condition(names, depth + 1) for _ in range(r.randint(2, 3))]
        joined = r.choice([" and ", " or "]).join(parts)
        return "(" + joined + ")" if r.random() < 0.5 else joined

    @staticmethod
    def some(names, pattern):
        import re
        like = re.compile(".*" if pattern == "them" else pattern.replace("*", ".*"))
        return any(like.fullmatch(n) and not n.startswith("_") for n in names)

    def detection(self):
        names = self.r.sample(["selection", "sel_a", "sel_b", "filter_b", "filter", "keywords", "_hidden"],
                              self.r.randint(1, 4))
        out = {n: self.search() for n in names}
        condition = self.condition(names)
        out["condition"] = [condition, self.condition(names)] if self.r.random() < 0.1 else condition
        return out

    def rule(self, n):
        doc = {"title": "Rule %d" % n, "id": "rule-%d-%d" % (self.seed, n), "logsource": self.r.choice(SOURCES),
               "detection": self.detection()}
        if self.r.random() < 0.5:
            doc["level"] = self.r.choice(["informational", "low", "medium", "high", "critical"])
        if self.r.random() < 0.5:
            doc["name"] = "name_%d_%d" % (self.seed, n)
        return doc

    def filter(self, rules):
        source = self.r.choice(SOURCES)
        covered = [r for r in rules if all(r["logsource"].get(k) == v for k, v in source.items())]
        own = {"selection": self.map(), "second": self.map()}
        own["condition"] = self.r.choice(["selection", "not selection", "selection or second", "not selection and not second",
                                          "selection and not second"])
        own["rules"] = "any" if not covered or self.r.random() < 0.3 else [self.r.choice(covered)["id"]]
        return {"title": "Filter", "id": "filter-%d" % self.seed, "logsource": source, "filter": own}

    def correlation(self, n, known):
        r = self.r
        kind = r.choice(["event_count", "value_count", "temporal", "temporal_ordered"])
        refs = r.sample(known, min(len(known), r.randint(1, 3)))
        own = {"type": kind, "rules": [d.get("name", d["id"]) for d in refs], "timespan": r.choice(["30s", "2m", "1h"])}
        if r.random() < 0.7:
            own["group-by"] = r.sample(["User", "Image", "who"], r.randint(1, 2))
            if "who" in own["group-by"]:
                own["aliases"] = {"who": {d.get("name", d["id"]): r.choice(["User", "ParentImage"]) for d in refs}}
        if kind in ("event_count", "value_count"):
            low = r.randint(1, 4)
            own["condition"] = r.choice([{"gte": low}, {"gt": low}, {"eq": low}, {"lte": low}, {"gte": low, "lt": low + 2},
                                         {"gt": 0, "neq": low}])
            if kind == "value_count":
                own["condition"] = dict(own["condition"], field=r.choice(["CommandLine", "DestinationPort"]))
        elif kind == "temporal" and r.random() < 0.3:
            own["condition"] = {"gte": r.randint(1, len(refs))}
        if r.random() < 0.3:
            own["generate"] = True
        doc = {"title": "Correlation %d" % n, "id": "corr-%d-%d" % (self.seed, n), "correlation": own, "level": "high"}
        if r.random() < 0.5:
            doc["name"] = "corr_%d_%d" % (self.seed, n)
        return doc

    def event(self, now):
        r = self.r
        e = {"logsource": r.choice(SOURCES + [SOURCES[0]] * 3)}
        for field in FIELDS + ["n"]:
            if r.random() < 0.3:
                continue
            v = self.text(PLAIN + ["*", "\\", "YWI=", "YQBi"], 5)
            if field == "DestinationIp":
                v = r.choice(IPS)
            if field in ("DestinationPort", "n"):
                v = r.choice([5, 17, 3.5, "17", "x", -1, True, None, 0])
            if field == "User":
                v = r.choice(["root", "ROOT", "alice", "a"])
            if field == "tags":
                v = [self.text(PLAIN, 2) for _ in range(r.randint(0, 3))]
            if field == "process.name":
                e["process"] = {"name": v}
                continue
            e[field] = v
        if r.random() < 0.7:
            e["UtcTime"] = r.choice(TIMES)
        e["timestamp"] = now
        if r.random() < 0.15:
            e["count"] = r.randint(2, 5)
        return e

    def world(self, rules=8, events=30, correlations=0):
        docs = [self.rule(n) for n in range(rules)]
        if self.r.random() < 0.5:
            docs.append(self.filter([d for d in docs]))
        known = [d for d in docs if "detection" in d]
        for n in range(correlations):
            docs.append(self.correlation(n, known))
            known = known + [docs[-1]]
        now, out = 1767225600, []
        for _ in range(events):
            now += self.r.choice([0, 1, 5, 20, 40, 200])
            out.append(self.event(now))
        return docs, out

    def device_rule(self, n):
        return {"title": "Rule %d" % n, "id": "rule-%d-%d" % (self.seed, n), "name": "name_%d_%d" % (self.seed, n),
                "logsource": SOURCES[0], "level": "high", "detection": {
                    "selection": {"CommandLine|contains": self.r.choice(["a", "b", "ab", "wget", "-x"])}, "condition": "selection"}}

    def device_event(self, now):
        r = self.r
        e = {"logsource": SOURCES[0], "action": "exec", "timestamp": "2026-01-01T%02d:%02d:%02d.000000Z" %
             (now // 3600, now // 60 % 60, now % 60)}
        for field, values in (("Image", ["/bin/a", "/bin/b", "alice"]), ("User", ["root", "alice", "a"]),
                              ("ParentImage", ["/bin/a", "alice"])):
            if r.random() < 0.9:
                e[field] = r.choice(values)
        e["CommandLine"] = "x " + " ".join(r.choice(["a", "b", "wget", "-x", "c"]) for _ in range(r.randint(0, 3)))
        if r.random() < 0.2:
            e["count"] = r.randint(2, 5)
        return e

    def device_world(self, rules=3, events=60, correlations=5):
        """Of events that a device has."""
        docs = [self.device_rule(n) for n in range(rules)]
        known = list(docs)
        for n in range(correlations):
            docs.append(self.correlation(n, known))
            field = docs[-1]["correlation"].get("condition", {})
            if "field" in field:
                field["field"] = self.r.choice(["CommandLine", "ParentImage"])
            known = known + [docs[-1]]
        now, out = 0, []
        for _ in range(events):
            now += self.r.choice([0, 1, 5, 20, 40, 200])
            out.append(self.device_event(now))
        return docs, out


LISTS = {"Users": ["root", "a*", "x?"], "One": "wget"}
