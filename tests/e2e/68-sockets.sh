#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What the device offers to the network, and who connects, without BPF: listeners of both protocols and families come and
# go, telnet is flagged; owners are looked for, before the start and later, and are those that are known, never guessed.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast; log_new
guard_conf <<-EOF
	[network]
	enabled = yes
	poll_interval = 1s
EOF

listeners() { on device caltrop local table listeners --json; }
listener_has() { listeners | jq -se "[.. | objects | select(.port)] | any($1)" >/dev/null; }	# JQ
listener_has_no() { ! listener_has "$1"; }
sent() { desk event list --kind "$1" --limit 0 --json | jq -e ".items | any(.$1 | $2)" >/dev/null; }

perl='(.image | test("/perl[0-9.]*$"))'

# serve NAME PROTOCOL ADDRESS PORT: something that listens.
serve()
{
	start "$1" on device perl -MIO::Socket::IP -e '
		my $s = IO::Socket::IP->new(Proto => $ARGV[0], LocalHost => $ARGV[1], LocalPort => $ARGV[2], ReuseAddr => 1,
			($ARGV[0] eq "tcp" ? (Listen => 5) : ())) or die $@; sleep 999' "${@:2}"
}

# Before the guard.
start web on device busybox httpd -f -p 8000 -h /tmp
wait_for 5 "a server listens" listens device 8000
service_start; desk_login; guard_start; guard_join
wait_for 5 "what listened before has its owner" listener_has \
	'.port == 8000 and .protocol == "tcp" and .user == "root" and (.image | endswith("/busybox")) and .pid == '$PID_web
wait_for 10 "the service knows it" sent listener '.action == "listens" and .port == 8000'

# One that comes and goes.
serve telnet tcp 0.0.0.0 23
wait_for 5 "telnet is seen" listener_has '.port == 23 and .service == "telnet" and .plain'
check "it has its owner" listener_has ".port == 23 and .pid == $PID_telnet and .user == \"root\" and $perl"
wait_for 10 "the service hears of telnet, with its owner" sent listener \
	".action == \"opened\" and .port == 23 and .plain and .service == \"telnet\" and .pid == $PID_telnet and $perl"
stop telnet
wait_for 5 "telnet is gone" listener_has_no '.port == 23'
wait_for 20 "the service hears of its end" sent listener '.action == "closed" and .port == 23'

# Where nobody else reaches it.
serve local tcp 127.0.0.1 2323
wait_for 5 "telnet of loopback" listener_has '.port == 2323 and .service == "telnet" and (.plain | not)'

# UDP, both families, a user's.
serve tftp udp 0.0.0.0 69
start udp6 on device setpriv --reuid 1000 --clear-groups perl -MIO::Socket::IP -e '
	my $s = IO::Socket::IP->new(Proto => "udp", LocalHost => "::", LocalPort => 5353) or die; sleep 999'
wait_for 5 "TFTP is flagged" listener_has '.port == 69 and .protocol == "udp" and .service == "tftp" and .plain'
wait_for 5 "UDP over IPv6 of a user" listener_has '.port == 5353 and .protocol == "udp" and .addr == "::" and .user == "1000"'
# A service that is made by root and goes on as somebody else.
start dropped on device perl -MIO::Socket::IP -e '
	my $s = IO::Socket::IP->new(LocalHost => "::", LocalPort => 853, Listen => 5) or die; $( = $) = 1000; $< = $> = 1000; sleep 999'
wait_for 5 "the owner that is another user now" listener_has ".port == 853 and .pid == $PID_dropped and .user == \"root\" and $perl"
# A client that waits for an answer a moment only.
on device perl -MIO::Socket::INET -e 'for (1 .. 3000) { IO::Socket::INET->new(Proto => "udp", LocalPort => 45678) }'
check "no client's socket is a listener" listener_has_no '.port == 45678'

