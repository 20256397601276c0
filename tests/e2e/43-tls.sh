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
check "and shows its certificate" has_line /var/log/world/openssl '^Peer certificate: CN = [0-9a-f]{32}'
stop openssl; : >/var/log/world/openssl
serve 8444
timeout 5 on fleet caltrop device list >/tmp/said 2>&1
is_code not-0 "OpenSSL's server is no service to the command line"
check "but TLS agrees" agreed
