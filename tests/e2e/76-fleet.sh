#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fleet as code: a folder says what a group of two guards is to be; a plan tells what is not so, an apply makes it so in
# waves, stops where a guard refuses or goes back, and goes on where it stopped; an export says the same as the folder.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast; log_new
caltrop fleet plan --help >/dev/null 2>&1 || skip "this build has no CLI_DESIRED"

OWN="trust_logs = yes
confirm_time = 12s
mode = observe
[rule.breach]
enabled = no
steps = logout"
guard_conf <<<"$OWN
[auth]
files = $LOG"
fleet_start --group gates

# The second one has a network of its own; it shares the disk.
TWO=/etc/caltrop/two.conf
printf '%s\n' "[guard]" "state_dir = /var/lib/two" "run_dir = /run/two" "[rules]" "enabled = no" "[auth]" \
	"files = /var/log/two.log" "[response]" "$OWN" >$TWO
install -m 640 -g adm /dev/null /var/log/two.log
two_ready() { on operator caltrop local status -c $TWO; }
two_start() { start two on operator caltropd -c $TWO; wait_for 10 "the second guard answers" two_ready; }
two_start
desk token create --group gates >/tmp/token
on operator caltrop enroll -c $TWO --token-file /tmp/token >/tmp/said 2>&1 || fail "the second one: $(tail -n 1 /tmp/said)"
both() { [ "$(desk device list --json | jq '[.items[] | select(.connected)] | length')" = 2 ]; }
wait_for 10 "both are connected" both

mkdir -p /tmp/fleet/playbooks
cp $TOP/ports/linux/playbooks/port_scanner.yml /tmp/fleet/playbooks/
folder()
{
	cat >/tmp/fleet/gates.yml
}
plan() { desk fleet plan /tmp/fleet "$@" >/tmp/plan 2>/tmp/said; }
apply() { desk fleet apply /tmp/fleet --timeout 60s "$@" >/tmp/applied 2>/tmp/said; }
status_of() { on "$1" caltrop local status -c "$2"; }

# Mistakes have a file and a line, and nothing is asked of the service.
folder <<<"mode: enforced"
plan; is_code 1 "a mistake in the folder"
check "has its place" grep -q '^/tmp/fleet/gates.yml:1:7: .*neither observe nor enforce' /tmp/said
folder <<<"playbooks: [playbooks/none.yml]"
plan; is_code 1 "a file that is not there"
check "is named by who names it" grep -q '^/tmp/fleet/gates.yml:1:13: names playbooks/none.yml' /tmp/said

folder <<EOF2
mode: enforce
never_ban: [203.0.113.0/24]
settings:
  rule.brute_force:
    count: 2
playbooks: [playbooks/port_scanner.yml]
waves: [1, 100%]
EOF2
plan; is_code 3 "what both lack"
check "is told for each device" [ "$(grep -cE ' (settings|playbook) .* missing' /tmp/plan)" = 4 ]
check "with each setting" grep -q '+ \[rule.brute_force\] count = 2' /tmp/plan
check_not "nothing was changed" grep -q enforce <(status_of device $CONF)
apply; is_code 0 "an apply makes it so"
check "in two waves" grep -q 'wave 2 of 2: settings tuning goes to 1 device' /tmp/applied
plan; is_code 0 "nothing is left to do"
apply; is_code 0 "a second apply"
check_not "sends nothing" grep -q 'goes to' /tmp/applied
enforces() { status_of "$1" "$2" | grep -q enforce; }
check "both enforce" eval "enforces device $CONF && enforces operator $TWO"
check "both have the playbook" [ -s $STATE/objects/playbook/port_scanner -a -s /var/lib/two/objects/playbook/port_scanner ]
for i in 1 2; do log_failure 198.51.100.9; log_failure 203.0.113.9; done
wait_for 10 "two failures are enough now" banned 198.51.100.9
check "but for what is never banned" not_banned 203.0.113.9

