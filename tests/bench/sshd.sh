#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A real sshd with PAM: by how much the ban is in force before the attacker hears that the password was wrong, for the
# first, second and third try of one connection. The guard is told to ban at that very try; the ban is seen in the
# kernel's notifications, the answer by the attacker's ssh. The guard is told that this machine's PAM is pam_unix alone;
# without that it has to see three refusals end in failure first.
#   ROUNDS=4 sshd.sh     rows "sshd tryN_lead VALUE ms", the least of all rounds; negative: the answer came first, and
#                        -5000: the ban did not come within five seconds of it
. "$(dirname "$0")/lib.sh"
world_enter "$@"
rounds=${ROUNDS:-4}
cast; syslog_start; sshd_start
printf '#!/bin/sh\necho wrong\n' >/run/world/bin/wrong; chmod +x /run/world/bin/wrong
export SSH_ASKPASS=/run/world/bin/wrong SSH_ASKPASS_REQUIRE=force

# attempt ADDRESS TRIES: one connection with so many wrong passwords. The last one is never answered.
attempt()
{
	on attacker1 timeout 15 ssh -F none -b "$1" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR \
		-o ConnectTimeout=60 -o NumberOfPasswordPrompts="$2" -o PubkeyAuthentication=no operator@$DEVICE true \
		</dev/null >/dev/null 2>&1
}

# lead ADDRESS TRIES: milliseconds from the ban to sshd's answer; nothing when it did not come to so many.
lead()
{
	until_true 5 has_lines $LOG "Failed password.* $1 " "$2" ||
		{ echo "$1 got fewer than $2 answers: this round does not count" >&2; return; }
	until_true 5 has_line /run/world/nft "[{ ]$1 " || { echo -5000; return; }
	echo $(($(stamp_ms $LOG "Failed password.* $1 ") - $(banned_us "$1") / 1000))
}

for try in 1 2 3; do
	guard_bench "[auth] pam_unix_alone = yes" <<-CONF
	[rule.brute_force]
	count = $try
	CONF
	monitor_start	# anew: its memory of the sets is of the guard before
	pids=()
	for i in $(seq "$rounds"); do
		on attacker1 ip addr add "198.51.100.$((100 + try * 10 + i))/32" dev eth0
		attempt "198.51.100.$((100 + try * 10 + i))" $try & pids+=($!)
	done
	wait "${pids[@]}"
	for i in $(seq "$rounds"); do lead "198.51.100.$((100 + try * 10 + i))" $try; done | sort -n |
		awk -v try=$try 'NR == 1 { print "sshd try" try "_lead", $1, "ms" }'
	stop monitor; stop guard
done
