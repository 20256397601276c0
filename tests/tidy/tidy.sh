#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# House rules that a script can see. Each check is a function that prints "CHECK FILE NAME: detail" per finding;
# `exceptions` beside this file takes findings out, with a reason, and one that is no longer needed is a finding.
#   O=build tests/tidy/tidy.sh [CHECK...]     LEFT_OUT='CHECK...' names those that cannot run here
set -u
cd "$(dirname "$0")/../.."
here=tests/tidy
O=${O:-build}
CC=${CC:-gcc}
NM=${NM:-nm}
MAKE=${MAKE:-make}
CLANG_FORMAT=${CLANG_FORMAT:-$(command -v clang-format-14 || echo clang-format)}
LC_ALL=C
export LC_ALL

no_plugin=
! "$NM" --plugin /dev/null --version >/dev/null 2>&1 || no_plugin='--plugin /dev/null'

# A check whose tool is missing would pass, so none runs.
lacking=
for tool in "$NM" "$CC" "$MAKE" awk bash comm find grep mandoc mktemp pkg-config python3 sed sort uniq wc xargs; do
	command -v "$tool" >/dev/null || lacking="$lacking $tool"
done
if [ -n "$lacking" ]; then
	echo "FAIL  tools, not found:$lacking (make deps installs what the checks need)"
	echo '0 passed, 1 failed'
	exit 1
fi

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

product=$(find agent proto server-stub -name '*.[ch]' | sort)
sources=$(printf '%s\n' "$product" | grep '\.c$')
headers=$(printf '%s\n' "$product" | grep '\.h$')
fragments=$(find agent proto server-stub tests -name build.mk | sort)
cat /dev/null $fragments >"$tmp/fragments"
awk -v mode=symbols -v top=. -f ports/host/kconf.awk | sort >"$tmp/symbols"

# check_NAME: one per rule. STYLE.md has the rules.

check_shape() {
	# shellcheck disable=SC2046,SC2086 # lists
	awk -f $here/shape.awk $product $(find tests ports -name '*.[ch]')
}

check_format() {
	# Another version lays out differently, so it must be the one that .clang-format was written for.
	# Where it is not to be had, LEFT_OUT=format says so.
	case $("$CLANG_FORMAT" --version 2>/dev/null) in
	*' version 14.'*) ;;
	*)
		echo "format .clang-format -: needs clang-format 14 (Debian: clang-format-14), CLANG_FORMAT=$CLANG_FORMAT is not"
		return
		;;
	esac
	# shellcheck disable=SC2046
	"$CLANG_FORMAT" --dry-run $(find agent proto server-stub tests ports -name '*.[ch]') 2>&1 |
		sed -n 's/^\([^ :]*\):\([0-9]*\):.*code should be clang-formatted.*/\1 \2/p' |
		awk '!seen[$1]++ { print "format " $1 " -: not as .clang-format lays it out, run `make format` (line " $2 ")" }'
}

