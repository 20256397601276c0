/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See guard_cut.h. The actor's main thread is traced: it makes all the calls that have to come before an act. What its
 * worker syncs beside that counts as not synced, which only makes the cut harder.
 */
#include "tests/unit/agent/actor/guard_cut.h"

#include "agent/base/require.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define CUTS_MAX 200 /* of one order: more than it has */

struct cutting {
	struct guard *guard;
	char journal[128];
	off_t synced; /* bytes of the journal that survive */
	unsigned until, calls;
	bool sync; /* the call under way syncs the journal */
};

static off_t size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_size : 0;
}

static bool is_change(uint64_t number)
{
	static const long changes[] = {SYS_write,     SYS_pwrite64,  SYS_fsync,	   SYS_fdatasync, SYS_renameat,
				       SYS_renameat2, SYS_ftruncate, SYS_unlinkat, SYS_sendmsg,	  SYS_sendto};

	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
		if ((uint64_t)changes[i] == number)
			return true;
	return false;
}

static bool is_journal(const struct cutting *c, uint64_t fd)
{
	char link[64], path[160];
	ssize_t len;

	snprintf(link, sizeof(link), "/proc/%d/fd/%u", (int)c->guard->pid, (unsigned)fd);
	len = readlink(link, path, sizeof(path) - 1);
	path[len > 0 ? len : 0] = '\0';
	return strcmp(path, c->journal) == 0;
}

/* A stop before or behind a call. true: it is the one before which the power is cut. */
static bool at_call(struct cutting *c)
{
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, c->guard->pid, sizeof(info), &info) <= 0)
		return false;
	if (info.op == PTRACE_SYSCALL_INFO_EXIT && c->sync && !info.exit.is_error)
		c->synced = size_of(c->journal);
	c->sync = false;
	if (info.op != PTRACE_SYSCALL_INFO_ENTRY || !is_change(info.entry.nr))
		return false;
	c->sync = (info.entry.nr == SYS_fdatasync || info.entry.nr == SYS_fsync) && is_journal(c, info.entry.args[0]);
	return c->calls++ == c->until;
}

/* Whether the order was answered. */
static bool is_answered(struct guard *g)
{
	while (recv(g->socket, &g->message, sizeof(g->message), MSG_DONTWAIT) > 0)
		if (g->message.header.type == ACTOR_RECEIPT && g->message.receipt.outcome)
			return true;
	return false;
}

static void kill_guard(struct guard *g)
{
	int status = 0;

	require(kill(g->pid, SIGKILL) == 0);
	while (waitpid(g->pid, &status, 0) == g->pid && !WIFSIGNALED(status) && !WIFEXITED(status))
		continue;
	close(g->socket);
	g->socket = -1;
}

/* Lets the guard run to the cut, and cuts. false: the order was over before. */
static bool run_to_cut(struct cutting *c)
{
	pid_t pid = c->guard->pid;
	int status;

	for (;;) {
		int signal_number = 0;

		require(waitpid(pid, &status, 0) == pid && WIFSTOPPED(status));
		if (WSTOPSIG(status) == (SIGTRAP | 0x80)) {
			if (at_call(c)) {
				kill_guard(c->guard);
				return true;
			}
			if (is_answered(c->guard)) {
				require(ptrace(PTRACE_DETACH, pid, NULL, NULL) == 0);
				return false;
			}
		} else if (status >> 16 == 0) {
			signal_number = WSTOPSIG(status);
		}
		require(ptrace(PTRACE_SYSCALL, pid, NULL, (void *)(intptr_t)signal_number) == 0);
	}
}

static bool trace(pid_t pid)
{
	return ptrace(PTRACE_SEIZE, pid, NULL, (void *)(uintptr_t)PTRACE_O_TRACESYSGOOD) == 0 &&
	       ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) == 0;
}

/* What was not synced is lost, or stays in part. */
static void lose_unsynced(const struct cutting *c, bool in_part)
{
	off_t size = size_of(c->journal), kept = c->synced < size ? c->synced : size;

	if (in_part)
		kept += (size - kept) / 2;
	require(truncate(c->journal, kept) == 0);
}

/* false: the order came to its end. */
static bool cut_order(struct guard *g, const struct guard_cut *what, const struct verb_args *args, unsigned until)
{
	struct cutting c = {.guard = g, .until = until};
	struct order o = guard_order_of(args);

	snprintf(c.journal, sizeof(c.journal), "%s/state/actor/journal", g->dir);
	c.synced = size_of(c.journal);
	if (!trace(g->pid))
		return false;
	require(guard_order_send(g, &o, what->order.order_key));
	if (!run_to_cut(&c))
		return false;
	lose_unsynced(&c, until % 2 == 1);
	if (what->lose)
		what->lose();
	return true;
}

static void order_whole(struct guard *g, const struct guard_cut *what, const struct verb_args *args)
{
	struct order o = guard_order_of(args);
	const struct actor_receipt *r = guard_order(g, &o, what->order.order_key);

	require(r && (r->result == RECEIPT_DONE || r->result == RECEIPT_ALREADY));
}

unsigned guard_cut(struct guard *g, const struct guard_cut *what, unsigned *in_force)
{
	const struct verb_args *begin = &what->order.begin, *end = &what->order.end;
	unsigned cuts = 0;
	bool has = false;

	*in_force = 0;
	for (unsigned ending = 0; ending < 2; ending++)
		for (unsigned until = 0; until < CUTS_MAX; until++, cuts++) {
			if (has != (ending == 1))
				order_whole(g, what, ending ? begin : end);
			if (!cut_order(g, what, ending ? end : begin, until)) {
				has = ending == 0;
				break;
			}
			guard_start(g);
			has = guard_killed_ledger_has(g, begin->verb);
			require(what->order.is_as(has));
			*in_force += has;
		}
	return cuts;
}
