#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Who a device is, over its life: what a service that has forgotten it may do to it (nothing that lasts), and what the
# service sees: silence, a copy of the device, and a certificate that was replaced.

. "$(dirname "$0")/lib.sh"
command -v sqlite3 >/dev/null || skip "needs the program sqlite3"
world_enter "$@"
cast
fleet_start
sql() { sqlite3 $SERVICE/caltrop.db "PRAGMA busy_timeout = 5000; $1" | tail -n +2; }
pid=$(guard_pid)

# The registry loses the device; the device goes on asking, and says why it has no link.
stop server
sql "CREATE TABLE kept AS SELECT * FROM device; DELETE FROM device"
service_start
wait_for 60 "health says that the service does not know it" health_says 'not known here'
check_not "it does not take that for a revocation" health_says 'revoked'
sql "INSERT INTO device SELECT * FROM kept; DROP TABLE kept"
wait_for 90 "it is back as soon as the registry is" linked
check "without a start of its own" [ "$(guard_pid)" = "$pid" ]
ok "ignorance is no revocation"

# Silence is an incident, from the service's side, and ends when the device is back.
incident() { desk incident list --json | jq -e --arg rule $1 --arg state $2 \
	'.items[] | select(.rule == $rule and .state == $state)'; }
stop server
sed -i 's/^#*silent_seconds.*//; s/^\[devices\]/&\nsilent_seconds = 4/' $SERVICE/server.conf
has_line $SERVICE/server.conf '^silent_seconds' || printf '[devices]\nsilent_seconds = 4\n' >>$SERVICE/server.conf
service_start
wait_for 60 "the device is connected" linked
stop guard
wait_for 30 "its silence is an incident" incident device_silent open
guard_start
wait_for 30 "it is back" linked
wait_for 10 "which ends the incident" incident device_silent closed
ok "a device that falls silent is an incident until it is back"

# A copy of the device, on another machine: both are connected in turns.
host clone 192.0.2.99
stop guard; cp -a $STATE /var/lib/clone; guard_start
sed "1i[guard]\nstate_dir = /var/lib/clone\nrun_dir = /run/clone\n" $CONF >/tmp/clone.conf
mkdir -p /tmp/clone.conf.d; cp $CONF.d/* /tmp/clone.conf.d/ 2>/dev/null
check_not "one guard is no incident" incident identity_twins open
start clone on clone caltropd -c /tmp/clone.conf
wait_for 120 "two guards with one identity are an incident" incident identity_twins open
stop clone
ok "two guards with one identity are told: $(incident identity_twins open | jq -r ".evidence[-1]")"

# An old certificate of the device, kept by somebody: its successor is in use.
stop guard
cp $STATE/identity/cert.pem $STATE/identity/key.pem /tmp
serial=$(openssl x509 -noout -serial -in /tmp/cert.pem | cut -d= -f2)
sql "UPDATE device SET cert_serial = x'01010101010101010101010101010101', next_serial = x''"
on clone openssl s_client -connect $FLEET:8443 -CAfile $SERVICE/ca.pem -cert /tmp/cert.pem -key /tmp/key.pem \
	-alpn caltrop/1 -servername fleet.example </dev/null >/tmp/tls 2>&1
wait_for 10 "a certificate that was replaced is an incident" incident identity_superseded open
incident identity_superseded open | jq -r .evidence | grep -qi "$serial" || fail "its evidence names no serial number"
guard_start
wait_for 30 "the device is told, and goes on" health_says 'replaced by a newer one'
sql "UPDATE device SET cert_serial = x'$serial'"
wait_for 90 "and is back when the registry is" linked
ok "a certificate that was replaced is an incident and no revocation"
