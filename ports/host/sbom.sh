#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Writes what the programs are made of, as SPDX 2.3 and as CycloneDX 1.5: sbom.sh VERSION OUT <PROGRAMS
# Makes OUT.spdx.json and OUT.cdx.json. A line of PROGRAMS is a program, its file and what the linker was given: of that, what
# the file needs of shared libraries; all of it where the file needs none, being static. CC, CPPFLAGS and PKG_CONFIG tell the
# versions, of this machine's or of the device's libraries; LOCK is the npm lock file of a console that the service carries.
# The same programs give the same bytes: the time is SOURCE_DATE_EPOCH, or that of the last commit, or of the sources.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
version=$1
out=$2
list=$(mktemp)
trap 'rm -f "$list" "$list.needs"' EXIT
export LC_ALL=C
tab=$(printf '\t')

die() { echo "sbom: $*" >&2; exit 1; }

# told HOW...: the version, or nothing.
told()
{
	case $# in
	1) [ "$1" = - ] || sh -c "$PKG_CONFIG --modversion $1" 2>/dev/null || : ;;
	# What is no number of a version is a name that the header does not know.
	2) printf '#include <%s>\n%s\n' "$1" "$2" | sh -c "$CC $CPPFLAGS -E -P -" 2>/dev/null | tail -n 1 | tr -d ' "' |
		grep -E '^[0-9][0-9.]*$' || : ;;
	esac
}

# component LINK: a line "library NAME VERSION LICENCE CPE PURL", its name first known by its row.
component()
{
	rows=$(awk -v link="$1" '$1 == link' "$here/components")
	[ -n "$rows" ] || die "lib$1 has no row in ports/host/components, which says its name and licence"
	version_of=
	while read -r _ name licence cpe how; do
		# shellcheck disable=SC2086 # one or two words
		version_of=$(told $how)
		[ -z "$version_of" ] || break
	done <<-END
		$rows
	END
	[ -n "$version_of" ] || [ "$how" = - ] || die "cannot tell the version of $name: pkg-config or its header is to say it ($how)"
	purl=pkg:generic/$name${version_of:+@$version_of}
	printf 'library\t%s\t%s\t%s\t%s\t%s\n' "$name" "$version_of" "$(echo "$licence" | tr _ ' ')" "$cpe" "$purl"
}

# A part of the C library, or of the compiler's own, which has no name of its own.
is_part() { case $1 in m|pthread|dl|rt|util|atomic|gcc_s|ld-*|linux-vdso*) return 0 ;; esac; return 1; }

# The number in a name is that of an interface (libyaml-0.so.2), or this is the loader (ld-linux.so.2), which is the libc.
needs() { readelf -d "$1" | sed -n 's/.*(NEEDED).*\[lib\(.*\)\.so[.0-9]*\]/\1/p' | sed 's/-[0-9.]*$//'; }
sum() { sha256sum "$1" | cut -d' ' -f1; }

while IFS=$tab read -r program file words; do
	[ -f "$file" ] || die "$file is not built"
	printf 'program\t%s\t%s\t%s\n' "$program" "$version" "$(sum "$file")"
	how=dynamic
	links=$(needs "$file")
	[ -n "$links" ] || { how=static links="$(echo "$words" | tr ' ' '\n' | sed -n 's/^-l//p') c"; }
	for link in $links; do
		is_part "$link" || printf '%s\t%s\t%s\n' "$program" "$how" "$link"
	done >>"$list.needs"
	case $words in *+llhttp*) printf '%s\tstatic\tllhttp\n' "$program" >>"$list.needs" ;; esac
done >"$list"

cut -f3 "$list.needs" | sort -u | while read -r link; do
	row=$(component "$link") || exit 1
	printf '%s\n' "$row" >&3
	awk -F'\t' -v OFS='\t' -v link="$link" -v name="$(printf '%s' "$row" | cut -f2)" \
		'$3 == link { print "link", $1, name, $2 }' "$list.needs"
done 3>"$list.rows" >"$list.links" || { rm -f "$list.rows" "$list.links"; exit 1; }
sort -u "$list.rows" "$list.links" >>"$list"
rm -f "$list.rows" "$list.links"
if [ -n "${LOCK-}" ]; then
	awk -f "$here/npm.awk" "$LOCK" >>"$list" || die "$LOCK is no lock file of npm"
fi

epoch=${SOURCE_DATE_EPOCH:-$(git -C "$here" log -1 --format=%ct 2>/dev/null || stat -c %Y "$here/../../Makefile")}
created=$(date -u -d "@$epoch" +%Y-%m-%dT%H:%M:%SZ)
id=$(sum "$list")
for format in spdx cdx; do
	awk -v format=$format -v version="$version" -v created="$created" -v id="$id" -f "$here/sbom.awk" "$list" >"$out.$format.json.new"
	mv "$out.$format.json.new" "$out.$format.json"
done
