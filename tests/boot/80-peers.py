# SPDX-License-Identifier: Apache-2.0
"""What one program that watches execs costs, from inside the machine: 80-peers.py NAME SINK PATTERN PROGRAM...

SINK is the folder of its records, PATTERN finds the number of an exec of the load in them, PROGRAMs are what it runs as, by
their first letters, kernel threads as well. Prints rows "programs NAME.WHAT VALUE UNIT". Nothing else begins here meanwhile:
whoever watches execs would see the watcher's own.
"""
import os
import re
import subprocess
import sys
import time

NAME, SINK, PATTERN, PROGRAMS = sys.argv[1], sys.argv[2], sys.argv[3].encode(), tuple(sys.argv[4:])
HERE = os.path.dirname(os.path.abspath(__file__))
EXECS, RATE, TRIES = (int(os.environ.get(k, v)) for k, v in (("EXECS", 1000), ("RATE", 50), ("TRIES", 50)))
TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")
GUARD = NAME.startswith("caltrop")


def row(what, value, unit):
    print(f"programs {NAME}.{what} {value} {unit}", flush=True)


def text(path):
    with open(path, "rb") as f:
        return f.read()


def processes():
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if PROGRAMS and text(f"/proc/{pid}/comm").decode().startswith(PROGRAMS):
                yield pid
        except OSError:
            pass  # it has ended


def own_ms():
    """Processor time of all its threads, user and kernel."""
    fields = (text(f"/proc/{pid}/stat").rsplit(b")", 1)[1].split() for pid in processes())
    return sum(int(f[11]) + int(f[12]) for f in fields) * TICK_MS


def machine_ms():
    """The whole machine's, but for what was idle or waited for a disk."""
    f = [int(v) for v in text("/proc/stat").split(b"\n", 1)[0].split()[1:9]]
    return (sum(f) - f[3] - f[4]) * TICK_MS


def pss_kib():
    kib = 0
    for pid in processes():
        try:
            kib += int(re.search(rb"^Pss: +(\d+)", text(f"/proc/{pid}/smaps_rollup"), re.M).group(1))
        except ProcessLookupError:
            pass  # a kernel thread has none
    return kib


def sink_bytes():
    return sum(f.stat().st_size for f in os.scandir(SINK)) if SINK else 0


def until_idle():
    """Until it has done nothing for a second."""
    before, end = -1, time.monotonic() + 120
    while time.monotonic() < end and (now := own_ms()) != before:
        before = now
        time.sleep(1)


def begin(*argv):
    return subprocess.run([os.path.join(HERE, argv[0]), *argv[1:]], stdout=subprocess.PIPE, text=True, check=False).stdout.split()


def counters():
    said = subprocess.run(["/usr/local/bin/caltrop", "local", "health"], stdout=subprocess.PIPE, text=True, check=False).stdout
    return {name: int(value) for name, value in re.findall(r"^(\w+) +(\d+) *$", said, re.M)}


def written(word):
    """How many execs of the load are told of, each with its arguments."""
    pattern = re.compile(PATTERN.replace(b"WORD", word.encode()))
    return len({n for f in os.scandir(SINK) for n in pattern.findall(text(f.path))}) if SINK else 0


LOSSES = ("process_lost", "process_audit_dropped", "process_audit_incomplete", "process_damaged")


def captured(what, begun, before, after):
    """The guard judges each exec and writes no more than 50 records a second, so that its counters are asked."""
    more = {name: after[name] - before[name] for name in after}
    lost = {name: more[name] for name in LOSSES if more.get(name)}
    if more.get("process_kernel_execs", 0) > more["process_execs"]:
        lost["process_unseen"] = more["process_kernel_execs"] - more["process_execs"]
    for name, number in lost.items():
        row(f"{what}.{name}", number, "execs")
    return min(begun, more["process_execs"]) - sum(lost.values())


def load(what, rate, word):
    own, machine, size = own_ms(), machine_ms(), sink_bytes()
    before = counters() if GUARD else None
    begun, ms = (int(v) for v in begin("execs", str(EXECS), str(rate), word)[:2])
    until_idle()
    own, machine, size = own_ms() - own, machine_ms() - machine, sink_bytes() - size
    row(f"{what}.begun", begun, "execs")
    row(f"{what}.rate", begun * 1000 // ms, "/s")
    row(f"{what}.machine", round(machine * 1000 / begun), "ms/1000")
    if PROGRAMS:
        row(f"{what}.captured", captured(what, begun, before, counters()) if GUARD else written(word), "execs")
        row(f"{what}.written", written(word), "execs")
        row(f"{what}.processor", round(own * 1000 / begun), "ms/1000")
        row(f"{what}.bytes", round(size / begun), "bytes")


if PROGRAMS:
    begin("sink", "--into", SINK, "--program", f"{HERE}/ends", "--tries", "5")  # the first ones find cold pages
    until_idle()
    row("pss_rest", pss_kib(), "KiB")
    said = begin("sink", "--into", SINK, "--program", f"{HERE}/ends", "--tries", str(TRIES))
    told = dict(zip(said[::2], said[1::2]))
    row("record.n", told["n"], "tries")
    row("record.missed", told["missed"], "tries")
    row("record.p50", told["p50"], "us")
    row("record.p90", told["p90"], "us")
load("steady", RATE, "steady")
load("storm", 1000000, "storm")
if PROGRAMS:
    row("pss_after", pss_kib(), "KiB")
