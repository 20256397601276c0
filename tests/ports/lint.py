#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# The rules of firmware builders that can be seen without them: lint.py [--ports DIR] [RULE...]
# Prints "RULE FILE: what" per finding. A rule is a function of rules*.py, and has what it must refuse in the table
# `faults`, which `lint.py --faults` tries: each row is done to a copy of ports/, and that rule has to find something.
import pathlib
import re
import shutil
import sys
import tempfile

sys.dont_write_bytecode = True

import rules_alpine  # noqa: F401, each adds its rules
import rules_buildroot  # noqa: F401
import rules_openwrt  # noqa: F401
import rules_yocto  # noqa: F401
from rules import FEEDS, REPO, RULES, Ports, found


def run(root, names):
    for name in names:
        found.clear()
        RULES[name](Ports(root))
        yield name, list(found)


# A row of `faults`: RULE, FILE and what is done to it, by tabs: s/PATTERN/REPLACEMENT/ with Python's,
# any character in the place of the slash, `delete`, or `mode OCTAL`.
def damage(path, what):
    if what == 'delete':
        path.unlink()
    elif what.startswith('mode '):
        path.chmod(int(what[5:], 8))
    else:
        pattern, replacement = what[2:-1].split(what[1])
        replacement = replacement.replace(r'\n', '\n').replace(r'\t', '\t')
        text, n = re.subn(pattern, replacement, path.read_text(), count=1, flags=re.M)
        if not n:
            raise SystemExit('faults: %s has nothing like %s' % (path, pattern))
        path.write_text(text)


def try_faults():
    passed = failed = 0
    tried = set()
    with tempfile.TemporaryDirectory() as tmp:
        for feed in FEEDS:
            shutil.copytree(REPO / 'ports' / feed, pathlib.Path(tmp) / feed)
        for row in (REPO / 'tests/ports/faults').read_text().split('\n'):
            if not row or row.startswith('#'):
                continue
            name, file, what = row.split('\t')
            tried.add(name)
            damage(pathlib.Path(tmp) / file, what)
            if list(run(tmp, [name]))[0][1]:
                passed += 1
            else:
                failed += 1
                print('FAIL  %s does not see: %s %s' % (name, file, what))
            shutil.copy(REPO / 'ports' / file, pathlib.Path(tmp) / file)
    for name in set(RULES) - tried:
        failed += 1
        print('FAIL  %s has no fault that it must refuse' % name)
    return passed, failed


def main(arguments):
    root = REPO / 'ports'
    passed = failed = 0
    if arguments[:1] == ['--faults']:
        passed, failed = try_faults()
    else:
        if arguments[:1] == ['--ports']:
            root, arguments = pathlib.Path(arguments[1]), arguments[2:]
        for name, findings in run(root, arguments or RULES):
            for file, text in findings:
                print('%s %s: %s' % (name, file, text))
            passed, failed = passed + (not findings), failed + bool(findings)
    print('%d passed, %d failed' % (passed, failed))
    return 1 if failed else 0


sys.exit(main(sys.argv[1:]))
