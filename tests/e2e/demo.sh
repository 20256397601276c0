#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The demo: a real sshd is attacked with a real brute-force tool, the guard answers, the operator
# looks. Every time printed comes from a log line, a record, a receipt or the kernel's own
# notification. KEEP=1 leaves it running.

. "$(dirname "$0")/lib.sh"
world_enter "$@"

B='' D='' N=''; [ ! -t 1 ] || B=$'\e[1m' D=$'\e[2m' N=$'\e[0m'
title() { printf '\n%s%s%s\n' "$B" "$*" "$N"; }
say() { printf '  %s\n' "$@"; }
typed() { printf '\n  %s%s\n' "$D$1\$ $N" "$2"; }		# HOST COMMAND, as somebody types it
shown() { sed 's/^/  | /'; }

# The timeline of a scene: mark MICROSECONDS TEXT notes, timeline prints in order, from the first.
mark() { printf '%s\t%s\n' "$1" "$2" >>/tmp/marks; }
timeline()
{
	sort -n /tmp/marks | awk -F '\t' 'NR == 1 { first = $1 }
		{ printf "  %10.2f ms  %s\n", ($1 - first) / 1000, $2 }'
	rm /tmp/marks
}
now_us() { echo "${EPOCHREALTIME/./}"; }
us_of() { local t; t=$(date -d "$1" +%s%N); echo $((t / 1000)); }
# mark_log PATTERN N TEXT: the N-th line of the log like that.
mark_log() { mark "$(us_of "$(grep -E -m "$2" -- "$1" $LOG | tail -n 1 | cut -d ' ' -f 1)")" "$3"; }