check_layers() {
	# shellcheck disable=SC2086
	grep -n '^#include "' $product /dev/null | awk -F'[:"]' -v layers=$here/layers '
		BEGIN {
			while ((getline line < layers) > 0) {
				if (line ~ /^(#|$)/)
					continue
				n = split(line, word, /[: ]+/)
				known[word[1]] = 1
				for (i = 2; i <= n; i++)
					allowed[word[1], word[i]] = 1
			}
		}
		function folder(path) { sub(/\/[^\/]*$/, "", path); return path }
		function row(path) { return path in known ? path : folder(path) "/*" }
		{
			from = row(folder($1))
			to = folder($4)
			if (!(from in known))
				print "layers " $1 " " from ": the folder is not in tests/tidy/layers"
			else if (to != folder($1) && to != "agent/base" && to != "proto" && to != "caltrop/v1" &&
				!(from ~ /^agent/ && to == "agent/event") && !((from, to) in allowed) && !((from, $4) in allowed))
				print "layers " $1 " " $4 ": " from " does not reach into " to " (line " $2 ")"
		}'
}

check_headers() { # but for those that clang alone reads, for the kernel
	# shellcheck disable=SC2046
	printf '%s\n' "$headers" | grep -v '\.bpf\.h$' | xargs -P 2 -n 1 sh -c '
		for h; do
			$CC -std=c11 -Wall -Wextra -Werror -D_GNU_SOURCE -I. -I"$O/gen" -Wno-unused-function -Wno-unused-const-variable \
				-include "$O/include/generated/autoconf.h" -include agent/base/kconfig.h $HEADER_FLAGS \
				-fsyntax-only -x c -include "$h" /dev/null 2>"$0/$$" ||
				echo "header-alone $h -: $(grep -m1 error "$0/$$")"
		done' "$tmp"
}

check_build_lines() {
	for c in $sources; do
		case $c in */main.c | *.bpf.c) continue ;; esac # the latter: ports/host/bpf.mk
		grep -qE "[ 	]${c%.c}\.o([ 	]|$)" "$tmp/fragments" || echo "build-line $c -: in no build.mk"
	done
	grep -oE '[a-z][a-z_0-9/-]+\.o' "$tmp/fragments" | sort | uniq -d | sed 's/.*/build-line & -: appended twice/'
	for o in $(grep -oE '[a-z][a-z_0-9/-]+\.o' "$tmp/fragments" | sort -u); do
		case $o in gen/*) continue ;; esac # from a source of another language
		[ -f "${o%.o}.c" ] || echo "build-line $o -: has no source"
	done
	# Fragments only append.
	# shellcheck disable=SC2086
	grep -nvE '^(#.*|[ 	]*|[a-z]+-(y|\$\(CONFIG_[A-Z0-9_]+\))[ 	]*\+=.*|opt-[a-z_/-]+[ 	]*:=.*|[ 	]+[a-z].*)$' \
		$fragments /dev/null | sed 's/^\([^:]*\):\(.*\)/build-line \1 -: only appends: \2/'
}

# agree FOLDER PREFIX: file, row, build line and Kconfig entry of each unit.
agree() {
	for s in $(sed -n "s/^config \($2_[A-Z0-9_]*\)/\1/p" "$1/Kconfig"); do
		line=$(grep -E "CONFIG_$s\)" "$1/build.mk")
		[ -n "$line" ] || echo "agreement $1/Kconfig $s: no line in $1/build.mk"
		cat "$1"/table.c "$1"/*_rows.h 2>/dev/null | grep -q "[A-Z](CONFIG_$s," || echo "agreement $1/Kconfig $s: no row in $1/table.c"
	done
	for s in $(grep -oE "CONFIG_$2_[A-Z0-9_]+" "$1/build.mk" "$1/table.c" 2>/dev/null | sed 's/.*CONFIG_//' | sort -u); do
		grep -q "^config $s$" "$1/Kconfig" || echo "agreement $1/build.mk $s: not in $1/Kconfig"
	done
}

check_agreement() {
	agree agent/sensors/log SENSOR
	agree agent/actor/verb ACTION
	for s in $(sed -n 's/^config SENSOR_//p' agent/sensors/log/Kconfig); do
		dir=tests/corpus/$(echo "$s" | tr 'A-Z' 'a-z')
		[ -n "$(find "$dir" -type f 2>/dev/null | head -n 1)" ] ||
			echo "agreement agent/sensors/log/Kconfig $s: no recorded logs in $dir"
	done
}

check_kconfig() {
	# shellcheck disable=SC2046,SC2086
	grep -nowE 'CONFIG_[A-Z0-9_]+' $product $fragments Makefile $(find ports -name '*.mk') |
		sort -t: -u -k1,1 -k3,3 | while IFS=: read -r file line name; do
		[ "$name" != CONFIG_X ] || continue # the name in examples
		grep -qx "${name#CONFIG_}" "$tmp/symbols" || echo "kconfig-unknown $file $name: no such option (line $line)"
	done
	while read -r s; do
		# shellcheck disable=SC2046,SC2086
		grep -qwE "CONFIG_$s" $product $fragments Makefile $(find ports -name '*.mk' -o -name '*.in') ||
			echo "kconfig-unused Kconfig $s: nothing asks for it"
	done <"$tmp/symbols"
	# shellcheck disable=SC2046
	awk '
		function end() {
			if (name != "" && prompt)
				for (word in want)
					if (!(word in seen))
						print "kconfig-sheet " file " " name ": no line \"" word ":\""
			name = ""
			prompt = 0
			split("", seen)
		}
		BEGIN { want["Sees"] want["Needs"] want["Costs"] want["Without it"] }
		FNR == 1 { end(); file = FILENAME }
		/^config / { end(); name = $2 }
		/^\t(bool|int|string) "/ { prompt = 1 }
		/^\t  (Sees|Needs|Costs|Without it): / { sub(/^\t  /, ""); sub(/:.*/, ""); seen[$0] }
		/^\tdefault n$/ { print "kconfig-sheet " file " " name ": default n says nothing" }
		/^[ \t]*(choice|select|imply|tristate|hex)( |$)/ { print "kconfig-sheet " file " " name ": " $1 " is not in the subset" }
		END { end() }' Kconfig $(find agent server-stub -name Kconfig)
	ports/host/kconf-agree.sh
	# shellcheck disable=SC2046
	awk -f tests/footprint/costs.awk -v mode=check -v table=tests/footprint/sizes Kconfig \
		$(find agent server-stub -name Kconfig)
}

