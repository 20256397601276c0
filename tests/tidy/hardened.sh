#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the ELF headers of a program say of how it was hardened: hardened.sh "ASKED..." PROGRAM...
# Prints "hardened Makefile PROGRAM: what it lacks" per finding. ASKED, besides what every program has to have: `fortify`,
# `pages` (constants are not executable), `mark` (the note of branches' marks).
# A program with no library names what it is made of in its symbols alone, so it is read before they are taken out.
set -u
asked=$1
shift
LC_ALL=C
export LC_ALL
for program; do
	readelf -W -h -l -d -n -s "$program" 2>&1 | awk -v name="${program##*/}" -v asked=" $asked " \
		-v bytes="$(stat -c %s "$program")" '
		function hex(s,    i, n) {
			for (i = 3; i <= length(s); i++)
				n = n * 16 + index("0123456789abcdef", tolower(substr(s, i, 1))) - 1
			return n
		}
		function finding(text) { print "hardened Makefile " name ": " text }
		function wanted(what) { return index(asked, " " what " ") }
		/^ +Machine: / { machine = $2 }
		function rights(    i, all) {
			for (i = 7; i < NF; i++)
				all = all $i
			return all
		}
		$1 == "LOAD" {
			n++
			from[n] = hex($3); offset[n] = hex($2); size[n] = hex($5); end[n] = from[n] + hex($6)
			mode[n] = rights(); page[n] = hex($NF)
			segment[headers] = n
		}
		/^  [A-Z_]+ +0x/ { headers++ }
		$1 == "GNU_RELRO" { relro = 1 }
		$1 == "GNU_STACK" { stack = rights() }
		/\((FLAGS|FLAGS_1)\)/ { now = now || / (BIND_)?NOW/; pie = pie || / PIE/ }
		/Section to Segment/ { sections = 1 }
		sections && /^   [0-9]+ / {
			if (($1 + 0) in segment && mode[segment[$1 + 0]] ~ /E/)
				for (i = 2; i <= NF; i++)
					if ($i !~ /^\.(init|fini|text|plt|plt\.(got|sec)|iplt|MIPS\.stubs)$/)
						among = among " " $i
		}
		/_chk(@|$)/ && !/stack_chk/ { fortified = 1 }
		/__stack_chk_fail/ { protected = 1 }
		/feature: .*(IBT|BTI)/ { marked = 1 }
		END {
			if (!n)
				finding("readelf finds no segment in it")
			if (!pie)
				finding("is at the same place each time (no PIE)")
			if (!relro || !now)
				finding("its table of functions can be written (no full RELRO)")
			if (stack == "" || stack ~ /E/)
				finding("its stack is executable")
			if (!protected)
				finding("has no stack protector")
			if (wanted("fortify") && !fortified)
				finding("calls no string function that knows its buffer (no FORTIFY)")
			if (wanted("mark") && !marked)
				finding("has no note of marked branches")
			if (wanted("pages") && among)
				finding("what is no code is executable:" among)
			for (i = 1; i <= n; i++) {
				if (mode[i] ~ /W/ && mode[i] ~ /E/)
					finding("a segment can be written and executed")
				if ((from[i] - offset[i]) % page[i])
					finding("does not start on a kernel with pages of " page[i] " bytes")
				if (machine == "AArch64" && page[i] < 65536)
					finding("does not start on a kernel with pages of 64 KiB")
				if (i == 1)
					continue
				if (mode[i] != mode[i - 1] && int((end[i - 1] - 1) / page[i]) >= int(from[i] / page[i]))
					finding("parts of different rights share a page of " page[i] " bytes")
				gap = offset[i] - offset[i - 1] - size[i - 1]
				if (gap >= 8192)
					finding("has " gap " bytes of padding in the file")
			}
		}'
done
