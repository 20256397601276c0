#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds for other processors and runs the unit tests, the corpus and the fuzzers' seeds there: cross.sh ARCH...
# 32 bits and big-endian are what finds the mistakes. No sanitizers: the emulator cannot carry them.
# JOBS is -jN for each build; without it a build takes its jobs from the make that called.
set -u
here=$(dirname "$0")
# shellcheck source=ports/host/processors.sh
. "$here/processors.sh"

# machine PROGRAM: the processor that it is for.
machine() { LC_ALL=C readelf -h "$1" | grep Machine; }

# loader TRIPLET: what loads programs of this processor.
loader() {
	echo 'int main(void) { return 0; }' | "$1-gcc" -x c - -o "$out/empty"
	LC_ALL=C readelf -l "$out/empty" | sed -n 's/.*interpreter: \(.*\)\]/\1/p'
}

for arch; do
	find_row cross processors || continue
	# shellcheck disable=SC2034 # what a row begins with
	read -r name triplet qemu suite <<-END
		$row
	END
	qemu=qemu-$qemu-static
	if ! command -v "$triplet-gcc" >/dev/null || ! command -v "$qemu" >/dev/null; then
		echo "cross: $arch: no $triplet-gcc or $qemu; as root: ports/host/deps.sh $DEPS cross cross-$arch"
		failed=$((failed + 1))
		continue
	fi
	out=$O/cross/$arch
	root=$DEPS/sysroot-$arch
	case "$root" in /*) ;; *) root=$PWD/$root ;; esac
	rm -rf "$out/results"
	mkdir -p "$out"
	"$here/sysroot.sh" "$arch" "$root" "$suite" >"$out/sysroot.log" 2>&1 || tail "$out/sysroot.log"
	# Programs name their loader and their libraries in the sysroot themselves. Told by -L, the emulator would look for
	# every absolute path in the sysroot first, "/" among them, and what walks down from there would find nothing.
	loader=$(loader "$triplet")
	multiarch=$("$triplet-gcc" -print-multiarch)
	there=-Wl,--dynamic-linker=$root$loader,--disable-new-dtags,-rpath,$root/lib/$multiarch:$root/usr/lib/$multiarch
	cross() {
		make ${JOBS:+"$JOBS"} --no-print-directory "O=$out" "DEPS=$DEPS" "CROSS_COMPILE=$triplet-" "SYSROOT=$root" \
			"RUN=$qemu" "LDFLAGS=$there" FUZZ_SECONDS=1 WERROR=1 "$@" </dev/null
	}
	for check in unit-plain corpus fuzz-plain; do
		cross all "check-$check" >"$out/$check.log" 2>&1 ||
			grep -vE '^ +[A-Z]+ |^\[ +(RUN|OK) ' "$out/$check.log" | tail -n 40 | sed 's/^/      | /'
		take "$check"
	done
	# What was built is installed as it is: nobody says for which processor once more, and nothing is compiled anew.
	rm -rf "$out/root"
	if make --no-print-directory "O=$out" "DESTDIR=$out/root" install >"$out/install.log" 2>&1 </dev/null &&
		! grep -E '^ +(CC|LD|AR) ' "$out/install.log" &&
		[ "$(machine "$out/root/usr/local/sbin/caltropd")" = "$(machine "$out/caltropd")" ]; then
		passed=$((passed + 1))
	else
		tail -n 20 "$out/install.log" | sed 's/^/      | /'
		failed=$((failed + 1))
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
