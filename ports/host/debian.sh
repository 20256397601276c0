#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs .ci/run in a fresh, minimal Debian of the named release: debian.sh SUITE
# The system is made once under $DEPS/SUITE and entered with mounts of its own; the sources are there read-only. Needs root.
set -eu
. "$(dirname "$0")/suite.sh"
suite=$1
root=$DEPS/$suite
out=$(mkdir -p "$O/$suite" && cd "$O/$suite" && pwd)
left_out=
[ "$suite" = bookworm ] || left_out=format	# clang-format 14 is Debian 12's

if [ "$(id -u)" != 0 ]; then
	echo 'debian: needs root for debootstrap and chroot'
	echo '0 passed, 1 failed'
	exit 1
fi

suite_make "$suite" "$root" "$out/debootstrap.log" || { echo '0 passed, 1 failed'; exit 1; }
suite_enter "$root" "$(pwd)" "$out" env LEFT_OUT="$left_out" /src/.ci/run O=/build DEPS=/build/deps
