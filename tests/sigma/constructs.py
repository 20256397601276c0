#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Hold `caltrop rule test` against what constructs.yml says that the specification says.

  constructs.py CALTROP WORK [PART-OF-WHAT]
"""
import json
import os
import subprocess
import sys

import yaml

HEAD = {"title": "T", "id": "t", "logsource": {"category": "process_creation", "product": "linux"}}



def write(path, text):
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def rules_of(case, node, text):
    """The rules as they are written: what YAML makes of a word is the compiler's to say."""
    if "rules" in case:
        return case["rules"]
    for key, value in node.value:
        if key.value == "s":
            return "%sdetection:\n  s: %s\n  condition: s\n" % (
                yaml.safe_dump(HEAD), text[value.start_mark.index:value.end_mark.index])
    raise ValueError(case["what"])


def event_of(event):
    out = dict(event)
    out.setdefault("logsource", HEAD["logsource"])
    if "t" in out:
        out["timestamp"] = 1767225600 + out.pop("t")
    return json.dumps(out)


def answer(caltrop, work, case, rules):
    write(os.path.join(work, "rules.yml"), rules)
    write(os.path.join(work, "lists.yml"), yaml.safe_dump(case.get("lists", {})))
    write(os.path.join(work, "events.jsonl"), "".join(event_of(e) + "\n" for e in case.get("events", [])))
    pack = os.path.join(work, "pack")
    built = subprocess.run([caltrop, "rule", "build", os.path.join(work, "rules.yml"), "-o", pack, "--version", "1", "--lists",
                            os.path.join(work, "lists.yml")], capture_output=True, text=True)
    if built.returncode:
        return "refused: " + built.stderr.strip()
    tested = subprocess.run([caltrop, "rule", "test", "--pack", pack, "--events", os.path.join(work, "events.jsonl")],
                            capture_output=True, text=True)
    if tested.returncode:
        return "failed: " + tested.stderr.strip()
    found = [json.loads(line) for line in tested.stdout.splitlines()]
    if "rules" in case:
        return sorted("%d:%s" % (m["event"], m["rule_id"]) for m in found)
    return sorted(m["event"] for m in found)


def main():
    caltrop, work, part = sys.argv[1], sys.argv[2], (sys.argv[3:] or [""])[0]
    os.makedirs(work, exist_ok=True)
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "constructs.yml"), encoding="utf-8") as f:
        text = f.read()
    cases, nodes = yaml.safe_load(text), yaml.compose(text).value
    bad = tried = 0
    for case, node in zip(cases, nodes):
        if part not in case["what"]:
            continue
        tried += 1
        got = answer(caltrop, work, case, rules_of(case, node, text))
        wanted = case.get("match")
        if got == wanted or ("refused" in case and str(got).startswith("refused") and case["refused"] in got):
            continue
        bad += 1
        print("%s\n  specified: %s\n  said: %s" % (case["what"], wanted if wanted is not None else case["refused"], got))
    print("%d constructs, %d differ" % (tried, bad))
    sys.exit(1 if bad else 0)


main()
