#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the configuration costs on flash. Builds the three profiles, then the full one without each of its options in
# turn, writes the bytes to tests/footprint/sizes and from there into the Costs lines of the Kconfig files, which
# `make tidy` holds against each other. Options are weighed with LTO=n: what was optimised as a whole has no parts.
#   O=build DEPS=... tests/footprint/footprint.sh [OPTION...]     with options: weighs only these, writes nothing
# What each source takes while nothing happens goes to tests/footprint/idle, where it can be measured (sources_*.sh).
# An option's bytes are those of the loadable parts (text + data), which page rounding does not blur. All options share
# one build folder: between two of them only the objects that one of the changed symbols can reach are compiled again.
set -eu
cd "$(dirname "$0")/../.."
work=$O/footprint
each=$work/each
table=tests/footprint/sizes
kconfigs="Kconfig $(find agent server-stub -name Kconfig | sort | tr '\n' ' ')"
mkdir -p "$work"

say() { echo "footprint: $*" >&2; }

# build DIR [TARGET]: the programs there, from the .config that is there.
build()
{
	make --no-print-directory -j"$(nproc)" "O=$1" "DEPS=$DEPS" "${2:-all}" </dev/null >"$1/log" 2>&1 || {
		tail -n 20 "$1/log" >&2
		return 1
	}
}

# loadable DIR PROGRAM
loadable() { if [ -f "$1/$2" ]; then size "$1/$2" | awk 'NR == 2 { print $1 + $2 }'; else echo 0; fi; }
stripped() { strip -o "$work/stripped" "$1/$2" && stat -c %s "$work/stripped"; }

configure()
{
	mkdir -p "$1"
	awk -v mode=config -v top=. -v "user=$2" -f ports/host/kconf.awk >"$1/.config" 2>/dev/null
}

# reconfigure ANSWERS: the shared folder gets another configuration. Objects that none of the changed symbols can
# reach, by the files that the compiler said it read, are kept.
reconfigure()
{
	cp "$each/.config" "$work/before"
	configure "$each" "$1"
	make --no-print-directory "O=$each" "$each/include/generated/autoconf.h" >/dev/null
	diff "$work/before" "$each/.config" | grep -oE 'CONFIG_[A-Z0-9_]+' | sort -u >"$work/changed" || true
	# shellcheck disable=SC2046 # lists of files
	grep -lwFf "$work/changed" $(find agent proto server-stub ports -name '*.[ch]' ! -name kconfig.h) >"$work/touched" || true
	find "$each" -name '*.d' ! -path '*/san/*' -exec awk '
		NR == FNR { touched[$1] = 1; next }
		FNR == 1 { keep(); d = FILENAME; hit = 0 }
		{ for (i = 1; i <= NF; i++) hit += $i in touched }
		function keep() { if (d != "" && !hit) { sub(/d$/, "o", d); print d } }
		END { keep() }' "$work/touched" {} + | xargs -r touch -c
	rm -f "$each"/lib*.a
}

profiles()
{
	echo '# Written by `make footprint`: bytes on this compiler and processor.'
	echo "# $(${CC:-gcc} --version | head -n 1), $(uname -m)"
	echo
	echo '# profile  program  stripped file  text+data'
	for profile in tiny default full; do
		dir=$work/$profile
		say "profile $profile"
		configure "$dir" "ports/linux/configs/${profile}_defconfig"
		build "$dir"
		for p in caltropd caltrop-core caltrop caltrop-server; do
			[ ! -f "$dir/$p" ] || [ -L "$dir/$p" ] || echo "$profile $p $(stripped "$dir" $p) $(loadable "$dir" $p)"
		done
	done
}

# Options with a prompt. The service is built again for its own options only.
# shellcheck disable=SC2086 # a list of files
options() { awk '/^config / { name = $2 } /^\tbool "/ { print name }' $kconfigs | grep -vx AGENT; }

one_less()
{
	echo
	echo '# option  caltropd  caltrop-core  caltrop  caltrop-server: text+data that the full profile has more with it, by LTO=n'
	export LTO=n
	configure "$each" ports/linux/configs/full_defconfig
	build "$each"
	cp "$each/.config" "$work/full.config"
	full=$(for p in caltropd caltrop-core caltrop caltrop-server; do loadable "$each" $p; done)
	for option in ${*:-$(options)}; do
		say "without $option"
		sed "s/^CONFIG_$option=y/# CONFIG_$option is not set/" "$work/full.config" >"$work/answers"
		what=agent programs='caltropd caltrop-core caltrop'
		case $option in SERVER | CONSOLE | ALERTS) what=all programs="$programs caltrop-server" ;; esac
		for p in $programs; do rm -f "$each/$p"; done
		reconfigure "$work/answers"
		build "$each" $what
		less=$(for p in $programs; do loadable "$each" "$p"; done)
		# shellcheck disable=SC2086 # numbers; a program that was not built again is as it was
		echo "$option" $(printf '%s\n' $full $less |
			awk '{ v[NR] = $1 } END { for (i = 1; i <= 4; i++) print i + 4 in v ? v[i] - v[i + 4] : 0 }')
	done
}

# The sheets quote the guard's part of the table: the two programs of the device, or what the option is about.
quote()
{
	for kconfig in $kconfigs; do
		awk -f tests/footprint/costs.awk -v mode=write -v table=$table "$kconfig" >"$work/kconfig"
		cmp -s "$work/kconfig" "$kconfig" || cp "$work/kconfig" "$kconfig"
	done
}

# at_rest SCRIPT WHERE: its lines. One that cannot run here keeps the lines that it had, and says why it cannot.
at_rest()
{
	say "sources, $2"
	if PROGRAMS=$(realpath "$work/default") O=$(realpath "$O") tests/footprint/"$1" >"$work/rows" 2>"$work/rows.log"; then
		cat "$work/rows"
		return
	fi
	say "$2: not measured: $(cat "$work/rows" "$work/rows.log" | tail -n 1)"
	sed -n "/^# $2/,/^$/p" tests/footprint/idle | grep -v '^#\|^$' || :
}

idle()
{
	echo '# Written by `make footprint`: what the default guard takes on a device where nothing happens, by its sources.'
	echo "# Linux $(uname -r | cut -d- -f1), $(uname -m)"
	echo
	echo '# in namespaces: source  PSS of both processes, KiB  what nobody shares, KiB  wake-ups a minute'
	at_rest sources_world.sh 'in namespaces'
	echo
	echo '# on a machine that boots: the same, where audit and the proc connector are'
	at_rest sources_boot.sh 'on a machine that boots'
}

: >"$work/sizes"
[ $# -gt 0 ] || profiles >"$work/sizes"
one_less "$@" >>"$work/sizes"
if [ $# -eq 0 ]; then
	cp "$work/sizes" $table
	quote
	ports/host/feeds.sh
	idle >"$work/idle"
	cp "$work/idle" tests/footprint/idle
	say "wrote $table, tests/footprint/idle and the Costs lines of the Kconfig files"
	cat "$work/idle"
fi
cat "$work/sizes"
