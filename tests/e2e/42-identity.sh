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
wait_for 60 "the device itself is let in all the while" linked
desk device show device >/tmp/said
check "the device's page says it" has_line /tmp/said '^identity +Two guards use the identity of one device.*caltrop incident show [0-9a-f]{32}'
check "for programs, too" [ "$(desk device show device --json | jq -r '.identity[0].rule')" = identity_twins ]

# A device that only changes its network is nobody's twin: its session of before is dead.
reconnect() { on device ss -K state established dport = :8443 >/dev/null 2>&1; wait_for 60 "it is back" linked; }
reconnect
seen=$(incident identity_twins open | jq -r .count)
for i in 1 2 3; do reconnect; done
stop guard; guard_start; wait_for 60 "a guard that starts anew is back" linked
check "a device that reconnects and starts anew is told nothing of" [ "$(incident identity_twins open | jq -r .count)" = "$seen" ]
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

# Enrolling again. By its old key a device stays what it is, with any token.
device_id() { cat $STATE/trust/device_id; }
count_devices() { desk device list --json | jq '.items | length'; }
is_in() { linked && ! health_says 'replaced by a newer one'; }
serial_now() { openssl x509 -noout -serial -in $STATE/identity/cert.pem; }
enroll() { on device caltrop enroll -c $CONF --token-file /tmp/token "$@" >/tmp/said 2>&1; }
was=$(device_id) before=$(serial_now) key=$(desk device show $(device_id) --json | jq -r .receipt_key)
name=$(desk device show $was --json | jq -r .name)
desk token create --group other >/tmp/token
enroll; is_code 7 "a device that is enrolled enrols again only when it is told so"
enroll --again --new; is_code 2 "and not both as itself and as another"
desk device move $was spares >/tmp/said 2>&1; is_code 0 "an operator moves it to another group"
check "which it does not know yet" grep -qx default $STATE/trust/group
enroll --again; is_code 0 "by its old key it enrols again"
check "and learns its group" grep -qx spares $STATE/trust/group
check "as the device that it was" [ "$(device_id)" = $was ]
check "with another key" [ "$(serial_now)" != "$before" ]
wait_for 30 "it is connected" is_in
check "there is no ghost" [ $(count_devices) = 1 ]
check "its name and group stay" [ "$(desk device show $was --json | jq -r '.name + " " + .group')" = "$name spares" ]
check "its receipt key stays" [ "$(desk device show $was --json | jq -r .receipt_key)" = $key ]
sql "SELECT detail FROM audit WHERE action = 'device.enroll'" >/tmp/said
check "the audit log has it" has_line /tmp/said "^$was .*again, by its old key; .*receipt key stays $key"
cp -a $STATE /tmp/copy

# Somebody's old copy of its key, and a key that was taken from its place: neither is let in, and none becomes a device.
desk token create >/tmp/token
stop guard
cp $STATE/identity/key.pem /tmp/key.pem; cp $STATE/identity/cert.pem /tmp/cert.pem
openssl ecparam -genkey -name prime256v1 -noout -out $STATE/identity/key.pem
enroll --again; is_code 1 "a key that is not the certificate's is damage, and said"
cp /tmp/key.pem $STATE/identity/key.pem
desk device revoke $was
enroll --again; is_code 5 "a revoked device does not come back by its key"
check "and is told how it does" has_line /tmp/said "token create --for DEVICE"
check "nothing was added" [ $(count_devices) = 1 ]

# The operator's word, for a device that was revoked and then wiped.
rm -rf $STATE; mkdir -p $STATE
desk token create --for no-such-device >/tmp/said 2>&1; is_code not-0 "a token is for no device that there is not"
desk token create --for $was --uses 3 >/tmp/said 2>&1; is_code not-0 "nor for three of one"
desk token create --for $was --ttl 1h >/tmp/token || fail "no token for the device"
desk token list >/tmp/said; check "the list says for whom it is" has_line /tmp/said " $name "
enroll; is_code 0 "it gets in by the operator's word"
check "as the device that it was" [ "$(device_id)" = $was ]
guard_start
wait_for 30 "it is connected" is_in
check "there is no ghost" [ $(count_devices) = 1 ]
is_fresh() { desk device show $was --json | jq -e --arg key $key '.state == "approved" and .receipt_key != $key'; }
wait_for 10 "it is revoked no more, and has another receipt key" is_fresh
sql "SELECT user || ' ' || detail FROM audit WHERE action = 'device.enroll' ORDER BY rowid DESC LIMIT 1" >/tmp/said
check "the audit log says whose word it was, and both keys" \
	has_line /tmp/said "^admin $was .*by an operator's word, and is revoked no more; .*receipt key $key replaced by [0-9a-f]{16}"
enroll --new; is_code 5 "the token was good once"

# The device's certificate of before is good for nothing any more.
on clone openssl s_client -connect $FLEET:8443 -CAfile $SERVICE/ca.pem -cert /tmp/cert.pem -key /tmp/key.pem \
	-alpn caltrop/1 -servername fleet.example </dev/null >/tmp/tls 2>&1
serial=$(openssl x509 -noout -serial -in /tmp/cert.pem | cut -d= -f2)
is_seen() { incident identity_superseded open | jq -r .evidence | grep -qi "$serial"; }
wait_for 10 "its certificate of before is superseded" is_seen
# An old copy that wants to enrol as the device is no device either.
desk token create >/tmp/token
stop guard; cp -a $STATE /tmp/good; cp /tmp/copy/identity/* $STATE/identity/
enroll --again; is_code 5 "an old copy does not enrol as the device"
check "and is named so" has_line /tmp/said "replaced by a newer one"
rm -rf $STATE; cp -a /tmp/good $STATE; guard_start
wait_for 30 "the device itself is connected" is_in
ok "a device that enrols again keeps its identity, or is refused by name"
