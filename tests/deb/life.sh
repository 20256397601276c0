#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The packages' life in a system that has nothing else and no network, under its systemd: life.sh FOLDER OF THEM
# They are installed, upgraded while the guard has banned somebody, removed and purged. What is there afterwards is what was
# there before, but for what is its owner's. What they depend on has to be there.
set -eu
packages=$1
work=/var/cache/life	# /tmp is not the one that the guard sees
export DEBIAN_FRONTEND=noninteractive

fail() { echo "FAIL: $*"; exit 1; }
ok() { echo "ok: $*"; }
check() { text=$1; shift; "$@" || fail "$text"; ok "$text"; }
check_not() { text=$1; shift; ! "$@" || fail "$text"; ok "$text"; }
is_in() { grep -qF -- "$1" "$2"; }
# files: every path of the system, but what package management and systemd's own daemons keep for themselves.
files()
{
	find / -xdev \( -path /src -o -path /build -o -path /tmp -o -path /proc -o -path /sys -o -path /dev -o -path /run \
		-o -path '/var/lib/dpkg' -o -path '/var/lib/apt' -o -path '/var/cache' -o -path '/var/log' -o -path '/var/tmp' \
		-o -path /var/lib/systemd/deb-systemd-helper-enabled -o -path /var/lib/systemd/linger \
		-o -path '/etc/*-' -o -path /etc/.pwd.lock \) -prune -o -print | LC_ALL=C sort
}
# until_true SECONDS COMMAND...
until_true()
{
	left=$(($1 * 10))
	shift
	until "$@" >/dev/null 2>&1; do
		left=$((left - 1))
		[ $left -gt 0 ] || return 1
		sleep 0.1
	done
}
in_kernel() { nft list set inet caltrop ban4 | grep -qwF 198.51.100.7; }
main_pid() { systemctl show --property MainPID --value $1; }
answers() { until_true 60 caltrop local status; }

mkdir -p $work/next
chmod 755 $work
version=$(dpkg-deb -f "$packages"/caltrop-doc_*.deb Version)
files >$work/before
apt-get -q install -y --no-install-recommends "$packages"/caltrop-guard_*.deb "$packages"/caltrop-server_*.deb \
	"$packages"/caltrop_*.deb "$packages"/caltrop-doc_*.deb

check "the guard runs as it is installed" systemctl is-active caltropd
check "and answers" answers
check_not "the service waits for its fleet" systemctl is-active caltrop-server
check_not "and has not failed" systemctl is-failed caltrop-server
for user in caltrop caltrop-server; do
	check "there is a user $user" getent passwd $user
done
units=$(dirname "$(dpkg -L caltrop-guard | grep '/system/caltropd\.service$')")
systemd=$(dirname "$(dpkg -L systemd | grep '/system/systemd-journald\.service$')")
check "the units are where systemd's are, $units" [ "$units" = "$systemd" ]
for unit in caltropd caltrop-server; do
	check "$unit is enabled" [ -L /etc/systemd/system/multi-user.target.wants/$unit.service ]
	check "$unit.service is one that systemd takes" systemd-analyze verify --man=no "$units/$unit.service"
done
check "the settings are a conffile" is_in /etc/caltrop/caltrop.conf /var/lib/dpkg/info/caltrop-guard.conffiles
check "and no other file is" [ "$(cat /var/lib/dpkg/info/caltrop*.conffiles | wc -l)" = 1 ]
check "the folder of state is there" [ -d /var/lib/caltrop ]
check "the guard takes its settings" caltropd --check-config
for page in man8/caltropd.8 man5/caltrop.conf.5 man1/caltrop.1 man5/caltrop-playbook.5 man8/caltrop-server.8 man7/caltrop-build.7; do
	check "there is a page $page" [ -s "$(dpkg -L caltrop-guard caltrop caltrop-server caltrop-doc | grep "/$page.gz")" ]
done

