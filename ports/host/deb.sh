#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes Debian's packages, source and binary, by ports/debian: deb.sh VERSION DIR
# The sources are copied into DIR, which receives the packages; what is there of before goes. Nothing is downloaded and
# nothing is installed; NEEDS_ONLY=yes says what is missing, and builds nothing. What is not committed is in the packages,
# too. The same sources give the same source package, byte by byte.
set -eu
version=$1
mkdir -p "$2"
dir=$(cd "$2" && pwd)
tree=$dir/caltrop-$version
epoch=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat -c %Y Makefile)}

command -v dpkg-buildpackage >/dev/null ||
	{ echo 'deb: no dpkg-buildpackage; as root, please: apt-get install --no-install-recommends dpkg-dev' >&2; exit 1; }

# sources: the names of all that belongs to them.
sources()
{
	if [ "$(git rev-parse --show-toplevel 2>/dev/null)" = "$(pwd -P)" ]; then
		git ls-files --cached --others --exclude-standard
	else
		find . \( -path ./build -o -path './build-*' -o -path ./.git -o -name node_modules \) -prune -o ! -type d -print
	fi | sed 's|^\./||' | while read -r name; do [ ! -e "$name" ] || echo "$name"; done | LC_ALL=C sort
}

find "$dir" -mindepth 1 -maxdepth 1 -name 'caltrop*' -exec rm -rf {} +
mkdir "$tree"
sources >"$dir/sources"
tar -cf - --no-recursion --files-from="$dir/sources" --mtime="@$epoch" --owner=0 --group=0 --numeric-owner \
	--mode=u+w,go-w,a+rX --transform="s|^|caltrop-$version/|" | gzip -9n >"$dir/caltrop_$version.orig.tar.gz"
tar -xzf "$dir/caltrop_$version.orig.tar.gz" -C "$dir" --no-same-owner
rm "$dir/sources"
cp -R "$tree/ports/debian" "$tree/debian"
cat >"$tree/debian/changelog" <<END
caltrop ($version-1) unstable; urgency=medium

  * Release $version; the sources' history says what changed.

 -- $(sed -n 's/^Maintainer: //p' ports/debian/control)  $(LC_ALL=C date -u -R -d "@$epoch")
END

cd "$tree"
lacking=$(dpkg-checkbuilddeps 2>&1) || {
	echo "deb: ${lacking#*error: }" >&2
	echo "deb: as root, please: apt-get build-dep --no-install-recommends $tree" >&2
	exit 1
}
[ -z "${NEEDS_ONLY:-}" ] || exit 0
env -i PATH="$PATH" HOME="${HOME:-/}" LC_ALL=C.UTF-8 DEB_BUILD_OPTIONS="${DEB_BUILD_OPTIONS-parallel=$(nproc)}" \
	SOURCE_DATE_EPOCH="$epoch" dpkg-buildpackage -us -uc >"$dir/log" 2>&1 </dev/null || {
	tail -n 20 "$dir/log" >&2
	echo "deb: the whole log is $dir/log" >&2
	exit 1
}
ls "$dir"/caltrop*.deb "$dir"/caltrop*.dsc
