#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Devices that join by the certificates which their manufacturer gave them, made by openssl: nobody is there at the first
# boot, and whoever shows another certificate, or one that is used, is refused for what is wrong with it, on both ends.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/../factory/factory.sh"
command -v openssl >/dev/null || skip "needs the program openssl"
world_enter "$@"
cast; log_new
guard_conf <<-EOF
	[rule.brute_force]
	count = 5
EOF
service_start; desk_login

# --- the manufacturer ---------------------------------------------------------------------------

mkdir -p /tmp/acme; cd /tmp/acme || exit 1
{
	factory_ca root '/O=Acme/CN=Acme root'
	factory_ca other '/O=Other/CN=Other root'
	factory_ca middle '/O=Acme/CN=Acme middle' root 'basicConstraints = critical, CA:TRUE, pathlen:0' \
		'keyUsage = critical, keyCertSign'
	factory_device d1 '/O=Acme/CN=gate/serialNumber=SN-0001' root
	factory_device d2 '/O=Acme/serialNumber=SN-0002' middle; cat middle.pem >>d2.pem
	factory_key d3 rsa:2048; factory_device d3 '/O=Acme/serialNumber=SN-0003' root
	factory_device unknown '/O=Acme/serialNumber=SN-9999' root
	factory_device foreign '/O=Other/serialNumber=SN-0001' other
	factory_key weak rsa:1024; factory_device weak '/O=Acme/serialNumber=SN-0001' root
	factory_device nameless '/O=Acme/CN=nameless' root
	factory_ca nobody '/O=Acme/CN=nobody' root 'keyUsage = critical, digitalSignature'
	factory_device by_nobody '/O=Acme/serialNumber=SN-0001' nobody; cat nobody.pem >>by_nobody.pem
	factory_ca deep '/O=Acme/CN=deep' middle
	factory_device long '/O=Acme/serialNumber=SN-0001' deep; cat deep.pem middle.pem >>long.pem
	FACTORY_TO=20210101000000Z; factory_device expired '/O=Acme/serialNumber=SN-0001' root
	FACTORY_TO=99991231235959Z
	cat d1.pem other.pem other.pem other.pem other.pem >many.pem; cp d1.key many.key
} || fail "openssl makes no certificates"
check "a certificate of a factory has no end" [ "$(openssl x509 -noout -enddate -in d1.pem)" = "notAfter=Dec 31 23:59:59 9999 GMT" ]

factory() { desk factory "$@" >/tmp/out 2>/tmp/said; }
factory add acme --ca d1.pem; is_code 2 "a device's certificate is no manufacturer's"
check "which is said" has_line /tmp/said "is no CA's"
factory add acme --ca weak.key; is_code 2 "nor is a key"
factory add acme; is_code 2 "nor nothing"
factory add acme --ca root.pem --require-expected --open; is_code 2 "who is unexpected is refused or let in, not both"
factory add acme --ca root.pem --group gates --require-expected; is_code 0 "a manufacturer is named"
check "and told of" has_line /tmp/out 'O=Acme, CN=Acme root.*are refused'
factory add acme --ca root.pem; is_code 7 "once"
factory list; check "it is listed" has_line /tmp/out '^acme +gates +refuse +O=Acme'
factory show acme; check "with its CA" has_line /tmp/out 'BEGIN CERTIFICATE'
factory card; is_code 0 "the fleet has a card"; cp /tmp/out /tmp/card

printf 'name,group,labels,serial\ngate-1,gates,site=lab,SN-0001\ngate-2,gates,,SN-0002\ngate-3,gates,,SN-0003\n' >/tmp/gates.csv
desk device import /tmp/gates.csv >/tmp/out 2>/tmp/said; is_code 0 "its serial numbers are imported"
check "no token is made for them" grep -Eq '^gate-1,[0-9a-f]{32},$' /tmp/out
printf 'name,serial\ngate-4,SN-0001\n' >/tmp/twice.csv
desk device import /tmp/twice.csv >/tmp/out 2>/tmp/said; is_code 2 "a number is one device's"
check "which is said" has_line /tmp/said 'the device gate-1 has the serial number SN-0001 already'
ok "a manufacturer and its numbers are known"

