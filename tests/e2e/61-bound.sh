#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Playbooks bound to incidents: devices keep what enough operators signed, run it while the service is down, and tell of
# it afterwards; a key that is revoked takes along what it signed.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast; syslog_start; sshd_start
guard_conf <<-EOF
	[response]
	trust_logs = yes
	[firewall]
	enabled = yes
	decoy = 23
	[rule.decoy_touch]
	steps =
	[rule.breach]
	count = 3
EOF
fleet_start
books=$TOP/ports/linux/playbooks
push() { desk playbook push "$@" --json >/tmp/object 2>/tmp/said; }
target() { desk object show "$(jq -r .id /tmp/object)" --json | jq -r ".targets[0].$1"; }
arrives() { wait_for 20 "$1 $2" eval "[ \"\$(target state)\" = $2 ]"; }
has() { jq -e "$@" >/dev/null; }
runs() { [ "$(counter playbooks)" = "$1" ]; }
touch_decoy() { on "$1" timeout 1 bash -c "exec 3<>/dev/tcp/$DEVICE/23" 2>/dev/null; true; }

# What is run when there is an incident, and what for.
push $books/port_scanner.yml --device device --wait; is_code 2 "there is no order to wait for"
push $books/port_scanner.yml --device device; is_code 0 "a bound playbook goes to the device"
arrives "which keeps it:" done
check "and says so" runs 1
on device caltrop local playbooks --json >/tmp/local
check "root sees it" has '.[] | select(.by == "operators" and .name == "port_scanner" and (.steps | test("ban addr=.incident.addr")))' /tmp/local
check "beside what the settings say" has '.[] | select(.by == "settings" and .name == "brute_force")' /tmp/local
desk playbook list --json >/tmp/list
check "the desk lists it" has '.[] | select(.name == "port_scanner")' /tmp/list

# Two desks.
for name in ada bob; do
	desk key create /root/$name.pem >/dev/null
	desk key trust /root/$name.pem.pub --name $name --root-key $ROOT_KEY >/tmp/said 2>&1; is_code 0 "$name may sign"
done
trusted() { [ "$(counter trust_version)" = "$1" ]; }
wait_for 10 "the device knows" trusted 3
sed 's/^expires:.*/&\napprovals: 2/' $books/breached_account.yml >/tmp/breached.yml
push /tmp/breached.yml --device device; is_code 7 "one signature is not two"
desk playbook sign /tmp/breached.yml --device device --order-key /root/ada.pem -o /tmp/once >/tmp/said 2>&1
is_code 0 "ada signs"
check "and sees what" has_line /tmp/said '2. reset account=.incident.account'
push /tmp/once; is_code 7 "which is one"
sed 's/^name:.*/name: twice/' /tmp/breached.yml >/tmp/twice.yml
desk playbook sign /tmp/twice.yml --device device --order-key /root/ada.pem -o /tmp/twice >/dev/null
jq '.signatures += .signatures' /tmp/twice >/tmp/same
push /tmp/same; arrives "one key twice:" refused
check "with the reason" has_line <(target text) '2 signatures of different keys are needed, 1 are there'
desk playbook sign /tmp/twice --order-key /root/bob.pem -o /tmp/both >/tmp/said 2>&1; is_code 0 "bob signs the same"
push /tmp/both; is_code 0 "which is pushed again"
arrives "and kept:" done
desk playbook withdraw twice --device device --json >/tmp/object 2>/tmp/said; arrives "and withdrawn:" done
jq '.bytes |= .[:-8] + "AAAAAAA="' /tmp/once >/tmp/forged
push /tmp/forged --order-key /root/bob.pem; is_code not-0 "what was altered is nothing"
push /tmp/once --order-key /root/bob.pem; is_code 0 "bob signs"
arrives "the device keeps it:" done
check "both run" runs 2

# Alone.
stop server
touch_decoy attacker1
wait_for 5 "who touches a decoy is banned" banned $ATTACKER1
check "for a day" [ "$(expires_ms $ATTACKER1)" -gt 80000000 ]
cp -p /etc/shadow /tmp/shadow
for i in 1 2 3; do try attacker2 backup wrong$i; done
try attacker2 backup $BACKUP_PASSWORD 'exec sleep 600' & session=$!
no_process_of() { ! pgrep -u "$1" >/dev/null; }
wait_for 10 "who guessed a password is banned" banned $ATTACKER2
wait_for 10 "the account has another" eval '! cmp -s /etc/shadow /tmp/shadow'
wait_for 10 "and his session is over" no_process_of backup
kill $session 2>/dev/null
service_start
told() { has_receipt ".origin == \"playbook\" and .rule == \"$1\" and .result == \"$2\" and .verified and .incident and $3"; }
wait_for 20 "the service hears of it" told port_scanner done ".addr == \"$ATTACKER1\""
wait_for 20 "and of each step" told breached_account done '.verb == "reset" and .account == "backup" and .steps == 4'

# Who is trusted no more.
desk key revoke bob --root-key $ROOT_KEY >/tmp/said 2>&1; is_code 0 "bob is trusted no more"
wait_for 10 "nor is what he signed" runs 1
check "and health says why" health_says 'a playbook does not run: breached_account: 2 signatures'
desk playbook withdraw port_scanner --device device --json >/tmp/object 2>/tmp/said; is_code 0 "the other is withdrawn"
arrives "which the device heard:" done
check "none is left" runs 0
desk playbook withdraw port_scaner --device device >/tmp/said 2>&1; is_code 4 "a name that nobody was given"
check "is not withdrawn" has_line /tmp/said 'no device was given a playbook port_scaner'
desk playbook withdraw none --device device --json >/tmp/object 2>/tmp/said; is_code 4 "nor is one that is no playbook"
