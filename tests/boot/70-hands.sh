#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A real systemd and a fleet of one: a service and a socket with a connection are stopped, kept down, off over a reboot and back
# as they were, by the guard under its unit; and the reboot is one that was ordered, with its receipt from the boot behind it.

. "$(dirname "$0")/lib.sh"

said() { run box "$@"; }
active() { said "systemctl -q is-active $1"; }
inactive() { ! active "$1"; }
open() { said "ss -Hltn sport = :$1 | grep -q ."; }
# order CODE VERB [ARGUMENT]...: pushed by the desk, which is on the machine, too.
order()
{
	local code=$1 got; shift
	said "caltrop order push $* --device machine --wait --timeout 3m --json" >"$(at box)/order" 2>"$(at box)/said"; got=$?
	text=$(jq -r '[.. | .receipts? // empty] | flatten | max_by(.step // 0) | .text' "$(at box)/order" 2>/dev/null)
	check "order $* -> $code: $text $(tail -n 1 "$(at box)/said")" [ $got = "$code" ]
}
# check has a `text` and a `$1` of its own.
says() { local part=$1 receipt=$text; check "  it says: $part" eval '[[ $receipt == *"$part"* ]]'; }
told() { said 'caltrop event list --kind receipt --limit 0 --json' | jq -e ".items[].receipt | select($1)" >/dev/null; }
linked() { said 'caltrop device list --json' | jq -e '.items[0].connected' >/dev/null; }
links() { said 'cd /etc/systemd/system && find *.wants -name "*web*" -o -name "*telnet*" | sort'; }
service() { said 'systemd-run -q --unit=fleet caltrop-server run --dir /srv/fleet' && soon said 'ss -Hltn sport = :8444 | grep -q .'; }

machine_up box
guard_install box
units=$(at box)/units; mkdir -p "$units"
cat >"$units/web.service" <<-'END'
	[Service]
	ExecStart=perl -MIO::Socket::INET -e "$$s = IO::Socket::INET->new(Listen => 5, LocalPort => 8080, ReuseAddr => 1); sleep"
	Restart=always
	[Install]
	WantedBy=multi-user.target
END
cat >"$units/telnet.socket" <<-'END'
	[Socket]
	ListenStream=23
	Accept=yes
	[Install]
	WantedBy=sockets.target
END
printf '[Service]\nExecStart=cat\nStandardInput=socket\n' >"$units/telnet@.service"
put box "$units" /etc/systemd/system
said 'systemctl daemon-reload; systemctl -q enable --now web.service telnet.socket' || fail "units"
said 'echo 127.0.0.1 fleet.example >>/etc/hosts; mkdir -p /srv
	caltrop-server init --dir /srv/fleet --name fleet.example >/tmp/init 2>&1 || { cat /tmp/init; false; }' ||
	fail "no fleet"
# Of second factors others tell.
said "sed -i 's/^\[api\]\$/&\nsecond_factor = no/' /srv/fleet/server.conf && grep -q ^second_factor /srv/fleet/server.conf" || fail "settings of the fleet"
service || fail "no service"
said 'grep -oiP "password:?\s+\K\S+" /tmp/init | head -n 1 >/tmp/first; echo a-new-password-for-the-admin >/tmp/second'
# A password is hashed slowly on purpose, and slower here than the desk waits; what it gave up may have been done.
log_in()
{
	said 'login="caltrop login --server https://localhost:8444 --ca /srv/fleet/ca.pem --user admin"
		$login --password-file /tmp/first --new-password-file /tmp/second || $login --password-file /tmp/second'
}
soon log_in >/dev/null 2>&1 && said 'caltrop token create >/tmp/token' || fail "no desk"
guard_conf box <<<$'[files]\nenabled = yes'
guard_up box
said 'caltrop enroll --token-file /tmp/token' >/dev/null || fail "no device"
check "the device is connected" soon linked
as_was=$(links)

order 0 stop web
says 'nothing of it runs, read back'
check "a service is down" inactive web
said 'systemctl start web'
check "somebody starts it, and it is stopped again" soon inactive web
order 0 start web
check "it is back" active web
check "outside of the guard's confinement" said 'grep -q "^Seccomp:.*0$" /proc/$(systemctl show -P MainPID web)/status'

said 'systemd-run -q --unit=talk bash -c "exec 3<>/dev/tcp/127.0.0.1/23; sleep inf"'
check "somebody talks to what a socket started" soon said 'systemctl -q is-active "telnet@*"'
order 0 disable telnet
check "nobody listens" eval '! open 23'
check "nor talks" said '! systemctl -q is-active "telnet@*"'
check_not "nothing starts it at boot" eval 'links | grep -q "/telnet"'
order 0 disable web
check "and a service" inactive web

order 1 stop ssh; says 'last_way=yes'
order 1 stop sshd; says 'another name of ssh.service'
order 1 disable systemd-journald; says 'cannot do without it'
order 1 stop kmod-static-nodes; says 'how this device boots'
order 1 stop nothing; says 'no unit'

for name in ada bob; do
	said "caltrop key create /root/$name.pem >/dev/null &&
		caltrop key trust /root/$name.pem.pub --name $name --root-key /srv/fleet-keys/root_key.pem" >/dev/null || fail "no key"
done
check "the device knows two more keys" soon said 'caltrop local health --json | grep -A 1 trust_version | grep -q 3'
order 7 reboot --order-key /root/ada.pem	# it waits for another one's signature
check "what waits is taken back" said "caltrop order cancel $(jq -r .id "$(at box)/order")"
two="--order-key /root/ada.pem --order-key /root/bob.pem"
order 0 maintain
order 1 reboot $two; says 'updated or maintained'
order 0 conclude
was=$(said cat /proc/sys/kernel/random/boot_id)
order 0 reboot $two; says 'reboots in 10 s'
machine_booted box
check "the machine has booted anew" [ "$(said cat /proc/sys/kernel/random/boot_id)" != "$was" ]
service || fail "no service"
guard_answers box
check "the device is connected" soon linked
check "the receipt is completed" soon told '.verb == "reboot" and .result == "done" and .verified and (.text | test("rebooted, uptime [0-9]+ s"))'
order 1 reboot $two; says 'has not been up for 15 minutes'
check "the service is still down" inactive web
check "and the socket" eval '! open 23'
order 0 enable telnet
order 0 enable web
check "both are back" eval 'open 23 && open 8080'
check "with their links" [ "$(links)" = "$as_was" ]
