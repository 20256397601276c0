#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The guard for small flash, `make tiny_defconfig`, as it is installed: nothing of what it was built without is in it, it
# says what it has, and it bans.

. "$(dirname "$0")/lib.sh"

tiny=$BUILD/tiny
# tiny_make TARGET...: outside of this make, in a folder of its own.
tiny_make()
{
	env -u MAKEFLAGS -u MAKELEVEL make -C "$TOP" --no-print-directory -j"$(nproc)" O="$tiny" \
		KCONFIG_CONFIG="$tiny/.config" DEPS="${DEPS:-$BUILD/deps}" "$@"
}

built_and_installed()
{
	local stage; stage=$(mktemp -d)
	mkdir -p "$tiny"
	tiny_make tiny_defconfig all INIT=none DESTDIR="$stage" install >"$tiny/log" 2>&1 || { cat "$tiny/log"; fail "no tiny guard"; }
	check_not "make says nothing that nobody asked for" grep -vE '^  [A-Z]+ |^make: Nothing' "$tiny/log"
	check "one program is installed" [ "$(cd "$stage" && find . -type f -perm -u+x -printf '%f\n')" = caltropd ]
	check "which is the two others, by links that hold anywhere" [ "$(cd "$stage" && find . -type l -printf '%f %l\n' | sort | xargs)" = \
		"caltrop ../sbin/caltropd caltrop-core ../sbin/caltropd" ]
	for program in bin/caltrop libexec/caltrop-core sbin/caltropd; do
		check "it answers as ${program#*/}" says_its_name "$stage/usr/local/$program"
	done
	check "and under another name says what it is" nameless "$stage/usr/local/sbin/caltropd"
	for program in $(find "$stage" -type f -perm -u+x); do
		check_not "$(basename "$program"), $(stat -c %s "$program") bytes, has no symbols" has_symbols "$program"
	done
	rm -rf "$stage"
	check "nothing of BPF is in them, and what hardens them is" tidy_linked
	check "caltropd --features says all that was configured" features_are_all
	check "the examples of caltrop --help are of its own commands" examples_work
}
says_its_name() { "$1" --version | grep -q "^${1##*/} [0-9]"; }
nameless()
{
	ln -sf "$1" "$tiny/another"
	"$tiny/another" --version >"$tiny/another.said" 2>&1
	[ $? = 64 ] && grep -q 'another: this file is caltropd, caltrop-core and caltrop' "$tiny/another.said"
}
has_symbols() { readelf -S "$1" | grep -q '\.symtab\|\.debug'; }
tidy_linked() { (cd "$TOP" && MAKEFLAGS= O="$tiny" tests/tidy/tidy.sh linked hardened); }
features_are_all() { "$tiny/caltropd" --features | diff - <(grep CONFIG_ "$tiny/.config"); }
examples_work()
{
	"$tiny/caltrop" --help | sed '1,/^examples:/d; s/^  caltrop //' >"$tiny/examples"
	[ -s "$tiny/examples" ] && while read -r one; do
		"$tiny/caltrop" --help | sed '/^examples:/q' | grep -qE "^  (${one%% *}|${one%% -*}) " || { echo "no command: $one"; return 1; }
	done <"$tiny/examples"
}

[ "${WORLD_INSIDE-}" ] || built_and_installed
export PROGRAMS=$tiny
world_enter "$@"
cast; log_new
guard_conf <<-EOF
	[auth]
	files = $LOG
	[rule.brute_force]
	count = 3
EOF
guard_start
for i in 1 2 3; do log_failure $ATTACKER1; done
wait_for 5 "the ban" banned $ATTACKER1
ok "it bans"
check "and keeps no records, which nobody would take" [ ! -e $STATE/core/acked ]
printf '[process]\nenabled = yes\n' >/tmp/process.conf
check "and refuses what it was built without" \
	eval "on device caltropd --check-config --config /tmp/process.conf 2>&1 | grep -q 'this build does not have SENSOR_PROCESS'"
printf '[response]\nnever_ban = 192.0.2.7 bastion.example\n' >/tmp/names.conf
check "a name in never_ban, too, instead of leaving it unprotected" eval "on device caltropd --check-config --config /tmp/names.conf 2>&1 |
	grep -qF \"[response] never_ban: 'bastion.example' is a name: this build does not have NEVER_BAN_NAMES\""
