#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Prints the options with which apt answers for another architecture, or another release of Debian, from a state of its own:
# foreign.sh ARCH STATE [SUITE]. The machine's own dpkg hears nothing of it. The mirror is the one that its apt uses.
set -eu
arch=$1
mkdir -p "$2/state/lists/partial" "$2/cache/archives/partial" "$2/none"
state=$(cd "$2" && pwd)
: >"$state/state/status"

options="-o APT::Architecture=$arch -o APT::Architectures=$arch -o Dir::State=$state/state"
options="$options -o Dir::State::status=$state/state/status -o Dir::Cache=$state/cache -o APT::Sandbox::User=root"
if [ -n "${3-}" ]; then
	# shellcheck disable=SC2016 # apt's own variables
	mirror=$(apt-get indextargets --format '$(REPO_URI) $(ORIGIN) $(COMPONENT)' |
		awk '$2 == "Debian" && $3 == "main" && !/security/ { print $1; exit }')
	keys=/usr/share/keyrings/debian-archive-keyring.gpg
	echo "deb [signed-by=$keys] $mirror $3 main" >"$state/sources.list"
	options="$options -o Dir::Etc::sourcelist=$state/sources.list -o Dir::Etc::sourceparts=$state/none"
fi
# shellcheck disable=SC2086 # options
apt-get $options -q update </dev/null >&2 || echo "foreign: some lists are missing, going on without them" >&2
echo "$options"
