#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The machine itself: it boots with nothing failed, runs commands, keeps its disk through a reboot and through a power cut.

. "$(dirname "$0")/lib.sh"

said() { run box "$@"; }
boot_id() { said cat /proc/sys/kernel/random/boot_id; }

mkdir -p "$MACHINES/shown"; echo 'seen' >"$MACHINES/shown/file"
machine_up box "$MACHINES/shown"
check "every unit that it has started" [ "$(cat "$(at box)/state")" = running ]
check "the host's folder is there" [ "$(said cat /host/file)" = seen ]
check "output and error output come apart" [ "$(said 'echo out; echo err >&2' 2>&1 >/dev/null)" = err ]
said 'exit 42'; check "and the exit code" [ $? = 42 ]
check "output is not text only" [ "$(said 'head -c 300000 /dev/zero' | wc -c)" = 300000 ]
for part in /sys/kernel/btf/vmlinux /sys/fs/bpf; do
	check "the kernel has $part" said test -e $part
done
check "and Landlock" said 'grep -qw landlock /sys/kernel/security/lsm'
check "the audit stream is on" said 'auditctl -s | grep -qx "enabled 1"'

first=$(boot_id)
put box "$MACHINES/shown" /srv/kept
machine_reboot box
check "it rebooted" [ "$(boot_id)" != "$first" ]
check "and its disk is as it was" [ "$(said cat /srv/kept/file)" = seen ]
said 'echo more >/srv/kept/file && sync /srv/kept/file'
machine_cut box
machine_up box
check "what was synced is there after a power cut" [ "$(said cat /srv/kept/file)" = more ]
