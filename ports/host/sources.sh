#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Unpacks Debian's source packages, with the distribution's patches, as DIR/PACKAGE: sources.sh DIR PACKAGE...
# Uses apt with a state of its own under DIR and tells the machine's nothing. The mirror and the release are those that its
# apt uses. A package whose source the mirror does not have is named, and is why this fails.
set -eu
mkdir -p "$1/state/lists/partial" "$1/cache/archives/partial" "$1/none" "$1/got"
dir=$(cd "$1" && pwd)
shift
for package; do
	shift
	[ -e "$dir/got/$package" ] || set -- "$@" "$package"
done
[ $# -gt 0 ] || exit 0

# shellcheck disable=SC2016 # apt's own variables
mirror=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(ORIGIN) $(COMPONENT)' |
	awk '$3 == "Debian" && $4 == "main" && !/security|updates/ { print $1, $2; exit }')
if [ -z "$mirror" ]; then
	echo "sources: apt knows no mirror of Debian: apt-get update" >&2
	exit 1
fi
keys=/usr/share/keyrings/debian-archive-keyring.gpg
echo "deb-src [signed-by=$keys] $mirror main" >"$dir/sources.list"
options="-o Dir::State=$dir/state -o Dir::Cache=$dir/cache -o Dir::Etc::sourcelist=$dir/sources.list"
options="$options -o Dir::Etc::sourceparts=$dir/none -o APT::Sandbox::User=root"
# shellcheck disable=SC2086 # options
apt-get $options -q update </dev/null >"$dir/update.log" 2>&1 || cat "$dir/update.log" >&2

lacks=
for package; do
	rm -rf "${dir:?}/$package" "$dir/unpack"
	mkdir "$dir/unpack"
	# shellcheck disable=SC2086 # options
	if (cd "$dir/unpack" && apt-get $options -q source "$package" </dev/null >"$dir/$package.log" 2>&1); then
		mv "$dir/unpack"/*/ "$dir/$package"
		: >"$dir/got/$package"
	else
		lacks="$lacks $package"
	fi
	rm -rf "$dir/unpack"
done
[ -z "$lacks" ] || {
	echo "sources: $mirror lacks the source of$lacks: let apt know a mirror that has it, or unpack it as" \
		"$dir/PACKAGE and make an empty $dir/got/PACKAGE" >&2
	exit 1
}
