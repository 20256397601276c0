#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A captured core changes, drops, repeats and forges receipts: the service does not believe it and opens an incident.

. "$(dirname "$0")/../lib.sh"
needs_helper relay_core
world_enter "$@"
cast; log_new
echo true >/tmp/relay; command -v caltrop-core >/tmp/relay.core; chmod 644 /tmp/relay*
printf '[guard]\ncore = %s\n' "$relay_core" | guard_conf
fleet_start

# order MODE VERB TARGET: push it while the core does that to receipts; its id is in /tmp/id.
order()
{
	echo $1 >/tmp/relay; shift
	desk order push "$@" --device device --json | jq -r .id >/tmp/id
}
receipts() { desk order show "$(cat /tmp/id)" --json | jq -r ".receipts[] | $1"; }
proofs() { receipts '.proof' | sort | tr '\n' ' '; }
proven() { [ "$(proofs)" = "$1" ]; }
alarms() { desk incident list --json | jq "[.items[] | select(.rule == \"receipt_chain\" and .state == \"open\")] | $1"; }
# Checked at the desk, by the key that was seen first: no word of the service counts.
verify() { desk receipt verify --device device "$@"; }
verified() { local want=$1; shift; verify "$@" >/tmp/verify 2>/tmp/verify.err; [ $? = $want ]; }
unproven() { verify --json 2>/dev/null | jq -e --arg why "$1" '.devices[0].receipts[] | select(.proof == "unproven" and (.proof_why | test($why)))' >/dev/null; }
evidence() { alarms '.[0].evidence[]' 2>/dev/null | grep -q "$1"; }

order true ban 198.51.100.50 --for 1h
wait_for 10 "the receipt of an honest core is proven" proven "proven "
check "  and order show says so" eval 'desk order show $(cat /tmp/id) | grep -q "done, verified, proven"'
check "  with the key of the device" eval 'desk device show device | grep -q "^receipt key"'
check "  and no incident" [ "$(alarms length)" = 0 ]
check "  nor does the desk find fault with it" verified 0
check "  and it pins the key: $(cat /tmp/verify.err)" grep -q "seen for the first time" /tmp/verify.err
check "  once" eval 'verified 0 && [ ! -s /tmp/verify.err ]'
on device cat $STATE/actor/receipt.key | openssl pkey -inform DER -pubout >/tmp/receipt.pem
check "  which is the device's" verified 0 --key /tmp/receipt.pem
openssl ecparam -name prime256v1 -genkey -noout | openssl pkey -pubout >/tmp/stranger.pem
verify --key /tmp/stranger.pem 2>/tmp/verify.err; status=$?
check "  another key is refused by name: $(cat /tmp/verify.err)" eval '[ $status = 7 ] && grep -q "receipt key changed" /tmp/verify.err'
on device setpriv --reuid caltrop --clear-groups cat $STATE/actor/receipt.key >/dev/null 2>&1
check "the core's user cannot read the key" [ $? != 0 ]

order change kill 999999
wait_for 10 "a failure told as done is unproven" proven "unproven "
check "  and says: $(receipts .result), $(receipts .proof_why)" [ "$(receipts .result)" = done ]
wait_for 10 "  it is an incident" evidence "signed another one"
check "  of high severity" [ "$(alarms '.[0].severity' | tr -d '"')" = high ]

check "  the desk sees it too" unproven "signed something else"
check "  and says so by its status" verified 1

order drop kill 999999
wait_for 10 "a dropped receipt is seen" evidence "missing"
check "  and none is told" [ -z "$(proofs)" ]

order again ban 198.51.100.51
wait_for 10 "a receipt that comes twice counts once" proven "proven "
check_not "  and is no incident" evidence "in the place of another"
order twin ban 198.51.100.52
wait_for 10 "another receipt in the same place is seen" evidence "in the place of another"
wait_for 10 "  and the true one is proven, beside it" proven "proven unproven "

order forge unban 198.51.100.51
wait_for 10 "a forged reset of root is seen" evidence "not in the actor's chain"
wait_for 10 "  and the true receipt is proven" proven "proven "

check "the desk sees what was dropped" unproven "was made and is missing"
check "  the twin" unproven "place belongs to another"
check "  the forged one" unproven "not in the chain"
check "all in one incident" [ "$(alarms length)" = 1 ]

# After restarts of the guard and of the machine's boot the chain goes on.
stop guard; echo true >/tmp/relay; guard_start
wait_for 20 "the device is connected" linked
order true unban 198.51.100.50
wait_for 10 "after a restart the chain goes on" proven "proven "
