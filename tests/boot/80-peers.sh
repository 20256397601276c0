#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What the guard's sense of programs costs beside auditd alone, auditd with laurel, and sysdig, as Debian packages them: in one
# machine, one after another, under the same execs (tests/e2e/execs.c), steady and as fast as the machine begins them. In
# namespaces they cannot be measured: the kernel has one audit stream and one set of modules for all.
#   EXECS=1000 RATE=50 TRIES=50    TABLE=tests/bench/programs.md: writes the table of RESULTS.md there
# Rows "programs NAME.WHAT VALUE UNIT" (80-peers.py); emulation makes the figures, so only what is beside them counts.

. "$(dirname "$0")/lib.sh"

said() { run box "$@"; }
rows=$MACHINES/rows
has() { awk -v k="$1" '$2 == k { print $3 }' "$rows"; }

# measure NAME SINK PATTERN PROGRAM...
measure()
{
	local name=$1; shift
	said "cd /srv/peers && EXECS=${EXECS:-1000} RATE=${RATE:-50} TRIES=${TRIES:-50} python3 80-peers.py $name $(printf '%q ' "$@")" \
		>"$MACHINES/$name.rows" || fail "$name was not measured"
	tee -a "$rows" <"$MACHINES/$name.rows"
}
not_measured() { echo "programs $1.why - $2" | tee -a "$rows"; }

# peers_fetch: the packages that the machine lacks for them, by its own list of packages.
peers_fetch()
{
	local list=$MACHINES/status; mkdir -p "$MACHINES/put/debs"
	said 'cat /var/lib/dpkg/status' >"$list"
	apt-get -s -o Dir::State::status="$list" --no-install-recommends install laurel sysdig 2>/dev/null |
		awk '$1 == "Inst" { print $2 }' >"$MACHINES/packages"
	(cd "$MACHINES/put/debs" && xargs apt-get -q -o APT::Sandbox::User=root download <"$MACHINES/packages" >/dev/null 2>&1) ||
		skip "cannot fetch the peers"
}

