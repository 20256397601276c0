#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# An order collects what a device does: the bundle is sealed, only the escrow key opens it, and a known process, listener,
# connection and file are in it. What may not be taken is not, however it is named, and says why.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast; syslog_start; sshd_start
guard_conf <<-EOF
	[sessions]
	enabled = yes
	[collect]
	size = 256K
	files = /etc/hosts /srv/logs/*.log /etc/shadow
	[objects]
	size = 1M
EOF
mkdir -p /srv/logs /run/systemd/sessions
printf 'UID=1000\nUSER=operator\nSTATE=active\nCLASS=user\nTTY=tty1\nSERVICE=login\nLEADER=1\n' >/run/systemd/sessions/3
fleet_start

bundles() { desk object list --device device --json | jq -r '.items[] | select(.kind == "triage" and .state == "whole").id'; }
has_bundles() { [ "$(bundles | wc -l)" = "$1" ]; }
in_force() { on device caltrop local effects --json | jq -e '.items | any(.verb == "collect")' >/dev/null; }
ended() { ! in_force; }

# A program whose file is gone, a listener and a connection to it.
cp "$(command -v sleep)" /srv/logs/dropped; on device /srv/logs/dropped 300 & dropped=$!
hash=$(sha256sum /srv/logs/dropped | cut -d ' ' -f 1)
runs() { [ "$(readlink /proc/$dropped/exe)" = /srv/logs/dropped ] || pgrep -f '^/srv/logs/dropped' >/dev/null; }
wait_for 5 "it runs" runs
rm /srv/logs/dropped
connect() { on attacker1 bash -c "exec 3<>/dev/tcp/$DEVICE/22; exec sleep 60" & }
connect
wait_for 5 "somebody is connected" eval '[ -n "$(on device ss -Htn state established "sport = :22")" ]'

order 0 collect path=/etc/hosts
is .result done; is .verified true
sum=$(receipt .text | sed -n 's/.* sha256 \([0-9a-f]*\)$/\1/p')
wait_for 15 "the service has it" has_bundles 1
wait_for 10 "nothing waits on the device any more" ended
desk object get "$(bundles)" --out /tmp/sealed || fail "it cannot be fetched"
check "it is what the receipt says" [ "$(sha256sum /tmp/sealed | cut -d ' ' -f 1)" = "$sum" ]
check_not "nobody reads it as it is" grep -qa dropped /tmp/sealed
openssl ecparam -name prime256v1 -genkey -noout -out /tmp/other_key.pem
desk object open /tmp/sealed --key /tmp/other_key.pem --out /tmp/opened >/tmp/said 2>&1
is_code 1 "another key does not open it"
check "and leaves nothing" [ ! -e /tmp/opened ]
head -c 20000 /tmp/sealed >/tmp/cut
desk object open /tmp/cut --key $ESCROW_KEY --out /tmp/opened >/tmp/said 2>&1
is_code 1 "nor does one open that lost its end"
check "which it says" grep -q 'its end is missing' /tmp/said
desk object open /tmp/sealed --key $ESCROW_KEY --out /tmp/opened || fail "the escrow key does not open it"
mkdir /tmp/bundle; tar -C /tmp/bundle -xf /tmp/opened || fail "tar does not read it"
B=/tmp/bundle
check "the program is in it, with its hash, though its file is gone" \
	[ "$(jq -r 'select(.args | test("/srv/logs/dropped")) | "\(.sha256) \(.removed)"' $B/processes.jsonl | head -n 1)" = "$hash true" ]
check "sshd listens" jq -se 'any(.local_port == 22 and .protocol == "tcp" and (.name | test("sshd")))' $B/listeners.jsonl
check "somebody is connected to it" jq -se 'any(.local_port == 22 and .state == "established" and .pid)' $B/connections.jsonl
check "the operator's session is in it" jq -se 'any(.user == "operator" and .tty == "tty1")' $B/guard/sessions.jsonl
check "the file is in it" cmp -s /etc/hosts $B/file/hosts
check "the guard's own word is in it" jq -se 'any(.type == "status" and .linked)' $B/guard/status.jsonl
check "the manifest says that nothing is missing" jq -e '[.entries[].left_out] | add == 0' $B/manifest.json
check "the audit log says who fetched it" eval "desk audit list --limit 0 --json | jq -e 'any(.items[]; .action == \"object.get\")'"

# Never.
refused() { order_push collect path="$1"; check "$1: $2" eval "receipt .text | grep -q '$2'"; }
ln -s /etc/shadow /srv/logs/link.log; mkfifo /srv/logs/fifo.log; ln /etc/shadow /srv/logs/other.log
cp /tmp/other_key.pem /srv/logs/key.log
refused /etc/shadow 'hold passwords or private keys'
refused /etc/passwd 'does not list'
refused /srv/logs/link.log 'symbolic link'
refused /srv/logs/fifo.log 'not a regular one'
refused /srv/logs/other.log 'other names'
refused /srv/logs/key.log 'holds a private key'
refused /srv/logs/none.log 'not found\|No such\|there is no'
check "nothing of these was sent" has_bundles 1
check_not "nor is left on the device" ls $STATE/core/collected.new 2>/dev/null
check "and nothing is in force" ended

# A large file: its end.
yes 'a line of a log' | head -c 3000000 >/srv/logs/large.log; echo the last line >>/srv/logs/large.log
order 0 collect path=/srv/logs/large.log
wait_for 15 "the service has it, too" has_bundles 2
desk object get "$(bundles | head -n 1)" | desk object open - --key $ESCROW_KEY | tar -xO file/large.log >/tmp/large 2>/dev/null
check "its last line is there" [ "$(tail -n 1 /tmp/large)" = "the last line" ]
check "the bundle stays small" [ "$(desk object list --device device --json | jq '[.items[].size] | max')" -le 262144 ]

# While it waits, there is one at a time, over a crash of the guard; discarding removes it.
sed -i 's/^size = 1M$/&\nrate = 1K/' $CONF
stop guard KILL; guard_start; wait_for 20 "it is linked again" linked
waits() { ls $STATE/core/*.up 2>/dev/null | wc -l; }
order 0 collect
check "it is in force while it waits" in_force
order_push collect
check "another is refused" eval "receipt .text | grep -q 'waits to be sent; discard it first'"
stop guard KILL; guard_start; wait_for 20 "it is linked again" linked
check "it is in force still" in_force
order 0 discard
check "it is gone" [ "$(waits)" = 0 ]
check "and not in force" ended
order 0 discard
is .result already
kill $dropped 2>/dev/null
