#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A default password is found, reset, proven and no finding any more while the service is down, by the shipped playbook on the
# device alone; who knew it gets in no more. Of the incident the service hears from its beginning to its end.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast; syslog_start; sshd_start
guard_conf <<-END
	[exposure]
	enabled = yes
END
caltrop local credential set --help >/dev/null 2>&1 || skip "this build resets no credentials"

runs() { [ "$(counter playbooks)" = "$1" ]; }
has_round() { [ "$(counter exposure_rounds)" -ge 1 ]; }
is_open() { on device caltrop local incidents --json | jq -e --arg a "$2" "any(.. | objects; .rule? == \"$1\" and .subject? == \$a)" >/dev/null; }
is_over() { ! is_open "$@"; }
found() { on device caltrop local audit --json | jq -e "any(.. | objects; .id? == \"$1\" and .object == \"$2\" and .action == \"found\")" >/dev/null; }
closed() { ! found "$@"; }
lets_in() { try attacker1 "$1" "$2"; }
lets_nobody_in() { try attacker1 "$1" "$2"; [ $? = 5 ]; }

# So that this is about the loop and not about how long others' good passwords are tried. The operator has a key.
mkdir -p -m 700 /home/operator/.ssh
ssh-keygen -qt ed25519 -N '' -f /root/key && cp /root/key.pub /home/operator/.ssh/authorized_keys || fail "no key"
chown -R operator /home/operator
sed -i -E 's/^(root|operator|backup):[^:]*/\1:!/' /etc/shadow
for account in pi admin; do useradd -M -d / -s /bin/sh $account; done
fleet_start
desk playbook push "$TOP/ports/linux/playbooks/default_credential.yml" --device device >/dev/null || fail "it is not pushed"
wait_for 20 "the playbook is on the device" runs 1
wait_for 20 "the audit has looked" has_round
check "nothing is open" is_over default_password pi

stop server
echo pi:raspberry | chpasswd -c SHA512 -s 1000 || fail "cannot set the password"
check "the default password lets in whoever knows it" lets_in pi raspberry
wait_for 30 "until it is found and another one" lets_nobody_in pi raspberry
wait_for 30 "it is no finding any more" closed default_password pi
wait_for 10 "and no incident" is_over default_password pi
service_start
told() { has_receipt ".origin == \"playbook\" and .rule == \"default_credential\" and .result == \"done\" and .verified and $1"; }
wait_for 20 "the service hears of the reset" told '.verb == "reset" and .account == "pi"'
wait_for 20 "and of the audit behind it" told '.verb == "audit"'
incident() { desk incident list --limit 0 --json | jq -e "any(.items[]; .rule == \"default_password\" and .subject == \"$1\" and $2)" >/dev/null; }
wait_for 20 "the incident is closed there, too" incident pi '.state == "closed"'

# By hand.
desk playbook withdraw default_credential --device device >/dev/null || fail "it is not withdrawn"
wait_for 20 "the device runs none" runs 0
passwd -d admin >/dev/null || fail "cannot empty a password"
wait_for 30 "an empty password is an incident" is_open empty_password admin
asked() { id=$(desk incident list --limit 0 --json | jq -r '[.items[] | select(.rule == "empty_password")][0].id // empty'); [ -n "$id" ]; }
wait_for 20 "which the desk sees" asked
desk playbook push "$TOP/ports/linux/playbooks/default_credential.yml" --incident "$id" --device device --wait --timeout 3m >/tmp/said 2>&1
is_code 0 "the same is pushed"
wait_for 10 "and that incident is over, too" is_over empty_password admin
