#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# caltrop-server doctor finds nothing wrong with a good deployment, running or stopped, and each thing that we break.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast
mkdir -p "$SERVICE" && mount -t tmpfs -o size=1g,mode=700 tmpfs "$SERVICE" || fail "no disk for the store"
service_start; desk_login
desk token create >/dev/null

doctor() { on fleet caltrop-server doctor --dir $SERVICE "$@" >/tmp/said 2>&1; }
sql() { python3 -c 'import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); db.executescript(sys.argv[2]); db.close()' $SERVICE/caltrop.db "$1"; }
# finds CODE CHECK PATTERN: and names it in JSON too.
finds()
{
	local word=${3,,}
	doctor; is_code "$1" "$2"
	check "  $(grep -m 1 -E "^$3 +$2 " /tmp/said)" has_line /tmp/said "^$3 +$2 .*$4"
	doctor --json
	check "  also in JSON" eval "jq -se 'any(.[]; .check == \"$2\" and .verdict == \"$word\")' /tmp/said >/dev/null"
}

finds 0 ports ok 'answers operators'
check "nothing else is wrong" [ "$(doctor; grep -cE '^(FAIL|warn) ' /tmp/said)" = 0 ]
finds 0 audit ok 'rows form one chain'
stop server
before=$(sha256sum <$SERVICE/caltrop.db)
finds 0 ports ok 'operators can be served'
check "the store is not changed" [ "$(sha256sum <$SERVICE/caltrop.db)" = "$before" ]
check "and nothing is left beside it" [ ! -e $SERVICE/caltrop.db-wal ]

cp -a $SERVICE /srv/good
back() { find $SERVICE -mindepth 1 -delete; cp -a /srv/good/. $SERVICE/; chmod 700 $SERVICE; }
chmod 777 $SERVICE; finds 1 folder FAIL 'others may write'; back
chmod 644 $SERVICE/ca_key.pem; finds 1 keys FAIL 'ca_key.pem: chmod 600'; back
rm $SERVICE/ca_key.pem; finds 1 keys FAIL 'put the key back'; back
rm $SERVICE/escrow.pem; finds 1 fleet FAIL 'escrow.pem'; back
cp $SERVICE/order_key.pem $SERVICE/server_key.pem; finds 1 api FAIL 'does not belong'; back
sed -i 's/^names = .*/& other.example/' $SERVICE/server.conf; finds 0 link warn 'other names'
check "browsers would warn, too" eval 'doctor; has_line /tmp/said "^warn +api .*other.example"'; back
sed -i 's/^names = .*/names =/' $SERVICE/server.conf; finds 1 settings FAIL 'names: at least one'; back
echo 'nonsense = 1' >>$SERVICE/server.conf; finds 1 settings FAIL 'line'; back
rm $SERVICE/caltrop.db; finds 1 store FAIL 'put back the newest copy'; back
echo rubbish >$SERVICE/caltrop.db; finds 1 store FAIL 'damaged'; back
sql 'PRAGMA user_version = 1'; before=$(sha256sum <$SERVICE/caltrop.db)
finds 0 store warn 'of version 1; the next start'
check "which the doctor does not bring about" [ "$(sha256sum <$SERVICE/caltrop.db)" = "$before" ]; back
sql 'PRAGMA user_version = 9999'; finds 1 store FAIL 'later version'; back
sql "DROP TRIGGER audit_true; UPDATE audit SET user = 'nobody' WHERE row = 1"; finds 1 audit FAIL 'changed at or before row 1'; back
sql 'DROP TRIGGER audit_true; UPDATE audit SET wall_us = wall_us + 86400000000'
finds 1 clock FAIL 'behind what the store wrote'; back
fallocate -l $(( ($(stat -f -c '%a * %S' $SERVICE) >> 20) - 8 ))m $SERVICE/filler
finds 1 disk FAIL 'make room'; rm $SERVICE/filler
start squatter on fleet python3 -c 'import socket, time
s = socket.create_server(("127.0.0.1", 8444)); print("there", flush=True); time.sleep(1000)'
there() { has_line /var/log/world/squatter there; }
wait_for 5 "another program has the port" there
finds 1 ports FAIL 'end the program that has it'; stop squatter
doctor --frob; is_code 2 "an option that is not there is refused"
on fleet caltrop-server doctor --dir /nowhere >/tmp/said 2>&1; is_code 1 "nor is there a fleet everywhere"
check "and what to do is said" has_line /tmp/said 'server.conf: not found; --dir says where the fleet is'
doctor; is_code 0 "and in the end all is well"
