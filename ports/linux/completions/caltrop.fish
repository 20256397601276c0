# SPDX-License-Identifier: Apache-2.0
# fish completion of caltrop: the program itself says what comes next; where it has nothing to say, a file may.

function __caltrop_complete
	set -l words (commandline -opc) (commandline -ct)
	set -l found (caltrop complete -- $words[2..-1] 2>/dev/null)
	if test (count $found) -gt 0
		printf '%s\n' $found
	else
		__fish_complete_path (commandline -ct)
	end
end
complete -c caltrop -f -a '(__caltrop_complete)'
