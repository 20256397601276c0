#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Whom devices trust changes: order keys come and go by the root key's word, at once on a device that is connected, at
# the next contact on one that slept. Nobody else's word counts, the service's least of all.

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
key_trust() { desk key trust "$@" --root-key $ROOT_KEY >/tmp/said 2>&1; }
refused() { health_says "a trust bundle was refused: .*$1"; }

check "the root key is not with the service" [ -z "$(find $SERVICE -name 'root*')" ]
check "nor is the escrow key" [ ! -e $SERVICE/escrow_key.pem ]
wait_for 10 "the first bundle came with the enrolment" trusts 1
cp $SERVICE/trust.bundle /tmp/first.bundle

# A key is added and used.
desk key create /root/ada.pem >/tmp/said 2>&1; is_code 0 "a key is made"
check "for its owner only" [ "$(stat -c %a /root/ada.pem)" = 600 ]
desk order push ban 198.51.100.50 --device device --order-key /root/ada.pem >/tmp/said 2>&1
is_code 5 "before it is trusted nothing is done with it"
desk key trust /root/ada.pem.pub --name ada >/tmp/said 2>&1; is_code 2 "nor is it trusted without a root key"
desk key trust /root/ada.pem.pub --name ada --root-key $SERVICE/order_key.pem >/tmp/said 2>&1
is_code 1 "another key is none"
key_trust /root/ada.pem --name ada; is_code 2 "its private half is not what is trusted"
check "which is said" has_line /tmp/said 'ada.pem is a private key.*ada.pem.pub'
key_trust /root/ada.pem.pub --name ada --objects; is_code 2 "what would be passed over is refused"
desk trust require ban 2 --root-key $ROOT_KEY >/tmp/said 2>&1; is_code 7 "nobody has two signatures of one key"
check "which is said" has_line /tmp/said 'no order with ban.*2 signatures, and 1 of the order keys'
key_trust /root/ada.pem.pub --name ada; is_code 0 "the root key has it trusted"
check "nobody is warned" [ "$(grep -c warning /tmp/said)" = 0 ]
wait_for 10 "the connected device knows" trusts 2
order 0 ban 198.51.100.50 --order-key /root/ada.pem
check "and obeys" banned 198.51.100.50

# A key that may sign two verbs signs no third.
desk key create /root/night.pem >/dev/null
key_trust /root/night.pem.pub --name night --verbs ban,unban; is_code 0 "a key for two verbs"
wait_for 10 "the device knows" trusts 3
order 0 unban 198.51.100.50 --order-key /root/night.pem
order 5 logout operator --order-key /root/night.pem
check "which says why" has_line /tmp/said "does not let"
desk trust require ban 2 --root-key $ROOT_KEY >/tmp/said 2>&1; is_code 0 "a ban needs two from now on"
wait_for 10 "the device knows" trusts 4
order 0 ban 198.51.100.51 --order-key /root/ada.pem --order-key /root/night.pem

# An order that one desk signs waits for the other: its bytes are read there and signed, and nobody gets it before.
order 7 ban 198.51.100.54 --order-key /root/ada.pem
held=$(jq -r .id /tmp/order)
check "one signature is not enough, and what to do is said" has_line /tmp/said "caltrop order sign $held"
state() { desk order show "$held" --json | jq -r '.targets[0].state'; }
check "the order waits" [ "$(state)" = needs_approval ]
stop guard; guard_start; wait_for 10 "the device is connected" linked
check "a device that comes does not get it" [ "$(state)" = needs_approval ]
check "and nobody is banned" not_banned 198.51.100.54
desk order sign "$held" >/tmp/said 2>&1; is_code 0 "what would be signed is shown"
check "by what the bytes say" has_line /tmp/said 'order: +ban 198.51.100.54'
desk order sign "$held" --order-key /root/ada.pem >/tmp/said 2>&1; is_code 7 "the same key does not sign twice"
desk key create /root/stranger.pem >/dev/null
desk order sign "$held" --order-key /root/stranger.pem >/tmp/said 2>&1; is_code 5 "nor does a stranger's"
desk order sign "$held" --order-key /root/night.pem --wait >/tmp/said 2>&1; is_code 0 "a second key does, and the order goes out"
check "he is banned" banned 198.51.100.54
desk order sign "$held" --order-key /root/night.pem >/tmp/said 2>&1; is_code 7 "once"
# Keys that browsers keep are not enough by themselves.
key_trust /root/ada.pem.pub --name ada --browser; is_code 0 "a browser keeps the first key"
key_trust /root/night.pem.pub --name night --verbs ban,unban --browser; is_code 0 "and the second"
check "which the list says" [ "$(desk key list | grep -c 'in a browser')" = 2 ]
desk order push ban 198.51.100.56 --device device --order-key /root/ada.pem --order-key /root/night.pem \
	--json >/tmp/browsers 2>/tmp/said; is_code 7 "two of them wait for one that no browser keeps"
