/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What caltropd opens for the process source, best first: the ring that caltrop-bpf makes, else the kernel's audit
 * records, with the proc connector for forks and ends, else that alone. The rows of opened.c call these in their order.
 * Each returns a descriptor, or -1 with errno.
 */
#pragma once

#include "agent/common/settings.h"

/* The ring's map. caltropd keeps the links, so the kernel's programs run until it ends. */
int process_open_ring(const struct settings *settings);

/* The map of the ring's counts. errno 0: there is no ring. */
int process_open_counts(const struct settings *settings);

/*
 * A socket that gets the kernel's audit records, where they tell of every exec, or where the settings ask for it all
 * the same. If they ask for audit_rule, and there is no ring, the rule is added first. errno 0: it is not used.
 */
int process_open_audit(const struct settings *settings);

/* caltropd ends: the rule is removed if it was added. */
void process_open_end(void);

/* A socket on which the kernel tells of execs and ends. errno 0: it is not needed, or not asked for. */
int process_open_connector(const struct settings *settings);

/*
 * A memfd with struct process_list and a sample of each process that runs now, which only root can read so fully. Must
 * be opened last, so that what begins in between is in the ring.
 */
int process_open_list(const struct settings *settings);
