#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What only a whole machine shows of files, sessions, packets and the journal: who changed what, by real log-ins; sessions of
# a real logind; a scan that comes in by the network card; long messages that journald compressed.

. "$(dirname "$0")/lib.sh"

said() { run box "$@"; }
counted() { said caltrop local health | awk -v name="$1" '$1 == name { print $2 }'; }
banned() { said nft list set inet caltrop ban4 | grep -qw "$1"; }
well() { said caltrop local health >"$(at box)/health"; [ "$(head -n 1 "$(at box)/health")" = well ] || { sed '/^NAME/,$d' "$(at box)/health"; false; }; }
knows() { [ "$(counted file_known)" -gt 10 ]; }

probe 'A key came' file 'action: create' 'TargetFilename: /home/operator/.ssh/authorized_keys' 'group: keys' 'source: fanotify' \
	"User: '1000'" 'Image|endswith: /bash'
probe 'A job of cron came' file 'action: create' 'TargetFilename: /etc/cron.d/job' 'User: root' 'Image|contains: /python3'
probe 'A member of sudo' account 'action: joined' 'TargetUserName: operator' 'GroupName: sudo' "admin: 'true'"
probe 'A session began' session 'action: begin' 'User: operator' 'source: logind' 'SourceIp: 198.51.100.77'
probe 'By wtmp, too' session 'action: begin' 'source: wtmp'
probe 'A session ended' session 'action: end' 'User: operator' 'tty|startswith: pts/'
probe 'A log-in was refused' session 'action: refused' 'User: operator' 'SourceIp: 198.51.100.11'

MACHINE_CARD=yes machine_up box
guard_install box
guard_probes box
said 'install -d -m 700 -o operator -g operator /home/operator/.ssh'
guard_conf box <<-'END'
	[auth]
	journal = yes
	[files]
	enabled = yes
	[sessions]
	enabled = yes
	[firewall]
	enabled = yes
	decoy = 23
	[response]
	ban_time = 1d
	[rule.brute_force]
	count = 3
	[rules]
	pack = /etc/caltrop/probes.pack
END
guard_up box
check "what is there is known" soon knows
check "the guard is well" soon well

# Files, and who the kernel says it was.
attacker box good 198.51.100.77
check "a user writes a key of his own" try box good operator $OPERATOR_PASSWORD \
	'echo ssh-ed25519 AAAA >.ssh/authorized_keys; sleep 5'
check "which is seen, with who wrote it" soon seen box 'A key came'
said 'python3 -c "
import time
open(\"/etc/cron.d/job\", \"w\").write(\"* * * * * root /tmp/x\\n\")
time.sleep(5)"'
check "a job of cron, and who made it" soon seen box 'A job of cron came'
said 'groupadd -f sudo && usermod -aG sudo operator'
check "a member of sudo" soon seen box 'A member of sudo'

# Sessions.
TRY_OPTIONS=-tt try box good operator $OPERATOR_PASSWORD 'sleep 2' >/dev/null 2>&1
check "a session begins, with where from" soon seen box 'A session began'
check "and ends, on what terminal" soon seen box 'A session ended'
attacker box evil 198.51.100.11
! try box evil operator wrong 2>/dev/null || fail "a wrong password got in"
check "one that was refused" soon seen box 'A log-in was refused'
check_not "what both logind and wtmp have is told of once" seen box 'By wtmp, too'

# Packets through the network card.
touch_port() { outside box timeout "$2" bash -c "exec 3<>/dev/tcp/$DEVICE/$1" 2>/dev/null; }
scanned() { said caltrop local incidents --json | jq -se "[.. | objects | select(.rule == \"port_scan\" and .src == \"$OUTSIDE\")] | any" >/dev/null; }
for port in {2000..2040}; do touch_port $port 5; done
check "a scan from outside" soon scanned
check_not "is no reason to ban" banned $OUTSIDE
check "what is served is reached" touch_port 22 30
touch_port 23 30
check "to touch a decoy is one" soon banned $OUTSIDE
check_not "and nothing is reached any more" touch_port 22 5

# Long messages.
long=$(printf 'a%.0s' {1..700})
said "for i in 1 2 3; do
	logger -i --size 4096 -t sshd -p auth.info \"Failed password for invalid user $long from 198.51.100.31 port \$i ssh2\"
done"
check "journald compressed them" said 'journalctl --header | grep -q COMPRESSED-ZSTD'
check "and they are a ban" soon banned 198.51.100.31
check "none was left packed" [ "$(counted journal_not_unpacked)" = 0 ]
check "the guard is well" well
