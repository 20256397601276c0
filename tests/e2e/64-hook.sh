#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The integrator's own programs run by order, by the name that the device declares for them, with the arguments that it
# declares: one that restarts a web interface, one that hangs, one that floods, and one that somebody else could change.

. "$(dirname "$0")/lib.sh"
export WORLD_USERNS=no		# root's own rights are what a hook has
world_enter "$@"
cast; log_new
mkdir -p /opt/acme /opt/loose; chmod 777 /opt/loose
hook() { cat >$1; chmod 755 $1; }
hook /opt/acme/restart-web <<-'EOF'
	#!/bin/sh
	# Leaves something behind, in a session of its own, and writes down what it was called with.
	setsid sleep 600 &
	echo "$# $* $(grep -c . /proc/self/environ) $(grep -o 'Seccomp:.*' /proc/self/status)" >/tmp/called
	unshare --net true && echo "restarted for $1"
EOF
printf '#!/bin/sh\nsetsid sleep 601 & sleep 601\n' | hook /opt/acme/hang
printf '#!/bin/sh\nyes\n' | hook /opt/acme/flood
printf '#!/bin/sh\necho no such token >&2; exit 4\n' | hook /opt/acme/fail
printf '#!/bin/sh\necho ran >/tmp/ran\n' | hook /opt/loose/x
guard_conf <<-'EOF'
	[hook restart-web]
	program = /opt/acme/restart-web
	arguments = account addr
	[hook hang]
	program = /opt/acme/hang
	time = 1s
	[hook flood]
	program = /opt/acme/flood
	[hook fail]
	program = /opt/acme/fail
	[hook loose]
	program = /opt/loose/x
EOF
hook /opt/acme/set-web <<-'EOF'
	#!/bin/sh
	# As htpasswd -i does it: one line on standard input, beside what others have in the file.
	read -r secret && read -r more && exit 9
	hash=$(printf '%s\n' "$secret" | openssl passwd -apr1 -stdin) || exit 8
	sed -i "s|^admin:.*|admin:$hash|" /etc/acme.htpasswd && echo "set to $secret"
EOF
printf 'admin:%s\nada:x\n' "$(openssl passwd -apr1 admin)" >/etc/acme.htpasswd
printf '#!/bin/sh\nread -r secret; echo "$secret" >/tmp/half; exit 3\n' | hook /opt/acme/set-half
cat >>$CONF <<-'EOF'
	[credential web]
	program = /opt/acme/set-web
	[credential half]
	program = /opt/acme/set-half
	[credential hang]
	program = /opt/acme/hang
	time = 1s
	[credential loose]
	program = /opt/loose/x
EOF
fleet_start
says() { check "  it says: $1" eval "receipt .text | grep -q '$1'"; }

order 0 hook restart-web account=alice addr=$ATTACKER1
is .result done; is .verified true
says 'hook restart-web ended with 0: restarted for alice'
check "it got the arguments in the declared order" has_line /tmp/called "^2 alice $ATTACKER1 "
check "and is not held by the guard's filter" has_line /tmp/called 'Seccomp:[[:space:]]*0'
check_not "nothing of it goes on" pgrep -f 'sleep 600'
order 1 hook hang; is .result failed; says 'was ended after 1 s'
check_not "nothing of that goes on" pgrep -f 'sleep 601'
order 1 hook flood; is .result failed; says 'wrote more than 4096 bytes'
order 1 hook fail; is .result failed; says 'it ended with 4: no such token'
order 1 hook loose; is .result failed; says "it is not run: /opt/loose may be written by everybody"
check_not "what anybody could have put there did not run" [ -e /tmp/ran ]
order 1 hook other; is .result refused; says 'declare no such hook'
order 1 hook restart-web account=alice; is .result refused; says 'needs addr'
order 1 hook hang account=alice; is .result refused; says 'takes no account'
order_push hook ../acme/hang; is_code 2 "a path is no name"
order_push hook 'hang;id'; is_code 2 "nor is a command"
rm /tmp/called
order 0 hook restart-web account=alice addr=$ATTACKER1 --dry-run
is .result observed
check_not "a dry run runs nothing" [ -e /tmp/called ]

# A credential of the web interface, whose secret only the escrow key opens.
opened() { desk credential open --key $ESCROW_KEY "$(desk order list --json | jq -r '.items[0].id')"; }
is_set_to() { grep -qxF "admin:$(openssl passwd -apr1 -salt "$(cut -d '$' -f 3 /etc/acme.htpasswd | head -n 1)" -stdin <<<"$1")" /etc/acme.htpasswd; }
check "the web interface has its default" is_set_to admin
order 0 reset name=web --dry-run; is .result observed
check "a dry run leaves it" is_set_to admin
order 0 reset name=web
is .result done; is .verified true
is .text 'credential web: new secret, sealed to the escrow key'
secret=$(opened)
check "it has the one that the escrow key opens" is_set_to "$secret"
check "others of the file stay" has_line /etc/acme.htpasswd '^ada:x$'
receipts >/tmp/receipts
check_not "the secret is nowhere else" grep -rqaF "$secret" /tmp/receipts $STATE $SERVICE /var/log/world
order 1 reset name=half; is .result failed; says 'its program ended with 3; the new secret may be set'
check "what may be set is not lost" [ "$(opened)" = "$(cat /tmp/half)" ]
order 1 reset name=hang; says 'was ended after 1 s; the new secret may be set'
order 1 reset name=loose; says 'is not run: /opt/loose may be written by everybody'
check_not "nothing was set, and no secret is sent" opened
order 1 reset name=other; is .result refused; says 'declare no such credential'
order_push reset name=web account=alice; is_code 2 "an account is none"
order_push reset name=../web; is_code 2 "nor is a path"

# A starter that somebody ended is no silent success, and the guard's end is that of what it runs.
kill -KILL "$(pgrep -P $PID_guard -x caltrop-starter)"
said() { has_line /var/log/world/guard 'what runs programs for the guard has ended'; }
wait_for 5 "the guard says that it is gone" said
order 1 hook fail; says 'nothing can run programs'
stop guard KILL; guard_start; wait_for 10 "the device is connected" linked
desk order push hook hang --device device >/dev/null
wait_for 10 "a hook that hangs" pgrep -f 'sleep 601'
stop guard KILL
gone() { ! pgrep -f 'sleep 601' && ! pgrep -x caltrop-starter; }
wait_for 10 "nothing of it outlives the guard" gone
ok "nothing of it outlives the guard"
guard_start; wait_for 10 "the device is connected" linked
desk order push reset name=hang --device device >/dev/null
wait_for 10 "a program with a secret" pgrep -f 'sleep 601'
stop guard KILL; guard_start
wait_for 20 "what was interrupted is told" has_receipt '.verb == "reset" and (.text | test("hang: interrupted"))'
check "with the secret that may be set" [ "$(opened | wc -c)" = 21 ]
stop guard KILL
printf '[hook a b]\nprogram = /x\n' >>$CONF
check_not "a name that is none is a mistake" eval "caltropd --check-config -c $CONF 2>/tmp/said"
check "which is said" has_line /tmp/said 'hook a b. is not a name'
