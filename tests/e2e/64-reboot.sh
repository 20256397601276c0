#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A reboot, with a /sbin/reboot that only says that it was called: two signatures, its delay, its receipt from another boot, and
# its rails but the rest, for which this machine has been up for too long. tests/boot/70-hands.sh really boots one.

export WORLD_USERNS=no
. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast; log_new
# Nothing here may ever call the real one.
program() { printf '#!/bin/sh\necho "$0 $*" >>/tmp/called\n%s\n' "$1" >/root/reboot; chmod 755 /root/reboot; }
program "exit 0"
mount --bind /root/reboot "$(realpath /sbin/reboot)" || skip "cannot put a file over /sbin/reboot"
grep -q called /sbin/reboot || fail "/sbin/reboot is the real one"
cp /proc/sys/kernel/random/boot_id /root/boot_id
mount --bind /root/boot_id /proc/sys/kernel/random/boot_id || skip "cannot say which boot it is"
guard_conf <<<$'[files]\nenabled = yes'
fleet_start
for name in ada bob; do
	desk key create /root/$name.pem >/dev/null
	desk key trust /root/$name.pem.pub --name $name --root-key $ROOT_KEY >/tmp/said 2>&1; is_code 0 "$name may sign"
done
trusted() { on device caltrop local health --json | jq -e '.counters[] | select(.name == "trust_version").value == 3' >/dev/null; }
wait_for 10 "the device knows" trusted
says() { check "  it says: $1" eval "receipt .text | grep -q '$1'"; }
two="--order-key /root/ada.pem --order-key /root/bob.pem"
called() { [ -e /tmp/called ]; }
failed() { has_receipt '.verb == "reboot" and .result == "failed" and (.text | test("same boot: /sbin/reboot ended with 3"))'; }
completed() { has_receipt '.verb == "reboot" and .result == "done" and .verified and (.text | test("rebooted, uptime"))'; }

order 7 reboot --order-key /root/ada.pem
check "one signature is not two" has_line /tmp/said 'it has 1 of 2 signatures'
order 0 reboot $two --dry-run; is .result observed
order 0 maintain --for 10m
order 1 reboot $two; is .result refused; says 'updated or maintained'
order 0 conclude
check "nothing was called" eval '! called'

program "exit 3"
order 0 reboot $two; is .result done; is .verified false; says 'reboots in 10 s'
check "its receipt is there before it is" eval '! called'
order 1 reboot $two; is .result refused; says 'under way'
wait_for 30 "one that fails is told of" failed
rm /tmp/called
program "exit 0"
order 0 reboot $two; is .result done
wait_for 30 "it is asked for" called
stop guard KILL
guard_start
check "a guard that is started anew in between does not ask again" [ "$(wc -l </tmp/called)" = 1 ]
stop guard KILL
echo 11111111-2222-4333-8444-555555555555 >/root/boot_id
guard_start
wait_for 20 "in another boot its receipt is completed" completed
stop guard
guard_start; wait_for 10 "the device is connected" linked
check "which is told once" [ "$(receipts | jq -c 'select(.verb == "reboot" and (.text | test("rebooted, uptime")))' | wc -l)" = 1 ]