# module_built: sysdig's module for the machine's kernel from Debian's sources, as dkms would; what it needs is fetched.
module_built()
{
	local kernel at=$MACHINES/module; kernel=$(said uname -r)
	mkdir -p "$at/usr" "$at/scap"
	"$TOP/ports/host/fetch.sh" "$at" falcosecurity-scap-dkms "linux-headers-$kernel" \
		"linux-headers-${kernel%-cloud-amd64}-common" linux-kbuild-6.1 >"$at/log" 2>&1 || return
	cp "$at"/usr/src/scap-*/* "$at/scap" 2>/dev/null
	# shellcheck disable=SC2016 # for the inner shell
	env -u MAKEFLAGS -u MAKELEVEL unshare --mount sh -c 'mount -t overlay -o "ro,lowerdir=$1/usr:/usr" module /usr &&
		make -C "/usr/src/linux-headers-$2" M="$1/scap" modules' - "$at" "$kernel" >>"$at/log" 2>&1 &&
		strip -g -o "$MACHINES/put/scap.ko" "$at/scap/scap.ko"
}

# auditd_with ANSWER: it runs with a rule for each exec and with laurel or without (yes, no), from an empty log.
auditd_with()
{
	said "sed -i 's/^active = .*/active = $1/' /etc/audit/plugins.d/laurel.conf
		rm -f /var/log/audit/* /var/log/laurel/*
		printf '%s\n' '-a always,exit -F arch=b64 -S execve,execveat -k exec' '-a always,exit -F arch=b32 -S execve,execveat -k exec' \
			>/etc/audit/rules.d/exec.rules
		systemctl start auditd && auditctl -l | grep -q b64 && auditctl -e 1 >/dev/null" || fail "auditd does not run"
}
auditd_ends() { said 'systemctl stop auditd; auditctl -D; auditctl -e 0' >/dev/null; }

guard_with()
{
	guard_conf box
	said 'rm -rf /var/lib/caltrop/core/*; systemctl restart caltropd' && guard_answers box
	check "the guard's source: $1" said "caltrop local health | grep -qE '^process_$1 '"
}

# ratio NAME WHAT: how many times the guard's it is.
ratio()
{
	awk -v ours="$(has "caltrop.$2")" -v its="$(has "$1.$2")" 'BEGIN { if (ours > 0 && its > 0) printf "%.1fx", its / ours; else printf "-" }'
}

# beyond NAME: processor time of the whole machine beyond that under the same load when nobody watches.
beyond() { local own; own=$(has "$1.storm.machine"); [ -z "$own" ] || echo $((own - $(has nobody.storm.machine))); }

# dropped NAME.LOAD: what the guard says that it has not seen.
dropped() { awk -v k="$1.process_" 'index($2, k) == 1 { n += $3 } END { print n + 0 }' "$rows"; }

table()
{
	local name what title unit line
	echo "| what | caltrop (eBPF) | caltrop (audit) | auditd | | auditd, laurel | | sysdig | |"
	echo "|---|---|---|---|---|---|---|---|---|"
	while IFS='|' read -r what unit title; do
		line="| $title"
		for name in caltrop caltrop_audit auditd laurel sysdig; do
			line+=" | $(has "$name.$what" | sed "s|\$|$unit|;s|^\$|-|")"
			[[ $name == caltrop* ]] || line+=" | $([ -z "$unit" ] || ratio "$name" "$what")"
		done
		echo "$line |"
	done <<-END
		steady.captured||captured with their arguments, of ${EXECS:-1000} execs, ${RATE:-50} a second
		storm.captured||the same, as fast as the machine begins them
		storm.rate| /s|how many it began then, by the second ($(has nobody.storm.rate) where nobody watches)
		steady.processor| ms|its processor time for 1,000 execs, steady
		storm.processor| ms|the same, as fast as the machine begins them
		storm.beyond| ms|the whole machine's then, beyond that where nobody watches ($(has nobody.storm.machine) ms)
		record.p50| us|from exec to its record in a file, p50 of ${TRIES:-50} single ones
		steady.written||execs of the ${EXECS:-1000} that its file tells of, steady
		storm.written||the same, as fast as the machine begins them
		steady.bytes| bytes|bytes written, by the exec, steady
		pss_rest| KiB|memory at rest (PSS)
		pss_after| KiB|memory afterwards (PSS)
	END
}

report()
{
	cat <<-END
		Measured apart, by \`TABLE=tests/bench/programs.md tests/boot/80-peers.sh\` on $(date -u +%Y-%m-%d): one Debian 12 with Linux
		$(said uname -r) and ${MACHINE_CPUS:-2} processors that qemu emulates in software, some twenty times slower than the host, on
		$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), load $(cut -d' ' -f1 /proc/loadavg) of $(nproc) from other work at its end. So only what stands beside each other counts.
		$(said "dpkg-query -W -f '\${Package} \${Version}, ' auditd laurel sysdig")each as Debian packages it; \`x\` is its figure to that of
		the guard by eBPF. One ran at a time. auditd had a rule for execve and execveat. sysdig, which is a tool and no service, wrote
		its line of each exec to a file, unbuffered, by its kernel module. The guard judged each exec by its rules, too, which the
		others do not, wrote no more than 50 records a second, as it is made to, and is its full build, all of whose
		processes count. What it captured is told by its counters, what the others did by their files. The kernel's thread for
		audit counts where audit is used.

	END
	table
	sed -n 's/^programs sysdig.why - /\nsysdig: /p' "$rows"
}

machine_up box
peers_fetch
module_built || echo "# no module: $(tail -n 1 "$MACHINES/module/log")"
cp "$TOP/tests/boot/80-peers.py" "$BUILD/tests/bench/sink" "$BUILD/tests/e2e/execs" "$BUILD/tests/e2e/ends" "$MACHINES/put" ||
	skip "needs what make bench-programs builds"
put box "$MACHINES/put" /srv/peers
said 'dpkg -i /srv/peers/debs/*.deb >/srv/peers/said 2>&1 && systemctl stop auditd' || fail "the peers cannot be installed"
auditd_ends
guard_install box
: >"$rows"

measure nobody "" ""

guard_with kernel_execs <<-'END'
	[process]
	enabled = yes
	source = bpf
END
measure caltrop /var/lib/caltrop/core 'end (\d+) WORD' caltrop
said systemctl stop caltropd

guard_with audit_dropped <<-'END'
	[process]
	enabled = yes
	source = audit
	audit_rule = yes
END
measure caltrop_audit /var/lib/caltrop/core 'end (\d+) WORD' caltrop kauditd
said systemctl stop caltropd
auditd_ends

auditd_with no
measure auditd /var/log/audit 'a1="end" a2="(\d+)" a3="WORD"' auditd kauditd
auditd_ends

auditd_with yes
measure laurel /var/log/laurel '"end","(\d+)","WORD"' auditd laurel kauditd
auditd_ends

if ! [ -e "$MACHINES/put/scap.ko" ]; then
	not_measured sysdig "its module is not built for this kernel"
elif ! said 'insmod /srv/peers/scap.ko'; then
	not_measured sysdig "its module is not loaded by this kernel"
else
	said "mkdir -p /var/log/sysdig && systemd-run -q --unit=sysdig sh -c \"exec sysdig --unbuffered \
		-p '%evt.time %user.name %proc.exe %proc.args' 'evt.type in (execve,execveat) and evt.dir=<' >/var/log/sysdig/out\"" &&
		measure sysdig /var/log/sysdig 'end (\d+) WORD' sysdig
fi

for name in caltrop caltrop_audit auditd laurel sysdig; do
	[ -z "$(beyond $name)" ] || echo "programs $name.storm.beyond $(beyond $name) ms/1000" | tee -a "$rows"
done
report | tee "$MACHINES/table"
# By audit records, it may lose what the kernel drops for want of room, as auditd does, and says how many.
for load in steady storm; do
	check "the guard lost none of $(has caltrop.$load.begun), $load" [ "$(has caltrop.$load.captured)" = "$(has caltrop.$load.begun)" ]
	check "and by audit records none that it does not tell of, $load" \
		[ $(($(has caltrop_audit.$load.captured) + $(dropped caltrop_audit.$load))) = "$(has caltrop_audit.$load.begun)" ]
done
for name in caltrop caltrop_audit; do
	check "$name tells of single ones with their arguments" [ "$(has $name.record.missed)" = 0 ]
done
for name in auditd laurel; do
	check "there is a row of $name" [ -n "$(has $name.steady.captured)" ]
done
check "and one of sysdig, or why there is none" grep -qE '^programs sysdig\.(steady.captured|why) ' "$rows"
[ -z "${TABLE-}" ] || cp "$MACHINES/table" "$TABLE"
