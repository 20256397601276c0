#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What the device offers to an attacker is found at the start, when it changes, by order, and is closed when it is fixed; no
# finding has a hash or a password in it, and the process that looks can do nothing else.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast; log_new
guard_conf <<-EOF2
	[exposure]
	enabled = yes
	interval = 1m
	suid = /opt/vendor/helper
	certificates = /etc/vendor.pem
	passwords = /etc/vendor.passwords
	[firewall]
	decoy = 2323
EOF2

all_found() { on device caltrop local audit --json | jq -s '[.. | objects | select(.evidence and .action == "found")]'; }
at_risk() { all_found | jq -e "any(.id == \"$1\" and .object == \"$2\")" >/dev/null; }
not_at_risk() { ! at_risk "$@"; }
rounds() { on device caltrop local health --json | jq -r '.counters[] | select(.name == "exposure_rounds").value'; }
has_rounds() { [ "$(rounds)" -ge "$1" ]; }

# A careless machine.
weak='$1$saltsalt$ZEbAYPwHXnVTu/zYc0VUy1'
sed -i "s|^backup:[^:]*|backup:|; s|^operator:[^:]*|operator:$weak|" /etc/shadow
echo 'toor:x:0:0::/root:/bin/sh' >>/etc/passwd
mkdir -p /etc/ssh/sshd_config.d /opt/vendor
printf 'Include sshd_config.d/*.conf\nPermitRootLogin no\nMatch User backup\nPermitEmptyPasswords yes\n' >/etc/ssh/sshd_config
echo 'PermitRootLogin "yes"' >/etc/ssh/sshd_config.d/10-vendor.conf
echo 'AuthorizedKeysFile .ssh/authorized_keys /etc/ssh/keys/%u' >/etc/ssh/sshd_config.d/15-keys.conf
mkdir /etc/ssh/keys; echo 'ssh-dss AAAAB3NzaC1kc3M= old' >/etc/ssh/keys/backup
echo 'Ciphers aes256-ctr,3des-cbc' >/etc/ssh/sshd_config.d/20-old.conf
echo 'PermitRootLogin yes' >/etc/ssh/sshd_config.d/30-not.conf.bak
printf '%s\n' [ca] default_ca=a [a] database=/tmp/ca.db new_certs_dir=/tmp rand_serial=yes default_md=sha256 policy=p [p] \
	commonName=supplied [req] distinguished_name=n [n] >/tmp/ca.conf; : >/tmp/ca.db; export OPENSSL_CONF=/tmp/ca.conf
{ openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /tmp/key -subj /CN=old -out /tmp/request &&
	openssl ca -batch -config /tmp/ca.conf -selfsign -in /tmp/request -keyfile /tmp/key -out /etc/vendor.pem -notext \
		-startdate 20200101000000Z -enddate 20200201000000Z; } 2>/tmp/said || fail "no certificate: $(cat /tmp/said)"
