#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A file goes to quarantine by order and by a rule, nobody reads or runs it there, and it comes back as it was, over a crash
# of the guard, and where its unit lets it write nothing; what people log in with stays.

. "$(dirname "$0")/lib.sh"
export WORLD_USERNS=no RULES=yes		# in a user namespace the kernel names no file
world_enter "$@"
cast
mkdir -p /srv/app /srv/rule
cat >/srv/rule/rule.yml <<-'EOF'
	title: A miner
	id: 0a1b2c3d-0000-4000-8000-000000000002
	status: test
	author: An operator
	logsource:
	    product: linux
	    category: file_event
	detection:
	    selection:
	        TargetFilename|endswith: /miner
	    condition: selection
	level: high
EOF
caltrop rule build /srv/rule -o /srv/rule/own.pack --name own --version 1 || fail "the pack does not build"
guard_conf <<-'EOF'
	pack = /srv/rule/own.pack
	[files]
	enabled = yes
	watch = /srv/app/
	[rule.0a1b2c3d-0000-4000-8000-000000000002]
	steps = quarantine
EOF
sed -i 's/^pack = /[rules]\npack = /' $CONF
fleet_start

x=/srv/app/x
as_was() { [ "$(stat -c '%a %u %g %Y' $x 2>/dev/null)" = "755 4711 4712 1577836800" ]; }
stored() { find $STATE/actor/quarantine -type f; }
gone() { [ ! -e $x ] && [ -n "$(stored)" ]; }
printf '#!/bin/sh\necho runs\n' >$x; chown 4711:4712 $x; chmod 755 $x; touch -d @1577836800 $x
sum=$(sha256sum $x | cut -d ' ' -f 1)

order 0 quarantine $x
is .result done; is .verified true
check "the receipt has its hash" eval "receipt .text | grep -q 'sha256 $sum'"
check "it is not there any more" gone
check "it has mode 0 in a folder of root's" [ "$(stat -c %a "$(stored)" $STATE/actor/quarantine | xargs)" = "0 700" ]
check_not "its owner does not reach it" setpriv --reuid=4711 --regid=4712 --clear-groups cat "$(stored)" 2>/dev/null
proven() { desk order show "$(jq -r '[.. | .id? // empty] | first' /tmp/order)" --json | jq -e '.receipts[] | select(.proof == "proven")'; }
wait_for 10 "the receipt is proven" proven

# As its unit lets caltropd see the system: all of it read-only but for the state directory, which is a mount of its own.
guard_as_unit()
{
	start guard on device unshare --mount --propagation private sh -c "mount --bind /srv /srv &&
		mount -o remount,bind,ro /srv && mount --bind $STATE $STATE && ! touch /srv/app/y 2>/dev/null && exec caltropd -c $CONF"
	wait_for 10 "the guard answers" guard_ready
}
stop guard KILL
guard_as_unit
wait_for 10 "the device is connected" linked
check "it is in quarantine still" gone
check "and in what is in force" eval "on device caltrop local effects -c $CONF --json | jq -e '.items[] | select(.verb == \"quarantine\")'"
echo new >$x
order 1 restore $x
check "a new file is not written over: $(receipt .text)" [ "$(cat $x)" = new ]
rm $x
order 0 restore $x
is .result done; is .verified true
check "it is as it was" as_was
order 0 restore $x
is .result already

echo m >/srv/app/miner
wait_for 10 "a rule takes what it found" [ ! -e /srv/app/miner ]
check "root puts it back without the service" on device caltrop local restore /srv/app/miner -c $CONF
check "and it is back" [ "$(cat /srv/app/miner)" = m ]

order 1 quarantine /usr/bin/bash; is .result refused
order 1 quarantine /etc/passwd; is .result refused
order 1 quarantine $STATE/actor/journal; is .result refused
ln -s /usr/bin /srv/app/way
order 1 quarantine /srv/app/way/env
mkdir -p /srv/other; mount -t tmpfs none /srv/other; echo y >/srv/other/y
order 1 quarantine /srv/other/y
order 2 quarantine relative/path
order 2 quarantine /srv/app/../x
check "nothing of that was moved" [ -x /usr/bin/bash -a -x /usr/bin/env -a -e /srv/other/y ]
