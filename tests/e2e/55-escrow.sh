#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A breach on a device of a fleet: the new secret travels sealed, only the escrow key opens it, and it works.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast; syslog_start; sshd_start
guard_conf <<-EOF
	[response]
	trust_logs = yes
	[rule.brute_force]
	count = 20
	[rule.breach]
	count = 2
	steps = ban reset logout
EOF
fleet_start

for i in 1 2; do try attacker1 backup wrong$i & done
wait_for 10 "two failures" has_lines $LOG "Failed password for backup" 2
try attacker1 backup $BACKUP_PASSWORD
has_reset() { has_receipt '.verb == "reset" and .result == "done" and .verified'; }
wait_for 5 "the receipt of the reset" has_reset
incident=$(receipts | jq -r 'select(.verb == "reset") | .incident')
desk incident show "$incident"

openssl ecparam -name prime256v1 -genkey -noout -out /tmp/other_key.pem
desk credential open --key /tmp/other_key.pem "$incident" >/tmp/secret 2>/tmp/said
is_code not-0 "another key does not open it"
check "and shows nothing" [ ! -s /tmp/secret ]
secret=$(desk credential open --key $ESCROW_KEY "$incident")
check "the escrow key opens it" [ -n "$secret" ]
check "from standard input as well" [ "$(desk credential open --key - "$incident" <$ESCROW_KEY)" = "$secret" ]
desk incident show "$incident" --json | desk credential open --key - - >/tmp/secret 2>/tmp/said
is_code 2 "but not together with the receipt"
check "which it says" grep -q 'cannot both come from standard input' /tmp/said
check "as JSON too" [ "$(desk credential open --key $ESCROW_KEY --json "$incident" |
	jq -r '.account + " " + .secret')" = "backup $secret" ]
check "the new secret logs in" try operator backup "$secret"
try operator backup $BACKUP_PASSWORD
check "the old one does not" [ $? = 5 ]
check_not "the secret is nowhere on the device" grep -rqF -- "$secret" $STATE /run/caltrop /var/log
check_not "nor at the service" grep -rqaF -- "$secret" $SERVICE
