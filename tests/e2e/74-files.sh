#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Files that decide who may do what: a key that is added, a cron job, a preloaded library, a set-user-ID copy, sudoers
# replaced as visudo does it, with who did it; what is no change is not told; a core that starts again goes on.

. "$(dirname "$0")/lib.sh"
export WORLD_USERNS=no		# in a user namespace the kernel names no process
world_enter "$@"
cast; log_new
mkdir -p /etc/cron.d /etc/sudoers.d /srv/app; echo 'root ALL=(ALL) ALL' >/etc/sudoers
guard_conf <<-END
	[files]
	enabled = yes
	watch = usual, /srv/app/
END
service_start; desk_login; guard_start; guard_join

sent() { desk event list --kind file --limit 0 --json | jq -e ".items | any(.file | $1)" >/dev/null; }
knows() { [ "$(counter file_known)" -gt 10 ]; }
of_sudoers() { desk event list --kind file --limit 0 --json | jq '[.items[].file | select(.path == "/etc/sudoers")] | length'; }
wait_for 10 "what is there is known" knows
check_not "what was there is no change" sent '.group != "guard"'		# the device joined

setpriv --reuid=1000 --regid=1000 --clear-groups bash -c '
	mkdir -m 700 /home/operator/.ssh && echo ssh-ed25519 AAAA >/home/operator/.ssh/authorized_keys'
wait_for 10 "a key, and whose it is" sent '.path == "/home/operator/.ssh/authorized_keys" and
	.action == "create" and .group == "keys" and .owner == "1000"'
bash -c 'echo "* * * * * root /tmp/x" >/etc/cron.d/x; sleep 1; true'
wait_for 10 "a cron job, and who made it" sent '.path == "/etc/cron.d/x" and .action == "create" and
	(.image | endswith("/bash")) and .user == "root"'
bash -c 'echo /tmp/x.so >/etc/preload.new; mv /etc/preload.new /etc/ld.so.preload' 2>/dev/null
wait_for 10 "a preloaded library" sent '.path == "/etc/ld.so.preload" and .group == "preload" and .action == "rename"'
rm /etc/ld.so.preload 2>/dev/null
wait_for 10 "and that it went" sent '.path == "/etc/ld.so.preload" and .action == "delete" and .gone'
cp /usr/bin/sleep /srv/app/tool; chmod 4755 /srv/app/tool
wait_for 10 "a set-user-ID copy" sent '.path == "/srv/app/tool" and .suid and .mode == "4755"'

sum=$(sha256sum /etc/sudoers | cut -d ' ' -f 1)
(cat /etc/sudoers; echo 'operator ALL=(ALL) NOPASSWD: ALL') >/etc/sudoers.tmp; mv /etc/sudoers.tmp /etc/sudoers
wait_for 10 "sudoers replaced, with the hashes before and after" sent ".path == \"/etc/sudoers\" and .action == \"write\" and
	.hash_before == \"$sum\" and .hash == \"$(sha256sum /etc/sudoers | cut -d ' ' -f 1)\""
ln -s /etc/shadow /srv/app/link
wait_for 10 "a link, and where it leads" sent '.path == "/srv/app/link" and .type == "link" and .target == "/etc/shadow" and
	(.hash // "") == ""'
ok "changes are told of, with who made them"

before=$(of_sudoers)
touch /etc/sudoers; cp /etc/sudoers /tmp/s; cat /tmp/s >/etc/sudoers; echo x >/etc/motd
echo '# more' >>/etc/cron.d/x
wait_for 10 "what came after" sent '.path == "/etc/cron.d/x" and .action == "write"'
check "what was written as it was is no change" [ "$before" = "$(of_sudoers)" ]
check_not "nor is what nobody asked for" sent '.path == "/etc/motd"'

# Accounts, as the system's own tools change them.
account() { desk event list --kind account --limit 0 --json >$OUT/accounts; jq -e ".items | any(.account | $1)" $OUT/accounts >/dev/null; }
useradd -o -u 0 -M -s /bin/bash toor
wait_for 10 "a second root" account '.action == "added" and .name == "toor" and .root and .id == "0"'
echo "toor:a-secret-of-toor" | chpasswd
wait_for 10 "its password" account '.action == "password" and .name == "toor"'
check_not "and not what stands for it" grep -q "$(sed -n 's/^toor:\([^:]*\).*/\1/p' /etc/shadow)" $OUT/accounts
groupadd sudo; gpasswd -a operator sudo >/dev/null
wait_for 10 "a member of sudo" account '.action == "joined" and .name == "operator" and .group == "sudo" and .admin'
passwd -d backup >/dev/null
wait_for 10 "an account without a password" account '.action == "emptied" and .name == "backup"'
ok "what changed of accounts is told of, and no password"

check "who may use sudo now" account '.action == "joined" and .name == "operator" and .group == "/etc/sudoers" and .admin'
echo 'permit nopass operator as root' >/etc/doas.conf
wait_for 10 "and doas" account '.action == "joined" and .name == "operator" and .group == "/etc/doas.conf" and .admin'

# A maintenance: the same changes are told of, and are no news.
on device caltrop local maintenance 481 >/tmp/said 2>&1
is_code not-0 "a window that is too long"
in_force() { on device caltrop local effects --json | jq -e '.items | any(.verb == "maintain")' >/dev/null; }
quiet() { on device caltrop local health | grep -q 'the device is maintained'; }
not_quiet() { ! quiet; }
check "a window of ten minutes begins" on device caltrop local maintenance 10
wait_for 5 "health says so" quiet
echo '# an update' >>/etc/cron.d/x
wait_for 10 "a change in it" sent '.path == "/etc/cron.d/x" and .maintenance'
sleep 6				# what is known is kept five seconds after a change
stop guard KILL; echo '# while it was down' >>/etc/crontab; echo x >/srv/app/while; guard_start
wait_for 10 "it outlives the guard" quiet
wait_for 10 "what came while the guard was down is told" sent '.path == "/srv/app/while" and .action == "create" and .source == "restart"'
check "and is in force" in_force
check "it is ended" on device caltrop local maintenance 0
wait_for 5 "and health does not say so any more" not_quiet
loud() { desk event list --kind file --limit 0 --json | jq -e '[.items[].file | select(.path == "/etc/cron.d/x")] | any(.action == "delete" and (.maintenance | not))' >/dev/null; }
rm /etc/cron.d/x
wait_for 10 "a change after it is as before" loud
echo '# again' >/etc/cron.d/x

# A flood.
seen=$(counter file_changes)
for i in {1..300}; do echo x >/srv/app/$i; done
all_seen() { [ $(($(counter file_changes) + $(counter file_missed) - seen)) -ge 300 ]; }
wait_for 10 "a flood is told or counted" all_seen

# A core that dies.
kill -KILL "$(guard_pid)"
wait_for 10 "another core" guard_ready
wait_for 10 "knows what is watched" knows
echo '# after' >>/etc/cron.d/x
changed_again() { [ "$(counter file_changes)" -ge 1 ]; }
wait_for 10 "and sees on" changed_again
