# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# For scripts with an OpenID provider: npm's oidc-provider in tests/sso/provider.mjs, whose versions are locked.

SSO_MODULES=$BUILD/sso-test	# a world has the build folder
AT=https://fleet.example:8444 ISSUER=https://idp.example:9443

sso_fetch()	# outside of the world
{
	local p
	for p in node npm openssl curl; do command -v $p >/dev/null || skip "needs the program $p"; done
	mkdir -p "$SSO_MODULES"
	cp "$TOP"/tests/sso/package*.json "$SSO_MODULES"
	# Another script may fetch it at the same time.
	{ flock 8; [ -d "$SSO_MODULES/node_modules/oidc-provider" ] ||
		(cd "$SSO_MODULES" && npm ci --ignore-scripts --no-audit --no-fund) >"$SSO_MODULES/log" 2>&1; } 8>"$SSO_MODULES/lock" ||
		skip "npm cannot fetch oidc-provider: $(tail -n 1 "$SSO_MODULES/log")"
}

# totp SECRET: what the app shows now.
totp()
{
	python3 - "$1" <<'END'
import base64, hashlib, hmac, struct, sys, time
mac = hmac.new(base64.b32decode(sys.argv[1]), struct.pack('>Q', int(time.time()) // 30), hashlib.sha1).digest()
print('%06d' % ((struct.unpack('>I', mac[mac[-1] & 15:][:4])[0] & 0x7fffffff) % 1000000))
END
}

provider_start()
{
	rm -f /tmp/provider_ready
	start provider on operator node "$TOP/tests/sso/provider.mjs" $ISSUER /srv/far/far.pem /srv/far/far.key $AT/sso/return "$SSO_MODULES"
	wait_for 20 "the provider listens" [ -e /tmp/provider_ready ]
}

# sso_conf [LINE]...: the whole of [sso], as the last section.
sso_conf()
{
	sed -i '/^\[sso\]$/,$d' $SERVICE/server.conf
	{ printf '[sso]\nissuer = %s\nca = /srv/far/ca.pem\n' $ISSUER; printf '%s\n' "$@"; } >>$SERVICE/server.conf
}

# sso_start: provider and service, which know each other; the admin is logged in.
sso_start()
{
	mkdir -p /srv/far; cd /srv/far || exit 1
	printf '[req]\ndistinguished_name = dn\n[dn]\n' >conf
	echo subjectAltName=DNS:idp.example >ext
	local new="openssl req -config conf -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
	{ $new -keyout ca.key -x509 -out ca.pem -days 2 -subj /CN=authority -addext basicConstraints=critical,CA:TRUE &&
		$new -keyout far.key -out far.csr -subj /CN=idp.example &&
		openssl x509 -req -in far.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out far.pem -extfile ext; } >/tmp/said 2>&1 ||
		fail "no certificate: $(cat /tmp/said)"
	chmod a+r ./*
	echo "$OPERATOR idp.example" >>/etc/hosts
	provider_start
	service_start; stop server
	printf 'a secret: 100%%\n' >$SERVICE/sso_secret; chmod 600 $SERVICE/sso_secret; chown --reference=$SERVICE $SERVICE/sso_secret
	printf '[api]\nlisten = 0.0.0.0:8444\n' >>$SERVICE/server.conf
	sso_conf 'name = Example' 'client_id = caltrop' 'client_secret_file = sso_secret' 'admin = fleet admins' \
		'responder = nobody; soc' 'viewer = all' 'trusted_amr = mfa; hwk'
	service_start; desk_login
	cat $SERVICE/ca.pem /srv/far/ca.pem >/tmp/both.pem
}
