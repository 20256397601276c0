#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fleet immunity: an address that three guards of a group ban by themselves is banned by the fourth at once, but only
# inside what operators delegated, and never over never_ban.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
caltropd --features | grep -q CONFIG_IMMUNITY=y || skip "this build bans nothing because others did"
cast; log_new
host three 192.0.2.88
host four 192.0.2.89
guard_conf <<<"[auth]
files = $LOG"
fleet_start

# The others have networks of their own; they share the disk.
more_start()	# NAME HOST
{
	printf '%s\n' "[guard]" "state_dir = /var/lib/$1" "run_dir = /run/$1" "[rules]" "enabled = no" "[auth]" \
		"files = /var/log/$1.log" >/etc/caltrop/$1.conf
	install -m 640 -g adm /dev/null /var/log/$1.log
	start $1 on $2 caltropd -c /etc/caltrop/$1.conf
	wait_for 10 "guard $1 answers" on $2 caltrop local status -c /etc/caltrop/$1.conf
	desk token create >/tmp/token
	on $2 caltrop enroll -c /etc/caltrop/$1.conf --token-file /tmp/token >/tmp/said 2>&1 ||
		fail "guard $1: $(tail -n 1 /tmp/said)"
}
more_start two operator
more_start three three
ids() { desk device list --json | jq -r ".items[].id"; }
ids >/tmp/ids
more_start four four
FOUR=$(ids | grep -vxFf /tmp/ids)
connected() { [ "$(desk device list --json | jq '[.items[] | select(.connected)] | length')" = $1 ]; }
wait_for 20 "four devices are connected" connected 4

attack() { local n f; for f in $LOG /var/log/two.log /var/log/three.log; do
	for n in 1 2 3 4 5 6 7 8; do log_failure $1 root $f; done; done; }
in_kernel() { on $1 nft list ruleset | grep -qE "[{ ]$2 .*expires|^\s*$2 |[{, ]$2( |,|$)"; }
three_ban() { wait_for 10 "the three ban $1" eval "in_kernel device $1 && in_kernel operator $1 && in_kernel three $1"; }
of_four() { desk event list --device "$FOUR" --kind receipt --limit 0 --json | jq -c ".items[].receipt | select($1)"; }
says() { [ -n "$(of_four "$1")" ]; }
refuses() { wait_for 10 "the fourth refuses $1: $2" says ".origin == \"immunity\" and .result == \"refused\" and .addr == \"$1\" and (.text | test(\"$2\"))"
	check_not "the fourth does not ban $1: $2" in_kernel four "${3-$1}"; }
delegate() { desk immunity push --all "$@" --json >/tmp/object 2>/tmp/said; is_code 0 "delegated: $*"; arrives; }
arrived() { [ "$(desk object show "$(jq -r .id /tmp/object)" --json | jq '[.targets[] | select(.state == "done")] | length')" = 4 ]; }
arrives() { wait_for 20 "all have it" arrived; }
# What was sent before an order has arrived when it is done.
settled() { desk order push unban 192.0.2.250 --device "$FOUR" --wait >/tmp/said 2>&1; true; }
crowds() { [ "$(desk incident list --limit 0 --json | jq -c '.items[] | select(.rule == "source_on_many")' | wc -l)" = $1 ]; }

# Nobody has delegated anything.
attack $ATTACKER1; three_ban $ATTACKER1
wait_for 10 "which is an incident" crowds 1
settled
check_not "without a delegation the fourth bans nothing" in_kernel four $ATTACKER1
check_not "and says nothing" says '.origin == "immunity"'

# What no device would take is not sent.
desk immunity push --all --widest4 8 >/tmp/said 2>&1; is_code 2 "a delegation has bounds"
desk immunity push --all --most 0 >/tmp/said 2>&1; is_code 2 "of none there is another word"
desk immunity push --most 5 >/tmp/said 2>&1; is_code 2 "it is for somebody"

delegate --most 2 --longest 10m --widest6 128
desk immunity show --json >/tmp/shown
is_shown() { jq -e ".[0].delegation | .most == 2 and .longest == 600 and .widest6 == 128" /tmp/shown >/dev/null; }
check "it is shown" is_shown
attack $ATTACKER2; three_ban $ATTACKER2
from=$(now_ms)
wait_for 1 "the fourth bans it, too" in_kernel four $ATTACKER2
ok "the fourth bans it $(($(now_ms) - from)) ms after the third was seen to"
wait_for 10 "and tells of it" says ".origin == \"immunity\" and .addr == \"$ATTACKER2\" and .result == \"done\" and .verified"
check "for no longer than delegated" says ".addr == \"$ATTACKER2\" and (.text | test(\"for 10 min\"))"
on four caltrop local explain -c /etc/caltrop/four.conf $ATTACKER2 >/tmp/said 2>&1
check "it explains itself" has_line /tmp/said "several devices of its group banned it"

