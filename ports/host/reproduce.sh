#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds the same sources twice, in folders, time zones, locales, umasks and with a number of jobs that differ, and compares,
# byte by byte, what both install and say of it, and the programs with what debuggers read: reproduce.sh PROFILE_defconfig...
# As root, the second builder is another user, on a host of another name. Nothing that a compiler's cache kept is used.
set -u
deps=$(cd "$DEPS" && pwd)
rm -rf "$O/reproduce"
base=$(mkdir -p "$O/reproduce" && cd "$O/reproduce" && pwd)
epoch=$(git log -1 --format=%ct 2>/dev/null || stat -c %Y Makefile)
passed=0
failed=0

# A builder: build.sh FOLDER PROFILE JOBS DEPS, in an environment that is all it gets.
cat >"$base/build.sh" <<'END'
set -eu
cd "$1/sources"
make "-j$3" --no-print-directory O="$1/o" DEPS="$4" "$2" all
make --no-print-directory O="$1/o" DESTDIR="$1/root" install
make --no-print-directory O="$1/o" sbom
END
common="PATH=/usr/sbin:/usr/bin:/sbin:/bin CCACHE_DISABLE=1 SOURCE_DATE_EPOCH=$epoch"

# shellcheck disable=SC2086 # words of an environment
first() { env -i $common TZ=UTC LC_ALL=C HOME=/ sh "$base/build.sh" "$1" "$2" 2 "$deps"; }

# shellcheck disable=SC2086,SC2016 # words of an environment; for the inner shell
second()
{
	set -- env -i $common TZ=Pacific/Chatham LC_ALL=C.UTF-8 HOME="$1" sh -c 'umask 077; exec sh "$@"' sh "$base/build.sh" "$1" "$2" 3 "$deps"
	if [ "$(id -u)" = 0 ]; then
		set -- unshare --uts sh -c 'hostname elsewhere && exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@"' sh "$@"
	fi
	"$@"
}

# told FOLDER: modes and sums of what it installed, and the sums of the programs and of what it says that they are made of.
told()
{
	(cd "$1" && find root -type f -exec stat -c 'mode %n %a' {} + &&
		find root o/caltrop.*.json -type f -exec sha256sum {} + &&
		find o -maxdepth 1 -type f -perm -u+x -exec sha256sum {} +) | LC_ALL=C sort -k 2
}

tar -cf "$base/sources.tar" --exclude=./build --exclude='./build-*' --exclude=./.git --exclude=node_modules .
for profile; do
	one=$base/$profile/a
	two=$base/$profile/another/name/and/depth
	mkdir -p "$one/sources" "$two/sources"
	tar -xf "$base/sources.tar" -C "$one/sources"
	tar -xf "$base/sources.tar" -C "$two/sources"
	[ "$(id -u)" != 0 ] || chown -R 65534:65534 "$two"
	if first "$one" "$profile" >"$one/log" 2>&1 </dev/null && second "$two" "$profile" >"$two/log" 2>&1 </dev/null &&
		told "$one" >"$one/told" && told "$two" >"$two/told" && [ -s "$one/told" ] && diff "$one/told" "$two/told"; then
		echo "ok    $profile: $(grep -c ' root/' "$two/told") files are the same twice"
		passed=$((passed + 1))
	else
		echo "FAIL  $profile; the logs are $one/log and $two/log"
		tail -n 5 "$one/log" "$two/log" 2>/dev/null | sed 's/^/      | /'
		failed=$((failed + 1))
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
