#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds the guard statically with musl, says how large it is, and runs unit tests and corpus: musl.sh ARCH...
# musl and the libraries are built from Debian's source packages. What eBPF needs is not, so that the guard reads processes
# and connections as it does on a kernel without.
# TEST is a part of the names of the unit tests to be run; without it all are.
# JOBS is -jN for each build; without it a build takes its jobs from the make that called.
set -u
here=$(dirname "$0")
# shellcheck source=ports/host/processors.sh
. "$here/processors.sh"

judge() {
	if [ "$1" = 0 ]; then
		passed=$((passed + 1))
	else
		echo "      | $arch: $2"
		failed=$((failed + 1))
	fi
}

built() {
	make ${JOBS:+"$JOBS"} --no-print-directory "O=$out" "DEPS=$DEPS" "CROSS_COMPILE=$triplet-" "CC=$root/bin/musl-gcc" \
		"PKG_CONFIG_LIBDIR=$root/lib/pkgconfig" "CFLAGS=$flags" LDFLAGS=-static-pie "RUN=$run" WERROR=1 "$@" </dev/null
}

# sized PROFILE: what lies on the flash, in bytes, and compressed as firmware is: a squashfs of blocks of 1 MiB, as
# OpenWrt has for small flash, by xz. A program that any Linux can start names no loader.
sized() {
	rm -rf "$out/flash" "$out/flash.squashfs"
	mkdir "$out/flash"
	for program in caltropd caltrop-core caltrop; do
		# shellcheck disable=SC2086 # RUN is a command
		$run "$out/$program" --version >/dev/null || return 1
		if [ -L "$out/$program" ]; then
			ln -s "$(readlink "$out/$program")" "$out/flash/$program"
			continue
		fi
		"$triplet-strip" -o "$out/flash/$program" "$out/$program" || return 1
		! "$triplet-readelf" -lW "$out/$program" | grep -q INTERP || return 1
		printf '%s %s %s: %s bytes\n' "$arch" "$1" "$program" "$(wc -c <"$out/flash/$program")"
	done
	mksquashfs "$out/flash" "$out/flash.squashfs" -comp xz -b 1M -all-root -no-xattrs -nopad >"$out/flash.log" || return 1
	printf '%s %s, all in a squashfs by xz: %s bytes\n' "$arch" "$1" "$(wc -c <"$out/flash.squashfs")"
}

profile() {
	out=$O/musl/$arch/$1
	rm -rf "$out/results"
	mkdir -p "$out"
	{
		cat "ports/linux/configs/${1}_defconfig"
		printf '# CONFIG_SENSOR_%s_BPF is not set\n' PROCESS SOCKET
	} >"$out/.config"
	[ "$1" = tiny ] || echo CONFIG_FIREWALL_IPTABLES=y >>"$out/.config"
	built all >"$out/all.log" 2>&1
	judge $? "$1 does not build: $(grep -m 3 -E 'error|undefined' "$out/all.log")"
	sized "$1"
	judge $? "$1 is not one static program of each"
	found=$(tests/tidy/hardened.sh "$([ "$1" = tiny ] || echo pages)" "$out"/caltropd "$out"/caltrop-core "$out"/caltrop)
	[ -z "$found" ]
	judge $? "$1: $found"
}

# without WHY TEXT takes out of $units the tests that include TEXT, and names them.
without() {
	[ "$units" ] || return
	# shellcheck disable=SC2046,SC2086 # a list
	lacking=$(grep -lF "#include $2" $(printf '%s.c ' $units) | sed 's/\.c$//')
	[ -z "$lacking" ] || echo "$arch: not built, $1: $(echo "$lacking" | paste -sd' ')"
	# shellcheck disable=SC2086 # a list
	units=$(printf '%s\n' $units | grep -vxF "${lacking:--}")
}

# Tests of what is built.
tested() {
	units=$(find tests/unit/agent tests/unit/proto -name "*${TEST-}*_test.c" | sed 's/\.c$//' | sort)
	without 'they ask libmnl whether we are right' '<libmnl/'
	without 'they read rings, which only BPF fills' '"agent/source/ring.h"'
	without 'they play the service, of which nothing is built' '"server-stub/'
	built "units=$(echo "$units" | paste -sd' ')" "groups=base common tls proto agent actor cli test" check-unit-plain >"$out/unit-plain.log" 2>&1 ||
		grep -E '^\[ +(ERROR|LINE|FAILED) |ended with|error:|undefined|\*\*\*' "$out/unit-plain.log" | head -n 40 | sed 's/^/      | /'
	take unit-plain
	built check-corpus >"$out/corpus.log" 2>&1 || tail -n 20 "$out/corpus.log" | sed 's/^/      | /'
	take corpus
}

for arch; do
	find_row musl processors-musl || continue
	# shellcheck disable=SC2034 # what a row begins with
	read -r name triplet qemu flags <<-END
		$row
	END
	[ "$qemu" = - ] && run= || run=qemu-$qemu-static
	if ! command -v "$triplet-gcc" >/dev/null || { [ -n "$run" ] && ! command -v "$run" >/dev/null; }; then
		echo "musl: $arch: no $triplet-gcc or $run; as root: ports/host/deps.sh $DEPS musl cross cross-$arch"
		failed=$((failed + 1))
		continue
	fi
	if ! "$here/sources.sh" "$DEPS/sources" musl libuv1 protobuf-c mbedtls libzstd cmocka; then
		failed=$((failed + 1))
		break
	fi
	mkdir -p "$O/musl/$arch"
	root=$(mkdir -p "$DEPS/musl-$arch" && cd "$DEPS/musl-$arch" && pwd)
	"$here/musl-root.sh" "$triplet" "$root" "$DEPS/sources" "$flags" >"$O/musl/$arch/root.log" 2>&1
	judge $? "musl and the libraries do not build: $(tail -n 3 "$O/musl/$arch/root.log")"
	[ -e "$root/.built" ] || continue
	profile tiny
	profile default
	tested
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