# What the service was told about an incident: mark_incident ID marks when the guard read the line
# that tipped the scale, and from there the steps of each receipt.
mark_incident()
{
	local events read; events=$(desk event list --json --limit 0 --since 10m | jq -c '.items[]')
	read=$(us_of "$(jq -r "select(.finding.incident == \"$1\" and .finding.state == \"opened\").time" <<<"$events")")
	mark "$read" "the guard reads that line: $(jq -r "select(.finding.incident == \"$1\").finding.title" <<<"$events" | head -n 1)"
	jq -r --arg id "$1" --argjson t "$read" '.receipt | select(.incident == $id) |
		[.verb, (.addr // .account)] as $what | .steps_us as $s |
		"\($t + $s.acted)\t\($what | join(" ")): acts",
		"\($t + $s.verified)\t\($what | join(" ")): proved; \(.text)"' <<<"$events" >>/tmp/marks
}
incident_of() { desk incident list --json | jq -r ".items[] | select(.src == \"$1\") | .id" | head -n 1; }
has_incident() { [ -n "$(incident_of "$1")" ]; }

needs caltropd caltrop-core caltrop caltrop-server
cast; syslog_start; sshd_start
guard_conf <<-EOF
	[auth]
	pam_unix_alone = yes
	[response]
	trust_logs = yes
	[rule.breach]
	steps = ban reset logout
EOF
service_start; desk_login; guard_start; guard_join --group cameras
wait_for 10 "the device is connected" linked
monitor_start

title "Caltrop, in namespaces of its own: your files, accounts and firewall are not touched"
say "device     $DEVICE     sshd, three accounts, and the guard" \
	"attacker1  $ATTACKER1  a brute-force tool in a hurry" \
	"attacker2  $ATTACKER2  one that takes its time" \
	"fleet      $FLEET   the service, and the operator's desk"
typed operator "caltrop device list"; desk device list | shown

title "1. Somebody guesses root's password, eight connections at a time"
typed attacker1 "hydra -t 8 -l root -P words ssh://$DEVICE"
words 21 | grep -v $BACKUP_PASSWORD >/tmp/words
mark "$(now_us)" "hydra starts"
crack attacker1 root /tmp/words -t 8 >/tmp/hydra1 2>&1 & hydra=$!
wait_for 10 "the ban" banned $ATTACKER1
wait_for 10 "sshd's own verdict" has_line $LOG "Failed password for root from $ATTACKER1"
wait_for 10 "the incident" has_incident $ATTACKER1
kill $hydra; wait $hydra 2>/dev/null
mark_log "failure;.*rhost=$ATTACKER1 " 1 "the log has the first failure; sshd keeps the attacker waiting"
mark_log "failure;.*rhost=$ATTACKER1 " 5 "the log has the fifth"
mark_incident "$(incident_of $ATTACKER1)"
mark "$(banned_us $ATTACKER1)" "the kernel tells everybody who listens that $ATTACKER1 is in the set"
mark_log "Failed password for root from $ATTACKER1 " 1 "only now sshd itself logs the first wrong password"
timeline
typed attacker1 "ssh root@$DEVICE"
t=$(now_ms); try attacker1 root whatever; [ $? = 110 ] || fail "the banned attacker still connects"
say "| $(tail -n 1 /tmp/try | tr -d '\r')  (he gave up after $(($(now_ms) - t)) ms)"

title "2. Another one is patient, and finds a weak password at the fourth try"
say "The account 'backup' also has a session open on the device at that time."
{
	on operator sshpass -p $BACKUP_PASSWORD ssh -F none -o StrictHostKeyChecking=no -o LogLevel=ERROR \
		-o UserKnownHostsFile=/dev/null backup@$DEVICE 'echo in; exec sleep 600' >/tmp/session 2>/dev/null
	now_us >/tmp/ended
} & session=$!
wait_for 10 "a session of backup" has_line /tmp/session in
typed attacker2 "hydra -t 1 -l backup -P words ssh://$DEVICE"
words 4 >/tmp/words
mark "$(now_us)" "hydra starts"
crack attacker2 backup /tmp/words >/tmp/hydra2 2>&1 & hydra=$!
wait_for 30 "the breach" has_incident $ATTACKER2
reset_done() { has_receipt ".verb == \"logout\" and .incident == \"$(incident_of $ATTACKER2)\""; }
wait_for 10 "the reset and the logout" reset_done
wait $session
until_true 2 grep -q 'password: ' /tmp/hydra2; kill $hydra 2>/dev/null; wait $hydra 2>/dev/null
for i in 1 2 3; do mark_log "Failed password for backup from $ATTACKER2 " $i "wrong password $i"; done
mark_log "Accepted password for backup from $ATTACKER2 " 1 "the right password: sshd logs 'Accepted'"
mark_incident "$(incident_of $ATTACKER2)"
mark "$(cat /tmp/ended)" "the session that was open is gone, seen from its other end"
timeline
found=$(grep -o 'login:.*' /tmp/hydra2) && say "" "hydra reports: $found"
typed operator "ssh backup@$DEVICE        # with the password that was guessed"
try operator backup $BACKUP_PASSWORD; [ $? = 5 ] || fail "the guessed password still works"
tail -n 1 /tmp/try | tr -d '\r' | shown
typed operator "caltrop credential open --key escrow_key.pem $(incident_of $ATTACKER2 | cut -c 1-12)"
secret=$(desk credential open --key $ESCROW_KEY "$(incident_of $ATTACKER2)") || fail "no secret"
echo "$secret" | shown
typed operator "ssh backup@$DEVICE        # with this one"
try operator backup "$secret" 'echo "Welcome, $USER"' | shown

title "3. What the operator sees"
typed operator "caltrop incident list"; desk incident list | shown
typed operator "caltrop event list --kind receipt"; desk event list --kind receipt | shown

title "4. The operator's turn: signed orders, carried out and proved by the device"
typed operator "caltrop order push ban 198.51.100.99 --for 1h --device device --wait"
desk order push ban 198.51.100.99 --for 1h --device device --wait | shown
typed operator "caltrop order push ban $DEVICE --device device --wait"
desk order push ban $DEVICE --device device --wait 2>/dev/null | shown
typed operator "caltrop order push unban $ATTACKER1 --device device --wait"
desk order push unban $ATTACKER1 --device device --wait | shown
connects attacker1 || fail "attacker1 is still shut out"
say "| attacker1 can connect again"

title "5. The same in a browser"
say "https://localhost:8444/ is the console, on the machine of the service; user admin, password $ADMIN_PASSWORD"
[ "$(on fleet curl -so /dev/null -w '%{http_code}' --cacert $SERVICE/ca.pem https://localhost:8444/)" = 200 ] ||
	say "(this build has no console)"

title "Done. Everything above is gone with this process; KEEP=1 make demo leaves it running."
