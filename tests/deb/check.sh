#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Debian's packages, in a fresh Debian of each named release: check.sh SUITE...
# They are built twice (byte by byte the same), judged by lintian, tried by their own tests (autopkgtest, null and unshare),
# and installed, upgraded, removed and purged in a system that has nothing else. Needs root, for debootstrap. ONLY="build
# life" says what.
set -u
. ports/host/suite.sh
here=tests/deb
passed=0
failed=0

count()
{
	if [ "$1" -eq 0 ]; then
		echo "ok    $2"
		passed=$((passed + 1))
	else
		echo "FAIL  $2; see $3"
		tail -n "${4:-15}" "$3" | sed 's/^/      | /'
		failed=$((failed + 1))
	fi
}

# inside NAME ROOT COMMAND...: run it in that system, which has the sources and the packages; counts it.
inside()
{
	name=$1 root=$2
	shift 2
	suite_enter "$root" "$sources" "$out" "$@" >"$out/$name.log" 2>&1 </dev/null
	count $? "$suite: $name" "$out/$name.log"
}

# booted NAME ROOT UNIT: the same under that system's systemd; the unit writes life.log.
booted()
{
	rm -f "$out/life.log"
	suite_boot "$2" "$sources" "$out" "$3" >"$out/boot.log" 2>&1 </dev/null
	code=$?
	[ -s "$out/life.log" ] || cp "$out/boot.log" "$out/life.log"
	count $code "$suite: $1" "$out/life.log"
}

# fresh ROOT: a copy of the bare system.
fresh()
{
	rm -rf "$1"
	cp -a "$DEPS/deb-$suite" "$1" && : >"$1/.copied"
}

# systems: the bare one, and the one that builds.
systems()
{
	suite_make "$suite" "$DEPS/deb-$suite" "$out/debootstrap.log" || return 1
	[ -e "$DEPS/deb-$suite/etc/hosts" ] || echo '127.0.0.1 localhost' >"$DEPS/deb-$suite/etc/hosts" # as an installer would
	[ -e "$DEPS/deb-$suite-build/.copied" ] || fresh "$DEPS/deb-$suite-build" || return 1
	suite_enter "$DEPS/deb-$suite-build" "$sources" "$out" /src/$here/prepare.sh || return 1
	tar -C "$DEPS/deb-$suite" -cf "$out/bare.tar" .
}

if [ "$(id -u)" != 0 ]; then
	echo 'deb: needs root for debootstrap and chroot'
	echo '0 passed, 1 failed'
	exit 1
fi

sources=$(pwd)
only=${ONLY:-build same lintian null unshare life}
for suite; do
	out=$(mkdir -p "$O/deb-$suite" && cd "$O/deb-$suite" && pwd)
	systems >"$out/prepare.log" 2>&1 </dev/null || { count 1 "$suite: the system that builds" "$out/prepare.log"; continue; }
	for step in $only; do
		case $step in
		life)
			fresh "$out/system"
			inside "what the packages depend on" "$out/system" /src/$here/needs.sh /build/first/deb
			booted "install, upgrade, remove, purge" "$out/system" caltrop-life.service
			rm -rf "$out/system"
			;;
		*) inside "$step" "$DEPS/deb-$suite-build" /src/$here/step.sh "$step" ;;
		esac
	done
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
