#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the configuration costs on flash: builds every profile, then the default one without each of its options,
# strips, and writes sizes in bytes to tests/footprint/sizes. Prompts and Costs lines quote it.
#   O=build DEPS=... tests/footprint/footprint.sh [OPTION...]
# The difference is of the loadable parts (text + data), which page rounding does not blur.
set -eu
cd "$(dirname "$0")/../.."
work=$O/footprint
base=$work/base
table=tests/footprint/sizes
mkdir -p "$work"

# build DIR makes the programs there from the .config that is there.
build() { make --no-print-directory "O=$1" "DEPS=$DEPS" "${2:-all}" </dev/null >"$1/log" 2>&1 || { tail -n 20 "$1/log"; return 1; }; }

# loadable DIR PROGRAM
loadable() { if [ -f "$1/$2" ]; then size "$1/$2" | awk 'NR == 2 { print $1 + $2 }'; else echo 0; fi; }
stripped() { [ ! -f "$1/$2" ] || { strip -o "$work/stripped" "$1/$2" && stat -c %s "$work/stripped"; }; }

configure() {
	mkdir -p "$1"
	awk -v mode=config -v top=. -v "user=$2" -f ports/host/kconf.awk >"$1/.config" 2>/dev/null
}

{
	echo '# Written by `make footprint`: bytes on this compiler and processor.'
	echo "# $(${CC:-gcc} --version | head -n 1), $(uname -m)"
	echo
	echo '# profile  program  stripped file  text+data'
	for profile in tiny default full; do
		configure "$work/$profile" "ports/linux/configs/${profile}_defconfig"
		build "$work/$profile"
		for p in caltropd caltrop-core caltrop caltrop-server; do
			[ -f "$work/$profile/$p" ] || continue
			echo "$profile $p $(stripped "$work/$profile" $p) $(loadable "$work/$profile" $p)"
		done
	done
} >"$work/sizes"

# One option less at a time. The header changes with each, so each is a whole build; CC='ccache gcc' shortens it.
{
	echo
	echo '# option  caltropd  caltrop-core  caltrop: text+data that full has more with it'
	configure "$base" ports/linux/configs/full_defconfig
	build "$base"
	for option in ${*:-$(sed -n 's/^CONFIG_\([A-Z_0-9]*\)=y$/\1/p' "$base/.config" | grep -vxE 'AGENT|SERVER|TLS|PROTOBUF|UV')}; do
		sed "s/^CONFIG_$option=y/# CONFIG_$option is not set/" "$base/.config" >"$work/answers"
		configure "$work/less" "$work/answers"
		if build "$work/less" agent >&2; then
			echo "$option" "$(($(loadable "$base" caltropd) - $(loadable "$work/less" caltropd)))" \
				"$(($(loadable "$base" caltrop-core) - $(loadable "$work/less" caltrop-core)))" \
				"$(($(loadable "$base" caltrop) - $(loadable "$work/less" caltrop)))"
		else
			echo "$option does-not-build"
		fi
	done
} >>"$work/sizes"
[ $# -gt 0 ] || cp "$work/sizes" $table
cat "$work/sizes"
