#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The authority that signs certificates is changed, as after the theft of its key: the fleet stays the same one, no
# device is shut out, and in the end the old authority vouches for nobody.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast; syslog_start
guard_conf </dev/null
fleet_start

trusts()
{
	on device caltrop local health --json |
		jq -e ".counters[] | select(.name == \"trust_version\").value == $1" >/dev/null
}
authority() { on fleet caltrop-server authority "$@" --dir $SERVICE >/tmp/said 2>&1; }
signed_by() { openssl verify -CAfile "$1" $STATE/identity/cert.pem >/tmp/said 2>&1; }
desk_again()
{
	desk login --server https://localhost:8444 --ca "$1" --user admin --password-file /tmp/second >/tmp/said 2>&1
}
cp $SERVICE/ca.pem /tmp/old_ca.pem
was=$(desk device list --json | jq -r '.items[0].id')

authority use; is_code 1 "nothing is changed under a service that runs"
check "which is said" has_line /tmp/said 'another caltrop-server serves this fleet'
stop server
authority use; is_code 1 "there is no next authority"
check "which is said" has_line /tmp/said 'no next authority; .caltrop-server authority new. makes one'
service_start
authority new; is_code 0 "the next authority is made"
authority new; is_code 1 "and only once"
check "which is said" has_line /tmp/said 'next_ca.*exists'
check "its key is the service's alone" [ "$(stat -c '%a %U' $SERVICE/next_ca_key.pem)" = "$(stat -c '%a %U' $SERVICE/ca_key.pem)" ]
desk trust ca $SERVICE/next_ca.pem >/tmp/said 2>&1; is_code 2 "devices accept it by the root key's word only"
stop server
authority use; is_code 1 "it is not used before devices accept it"
check "what to do is said" has_line /tmp/said "devices don't accept it yet: caltrop trust ca"
service_start
wait_for 60 "the device is connected" linked
desk trust ca $SERVICE/next_ca.pem --root-key $ROOT_KEY >/tmp/said 2>&1; is_code 0 "the root key has it accepted"
desk trust ca $SERVICE/next_ca.pem --root-key $ROOT_KEY >/tmp/said 2>&1; is_code 7 "it is accepted already"
desk trust ca $SERVICE/server.conf --root-key $ROOT_KEY >/tmp/said 2>&1; is_code 1 "a file that is no certificate is named"
wait_for 10 "the device has the bundle" trusts 2
# The desk knows who has it and who is still away: nobody has to ask the devices.
desk_says() { desk device list --trust "$1" --json | jq -e "[.items[] | [.trust_version, .trust_behind]] == $2" >/dev/null; }
wait_for 30 "the desk sees that it has it" desk_says current '[[2, false]]'
check "and that nobody is behind" desk_says behind '[]'
desk device list >/tmp/said; check "the list shows it" has_line /tmp/said ' enforce +2 +[0-9]+$'

# A device that is away gets no bundle.
stop guard
desk key create /root/late.pem >/dev/null
desk key trust /root/late.pem.pub --name late --root-key $ROOT_KEY >/tmp/said 2>&1; is_code 0 "the bundle changes once more"
check "the desk sees who is behind" desk_says behind '[[2, true]]'
desk device list >/tmp/said; check "which is marked" has_line /tmp/said ' 2 behind +[0-9]+$'
desk device show "$was" >/tmp/said; check "there as well" has_line /tmp/said '^trust bundle +2 behind$'
guard_start
wait_for 60 "the desk sees when it has caught up" desk_says current '[[3, false]]'

stop server
cp $SERVICE/next_ca.pem /tmp/new_ca.pem
authority use; is_code 0 "the next authority is put in use"
check_not "and is the next no more" ls $SERVICE/next_ca.pem
service_start
desk device list >/tmp/said 2>&1; is_code 6 "an operator who knows the old authority only is not misled"
check "and logs in with the new one" desk_again /tmp/new_ca.pem
wait_for 60 "the device is connected, with the certificate that it had" linked
check "which the old authority signed" signed_by /tmp/old_ca.pem
ok "the device is connected, with the certificate that it had"
check "it is the same device" [ "$(desk device list --json | jq -r '.items[0].id')" = "$was" ]
order 0 ban 198.51.100.50
check "and obeys" banned 198.51.100.50
enroll() { on device caltrop enroll -c $CONF --token-file /tmp/token "$@" >/tmp/said 2>&1; }
desk token create >/tmp/token
enroll --again; is_code 0 "by its old key it gets a certificate of the new authority"
check "and has it" signed_by /tmp/new_ca.pem
wait_for 60 "it is connected with that" linked
check "it is the same device still" [ "$(desk device list --json | jq -r '.items[0].id')" = "$was" ]

desk trust ca /tmp/old_ca.pem --remove --root-key $ROOT_KEY >/tmp/said 2>&1; is_code 0 "the old authority is taken away"
desk trust ca /tmp/old_ca.pem --remove --root-key $ROOT_KEY >/tmp/said 2>&1; is_code 4 "it is gone"
desk trust ca /tmp/new_ca.pem --remove --root-key $ROOT_KEY >/tmp/said 2>&1; is_code 7 "the last one stays"
wait_for 10 "the device knows" trusts 4
stop server; service_start
wait_for 60 "the device is connected" linked
ok "the device is connected by the new authority alone"

# Secrets are sealed to another key from now on.
desk key create /root/escrow_2.pem >/dev/null
desk trust escrow /root/escrow_2.pem.pub --root-key $ROOT_KEY --json >/tmp/said 2>&1; is_code 0 "another escrow key"
desk trust show --json >/tmp/shown
check "it is in the bundle" [ "$(jq -r .escrow /tmp/shown)" != null ]
wait_for 10 "the device knows" trusts 5
desk trust escrow none --root-key $ROOT_KEY --json >/tmp/said 2>&1; is_code 0 "or to none"
check "it is gone from the bundle" [ "$(desk trust show --json | jq -r .escrow)" = null ]
