#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Assembles the libraries of another Debian architecture without telling the machine's dpkg: sysroot.sh ARCH DIR [SUITE]
# Uses apt with a state of its own under DIR.apt, takes the build and test libraries, unpacks, installs nothing.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
arch=$1
dir=$2
suite=${3-}

libs=$(sed -n 's/^build //p; s/^test //p' "$here/packages" | tr ' ' '\n' | sed 's/|.*//' | grep -- '^lib.*-dev$' | grep -v clang)
libs="$libs libatomic1" # some processors count with it
stamp="$dir/.sysroot"
[ "$(cat "$stamp" 2>/dev/null)" = "$libs" ] && exit 0

APT_OPTIONS=$("$here/foreign.sh" "$arch" "$dir.apt" "$suite")
export APT_OPTIONS

# shellcheck disable=SC2086 # options and a list
{
	packages=$(apt-get $APT_OPTIONS -s install --no-install-recommends $libs </dev/null |
		awk '$1 == "Inst" { sub(/:.*/, "", $2); print $2 }')
	"$here/fetch.sh" "$dir" $packages
}

# Links that point from the root would leave the folder.
find "$dir" -type l -lname '/*' | while read -r link; do
	up=$(dirname "${link#"$dir"/}" | sed 's|[^/]*|..|g')
	ln -sfn "$up$(readlink "$link")" "$link"
done
# Debian 13 keeps everything under /usr; the loader's path does not know.
for d in lib lib64; do
	[ -e "$dir/$d" ] || [ ! -e "$dir/usr/$d" ] || ln -s "usr/$d" "$dir/$d"
done
echo "$libs" >"$stamp"
