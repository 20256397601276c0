#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Who connects to whom, over eBPF: both directions and families with the program that connected or that listens, refused
# ones, 1,000 a second counted beside the kernel's own count; what is lost is counted.

. "$(dirname "$0")/lib.sh"
export WORLD_USERNS=no		# a user namespace may load no BPF
world_enter "$@"
needs_bpf; needs_helper connects
cast; log_new
guard_conf <<-EOF
	[network]
	enabled = yes
EOF
service_start; desk_login; guard_start; guard_join

table() { on device caltrop local table "$1" --json; }
connection_has() { table connections | jq -se "[.. | objects | select(.dst_port)] | any($1)" >/dev/null; }	# JQ
listener_has() { table listeners | jq -se "[.. | objects | select(.port)] | any($1)" >/dev/null; }
sent() { desk event list --kind connection --limit 0 --json | jq -e ".items | any(.connection | $1)" >/dev/null; }
talk() { on "$1" perl -MIO::Socket::IP -e 'IO::Socket::IP->new(PeerHost => $ARGV[0], PeerPort => $ARGV[1]) or exit 1' "${@:2}"; }
listen_at() { start "$1" on device perl -MIO::Socket::IP -e '
	my $s = IO::Socket::IP->new(LocalHost => $ARGV[0], LocalPort => $ARGV[1], ReuseAddr => 1, Listen => 9) or die $@;
	while (my $c = $s->accept) { close $c }' "${@:2}"; }
perl='(.image | test("/perl[0-9.]*$"))'

# A listener has its owner at once, and so has what it accepts.
listen_at web6 :: 8080
wait_for 5 "a listener that begins" listener_has ".port == 8080 and .addr == \"::\" and .pid == $PID_web6 and $perl"
wait_for 5 "it listens" listens device 8080
talk attacker1 $DEVICE 8080; talk attacker6 $DEVICE6 8080
wait_for 5 "incoming IPv4, by the listener's program" connection_has \
	".direction == \"incoming\" and .src == \"$ATTACKER1\" and .dst == \"$DEVICE\" and .dst_port == 8080 and $perl"
wait_for 5 "incoming IPv6" connection_has \
	".direction == \"incoming\" and .src == \"$ATTACKER6\" and .dst == \"$DEVICE6\" and .pid == $PID_web6"
wait_for 10 "the service has it" sent ".action == \"accepted\" and .src == \"$ATTACKER1\" and .dst_port == 8080 and $perl"

# Outgoing, of a user.
start far on operator perl -MIO::Socket::IP -e '
	my $s = IO::Socket::IP->new(LocalHost => "::", LocalPort => 4444, Listen => 9) or die; sleep 999'
wait_for 5 "the other end listens" listens operator 4444
on device setpriv --reuid 1000 --clear-groups perl -MIO::Socket::IP -e "
	IO::Socket::IP->new(PeerHost => '$OPERATOR', PeerPort => 4444) or die" || fail "cannot connect"
wait_for 5 "outgoing, with program and user" connection_has \
	".action == \"opened\" and .direction == \"outgoing\" and .src == \"$DEVICE\" and .dst == \"$OPERATOR\" and
	.dst_port == 4444 and .src_port > 0 and .user == \"1000\" and .source == \"bpf\" and $perl"
wait_for 10 "the service has it" sent ".action == \"opened\" and .dst_port == 4444 and .user == \"1000\" and .initiated == \"true\""
talk device $OPERATOR 4445
wait_for 5 "one that was refused" connection_has ".action == \"failed\" and .dst_port == 4445 and $perl"
ok "connections are told of with their programs"
talk operator $FLEET 9
check_not "what another machine connects is not the device's" connection_has '.dst_port == 9'

# 1,000 a second, or what this machine can, with their owner.
hits()
{
	table connections | jq -s '[.. | objects | select(.dst_port == 7777 and .action == "'$1'" and
		(.image | endswith("/connects"))).hits] | add // 0'
}
opened=$(counter connections_kernel_opened) lost=$(counter connections_lost)
read -r made ms < <(on device "$connects" 127.0.0.1 7777 3000 1000)
all_seen() { [ "$(hits opened)" = "$made" ] && [ "$(hits accepted)" = "$made" ]; }
wait_for 10 "all were seen with their owner, at both ends" all_seen
kernel=$(($(counter connections_kernel_opened) - opened))
echo "$made connections in $ms ms; the kernel counted $kernel; seen with owner $(hits opened)"
check "the kernel's count agrees" [ $((kernel - made)) -ge 0 ] && check "but for the test's own" [ $((kernel - made)) -le 20 ]
check "none was lost" [ "$(counter connections_lost)" = "$lost" ]

# A ring that overflows.
core=$(guard_pid); kill -STOP "$core"
on device "$connects" ::1 7777 3000 10000 >/dev/null
kill -CONT "$core"
some_lost() { [ "$(counter connections_lost)" -gt 0 ]; }
wait_for 10 "the loss is counted" some_lost
wait_for 10 "health says so" health_says 'connections were lost: the ring was full'
ok "what a stopped reader loses is counted: $(counter connections_lost)"

# Without BPF.
stop guard
guard_conf <<-EOF
	[network]
	enabled = yes
	source = none
	poll_interval = 1s
EOF
guard_start
wait_for 5 "what listens is still seen" listener_has '.port == 8080'
check_not "and nobody misses what was not asked for" health_says 'are not seen'
