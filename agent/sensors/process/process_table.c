/* SPDX-License-Identifier: Apache-2.0 */
/* The table of live processes, by pid. Never asks whether a process still lives: it is told. */
#include "agent/sensors/process/process_table.h"

#include "agent/base/require.h"

void process_table_init(struct process_table *t)
{
	require(lru_size(CONFIG_PROCESSES_MAX, sizeof(struct process_entry)) <= sizeof(t->memory));
	lru_init(&t->lru, t->memory, CONFIG_PROCESSES_MAX, sizeof(struct process_entry));
}

struct process_entry *process_table_find(const struct process_table *t, uint32_t pid, uint64_t start)
{
	struct process_entry *e = lru_find(&t->lru, pid);

	return e && (start == 0 || e->start == 0 || e->start == start) ? e : NULL;
}

struct process_entry *process_table_add(struct process_table *t, uint32_t pid, uint64_t start)
{
	struct process_entry *e = lru_find(&t->lru, pid);

	if (e)
		lru_remove(&t->lru, e);
	e = lru_add(&t->lru, pid);
	e->pid = pid;
	e->start = start;
	return e;
}

void process_table_remove(struct process_table *t, struct process_entry *e)
{
	lru_remove(&t->lru, e);
}

struct process_entry *process_table_parent(struct process_table *t, const struct process_entry *e)
{
	struct process_entry *parent = e->ppid ? process_table_find(t, e->ppid, e->parent_start) : NULL;

	/* Nobody is made before the parent is. */
	if (!parent || parent == e || (e->start && parent->start > e->start))
		return NULL;
	lru_touch(&t->lru, parent);
	return parent;
}

const struct process_entry *process_table_at(const struct process_table *t, uint32_t row)
{
	const void *e = lru_oldest(&t->lru);

	while (e && row-- > 0)
		e = lru_newer(&t->lru, e);
	return e;
}
