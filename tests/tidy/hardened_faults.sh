#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Proves hardened.sh: a sound program has no finding, and one that lacks one thing has that one: hardened_faults.sh DIR
# Prints a finding of its own for each lack that would not be seen.
set -u
dir=$1
here=$(dirname "$0")
cat >"$dir/planted.c" <<'END'
#include <string.h>
#ifdef WRITABLE_CODE
__asm__(".section .writable,\"awx\",%progbits\n.byte 0\n.text");
#endif
int main(int n, char **words)
{
	static const char text[] = "a constant";
	char buffer[16];

	strcpy(buffer, words[0]);
	return strcmp(buffer, text) + n;
}
END
sound='-O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE -pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code'

# findings FLAG...: what is found in the program of these besides those of a sound one.
findings() {
	# shellcheck disable=SC2086 # words
	${CC:-gcc} $sound "$@" "$dir/planted.c" -o "$dir/planted" 2>"$dir/planted.log" || { cat "$dir/planted.log"; return; }
	sh "$here/hardened.sh" 'fortify pages' "$dir/planted"
}

# lacks WORDS FLAG...: the findings of the program of these flags say WORDS.
lacks() {
	words=$1
	shift
	case $(findings "$@") in
	*"$words"*) ;;
	*) echo "hardened tests/tidy/hardened.sh $*: is not found" ;;
	esac
}

findings | sed 's/^/a sound program: /'
lacks 'no PIE' -fno-pie -no-pie
lacks 'no full RELRO' -Wl,-z,lazy
lacks 'no full RELRO' -Wl,-z,norelro
lacks 'stack is executable' -Wl,-z,execstack
lacks 'no stack protector' -fno-stack-protector
lacks 'no FORTIFY' -U_FORTIFY_SOURCE
lacks 'is executable: ' -Wl,-z,noseparate-code
lacks 'written and executed' -DWRITABLE_CODE