# Each bound.
attack 2001:db8:bad:1::7; three_ban 2001:db8:bad:1::
refuses 2001:db8:bad:1::/64 "widest prefix is /128" 2001:db8:bad:1::
attack 198.51.100.21; three_ban 198.51.100.21
wait_for 1 "a second one is banned" in_kernel four 198.51.100.21
attack 198.51.100.22; three_ban 198.51.100.22
refuses 198.51.100.22 "for 2 addresses at a time"

# never_ban of the fourth alone.
printf '[response]\nnever_ban = 198.51.100.23\n' >>/etc/caltrop/four.conf
stop four; start four on four caltropd -c /etc/caltrop/four.conf
wait_for 30 "the fourth is back" eval 'on four caltrop local status -c /etc/caltrop/four.conf && connected 4'
delegate --most 10 --longest 10m
attack 198.51.100.23; three_ban 198.51.100.23
refuses 198.51.100.23 "never_ban"

# Who was away gets it with the next Hello, as long as it lasts.
stop four
attack 198.51.100.24; three_ban 198.51.100.24
wait_for 10 "which is an incident" crowds 7
start four on four caltropd -c /etc/caltrop/four.conf
wait_for 30 "the fourth bans it as it comes back" in_kernel four 198.51.100.24

# A start of the service forgets neither what it offers nor who banned what.
stop four
attack 198.51.100.30; three_ban 198.51.100.30
wait_for 10 "which is an incident" crowds 8
for f in $LOG /var/log/two.log; do for n in 1 2 3 4 5 6 7 8; do log_failure 198.51.100.31 root $f; done; done
wait_for 10 "two ban another" eval "in_kernel device 198.51.100.31 && in_kernel operator 198.51.100.31"
has_receipts() { [ "$(desk event list --kind receipt --limit 0 --json | jq -c ".items[].receipt | select(.verb == \"ban\" and .result == \"done\" and .addr == \"$1\")" | wc -l)" = $2 ]; }
wait_for 10 "which the service heard" has_receipts 198.51.100.31 2
stop server; service_start
start four on four caltropd -c /etc/caltrop/four.conf
wait_for 60 "the fourth bans what was offered before the service started" in_kernel four 198.51.100.30
check_not "and not what two banned" in_kernel four 198.51.100.31
wait_for 60 "all are back" connected 4
for n in 1 2 3 4 5 6 7 8; do log_failure 198.51.100.31 root /var/log/three.log; done
wait_for 10 "the third bans it, too" in_kernel three 198.51.100.31
wait_for 10 "and with the two from before that is enough" in_kernel four 198.51.100.31
wait_for 10 "which is an incident" crowds 9

# It ends: each ban, and all of it.
delegate --most 10 --longest 4s
attack 198.51.100.25; three_ban 198.51.100.25
wait_for 1 "the fourth bans it" in_kernel four 198.51.100.25
in_kernel_no() { ! in_kernel "$@"; }
wait_for 10 "the ban ends by itself" in_kernel_no four 198.51.100.25
delegate --expires 1s
over() { [ "$(desk immunity show | awk 'NR == 2' | grep -c 'is over')" = 1 ]; }
wait_for 5 "the delegation is over" over
attack 198.51.100.26; three_ban 198.51.100.26
refuses 198.51.100.26 "the delegation has expired"

# A key that is revoked takes along what it signed.
desk key create /root/ada.pem >/dev/null
desk key trust /root/ada.pem.pub --name ada --root-key $ROOT_KEY >/tmp/said 2>&1; is_code 0 "ada may sign"
trusts() { [ "$(on four caltrop local health -c /etc/caltrop/four.conf --json | jq -r '.counters[] | select(.name == "trust_version").value')" = $1 ]; }
wait_for 10 "the fourth knows" trusts 2
delegate --order-key /root/ada.pem
attack 198.51.100.27; three_ban 198.51.100.27
wait_for 1 "ada's word counts" in_kernel four 198.51.100.27
desk key revoke ada --root-key $ROOT_KEY >/tmp/said 2>&1; is_code 0 "ada is gone"
tells() { on four caltrop local health -c /etc/caltrop/four.conf --json | grep -q "what operators delegated to the service is not in force"; }
wait_for 10 "health says so" tells
attack 198.51.100.28; three_ban 198.51.100.28
wait_for 10 "which is an incident" crowds 13
settled
check_not "and her delegation is void" in_kernel four 198.51.100.28

# Taken back.
delegate --most 10; check_not "another is in force" tells
desk immunity revoke --all --json >/tmp/object 2>/tmp/said; is_code 0 "it is taken back"; arrives
attack 198.51.100.29; three_ban 198.51.100.29
wait_for 10 "which is an incident" crowds 14
settled
check_not "nothing is banned any more because others did" in_kernel four 198.51.100.29
