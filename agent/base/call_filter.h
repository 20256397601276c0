/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Builds a filter of system calls, a program for seccomp(2) (BPF, linux/filter.h). It takes the first of its decisions
 * that fits a call. Of an argument it sees the low 32 bits, as the kernel does of a descriptor's request, a process id,
 * a protection or an address family.
 */
#pragma once

#include <linux/filter.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CALL_FILTER_MAX 1024 /* instructions */

struct call_filter {
	unsigned short len;
	struct sock_filter code[CALL_FILTER_MAX];
};

/* What is decided by one argument of a call. */
struct call_filter_test {
	unsigned call, argument; /* the call's number; 0 to 5 */
	const uint32_t *values;
	size_t count;	      /* of values */
	bool bits;	      /* a value fits if one of its bits is set, else only if all are the same */
	uint32_t fits, other; /* SECCOMP_RET_...: if any value fits, and if none does */
};

/* As `other`: later decisions are looked at. */
#define CALL_FILTER_GO_ON 0xffffffffu

/* Begin one that ends the process if a call is not of this processor, an AUDIT_ARCH_... of linux/audit.h. */
void call_filter_begin(struct call_filter *f, uint32_t arch);

/* Add: `action`, a SECCOMP_RET_..., for each of these calls. */
void call_filter_calls(struct call_filter *f, const unsigned *calls, size_t count, uint32_t action);

/* Add a decision by an argument. */
void call_filter_test(struct call_filter *f, const struct call_filter_test *t);

/* Add the last one: `action` for every other call. */
void call_filter_end(struct call_filter *f, uint32_t action);
