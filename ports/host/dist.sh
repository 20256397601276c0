#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes the archive of a release from the last commit, its sum and its signature: dist.sh VERSION DIR KEY
# KEY is what gpg knows the signer's key by, or `none`. The archive of a commit is the same wherever and whenever it is made.
set -eu
version=$1
key=$3
name=caltrop-$version

die() { echo "dist: $*" >&2; exit 1; }

[ -n "$key" ] || die "DIST_KEY names the key that signs, as gpg --list-secret-keys does; DIST_KEY=none leaves the archive unsigned"
[ "$key" = none ] || gpg --batch --list-secret-keys "$key" >/dev/null 2>&1 || die "gpg has no secret key $key"
[ "$(git rev-parse --show-toplevel 2>/dev/null)" = "$(pwd -P)" ] || die "this is no clone of the sources; an archive is made from a commit"
changed=$(git status --porcelain)
[ -z "$changed" ] || die "what is not committed would be missing:
$changed"
tagged=$(git rev-parse -q --verify "refs/tags/v$version^{commit}" || :)
[ -z "$tagged" ] || [ "$tagged" = "$(git rev-parse HEAD)" ] ||
	die "v$version is released, and not this commit; VERSION in Makefile is the next one's"

dir=$(mkdir -p "$2" && cd "$2" && pwd)
git -c tar.umask=0022 archive --format=tar --prefix="$name/" HEAD >"$dir/$name.tar"
gzip -9nf "$dir/$name.tar"
cd "$dir"
sha256sum "$name.tar.gz" >"$name.tar.gz.sha256"
rm -f "$name.tar.gz.asc"
if [ "$key" != none ]; then
	gpg --batch --yes --armor --local-user "$key" --output "$name.tar.gz.asc" --detach-sign "$name.tar.gz"
	gpg --batch --verify "$name.tar.gz.asc" "$name.tar.gz" 2>/dev/null || die "the signature does not verify"
fi
ls "$dir/$name".tar.gz*
