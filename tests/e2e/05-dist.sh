#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `make dist` makes an archive of the last commit that is the same wherever it is made, and signs it; it refuses what nobody
# could make again.

. "$(dirname "$0")/lib.sh"

for program in git gpg gpg-agent gpgv; do
	command -v $program >/dev/null || skip "needs the program $program"
done
dir=$(mktemp -d)
export GNUPGHOME=$dir/keys
trap 'gpgconf --kill all; rm -rf "$dir"' EXIT
mkdir -m 700 "$GNUPGHOME"
gpg --batch --quiet --passphrase '' --quick-generate-key releases@example.com ed25519 sign never 2>"$dir/log" || { cat "$dir/log"; fail "a key"; }
gpg --batch --export >"$dir/keyring"

# A repository of this tree's makefiles and scripts, which suffice. Its name is not that of the sources.
mkdir "$dir/clone"
(cd "$TOP" && cp -r Makefile LICENSE ports "$dir/clone/")
git() { command git -C "$dir/clone" -c user.name=T -c user.email=t@example.com -c commit.gpgSign=false "$@"; }
{ git init -q && git add . && git commit -qm one; } || fail "a repository"
version=$(sed -n 's/^VERSION *:= *//p' "$TOP/Makefile")
archive=caltrop-$version.tar.gz
dist() { env -u MAKEFLAGS -u MAKELEVEL make -C "$dir/clone" --no-print-directory dist "$@" >"$dir/log" 2>&1; }
said() { grep -qF -- "$1" "$dir/log"; }

check "an archive is made and signed" dist O="$dir/one" DIST_KEY=releases@example.com
check "whose signature verifies with the key alone" gpgv -q --keyring "$dir/keyring" "$dir/one/$archive.asc" "$dir/one/$archive"
check "and whose sum is told" sh -c "cd '$dir/one' && sha256sum -c --quiet $archive.sha256"
check "it unpacks to a folder of its name, with all that was committed" diff \
	<(tar -tzf "$dir/one/$archive" | grep -v '/$' | sort) <(git ls-files | sed "s|^|caltrop-$version/|" | sort)
command git clone -q "$dir/clone" "$dir/elsewhere" || fail "clone"
(umask 077; cd "$dir/elsewhere" && TZ=Asia/Tokyo env -u MAKEFLAGS -u MAKELEVEL make dist O=../two DIST_KEY=none) >"$dir/log" 2>&1 ||
	{ cat "$dir/log"; fail "another clone"; }
check "another clone of it makes the same bytes" cmp "$dir/one/$archive" "$dir/two/$archive"
check_not "and no signature that nobody asked for" [ -e "$dir/two/$archive.asc" ]

check_not "without a word about a key nothing is made" dist O="$dir/three"
check "and it is said how to give one" said 'DIST_KEY=none'
check_not "nor with a key that is not there" dist O="$dir/three" DIST_KEY=nobody@example.com
check "which is named" said 'no secret key nobody@example.com'
echo more >>"$dir/clone/LICENSE"
check_not "what is not committed is not passed over" dist O="$dir/three" DIST_KEY=none
check "and is named" said 'M LICENSE'
git tag "v$version"
git commit -qam two
check_not "a version that is released is not made of another commit" dist O="$dir/three" DIST_KEY=none
check "it is said where the next one stands" said "VERSION in Makefile"
check_not "none of them left an archive" [ -e "$dir/three/$archive" ]