# Connections where the kernel tracks them: with the user that listens, and no program that is not known.
connection_has() { on device caltrop local table connections --json | jq -se "[.. | objects | select(.dst_port)] | any($1)" >/dev/null; }
datagram() { on "$1" perl -MIO::Socket::IP -e '
	my $s = IO::Socket::IP->new(Proto => "udp", PeerHost => $ARGV[0], PeerPort => $ARGV[1]) or die; $s->send("x")' "${@:2}"; }
talk() { on "$1" perl -MIO::Socket::IP -e 'IO::Socket::IP->new(PeerHost => $ARGV[0], PeerPort => $ARGV[1])' "${@:2}"; }
if [ -e /proc/sys/net/netfilter/nf_conntrack_count ]; then
	wait_for 5 "nothing is tracked, and health says so" health_says 'nf_conntrack tracks nothing'
	on device nft -f - <<-EOF
	table inet watch {
		chain in { type filter hook input priority 0; ct state invalid counter; }
		chain out { type filter hook output priority 0; ct state invalid counter; }
	}
	EOF
	datagram attacker1 $DEVICE 69; datagram attacker6 $DEVICE6 5353
	datagram device $OPERATOR 9999; datagram device $ATTACKER6 9998
	talk device $OPERATOR 9997; talk attacker1 $DEVICE 8000; talk attacker6 $DEVICE6 9996
	wait_for 5 "incoming UDP over IPv4" connection_has ".direction == \"incoming\" and .protocol == \"udp\" and
		.src == \"$ATTACKER1\" and .dst == \"$DEVICE\" and .dst_port == 69 and .user == \"root\" and .pid == $PID_tftp and $perl"
	wait_for 5 "incoming UDP over IPv6" connection_has ".direction == \"incoming\" and .protocol == \"udp\" and
		.src == \"$ATTACKER6\" and .dst == \"$DEVICE6\" and .dst_port == 5353 and .user == \"1000\" and $perl"
	wait_for 5 "outgoing UDP over IPv4" connection_has ".direction == \"outgoing\" and .protocol == \"udp\" and
		.src == \"$DEVICE\" and .dst == \"$OPERATOR\" and .dst_port == 9999 and .source == \"conntrack\""
	wait_for 5 "outgoing UDP over IPv6" connection_has ".protocol == \"udp\" and .dst == \"$ATTACKER6\" and .dst_port == 9998"
	wait_for 5 "outgoing TCP" connection_has '.direction == "outgoing" and .protocol == "tcp" and .dst_port == 9997'
	wait_for 5 "incoming TCP, by the listener's program" connection_has '.direction == "incoming" and .protocol == "tcp" and
		.dst_port == 8000 and (.image | endswith("/busybox"))'
	wait_for 5 "incoming TCP over IPv6" connection_has '.direction == "incoming" and .dst_port == 9996 and .action == "tried"'
	wait_for 20 "the service hears of UDP" sent connection '.protocol == "udp" and .dst_port == 69 and .action == "accepted"'
	wait_for 15 "health is content with tracking" eval "! health_says nf_conntrack"
	ok "connections of both protocols and families are seen where the kernel tracks them"

	# Whose a socket is that the device sends by: connected, not connected, of IPv6 over IPv4, of TCP.
	client() { start "$1" on device setpriv --reuid 1000 --clear-groups perl -MIO::Socket::IP -MSocket=:all -e "
		my \$s; $2; sleep 999"; }
	owned() { connection_has ".dst_port == $1 and .direction == \"outgoing\" and .pid == $2 and .user == \"1000\" and $perl"; }
	client joined '$s = IO::Socket::IP->new(Proto => "udp", PeerHost => "'$OPERATOR'", PeerPort => 7001); $s->send("x")'
	client free 'socket($s, AF_INET, SOCK_DGRAM, 0); send($s, "x", 0, pack_sockaddr_in(7002, inet_aton("'$OPERATOR'")))'
	client mapped 'socket($s, AF_INET6, SOCK_DGRAM, 0);
		send($s, "x", 0, pack_sockaddr_in6(7003, inet_pton(AF_INET6, "::ffff:'$OPERATOR'")))'
	client six 'socket($s, AF_INET6, SOCK_DGRAM, 0); send($s, "x", 0, pack_sockaddr_in6(7004, inet_pton(AF_INET6, "'$ATTACKER6'")))'
	start far on operator perl -MIO::Socket::IP -e 'my $s = IO::Socket::IP->new(LocalHost => "::", LocalPort => 7005, Listen => 9) or die; sleep 999'
	wait_for 5 "the other end listens" listens operator 7005
	client stays '$s = IO::Socket::IP->new(PeerHost => "'$OPERATOR'", PeerPort => 7005) or die'
	wait_for 5 "a connected UDP socket's owner" owned 7001 $PID_joined
	wait_for 5 "one's that is not connected" owned 7002 $PID_free
	wait_for 5 "one's of IPv6 that sends over IPv4" owned 7003 $PID_mapped
	wait_for 5 "one's of IPv6" owned 7004 $PID_six
	wait_for 5 "a TCP connection's owner" owned 7005 $PID_stays
	wait_for 20 "the service hears of the owner" sent connection ".dst_port == 7002 and .pid == $PID_free and .user == \"1000\" and $perl"
	ok "what the device sends has its owner"

	# One that is gone when the guard comes to look.
	unknown=$(counter owners_unknown); core=$(guard_pid); kill -STOP "$core"
	datagram device $OPERATOR 7010
	kill -CONT "$core"
	wait_for 5 "one that is gone is seen" connection_has '.dst_port == 7010'
	check "and its owner not invented" connection_has '.dst_port == 7010 and .pid == 0 and .image == "" and .user == ""'
	check "but counted" [ "$(counter owners_unknown)" -gt "$unknown" ]
	# Two users behind one port: which of them sent is nowhere to be read.
	twin='socket($s, AF_INET, SOCK_DGRAM, 0); setsockopt($s, SOL_SOCKET, SO_REUSEADDR, 1);
		bind($s, pack_sockaddr_in(7777, INADDR_ANY)) or die;'
	start other on device perl -MSocket=:all -e "my \$s; $twin sleep 999"
	wait_for 5 "the first is there" listener_has ".port == 7777 and .pid == $PID_other"
	client twin "$twin"' send($s, "x", 0, pack_sockaddr_in(7011, inet_aton("'$OPERATOR'")))'
	wait_for 5 "what one of two sends is seen" connection_has '.dst_port == 7011'
	check "and nobody is blamed" connection_has '.dst_port == 7011 and .pid == 0 and .image == "" and .user == ""'
	ok "an owner that cannot be known is not invented"
else
	check "a kernel that tracks no connections is named" health_says 'no nf_conntrack loaded'
fi
check "health says what is not known without BPF" health_says 'programs of connections that end at once are not known'

# A core that dies.
kill -KILL "$(guard_pid)"
wait_for 10 "another core" guard_ready
wait_for 5 "knows the owner again" listener_has '.port == 8000 and .pid == '$PID_web
stop web
wait_for 5 "and sees the end" listener_has_no '.port == 8000'
ok "a core that was killed goes on where it was"