mkdir -p /etc/caltrop/caltrop.conf.d
printf '[auth]\nfiles = %s/auth.log\n' $work >/etc/caltrop/caltrop.conf.d/10-mine.conf
echo '[server]' >/etc/caltrop/caltrop.conf.d/50-server.conf
echo '# mine' >>/etc/caltrop/caltrop.conf
: >$work/auth.log
systemctl restart caltropd
check "the guard answers with other settings" answers
for port in 1 2 3 4 5 6 7 8 9; do
	echo "$(LC_ALL=C date '+%b %e %H:%M:%S') box sshd[70$port]: Failed password for root from 198.51.100.7 port 5000$port ssh2"
done >>$work/auth.log
check "the guard bans" until_true 30 in_kernel

# The next version: the same files, and other settings.
for package in guard server '' doc; do
	name=caltrop${package:+-$package}
	dpkg-deb -R "$packages/${name}_$version"_*.deb "$work/next/$name"
	sed -i "s/^Version: .*/Version: $version+next/; s/(= $version)/(= $version+next)/" "$work/next/$name"/DEBIAN/control
	[ "$package" != guard ] || echo '# of the next version' >>"$work/next/$name"/etc/caltrop/caltrop.conf
	dpkg-deb -b "$work/next/$name" "$work/next/$name.deb" >/dev/null
done
was=$(main_pid caltropd)
apt-get -q install -y -o Dpkg::Options::=--force-confold $work/next/*.deb
check "the upgrade is there" [ "$(dpkg-query -W -f '${Version}' caltrop-guard)" = "$version+next" ]
check "the ban is in the kernel as the upgrade ends" in_kernel
check "the guard runs anew" [ "$(main_pid caltropd)" != "$was" ]
check "and answers" answers
check "it has its ban" until_true 10 sh -c 'caltrop local bans | grep -qwF 198.51.100.7'
check "in the kernel, too" in_kernel
check "its owner's settings are as he left them" is_in '# mine' /etc/caltrop/caltrop.conf
check_not "those of the next version lie beside them" is_in '# of the next version' /etc/caltrop/caltrop.conf

caltrop-server init --name fleet.test >$work/init 2>&1 </dev/null || { cat $work/init; fail "no fleet"; }
systemctl start caltrop-server
check "with a fleet the service runs" systemctl is-active caltrop-server
was=$(main_pid caltrop-server)
apt-get -q install -y --reinstall $work/next/caltrop-server.deb
check "installed again it runs" systemctl is-active caltrop-server
check "anew" [ "$(main_pid caltrop-server)" != "$was" ]
mkdir -p /var/lib/caltrop/actor/quarantine
echo 'a file of somebody' >/var/lib/caltrop/actor/quarantine/1

apt-get -q remove -y caltrop-guard caltrop-server caltrop caltrop-doc
check_not "removed, nothing runs" systemctl is-active caltropd caltrop-server
check_not "and nothing is banned, since nobody could take it back" in_kernel
check "the settings stay" [ -e /etc/caltrop/caltrop.conf ]
check "the guard's state, too" [ -e /var/lib/caltrop/actor/journal ]
check "and the fleet" [ -e /var/lib/caltrop-server/server.conf ]
check_not "no program stays" sh -c 'command -v caltropd caltrop caltrop-server'
dpkg --purge caltrop-guard caltrop-server
check_not "purged, the fleet is gone" [ -e /var/lib/caltrop-server ]
check "its owner's keys are not" [ -s /var/lib/caltrop-server-keys/root_key.pem ]
check "nor a file in quarantine" [ -s /var/lib/caltrop/actor/quarantine/1 ]
check_not "but the rest of the state" [ -e /var/lib/caltrop/core ]
check "nor his drop-in" [ -s /etc/caltrop/caltrop.conf.d/10-mine.conf ]
check_not "but what enrolling wrote" [ -e /etc/caltrop/caltrop.conf.d/50-server.conf ]
for user in caltrop caltrop-server; do
	check "no number is given to somebody else: $user stays" getent passwd $user
done
rm -rf /var/lib/caltrop-server-keys /var/lib/caltrop /etc/caltrop
files >$work/after
check "everything else is as it was" diff $work/before $work/after
