/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes the instructions. Between two decisions the number of the call is loaded. Who installs the filter is a shell.
 */
#include "agent/base/call_filter.h"

#include "agent/base/require.h"

#include <linux/seccomp.h>

#include <endian.h>

static void put(struct call_filter *f, struct sock_filter instruction)
{
	require(f->len < CALL_FILTER_MAX);
	f->code[f->len++] = instruction;
}

static void load(struct call_filter *f, size_t offset)
{
	put(f, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

static void finish(struct call_filter *f, uint32_t action)
{
	put(f, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action));
}

/* If the comparison holds go on, else pass over that many instructions. */
static void jump(struct call_filter *f, unsigned comparison, uint32_t value, size_t over)
{
	require(over <= UINT8_MAX);
	put(f, (struct sock_filter)BPF_JUMP(BPF_JMP | comparison | BPF_K, value, 0, (uint8_t)over));
}

static size_t argument(unsigned i)
{
	return offsetof(struct seccomp_data, args) + 8 * i + (__BYTE_ORDER == __BIG_ENDIAN ? 4 : 0);
}

void call_filter_begin(struct call_filter *f, uint32_t arch)
{
	f->len = 0;
	load(f, offsetof(struct seccomp_data, arch));
	put(f, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, arch, 1, 0));
	finish(f, SECCOMP_RET_KILL_PROCESS);
	load(f, offsetof(struct seccomp_data, nr));
}

void call_filter_calls(struct call_filter *f, const unsigned *calls, size_t count, uint32_t action)
{
	for (size_t i = 0; i < count; i++) {
		jump(f, BPF_JEQ, calls[i], 1);
		finish(f, action);
	}
}

void call_filter_test(struct call_filter *f, const struct call_filter_test *t)
{
	jump(f, BPF_JEQ, t->call, 2 * t->count + 2);
	load(f, argument(t->argument));
	for (size_t i = 0; i < t->count; i++) {
		jump(f, t->bits ? BPF_JSET : BPF_JEQ, t->values[i], 1);
		finish(f, t->fits);
	}
	if (t->other == CALL_FILTER_GO_ON)
		load(f, offsetof(struct seccomp_data, nr));
	else
		finish(f, t->other);
}

void call_filter_end(struct call_filter *f, uint32_t action)
{
	finish(f, action);
}