# What is written and what is read back say the same.
desk fleet export /tmp/out/ >/tmp/said 2>&1; is_code 0 "an export"
check "names its file" grep -qx /tmp/out/gates.yml /tmp/said
mv /tmp/out/gates.yml /tmp/out/gates.yaml
desk fleet plan /tmp/out >/tmp/plan 2>/tmp/said; is_code 0 "by which nothing is to do"
mv /tmp/out/gates.yaml /tmp/out/gates.yml
desk fleet export /tmp/out >/tmp/said 2>&1; is_code 1 "no file of it is replaced"

# A group that is spelt otherwise than that of the devices has none, and a plan of it is not well.
mv /tmp/fleet/gates.yml /tmp/fleet/gats.yml
plan; is_code 3 "a group without devices"
check "is told" grep -q 'gats: no approved device is in this group' /tmp/said
plan --json; check "and named" [ "$(jq -r '.empty[]' /tmp/plan)" = gats ]
apply; is_code 3 "an apply does nothing"
mv /tmp/fleet/gats.yml /tmp/fleet/gates.yml
plan; is_code 0 "all is as it was"

# A restart of both changes nothing.
stop guard; stop two; guard_start; two_start; wait_for 10 "both are back" both
check "both still enforce" eval "enforces device $CONF && enforces operator $TWO"

# A device refuses what is its own to say; nobody behind it gets anything.
cp /tmp/fleet/gates.yml /tmp/good.yml
folder <<EOF2
mode: observe
settings: {rule.breach: {enabled: yes}}
waves: [1, 100%]
EOF2
apply; is_code 1 "settings that a device refuses stop the apply"
check "which says why" grep -q 'refused: .*only switched off from afar' /tmp/said
plan --json; is_code 3 "and is told of"
check "one has refused" [ "$(jq '[.items[] | select(.state == "refused")] | length' /tmp/plan)" = 1 ]
check "the other one has got nothing" [ "$(jq '[.items[] | select(.state == "differs")] | length' /tmp/plan)" = 1 ]
check "both still enforce" eval "enforces device $CONF && enforces operator $TWO"

# A guard that does not hear its service with new settings goes back to those before.
sed 's/count: 2/count: 3/; /^waves/d' /tmp/good.yml >/tmp/fleet/gates.yml
trial() { grep -hq "are on trial" /var/log/world/guard /var/log/world/two; }
truncate -s 0 /var/log/world/guard /var/log/world/two
apply --timeout 90s & APPLY=$!
until_true 30 trial; stop server KILL
gone_back() { grep -hq "was not heard with them in time" /var/log/world/guard /var/log/world/two; }
wait_for 40 "a guard that does not hear the service goes back" gone_back
wait $APPLY
service_start; wait_for 60 "both are back" both
told() { plan --json; jq -e '[.items[] | select(.state == "taken back")] | length == 1' /tmp/plan; }
wait_for 30 "the plan says so" told
check "both still enforce" eval "enforces device $CONF && enforces operator $TWO"

# Run again, signed by an operator, it goes on; what the folder lists no more goes.
sed -n '/BEGIN/,$p' $SERVICE/order_key.pem >/tmp/order_key.pem
sed -i 's/^playbooks:.*/playbooks: []/' /tmp/fleet/gates.yml
apply --order-key /tmp/order_key.pem; is_code 0 "an apply that goes on"
plan; is_code 0 "all is as wanted"
listed() { on device caltrop local playbooks -c $CONF | grep -q port_scanner; }
check_not "the playbook is gone" listed

# Who is away gets it later.
stop two; wait_for 10 "one is away" eval '! both'
sed -i 's/count: 3/count: 4/; s/^playbooks.*/&\nwaves: [100%]/' /tmp/fleet/gates.yml
apply; is_code 3 "done but for one that is away"
two_start; wait_for 10 "both are back" both
wait_for 60 "which gets it when it is connected" plan
