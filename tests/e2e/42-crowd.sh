#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What the service sees in many devices together: three guards of a fleet ban an address by themselves, get the same
# file, and fall silent at a time. Each is one incident that names them.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast; log_new
host three 192.0.2.88
mkdir -p /srv/app
guard_conf <<-END
	[auth]
	files = $LOG
	[files]
	enabled = yes
	watch = /srv/app/
END
fleet_start

# The others have networks of their own; they share the disk.
more_start()	# NAME HOST
{
	printf '%s\n' "[guard]" "state_dir = /var/lib/$1" "run_dir = /run/$1" "[rules]" "enabled = no" "[auth]" \
		"files = /var/log/$1.log" "[files]" "enabled = yes" "watch = /srv/app/" >/etc/caltrop/$1.conf
	install -m 640 -g adm /dev/null /var/log/$1.log
	start $1 on $2 caltropd -c /etc/caltrop/$1.conf
	wait_for 10 "guard $1 answers" on $2 caltrop local status -c /etc/caltrop/$1.conf
	desk token create >/tmp/token
	on $2 caltrop enroll -c /etc/caltrop/$1.conf --token-file /tmp/token >/tmp/said 2>&1 ||
		fail "guard $1: $(tail -n 1 /tmp/said)"
}
more_start two operator
more_start three three
connected() { [ "$(desk device list --json | jq '[.items[] | select(.connected)] | length')" = $1 ]; }
wait_for 20 "three devices are connected" connected 3

attack() { local n; for n in 1 2 3 4 5 6 7 8; do log_failure $1 root $2; done; }
in_kernel() { on $1 nft get element inet caltrop ban4 "{ $2 }" >/dev/null 2>&1; }
bans() { [ "$(receipts | jq -c "select(.verb == \"ban\" and .result == \"done\" and .addr == \"$1\")" | wc -l)" = $2 ]; }
crowds() { desk incident list --json | jq -c '.items[] | select(.rule == "source_on_many")'; }
is_told() { [ "$(crowds | wc -l)" = "$1" ]; }

# Two are no crowd, and neither are two that ban one address each.
attack $ATTACKER1 $LOG; attack $ATTACKER1 /var/log/two.log; attack $ATTACKER2 /var/log/three.log
wait_for 10 "the first bans it" in_kernel device $ATTACKER1
wait_for 10 "the second, too" in_kernel operator $ATTACKER1
wait_for 10 "the third bans another" in_kernel three $ATTACKER2
wait_for 10 "the service has their receipts" bans $ATTACKER1 2
wait_for 10 "and that of the third" bans $ATTACKER2 1
check "that is no crowd" is_told 0

# What was counted before the service starts counts after it.
stop server; service_start
wait_for 60 "all are back" connected 3
attack $ATTACKER1 /var/log/three.log
wait_for 10 "the third bans it" in_kernel three $ATTACKER1
wait_for 10 "which is an incident" is_told 1
crowds >/tmp/crowd
check "it is open" jq -e '.state == "open"' /tmp/crowd
check "it names the address" grep -qF "$ATTACKER1 was banned within an hour" /tmp/crowd
for id in $(desk device list --json | jq -r '.items[].id'); do
	check "and the device $id" grep -q "by the devices .*$id" /tmp/crowd
done
ok "one source on three devices is told: $(jq -r '.evidence | if type == "array" then .[-1] else . end' /tmp/crowd)"

# A file that comes to all of them; they share the disk. What comes while they are maintained does not count.
drops() { desk incident list --json | jq -c '.items[] | select(.rule == "file_on_many")'; }
files_told() { [ "$(desk event list --kind file --limit 0 --json | jq "[.items[].file | select(.path == \"$1\")] | length")" = $2 ]; }
guards() { on device caltrop local "$@"; on operator caltrop local "$@" -c /etc/caltrop/two.conf
	on three caltrop local "$@" -c /etc/caltrop/three.conf; }
maintained() { [ "$(guards health | grep -c 'the device is maintained')" = $1 ]; }
check "all are maintained" guards maintenance 10
wait_for 10 "and say so" maintained 3
echo "a tool of ours" >/srv/app/ours
wait_for 20 "what came in maintenance is told" files_told /srv/app/ours 3
check "the maintenance ends" guards maintenance 0
wait_for 10 "everywhere" maintained 0
echo "a tool of theirs" >/srv/app/theirs
wait_for 20 "so is what came after it" files_told /srv/app/theirs 3
is_dropped() { [ -n "$(drops)" ]; }
wait_for 10 "one file on three devices is an incident" is_dropped
drops >/tmp/drops
check "only one" [ "$(wc -l </tmp/drops)" = 1 ]
check "which names the file" grep -q "/srv/app/theirs with SHA-256 $(sha256sum /srv/app/theirs | cut -d ' ' -f 1)" /tmp/drops
ok "one file on three devices is told: $(jq -r '.evidence | if type == "array" then .[-1] else . end' /tmp/drops)"

# Once, whatever comes; what a person closed stays closed.
desk incident close "$(jq -r .id /tmp/crowd)" seen >/tmp/said 2>&1; is_code 0 "an operator closes it"
stop server; service_start
wait_for 60 "all are back" connected 3
check "it is still one" is_told 1
check "and closed" [ "$(crowds | jq -r .state)" = closed ]
ok "it is told once"

# Their silence, too, is one incident, until most of them are back.
hush() { desk incident list --json | jq -e --arg state $1 '.items[] | select(.rule == "silent_on_many" and .state == $state)'; }
sed -i 's/^#*silent_seconds.*//' $SERVICE/server.conf
printf '[devices]\nsilent_seconds = 4\n' >>$SERVICE/server.conf
stop server; service_start
wait_for 60 "all are connected" connected 3
check_not "nobody is silent" hush open
stop guard; stop two; stop three
wait_for 40 "three silent devices are one incident more" hush open
check "it says how many" jq -e '.evidence | tostring | test("3 devices are silent")' <<<"$(hush open)"
stop server; service_start
guard_start
start two on operator caltropd -c /etc/caltrop/two.conf
wait_for 60 "two are back" connected 2
wait_for 40 "which ends it" hush closed
ok "devices that fall silent together are one incident until most are back"
