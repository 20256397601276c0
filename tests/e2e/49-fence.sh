#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A captured service stays behind its fence: it reads nobody's files, writes nowhere else, calls nobody, starts nothing.
# What it needs goes on inside: its own certificate and the API's are renewed, whole directories of them are replaced.

. "$(dirname "$0")/lib.sh"
needs_helper captured_server
world_enter "$@"
cast
said() { has_line /var/log/world/server "$1"; }
fences() { sed -n 's/^Seccomp:\s*//p' /proc/$PID_server/task/*/status | sort -u; }
# captured [VARIABLE=VALUE]: the service, taken over as captured_server.c says.
captured()
{
	: >/var/log/world/server
	start server on fleet env "$@" LD_PRELOAD=$captured_server caltrop-server run --dir $SERVICE
}

service_start
check "all threads of the service are filtered" [ "$(fences)" = 2 ]
check "it reads from nobody" [ "$(readlink /proc/$PID_server/fd/0)" = /dev/null ]
desk_login
stop server

captured
wait_for 20 "a captured service has tried everything" said 'captured: fork'
for what in connect unix executable signal fork; do check_not "$what: it cannot" said "captured: $what: done"; done
if said 'no Landlock'; then
	ok "this kernel has no Landlock, which is said"
else
	for what in read write listen; do check "$what: it is refused" said "captured: $what: Permission denied"; done
fi
check "and the service serves on" desk device list --json
stop server
for how in exec type ptrace; do
	captured CAPTURED_LAST=$how
	wait_for 20 "a captured service tries to $how" said "captured: last: $how"
	wait $PID_server; ended=$?
	check "which ends it by SIGSYS" [ $ended = 159 ]
	check_not "without an outcome" said "captured: $how: "
done

# The API's certificate is elsewhere, behind links, as certbot and others leave it; it is renewed while the service runs.
printf '[req]\ndistinguished_name = name\n[name]\n' >/tmp/req
certificate()	# DIRECTORY NAME
{
	mkdir -p $1
	openssl req -x509 -config /tmp/req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN=$2 -keyout $1/key.pem \
		-out $1/cert.pem 2>/dev/null || fail "no certificate"
	chown -R caltrop-server: $1
}
shows() { on fleet openssl s_client -connect localhost:8444 </dev/null 2>/dev/null | grep -qE "subject=CN ?= ?$1"; }
certificate /srv/certs/one first
ln -s one /srv/certs/current
sed -i '/^\(certificate\|key\) *=/d; s|^\[api\]|[api]\ncertificate = /srv/certs/current/cert.pem\nkey = /srv/certs/current/key.pem|' $SERVICE/server.conf
: >/var/log/world/server
service_start
check "the API shows the certificate of its settings" shows first
certificate /srv/certs/two second
ln -sfn two /srv/certs/current
wait_for 10 "a new directory of certificates is used" shows second
ok "a new directory of certificates is used"
rm $SERVICE/server.pem
kill -HUP $PID_server
wait_for 10 "its own certificate is renewed" said "the service's certificate was renewed"
ok "its own certificate is renewed"
on fleet caltrop-server backup --dir $SERVICE --to /srv/copy.db >/tmp/said 2>&1
is_code 0 "the store is copied while the service runs"
