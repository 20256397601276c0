#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Keys that never leave a token: SoftHSM, through PKCS #11. The token makes them, the fleet trusts them, devices obey
# them; the root key may be in one too.

PEERS_NAME=peers-pkcs11 PEERS_MORE="softhsm2"
. "$(dirname "$0")/lib.sh"
world_enter "$@"
command -v softhsm2-util >/dev/null || skip "needs softhsm2"
cast; syslog_start
guard_conf </dev/null
fleet_start

module=$(find /usr/lib -name libsofthsm2.so | head -n 1)
export SOFTHSM2_CONF=/tmp/softhsm2.conf
mkdir -p /tmp/tokens /root
echo "directories.tokendir = /tmp/tokens" >$SOFTHSM2_CONF
for label in desk vault; do
	softhsm2-util --module "$module" --init-token --free --label $label --so-pin 12345678 --pin 4711 >/tmp/said 2>&1 ||
		fail "no token: $(cat /tmp/said)"
done
echo 4711 >/root/pin; echo 1234 >/root/wrong_pin; chmod 600 /root/pin /root/wrong_pin
key() { echo "pkcs11:token=$1;object=$2?module-path=$module&pin-source=${3-/root/pin}"; }
key_create() { desk key create "$@" >/tmp/said 2>&1; }
trusts()
{
	on device caltrop local health --json |
		jq -e ".counters[] | select(.name == \"trust_version\").value == $1" >/dev/null
}

key_create "$(key desk ada)"; is_code 0 "the token makes a key"
check "and says its id" has_line /tmp/said '^[0-9a-f]{16}$'
id=$(cat /tmp/said)
key_create "$(key desk ada)"; is_code 7 "not twice of one name"
key_create "$(key desk ada /root/wrong_pin)"; is_code 1 "a wrong PIN is said"
check "as such" has_line /tmp/said "the PIN is wrong"
key_create "$(key attic ada)"; is_code not-0 "so is a token that is not there"
key_create "pkcs11:object=ada?module-path=$module&pin-source=/root/pin"; is_code 2 "a URI that two tokens fit"
key_create "pkcs11:token=desk;object=ada?pin-value=4711"; is_code 2 "a PIN on the command line"
key_create "pkcs11:token=desk;object=ada?module-path=/no/such.so"; is_code 1 "a module that is not there"
key_create \
	"pkcs11:token=desk;object=ada?module-path=$(find /usr/lib -name libc.so.6 | head -n 1)"; is_code 1 "a library that is no module"
key_create "pkcs11:token=desk;object=%zz"; is_code 2 "a bad escape"

desk order push ban 198.51.100.50 --device device --order-key "$(key desk ada)" >/tmp/said 2>&1
is_code 5 "before the key is trusted nothing is done with it"
desk key trust "$(key desk ada)" --name ada --root-key $ROOT_KEY >/tmp/said 2>&1; is_code 0 "it is trusted"
check "by the id that the token's key has" has_line /tmp/said "$id"
wait_for 10 "the device knows" trusts 2
order 0 ban 198.51.100.50 --order-key "$(key desk ada)"
check "the device obeys the token's key" banned 198.51.100.50
desk order push unban 198.51.100.50 --device device --order-key "$(key desk bo)" >/tmp/said 2>&1
is_code not-0 "a key that the token does not have signs nothing"

# Two signatures of two tokens.
key_create "$(key vault night)"; is_code 0 "the other token makes a key"
desk key trust "$(key vault night)" --name night --root-key "$(key desk ada)" >/tmp/said 2>&1
is_code 1 "a token's key that is no root key changes nothing"
desk key trust "$(key vault night)" --name night --root-key $ROOT_KEY >/tmp/said 2>&1
desk trust require ban 2 --root-key $ROOT_KEY >/tmp/said 2>&1; is_code 0 "a ban needs two from now on"
wait_for 10 "the device knows" trusts 4
order 7 ban 198.51.100.51 --order-key "$(key desk ada)"
order 0 ban 198.51.100.51 --order-key "$(key desk ada)" --order-key "$(key vault night)"
check "two tokens have signed" banned 198.51.100.51

# A root key too: of a fleet that had no bundle yet, and makes its first.
key_create "$(key vault root)"; is_code 0 "a token makes a key that is to be a root key"
stop guard; stop server; rm $SERVICE/trust.bundle $STATE/trust/bundle
service_start; guard_start
wait_for 30 "the device is connected" linked
root=$(key vault root)
desk trust create --root-key "$root" --order-key $SERVICE/order_key.pem >/tmp/said 2>&1
is_code 0 "the first bundle is signed by the token's root key"
wait_for 10 "the device has pinned it" trusts 1
desk key trust "$(key desk ada)" --name ada --root-key "$(key vault root /root/wrong_pin)" >/tmp/said 2>&1
is_code not-0 "not without its PIN"
desk key trust "$(key desk ada)" --name ada --root-key "$(key desk ada)" >/tmp/said 2>&1
is_code not-0 "nor by another key of a token"
desk key trust "$(key desk ada)" --name ada --root-key "$root" --out /tmp/next.bundle >/tmp/said 2>&1
is_code 0 "the next one too"
desk trust show /tmp/next.bundle --json >/tmp/shown
check "which says that it has signed" [ "$(jq -c '[.roots[].signed]' /tmp/shown)" = '[true]' ]
desk trust push /tmp/next.bundle >/tmp/said 2>&1; is_code 0 "the service takes it"
wait_for 10 "the device takes it" trusts 2
order 0 ban 198.51.100.57 --order-key "$(key desk ada)"

desk credential open --key "$(key desk ada)" --sealed AAAA >/tmp/said 2>&1
is_code 2 "what a token can't do is said"
