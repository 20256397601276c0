#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compare `caltrop rule test` with the judge of evaluate.py.

  compare.py CALTROP WORK [--worlds N] [--seed S] [--correlations]     random worlds
  compare.py CALTROP WORK --device [--worlds N] [--seed S]             random correlations, counted by the device's core
  compare.py CALTROP WORK --rules DIR                                  rules of a folder, with events made to fit them
"""
import argparse
import json
import os
import subprocess
import sys

import yaml

import evaluate
import fit
import generate


def run(caltrop, work, docs, events, lists):
    os.makedirs(work, exist_ok=True)
    names = {"rules.yml": docs, "lists.yml": [lists]}
    for name, content in names.items():
        with open(os.path.join(work, name), "w", encoding="utf-8") as f:
            yaml.safe_dump_all(content, f, allow_unicode=False, sort_keys=False)
    with open(os.path.join(work, "events.jsonl"), "w", encoding="utf-8") as f:
        for e in events:
            f.write(json.dumps(e) + "\n")
    base = [caltrop, "rule"] if os.path.basename(caltrop) == "caltrop" else [caltrop]
    pack = os.path.join(work, "pack")
    built = subprocess.run(base + ["build", os.path.join(work, "rules.yml"), "-o", pack, "--version", "1", "--lists",
                                   os.path.join(work, "lists.yml")], capture_output=True, text=True)
    if built.returncode:
        return None, built.stderr
    tested = subprocess.run(base + ["test", "--pack", pack, "--events", os.path.join(work, "events.jsonl")],
                            capture_output=True, text=True)
    if tested.returncode:
        return None, tested.stderr
    return sorted((m["event"], m["rule_id"]) for m in map(json.loads, tested.stdout.splitlines())), ""


def differ(seed, ours, theirs, docs, events):
    """Say what the first difference is."""
    for what, pairs in (("missed", set(theirs) - set(ours)), ("too much", set(ours) - set(theirs))):
        for event, rule in sorted(pairs)[:2]:
            doc = [d for d in docs if d["id"] == rule][0]
            print("seed %s: %s: event %d, rule %s\n%s%s" % (seed, what, event, rule, yaml.safe_dump(doc, sort_keys=False),
                                                          json.dumps(events[event - 1])))


def replayed(caltrop, work):
    """What the device's core makes of the events of the last run()."""
    done = subprocess.run([caltrop, "replay", "--json", "--pack", os.path.join(work, "pack"), "--events",
                           os.path.join(work, "events.jsonl")], capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    alerts = [d for d in map(json.loads, done.stdout.splitlines()) if d["decision"] == "alert"]
    return {(a["line"], a["rule"]) for a in alerts}


def device_worlds(args):
    """The device tells of further events of what it found, too; all else is as the second judge says."""
    bad = matches = more = 0
    for seed in range(args.seed, args.seed + args.worlds):
        docs, events = generate.Maker(seed).device_world()
        ours, why = run(args.caltrop, args.work, docs, events, {})
        theirs = set(evaluate.judge(docs, events))
        if ours is None or set(ours) != theirs:
            sys.exit("seed %d: off line: %s" % (seed, why or "differs"))
        device = replayed(args.caltrop, args.work)
        further = {(e, rule) for e, rule in device - theirs
                   if rule.startswith("corr") and any(r == rule and first < e for first, r in theirs)}
        matches += len(theirs)
        more += len(further)
        if device - further != theirs:
            differ(seed, device - further, theirs, docs, events)
            bad += 1
    print("%d worlds on the device, %d matches and %d further events, %d differ" % (args.worlds, matches, more, bad))
    return bad


def random_worlds(args):
    bad = matches = 0
    for seed in range(args.seed, args.seed + args.worlds):
        maker = generate.Maker(seed)
        docs, events = maker.world(correlations=4 if args.correlations else 0)
        ours, why = run(args.caltrop, args.work, docs, events, generate.LISTS)
        if ours is None:
            print("seed %d: refused: %s" % (seed, why))
            bad += 1
            continue
        theirs = evaluate.judge(docs, events, generate.LISTS)
        matches += len(theirs)
        if ours != theirs:
            differ(seed, ours, theirs, docs, events)
            bad += 1
    print("%d worlds, %d matches, %d differ" % (args.worlds, matches, bad))
    return bad


def folder(args):
    docs = []
    for path, _, files in os.walk(args.rules):
        for name in sorted(files):
            if name.endswith((".yml", ".yaml")):
                with open(os.path.join(path, name), encoding="utf-8") as f:
                    docs += [d for d in yaml.load_all(f, Loader=fit.TextDates) if d]
    maker, events, silent = fit.Fitter(args.seed), [], []
    for doc in docs:
        if "detection" in doc:
            made = maker.events(doc)
            events += made
            rule = evaluate.Rule(doc)
            if not any(rule.matches(e) for e in made):
                silent.append(doc["title"])
    ours, why = run(args.caltrop, args.work, docs, events, {})
    if ours is None:
        print("refused: " + why)
        return 1
    theirs = evaluate.judge(docs, events)
    if ours != theirs:
        differ("-", ours, theirs, docs, events)
    fired = {r for _, r in theirs}
    print("%d rules, %d events, %d matches by %d rules, %s; no event was made for %d%s" %
          (len(docs), len(events), len(theirs), len(fired), "the same" if ours == theirs else "NOT the same", len(silent),
           "".join("\n  " + s for s in silent)))
    return ours != theirs


def main():
    p = argparse.ArgumentParser()
    p.add_argument("caltrop")
    p.add_argument("work")
    p.add_argument("--worlds", type=int, default=100)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--correlations", action="store_true")
    p.add_argument("--device", action="store_true")
    p.add_argument("--rules")
    args = p.parse_args()
    compare = folder if args.rules else device_worlds if args.device else random_worlds
    sys.exit(1 if compare(args) else 0)


main()
