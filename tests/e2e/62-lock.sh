#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# An account is locked by order: nobody logs in to it, by password or by key, until it is unlocked or the time is over.
# The guard is killed at any moment meanwhile, and the account is as its journal says.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast; syslog_start; sshd_start
guard_conf </dev/null
fleet_start

# A key of the operator's beside the password.
ssh-keygen -qt ed25519 -N '' -f /tmp/key || fail "no key"
mkdir -pm 700 /home/operator/.ssh
cp /tmp/key.pub /home/operator/.ssh/authorized_keys
chown -R operator: /home/operator/.ssh
by_key()
{
	on operator ssh -F none -i /tmp/key -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o BatchMode=yes \
		-o LogLevel=ERROR -o ConnectTimeout=3 operator@$DEVICE true </dev/null 2>/tmp/try
}
by_password() { try operator operator $OPERATOR_PASSWORD; }
is_locked() { grep -q '^operator:!' /etc/shadow && [ ! -e /home/operator/.ssh/authorized_keys ]; }
is_open() { cmp -s /tmp/shadow /etc/shadow && cmp -s /tmp/key.pub /home/operator/.ssh/authorized_keys; }
cp -p /etc/shadow /tmp/shadow

check "he logs in by password" by_password
check "he logs in by key" by_key

order 0 lock operator duration=1h
is .result done; is .verified true
check_not "no log-in by password while it is locked" by_password
check_not "no log-in by key" by_key
check "everybody else's line is as it was, byte for byte" \
	cmp <(grep -v '^operator:' /tmp/shadow) <(grep -v '^operator:' /etc/shadow)
check "shadow keeps owner and mode" [ "$(stat -c '%U:%G %a' /etc/shadow)" = "root:shadow 640" ]
check "others log in" try operator backup $BACKUP_PASSWORD
order 0 lock operator duration=1m
is .result already
order 0 unlock operator
is .result done; is .verified true
check "all is as it was" is_open
check "he logs in by password again" by_password
check "and by key" by_key
order 0 unlock operator
is .result already

order 0 lock operator duration=3s
wait_for 10 "the lock ends by itself" is_open
wait_for 10 "which is told" has_receipt '.verb == "lock" and .result == "reverted"'
check "he logs in after its end" by_password
check "also by key" by_key

order 1 lock nosuch
order 2 lock operator duration=forever pid=1
order 1 lock root
is .result refused
order 0 lock root last_way=yes duration=forever
is .result done
order 0 unlock root
check "all is as it was" is_open

# The guard is killed while it locks or unlocks, and started again.
for i in {1..12}; do
	verb=lock; [ $((i % 2)) = 1 ] || verb=unlock
	desk order push $verb operator --device device >/tmp/order 2>/tmp/said &
	pushed=$!
	sleep 0.$((RANDOM % 30 + 10))
	stop guard KILL
	wait $pushed
	guard_start
	wait_for 10 "it is locked or open, nothing between" eval 'is_locked || is_open'
done
ok "killed twelve times, the account was never half open"
wait_for 10 "the device is connected" linked
order 0 lock operator duration=forever
check "locked" is_locked
stop guard KILL
check "locked without the guard" is_locked
guard_start
check "locked after its start" is_locked
check_not "no log-in by password" by_password
wait_for 10 "the device is connected" linked
order 0 unlock operator
check "all is as it was" is_open