# What the options need of the kernel names options and probes that there are, and each probe is asked for.
check_kernel_needs() {
	needs=ports/linux/kernel.needs
	awk -F'\t' '!/^#/ { print $3 }' $needs | tr ',&' '\n\n' | sort -u >"$tmp/asking"
	comm -23 "$tmp/asking" "$tmp/symbols" | sed "s|.*|kernel-needs $needs &: no such option|"
	awk -F'\t' '!/^#/ && $2 != "-" { print $2 }' $needs | sort -u >"$tmp/asked"
	sed -n 's/^enum kernel_state kernel_probe_\([a-z0-9_]*\)(void);.*/\1/p' agent/actor/kernel/kernel_probe.h | sort -u >"$tmp/probes"
	comm -23 "$tmp/asked" "$tmp/probes" | sed "s|.*|kernel-needs $needs &: no such probe|"
	comm -13 "$tmp/asked" "$tmp/probes" | sed "s|.*|kernel-needs agent/actor/kernel/kernel_probe.h &: no row asks for it|"
}

# The machine code's symbols: of an object that can also be optimised when it is linked, the compiler's plugin would show
# other ones, which leave out what the object wants of the C library. A name with a dot is no name in C.
symbols() {
	# shellcheck disable=SC2086 # two words or none
	$NM $no_plugin "$@"
}

# What each object of the product defines and wants: "FILE WITHOUT .c, TYPE, SYMBOL" per line of $tmp/nm.
read_symbols() {
	[ ! -f "$tmp/nm" ] || return 0
	MAKEFLAGS= $MAKE -s --no-print-directory O="$O" list-objects | tr ' ' '\n' | while read -r o; do
		stem=${o#"$O"/}
		stem=${stem%.o}
		[ -f "$stem.c" ] || continue # not generated ones, whose names are not ours
		[ -f "$o" ] || echo "not-built $stem.c -: the check reads objects, build first" >>"$tmp/not-built"
		[ ! -f "$o" ] || symbols -g "$o" | awk -v stem="$stem" 'NF && $NF !~ /\./ { print stem, $(NF - 1), $NF }' >>"$tmp/nm.some"
	done
	[ ! -f "$tmp/not-built" ] || { sed 1q "$tmp/not-built"; return 1; }
	grep -q ' U mem' "$tmp/nm.some" || echo "not-built Makefile -: $NM shows nothing that an object wants of the C library"
	mv "$tmp/nm.some" "$tmp/nm"
}

# Folders include one way only: subfolders are folders of their own.
check_include_circles() {
	# shellcheck disable=SC2086
	grep -n '^#include "\(agent\|proto\|server-stub\)/' $product /dev/null | awk -F'[:"]' '
		function folder(path) { sub(/\/[^\/]*$/, "", path); return path }
		{ print folder($1), folder($4), $4 }' | sort | awk -v name=include-circle -f $here/circles.awk
}

# Files call one way only; a row of functions handed down is not a call.
check_call_circles() {
	read_symbols || return 0
	awk '$2 ~ /^[A-TV-Z]$/ { def[$3] = $1 } $2 == "U" { want[$1 " " $3] }
		END { for (w in want) { split(w, p, " "); if (p[2] in def) print p[1] ".c", def[p[2]] ".c", p[2] } }' "$tmp/nm" |
		sort | awk -v name=call-circle -f $here/circles.awk
}

# All archives of the product can be linked together, in any order.
check_doubled() {
	read_symbols || return 0
	awk '$2 ~ /^[A-TV-Z]$/ && $3 != "main" { n[$3]++; where[$3] = where[$3] " " $1 ".c" }
		END { for (s in n) if (n[s] > 1) { split(where[s], p, " "); print "doubled " p[1] " " s ": also of" where[s] } }' "$tmp/nm"
}

check_symbols() {
	read_symbols || return 0
	awk '$2 != "U" && $2 != "w" { print $3 }' "$tmp/nm" | sort -u >"$tmp/defined"
	# key.c and key_pem.c export key_*; table.c exports its folder's, or that of the room the folder is in.
	awk '$2 ~ /^[A-TV-Z]$/ {
		n = split($1, part, "/")
		file = part[n]
		folder = part[n - 1]
		room = part[n - 2]
		sub(/s$/, "", folder)
		sub(/s$/, "", room)
		if (file == "main" && $3 == "main")
			next
		noun = file
		sub(/_.*/, "", noun)
		if ($3 == file || index($3, noun "_") == 1)
			next
		if (file == "table" && (index($3, folder) == 1 || index($3, room) == 1))
			next
		print "prefix " $1 ".c " $3 ": exported, wants the prefix " file "_"
	}' "$tmp/nm"
	# Pure folders call each other and the C library's pure part.
	awk -v list=$here/pure -v defined="$tmp/defined" '
		BEGIN {
			while ((getline line < defined) > 0)
				ours[line] = 1
			while ((getline line < list) > 0) {
				split(line, word, " ")
				if (word[1] == "folder")
					pure[word[2]] = 1
				else if (word[1] == "symbol")
					allowed[word[2]] = 1
				else if (word[1] == "symbols-in")
					more[word[2]] = word[3]
				else if (word[1] == "impure")
					impure[word[2]] = 1
			}
		}
		$2 == "U" {
			folder = room = $1
			sub(/\/[^\/]*$/, "", folder)
			sub(/\/[^\/]*\/[^\/]*$/, "/*", room)
			for (start in more)
				if (index($1, start) == 1 && $3 ~ more[start])
					next
			if ((folder in pure || room in pure) && !(($1 ".c") in impure) && !($3 in ours) && !($3 in allowed) &&
				$3 !~ /^(__asan|__ubsan|_GLOBAL_OFFSET|__[a-z]+_chk$|__stack_chk_fail)/ && $3 !~ /^caltrop__v1__/)
				print "pure " $1 ".c " $3 ": a pure file does not call it"
		}' "$tmp/nm"
}

