# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Machines that boot: Debian 12 under qemu, by software emulation. Sourced first by every test of this folder.
#
#   machine_up NAME [FOLDER]         boot it, from a fresh disk or from the one it was cut off from; it returns when the
#                                    boot is over. FOLDER of the host is then a read-only copy at /host.
#   run NAME COMMAND...              run that by bash, as root; its output, error output and exit code are the command's
#   put NAME FOLDER TO               unpack a folder's content in the machine, owned by root
#   machine_reboot NAME              reboot it in order
#   machine_cut NAME                 pull its plug: what was not written to the disk is lost
#   machine_down NAME                pull its plug and throw its disk away
#   pss NAME PROGRAM                 KiB of memory that its processes of that name hold, shared pages divided
#   guard_install NAME               make install into it, as a user would, without a start
#   guard_conf NAME <<EOF            its settings
#   guard_up NAME                    enable and start its unit; returns when it answers
#   probe TITLE KIND FIELD...        a rule that an event is to match, `guard_probes NAME` to give them to it; `seen NAME TITLE`
#   plug NAME ID DRIVER [PROPERTY]   plug a USB device of qemu in, `unplug NAME ID` takes it out: MACHINE_KERNEL=general
#   outside NAME COMMAND...          run that on the other side of its network card: MACHINE_CARD=yes
#
# MACHINE_KERNEL=general boots Debian's general kernel, which takes longer and has USB, with a USB controller `usb` and a
# drive `stick`. MACHINE_CARD=yes gives it a network card at $DEVICE; $OUTSIDE is on the other side, in a network namespace
# of the host that has nothing else.
#
# A machine is a folder $MACHINES/NAME: disk, pid of qemu, console, two FIFOs behind a virtio port, at whose other end
# image/agent runs commands, and two to qemu itself. Any number of shells may use it, one command at a time.

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=$(cd "$TOP" && realpath -m "${O:-build}")
PROGRAMS=${PROGRAMS:-$BUILD}
IMAGES=${BOOT_IMAGES:-$BUILD/boot}
MACHINES=${MACHINES:-$BUILD/boot/$(basename "$0" .sh)}
MACHINE_SECONDS=${MACHINE_SECONDS:-600}		# one command or one boot; it is never the measure of anything
PATH=$PATH:/usr/sbin:/sbin

skip() { echo "skip: $*"; exit 77; }
fail() { echo "FAIL: $*" >&2; exit 1; }
ok() { echo "ok: $*"; }
check() { local text=$1; shift; "$@" || fail "$text"; ok "$text"; }
check_not() { local text=$1; shift; ! "$@" || fail "$text"; ok "$text"; }
now_ms() { local t=${EPOCHREALTIME/./}; echo $((t / 1000)); }

# --- a machine ----------------------------------------------------------------------------------

at() { echo "$MACHINES/$1"; }
machine_runs() { local pid; pid=$(cat "$(at "$1")/pid" 2>/dev/null) && kill -0 "$pid" 2>/dev/null; }
console() { tr -d '\r' <"$(at "$1")/console"; }

machine_up()
{
	local m image; m=$(at "$1")
	! machine_runs "$1" || return 0
	mkdir -p "$m"
	command -v qemu-system-x86_64 >/dev/null || skip "needs the program qemu-system-x86_64"
	[ -z "${MACHINE_CARD-}" ] || { [ "$(id -u)" = 0 ] && [ -c /dev/net/tun ]; } || skip "a network card needs root and /dev/net/tun"
	image=$("$TOP/tests/boot/image.sh" "$IMAGES" 2>"$m/image.log") ||
		skip "no image to boot: $(tail -n 1 "$m/image.log")"
	[ -e "$m/disk" ] || cp --sparse=always --reflink=auto "$image/root.img" "$m/disk"
	rm -f "$m/host"
	[ -z "${2-}" ] || machine_folder "$2" "$m/host"
	machine_pipes "$m"
	machine_qemu "$m" "$image" -display none -serial "chardev:console" \
		-chardev "file,id=console,path=$m/console,append=on" </dev/null >>"$m/qemu" 2>&1 &
	echo $! >"$m/pid"
	machine_booted "$1"
	machine_qmp "$1" qmp_capabilities
	[ -z "${MACHINE_CARD-}" ] || machine_card "$1"
	[ -z "${2-}" ] || run "$1" 'mount -o ro LABEL=host /host'
}