mkdir -p /etc/snmp; echo 'rocommunity public' >/etc/snmp/snmpd.conf
mkdir -m 700 /home/operator/.ssh; echo 'ssh-dss AAAAB3NzaC1kc3M= old' >/home/operator/.ssh/authorized_keys
chown -R operator /home/operator/.ssh
echo 'root:acme-42' >/etc/vendor.passwords; echo root:acme-42 | chpasswd
useradd -M pi; echo pi:raspberry | chpasswd
mkdir /etc/init.d; touch /etc/init.d/start; chmod 777 /etc/init.d/start
for f in /tmp/shell /opt/vendor/helper; do cp /usr/bin/true $f; chmod 4755 $f; done
listen() { start "$1" on device perl -MIO::Socket::IP -e '
	my $s = IO::Socket::IP->new(LocalHost => $ARGV[0], LocalPort => $ARGV[1], Listen => 9) or die $@; sleep 999' "$2" "$3"; }
listen_udp() { start "$1" on device perl -MIO::Socket::IP -e '
	my $s = IO::Socket::IP->new(LocalHost => $ARGV[0], LocalPort => $ARGV[1], Proto => "udp") or die $@; sleep 999' "$2" "$3"; }
listen_udp mdns 0.0.0.0 5353; listen_udp upnp 0.0.0.0 1900
mkdir /etc/miniupnpd; echo secure_mode=no >/etc/miniupnpd/miniupnpd.conf
listen telnet :: 23; listen ftp 127.0.0.1 21; listen decoy :: 2323
wait_for 5 "they listen" eval 'listens device 23 && listens device 21 && listens device 2323'

fleet_start
wait_for 20 "the first round is over" has_rounds 1
for risk in "empty_password backup" "weak_hash operator" "second_root toor" "open_telnet tcp\ 23" \
	"sshd_setting PermitRootLogin" "sshd_setting PermitEmptyPasswords" "sshd_cipher Ciphers" \
	"world_writable /etc/init.d/start" "suid_program /tmp/shell" "default_password root" "default_password pi" \
	"certificate_expired /etc/vendor.pem" "snmp_community /etc/snmp/snmpd.conf" \
	"open_mdns udp\ 5353" "open_upnp udp\ 1900" "upnp_forwards /etc/miniupnpd/miniupnpd.conf" \
	"weak_key /home/operator/.ssh/authorized_keys:1" "weak_key /etc/ssh/keys/backup:1"; do
	check "$risk" eval "at_risk $risk"
done
check_not "what only the device itself can reach is no risk" at_risk plain_service "tcp 21"
check_not "a decoy is none" at_risk plain_service "tcp 2323"
check_not "a program that the settings name is none" at_risk suid_program /opt/vendor/helper
check "each has a remedy" eval 'all_found | jq -e "all(.remedy != null and .remedy != \"\")" >/dev/null'
on device caltrop local audit >/tmp/said 2>&1
is_code 1 "the exit status says that something is at risk"
check_not "no password is shown" grep -rqF -e acme-42 -e raspberry /tmp/said $STATE /var/log/world
check_not "no hash is shown" grep -rqF "${weak##*\$}" /tmp/said $STATE /var/log/world
all_found | jq -r '.[] | "\(.level) \(.id) \(.object): \(.evidence)"'

# By order.
desk order push audit --device device --wait --timeout 3m >/tmp/said 2>&1
is_code 0 "an order to audit"
check "its receipt says how much it is" grep -qE "audited: [1-9][0-9]* things are at risk" /tmp/said

# What is fixed goes by itself.
check "of what a public address leads to it is said" eval \
	'all_found | jq -e "any(.id == \"open_mdns\" and .level == \"medium\" and (.evidence | test(\"also at $DEVICE\")))" >/dev/null'
before=$(rounds)
stop mdns; echo secure_mode=yes >/etc/miniupnpd/miniupnpd.conf
usermod -L backup 2>/dev/null || sed -i "s|^backup:[^:]*|backup:!|" /etc/shadow
rm /etc/ssh/sshd_config.d/10-vendor.conf
wait_for 10 "a password that was locked is no finding any more" not_at_risk empty_password backup
wait_for 10 "and root cannot log in by one" not_at_risk sshd_setting PermitRootLogin
wait_for 10 "in a round that the changes began" has_rounds $((before + 1))
check "nor is a service that was stopped" not_at_risk open_mdns "udp 5353"
check "nor a gateway that was set right" not_at_risk upnp_forwards /etc/miniupnpd/miniupnpd.conf
check "others stay" at_risk sshd_setting PermitEmptyPasswords

# A round that goes on ends with the guard, or a service manager would wait for it.
looks() { pgrep -f 'caltropd --audit whole'; }
nobody_looks() { ! looks; }
desk order push audit --device device >/tmp/said 2>&1
wait_for 10 "a round begins" looks
stop guard
wait_for 1 "and ends with the guard" nobody_looks

# The guard without it says how to switch it on.
guard_conf </dev/null; guard_start
on device caltrop local audit >/tmp/said 2>&1
is_code not-0 "an audit that is off"
