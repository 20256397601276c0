#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The password that a device is sold with: found, made another one by the shipped playbook or by root at the device, proven
# by log-ins to a real sshd, and no finding any more, by itself. Root is not shut out of a device that only he gets into.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast; syslog_start; sshd_start
guard_conf <<-EOF
	[exposure]
	enabled = yes
	interval = 1m
EOF
caltrop local credential set --help >/dev/null 2>&1 || skip "this build resets no credentials"

found() { on device caltrop local audit --json | jq -e "any(.. | objects; .id? == \"default_password\" and .object == \"$1\" \
	and .action == \"found\")" >/dev/null; }
closed() { ! found "$1"; }
for account in pi admin; do useradd -M -d / -s /bin/sh $account; done
# So that this is about the loop and not about how long others' good passwords are tried.
shut() { sed -i -E "s/^($1):[^:]*/\1:!/" /etc/shadow; }
printf 'pi:raspberry\nadmin:admin\n' | chpasswd -c SHA512 -s 1000 || fail "cannot set passwords"
shut 'root|operator|backup'
check "the default password lets in whoever knows it" try attacker1 pi raspberry
fleet_start
wait_for 30 "it is found" found pi
wait_for 10 "of both accounts" found admin
on device caltrop local audit >/tmp/said
check "and what to do about it is said" has_line /tmp/said 'admin .*caltrop local credential set USER'

# From the desk.
asked() { id=$(desk incident list --limit 0 --json | jq -r '[.items[] | select(.subject == "pi")][0].id // empty'); [ -n "$id" ]; }
wait_for 20 "it is an incident" asked
desk playbook push "$TOP/ports/linux/playbooks/default_credential.yml" --incident "$id" --device device --wait --timeout 3m --json \
	>/tmp/order 2>/tmp/said
is_code 0 "the shipped playbook gives it another one"
try attacker1 pi raspberry
check "the default lets nobody in any more" [ $? = 5 ]
order=$(desk order list --json | jq -r '.items[0].id')
secret=$(desk credential open --key $ESCROW_KEY "$order")
check "the new one does, which only the escrow key opens" try operator pi "$secret"
check "the finding is closed by itself" closed pi
check "the other one is not" found admin

# An order with a hash, whose password the device never learns.
useradd -M -s /bin/false desk; echo desk:correct-horse-2 | chpasswd -c YESCRYPT
hash=$(grep -oP '^desk:\K[^:]+' /etc/shadow); userdel desk
order 0 reset pi "hash=$hash"
is .text "account pi: the password that the order gave"
check "its password lets in" try operator pi correct-horse-2
try operator pi "$secret"
check "the one before does not" [ $? = 5 ]
receipts >/tmp/receipts; desk order list --json >/tmp/orders
check_not "no receipt and no list shows the hash" grep -qF "$hash" /tmp/receipts /tmp/orders
order 1 reset pi 'hash=$1$saltsalt$ZEbAYPwHXnVTu/zYc0VUy1'
is .text "refused to reset account pi: the hash is of none of the methods yescrypt, gost-yescrypt, bcrypt and SHA-512"
order 1 reset pi "hash=$(openssl passwd -6 x)"
is .text "refused to reset account pi: the hash is of a weaker method than ENCRYPT_METHOD of login.defs"
order 2 reset pi 'hash=!'

# At the device.
set_to() { echo "$2" | on device caltrop local credential set "$1" -c $CONF >/tmp/said 2>&1; }
set_to admin short; is_code 1 "a short password is refused"
set_to nobody.here correct-horse; is_code 1 "so is an account that is not there"
set_to root:x correct-horse; is_code 2 "and what is no account's name"
check "the default still lets in" try operator admin admin
set_to admin correct-horse; is_code 0 "root gives it another one"
check "which is in force" has_line /tmp/said 'account admin: the password that root gave'
try attacker1 admin admin
check "the default lets nobody in any more" [ $? = 5 ]
check "root's does" try operator admin correct-horse
wait_for 40 "the finding is closed by itself" closed admin
reported() { has_receipt '.verb == "reset" and .account == "admin" and .verified and (has("sealed") | not)'; }
wait_for 10 "the service knows that it was done" reported
hash=$(grep -oP '^admin:\K[^:]+' /etc/shadow)
check_not "the password is nowhere on the device" grep -rqF correct-horse $STATE /run/caltrop /var/log
check_not "nor is its hash where others look" grep -rqaF "$hash" $SERVICE /var/log /run/caltrop
on device setpriv --reuid operator --regid operator --clear-groups caltrop local credential set admin -c $CONF \
	<<<wrong-horse >/tmp/said 2>&1
is_code not-0 "another user is refused"

# Only root gets in.
shut 'pi|admin'
echo "root:$OPERATOR_PASSWORD-root" | chpasswd
order_push reset root
check "root is not shut out of a device that only he gets into" \
	[ "$(receipt .result) $(receipt .text)" = "refused refused to reset account root: it is the last way in for an administrator; last_way=yes resets it" ]
