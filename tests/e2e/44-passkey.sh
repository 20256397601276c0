#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Passkeys in a real browser with a virtual authenticator (tests/console/passkey.mjs), and on the command line.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/browser.sh"
[ "${WORLD_INSIDE-}" ] || browser_fetch passkey
world_enter "$@"
cast
FACTOR=yes
service_start; desk_login
desk factor list >/tmp/said 2>&1; is_code 0 "somebody without a factor may look"
check "and has no passkeys" has_line /tmp/said 'You have no passkeys'

browser_home
on fleet env HOME=/tmp/home NAME=admin PASSWORD="$(cat /tmp/second)" \
	node "$TOP/tests/console/passkey.mjs" https://localhost:8444 /tmp/shots "$MODULES" >/tmp/walk 2>&1; rc=$?
cat /tmp/walk
browser_shots
[ $rc = 0 ] || fail "the browser's walk ended with $rc"

sed -n 's/^recovery //p' /tmp/walk >/tmp/recovery
login()	# [CODE]
{
	echo "${1-}" >/tmp/code
	desk login --server https://localhost:8444 --ca $SERVICE/ca.pem --user admin \
		--password-file /tmp/second ${1:+--code-file /tmp/code} >/tmp/said 2>&1 </dev/null
}
login; is_code 5 "the password alone lets nobody in any more"
check "and where to use the passkey is said" has_line /tmp/said 'name a file with the code with --code-file'
login "$(sed -n 2p /tmp/recovery)"; is_code 0 "a recovery code does"
desk factor list --json >/tmp/passkeys 2>/tmp/said; is_code 0 "the command line knows the passkeys"
check "by their names" [ "$(jq -r '[.items[].name] | join(" ")' /tmp/passkeys)" = "laptop blue-key" ]
check "and says which was used" [ "$(jq -r '.items[1].used' /tmp/passkeys)" != null ]
desk factor delete "$(jq -r '.items[0].id' /tmp/passkeys)" >/tmp/said 2>&1; is_code 0 "a lost one is removed"
check "and gone" [ "$(desk factor list --json | jq -r '[.items[].name] | join(" ")')" = blue-key ]
desk factor delete 0123456789abcdef >/tmp/said 2>&1; is_code 4 "there is no other of that id"
desk audit list --limit 0 --json >/tmp/audit
check "the audit log says what was added, used and removed" [ "$(jq -r '[.items[] | select(.status < 300) |
	select(.action == "passkey.add" or .action == "passkey.remove") | .action + " " + .detail] | unique | join(", ")' \
	/tmp/audit)" = "passkey.add blue-key, passkey.add laptop, passkey.remove laptop" ]
check "and who came by which" [ -n "$(jq -r '.items[] | select(.action == "session.begin") | .detail' /tmp/audit |
	grep -x 'admin by passkey blue-key')" ]
check "a copied authenticator is told of" [ -n "$(jq -r '.items[] | select(.action == "session.begin" and .status == 401) | .detail' \
	/tmp/audit | grep 'whose counter went back')" ]
