#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the files for firmware builders do, with stand-ins for what they run under: O=build tests/ports/check.sh
# The rules that can be read are lint.py's. Its last line is "N passed, N failed".
set -u
cd "$(dirname "$0")/../.."
here=$PWD/tests/ports
caltropd=$(cd "${O:-build}" && pwd)/caltropd
# What is configured here is so below $tmp, and nowhere else.
unset O KCONFIG_CONFIG MAKEFLAGS MAKELEVEL
LC_ALL=C
export LC_ALL
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
passed=0
failed=0

# Debian's interpreter where another stands before it, since that has its modules.
python=
for p in ${PYTHON:-} python3 /usr/bin/python3; do
	[ -n "$python" ] || ! "$p" -c 'import kconfiglib' 2>/dev/null || python=$p
done

lacking=
[ -n "$python" ] || lacking=' python3-kconfiglib'
for tool in awk busybox dash shellcheck tar; do
	command -v "$tool" >/dev/null || lacking="$lacking $tool"
done
if [ -n "$lacking" ]; then
	echo "FAIL  tools, not found:$lacking (make deps installs what the checks need)"
	echo '0 passed, 1 failed'
	exit 1
fi

# is WHAT EXPECTED GOT: two files, of which the first may be text.
is() {
	if printf '%s\n' "$2" | diff - "$3" >"$tmp/diff" 2>&1; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL  $1"
		sed 's/^/      | /' "$tmp/diff" | head -n 30
	fi
}
# does WHAT COMMAND...
does() {
	what=$1
	shift
	if "$@" >"$tmp/out" 2>&1; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL  $what: $*"
		sed 's/^/      | /' "$tmp/out" | head -n 20
	fi
}
has() { grep -q -- "$2" "$1"; }
add() { # add the counts of a runner
	"$@" >"$tmp/out" 2>&1
	sed '$d' "$tmp/out"
	counts=$(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' "$tmp/out" | tail -n 1)
	[ -n "$counts" ] || { tail -n 5 "$tmp/out"; counts='0 1'; }
	passed=$((passed + ${counts% *}))
	failed=$((failed + ${counts#* }))
}

add "$python" "$here/lint.py"
add "$python" "$here/lint.py" --faults

# Every script, and what it says to shellcheck.
scripts=$(grep -rlE '^#!(/bin/sh|/sbin/openrc-run)' ports/openwrt ports/buildroot ports/yocto ports/alpine)
for script in $scripts; do
	does "$script is clean" shellcheck -S warning -s dash "$script"
done
does 'ports/alpine/APKBUILD is clean' shellcheck -S warning -s dash -e SC2034,SC2154 ports/alpine/APKBUILD

# OpenWrt: /etc/config/caltrop in the guard's words, by busybox's awk as well as by this machine's.

files=ports/openwrt/net/caltrop/files
settings=$(sed -n 's/.*{\("[a-z]*"\|NULL\), "\([a-z0-9_]*\)", settings_.*/\1 \2/p' agent/common/settings.c | tr -d '"')
echo "$settings" | awk '
	BEGIN { print "package caltrop\n" }
	$1 == "NULL" { $1 = "rule" }
	$1 != last { print "\nconfig " $1 " '\''" ($1 == "rule" ? "breach" : $1) "'\''"; last = $1 }
	{ print "\toption " $2 " '\''a value'\''" }' >"$tmp/every.uci"
echo "$settings" | awk '
	$1 == "NULL" { $1 = "rule.breach" }
	$1 != last { print "\n[" $1 "]"; last = $1 }
	{ print $2 " = a value" }' >"$tmp/every.ini"
does 'there are settings' test "$(grep -c = "$tmp/every.ini")" -gt 60
for awk in awk 'busybox awk'; do
	$awk -f $files/uci.awk "$tmp/every.uci" | sed '/^#/d' >"$tmp/got"
	is "every setting goes through $awk" "$(cat "$tmp/every.ini")" "$tmp/got"
done

translate() { busybox awk -f $files/uci.awk "$1" 2>"$tmp/said" | sed '/^#/d' >"$tmp/got"; }
fails() { ! busybox awk -f $files/uci.awk >/dev/null 2>"$tmp/said"; }

cat >"$tmp/names.uci" <<-'END'
	package caltrop

	config auth 'auth'
	        list files '/var/log/messages'
	        list files '/var/log/uhttpd.log'

	config access
	        list format '/var/log/uhttpd.log nginx "$host" $remote_addr'
	        list format '/var/log/other.log apache'

	config rule 'brute_force'
	        option steps 'ban'

	config rule
	        option count '3'
	        option name '6e2f2b0c-1d6a-4c53-8d7b-0a3a6f4b9e11'

	config decoder 'acme'
	        list program 'acmed'
	        list program 'acmewd'
	        option pattern '^it'\''s <user> from <src>$'

	config hook 'cfg0a1b2c'
	        option name 'blink'
	        option program '/usr/bin/blink'

	config camera 'front'
	        option kind 'a kind of section that is to come'

	config file
	        option path '/var/log/uhttpd.log'
	        option format 'syslog'
END
translate "$tmp/names.uci"
is 'named sections, lists and quotes' '
[auth]
files = /var/log/messages /var/log/uhttpd.log

[access]
format = /var/log/uhttpd.log nginx "$host" $remote_addr
format = /var/log/other.log apache

[rule.brute_force]
steps = ban

[rule.6e2f2b0c-1d6a-4c53-8d7b-0a3a6f4b9e11]
count = 3

[decoder acme]
program = acmed acmewd
pattern = ^it'\''s <user> from <src>$

[hook blink]
program = /usr/bin/blink

[camera front]
kind = a kind of section that is to come

[file /var/log/uhttpd.log]
format = syslog' "$tmp/got"

refuses() { # refuses WHAT SAID: standard input is the body of an export
	{ echo 'package caltrop'; cat; } >"$tmp/in"
	does "$1 is refused" fails <"$tmp/in"
	does "$1: $2" has "$tmp/said" "$2"
}
printf "config auth\n\toption files '/a\n[response]\nmode = observe'\n" |
	refuses 'a value of two lines' 'auth: files: a value has one line'
printf "config auth\n\toption files '/a%s'\n" '\' | refuses 'a line that goes on' 'cannot end with a backslash'
printf "config hook\n\toption name 'a]'\n" | refuses 'a name that ends its section' 'cannot have the name'
printf "config rule\n\toption steps 'ban'\n" | refuses 'a rule without a name' 'has no name'
printf "config file\n\toption format 'syslog'\n" | refuses 'a file without a path' 'has no option path'
printf "configure\n" | refuses 'what uci does not write' 'cannot read: configure'
does 'what uci could not read is refused' fails </dev/null

{ echo 'package caltrop'; cat $files/caltrop.config; } >"$tmp/shipped.uci"
translate "$tmp/shipped.uci"
cp "$tmp/got" "$tmp/shipped.conf"
does 'the guard takes the settings that are shipped' "$caltropd" --check-config -c "$tmp/shipped.conf"
printf "package caltrop\nconfig respond\n\toption mode 'observe'\n" >"$tmp/unknown.uci"
translate "$tmp/unknown.uci"
cp "$tmp/got" "$tmp/unknown.conf"
"$caltropd" --check-config -c "$tmp/unknown.conf" >"$tmp/said" 2>&1 && echo taken >>"$tmp/said"
does 'but no section that it does not have' has "$tmp/said" '\[respond\] mode: there is no such section'
does 'which is an error' test "$(tail -n 1 "$tmp/said")" != taken

# OpenWrt: the scripts, below a root of their own.

root=$tmp/root
mkdir -p "$root/bin" "$root/etc/init.d" "$root/run" "$root/log" "$root/share"
below() {
	sed -e "s|/etc/caltrop|$root/etc/caltrop|g; s|/var/run|$root/run|g; s|/var/log|$root/log|g" \
		-e "s|/usr/share/caltrop|$root/share|g; s|/etc/init.d|$root/etc/init.d|g"
}
cp $files/uci.awk "$root/share/"
below <$files/caltrop.init >"$root/init"
below <$files/caltrop.firewall >"$root/firewall"
stub() { printf '#!/bin/sh\n%s\n' "$2" >"$root/bin/$1"; chmod +x "$root/bin/$1"; }
stub uci 'case "$*" in
*"export caltrop") cat "$UCI_EXPORT" ;;
*"get firewall.caltrop") exit 1 ;;
*batch) cat ;;
esac'
stub caltropd '! grep "wrong" "$3" >&2'
stub logger 'echo "$*" >&2'
stub sleep ':'
under() { UCI_EXPORT=$export PATH=$root/bin:$PATH busybox ash -c ". $here/stub/procd.sh; . $root/init; $1"; }

below <"$tmp/shipped.uci" >"$root/export"
export=$root/export
under start_service >"$tmp/got" 2>&1
is 'the guard starts behind a file of what logd keeps' "instance logread
  command /sbin/logread -f -F $root/log/caltrop/messages -S 64
  respawn 3600 5 0
end
instance caltropd
  command /usr/sbin/caltropd
  file $root/etc/caltrop/caltrop.conf
  reload_signal HUP
  respawn 3600 5 0
  term_timeout 15
  limits core=0 0
  stdout 1
  stderr 1
end" "$tmp/got"
does 'its settings are written' has "$root/etc/caltrop/caltrop.conf" "^state_dir = $root/etc/caltrop/state$"
does 'its folders are made' test -d "$root/etc/caltrop/state" -a -d "$root/run/caltrop" -a -d "$root/log/caltrop"
inode=$(ls -i "$root/etc/caltrop/caltrop.conf")
under start_service >/dev/null 2>&1
does 'what did not change is not written to flash' test "$inode" = "$(ls -i "$root/etc/caltrop/caltrop.conf")"
does 'nothing is left of the translation' test -z "$(ls "$root/run" | grep -v '^caltrop$')"
sed "s/logread_size '64'/logread_size '0'/" "$root/export" >"$root/quiet"
export=$root/quiet
under start_service >"$tmp/got" 2>&1
does 'logd is not followed where it shall not be' test "$(grep -c instance "$tmp/got")" = 1
sed "s/enabled '1'/enabled '0'/" "$root/export" >"$root/off"
export=$root/off
under start_service >"$tmp/got" 2>&1
does 'what is off does not start' test ! -s "$tmp/got"
sed "s/'enforce'/'wrong'/" "$root/export" >"$root/mistaken"
export=$root/mistaken
under start_service >"$tmp/got" 2>&1
does 'a mistake is said' has "$tmp/got" 'the settings have mistakes: mode = wrong'
does 'and the guard runs by the last good settings' has "$tmp/got" 'instance caltropd'
does 'which stay' has "$root/etc/caltrop/caltrop.conf" '^mode = enforce$'
rm "$root/etc/caltrop/caltrop.conf"
under 'start_service || echo failed' >"$tmp/got" 2>&1
does 'without any it does not start' has "$tmp/got" '^failed$'
export=$root/export
under service_triggers >"$tmp/got"
is 'a commit of the settings reloads it' 'reload when caltrop changes' "$tmp/got"

UCI_EXPORT=$export PATH=$root/bin:$PATH busybox ash $files/caltrop.defaults >"$tmp/got" 2>&1
does 'the firewall is told of the include once' has "$tmp/got" 'set firewall.caltrop.path=/usr/share/caltrop/firewall'
does 'as a script that fw4 takes' has "$tmp/got" 'set firewall.caltrop.fw4_compatible=1'
printf '#!/bin/sh\necho "$1" >%s/restarted\n' "$root" >"$root/etc/init.d/caltrop"
chmod +x "$root/etc/init.d/caltrop"
include() { # as fw4 runs it, but that its end is waited for
	sed 's/^exit 0$/wait/' "$root/firewall" >"$root/firewall.sh"
	rm -f "$root/restarted"
	PATH=$root/bin:$PATH busybox ash "$root/firewall.sh" >/dev/null 2>&1
}
stub caltrop 'echo "{\"items\":[{\"addr\":\"198.51.100.7\",\"state\":\"in_force\"}]}"'
stub nft 'exit 1'
include
does 'bans without a table start the guard anew' has "$root/restarted" restart
stub nft 'exit 0'
include
does 'a table that is there does not' test ! -e "$root/restarted"
stub nft 'exit 1'
stub caltrop 'echo "{\"items\":[]}"'
include
does 'nor does a guard without bans' test ! -e "$root/restarted"

# LuCI: what the page may have lifted.

sed "s|/usr/bin/caltrop|echo|" ports/openwrt/luci-app-caltrop/root/usr/libexec/caltrop-unban >"$root/unban"
for addr in 198.51.100.7 198.51.100.0/24 2001:db8::/64; do
	busybox ash "$root/unban" "$addr" >"$tmp/got" 2>&1
	is "the ban of $addr" "local unban $addr" "$tmp/got"
done
for wrong in '' '-c' '--socket=/tmp/x' '198.51.100.7 -c /etc/shadow' '$(reboot)'; do
	does "not $wrong" test "$(busybox ash "$root/unban" "$wrong" 2>/dev/null; echo $?)" = 2
done
does 'nor two things' test "$(busybox ash "$root/unban" 198.51.100.7 198.51.100.8 2>/dev/null; echo $?)" = 2

# The page itself needs an interpreter, which no other check does: where there is none, that is said.
if command -v node >/dev/null; then
	node "$here/luci.js" ports/openwrt/luci-app-caltrop/htdocs/luci-static/resources/view/caltrop/guard.js \
		>"$tmp/got" 2>&1 || grep -q '^FAIL' "$tmp/got" || echo 'FAIL  the page in LuCI cannot be run' >>"$tmp/got"
	grep '^FAIL' "$tmp/got"
	passed=$((passed + $(grep -c '^ok' "$tmp/got")))
	failed=$((failed + $(grep -c '^FAIL' "$tmp/got")))
else
	echo "left out: the page in LuCI is not run, there is no node"
fi

# OpenWrt: what the Makefile says and does.

openwrt() {
	make --no-print-directory -s -C ports/openwrt/net/caltrop TOPDIR="$here/stub/openwrt" STUB_HERE="$here/stub/openwrt" \
		STUB="$tmp/openwrt" CALTROP_TREE="$tmp/tree" "$@"
}
openwrt stub-fields >"$tmp/got" 2>&1
grep '^caltrop-tiny' "$tmp/got" >"$tmp/tiny"
is 'a tiny package' \
	'caltrop-tiny VARIANT=tiny USERID=caltrop=848:caltrop=848 PROVIDES=caltrop DEPENDS=+libuv +libmbedtls +kmod-nft-core' \
	"$tmp/tiny"
does 'the other with what its options need' has "$tmp/got" '^caltrop VARIANT=full .*+CALTROP_UPLINK:libprotobuf-c'
does 'a changed option builds it anew' has "$tmp/got" \
	"^options $(grep -c '^config ' ports/openwrt/net/caltrop/Config.in)\$"
for program in sbin/caltropd libexec/caltrop-core bin/caltrop; do
	mkdir -p "$tmp/openwrt/installed/usr/${program%/*}"
	touch "$tmp/openwrt/installed/usr/$program"
done
for package in caltrop caltrop-tiny; do
	openwrt stub-install-$package >"$tmp/said" 2>&1
	(cd "$tmp/openwrt/root-$package" && find . -type f | sort) >"$tmp/got" 2>&1
	is "the files of $package" './etc/config/caltrop
./etc/init.d/caltrop
./etc/uci-defaults/90-caltrop
./lib/upgrade/keep.d/caltrop
./usr/bin/caltrop
./usr/libexec/caltrop-core
./usr/sbin/caltropd
./usr/share/caltrop/firewall
./usr/share/caltrop/uci.awk' "$tmp/got"
done

# The menus' answers become the configuration, of each builder: default_defconfig without what its table leaves out.

kconf() { awk -v top=. "$@" -f ports/host/kconf.awk 2>/dev/null | grep CONFIG_; }
expected() { # expected PORT: what is left out, or on by default only with systemd, which the stand-ins do not have
	{
		cat ports/linux/configs/default_defconfig
		awk '$2 == "left" || $2 == "if" { print "# CONFIG_" $1 " is not set" }' "ports/$1/options"
	} >"$tmp/wanted"
	kconf -v mode=config -v user="$tmp/wanted"
}
"$python" "$here/answers.py" "$tmp" || failed=$((failed + 1))
mkdir -p "$tmp/top" "$tmp/tree"
# What a configuration is made by.
# shellcheck disable=SC2046 # a list
tar -cf - Makefile ports $(find . \( -name build.mk -o -name Kconfig \) -not -path './build*') |
	tar -C "$tmp/tree" -xf -
cp "$tmp/openwrt.config" "$tmp/top/.config"
cp "$here"/stub/openwrt/*.mk "$tmp/top/"
openwrt TOPDIR="$tmp/top" stub-configure >"$tmp/said" 2>&1 || cat "$tmp/said"
grep CONFIG_ "$tmp/openwrt/build_dir/caltrop-full/caltrop-0.1.0/build/.config" >"$tmp/got"
is "OpenWrt's menu becomes the configuration" "$(expected openwrt)" "$tmp/got"
rm -rf "$tmp/openwrt/build_dir"
openwrt TOPDIR="$tmp/top" BUILD_VARIANT=tiny stub-configure >"$tmp/said" 2>&1 || cat "$tmp/said"
grep CONFIG_ "$tmp/openwrt/build_dir/caltrop-tiny/caltrop-0.1.0/build/.config" >"$tmp/got"
is 'and the tiny package is the tiny profile' \
	"$(kconf -v mode=config -v user=ports/linux/configs/tiny_defconfig)" "$tmp/got"

{
	echo 'kconfig-package :='
	echo 'include ports/buildroot/package/caltrop/caltrop.mk'
	echo "$tmp/br/fixup: ; \$(CALTROP_KCONFIG_FIXUP_CMDS)"
	echo 'said: ; @echo "$(CALTROP_KCONFIG_DEFCONFIG): $(sort $(CALTROP_DEPENDENCIES))"'
} >"$tmp/buildroot.mk"
buildroot() {
	make --no-print-directory -s -f "$tmp/buildroot.mk" BR2_CONFIG="$tmp/buildroot.config" \
		BR2_EXTERNAL_CALTROP_PATH="$PWD/ports/buildroot" "$@"
}
mkdir -p "$tmp/br/build"
kconf -v mode=config -v user=ports/linux/configs/default_defconfig >"$tmp/br/build/.config"
buildroot "$tmp/br/fixup" >"$tmp/said" 2>&1 || cat "$tmp/said"
kconf -v mode=config -v user="$tmp/br/build/.config" >"$tmp/got"
is "Buildroot's menu becomes the configuration" "$(expected buildroot)" "$tmp/got"
buildroot said BR2_PACKAGE_CALTROP_UPLINK=y >"$tmp/got" 2>&1
is 'with what it needs' 'default_defconfig: host-pkgconf host-protobuf-c libuv mbedtls protobuf-c' "$tmp/got"
buildroot said BR2_PACKAGE_CALTROP_PROFILE_TINY=y >"$tmp/got" 2>&1
is 'and its tiny one is the tiny profile' 'tiny_defconfig: host-pkgconf libuv mbedtls' "$tmp/got"

# The recipe's own function, by make in the place of oe_runmake.
mkdir -p "$tmp/oe"
{
	echo "S=$PWD B=$tmp/oe CALTROP_PROFILE=default CALTROP_ANSWERS="
	echo "PACKAGECONFIG_CONFARGS=\"$(tr '\n' ' ' <"$tmp/yocto.config")\""
	echo 'oe_runmake() { make --no-print-directory -s O="$B" "$@"; }'
	sed -n '/^do_configure() {/,/^}/p' ports/yocto/recipes-security/caltrop/caltrop_*.bb
	echo do_configure
} >"$tmp/oe.sh"
dash -e "$tmp/oe.sh" >"$tmp/said" 2>&1 || cat "$tmp/said"
grep CONFIG_ "$tmp/oe/.config" >"$tmp/got"
is "Yocto's PACKAGECONFIG becomes the configuration" "$(expected yocto)" "$tmp/got"

# Alpine: the recipe's functions and the start script.

mkdir -p "$tmp/alpine"
cat >"$tmp/alpine.sh" <<-END
	startdir=$PWD/ports/alpine pkgdir=$tmp/alpine
	. ports/alpine/APKBUILD
	make() { echo "make \$*" | sed "s|$PWD/||g; s|$tmp|TMP|g; s|O=.*=n |... |"; }
	build && package
END
busybox ash "$tmp/alpine.sh" >"$tmp/got" 2>&1
is 'Alpine builds and installs' 'make -C ports/alpine/../.. ... all
make -C ports/alpine/../.. ... DESTDIR=TMP/alpine install' "$tmp/got"
(cd "$tmp/alpine" && find . -type f | sort) >"$tmp/got"
is 'with what OpenRC starts' './etc/conf.d/caltropd
./etc/init.d/caltropd' "$tmp/got"
cat >"$tmp/openrc.sh" <<-END
	RC_SVCNAME=caltropd
	need() { echo "need \$*"; } ; after() { echo "after \$*"; } ; before() { echo "before \$*"; }
	checkpath() { echo "checkpath \$*"; } ; ebegin() { :; } ; eend() { return "\$1"; }
	. ports/alpine/caltrop.initd
	command=$root/bin/caltropd
	depend; start_pre; echo "start \$?"; reload
END
stub caltropd 'exit ${CALTROPD_STATUS:-0}'
stub supervise-daemon 'echo "supervise-daemon $*"'
PATH=$root/bin:$PATH busybox ash "$tmp/openrc.sh" >"$tmp/got" 2>&1
is 'OpenRC starts and reloads' 'need localmount
after bootmisc logger firewall
before sshd dropbear
checkpath -d -m 0755 -o root:root /run/caltrop /var/lib/caltrop
start 0
supervise-daemon caltropd --signal HUP' "$tmp/got"
CALTROPD_STATUS=78 PATH=$root/bin:$PATH busybox ash "$tmp/openrc.sh" >"$tmp/got" 2>&1
does 'wrong settings do not start it' has "$tmp/got" '^start 78$'
does 'and are not reloaded' test "$(grep -c supervise-daemon "$tmp/got")" = 0

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
