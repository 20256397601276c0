#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What the shells complete of `caltrop`: the real bash, zsh and fish with the files that `make install` puts in place.

. "$(dirname "$0")/lib.sh"

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
env -u MAKEFLAGS -u MAKELEVEL -u CI -u DEPS make -C "$TOP" --no-print-directory O="${BUILD#"$TOP"/}" INIT=none DESTDIR="$dir" install \
	>"$dir/log" 2>&1 || { cat "$dir/log"; fail "make install"; }
share=$dir/usr/local/share
export PATH=$dir/usr/local/bin:$PATH

# Each prints a line per word that it would offer for the words after `caltrop`, the last of which is being typed.
by_bash()
{
	bash --norc -c '. "$1"; shift; COMP_WORDS=(caltrop "$@"); COMP_CWORD=$#; _caltrop; printf "%s\n" "${COMPREPLY[@]}"' \
		_ "$share/bash-completion/completions/caltrop" "$@"
}
# Of zsh's own functions only the two that show the words to a person are ours here.
by_zsh()
{
	zsh -fc 'file=$1; shift; words=(caltrop "$@"); CURRENT=$#words
		_describe() { print -rl -- "${(@)${(P)2}%%:*}" }; _files() { print -r -- "<files>" }
		complete() { . $file }; complete' _ "$share/zsh/site-functions/_caltrop" "$@"
}
by_fish() { fish --no-config -c 'source $argv[1]; complete -C "$argv[2]"' "$share/fish/vendor_completions.d/caltrop.fish" "caltrop $*" | cut -f 1; }

for shell in bash zsh fish; do
	command -v $shell >/dev/null || { echo "$shell is not here: not tried"; continue; }
	offers() { [ "$(by_$shell "${@:2}" | sort | tr '\n' ' ')" = "$1 " ]; }
	offers_also() { by_$shell "${@:2}" | grep -qx -- "$1"; }
	check "$shell: a noun" offers "device" dev
	check "$shell: a verb" offers "label list" device l
	check "$shell: an option of the fleet's commands" offers "--state" device list --st
	check "$shell: and of the device's" offers "--socket" local bans --so
	check "$shell: all of them, after an argument" offers_also --context incident close X --
	check_not "$shell: no option where a value stands" offers_also --state device list --group -
	check_not "$shell: nothing for what is no command" offers_also list nothing l
done
