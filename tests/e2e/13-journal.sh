#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A machine whose only log is systemd's journal, written by the real journald: the guard reads its files.

. "$(dirname "$0")/lib.sh"
WORLD_USERNS=no	# journald wants cgroups
world_enter "$@"
needs journalctl systemd-cat logger
cast
live() { stat -c %i $JOURNAL/system.journal 2>/dev/null; }
# rotate: journald does it when it comes to its signals; what is logged before goes into the old file.
rotate()
{
	local before; before=$(live)
	rotated() { [ "$(live)" ] && [ "$(live)" != "$before" ]; }
	tell_journald USR2
	wait_for 10 "a new file of the journal" rotated
}
journald_start ForwardToSyslog=no
guard_conf <<-EOF
	[auth]
	files =
	journal = yes
	[rule.brute_force]
	count = 3
	ban_time = 600
EOF
on device logger -t sshd -p auth.info "Failed password for root from 198.51.100.99 port 1 ssh2"
guard_start
sshd_start
for i in 1 2 3; do try attacker1 operator wrong$i & done
wait_for 15 "the ban" banned $ATTACKER1
ok "what real sshd writes to the journal bans the attacker"
check "and nothing from before the guard's first start" not_banned 198.51.100.99
age_known() { [ "$(counter journal_newest_age_s)" -lt 60 ] && [ "$(counter journal_entries)" -gt 0 ]; }
check "health says how old the newest line is" age_known

# A user cannot speak in sshd's name: journald says who it was.
for i in 1 2 3 4 5; do
	on device setpriv --reuid 65534 --clear-groups logger -t sshd -p auth.info \
		"Failed password for root from 198.51.100.77 port $i ssh2"
done
dropped() { [ "$(counter journal_not_root)" -ge 5 ]; }
wait_for 5 "the forged lines are counted" dropped
check "lines of another user than root ban nobody" not_banned 198.51.100.77

# A long message is compressed by journald (more than 512 bytes).
long=$(printf 'a%.0s' {1..900})
for i in 1 2 3; do on device logger --size 4096 -t sshd -p auth.info "Invalid user $long from 198.51.100.44 port $i"; done
all_unpacked() { [ "$(counter journal_not_unpacked)" = 0 ] && [ "$(counter journal_damaged)" = 0 ]; }
wait_for 5 "a ban by lines that journald compressed" banned 198.51.100.44
check "what journald compressed is unpacked" all_unpacked
# sshd writes octal for what is no letter, so that a name of 100 bytes makes a line of more than 400.
odd=$(printf '\\201%.0s' {1..100})
for i in 1 2 3; do on device logger -i --size 4096 -t sshd -p auth.info "Invalid user $odd from 198.51.100.45 port $i"; done
wait_for 5 "a ban beside a name of odd bytes" banned 198.51.100.45
# Who names a kilobyte may have pushed the address out of what sshd keeps: the attempt counts, and bans nobody.
long=$(printf 'a%.0s' {1..1000})
for i in 1 2 3; do on device logger -i --size 4096 -t sshd -p auth.info "Invalid user $long from 198.51.100.46 port $i"; done

# Rotation while the guard runs, and while it does not.
fails() { on device logger -i -t sshd -p auth.info "Failed password for root from $1 port $2 ssh2"; }
check "a name of a kilobyte bans nobody" not_banned 198.51.100.46
fails 198.51.100.55 1
rotate
fails 198.51.100.55 2; fails 198.51.100.55 3
wait_for 10 "a ban over a rotation" banned 198.51.100.55
stop guard
fails 198.51.100.56 1; fails 198.51.100.56 2
rotate
fails 198.51.100.56 3
guard_start
wait_for 10 "a ban by lines on both sides of a rotation that the guard slept through" banned 198.51.100.56
ok "rotations are survived"
stop guard; guard_start
check "and no line is read twice" test "$(counter journal_entries)" -lt 20

# A user's own lines are in files of his own, of which each has an identifier of its own, and the numbers of all.
users_line() { on device setpriv --reuid 1001 --clear-groups logger -t app "$1"; }
fails 198.51.100.57 1
users_line one
has_file() { ls $JOURNAL/user-1001.journal; }
wait_for 10 "a file of the user's" has_file
fails 198.51.100.57 2
users_line two
rotate
users_line three
for i in 1 2 3; do fails 198.51.100.58 $i; done
wait_for 10 "what came behind the rotation bans" banned 198.51.100.58
check "two failures beside a user's file are two" not_banned 198.51.100.57

