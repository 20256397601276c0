#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Mistakes of whoever sets it up are answered with a sentence that helps and an exit code.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast
needs caltropd caltrop-core caltrop
log_new

# refuses LINES TEXT: settings that end with this, from the third line on, end caltropd with 78; it
# names file and line and says what is wrong.
refuses()
{
	printf '[response]\nmode = enforce\n%b\n' "$1" >/tmp/conf
	timeout 5 on device caltropd --check-config -c /tmp/conf >/tmp/said 2>&1
	check "exit code for '$1'" [ $? = 78 ]
	check "it says: $(head -n 1 /tmp/said)" grep -qE "/tmp/conf:[34]: .*$2" /tmp/said
	timeout 5 on device caltropd -c /tmp/conf >/tmp/said 2>&1
	check "and it does not start either" [ $? = 78 ]
}
refuses 'mode = enforced' 'mode.*enforced'
refuses 'bantime = 10m' bantime
refuses 'ban_time = ten' 'ban_time.*ten'
refuses 'never_ban = 192.0.2.0/240' 'never_ban.*192.0.2.0/240'
refuses '[rule.brutforce]\ncount = 3' brutforce
refuses '[response' 'section|\]'
refuses 'no equals sign' '='
# All mistakes at once, each by its own place.
mkdir -p /tmp/many.d
printf '[response]\nban_time = ten\nmode = enforce\nbantime = 3\n[x\nlost = 1\n[rule.breach]\nsteps = ban ban\n' >/tmp/many
printf '[decoder app]\nprogram = app\noutcome = bad\npattern = ^<src>$\n' >/tmp/many.d/one.conf
timeout 5 on device caltropd --check-config -c /tmp/many >/tmp/read 2>/tmp/said
check "exit code for many mistakes" [ $? = 78 ]
sed 's/: .*//' /tmp/said | sort >/tmp/places
printf '%s\n' /tmp/many:2 /tmp/many:4 /tmp/many:5 /tmp/many:8 /tmp/many.d/one.conf:3 | sort >/tmp/wanted
check "each is named with file and line, and nothing else" diff /tmp/wanted /tmp/places
check "and so are the files that were read" diff <(printf '# read: %s\n' /tmp/many /tmp/many.d/one.conf) /tmp/read
printf '[auth]\nfiles = /var/log/a\n' >/tmp/many
printf '[file /var/log/b]\nformat = json\n[rule.breach]\nsteps = ban ban\n' >/tmp/many.d/one.conf
timeout 5 on device caltropd --check-config -c /tmp/many >/tmp/read 2>/tmp/said
check "what only all files show is named by its place, too" \
	diff <(printf '/tmp/many.d/one.conf:%s\n' 2: 4:) <(grep -o '^[^ ]*' /tmp/said | sort)
printf '[decoder app]\nprogram = app\noutcome = failure\npattern = ^bad <src>$\n' >/tmp/many.d/one.conf
timeout 5 on device caltropd --check-config -c /tmp/many >/tmp/read 2>&1
check "good ones pass" [ $? = 0 ]
check "the decoder is shown" has_line /tmp/read '^pattern = \^bad <src>\$$'
check "and by what the file's lines are read" has_line /tmp/read '^# \[file /var/log/a\]'
timeout 5 on device caltropd -c /nonexistent >/tmp/said 2>&1
check "settings that are not there" [ $? != 0 ]
check "are named: $(head -n 1 /tmp/said)" grep -q /nonexistent /tmp/said

# What is printed and does not arrive is no success.
lost_by() { on device "$@" >/dev/full 2>/tmp/said; [ $? != 0 ] && has_line /tmp/said 'standard output: No space left on device'; }
check "caltropd says when its words get lost" lost_by caltropd --version
check "and when its settings do" lost_by caltropd --check-config
check "so does caltrop" lost_by caltrop --help
check "and caltrop-core" lost_by "$BUILD/caltrop-core" --version
[ ! -x "$BUILD/caltrop-server" ] || check "and caltrop-server" lost_by caltrop-server --help

guard_conf <<-EOF
	[auth]
	files = $LOG /var/log/never.log
EOF
on device caltropd --check-config -c $CONF >/tmp/said
check "good settings pass" [ $? = 0 ]
guard_start
check "a log that is not there is waited for, and said in health" health_says '/var/log/never.log'

# used_wrongly CODE TEXT ARGUMENT...: the command line says so.
used_wrongly()
{
	local code=$1 text=$2; shift 2
	timeout 5 on device caltrop "$@" >/tmp/said 2>&1
	check "caltrop $* -> exit code $code" [ $? = "$code" ]
	check "  $(head -n 1 /tmp/said)" grep -qiE -- "$text" /tmp/said
}
used_wrongly 2 'frobnicate' frobnicate
used_wrongly 2 '--what' local status --what
used_wrongly 2 address local unban 999.1.1.1
used_wrongly 0 'not banned' local unban 198.51.100.99
used_wrongly 2 'argument is empty' local incidents ''
used_wrongly 2 'which logs' replay
used_wrongly 2 'do not go together' replay --no-pack --pack /tmp/pack $LOG
used_wrongly 2 'nothing judges' replay --no-pack --events /tmp/events
used_wrongly 2 'before the log' replay $LOG --as $LOG
used_wrongly 1 '/nonexistent: No such file' replay --pack /nonexistent $LOG
head -c 70000 /dev/zero | tr '\0' x >/tmp/long
used_wrongly 1 'none has the form' replay --no-pack /tmp/long
# Somebody breaks the settings while the guard runs: it can still be asked, and lets people in again.
mkdir -p $CONF.d; printf '[response]\nban_time = 10 parsecs\n' >$CONF.d/broken.conf
used_wrongly 0 'broken.conf:2:.*parsecs' local status
used_wrongly 0 'broken.conf:2:.*parsecs' local unban 198.51.100.99
used_wrongly 1 'broken.conf:2:.*parsecs' local status -c $CONF
rm -r $CONF.d
stop guard
used_wrongly 6 'guard|running|reach' local status

# A saved state that cannot be read is named and kept.
printf x >>$STATE/core/state
damaged=$(md5sum <$STATE/core/state)
guard_start
check "a damaged state is named" has_line /var/log/world/guard "saved state is damaged and is not used"
check "  and kept" [ "$(md5sum <$STATE/core/state.unused)" = "$damaged" ]
stop guard

# Without the right to touch nf_tables.
start guard on device setpriv --bounding-set -net_admin --inh-caps -net_admin caltropd -c $CONF
says='nf_tables|CAP_NET_ADMIN|not permitted'
wait_for 5 "a word on nf_tables" has_line /var/log/world/guard "$says"
ok "without the right to nf_tables it says: $(grep -m 1 -E "$says" /var/log/world/guard)"
if kill -0 "$PID_guard" 2>/dev/null; then
	check "and health says so too" health_says "$says|firewall|ban"
fi
