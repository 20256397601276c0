#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What runs on the device: every program with its arguments, over eBPF, counted beside the kernel's own count; who
# hides is seen; what is lost is counted; and a device without eBPF says what it does not see.

. "$(dirname "$0")/lib.sh"
export WORLD_USERNS=no		# a user namespace may load no BPF
world_enter "$@"
needs_bpf; needs_helper ends; needs_helper execs
cast; log_new
guard_conf <<-EOF
	[process]
	enabled = yes
EOF
service_start; desk_login; guard_start; guard_join

processes() { on device caltrop local table processes --json; }
process_has() { processes | jq -se "[.. | objects | select(.image)] | any($1)" >/dev/null; }	# JQ
process_has_no() { ! process_has "$1"; }
# By one look, since a look is a program or two itself: what the kernel began and the guard neither saw nor lost.
unaccounted()
{
	on device caltrop local health --json | jq "[.counters[] | {(.name): .value}] | add |
		.process_kernel_execs - .process_execs - .process_lost - ${1:-0}"
}
sent() { desk event list --kind process --limit 0 --json | jq -e ".items | any(.process | $1)" >/dev/null; }

# Programs, arguments, secrets, parents.
on device bash -c 'sleep 60 & wait' login --password hunter2 &
wait_for 5 "a shell is in the table" process_has '(.image | endswith("/bash")) and (.args | test("password [*]{3}"))'
# What is polled for are programs, too: beyond 50 a second a record comes late.
wait_for 20 "its child has it as parent" sent \
	'(.image | endswith("/sleep")) and .args == "sleep 60" and (.parent_image | endswith("/bash")) and .user == "root"'
wait_for 20 "the service has the shell" sent '.args // "" | test("login --password [*]{3}")'
desk event list --limit 0 --json >$OUT/events; processes >$OUT/processes
check_not "no secret leaves the device" grep -q hunter2 $OUT/events $OUT/processes
ok "programs are told of with arguments and parents, secrets masked"

# Who hides.
cp /usr/bin/sleep /tmp/implant
on device bash -c 'exec -a /usr/sbin/sshd /tmp/implant 61' &
wait_for 5 "a lying first argument" process_has '.image == "/tmp/implant" and (.args | startswith("/usr/sbin/sshd"))'
if command -v perl >/dev/null; then
	on device perl -e '$0 = "kworker/0:1"; sleep 62' &
	wait_for 5 "a program that renames itself" process_has '(.image | test("/perl[0-9.]*$")) and (.args | test("sleep 62"))'
fi
ok "a program that takes another's name keeps its own path"

# A pid that is used again.
/tmp/implant 63 & old=$!
wait_for 5 "the first" process_has '.args == "/tmp/implant 63"'
kill $old; wait $old 2>/dev/null
if echo $((old - 1)) >/proc/sys/kernel/ns_last_pid 2>/dev/null && /tmp/implant 64 & [ $! = $old ]; then
	wait_for 5 "the second" process_has ".args == \"/tmp/implant 64\" and .pid == $old"
	check "a pid's new owner is the only one" process_has_no '.args == "/tmp/implant 63"'
else
	echo "note: the pid was not given again"
fi

# Every one, at 5,000 a second or what this machine can.
base=$(unaccounted)		# those before the device joined, which starts the core again
seen=$(counter process_execs)
read -r begun ms _ < <(on device "$execs" 10000 5000 storm)
all_read() { [ $(($(counter process_execs) - seen)) -ge "$begun" ]; }
wait_for 20 "all were read" all_read
echo "$begun execs in $ms ms; the guard saw $(($(counter process_execs) - seen))"
check "none was lost" [ "$(counter process_lost)" = 0 ]
all_there() { [ "$(unaccounted "$base")" -le 3 ]; }		# those of the look are on the way
wait_for 5 "the guard's count is the kernel's" all_there

# An argument list of 128 KiB is cut and says so.
cut=$(counter process_args_cut)
on device perl -e 'exec "/tmp/implant", "65", ("0") x 50000' &
wait_for 5 "a long argument list" process_has '.image == "/tmp/implant" and (.args | startswith("/tmp/implant 65")) and .args_cut'
check "a cut is counted" [ "$(counter process_args_cut)" -gt "$cut" ]

# A ring that overflows.
core=$(guard_pid); kill -STOP "$core"
on device "$execs" 4000 5000 flood >/dev/null
kill -CONT "$core"
lost() { [ "$(counter process_lost)" -gt 0 ]; }
wait_for 10 "the loss is counted" lost
wait_for 10 "health says so" health_says 'events of processes were lost: the ring was full'
wait_for 10 "what was not lost was read" all_there
ok "what a stopped reader loses is counted: $(counter process_lost) of $(counter process_kernel_execs)"

# A core that dies.
/tmp/implant 68 &
wait_for 5 "a program that began after the guard" process_has '.args == "/tmp/implant 68"'
kill -KILL "$core"
wait_for 10 "another core" guard_ready
wait_for 10 "knows the guard's own process" process_has '.image | endswith("/caltropd")'
wait_for 5 "and what began while the one before it ran" process_has '.image == "/tmp/implant" and .args == "/tmp/implant 68"'
/tmp/implant 66 &
wait_for 5 "and sees on" process_has '.args == "/tmp/implant 66"'
ok "a core that was killed goes on where it was"

# Without BPF.
stop guard
guard_conf <<-EOF
	[process]
	enabled = yes
	source = poll
	poll_interval = 1s
EOF
guard_start
wait_for 5 "health names the source" health_says 'processes are looked at every 1 s only.*nor the path of any program'
/tmp/implant 67 &
wait_for 5 "what lives is seen" process_has '(.args == "/tmp/implant 67") and .source == "poll"'
kill $!
wait_for 5 "and its end" process_has_no '.args == "/tmp/implant 67"'
ok "without BPF the guard polls, and says so"
