#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Objects: a file of a megabyte goes to a device and one comes from it, whole, through kills of either side, and resumed
# rather than begun again. What is not as it was signed, or too much, is refused with a reason.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast; syslog_start
guard_conf <<-EOF
	[objects]
	rate = 256K
	size = 3M
EOF
fleet_start

KEPT=$STATE/objects/file
counter() { on device caltrop local health -c $CONF --json | jq ".counters[] | select(.name == \"$1\").value"; }
object_state() { desk object show "$1" --json | jq -r '.targets[0].state'; }
is_state() { [ "$(object_state "$1")" = "$2" ]; }
# offer FILE OPTION...: prints the object's id.
offer() { local file=$1; shift; desk object offer "$file" --device device "$@" --json | jq -r .id; }
staged() { stat -c %s $STATE/core/*.in 2>/dev/null || echo 0; }
has_some() { [ "$(staged)" -gt "$1" ]; }

head -c 1000000 /dev/urandom >/tmp/big
id=$(offer /tmp/big --name big --version 1)
wait_for 20 "a part of it is there" has_some 150000
stop guard KILL; before=$(staged); guard_start
wait_for 20 "more of it is there" has_some $((before + 100000))
check "what was there stayed" [ "$(staged)" -ge "$before" ]
stop server KILL; before=$(staged); service_start
wait_for 60 "it is kept" is_state "$id" done
check "the device has the very bytes" cmp -s /tmp/big $KEPT/big
check "nobody else can write them" [ "$(stat -c %a:%u $KEPT/big)" = 644:0 ]
check "nothing was begun again" [ "$(counter objects_restarted)" = 0 ]
check "fetched once: less than the whole since the guard was killed" [ "$(counter objects_bytes_in)" -lt 1000000 ]
check "no part is left" [ "$(staged)" = 0 ]

# The other way.
sends() { on device caltrop local send -c $CONF "$@" >/tmp/said 2>&1; }
waits() { ls $STATE/core/*.up 2>/dev/null | wc -l; }
up_have() { desk object list --device device --json | jq -r ".items[] | select(.name == \"$1\").have" | head -n 1; }
up_has_some() { local n; n=$(up_have "$1"); [ "${n:-0}" -gt "$2" ]; }
up_is_whole() { desk object list --device device --json | jq -e ".items[] | select(.name == \"$1\" and .state == \"whole\")"; }
head -c 1000000 /dev/urandom >/tmp/triage.tar
sends /tmp/triage.tar; is_code 0 "root hands a file to the guard"
check "and is told that it waits" grep -q 'waits here to be sent as "triage.tar", 1000000 bytes' /tmp/said
wait_for 30 "a part of it is at the service" up_has_some triage.tar 150000
stop server KILL; service_start
before=$(up_have triage.tar)
check "a killed service has what it said it has" [ "$before" -ge 150000 ]
wait_for 60 "more of it is there" up_has_some triage.tar $((before + 50000))
stop guard KILL; guard_start
wait_for 60 "the service has it whole" up_is_whole triage.tar
desk object get "$(up_is_whole triage.tar | jq -r .id)" --out /tmp/got >/tmp/said 2>&1
is_code 0 "an operator fetches it"
check "these are the very bytes" cmp -s /tmp/got /tmp/triage.tar
check "the audit log says who fetched it" [ "$(desk audit list --limit 0 --json | jq '[.items[] | select(.action == "object.get")] | length')" -ge 1 ]
check "nothing waits on the device any more" [ "$(waits)" = 0 ]
check "it was not sent from its beginning again" [ "$(counter objects_bytes_out)" -lt 1000000 ]

# Refused with a reason, and nothing else is disturbed.
head -c 1000 /dev/urandom >/tmp/small
id=$(offer /tmp/small --name big --version 1); wait_for 20 "another object of the same version" is_state "$id" refused
check "the reason says why" has_line <(desk object show "$id" --json) "version 1 was accepted before"
id=$(offer /tmp/small --name big --version 2); wait_for 20 "a newer one is taken" is_state "$id" done
check "it is the new one" cmp -s /tmp/small $KEPT/big
id=$(offer /tmp/big --name big --version 1); wait_for 20 "the old one does not come back" is_state "$id" refused
check "the new one stays" cmp -s /tmp/small $KEPT/big
wait_for 10 "health says it" health_says 'was not kept: version 2 was accepted before'
head -c 3500000 /dev/urandom >/tmp/huge
id=$(offer /tmp/huge --name huge); wait_for 20 "one beyond the device's size" is_state "$id" refused
check "says so" has_line <(desk object show "$id" --json) '\[objects\] size'
sends /tmp/huge; is_code 1 "a file beyond it is not taken for sending either"
check_not "nor is a name that is none" desk object offer /tmp/small --name ../etc --device device
openssl ecparam -genkey -name prime256v1 -noout -out /tmp/stranger.pem
check_not "nor one signed by a stranger" desk object offer /tmp/small --order-key /tmp/stranger.pem --device device
sed -n '/BEGIN/,$p' $SERVICE/order_key.pem >/tmp/order_key.pem
id=$(offer /tmp/small --name signed --order-key /tmp/order_key.pem); wait_for 20 "one signed at the desk is kept" is_state "$id" done
check "counted" [ "$(counter objects_refused)" = 3 ]
for i in {1..5}; do log_failure 198.51.100.9; done
wait_for 10 "and the guard still bans" banned 198.51.100.9
