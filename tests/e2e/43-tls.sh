#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# TLS with others than ourselves: OpenSSL as client of the gateway and of the API, and as server for the guard and for
# the operator's command line. TLS 1.2 and 1.3 are offered together; only AEAD suites are agreed on.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast
fleet_start
ID=$STATE/identity

# shakes WHAT PORT OPTION...: an OpenSSL client and the gateway agree; the session is in /tmp/tls.
client() { on device openssl s_client -connect $FLEET:$1 -CAfile $SERVICE/ca.pem -verify_return_error "${@:2}" \
	</dev/null >/tmp/tls 2>&1; }
shakes() { check "$1" client "${@:2}"; check "  with AEAD" has_line /tmp/tls 'Cipher is .*(GCM|CHACHA20)'; }
mine="-cert $ID/cert.pem -key $ID/key.pem -alpn caltrop/1 -servername fleet.example"
shakes "the gateway takes OpenSSL, which offers TLS 1.2 and 1.3" 8443 $mine
shakes "and one that offers TLS 1.2 only" 8443 $mine -tls1_2
for suite in ECDHE-ECDSA-AES128-GCM-SHA256 ECDHE-ECDSA-AES256-GCM-SHA384 ECDHE-ECDSA-CHACHA20-POLY1305; do
	shakes "and one that offers $suite only" 8443 $mine -tls1_2 -cipher $suite
done
for suite in ECDHE-ECDSA-AES128-SHA256 ECDHE-ECDSA-AES128-SHA ECDHE-ECDSA-AES256-SHA384; do
	check_not "but not $suite, which is CBC" client 8443 $mine -tls1_2 -cipher $suite@SECLEVEL=0
done

api() { on fleet openssl s_client -connect localhost:8444 -CAfile $SERVICE/ca.pem -verify_return_error "$@" \
	</dev/null >/tmp/tls 2>&1; }
check "the API takes OpenSSL, which offers TLS 1.2 and 1.3" api
check "  with AEAD" has_line /tmp/tls 'Cipher is .*(GCM|CHACHA20)'
check_not "but no CBC" api -tls1_2 -cipher ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES256-SHA:ECDHE-ECDSA-AES128-SHA

# Another name of the service: its certificate is made anew when it is told to look.
shows() { on fleet openssl s_client -connect localhost:8443 </dev/null 2>/dev/null | openssl x509 -noout -ext subjectAltName | grep -q "$1"; }
cert() { on fleet caltrop-server cert "$@" --dir $SERVICE >/tmp/said 2>&1; }
cert check --dry-run; is_code 0 "the certificates are good"
check "which is said" has_line /tmp/said '^server.pem: good for devices$'
sed -i 's/^names = .*/& second.example/' $SERVICE/server.conf
cert check --dry-run; is_code 0 "a changed name is seen"
check "and what it means" has_line /tmp/said '^server.pem: it is for other names; the service makes it anew'
kill -HUP "$PID_server"
wait_for 10 "devices are shown the new name" shows second.example
ok "devices are shown the new name"
check "and the old one" shows fleet.example

# A certificate of the API from somewhere else, as certbot brings it.
mkdir -p /tmp/live
printf '[req]\ndistinguished_name = none\n[none]\n' >/tmp/req
openssl ecparam -genkey -name prime256v1 -noout -out /tmp/live/privkey.pem
issue() { openssl req -new -x509 -config /tmp/req -key /tmp/live/privkey.pem -subj /CN=desk.example -days $1 -out /tmp/live/fullchain.pem; }
check "another authority issues one" issue 30
sed "s|@sbindir@|$(dirname "$(command -v caltrop-server)")|" "$TOP/ports/linux/certbot-deploy-hook.in" >/tmp/hook
hook() { RENEWED_LINEAGE=/tmp/live CALTROP_FLEET=$SERVICE on fleet sh /tmp/hook >/tmp/said 2>&1; }
hook; is_code 78 "it does not take the place of what devices know"
check "and what to set is said" has_line /tmp/said 'certificate = api.pem and key = api_key.pem'
sed -i 's/^\[api\]$/&\ncertificate = api.pem\nkey = api_key.pem/' $SERVICE/server.conf
grep -q '^certificate = api.pem' $SERVICE/server.conf || printf '[api]\ncertificate = api.pem\nkey = api_key.pem\n' >>$SERVICE/server.conf
cert install --dry-run --certificate /tmp/live/fullchain.pem --key /tmp/live/privkey.pem; is_code 0 "it would be taken"
check_not "and is not yet" test -e $SERVICE/api.pem
cert install --certificate /tmp/live/fullchain.pem --key $SERVICE/server_key.pem; is_code 1 "with another key it would not be"
check "which is said" has_line /tmp/said 'server_key.pem: the private key does not belong to the certificate'
check_not "and nothing is changed" test -e $SERVICE/api.pem
hook; is_code 0 "certbot's hook installs it"
check "for the service alone to read" [ "$(stat -c '%a %U' $SERVICE/api_key.pem)" = "$(stat -c '%a %U' $SERVICE/server_key.pem)" ]
stop server; service_start
api_shows() { on fleet openssl s_client -connect localhost:8444 </dev/null 2>/dev/null | openssl x509 -noout -fingerprint; }
is_shown() { [ "$(api_shows)" = "$(openssl x509 -noout -fingerprint -in /tmp/live/fullchain.pem)" ]; }
check "operators are shown it" is_shown
issue 60
hook; is_code 0 "and again"
wait_for 30 "the next one is shown without a restart" is_shown
ok "the next one is shown without a restart"

# The other way: our ends meet an OpenSSL server that has the service's name and certificate.
stop server
serve()
{
	start openssl on fleet openssl s_server -accept $1 -cert $SERVICE/server.pem -key $SERVICE/server_key.pem \
		-cert_chain $SERVICE/ca.pem -CAfile $SERVICE/ca.pem -rev "${@:2}"
	wait_for 5 "openssl listens" listens fleet $1
}
agreed() { has_line /var/log/world/openssl '^Ciphersuite: .*(GCM|CHACHA20)'; }
serve 8443 -Verify 2 -alpn caltrop/1
wait_for 90 "the guard agrees with OpenSSL's server" agreed
check "and shows its certificate" has_line /var/log/world/openssl '^Peer certificate: CN ?= ?[0-9a-f]{32}'
stop openssl; : >/var/log/world/openssl
serve 8444
timeout 5 on fleet caltrop device list >/tmp/said 2>&1
is_code not-0 "OpenSSL's server is no service to the command line"
check "but TLS agrees" agreed
