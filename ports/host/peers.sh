#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Unpacks daemons that tests need into DIR, with all that they depend on and this machine lacks: peers.sh DIR PACKAGE...
# Nothing is installed and no maintainer script runs, so no service starts. Run what is inside with
#   PATH=DIR/usr/sbin:DIR/usr/bin:$PATH LD_LIBRARY_PATH=$(DIR/libs) ...
set -eu
here=$(dirname "$0")
dir=$1
shift

mkdir -p "$dir"
if [ "$(cat "$dir/.peers" 2>/dev/null)" = "$*" ]; then
	exit 0
fi
for package; do
	if ! apt-cache show "$package" >/dev/null 2>&1; then
		[ "$(id -u)" = 0 ] && apt-get -q update </dev/null
		break
	fi
done

# A dry run of the installation names what is new here; an upgrade ("[old]") is there already.
new=$(apt-get -s install --no-install-recommends "$@" </dev/null |
	awk '$1 == "Inst" && $3 !~ /^\[/ { sub(/:.*/, "", $2); print $2 }')
# What is installed already is unpacked too when it was asked for by name.
# shellcheck disable=SC2086 # lists
"$here/fetch.sh" "$dir" $(printf '%s\n' $new "$@" | sort -u)

cat >"$dir/libs" <<'EOF'
#!/bin/sh
# Prints the library path of what was unpacked here.
here=$(cd "$(dirname "$0")" && pwd)
find "$here/lib" "$here/usr/lib" -name '*.so*' -printf '%h\n' 2>/dev/null | sort -u | tr '\n' ':'
EOF
chmod +x "$dir/libs"
echo "$*" >"$dir/.peers"