# --- the first boot: nobody is there, and the service is not yet ----------------------------------

stop server
guard_start
start enroll on device caltrop enroll -c $CONF --card /tmp/card --factory-cert d1.pem --factory-key d1.key --wait
wait_for 10 "the service cannot be reached" has_line /var/log/world/enroll 'cannot reach the service'
service_start
wait_for 40 "the device joins by itself" test -e $STATE/trust/device_id
id=$(desk device show gate-1 --json | jq -r .id)
check "as the one that was expected" [ "$(cat $STATE/trust/device_id)" = "$id" ]
is_in() { desk device show gate-1 --json | jq -e 'select(.connected and .state == "approved")'; }
wait_for 10 "it is connected" is_in
check "it knows its group" grep -qx gates $STATE/trust/group
desk device show gate-1 >/tmp/out
check "its page has its number" has_line /tmp/out '^serial +SN-0001'
check "and its manufacturer" has_line /tmp/out '^factory +acme'
for i in 1 2 3 4 5; do log_failure $ATTACKER1; done
wait_for 10 "it bans" banned $ATTACKER1
wait_for 10 "and its receipt arrives" has_receipt '.verb == "ban"'
audited() { desk audit list --json | jq -e --arg d "$1" '.items[] | select(.action == "device.enroll" and (.detail | test($d)))'; }
check "the audit log has how it joined" audited 'gate-1 as it was expected; factory acme, serial SN-0001'
ok "a device joins at its first boot by its factory certificate"

# --- who does not ---------------------------------------------------------------------------------