# machine_folder FOLDER IMAGE: as a disk, with room to spare for its own tables.
machine_folder() { mke2fs -q -t ext4 -L host -d "$1" "$2" $(($(du -sm "$1" | cut -f 1) * 5 / 4 + 16))M >/dev/null; }

# What the emulated processor has and takes seconds to try out, mounts that nothing here uses, and another name for eth0.
MACHINE_LEAVES_OUT=net.ifnames=0\ modprobe.blacklist=aesni_intel,ghash_clmulni_intel,sha512_ssse3,crct10dif_pclmul,crc32_pclmul,kvm_amd
for unit in dev-hugepages.mount dev-mqueue.mount proc-sys-fs-binfmt_misc.automount systemd-binfmt.service \
	modprobe@fuse.service modprobe@loop.service modprobe@dm_mod.service modprobe@drm.service modprobe@efi_pstore.service; do
	MACHINE_LEAVES_OUT+=" systemd.mask=$unit"
done

machine_pipes() { rm -f "$1"/{port,qmp}.{in,out}; mkfifo "$1"/{port,qmp}.{in,out}; }

# machine_qemu DIR IMAGE OPTION...: la57 would lengthen every walk of the page tables.
machine_qemu()
{
	local m=$1 image=$2 more=() within=(); shift 2
	if [ -e "$m/host" ]; then
		more+=(-drive "file=$m/host,if=none,id=host,format=raw,read-only=on" -device nvme,serial=host,drive=host)
	fi
	if [ "${MACHINE_KERNEL-}" = general ]; then
		image+=/general
		truncate -s 1M "$m/stick"
		more+=(-initrd "$image/initrd" -device qemu-xhci,id=usb -blockdev "driver=file,node-name=stick,filename=$m/stick")
	fi
	if [ -n "${MACHINE_CARD-}" ]; then
		within=(unshare -n)
		more+=(-netdev tap,id=card,ifname=card,script=no,downscript=no -device virtio-net-pci,netdev=card)
	fi
	exec "${within[@]}" qemu-system-x86_64 -M q35,accel=tcg -cpu max,la57=off \
		-smp "${MACHINE_CPUS:-2}" -m "${MACHINE_MIB:-1024}" -nodefaults -no-user-config -monitor none -kernel "$image/vmlinuz" \
		-append "root=/dev/nvme0n1 rw console=ttyS0 no_timer_check mitigations=off systemd.show_status=no $MACHINE_LEAVES_OUT ${MACHINE_APPEND-}" \
		-drive "file=$m/disk,if=none,id=root,format=raw,cache=unsafe" -device nvme,serial=root,drive=root \
		"${more[@]}" -device virtio-rng-pci -device virtio-serial-pci \
		-chardev "pipe,id=port,path=$m/port" -device virtserialport,chardev=port,name=boot \
		-chardev "pipe,id=qmp,path=$m/qmp" -mon chardev=qmp,mode=control "$@"
}

# machine_booted NAME: wait for the agent's word, then for the end of the boot.
machine_booted()
{
	local m word; m=$(at "$1")
	exec {port}<>"$m/port.out"
	word=
	while [[ $word != ready* ]]; do
		read -r -t "$MACHINE_SECONDS" -u $port word || machine_lost "$1" "it does not boot"
	done
	exec {port}>&-
	run "$1" 'systemctl is-system-running --wait' >"$m/state" || :	# tests look at it
}

machine_lost() { console "$1" | tail -n 30 >&2; fail "machine $1: $2"; }

