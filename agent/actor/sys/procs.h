/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads processes from proc(5), and sends them signals by pidfd (pidfd_open(2), Linux 5.3; before that by kill(2) after
 * the start time was compared).
 */
#pragma once

#include "agent/base/err.h"

#include "agent/common/proc_stat.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define PROCS_MAX 16384 /* looked at in one scan */
#define PROCS_TITLE_MAX 128

struct procs_row {
	int32_t pid, parent;
	uint64_t start_ticks;
	bool wanted, looked; /* while scanning */
};

struct procs_query {
	const char *account;
	uid_t uid;
	int32_t spared; /* a process that is left alone: the core */
};

/* What one look found. */
struct procs_look {
	const struct procs_row *rows; /* static memory, good until the next look */
	unsigned count;
	bool moving; /* some ended while it looked or could not be seen, or there are more than PROCS_MAX: it proves
			nothing */
};

/* One process. ERR_NOT_FOUND: there is none of that number. Others: it could not be read, so it may be there. */
ERR_CHECK enum err procs_stat(int32_t pid, struct proc_stat *out);

/*
 * What all threads of a process have in common, as a letter of proc_pid_stat(5). 'T': every one is stopped by a signal.
 * 't': every one is stopped, some of them by a tracer. Any other letter is that of a thread which is not stopped, 'D'
 * for one that waits in the kernel where no signal but SIGKILL reaches it. '\0': no thread lives. One read for each
 * thread, up to the first that is not stopped.
 */
char procs_state(int32_t pid);

/* The process that traces this one (ptrace(2)), 0: none, or nobody of that number is there. */
int32_t procs_tracer(int32_t pid);

/* Whether a title is that of the account's session in sshd: "sshd: NAME [priv]", "sshd-session: NAME@pts/0". Pure. */
bool procs_title_is_session(const char *title, const char *account);

/*
 * Everything that belongs to the account's sessions: sshd's processes for it with all below them, and, unless uid is 0,
 * all processes of that user. Kernel threads, pid 1, this process and `spared` are never among them. sshd's processes
 * are known by their titles from the moment the client has named the user, so a session that still starts is found.
 */
ERR_CHECK enum err procs_sessions(const struct procs_query *query, struct procs_look *look);

/*
 * Send SIGKILL to all processes of a user at one moment: kill(-1) of a child that has become the user. The kernel holds
 * off every fork meanwhile, so a chain of processes that fork and end has no gap to slip through. Waits for the child,
 * at most 20 ms. Does nothing for uid 0. Returns no result; procs_sessions() shows what is left.
 */
void procs_kill_user(uid_t uid);

/*
 * Send a signal to exactly this process. start_ticks 0: whichever has the number. *fd is its pidfd, which the caller
 * closes, or -1 where the kernel has none. ERR_NOT_FOUND: it is gone already. Others (ERR_DENIED): it got no signal. On
 * an error *fd is -1.
 */
ERR_CHECK enum err procs_signal(const struct proc_stat *process, int number, int *fd);

/*
 * Send SIGKILL to exactly this process. start_ticks 0: whichever has the number. *fd is its pidfd or -1 where the
 * kernel has none. Errors as of procs_signal.
 */
ERR_CHECK enum err procs_kill(int32_t pid, uint64_t start_ticks, int *fd);

/* Whether a process that was killed is gone: its pidfd is readable, or the number is free or another's. */
bool procs_gone(int32_t pid, uint64_t start_ticks, int fd);