# refused CERTIFICATE TEXT: it gets nobody in, and both ends say why.
show() { timeout 30 on device caltrop enroll -c $CONF --new --card /tmp/card --factory-cert $1.pem --factory-key $1.key >/tmp/said 2>&1; }
refused()
{
	show "$1"; is_code 5 "$1 does not get in"
	check "  the device is told" has_line /tmp/said "the service refused: .*$2"
	check "  the service says so" has_line /var/log/world/server "may not join: .*$2"
}
refused unknown 'its serial number is not expected here'
refused foreign 'of no manufacturer that is named here'
refused weak 'weaker than RSA 2048'
refused nameless 'no serial number'
refused by_nobody "a certificate that is no CA's"
refused long 'more CAs above it'
refused expired 'has expired'
refused many 'chain of factory certificates is too long'
refused d1 'a device with its serial number is enrolled already'
check "the audit log has who was refused" audited 'refused: factory acme, serial SN-9999'
check_not "but no stranger" audited 'no manufacturer'
refusals() { on fleet curl -s --cacert $SERVICE/ca.pem https://localhost:8444/metrics | sed -n 's/^caltrop_enrol_refused_total //p'; }
check "they are counted" [ "$(refusals)" = 9 ]
check "the device is what it was" [ "$(cat $STATE/trust/device_id)" = "$id" ]
check "and there are no others" [ "$(desk device list --json | jq '.items | length')" = 3 ]

# The certificate lets a device join, and opens nothing else.
before=$(grep -c 'its certificate is not of this fleet' /var/log/world/server)
on device openssl s_client -connect $FLEET:8443 -CAfile $SERVICE/ca.pem -cert d1.pem -key d1.key -alpn caltrop/1 \
	-servername fleet.example </dev/null >/tmp/tls 2>&1
more() { [ "$(grep -c 'its certificate is not of this fleet' /var/log/world/server)" -gt "$before" ]; }
wait_for 10 "it does not open the link" more
ok "a factory certificate is good for joining alone"

# What is wrong is said before anything is sent.
wrong() { on device caltrop enroll -c $CONF --new "$@" >/tmp/said 2>&1; }
wrong --card /tmp/card --factory-cert d1.pem; is_code 2 "a certificate goes with its key"
wrong --card /tmp/card --factory-cert d1.pem --factory-key d1.key --token-file /tmp/card; is_code 2 "and without a token"
wrong --card /tmp/card --factory-cert d1.pem --factory-key d2.key; is_code 1 "with no other key"
cp d1.key open.key; chmod 0644 open.key
wrong --card /tmp/card --factory-cert d1.pem --factory-key open.key; is_code 1 "a key that all may read is refused"
check "which is said" has_line /tmp/said 'chmod 0400'
desk token create >/tmp/token
wrong --card /tmp/token --factory-cert d1.pem --factory-key d1.key; is_code 1 "a token is no card"
wrong --token-file /tmp/card; is_code 1 "and a card no token"
host mallory 203.0.113.66
on fleet caltrop-server init --dir /srv/mallory --name fleet.example >/dev/null 2>&1
start mallory on mallory caltrop-server run --dir /srv/mallory
wait_for 10 "the other service" listens mallory 8443
wrong --card /tmp/card --factory-cert d2.pem --factory-key d2.key --server 203.0.113.66:8443
is_code not-0 "a service of another authority gets no device"
stop mallory
ok "mistakes are said at the device"

# --- a device that comes back ---------------------------------------------------------------------

desk device expect gate-1 >/tmp/out 2>/tmp/said; is_code 7 "who is connected is not expected"
on device caltrop enroll -c $CONF --again --card /tmp/card --factory-cert d1.pem --factory-key d1.key >/tmp/said 2>&1
is_code 0 "with its old key it enrols again"
check "as the device that it is" [ "$(cat $STATE/trust/device_id)" = "$id" ]
stop guard; rm -rf $STATE; mkdir -p $STATE
is_away() { desk device show gate-1 --json | jq -e 'select(.connected | not)'; }
wait_for 10 "it is away" is_away
show d1; is_code 5 "a device that was reset is not let in by itself"
desk device expect gate-1 >/tmp/out 2>/tmp/said; is_code 0 "an operator expects it"
show d1; is_code 0 "then it is"
check "as the device that it was" [ "$(cat $STATE/trust/device_id)" = "$id" ]
show d1; is_code 5 "once"
desk device revoke gate-1 >/tmp/out 2>&1 || fail "it cannot be revoked"
refused d1 'was revoked'
desk device expect gate-1 >/tmp/out 2>/tmp/said; is_code 0 "an operator lets a revoked one in again"
show d1; is_code 0 "and it is in"
guard_start; wait_for 30 "it is connected" is_in
ok "a serial number is good once, and again when an operator says so"

# --- chains, other keys, and those whom nobody expects --------------------------------------------

stop guard; rm -rf $STATE; mkdir -p $STATE
show d2; is_code 0 "a certificate below a CA of the manufacturer's is good"
show d3; is_code 0 "and one with an RSA key"
desk factory remove acme >/tmp/out 2>&1 || fail "it cannot be removed"
refused d2 'of no manufacturer that is named here'
factory add acme --ca root.pem --group fresh; is_code 0 "now those that nobody expects wait"
show unknown; is_code 7 "the one that nobody expects waits for approval"
check "under its number" eval "desk device list --state pending --json | jq -e '.items[] | select(.name == \"SN-9999\" and .group == \"fresh\")' >/dev/null"
desk device approve SN-9999 >/tmp/out 2>&1 || fail "it cannot be approved"
show unknown; is_code 0 "and joins when it is approved"
desk factory remove acme >/tmp/out 2>&1; factory add acme --ca middle.pem --open; is_code 0 "a CA below the root can be the one that is named"
factory_device d5 '/O=Acme/CN=d5/serialNumber=PID:X1 SN:5' middle; cat middle.pem >>d5.pem
show d5; is_code 0 "an open one lets all its devices in"
refused unknown 'of no manufacturer that is named here'
ok "the manufacturer's row says what becomes of the others"
