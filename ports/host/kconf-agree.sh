#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Whether kconf.awk and Kconfiglib make the same of every defconfig and of random answers. Prints differences.
set -u
cd "$(dirname "$0")/../.."
python=
for p in ${PYTHON:-} python3 /usr/bin/python3; do
	if "$p" -c 'import kconfiglib' 2>/dev/null; then
		python=$p
		break
	fi
done
[ -n "$python" ] || { echo "kconfig-agree Kconfig -: cannot compare: no Python with Kconfiglib (make deps installs it)"; exit 1; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
kconf() { awk -v top=. "$@" -f ports/host/kconf.awk 2>/dev/null; }

cp ports/linux/configs/*_defconfig "$tmp"
for seed in 1 2 3 4; do
	# Every second answer of a random configuration, so that the rest is worked out.
	kconf -v mode=random -v seed=$seed | awk 'NR % 2' >"$tmp/random${seed}_defconfig"
done
for user in "$tmp"/*_defconfig; do
	kconf -v mode=config -v "user=$user" | grep CONFIG_ >"$user.awk"
	kconf -v mode=min -v "user=$user" >"$user.min"
	kconf -v mode=config -v "user=$user.min" | grep CONFIG_ >"$user.again"
	cmp -s "$user.awk" "$user.again" || echo "kconfig-agree $(basename "$user") -: savedefconfig loses something"
done
srctree=. "$python" - "$tmp"/*_defconfig <<'EOF'
import kconfiglib, sys
for user in sys.argv[1:]:
    k = kconfiglib.Kconfig("Kconfig", warn=False)
    k.load_config(user)
    k.write_config(user + ".lib", header="", save_old=False)
    ours = open(user + ".awk").read().splitlines()
    theirs = [l for l in open(user + ".lib").read().splitlines() if "CONFIG_" in l]
    for line in sorted(set(ours) ^ set(theirs)):
        print("kconfig-agree %s %s: only in %s" % (user.split("/")[-1], line, "awk" if line in ours else "Kconfiglib"))
EOF