desk key create /root/third.pem >/dev/null
key_trust /root/third.pem.pub --name third; is_code 0 "there is one"
desk order sign "$(jq -r .id /tmp/browsers)" --order-key /root/third.pem --wait >/tmp/said 2>&1
is_code 0 "with its signature the order goes out"
check "and is done" banned 198.51.100.56
key_trust /root/ada.pem.pub --name ada; key_trust /root/night.pem.pub --name night --verbs ban,unban
desk key revoke third --root-key $ROOT_KEY >/dev/null 2>&1 || fail "the third key stays"
order 7 ban 198.51.100.55
check "the service's own signature is one" has_line /tmp/said 'it has 1 of 2 signatures'
desk order cancel "$(jq -r .id /tmp/order)" >/tmp/said 2>&1; is_code 0 "an order that waits is taken back"
desk order sign "$(jq -r .id /tmp/order)" --order-key /root/ada.pem >/tmp/said 2>&1; is_code 7 "and signed no more"
desk trust show --out /tmp/two.bundle >/dev/null
desk key revoke night --from /tmp/two.bundle --out /tmp/one.bundle --root-key $ROOT_KEY >/tmp/said 2>&1; is_code 0 "a stolen key can be revoked"
desk key revoke ada --from /tmp/one.bundle --out /tmp/none.bundle --root-key $ROOT_KEY >/tmp/said 2>&1; is_code 0 "and another"
check "with a warning where too few are left" has_line /tmp/said 'an order with ban needs 2 signatures, and 1 order key may sign'
desk trust require ban 1 --root-key $ROOT_KEY >/tmp/said 2>&1

# A key is retired: the service's own.
desk key revoke service --root-key $ROOT_KEY >/tmp/said 2>&1; is_code 0 "the service's key is retired"
wait_for 10 "the connected device knows" trusts 12
desk order push ban 198.51.100.52 --device device >/tmp/said 2>&1; is_code 5 "the service does not sign with it"
echo '{}' >/tmp/rates.json
desk object offer /tmp/rates.json --device device >/tmp/said 2>&1; is_code 5 "nor a file"
check "and says what to do" has_line /tmp/said 'trusted no longer: use caltrop object offer --order-key'
cp $SERVICE/trust.bundle /tmp/now.bundle
cp /tmp/first.bundle $SERVICE/trust.bundle
order 1 ban 198.51.100.52
check "its key is not trusted" grep -q "key that this device trusts" /tmp/order
check "a service that does all the same is not obeyed" not_banned 198.51.100.52

