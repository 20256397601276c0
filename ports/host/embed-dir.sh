#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# embed-dir.sh DIR: a table of the directory's files as C, each compressed (server-stub/api/asset.h). The same files give
# the same bytes, whenever and wherever they are compressed by the same gzip: neither names nor times go in.
set -eu
LC_ALL=C
export LC_ALL
cd "$1"
n=0
rows=
echo '#include "server-stub/api/asset.h"'
echo '#include <stddef.h>'
for f in *; do
	[ -f "$f" ] || continue
	case $f in *[!A-Za-z0-9._-]* | .*) echo "embed-dir: $1/$f: a name has letters, digits, '.', '_' and '-' only" >&2; exit 1 ;; esac
	echo "static const unsigned char file_$n[] = {"
	gzip -9n <"$f" | od -An -v -tx1 | sed 's/ \(..\)/0x\1,/g'
	echo '};'
	rows="$rows	{\"$f\", file_$n, sizeof(file_$n)},\n"
	n=$((n + 1))
done
[ $n -gt 0 ] || { echo "embed-dir: $1 is empty" >&2; exit 1; }
printf 'const struct asset asset_table[] = {\n%b	{NULL, NULL, 0},\n};\n' "$rows"
