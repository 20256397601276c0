#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `make install` puts everything that was built where the units and the manual look for it.

. "$(dirname "$0")/lib.sh"

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# started_by UNIT: the program that the unit starts.
started_by() { sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' "$dir/usr/local/lib/systemd/system/$1.service"; }

# The build folder named as a build names it, and nothing else: it knows by what it was built.
install() { env -u MAKEFLAGS -u MAKELEVEL -u CI -u DEPS make -C "$TOP" --no-print-directory O="${BUILD#"$TOP"/}" "$@"; }
install INIT=systemd DESTDIR="$dir" install >"$dir/log" 2>&1 || { cat "$dir/log"; fail "make install"; }
check_not "nothing is compiled to be installed" grep -qE '^ +(CC|LD|AR) ' "$dir/log"
install INIT=openrc DESTDIR="$dir" install >"$dir/log" 2>&1 && fail "an init system that is not known is taken"
check "which is said" grep -q 'INIT=openrc is not known: it is systemd, sysv or none' "$dir/log"

# A C library older than packed relocations would not relocate what has them: they are off by themselves there.
mkdir "$dir/old"
echo '/* An elf.h without DT_RELR. */' >"$dir/old/elf.h"
packed() { install -n O="$dir/$1" CC="$2" LTO=n all 2>/dev/null | grep -c 'pack-relative-relocs'; }
if echo DT_RELR | ${CC:-gcc} -E -x c -include elf.h - | grep -qx 36; then
	check_not "relocations are packed where the C library knows them" [ "$(packed new "${CC:-gcc}")" = 0 ]
fi
check "and are not where it doesn't" [ "$(packed older "${CC:-gcc} -I$dir/old")" = 0 ]

for program in caltropd caltrop-core caltrop caltrop-server; do
	[ -x "$BUILD/$program" ] || continue
	at=$(cd "$dir" && find usr -type f -perm -u+x -name "$program")
	strip -o "$dir/stripped" "$BUILD/$program" || fail "strip"
	check "$program is installed, without symbols: $at" cmp "$dir/stripped" "$dir/$at"
done
for unit in "$dir"/usr/local/lib/systemd/system/*.service; do
	unit=$(basename "$unit" .service)
	check "the unit of $unit starts what is installed" [ -x "$dir$(started_by "$unit")" ]
done
# Debian 12's systemd has these in no group. Without one of them the service ends at once, which only a unit shows.
for call in seccomp landlock_create_ruleset landlock_add_rule landlock_restrict_self; do
	check "the service's unit lets it put its fence up: $call" \
		grep -qE "^SystemCallFilter=[a-z_ ]*\b$call\b" "$dir/usr/local/lib/systemd/system/caltrop-server.service"
done
# The same is true of the guard's capabilities: one that no other part needs is for decoys below port 1024.
if "$BUILD/caltropd" --features | grep -q CONFIG_SENSOR_PACKET=y; then
	check "the guard's unit lets it bind decoys" \
		grep -qE '^CapabilityBoundingSet=.*\bCAP_NET_BIND_SERVICE\b' "$dir/usr/local/lib/systemd/system/caltropd.service"
fi
for page in "$dir"/usr/local/share/man/man?/*; do
	check "$(basename "$page") is a sound manual page" mandoc -T lint -W warning "$page"
done
