#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The service's store: it is the fleet's own or the service does not serve, and nothing a device sends hides the rest.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast; log_new
guard_conf <<-EOF
	[rule.brute_force]
	count = 3
EOF
service_start; desk_login; guard_start
STORE=$SERVICE/caltrop.db

caltrop-server backup --dir $SERVICE --to /tmp/early.db >/tmp/said 2>&1
is_code 0 "a backup is made before any device joins"
desk token create >/tmp/token
on device caltrop enroll -c $CONF --token-file /tmp/token >/tmp/said 2>&1
is_code 0 "a device joins"
wait_for 10 "the device is connected" linked

# refuses WHAT TEXT: the service does not start on the store that is there now, and says so.
refuses()
{
	timeout 10 on fleet caltrop-server run --dir $SERVICE >/tmp/said 2>&1
	is_code 78 "the service does not serve $1"
	check "and says why" has_line /tmp/said "$2"
}
stop server
mkdir /tmp/kept; mv $STORE* /tmp/kept/
refuses "without a store" "there is no store"
check_not "and makes none" test -e $STORE
caltrop-server init --dir /srv/other --name fleet.example >/dev/null 2>&1 || fail "no other fleet"
cp /srv/other/caltrop.db $STORE; chown caltrop-server: $STORE
refuses "another fleet's store" "this store is another fleet's"
head -c 65536 /dev/urandom >$STORE
refuses "what is no store" "no store, or it is damaged"
rm -f $STORE*; mv /tmp/kept/* $SERVICE/
service_start
wait_for 30 "the device is connected again" linked
ok "its own store it serves, and the device was not turned away"

# A device of later make, or one that wants to do harm: a counter that no signed number holds.
python3 - $STORE <<-'EOF' || fail "no odd record was stored"
	import sqlite3, sys
	def varint(n):
	    out = b''
	    while n > 127:
	        out, n = out + bytes([n & 127 | 128]), n >> 7
	    return out + bytes([n])
	def field(n, data): return varint(n << 3 | 2) + varint(len(data)) + data
	counter = field(1, b'odd') + varint(2 << 3) + varint(2 ** 64 - 1)
	record = b'\x09' + (1767323045000000).to_bytes(8, 'little') + field(13, field(1, counter))
	spool = b'odd_odd_odd_odd!'
	batch = field(1, spool) + field(2, varint(1 << 3) + varint(1) + field(2, record))
	db = sqlite3.connect(sys.argv[1], timeout=10)
	device = db.execute('SELECT id FROM device').fetchone()[0]
	db.execute('INSERT INTO batch(device, spool, first_seq, last_seq, count, received_us, blob) VALUES(?, ?, 1, 1, 1, ?, ?)',
	           (device, spool, 1767323045000000, batch))
	db.commit()
EOF
desk event list --limit 0 >/tmp/said 2>&1
is_code 0 "a counter of 2^64-1 hides no event"
desk event list --json --limit 0 >/tmp/events
check "and is shown as large as numbers get" has_line /tmp/events '"value": *9223372036854775807\b'

# What people do to an incident is in the log, under their name.
for i in 1 2 3; do log_failure 198.51.100.9; done
has_incident() { [ "$(desk incident list --json | jq '.items | length')" -gt 0 ]; }
wait_for 10 "an incident" has_incident
incident=$(desk incident list --json | jq -r '.items[0].id')
desk incident note $incident "our own scanner" >/tmp/said && desk incident verdict $incident benign >/tmp/said &&
	desk incident assign $incident admin >/tmp/said && desk incident close $incident "no harm" >/tmp/said
is_code 0 "an incident gets a note, a verdict, somebody to look after it, and an end"
desk incident verdict $incident perhaps >/tmp/said 2>&1
is_code not-0 "a verdict is one of four"
desk incident assign $incident nobody >/tmp/said 2>&1
is_code not-0 "and only an operator looks after it"
shows() { desk incident show $incident --json | jq -e "$1" >/dev/null; }
wait_for 5 "the incident is closed" shows '.state == "closed" and .verdict == "benign" and .assignee == "admin"'
check "with what was said, and by whom" shows '[.notes[] | .author + " " + .deed + " " + .text] ==
	["admin note our own scanner", "admin verdict benign", "admin assign admin", "admin close no harm"]'
check "and audited" [ "$(desk audit list --json | jq '[.items[] | select(.action == "incident.close" and .status == 201)] | length')" = 1 ]

# The views are made anew from the log when they are gone.
desk incident show $incident --json >/tmp/before
stop server
python3 - $STORE <<-'EOF' || fail "the views are not emptied"
	import sqlite3, sys
	db = sqlite3.connect(sys.argv[1], timeout=10)
	for table in 'incident', 'receipt', 'chain', 'answer', 'problems', 'note', 'position':
	    db.execute(f'DELETE FROM {table}')
	db.commit()
EOF
service_start
wait_for 10 "the incident is there again" shows '.notes | length == 4'
desk incident show $incident --json >/tmp/after
check "and the same" diff /tmp/before /tmp/after

# A backup over the store that is there: newer revocations stay.
restore() { caltrop-server restore --dir $SERVICE --from "$1" >/tmp/said 2>&1; }
state_is() { [ "$(desk device list --json | jq -r '.items[0].state')" = "$1" ]; }
restore /tmp/early.db
is_code 1 "a running service is not restored under its feet"
stop server
restore /srv/other/caltrop.db
is_code 1 "no other fleet's store is put in its place"
head -c 50000 /tmp/early.db >/tmp/torn.db
restore /tmp/torn.db
is_code 1 "nor half of a backup"

# On an empty machine: who came after the backup waits until somebody says yes.
mkdir /tmp/lost; mv $STORE* /tmp/lost/
restore /tmp/early.db
is_code 0 "an early backup is put back where there is no store"
check "and it is said from when on revocations are unknown" has_line /tmp/said "Who was revoked after 20.* is not known"
check "the store is the service's" [ "$(stat -c %U:%a $STORE)" = caltrop-server:600 ]
service_start
held() { state_is pending; }
stop guard; guard_start		# a device that was turned away waits longer each time
wait_for 90 "a device that joined since is held for approval" held
check "by the name that it gives itself" [ "$(desk device list --json | jq -r ".items[0].name")" = "$(on device uname -n)" ]
desk device approve "$(desk device list --json | jq -r '.items[0].id')" >/tmp/said
is_code 0 "somebody approves it"
stop guard; guard_start
wait_for 120 "the device is back, with the certificate that it has" linked
ok "the device is back, with the certificate that it has"

caltrop-server backup --dir $SERVICE --to /tmp/late.db || fail "no second backup"
desk device revoke "$(desk device list --json | jq -r '.items[0].id')" >/dev/null
stop server
restore /tmp/late.db
is_code 0 "a backup is put back over a store that knows more"
check "which is counted" has_line /tmp/said "1 newer revocations"
check "the store that was there is kept" test -s $STORE.before
service_start
check "who was revoked since the backup is revoked" state_is revoked

# The last word holds, not the harder one: an operator lets the device in again after a backup that has it revoked.
stop server; caltrop-server backup --dir $SERVICE --to /tmp/revoked.db || fail "no third backup"
service_start
desk token create --for "$(desk device list --json | jq -r '.items[0].id')" >/tmp/token || fail "no token"
on device caltrop enroll -c $CONF --token-file /tmp/token --new >/tmp/said 2>&1
is_code 0 "a revoked device is let in again"
wait_for 30 "it is connected" linked
stop server
cp $STORE.before /tmp/first_before
restore /tmp/revoked.db
is_code 0 "the backup with its revocation is put back over that"
check "which is counted" has_line /tmp/said "1 devices let in again"
check "the store of the restore before is still there" cmp $STORE.before /tmp/first_before
check "the one that was there now is beside it" test -s $STORE.before.2
check "which is said by name" has_line /tmp/said "is caltrop.db.before.2 now"
service_start
check "who was let in since the backup is in" state_is approved
stop guard; guard_start
wait_for 120 "and connects" linked
