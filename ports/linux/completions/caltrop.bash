# SPDX-License-Identifier: Apache-2.0
# bash completion of caltrop: the program itself says what comes next.

_caltrop()
{
	local line
	COMPREPLY=()
	while IFS= read -r line; do
		COMPREPLY+=("${line%%$'\t'*}")
	done < <(caltrop complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _caltrop caltrop
