# SPDX-License-Identifier: Apache-2.0
"""Events that are made to fit a rule, and near misses: of each search identifier some values are taken."""
import random

import yaml


class TextDates(yaml.SafeLoader):
    """Dates stay texts, which the compiler takes them for."""


TextDates.yaml_implicit_resolvers = {
    k: [(t, r) for t, r in v if t != "tag:yaml.org,2002:timestamp"] for k, v in yaml.SafeLoader.yaml_implicit_resolvers.items()}

# What fits the regular expressions of rules that are known.
REGEX_TEXTS = ["/home/a/.hidden", "x" * 250, "/lib/python3.11/site-packages/x", "/mail/tmp/abc123.tar.gz", "wget https://192.0.2.1/x",
               "a -F b", "ls -i /", "x --inode y", "s_client -quiet -connect 192.0.2.1:443", "-W 00112233445566778899 ", " -O ",
               "touch -T 1 ", "/tmp/.x", "curl -d x", "chmod 777 /tmp/a"]


class Fitter:
    def __init__(self, seed):
        self.r = random.Random(seed)

    def text(self, value, mods):
        if "re" in mods:
            import re
            fits = [t for t in REGEX_TEXTS if re.search(str(value), t)]
            return fits[0] if fits else "xyz"
        if "cidr" in mods:
            return value.split("/")[0]
        out, i, value = "", 0, "" if value is None else str(value)
        while i < len(value):
            if value[i] == "\\" and i + 1 < len(value) and value[i + 1] in "*?\\":
                out += value[i + 1]
                i += 1
            else:
                out += {"*": self.r.choice(["", "zz"]), "?": "q"}.get(value[i], value[i])
            i += 1
        out = self.r.choice([out, out.upper(), out.lower()])
        pad = self.r.choice(["", "x", " "])
        before = pad if "contains" in mods or "endswith" in mods else ""
        behind = pad if "contains" in mods or "startswith" in mods else ""
        return before + out + behind

    def put(self, event, key, value):
        name, *mods = key.split("|")
        values = value if isinstance(value, list) else [value]
        chosen = values if "all" in mods else [self.r.choice(values)]
        if value is None or chosen == [None]:
            return
        texts = [self.text(v, mods) for v in chosen]
        name = name or "message"
        old = event.get(name, "")
        joined = " ".join(texts)
        if "contains" in mods or not key.split("|")[0]:
            # A beginning or an end that another item wants stays where it is.
            event[name] = old + joined if not old else old[:1] + joined + old[1:] if self.r.random() < 0.3 else old + joined \
                if self.r.random() < 0.5 else joined + old
        elif "endswith" in mods:
            event[name] = old + joined
        elif "startswith" in mods:
            event[name] = joined + old
        else:
            event[name] = joined if "re" not in mods else old + joined

    def search(self, event, definition):
        if isinstance(definition, dict):
            # What is exact comes first, so that the others are added to it.
            for key, value in definition.items():
                self.put(event, key, value)
        elif definition and isinstance(definition[0], dict):
            self.search(event, self.r.choice(definition))
        else:
            self.put(event, "", definition)

    def events(self, doc, count=24):
        out = []
        names = [n for n in doc["detection"] if n != "condition" and not n.startswith("_")]
        for _ in range(count):
            event = {"logsource": {k: v for k, v in doc["logsource"].items() if k in ("category", "product", "service")}}
            wanted = [n for n in names if not n.startswith(("filter", "keywords_filter"))] or names
            if self.r.random() < 0.5 and len(wanted) > 1:
                wanted = self.r.sample(wanted, self.r.randint(1, len(wanted)))
            if self.r.random() < 0.2:
                wanted = names
            for name in wanted:
                self.search(event, doc["detection"][name])
            if self.r.random() < 0.15 and len(event) > 2:
                event.pop(self.r.choice([k for k in event if k != "logsource"]))
            out.append(event)
        return out
