#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Joining a fleet, and the link: who may not join, what a broken link costs (nothing), and that a
# revoked device is out at once.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast; log_new
guard_conf <<-EOF
	[rule.brute_force]
	count = 5
EOF
service_start; desk_login; guard_start

# enrolls_not CODE WHAT OPTION...: the token in /tmp/token does not get the device in.
enrolls_not()
{
	local code=$1 what=$2; shift 2
	timeout 20 on device caltrop enroll -c $CONF --token-file /tmp/token "$@" >/tmp/said 2>&1
	is_code "$code" "$what does not get in"
}
desk token create >/tmp/good
sed 's/\(.*\)./\1A/; t; s/$/A/' /tmp/good | rev | sed 's/^\(.\{8\}\)\(.\)/\1_/' | rev >/tmp/token
cmp -s /tmp/good /tmp/token && fail "the wrong token is the right one"
timeout 20 on device caltrop enroll -c $CONF --token-file /tmp/token >/tmp/said 2>&1
is_code not-0 "a damaged token does not get in"
desk token create --ttl 1s >/tmp/token; sleep 1.1
enrolls_not 5 "an expired token"
desk token create >/tmp/token
desk token revoke "$(desk token list --json | jq -r '.items | sort_by(.created) | last | .id')" >/dev/null
enrolls_not 5 "a revoked token"
desk token revoke zzz >/tmp/said 2>&1; is_code 2 "what is no token cannot be revoked"
check "which is said" has_line /tmp/said 'zzz is not the id of a token: ids are hex digits'

# Somebody else's service with the right name does not get a device.
host mallory 203.0.113.66
on fleet caltrop-server init --dir /srv/mallory --name fleet.example >/dev/null 2>&1
start mallory on mallory caltrop-server run --dir /srv/mallory
wait_for 10 "the other service" listens mallory 8443
cp /tmp/good /tmp/token
timeout 20 on device caltrop enroll -c $CONF --server 203.0.113.66:8443 --token-file /tmp/token >/tmp/said 2>&1
is_code not-0 "a service of another authority gets no token"
check "and has no device" [ ! -e $STATE/identity/cert.pem ]

on device caltrop enroll -c $CONF --token-file /tmp/token >/tmp/said 2>&1
is_code 0 "the good token gets in"
wait_for 10 "the device is connected" linked
desk device list
enrolls_not 7 "a device that is in"
on device caltrop enroll -c $CONF --again --token-file /tmp/token >/tmp/said 2>&1
is_code 5 "a token for one does not get a second in"

# A renewed certificate that the service does not accept: it hangs up once the handshake is over.
stop guard
openssl ecparam -genkey -name prime256v1 -noout -out $STATE/identity/next_key.pem
printf '[req]\ndistinguished_name = none\n[none]\n' >/tmp/req
openssl req -new -x509 -config /tmp/req -key $STATE/identity/next_key.pem -subj /CN=nobody -days 9 \
	-out $STATE/identity/next_cert.pem || fail "openssl makes no certificate"
chown --reference=$STATE/identity/key.pem $STATE/identity/next_*.pem
wait_for 10 "the device is away" not_linked
guard_start
wait_for 30 "the device is connected with its old certificate" linked
check "the service refused the renewed one" has_line /var/log/world/server "certificate is not of this fleet"
ok "a renewed certificate that is refused does not lock a device out"

# Events while the service is killed again and again: each is there once.
for round in 1 2 3 4 5 6; do
	for i in {1..40}; do log_failure 198.51.100.$((round * 20 + i % 20)) "user$i"; sleep 0.00$((RANDOM % 10)); done
	stop server KILL; service_start
done
log_failure 198.51.100.250 last
wait_for 60 "the device is connected again" linked
last_event() { desk event list --kind auth --user last --json | jq -e '.items | length > 0'; }
wait_for 30 "the last event" last_event
desk event list --limit 0 --json | jq -c '.items[]' | tee $OUT/events >/tmp/events
check "no record is there twice" [ -z "$(jq -r '[.device, .seq] | @text' /tmp/events | sort | uniq -d)" ]
seqs=$(jq -r .seq /tmp/events | sort -n)
check "and none is missing" [ "$(echo "$seqs" | wc -l)" = $(($(echo "$seqs" | tail -n 1) - $(echo "$seqs" | head -n 1) + 1)) ]
tries=$(jq 'select(.auth.outcome == "failure").auth.count' /tmp/events | jq -s add)
check "241 tries are 241 tries ($tries)" [ "$tries" = 241 ]

# The service away: the guard goes on, and tells later.
stop server
for i in 1 2 3 4 5; do log_failure 198.51.100.251; done
wait_for 5 "a ban without a service" banned 198.51.100.251
service_start
has_late_ban() { has_receipt '.verb == "ban" and .addr == "198.51.100.251" and .verified'; }
wait_for 60 "its receipt" has_late_ban
ok "without a service it bans, and its receipt comes later"

desk device rename device gateway-7 >/tmp/said 2>&1; is_code 0 "a device gets another name"
check "by which it is found" [ "$(desk device show gateway-7 --json | jq -r .state)" = approved ]
desk device rename device other >/tmp/said 2>&1; is_code 4 "and by the old one no more"
desk device rename gateway-7 'a b' >/tmp/said 2>&1; is_code not-0 "a name that is not plain is refused"
check "which is said" has_line /tmp/said "A device's name is of letters"
first=$(desk device show gateway-7 --json | jq -r '.id[0:6]')
desk device rename gateway-7 "$first" >/tmp/said 2>&1; is_code 0 "the first digits of its own id are no other device's"
desk device rename "$first" device >/tmp/said 2>&1; is_code 0 "and it gets its name back"

# What the desk sees of how a device is set: its mode, settings, what it was built with, and how old its logs are.
desk device show device >/tmp/said
for line in 'mode +enforce' 'settings +[0-9a-f]{64}' 'features +.*[a-z]' "source +$LOG, (newest line .* ago|no line since the guard started)"; do
	check "the desk sees: $(grep -m 1 -oE "^$line" /tmp/said | cut -c 1-60)" has_line /tmp/said "^$line"
done

desk device label device site=lab spare >/tmp/said 2>&1; is_code 0 "a device gets labels"
check "by which it is found" [ "$(desk device list --label spare --json | jq -c '[.items[].labels]')" = '[["site=lab","spare"]]' ]
desk device list --label lab >/tmp/said 2>&1; check "and by no part of one" has_line /tmp/said 'There are no such devices'
desk device delete device >/tmp/said 2>&1; is_code 7 "a device in use is not deleted"
check "which is said" has_line /tmp/said 'revoke it first: caltrop device revoke device'

desk device revoke device >/dev/null
closed() { [ -z "$(on device ss -Htn state established dport = :8443)" ]; }
wait_for 3 "its connection is closed" closed
check "a revoked device is out at once" not_linked
wait_for 30 "health says it" health_says 'revoked|refuse'
for i in 1 2 3 4 5; do log_failure 198.51.100.252; done
wait_for 5 "a revoked guard still bans" banned 198.51.100.252
ok "and guards on by itself"

desk device delete device >/tmp/said 2>&1; is_code 0 "now it can be deleted"
check "and is seen no more" [ "$(desk device list --json | jq '.items | length')" = 0 ]
desk device show device >/tmp/said 2>&1; is_code 4 "nor found"
stop guard; guard_start
wait_for 30 "it stays out, revoked" health_says 'revoked|refuse'
ok "it stays out, revoked"
