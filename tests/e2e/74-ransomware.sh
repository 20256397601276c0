#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A program that encrypts files is suspended with what it started, by the shipped playbook on the device alone: at the first
# decoy that it touches, or by the names that it gives. A backup, and who puts decoys there, are left alone.

. "$(dirname "$0")/lib.sh"
export WORLD_USERNS=no RULES=yes		# in a user namespace the kernel names no process
world_enter "$@"
[ -e /usr/local/share/caltrop/caltrop-rules.pack ] || skip "no pack was built"
cast; log_new
mkdir -p /srv/share /srv/other /srv/backup
decoy=/srv/share/AAA-accounts.xlsx
guard_conf <<-END
	[files]
	enabled = yes
	watch = usual, /srv/share/, /srv/other/
	decoy = $decoy
END
fill() { for i in {1..40}; do head -c 4096 /dev/urandom >"$1/plan$i.odt"; done; }
fill /srv/share; fill /srv/other
fleet_start
runs() { [ "$(counter playbooks)" = "$1" ]; }
halted() { grep -q '^State:.*T' "/proc/$1/status"; }
missing() { on device caltrop local health | grep -q 'files of \[files\] decoy are not there'; }
there() { ! missing; }
incidents() { on device caltrop local incidents --json | jq -e --arg r "$1" 'any(.. | objects; .rule? == $r)' >/dev/null; }
# encrypt NAME DIR SUFFIX: what ransomware does, one file after the other, by a program of its own with a child. It is $PID_NAME.
cat >/tmp/crypt <<'END'
	my ($dir, $suffix) = @ARGV;
	my $child = fork // die; if (!$child) { sleep 1 while 1 }
	open my $f, '>', "/tmp/child$$" or die; print $f $child; close $f;
	my @key = map { int rand 256 } 1 .. 32;
	for my $path (sort glob "$dir/*") {
		open my $in, '+<:raw', $path or next; local $/; my $text = <$in>; my $i = 0;
		$text = join '', map { chr(ord($_) ^ $key[$i++ % 32]) } split //, $text;
		seek $in, 0, 0; print $in $text; close $in;
		rename $path, "$path$suffix"; select undef, undef, undef, 0.1;
	}
	open $f, '>', "/tmp/done$$" or die; sleep 600;
END
encrypt() { start "$1" on device perl /tmp/crypt "$2" "$3"; }

wait_for 20 "a decoy that is not there is in health" missing
cp /srv/share/plan1.odt $decoy
wait_for 20 "and one that is, is not" there
check_not "who puts it there is no incident" incidents decoy_file
desk playbook push "$TOP/ports/linux/playbooks/ransomware.yml" --device device >/dev/null || fail "it is not pushed"
wait_for 20 "the playbook is on the device" runs 1

stop server
cp -a /srv/share/. /srv/backup/; cat $decoy >/dev/null
encrypt first /srv/share .x7q
wait_for 20 "who touches a decoy is suspended" halted $PID_first
check "and what he started" halted "$(cat /tmp/child$PID_first)"
check_not "before he was through" [ -e /tmp/done$PID_first ]
check "most files are as they were" [ "$(find /srv/share -name '*.odt' | wc -l)" -ge 20 ]
check "it is an incident" incidents decoy_file
encrypt second /srv/other .locked
wait_for 20 "who gives names as ransomware does is suspended, too" halted $PID_second
check_not "before he was through" [ -e /tmp/done$PID_second ]
service_start
told() { has_receipt ".origin == \"playbook\" and .rule == \"ransomware\" and .verb == \"suspend\" and .result == \"done\" and .verified"; }
wait_for 20 "the service hears of it" told

# By hand.
desk playbook withdraw ransomware --device device >/dev/null || fail "it is not withdrawn"
wait_for 20 "the device runs none" runs 0
cp /srv/backup/plan1.odt $decoy
wait_for 20 "there is a decoy again" there
encrypt third /srv/share .x7q
found() { id=$(desk incident list --limit 0 --json | jq -r "[.items[] | select(.subject | test(\"\\\\[$PID_third\\\\]\"))][0].id // empty"); [ -n "$id" ]; }
wait_for 20 "the desk sees the next one" found
check_not "nobody was suspended" halted $PID_third
desk playbook push "$TOP/ports/linux/playbooks/ransomware.yml" --incident "$id" --device device --wait >/tmp/said 2>&1
wait_for 10 "the same is pushed, and suspends" halted $PID_third
for pid in $PID_first $PID_second $PID_third; do kill -KILL "$(cat /tmp/child$pid)" 2>/dev/null; done
ok "the files of others are safe"
