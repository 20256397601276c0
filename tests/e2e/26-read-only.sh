#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A device whose root is read-only, with a small partition for who it is: with `volatile = yes` it is healthy, enrols, and
# is the same device after a reboot, while what it counts stays in memory. Without that setting health says what it is.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
needs caltropd caltrop-core caltrop caltrop-server
# All that is not the device's root stays as it is, and nobody has a file of the root open to write.
for dir in /tmp /srv /run /var/log /root; do mkdir -p $dir; mount --rbind $dir $dir; done
cast; log_new

service_start; desk_login
mkdir -p /data /run/caltrop
guard_conf <<-EOF
	[guard]
	state_dir = /data/caltrop
	volatile = yes
	[rule.brute_force]
	count = 3
	[server]
	address = fleet.example:8443
EOF
mount -t tmpfs none /data; mount -t tmpfs none /run/caltrop
mount -o remount,ro,bind / || skip "the root cannot be read-only here"
check_not "nothing can be written to the root" touch /etc/caltrop/written

guard_start
check_not "a root that is read-only is no problem" health_says '[Rr]ead-only'
guard_join
wait_for 10 "the device is connected" linked
wait_for 5 "the guard is well" on device caltrop local health
ok "the guard is well"
id=$(desk device list --json | jq -r '.items[0].id')
for i in 1 2 3; do log_failure $ATTACKER1; done
wait_for 5 "a ban" banned $ATTACKER1
told() { for id in $(desk incident list --json | jq -r '.items[].id'); do desk incident show "$id" --json; done; }
proven() { [ "$(told | jq -r '.receipts[].proof' | grep -cx proven)" -ge "$1" ]; }
wait_for 10 "its receipt is proven" proven 1
ok "its receipt is proven"
check "the partition has nothing that changes all the time" [ "$(cd /data/caltrop &&
	find . -type f ! -path './identity/*' ! -path './trust/*' | sort | tr '\n' ' ')" = './actor/receipt.key ' ]
check "what does is in memory" test -s /run/caltrop/state/actor/journal
echo 'a file' >/tmp/file
check "files for the service wait there, too" on device caltrop local send -c $CONF /tmp/file

# A reboot: memory is lost. The partition is read-only now, which it may be once the device has joined.
stop guard; umount -l /run/caltrop; mount -t tmpfs none /run/caltrop
on device nft delete table inet caltrop
mount -o remount,ro /data
guard_start
wait_for 10 "the device is connected" linked
check "after a reboot it is the same device" [ "$(desk device list --json | jq -r '[.items[].id] | join(" ")')" = "$id" ]
check "and well" on device caltrop local health
for i in 1 2 3; do log_failure $ATTACKER2; done
wait_for 5 "a ban" banned $ATTACKER2
wait_for 10 "its receipts are proven by the same key" proven 2
ok "its receipts are proven by the same key"

# Not asked for, it is a problem.
stop guard; umount -l /run/caltrop; mount -t tmpfs none /run/caltrop
sed '/^volatile/d' $CONF >/tmp/guard.conf; CONF=/tmp/guard.conf
guard_start
check_not "a disk that is read-only by accident is no health" on device caltrop local health -c $CONF
check "which is said" health_says 'the undo journal cannot be written: .*[Rr]ead-only'