# The root process has the C library and its cryptography, and no other code than ours, unless it is one file with the
# others. A build without BPF has none of it: not its helper, no library, and no function of a source that only BPF needs.
check_linked() {
	grep -qx 'CONFIG_ONE_PROGRAM=y' "$O/include/config/auto.conf" || [ ! -f "$O/caltropd" ] || readelf -d "$O/caltropd" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' |
		grep -vE '^(libc|libcrypt|libmbedcrypto|ld-[a-z0-9_-]*)\.' |
		sed 's|.*|linked agent/actor/main.c &: caltropd is root and links the C library and cryptography only|'
	! grep -qx 'CONFIG_BPF=y' "$O/include/config/auto.conf" || return 0
	only=$(sed -n 's|^[a-z]*-$(CONFIG_[A-Z_]*BPF) += \(agent/.*\)\.o$|\1|p' "$tmp/fragments" | sort -u)
	[ "$only" ] || echo "linked $here/tidy.sh -: finds no line of a build.mk that only BPF needs"
	for p in $(MAKEFLAGS= $MAKE -s --no-print-directory O="$O" list-programs); do
		[ "${p##*/}" != caltrop-bpf ] || echo "linked Makefile $p: is built without CONFIG_BPF"
		[ -f "$p" ] || echo "linked Makefile $p: is not built"
		[ -f "$p" ] || continue
		readelf -d "$p" | sed -n "s|.*(NEEDED).*\[\(libbpf.*\)\]|linked Makefile \1: ${p##*/} is linked with it, without CONFIG_BPF|p"
		# Functions may be gone into others, so the sources that the program says it is made of are looked at.
		readelf --debug-dump=info --dwarf-depth=1 "$p" 2>/dev/null | sed -n 's|.*DW_AT_name .*[ :]\([a-z-]*/.*\)\.c$|\1|p' >"$tmp/made-of"
		grep -qx 'agent/.*/main\|server-stub/.*/main' "$tmp/made-of" ||
			echo "linked Makefile $p: does not say what sources it is made of"
		for f in $only; do
			! grep -qx "$f" "$tmp/made-of" || echo "linked $f.c -: is in ${p##*/} without CONFIG_BPF"
		done
		! grep -qa 'caltrop-bpf\|libbpf' "$p" || echo "linked Makefile caltrop-bpf: ${p##*/} speaks of it without CONFIG_BPF"
	done
}

