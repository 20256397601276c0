#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Finds loops that older kernels, Linux 6.1 among them, do not take in a program for the kernel: loops.py FILE.bpf.o...

Their verifier (check_cfg() of kernel/bpf/verifier.c) walks a program depth first and takes a way back to an instruction
that is under way by a jump only, not by falling into it. Which of the two clang makes of a loop is its own affair.
"""
import struct
import sys

LINE = "loops {} {}: instruction {} falls into {}, which older kernels refuse"
JUMPS, EXIT, CALL, ALWAYS = (5, 6), 0x90, 0x80, 0x00


def programs(elf):
    """The sections of code, by name: 64-bit ELF of this machine's byte order."""
    table, = struct.unpack_from("=Q", elf, 40)
    count, names = struct.unpack_from("=HH", elf, 60)
    heads = [struct.unpack_from("=IIQQQQ", elf, table + 64 * i) for i in range(count)]
    for name, kind, flags, _, at, size in heads:
        begin = heads[names][4] + name
        if kind == 1 and flags & 4 and size:
            yield elf[begin : elf.index(b"\0", begin)].decode(), elf[at : at + size]


def ways(code, at):
    """Where an instruction leads to, and whether by a jump."""
    op, _, offset, _ = struct.unpack_from("=BBhi", code, 8 * at)
    what = op & 0xF0
    if op & 7 not in JUMPS or what == CALL:
        return [(at + 1, False)]
    if what == EXIT:
        return []
    return [(at + 1 + offset, True)] if what == ALWAYS else [(at + 1, True), (at + 1 + offset, True)]


def refused(code):
    """The pairs of instructions of which the first falls into the second, while that is under way."""
    under_way, done, path = {0}, set(), [(0, iter(ways(code, 0)))]
    while path:
        at, left = path[-1]
        step = next(left, None)
        if step is None:
            path.pop()
            under_way.discard(at)
            done.add(at)
        elif step[0] in under_way and not step[1]:
            yield at, step[0]
        elif step[0] not in under_way and step[0] not in done:
            under_way.add(step[0])
            path.append((step[0], iter(ways(code, step[0]))))


for file in sys.argv[1:]:
    with open(file, "rb") as f:
        for section, code in programs(f.read()):
            for pair in refused(code):
                print(LINE.format(file.split("/")[-1], section, *pair))