# machine_reboot NAME: the agent may be gone before it has answered, so nobody waits for that.
machine_reboot()
{
	local order='systemctl --no-block reboot'
	machine_runs "$1" || fail "machine $1 is not up"
	printf 'run %d\n%s\n' $((${#order} + 1)) "$order" >"$(at "$1")/port.in"
	machine_booted "$1"
}

machine_cut()
{
	local pid; pid=$(cat "$(at "$1")/pid" 2>/dev/null) || return 0
	kill -KILL "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done	# of another shell
	rm -f "$(at "$1")/pid"
}

# Tests leave no machine behind, and no disk; what a failed one said stays.
machines_end()
{
	local status=$? m
	for m in "$MACHINES"/*/; do
		[ ! -e "$m" ] || machine_down "$(basename "$m")"
	done
	[ $status -ne 0 ] || rm -rf "$MACHINES"
	exit $status
}
if [ -z "${MACHINES_STAY-}" ]; then
	rm -rf "$MACHINES"
	trap machines_end EXIT; trap 'exit 130' INT TERM HUP
fi

machine_down() { machine_cut "$1"; rm -f "$(at "$1")"/{disk,host,stick,{port,qmp}.{in,out}}; }

# --- what is plugged in -------------------------------------------------------------------------

# machine_qmp NAME COMMAND [ARGUMENTS]: one command to qemu (its QMP); what it says of other things is passed over.
machine_qmp()
{
	local m qmp word; m=$(at "$1")
	exec {qmp}<>"$m/qmp.out"
	printf '{"execute": "%s", "arguments": {%s}}\n' "$2" "${3-}" >"$m/qmp.in"
	while read -r -t 60 -u $qmp word; do
		case $word in
		*'"error"'*) fail "qemu: $2: $word" ;;
		*'"return"'*) break ;;
		esac
	done
	exec {qmp}>&-
}

plug() { machine_qmp "$1" device_add "\"id\": \"$2\", \"driver\": \"$3\", \"bus\": \"usb.0\"${4:+, $4}"; }
unplug() { machine_qmp "$1" device_del "\"id\": \"$2\""; }

# --- its network card ---------------------------------------------------------------------------

outside() { local name=$1; shift; nsenter -t "$(cat "$(at "$name")/pid")" -n "$@"; }

machine_card()
{
	outside "$1" ip addr add "$OUTSIDE" peer "$DEVICE" dev card || fail "the host gives no network card (/dev/net/tun)"
	outside "$1" ip link set card up
	run "$1" "ip addr add $DEVICE peer $OUTSIDE dev eth0 && ip link set eth0 up" || fail "no network card"
}

# --- what happens in it -------------------------------------------------------------------------

run() { local name=$1; shift; machine_ask "$name" run "" < <(printf '%s\n' "$*"); }
# put: no file is from a time that the machine's clock has not reached.
put() { machine_ask "$1" put "$3" < <(tar -C "$2" --owner=0 --group=0 --clamp-mtime --mtime='1 minute ago' -c .); }

# machine_ask NAME WORD ARGUMENT <BYTES: one request and its answer.
machine_ask()
{
	local m word status out err lock port bytes; m=$(at "$1")
	machine_runs "$1" || fail "machine $1 is not up"
	bytes=$(mktemp "$m/ask.XXXXXX"); cat >"$bytes"
	exec {lock}>"$m/lock"; flock $lock
	exec {port}<>"$m/port.out"
	{ echo "$2 $(stat -c %s "$bytes") $3"; cat "$bytes"; } >"$m/port.in"
	rm -f "$bytes"
	read -r -t "$MACHINE_SECONDS" -u $port word status out err || machine_lost "$1" "no answer"
	head -c "$out" <&$port
	head -c "$err" <&$port >&2
	exec {port}>&- {lock}>&-
	[ "$word" = "done" ] || machine_lost "$1" "it said '$word'"
	return "$status"
}

pss()
{
	run "$1" "for p in \$(pidof $2); do cat /proc/\$p/smaps_rollup; done" | awk '$1 == "Pss:" { n += $2 } END { print n + 0 }'
}

# --- the guard ----------------------------------------------------------------------------------

guard_install()
{
	local stage; stage=$(at "$1")/stage
	rm -rf "$stage"
	env -u MAKEFLAGS -u MAKELEVEL make -C "$TOP" --no-print-directory O="${PROGRAMS#"$TOP"/}" DEPS="${DEPS:-$BUILD/deps}" \
		INIT=systemd DESTDIR="$stage" install >"$(at "$1")/install.log" 2>&1 || { cat "$(at "$1")/install.log"; fail "make install"; }
	put "$1" "$stage" /
	run "$1" 'systemd-sysusers && systemd-tmpfiles --create && systemctl daemon-reload' || fail "the guard's users and folders"
}

# guard_conf NAME <<EOF: its settings.
guard_conf()
{
	local text; text=$(cat)
	run "$1" "printf '%s\n' '$text' >/etc/caltrop/caltrop.conf && caltropd --check-config >/dev/null" || fail "settings"
}

guard_up() { run "$1" 'systemctl enable --now caltropd' && guard_answers "$1"; }

# guard_answers NAME: waits for its command line's answer.
guard_answers()
{
	run "$1" 'timeout 60 sh -c "until caltrop local status >/dev/null 2>&1; do sleep 0.2; done"' ||
		{ run "$1" 'systemctl status caltropd; journalctl -u caltropd' >&2; fail "the guard does not answer"; }
}

# --- what it is to have seen --------------------------------------------------------------------
# What a sensor said of a thing, field by field, is asked by a rule of the test's own beside those that the guard has.

# probe TITLE KIND FIELD...: a rule over events of that kind; a field is a line of Sigma. Before guard_conf.
probe()
{
	local title=$1 kind=$2 id; shift 2
	id=$(echo "$title" | md5sum | sed -E 's/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/\1-\2-\3-\4-\5/')
	mkdir -p "$MACHINES/probes"
	{
		printf 'title: %s\nid: %s\nstatus: test\nauthor: a test\nlevel: low\n' "$title" "$id"
		printf 'logsource:\n    product: linux\n    category: %s\ndetection:\n    condition: all of them\n    its:\n' "$kind"
		printf '        %s\n' "$@"
	} >"$MACHINES/probes/$id.yml"
}

# guard_probes NAME: the guard has them from its next start, by `[rules] pack = /etc/caltrop/probes.pack`.
guard_probes()
{
	local pack; pack=$(at "$1")/pack; mkdir -p "$pack"
	"$PROGRAMS/caltrop" rule build "$TOP/agent/rules/pack" "$MACHINES/probes" -o "$pack/probes.pack" --name probes --version 1 \
		>"$(at "$1")/pack.log" 2>&1 || { cat "$(at "$1")/pack.log"; fail "the rules do not build"; }
	put "$1" "$pack" /etc/caltrop
}

# seen NAME TITLE: a rule whose title begins so has matched, and by itself makes an incident.
seen()
{
	run "$1" 'caltrop local rules --json' |
		jq -e ".rules | any((.title | startswith(\"$2\")) and .state == \"active\" and .matched > 0)" >/dev/null
}

# soon COMMAND...: true within minutes.
soon() { local n; for n in {1..60}; do "$@" && return; sleep 1; done; return 1; }

# --- the attacker -------------------------------------------------------------------------------
# Network namespaces in the machine, which a reboot ends. The machine is $DEVICE to all of them.

DEVICE=192.0.2.10
OUTSIDE=203.0.113.9
OPERATOR_PASSWORD=correct-horse-battery-staple

# attacker NAME SPACE ADDRESS
attacker()
{
	run "$1" "set -e
		ip netns add $2
		ip link add to-$2 type veth peer name eth0 netns $2
		ip addr add $DEVICE peer $3 dev to-$2; ip link set to-$2 up
		ip -n $2 addr add $3 peer $DEVICE dev eth0; ip -n $2 link set eth0 up; ip -n $2 link set lo up
		printf '#!/bin/sh\necho \"\$PASSWORD\"\n' >/run/askpass; chmod +x /run/askpass" || fail "attacker $2"
}

# try NAME SPACE USER PASSWORD [COMMAND]: one log-in by ssh with one password; ssh's words and exit code. Who is banned
# before the answer hears nothing more, and ssh would wait for it: then the code is 124. $TRY_OPTIONS are more for ssh.
try()
{
	run "$1" "PASSWORD='$4' SSH_ASKPASS=/run/askpass SSH_ASKPASS_REQUIRE=force timeout 120 ip netns exec $2 ssh -F none ${TRY_OPTIONS-} \
		-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o ConnectTimeout=${TRY_TIMEOUT:-60} \
		-o NumberOfPasswordPrompts=1 -o PubkeyAuthentication=no $3@$DEVICE '${5-true}'"
}

# connects NAME SPACE [SECONDS]: whether sshd's port answers at all.
connects() { run "$1" "ip netns exec $2 timeout ${3:-60} bash -c 'exec 5<>/dev/tcp/$DEVICE/22' 2>/dev/null"; }
