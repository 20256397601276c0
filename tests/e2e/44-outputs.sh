#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Outputs: a real mail server over TLS and a real web server hear of an incident, once each, whatever fails in between;
# what may not be reached is not, and what an attacker at the far end answers moves nothing.

. "$(dirname "$0")/lib.sh"
[ "${WORLD_INSIDE-}" ] || /usr/bin/python3 -c 'import aiosmtpd' 2>/dev/null || skip "needs Debian's python3-aiosmtpd"
world_enter "$@"
cast

# An authority of the far ends' own, and a certificate for all of them.
mkdir -p /srv/far; cd /srv/far || exit 1
printf '[req]\ndistinguished_name = dn\n[dn]\n' >conf
echo subjectAltName=DNS:far.example,DNS:localhost >ext
request() { openssl req -config conf -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout $1.key "${@:2}"; }
request ca -x509 -out ca.pem -days 2 -subj /CN=authority -addext basicConstraints=critical,CA:TRUE >/tmp/said 2>&1 &&
	request far -out far.csr -subj /CN=far.example >/tmp/said 2>&1 &&
	openssl x509 -req -in far.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out far.pem -extfile ext >/tmp/said 2>&1 ||
	fail "no certificate: $(cat /tmp/said)"
chmod a+r ./*
cat >far.py <<'END'
import hashlib, hmac, http.server, os, ssl, time
from aiosmtpd.controller import Controller

class Web(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers['Content-Length']))
        if self.path == '/moved':
            self.send_response(302); self.send_header('Location', 'https://far.example:9443/in'); self.end_headers(); return
        if os.path.exists('/tmp/broken'):
            self.send_response(503); self.end_headers(); open('/tmp/refused', 'a').write('x\n'); return
        t, mac = (x.split('=')[1] for x in self.headers['Caltrop-Signature'].split(','))
        key = open('/tmp/key').read().strip().encode()
        good = hmac.compare_digest(mac, hmac.new(key, t.encode() + b'.' + body, hashlib.sha256).hexdigest())
        with open('/tmp/web', 'a') as f:
            print('signed' if good and abs(time.time() - int(t)) < 60 else 'forged', body.decode(), file=f)
        self.send_response(204); self.end_headers()
    def log_message(self, *args): pass

class Mail:
    async def handle_DATA(self, server, session, envelope):
        with open('/tmp/mail', 'ab') as f: f.write(envelope.content + b'\n')
        open('/tmp/rcpt', 'a').write(' '.join(envelope.rcpt_tos) + '\n')
        return '250 taken'

tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
tls.load_cert_chain('far.pem', 'far.key')
Controller(Mail(), hostname='0.0.0.0', port=2525, tls_context=tls, require_starttls=True).start()
web = http.server.ThreadingHTTPServer(('0.0.0.0', 9443), Web)
web.socket = tls.wrap_socket(web.socket, server_side=True)
open('/tmp/far_ready', 'w')
web.serve_forever()
END

# The notice of a device that falls silent is an incident that needs no attacker.
echo "$FLEET far.example" >>/etc/hosts
guard_conf </dev/null
start far on fleet /usr/bin/python3 far.py
service_start; stop server
cat >>$SERVICE/server.conf <<END
[alerts]
allow = $FLEET
ports = 2525 9443 9444
ca = /srv/far/ca.pem
[devices]
silent_seconds = 2
END
start server on fleet caltrop-server run --dir $SERVICE
wait_for 10 "the service listens" eval 'listens fleet 8443 && listens fleet 8444'
desk_login; guard_start; guard_join
wait_for 10 "the device is connected" linked
wait_for 10 "the far ends listen" [ -e /tmp/far_ready ]

add() { desk output add "$@" >/tmp/added 2>/tmp/said; }
add hook --kind webhook --url https://far.example:9443/in?token=a-secret --rule device_silent --gather 1s --change opened --change closed
is_code 0 "a webhook"
cp /tmp/added /tmp/key
add ops --kind mail --url smtp://far.example:2525 --from caltrop@example.org --to a@example.org --to b@example.org --rule "device_*" --gather 1s
is_code 0 "mail"
add hook --kind webhook --url https://far.example:9443/in; is_code 7 "a name that is taken"
add x --kind webhook --url http://far.example:9443/in; is_code 2 "no TLS"
add x --kind webhook --url https://far.example:22/in; is_code 2 "another port"
add x --kind mail --url smtp://far.example:2525 --from a@b.c --to 'a@b.c>'; is_code 2 "an address that is none"
desk output list --json >/tmp/list
check_not "no answer has a secret" grep -qE "$(cat /tmp/key)|a-secret" /tmp/list

touch /tmp/web /tmp/mail
desk output test hook >/tmp/said 2>&1; is_code 0 "a test of the webhook"
desk output test ops >/tmp/said 2>&1; is_code 0 "a test of mail"
check "is signed" grep -q '^signed .*"type":"test"' /tmp/web
check "and went to both" grep -qx 'a@example.org b@example.org' /tmp/rcpt
add moved --kind slack --url https://far.example:9443/moved; is_code 0 "one that redirects"
desk output test moved >/tmp/said 2>&1; is_code 1 "is not followed"
add near --kind slack --url https://localhost:9443/in; is_code 0 "one at this machine itself"
desk output test near >/tmp/said 2>&1; is_code 1 "is not reached"
check "and says why" grep -q 'not a public address' /tmp/said
desk output delete near; desk output delete moved

# What a far end answers may make the courier crash; another one goes on.
courier() { pgrep -P "$(pgrep -P "$PID_server" caltrop-courier)"; }
first=$(courier); kill -KILL "$first"
another() { local now; now=$(courier) && [ "$now" != "$first" ]; }
wait_for 10 "another courier" another
desk output test hook >/tmp/said 2>&1; is_code 0 "after a crash of the courier"

# While the far end fails the message waits, over a restart, too; then it comes once.
touch /tmp/broken
guard_stop() { stop guard; }
guard_stop
wait_for 15 "the webhook refuses" [ -s /tmp/refused ]
ok "a far end that fails is told again later"
stop server
start server on fleet caltrop-server run --dir $SERVICE
wait_for 10 "the service listens" eval 'listens fleet 8443 && listens fleet 8444'
rm /tmp/broken
heard() { grep -q '^signed .*"change":"opened".*device_silent' /tmp/web; }
wait_for 30 "the webhook hears of it" heard
ok "and hears of the incident after a restart"
wait_for 10 "so does the mail server" eval '[ "$(grep -c "^Subject: Caltrop: [a-z]*, " /tmp/mail)" = 1 ]'
ok "mail tells of it once"
guard_start
closed() { grep -q '"change":"closed"' /tmp/web; }
wait_for 20 "that the device is back" closed
ok "that it is over is told to who asked for that"
check "each change came once" [ "$(grep -c '"type":"incidents"' /tmp/web)" = 2 ]
check "nothing was forged" [ "$(grep -c '^forged' /tmp/web)" = 0 ]
check "what was done is in the audit log" eval 'desk audit list | grep -q output.add && desk audit list | grep -q output.test'