# A service that tries to have its way.
kill -HUP $PID_server
wait_for 10 "an older bundle is refused" refused "version 1, and version 12 is in force"
ok "an older bundle is refused, and health says so"
forge() { cp "$1" $SERVICE/trust.bundle; kill -HUP $PID_server; }
on fleet caltrop-server init --dir /srv/other --name other.example >/dev/null 2>&1
forge /srv/other/trust.bundle
wait_for 10 "another fleet's is refused" refused "another fleet"
ok "another fleet's bundle is refused"
cp /tmp/now.bundle $SERVICE/trust.bundle
desk key trust /root/night.pem.pub --name night --root-key $ROOT_KEY --out /tmp/next.bundle >/dev/null
len=$((16#$(head -c 2 /tmp/next.bundle | od -An -tx1 | tr -d ' \n')))
bare() { head -c $((2 + len)) /tmp/next.bundle; printf '\0'; }
bare >/tmp/forged.bundle
for key in order_key ca_key server_key; do
	desk trust sign /tmp/forged.bundle --root-key $SERVICE/$key.pem >/dev/null 2>&1
done
forge /tmp/forged.bundle
wait_for 10 "one by the service's own keys is refused" refused "signed by 0 root keys"
ok "a bundle signed by the service's own keys is refused"
cp /tmp/now.bundle $SERVICE/trust.bundle
desk trust push /tmp/forged.bundle >/tmp/said 2>&1; is_code not-0 "and an honest service does not take it"
cp /tmp/next.bundle /tmp/forged.bundle
printf 'X' | dd of=/tmp/forged.bundle bs=1 seek=100 conv=notrunc 2>/dev/null
forge /tmp/forged.bundle
cp /tmp/now.bundle $SERVICE/trust.bundle; kill -HUP $PID_server
check "the one in force stays in force" trusts 12

# A device that slept.
stop guard
wait_for 10 "the device sleeps" not_linked
desk key create /root/bob.pem >/dev/null
key_trust /root/bob.pem.pub --name bob; is_code 0 "a key is added while the device sleeps"
check "the refusals did not use up its number" desk key revoke ada --root-key $ROOT_KEY
desk order push ban 198.51.100.53 --device device --order-key /root/bob.pem >/tmp/said 2>&1
is_code 0 "and an order by it waits"
guard_start
wait_for 30 "the order is done at the next contact" banned 198.51.100.53
ok "a device that slept trusts the new key at its next contact"
check "it has the newest bundle" trusts 14
check_not "and no complaint" refused .
desk order push ban 198.51.100.54 --device device --order-key /root/ada.pem >/tmp/said 2>&1
is_code 5 "the retired key is worth nothing"

# All order keys are lost. Nobody can order anything, until the root key says so.
for name in bob night; do desk key revoke $name --root-key $ROOT_KEY >/dev/null 2>&1 || fail "revoke $name"; done
wait_for 10 "the device obeys nobody" trusts 16
desk key create /root/eve.pem >/dev/null
key_trust /root/eve.pem.pub --name eve; is_code 0 "the root key alone names a new one"
wait_for 10 "the device knows" trusts 17
order 0 ban 198.51.100.55 --order-key /root/eve.pem
check "and obeys again" banned 198.51.100.55

# A fleet made before there were bundles: the order key vouches for the root key, once.
stop guard; stop server
rm $SERVICE/trust.bundle $STATE/trust/bundle
service_start; guard_start
wait_for 30 "the device is connected" linked
order 0 ban 198.51.100.56
desk key create /root/root2.pem >/dev/null; desk key create /root/root3.pem >/dev/null
desk trust create --root-key /root/root2.pem --order-key /root/eve.pem >/tmp/said 2>&1
is_code not-0 "a key that is not trusted vouches for nobody"
desk trust create --root-key /root/root2.pem --order-key $SERVICE/order_key.pem >/tmp/said 2>&1
is_code 0 "an order key vouches for the root key"
wait_for 10 "the device has pinned it" trusts 1
stop server; mv $SERVICE/trust.bundle /tmp/pinned.bundle; service_start
desk trust create --root-key /root/root3.pem --order-key $SERVICE/order_key.pem >/tmp/said 2>&1
is_code 0 "a stolen service makes another one"
wait_for 30 "the device is connected" linked
kill -HUP $PID_server
wait_for 10 "which is refused" refused "version 1 is in force"
ok "but the order key vouches only once"
