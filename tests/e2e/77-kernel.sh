#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What the build says of the kernel that it needs, and what the device says of the kernel that it has.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast
needs caltropd
caltropd --features | grep -qx CONFIG_CHECK_KERNEL=y || skip "--check-kernel is not built"

on device caltropd --check-kernel >/tmp/said 2>&1
status=$?
symbols() { sed -n 's/^[a-z]* *CONFIG_\([A-Z0-9_]*\).*/\1/p' /tmp/said; }
check "it ends with 0, or with 69 where something is missing (it says $status)" \
	[ $status = $(($(grep -c '^missing' /tmp/said) ? 69 : 0)) ]
check "each line says there, missing or unknown" \
	[ -z "$(sed 1d /tmp/said | grep -vE '^(there|missing|unknown) +(CONFIG_[A-Z0-9_]+|Linux [0-9.]+)( \([^)]*\))?(: without it, .*)?$')" ]
check "root is answered, but on what to ask for would load" \
	[ -z "$(grep 'the kernel does not say' /tmp/said | grep -vE ' CONFIG_(NFT_CT|NF_CT_NETLINK) ')" ]
env -u MAKEFLAGS -u MAKELEVEL make -C "$TOP" --no-print-directory O="$BUILD" kernel-config >/tmp/fragment
check "its symbols are those of make kernel-config" diff <(sed -n 's/^CONFIG_\(.*\)=y$/\1/p' /tmp/fragment) <(symbols)
for symbol in UNIX SECCOMP_FILTER NF_TABLES NF_TABLES_INET; do
	check "a world in which bans work has $symbol" grep -q "^there  *CONFIG_$symbol$" /tmp/said
done
check "it made no table, and left none" [ -z "$(on device nft list tables)" ]

on device setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set -all caltropd --check-kernel >/tmp/said 2>&1
check "who may not ask is told so" grep -qE '^(unknown  *CONFIG_NF_TABLES \(the kernel does not say|there .*says its configuration)' /tmp/said
