/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Joins the audit records of one exec to a sample: SYSCALL has the process and its program, EXECVE the arguments, in as
 * many records as they need, CWD the directory, and EOE ends them (audit_log_exit() and audit_log_execve_info() of the
 * kernel). Records of one event have one time and number, "audit(1700000000.123:45): "; those of several events may
 * come in turns. A program's end by a fault is one record, ANOM_ABEND. Pure.
 */
#pragma once

#include "agent/base/view.h"
#include "agent/common/proc_read.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROCESS_AUDIT_BYTES 9216      /* of a datagram; MAX_AUDIT_MESSAGE_LENGTH is 8970 */
#define PROCESS_AUDIT_EVENTS_MAX 8u   /* under way at once; then the oldest one is ended as it is */
#define PROCESS_AUDIT_WAIT_US 1000000 /* for the next record of an event */
#define PROCESS_AUDIT_PATH_MAX (PROCESS_SAMPLE_PATH_MAX / 2)

struct process_audit_event {
	bool used;
	bool began; /* SYSCALL was there, of a call that succeeded */
	bool execs; /* EXECVE was there */
	bool gap;   /* arguments are missing, by count or by place: what is behind them is not kept */
	int64_t stamp_ms, since_us;
	uint64_t serial;
	uint32_t argc, arg, piece; /* the next one to come: an argument, or a piece of a long one */
	struct process_sample head;
	char exe[PROCESS_AUDIT_PATH_MAX], cwd[PROCESS_AUDIT_PATH_MAX], args[PROCESS_SAMPLE_ARGS_MAX];
};

/* All zeros but for `give` and `context`, which the user sets. */
struct process_audit {
	/* Gets each sample: EXEC with start 0, or EXIT with pid and signal. It may write its head. */
	void (*give)(void *context, struct process_sample *sample, size_t len);
	void *context;
	int64_t stamp_us;    /* when that was, by CLOCK_REALTIME; for give() */
	uint64_t incomplete; /* execs of which a record was missing or damaged: told of in part, or not at all */
	uint64_t changes;    /* of the kernel's audit rules, by others than caltropd */
	struct process_audit_event events[PROCESS_AUDIT_EVENTS_MAX];
	union proc_sample sample;
};

/* The key of caltropd's own rules. */
#define PROCESS_AUDIT_KEY "caltrop"

/* Read one datagram of the audit group at a time of CLOCK_BOOTTIME. What is no record of an exec is passed over. */
void process_audit_read(struct process_audit *a, struct view datagram, int64_t now_us);

/* End the events whose rest did not come in time. */
void process_audit_tick(struct process_audit *a, int64_t now_us);

/* When that is to be done; INT64_MAX: no event is under way. */
int64_t process_audit_deadline(const struct process_audit *a);
