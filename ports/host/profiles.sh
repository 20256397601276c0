#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds configurations, each in a folder of its own, with warnings as errors: profiles.sh TARGET[+OPTION][:SEED]...
# JOBS is -jN for each build; without it a build takes its jobs from the make that called.
set -u
passed=0
failed=0
for spec; do
	seed=${spec#"${spec%%:*}"}
	target=${spec%%:*}
	option=${target#"${target%%+*}"}
	target=${target%%+*}
	name=$(echo "$spec" | tr ':+' '--')${CC:+-$(basename "$CC")}
	dir=$O/profiles/$name
	mkdir -p "$dir"
	rm -f "$dir/.config" "$dir"/caltrop*
	# In one call, as an integrator would. What was built from is what the target wrote.
	if make ${JOBS:+"$JOBS"} --no-print-directory "O=$dir" "DEPS=$DEPS" ${CC:+"CC=$CC"} WERROR=1 "SEED=${seed#:}" "ON=${option#+}" \
		"$target" all >"$dir/log" 2>&1 </dev/null &&
		cmp "$dir/.config" "$dir/include/config/auto.conf" >>"$dir/log" 2>&1 &&
		O=$dir tests/tidy/tidy.sh linked hardened >>"$dir/log" 2>&1; then
		passed=$((passed + 1))
		echo "ok    $name: $(cd "$dir" && find . -maxdepth 1 -name 'caltrop*' -printf '%f ')"
		find "$dir" -name '*.o' -delete
	else
		failed=$((failed + 1))
		echo "FAIL  $name, from $dir/log:"
		grep -E 'error|warning|undefined|Error|differ|^linked|^hardened|\*\*\*' "$dir/log" | head -n 30 | sed 's/^/      | /'
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
