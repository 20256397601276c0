# SPDX-License-Identifier: Apache-2.0
# What `run` and `decide` share: the program, a folder for what it prints, and the counts.
# shellcheck shell=sh disable=SC2034 # the scripts use these
O=${O:-build}
CALTROP=${CALTROP:-$O/caltrop}
passed=0
failed=0
[ -x "$CALTROP" ] || {
	echo "$CALTROP is not built"
	echo "0 passed, 1 failed"
	exit 1
}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# count NAME WHY: the last test, whose $? this is; what it printed is in $tmp/err and $tmp/diff.
count()
{
	if [ $? -eq 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL  $1 ($2)"
		cat "$tmp/err" "$tmp/diff" 2>/dev/null | sed 's/^/      | /' | head -n 40
	fi
}

# expect NAME STATUS TEXT: the last command ended with $status, and $tmp/got holds what it printed.
expect()
{
	if [ "$status" -eq "$2" ] && grep -q -e "$3" "$tmp/got"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL  $1 (exit $status)"
		head -n 5 "$tmp/got" | sed 's/^/      | /'
	fi
}

# The last line of all.
sum()
{
	echo "$passed passed, $failed failed"
	[ "$failed" -eq 0 ]
}
