#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `make sbom` tells what the programs are made of: all libraries that they load, with the versions that this system has of
# them, and what was built into them; as SPDX and as CycloneDX, and the same bytes again.

. "$(dirname "$0")/lib.sh"

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# The build folder named as a build names it, and nothing else: it knows by what it was built.
sbom() { env -u MAKEFLAGS -u MAKELEVEL -u CI -u DEPS "$@" make -C "$TOP" --no-print-directory O="${BUILD#"$TOP"/}" sbom; }
sbom >"$dir/log" 2>&1 || { cat "$dir/log"; fail "make sbom"; }
check_not "nothing is compiled to be told of" grep -qE '^ +(CC|LD|AR) ' "$dir/log"
cp "$BUILD/caltrop.spdx.json" "$BUILD/caltrop.cdx.json" "$dir/"
sbom TZ=Asia/Kolkata LC_ALL=C.UTF-8 >/dev/null || fail "make sbom, once more"
for format in spdx cdx; do
	check "the $format document is the same again" cmp "$dir/caltrop.$format.json" "$BUILD/caltrop.$format.json"
done

# Both say the same. What CycloneDX calls components are SPDX's packages but the sources.
jq -r '.components[] | "\(.name) \(.version)"' "$dir/caltrop.cdx.json" | sort >"$dir/cdx"
jq -r '.packages[] | select(.primaryPackagePurpose != "SOURCE") | "\(.name) \(.versionInfo)"' "$dir/caltrop.spdx.json" | sort >"$dir/spdx"
check "both documents name the same" diff "$dir/cdx" "$dir/spdx"
dangling()
{
	jq -e '[.packages[].SPDXID, "SPDXRef-DOCUMENT"] as $ids | .relationships[] | .spdxElementId, .relatedSpdxElement |
		select(. as $id | $ids | index($id) | not)' "$dir/caltrop.spdx.json"
}
check_not "and relate nothing that they don't describe" dangling

used_by() { jq -r --arg p "$1" '.components as $all | .dependencies[] | select(.ref == $p) | .dependsOn[] as $d |
	$all[] | select(."bom-ref" == $d) | "\(.name) \(.version)"' "$dir/caltrop.cdx.json"; }
# Each library that a program loads, and the version of it that Debian's package has, asked for once. That of the sources is
# another one where they are of several things: llhttp is a part of node-undici.
programs=
for program in caltropd caltrop-core caltrop caltrop-server; do
	[ -x "$BUILD/$program" ] && programs="$programs $program"
done
(cd "$BUILD" && for program in $programs; do ldd "$program"; done) | awk '$3 ~ "^/" { print $1, $3 }' | sort -u >"$dir/found"
cut -d ' ' -f 2 "$dir/found" | while read -r file; do readlink -f "$file"; echo "$file"; done | sort -u |
	xargs dpkg -S 2>/dev/null | sed 's/\(:[a-z0-9]*\)\?: / /' >"$dir/owners"
# shellcheck disable=SC2016 # a format of dpkg's
cut -d ' ' -f 1 "$dir/owners" | sort -u | xargs dpkg-query -W -f '${Package} ${Version}\n' >"$dir/versions"
version_of() # LIBRARY
{
	local file owner
	file=$(awk -v name="$1" '$1 == name { print $2 }' "$dir/found")
	owner=$(awk -v a="$file" -v b="$(readlink -f "$file")" '$2 == a || $2 == b { print $1; exit }' "$dir/owners")
	awk -v owner="$owner" '$1 == owner { gsub(/^[0-9]+:|-[^-]*$/, "", $2); sub(/[+~].*/, "", $2); print $2; exit }' "$dir/versions"
}
for program in $programs; do
	strip -o "$dir/stripped" "$BUILD/$program" || fail "strip"
	check "$program is told of as it is installed" [ "$(jq -r --arg p "$program" '.components[] | select(.name == $p) |
		.hashes[0].content' "$dir/caltrop.cdx.json")" = "$(sha256sum "$dir/stripped" | cut -d' ' -f1)" ]
	used_by "$program" >"$dir/used"
	for library in $(readelf -d "$BUILD/$program" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'); do
		version=$(version_of "$library")
		check "$program: version $version is that of $library" grep -q " ${version:-none}\$" "$dir/used"
	done
done
if "$BUILD/caltropd" --features >/dev/null && [ -x "$BUILD/caltrop-server" ]; then
	check "what the service has inside is told, too" grep -qE '^llhttp [0-9]' "$dir/used"
	check "and what its console is made of" grep -qx "preact $(jq -r '.packages["node_modules/preact"].version' \
		"$TOP/server-stub/console/package-lock.json")" "$dir/used"
	check_not "which is not what builds it" grep -q '^esbuild' "$dir/used"
fi

told() { printf 'it\t%s\t\n' "$1" | CC=${CC:-gcc} CPPFLAGS='' PKG_CONFIG=pkg-config "$TOP/ports/host/sbom.sh" 1 "$dir/it" >"$dir/said" 2>&1; }
check_not "a library that nobody knows the licence of is not passed over" told "$(command -v bash)"
check "it is named: $(cat "$dir/said")" grep -q 'libtinfo has no row' "$dir/said"
check_not "and nothing is told" [ -e "$dir/it.spdx.json" ]
check_not "what is not built is not told of" told "$dir/nothing"
