#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The service's store is locked by another program, full, or damaged: the service says so, acknowledges nothing that it
# has not stored, disconnects no device for good, and goes on when the cause is gone.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast; log_new
# The store gets a disk of its own, which is soon full.
mkdir -p "$SERVICE" && mount -t tmpfs -o size=16m tmpfs "$SERVICE" || fail "no disk for the store"
fleet_start
STORE=$SERVICE/caltrop.db SAID=/var/log/world/server

ready() { on fleet curl -sS --cacert $SERVICE/ca.pem https://localhost:8444/readyz >/tmp/ready 2>&1; }
# readiness PATTERN: what /readyz answers.
readiness() { ready && has_line /tmp/ready "$1"; }
metric() { on fleet curl -sS --cacert $SERVICE/ca.pem https://localhost:8444/metrics | grep -qx "caltrop_$1"; }
# fail_often N: failures by that many sources, so that no rule counts them, each with a name of its own.
fails=0
fail_often() { local i; for ((i = 0; i < $1; i++)); do log_failure 198.51.100.$((i % 250 + 1)) user_$((fails++))_; done; }
# Every name that was logged is in the store, and only once.
names_stored() { desk event list --kind auth --limit 0 --json 2>/dev/null | jq -r '.items[].auth.user' | sort | uniq -c; }
all_are_stored() { [ "$(names_stored | grep -c ' 1 ')" = "$fails" ]; }
state_is() { [ "$(desk device list --json 2>/dev/null | jq -r ".items[0].state")" = "$1" ]; }
# damage TABLE: its first page becomes rubbish.
damage() { python3 /tmp/damage.py $STORE "$1" || fail "the table $1 is not damaged"; }
cat >/tmp/lock.py <<-'EOF'
	import sqlite3, sys, time
	db = sqlite3.connect(sys.argv[1], timeout=10, isolation_level=None)
	db.execute('BEGIN EXCLUSIVE')
	print('locked', flush=True)
	time.sleep(1000)
EOF
cat >/tmp/damage.py <<-'EOF'
	import os, sqlite3, sys
	db = sqlite3.connect(sys.argv[1])
	page = db.execute('SELECT rootpage FROM sqlite_master WHERE name = ?', (sys.argv[2],)).fetchone()[0]
	size = db.execute('PRAGMA page_size').fetchone()[0]
	db.execute('PRAGMA wal_checkpoint(TRUNCATE)')
	db.close()
	with open(sys.argv[1], 'r+b') as f:
	    f.seek((page - 1) * size)
	    f.write(b'rubbish!' * (size // 8))
EOF
# The device asks again in half a minute, which is waited for once; from then on its operator has it connect at once.
connect_now() { kill -HUP "$PID_guard"; }
locked() { has_line /var/log/world/locker '^locked$'; }

fail_often 10
wait_for 10 "records are stored" all_are_stored
check "the service is ready" readiness '^ready$'
check "and says so in numbers" metric 'store_failing 0'

# -- locked --
start locker python3 /tmp/lock.py $STORE
wait_for 10 "another program locks the store" locked
fail_often 20
wait_for 30 "the service says that the store is locked" readiness 'does not take what devices send: in use by another program'
ok "the service says that the store is locked"
check "also in numbers" metric 'store_failing 1'
check "and in its log" has_line $SAID 'the store does not take what devices send: in use by another program'
wait_for 30 "the device says it too" health_says 'cannot store records now'
desk event list --limit 0 --json >/tmp/events
check "what is stored can be read meanwhile" has_line /tmp/events user_9_
wait_for 30 "the device is still one of the fleet" state_is approved; ok "the device is still one of the fleet"
# A service that starts now cannot serve, and says why.
stop server
timeout 60 on fleet caltrop-server run --dir $SERVICE >/tmp/said 2>&1
is_code 1 "no service starts on a locked store"
check "it says why" has_line /tmp/said 'keeps the store locked|in use by another program'
stop locker
service_start
wait_for 90 "every record is stored once when the lock is gone" all_are_stored
ok "every record is stored once when the lock is gone"
wait_for 10 "the service is ready again" readiness '^ready$'
caltrop-server backup --dir $SERVICE --to /tmp/backup.db || fail "no backup"

# -- full --
dd if=/dev/zero of="$SERVICE/ballast" bs=64k count=1000 2>/dev/null
fail_often 200
wait_for 30 "the service says that the disk is full" readiness 'does not take what devices send: no space left'
ok "the service says that the disk is full"
desk token create >/tmp/said 2>&1
is_code not-0 "an operator's change is refused"
check "with the reason" has_line /tmp/said 'disk is full; make room'
wait_for 30 "the device says it too" health_says 'cannot store records now'
wait_for 30 "the device is still one of the fleet" state_is approved; ok "the device is still one of the fleet"
rm "$SERVICE/ballast"; connect_now
wait_for 120 "every record is stored once when there is room again" all_are_stored
ok "every record is stored once when there is room again"
wait_for 10 "the service is ready again" readiness '^ready$'
check_not "no row of the audit log is missing" has_line <(desk audit list --limit 0 --json) 'rows before this one are missing'
check "and has said so" has_line $SAID 'the store takes again what devices send'

# -- damaged: a page of the log --
stop server
damage batch
service_start
fail_often 10
wait_for 90 "the service says that the store is damaged" readiness 'does not take what devices send: .*(damaged|corrupt)'
ok "the service says that the store is damaged"
wait_for 30 "the device is still one of the fleet" state_is approved; ok "the device is still one of the fleet"
stop server
caltrop-server restore --dir $SERVICE --from /tmp/backup.db >/tmp/said 2>&1
is_code 0 "a backup takes its place"
service_start; connect_now
new_ones() { [ "$(names_stored | awk '$1 == 1' | grep -cE "user_($(seq -s '|' $((fails - 10)) $((fails - 1))))_")" = 10 ]; }
wait_for 120 "what the damaged store did not take is in the new one" new_ones
ok "what the damaged store did not take is in the new one"
wait_for 10 "the service is ready again" readiness '^ready$'

# -- damaged: a page that nobody asks for --
stop server
damage passkey
service_start
wait_for 60 "the service finds it and says so" readiness 'A part of the store cannot be read: .*(damaged|corrupt)'
ok "the service finds damage where nobody looks"
check "also in numbers" metric 'store_damaged 1'
check "and names the table in its log" has_line $SAID 'damaged in its table passkey'
fail_often 10
wait_for 60 "what devices send is stored meanwhile" new_ones
ok "what devices send is stored meanwhile"
stop server
caltrop-server restore --dir $SERVICE --from /tmp/backup.db >/tmp/said 2>&1
is_code 0 "a backup takes its place"
service_start; connect_now
wait_for 10 "the service is ready again" readiness '^ready$'
check "and knows of no damage" metric 'store_damaged 0'

# -- damaged: a page of the registry --
stop server
damage device
timeout 60 on fleet caltrop-server run --dir $SERVICE >/tmp/said 2>&1
is_code not-0 "no service starts on a damaged registry"
check "it says what to do" has_line /tmp/said 'caltrop-server restore --from'
caltrop-server restore --dir $SERVICE --from /tmp/backup.db >/tmp/said 2>&1
is_code 0 "a backup takes its place, although nothing can be taken over"
check "which is said" has_line /tmp/said 'is not known: revoke them again'
service_start
wait_for 120 "the device is back" linked
ok "the device is back, with the certificate that it has"
fail_often 10
wait_for 60 "and its records are stored" new_ones
ok "and its records are stored"