# More users than files that are open at once: the system's own is read all the same.
for uid in {1002..1012}; do on device setpriv --reuid $uid --clear-groups logger -t app hello; done
has_files() { [ "$(ls $JOURNAL/user-*.journal | wc -l)" -ge 12 ]; }
wait_for 10 "files of many users" has_files
stop guard; guard_start
for i in 1 2 3; do fails 198.51.100.59 $i; done
wait_for 10 "a ban beside twelve users' files" banned 198.51.100.59
check "health says that not all are read" health_says 'more users have journals than are read at once'

# What a systemd before 246 compressed: this one's archived files, their long messages packed anew by LZ4 and by XZ in the
# place where journald wrote them plain. journalctl reads them, and so does the guard, or says that this build does not.
cat >/tmp/repack.py <<'EOF'
import lzma, struct, sys
path, way = sys.argv[1:]
b = bytearray(open(path, "rb").read())
flag = {"XZ": 1, "LZ4": 2}[way]
incompatible, = struct.unpack_from("<I", b, 12)
head = 72 if incompatible & 16 else 64
at, end, packed = *struct.unpack_from("<Q", b, 88), *struct.unpack_from("<Q", b, 136), 0

def lz4(text):		# literals, one match of the run of x with itself, literals
    x = text.index(b"x" * 600)
    def more(n):
        return bytes([255] * (n // 255) + [n % 255])
    plain, rest = text[:x + 1], text[x + 600:]
    return (struct.pack("<Q", len(text)) + b"\xff" + more(len(plain) - 15) + plain + b"\x01\0" + more(599 - 4 - 15) +
            b"\xf0" + more(len(rest) - 15) + rest)

def xz(text):		# with the options of systemd's compress.c
    return lzma.compress(text, check=lzma.CHECK_NONE, filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 20,
        "mode": lzma.MODE_FAST, "nice_len": 128, "mf": lzma.MF_HC3, "depth": 4}])

while at and at <= end:
    size, = struct.unpack_from("<Q", b, at + 8)
    text = bytes(b[at + head:at + size])
    if b[at] == 1 and not b[at + 1] & 7 and text.startswith(b"MESSAGE=") and b"x" * 600 in text:
        new = lz4(text) if way == "LZ4" else xz(text)
        assert len(new) < len(text)
        b[at + 1] |= flag
        struct.pack_into("<Q", b, at + 8, head + len(new))
        b[at + head:at + head + len(new)] = new
        packed += 1
    at += (size + 7) // 8 * 8
struct.pack_into("<I", b, 12, incompatible | flag)
open(path, "r+b").write(b)
assert packed == 3, packed
EOF
x=$(printf 'x%.0s' {1..600})
repacked()	# WAY SRC: three failed log-ins that journald wrote plain while the guard slept
{
	stop guard
	for i in 1 2 3; do
		on device logger -i --size 4096 -t sshd -p auth.info "Failed password for invalid user $x from $2 port 4000$i ssh2"
	done
	rotate
	local file; file=$(ls -t $JOURNAL/system@*.journal | head -1)
	python3 /tmp/repack.py "$file" "$1" || fail "$1: the archived file has no such messages"
	check "journalctl reads what was packed by $1" [ "$(journalctl -q --file "$file" -o cat -a | grep -c "x from $2 port")" = 3 ]
	guard_start
}
stop guard; stop journald
journald_start Compress=no; rotate	# a file keeps to how it was begun
guard_start
all_counted() { [ "$(on device caltrop local status | awk '$1 == "attempts" { print $2 }')" = 3 ]; }
repacked LZ4 198.51.100.61
wait_for 10 "what LZ4 compressed is counted" all_counted
wait_for 10 "and is a ban" banned 198.51.100.61
repacked XZ 198.51.100.62
if on device caltropd --features | grep -q CONFIG_SOURCE_JOURNAL_XZ=y; then
	wait_for 10 "what XZ compressed is counted" all_counted
	wait_for 10 "and is a ban" banned 198.51.100.62
else
	wait_for 10 "health names what this build does not read" health_says 'compressed by XZ, which this build does not read'
	check "and it is counted" [ "$(counter journal_not_unpacked)" = 3 ]
fi
ok "journals of an older systemd are read, or said not to be"

# A damaged file is named, and its successor read.
stop guard
file=$JOURNAL/system.journal
dd if=/dev/urandom of=$file bs=4096 seek=$(($(stat -c %s $file) / 8192)) count=2 conv=notrunc 2>/dev/null
guard_start
fails 198.51.100.57 1; fails 198.51.100.57 2; fails 198.51.100.57 3
rotate
fails 198.51.100.58 1; fails 198.51.100.58 2; fails 198.51.100.58 3
wait_for 10 "a ban after the damaged file" banned 198.51.100.58
ok "a damaged file does not blind the guard"
