#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A program begins, and a rule has something against it: how long until the guard's record of that is in its file, beside
# a bare reader of the kernel's ring that does nothing (alert.c). The rules of the installed pack judge, and one for each
# try, since further findings of a rule are told of later, together.
#   TRIES=100 alert.sh
# Rows "alert WHAT n p50 p90 p99 max missed" in microseconds, WHAT is exec or floor.
. "$(dirname "$0")/lib.sh"
export WORLD_USERNS=no RULES=yes	# a user namespace may load no BPF
world_enter "$@"
needs_bpf; needs_helper ends
TRIES=${TRIES:-100}
mkdir -p /run/alert/rules
cp "$BENCHES/alert" "$PROGRAMS/caltrop-bpf" "$ends" /run/alert/ || fail "no programs"
for ((n = 0; n < TRIES + 5; n++)); do
	printf 'title: Try %d\nid: 00000000-0000-4000-8000-0000000%05d\nstatus: test\nauthor: a bench\nlevel: medium\n' $n $n
	printf 'logsource:\n    product: linux\n    category: process_creation\ndetection:\n    condition: it\n    it:\n'
	printf "        CommandLine|endswith: ' try-%05d'\n" $n
	[ $n = $((TRIES + 4)) ] || echo ---
done >/run/alert/rules/tries.yml
caltrop rule build "$TOP/agent/rules/pack" /run/alert/rules -o /run/alert/tries.pack --name tries --version 1 >/run/alert/said 2>&1 ||
	fail "the rules do not build: $(tail -n 1 /run/alert/said)"
cast; log_new
guard_bench "[process] enabled = yes" "[rules] pack = /run/alert/tries.pack"

alert() { on device /run/alert/alert --spool $STATE/core --program /run/alert/ends "$@"; }
alert --tries 5 --first "$TRIES" >/dev/null	# the first ones find cold pages
alert --tries "$TRIES" | as_rows alert exec