# How programs are hardened. The note of marked branches is there only where the
# C library's start files have it too, which a program of nothing else shows; our own objects always have it.
check_hardened() {
	asked=$(MAKEFLAGS= $MAKE -s --no-print-directory O="$O" list-hardening)
	flags=${asked#*:}
	asked=${asked%:*}
	if [ "${flags# }" ]; then
		echo 'int main(void) { return 0; }' | $CC $flags -x c - -o "$tmp/empty"
		! has_mark "$tmp/empty" || asked="$asked mark"
		for o in $(MAKEFLAGS= $MAKE -s --no-print-directory O="$O" list-objects | tr ' ' '\n' | grep '/main\.o$'); do
			has_mark "$o" || echo "hardened Makefile $o: is built without $flags"
		done
	fi
	# shellcheck disable=SC2046 # a list
	sh $here/hardened.sh "$asked" $(MAKEFLAGS= $MAKE -s --no-print-directory O="$O" list-programs)
}

# That each lack of it would be found, whatever was configured.
check_hardened_faults() { sh $here/hardened_faults.sh "$tmp"; }

has_mark() { readelf -n "$1" 2>/dev/null | grep -qE 'feature: .*(IBT|BTI)'; }

check_links() {
	find . -path './build*' -prune -o -path "./$O" -prune -o -path './.git' -prune -o -name node_modules -prune -o -name '*.md' -print | while read -r md; do
		awk '/^```/ { code = !code } !code { gsub(/`[^`]*`/, ""); print }' "$md" |
			grep -oE '\]\([^)]+\)' | sed 's/^](//; s/)$//; s/#.*//' |
			while read -r link; do
				case $link in '' | http://* | https://* | mailto:*) continue ;; esac
				[ -e "$(dirname "$md")/$link" ] || echo "links $md $link: does not resolve"
			done
	done
}

check_manuals() {
	for page in $(find agent server-stub -name '*.[158]' | sort); do
		mandoc -T lint -W warning "$page" | sed "s|^|manual $page -: |"
	done
	for key in $(sed -n 's/^\t{\("[a-z]*"\|NULL\), "\([a-z0-9_]*\)", settings_value_.*/\2/p' agent/common/settings.c); do
		grep -q "^.It Cm $key\$" agent/common/caltrop.conf.5 || echo "manual agent/common/caltrop.conf.5 $key: is missing"
	done
}

check_loops() {
	[ -z "$(ls "$O"/bpf/*.o 2>/dev/null)" ] || python3 $here/loops.py "$O"/bpf/*.o || echo "loops $here/loops.py -: it does not run"
}

check_words() {
	grep -E '^never	' $here/words | while IFS='	' read -r _ pattern why; do
		# shellcheck disable=SC2046,SC2086
		grep -niwE -- "$pattern" $product $(find agent server-stub ports -name '*.[158]' -o -name Kconfig) ./*.md /dev/null |
			awk -F: -v why="$why" -v pattern="$pattern" '{ gsub(/ /, "-", pattern)
				print "words " $1 " " pattern ": " why " (line " $2 ")" }'
	done
}

# A verb is a row: besides its own source, at most five files know it by name. Its tests are not counted.
check_verb_touch() {
	sed -n 's/^\t\[VERB_\([A-Z]*\)\] =$/\1/p' proto/verb.c | while read -r verb; do
		own=agent/actor/verb/$(echo "$verb" | tr '[:upper:]' '[:lower:]')
		# shellcheck disable=SC2086
		n=$(grep -lwE "VERB_$verb|CONFIG_ACTION_$verb" $product | grep -cv "^$own")
		[ "$n" -le 5 ] || echo "verb-touch proto/verb.c VERB_$verb: $n files know it by name, at most 5"
	done
}

# A sensor with a state is its own source, build.mk and Kconfig, and at most three files that name it: six in all.
check_sensor_touch() {
	sed -n 's/.*(&\([a-z_]*\)_sensor_row.*/\1/p' agent/sensors/sensors.c | while read -r sensor; do
		option=CONFIG_SENSOR_$(echo "$sensor" | tr '[:lower:]' '[:upper:]')
		# shellcheck disable=SC2086
		n=$(grep -lwE "${sensor}_sensor_row|$option|agent/sensors/$sensor/Kconfig" $product $fragments agent/Kconfig |
			grep -cv "^agent/sensors/$sensor/")
		[ "$n" -le 3 ] || echo "sensor-touch agent/sensors/sensors.c $sensor: $n files know it by name, at most 3"
	done
}

# The same by doing it: a dummy one, of binary input, is put into a copy of the tree, which is built and run with it.
check_dummy_sensor() {
	sh $here/dummy/dummy.sh "$tmp/dummy"
}

# The struct of log-ins is its decoders' and attempt's: everybody else walks rows of fields.
check_auth_event() {
	# shellcheck disable=SC2086
	grep -lw auth_event $product | grep -vE '^agent/(sensors|event)/|^agent/rules/(attempt|auth)' |
		sed 's/.*/auth-event & auth_event: only decoders, events and attempt name it/'
}

# The loop knows the rows of sources_table.c by their interface; no file of the shell but its own header names one.
check_loop_sources() {
	rows=$(sed -n 's/.*&\([a-z_]*\)_row,.*/\1/p' agent/source/sources_table.c)
	[ "$rows" ] || echo 'loop-source agent/source/sources_table.c -: has no rows'
	for source in $rows; do
		grep -nwE "${source}(_[a-z_]*)?|agent/source/$source\.h" agent/shell/loop*.[ch] |
			sed "s/^\([^:]*\):\([0-9]*\):.*/loop-source \1 $source: the loop names a source (line \2)/"
	done
}

check_shell() {
	find . -path './build*' -prune -o -path "./$O" -prune -o -path './.git' -prune -o -name node_modules -prune -o \( -name '*.sh' -o -path ./.ci/run -o -path ./demo \) \
		-type f -print | while read -r f; do
		sh -n "$f" 2>/dev/null || bash -n "$f" 2>/dev/null || echo "shell $f -: does not parse"
		# Without the right to run it, sh runs it instead of what its first line names.
		[ -x "$f" ] || [ "$(head -c 2 "$f")" != '#!' ] || echo "shell $f -: is not executable"
	done
}

all="format shape layers include_circles headers build_lines agreement kconfig kernel_needs symbols call_circles doubled linked hardened hardened_faults links loops manuals shell words verb_touch sensor_touch dummy_sensor auth_event loop_sources"
passed=0
failed=0
HEADER_FLAGS=$(pkg-config --cflags libuv libprotobuf-c jansson 2>/dev/null)
for d in "${DEPS:-$O/deps}/llhttp/usr/share/include/llhttp" /usr/share/include/llhttp; do
	[ -d "$d" ] && HEADER_FLAGS="$HEADER_FLAGS -isystem $d"
done
export CC O HEADER_FLAGS
: >"$tmp/used"
for check in ${*:-$all}; do
	case " ${LEFT_OUT-} " in *" $check "*)
		echo "left out by LEFT_OUT: $check"
		continue
		;;
	esac
	"check_$check" >"$tmp/found" 2>"$tmp/noise"
	sed "s/^/internal $check -: /" "$tmp/noise" >>"$tmp/found"
	awk -v exceptions=$here/exceptions -v used="$tmp/used" '
		BEGIN {
			while ((getline line < exceptions) > 0)
				if (line !~ /^(#|$)/ && split(line, word, " ") > 3)
					except[word[1] " " word[2] " " word[3]] = 1
		}
		{
			key = $1 " " $2 " " $3
			sub(/:$/, "", key)
			if (key in except)
				print key >> used
			else
				print
		}' "$tmp/found" >"$tmp/left"
	if [ -s "$tmp/left" ]; then
		failed=$((failed + 1))
		cat "$tmp/left"
		echo "FAIL  $check, $(wc -l <"$tmp/left") findings"
	else
		passed=$((passed + 1))
	fi
done
if [ $# -eq 0 ]; then
	awk '!/^(#|$)/ { print $1, $2, $3 }' $here/exceptions | sort >"$tmp/have"
	sort -u "$tmp/used" | comm -23 "$tmp/have" - | sed 's/$/: the exception is no longer needed/' >"$tmp/left"
	if [ -s "$tmp/left" ]; then
		failed=$((failed + 1))
		cat "$tmp/left"
	else
		passed=$((passed + 1))
	fi
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
