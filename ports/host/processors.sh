# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
# What the checks on other processors share; a script sources this. It counts in $passed and $failed, and knows of $here, its
# folder, of $arch, the processor, and of $out, where that one's build is.
#
#   take NAME              adds the counts that a runner left
#   find_row CHECK TABLE   the processor's row of that table into $row; if there is none, says so and counts it
passed=0
failed=0

take() {
	p=0
	f=1
	[ -f "$out/results/$1" ] && read -r p f <"$out/results/$1"
	echo "$arch $1: $p passed, $f failed"
	passed=$((passed + p))
	failed=$((failed + f))
}

find_row() {
	row=$(awk -v arch="$arch" '$1 == arch' "$here/$2")
	[ -z "$row" ] || return 0
	echo "$1: no such processor: $arch; there are $(sed '/^#/d; s/ .*//' "$here/$2" | paste -sd' ')"
	failed=$((failed + 1))
	return 1
}
