#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# An admin needs a second factor before anything else, logs in with its codes, each once, and is let in again without it.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast
FACTOR=yes
service_start; desk_login

# code STEPS: what the app with the secret in /tmp/secret shows, that many steps of 30 s from now.
code()
{
	python3 - "$1" <<'END'
import base64, hashlib, hmac, struct, sys, time
mac = hmac.new(base64.b32decode(open('/tmp/secret').read().strip()),
               struct.pack('>Q', int(time.time()) // 30 + int(sys.argv[1])), hashlib.sha1).digest()
print('%06d' % ((struct.unpack('>I', mac[mac[-1] & 15:][:4])[0] & 0x7fffffff) % 1000000))
END
}
login()	# [CODE]
{
	echo "${1-}" >/tmp/code
	desk login --context again --server https://localhost:8444 --ca $SERVICE/ca.pem --user admin \
		--password-file /tmp/second ${1:+--code-file /tmp/code} >/tmp/said 2>&1 </dev/null
}

check "a first login says what comes next" has_line /tmp/login 'caltrop factor enrol'
desk device list >/tmp/said 2>&1; is_code 5 "an admin does nothing without a second factor"
check "which is said" has_line /tmp/said 'your role needs a second factor first'
# On a terminal the secret is a QR code, too, if the library that makes these is there. Nobody types the code here.
if command -v script >/dev/null; then
	TERM=xterm LC_ALL=C.UTF-8 on fleet script -qec 'stty cols 120; caltrop factor enrol' /tmp/shown </dev/null >/tmp/said 2>&1
	tr -d '\r' </tmp/shown >/tmp/terminal
	check "on a terminal the secret is shown" has_line /tmp/terminal '^otpauth://totp/'
	if python3 -c 'import ctypes; ctypes.CDLL("libqrencode.so.4")' 2>/dev/null; then
		check "as a QR code" [ $(grep -c $'\e\[30;107m.*\e\[0m$' /tmp/terminal) -ge 15 ]
		# Not awk: some count bytes.
		check "of lines of one length" [ "$(python3 -c 'print(len({len(l) for l in open("/tmp/terminal", encoding="utf-8") if "\x1b[30;107m" in l}))')" = 1 ]
	else
		check "and what is missing for a QR code is said" has_line /tmp/terminal 'With libqrencode 4 installed here'
	fi
	TERM=dumb LC_ALL=C.UTF-8 on fleet script -qec 'caltrop factor enrol' /tmp/shown </dev/null >/tmp/said 2>&1
	check_not "a terminal that shows no colours gets none" grep -q $'\e\[30;107m' /tmp/shown
fi
desk factor enrol >/tmp/enrol 2>/tmp/said </dev/null; is_code 0 "and sets one up"
check_not "where no terminal is, nothing is drawn" grep -q $'\e' /tmp/enrol
sed -n 2p /tmp/enrol >/tmp/secret
check "by a URI that apps read" has_line /tmp/enrol "^otpauth://totp/Caltrop:admin%40fleet.example\?secret=$(cat /tmp/secret)&issuer=Caltrop$"
echo 000000 >/tmp/code
desk factor confirm --code-file /tmp/code >/tmp/said 2>&1; is_code 5 "a wrong code puts nothing in force"
code 0 >/tmp/code
desk factor confirm --code-file /tmp/code >/tmp/recovery 2>/tmp/said; is_code 0 "its first code does"
check "and gives ten recovery codes" has_lines /tmp/recovery '^([a-z2-7]{4}-){3}[a-z2-7]{4}$' 10
desk device list >/tmp/said 2>&1; is_code 0 "now the admin works"

login; is_code 5 "the password alone lets nobody in"
check "and what is missing is said" has_line /tmp/said 'name a file with the code with --code-file'
login "$(code 0)"; is_code 5 "the code that was used is worth nothing"
login "$(code 1)"; is_code 0 "the next one lets in"
login "$(head -n 1 /tmp/recovery)"; is_code 0 "and so does a recovery code"
login "$(head -n 1 /tmp/recovery)"; is_code 5 "once"
desk session create ci --scope "device.list event.*" >/tmp/token 2>/tmp/said; is_code 0 "a program gets an API token"
desk login --context ci --server https://localhost:8444 --ca $SERVICE/ca.pem --token-file /tmp/token >/tmp/said 2>&1
is_code 0 "which needs no code"
desk device list --context ci >/tmp/said 2>&1; is_code 0 "it does what it is for"
desk incident list --context ci >/tmp/said 2>&1; is_code 5 "and nothing else"
desk user list --context ci >/tmp/said 2>&1; is_code 5 "above all what only people do"
desk audit list --limit 0 --json >/tmp/audit
check "the audit log names it" [ -n "$(jq -r '.items[] | select(.action == "incident.list" and .status == 403) | .detail' /tmp/audit | grep -F '[API token ci]')" ]
check "the audit log has it" [ -n "$(jq -r '.items[] | select(.action == "factor.confirm" and .status == 200) | .user' /tmp/audit)" ]
check_not "and neither secret nor codes" grep -qF -f /tmp/recovery -f /tmp/secret -f /tmp/token /tmp/audit

# The store has the secret sealed; the key is a file beside it, which goes with a backup as a file of its own.
python3 -c "import base64, sys; sys.exit(base64.b32decode(open('/tmp/secret').read().strip()) in open('$SERVICE/caltrop.db', 'rb').read() + open('$SERVICE/caltrop.db-wal', 'rb').read())"
check "the store does not have the secret as it is" [ $? = 0 ]
check "its key is for its owner alone" [ "$(stat -c %a $SERVICE/factor_key.pem)" = 600 ]
on fleet caltrop-server backup --dir $SERVICE --to /tmp/copy.db >/tmp/said 2>&1; is_code 0 "a backup is made"
check "with the key beside it" cmp -s /tmp/copy.db.factor_key.pem $SERVICE/factor_key.pem
check "for its owner alone" [ "$(stat -c %a /tmp/copy.db.factor_key.pem)" = 600 ]
stop server; rm $SERVICE/factor_key.pem; service_start
check "a key that is gone is told of" has_line /var/log/world/server 'factor_key.pem was gone.*apps of 1 operators'
login "$(code 0)"; is_code not-0 "and the app lets nobody in"
check "which is said" has_line /tmp/said 'cannot be opened.*admin reset'
login "$(sed -n 2p /tmp/recovery)"; is_code 0 "a recovery code does"
stop server
on fleet caltrop-server restore --dir $SERVICE --from /tmp/copy.db >/tmp/said 2>&1; is_code 0 "the backup is put back"
check "and its key" cmp -s /tmp/copy.db.factor_key.pem $SERVICE/factor_key.pem
service_start
login "$(sed -n 3p /tmp/recovery)"; is_code 0 "what it knows counts"

on fleet caltrop-server admin reset --dir $SERVICE --user admin >/tmp/init 2>&1
is_code 0 "on the machine itself the lost app is reset"
echo a-newer-password-for-the-admin >/tmp/newer
grep -oiP 'password:?\s+\K\S+' /tmp/init | head -n 1 >/tmp/first
desk login --server https://localhost:8444 --ca $SERVICE/ca.pem --user admin --password-file /tmp/first \
	--new-password-file /tmp/newer >/tmp/login 2>&1
is_code 0 "and the admin is let in without a code"
desk device list >/tmp/said 2>&1; is_code 5 "to set up another one"
desk device list --context ci >/tmp/said 2>&1; is_code 5 "the API token ended with that"
sed -i 's/^second_factor = yes/second_factor = no/' $SERVICE/server.conf
stop server; service_start
desk device list >/tmp/said 2>&1; is_code 0 "unless the settings need none"
desk audit verify >/tmp/head 2>/tmp/said; is_code 0 "the audit log's rows follow one another"
check "the service's own log tells where it began" has_line /var/log/world/server "the audit log's head is [0-9]+:[0-9a-f]{64}\$"
grep -oP "head is \K.*" /var/log/world/server | tail -n 1 >/tmp/older
desk audit verify --head "$(cat /tmp/older)" >/tmp/said 2>&1; is_code 0 "and goes on from there"
desk audit list --limit 0 --json >/tmp/audit
desk audit verify --file /tmp/audit --head "$(cat /tmp/head)" >/tmp/said 2>&1; is_code 0 "a copy of it is checked as well"
check "the audit log has the reset" \
	[ "$(jq -r '.items[] | select(.action == "admin.reset") | .address + ": " + .detail' /tmp/audit)" = "this machine: admin, admin, second factor removed" ]

# Somebody who can write the store changes one row; then makes the log end before it.
stop server
change()	# STATEMENT
{
	python3 - "$1" <<'END'
import sqlite3, sys
db = sqlite3.connect('/srv/fleet/caltrop.db')
db.executescript('DROP TRIGGER IF EXISTS audit_true; DROP TRIGGER IF EXISTS audit_stays;' + sys.argv[1])
END
}
change "UPDATE audit SET user = 'eve' WHERE row = 2;"
service_start
desk audit verify >/tmp/said 2>&1; is_code 1 "a row that was changed is found"
check "and named" has_line /tmp/said 'the audit log is not as it was: row 2, or one before it, was changed'
stop server
change "DELETE FROM audit;"
service_start
desk audit verify >/tmp/said 2>&1; is_code 1 "a log that begins anew does not go on from the head that the desk saw"
check "which is said" has_line /tmp/said 'the audit log is not as it was: .*the head that was seen here before'
desk audit verify >/tmp/said 2>&1; is_code 1 "each time"
desk audit verify --anew >/tmp/said 2>&1; is_code 0 "until it is to forget that head"
desk audit verify --json >/tmp/said 2>&1; is_code 0 "from then on the new log is the one that goes on"
check "and which head it went on from is said" [ "$(jq -r '.seen | test("^[0-9]+:[0-9a-f]{64}$")' /tmp/said)" = true ]
desk audit verify --head "$(cat /tmp/head)" >/tmp/said 2>&1; is_code 1 "but not to a head that was kept"
